//! What a store found, filed, or took out.

/// What a caller found when it came for a value.
///
/// # Examples
///
/// ```
/// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
/// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
/// # use std::sync::Arc;
/// # use std::time::{Duration, Instant};
/// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
/// # let now = Instant::now();
/// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
/// # fn loading(key: u64) -> Slot {
/// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
/// # }
/// # fn ready(key: u64) -> Slot {
/// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
/// # }
/// let entered = store.enter(7, now, &mut Some((7, loading)));
/// assert!(matches!(entered, Entered::Filed(_)));
/// ```
#[derive(Debug)]
#[must_use = "one who joined or filed is counted among the waiters"]
pub enum Entered<P> {
    /// A slot that is ready.
    Ready(P),
    /// A slot in flight, in which the caller is counted as one more waiter now.
    Joined(P),
    /// Nothing: this is the new slot, in flight, whose first waiter the caller is.
    Filed(P),
}

/// What [`Store::find`](super::Store::find) found.
///
/// # Examples
///
/// ```
/// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
/// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
/// # use std::sync::Arc;
/// # use std::time::{Duration, Instant};
/// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
/// # let now = Instant::now();
/// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
/// # fn loading(key: u64) -> Slot {
/// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
/// # }
/// # fn ready(key: u64) -> Slot {
/// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
/// # }
/// assert!(matches!(store.find(7, &7, now), Found::Vacant));
/// ```
#[derive(Debug)]
pub enum Found<P> {
    /// A slot that is ready.
    Ready(P),
    /// No slot that is ready, but one in flight.
    InFlight,
    /// Neither.
    Vacant,
}

/// What [`Store::remove`](super::Store::remove) took out.
///
/// # Examples
///
/// ```
/// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
/// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
/// # use std::sync::Arc;
/// # use std::time::{Duration, Instant};
/// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
/// # let now = Instant::now();
/// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
/// # fn loading(key: u64) -> Slot {
/// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
/// # }
/// # fn ready(key: u64) -> Slot {
/// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
/// # }
/// assert!(store.remove(7, &7, now).ready.is_none());
/// ```
#[derive(Debug)]
pub struct Removed<P> {
    /// The slot that was ready, unless its time was over.
    pub ready: Option<P>,
    /// The slot that was in flight: nobody finds it any more, and it will not be filed as ready.
    pub in_flight: Option<P>,
}
