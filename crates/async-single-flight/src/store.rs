//! Where a cache files its loads by key: those on their way, and those that have ended; for authors
//! of caches.
//!
//! A [`Store`] has shards, each with one mutex around two tables: the slots in flight, which are
//! never evicted and don't count, and the ready ones, a bounded LRU map with expiry.
//! An entry keeps its slot for life, in flight first and then ready.
//!
//! # Invariants
//!
//! Whenever a shard is unlocked:
//!
//! 1. A key has at most one slot in flight that can be joined, and at most one that is ready.
//! 2. A slot in flight that has ended or was deserted leaves its table by identity only: it never
//!    takes out another one of the same key.
//! 3. A slot becomes ready only if it is still in flight here: what was invalidated or overwritten
//!    meanwhile is not filed.
//! 4. The ready slots are no more than the capacity.
//!
//! Under a shard's lock no foreign code runs but `Eq` of keys, which must not call back; a panic of
//! it leaves the tables whole.
//! Slots that leave a shard are dropped after unlocking, and no other lock is taken meanwhile.

mod ends;
mod filing;
mod found;
mod place;
mod ready;
mod shard;

pub use found::{Entered, Found, Removed};
pub use place::{Filed, Place};
pub use ready::{Gone, Lifetime};
pub use shard::Stats;

use async_lru::Equivalent;
use shard::Shard;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// Slots by key, in shards; see the [module's documentation](self).
///
/// Every method takes the hash of the key by the cache's hasher: it also chooses the shard.
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
/// store.insert(&ready(7), Lifetime::unlimited(now));
/// assert!(matches!(store.find(7, &7, now), Found::Ready(_)));
/// ```
pub struct Store<P: Filed> {
    shards: Box<[Shard<P>]>,
}

impl<P: Filed> Store<P>
where
    P::Key: Eq,
{
    /// A store for so many ready slots at most, in so many shards.
    ///
    /// Without a capacity it is unbounded.
    /// Without a number of shards there are four per processor.
    /// That number is rounded up to a power of two, and is never so large that a shard has room for
    /// fewer than 64: so a small store is a single LRU map, exactly, and in a larger one each shard
    /// is.
    ///
    /// A slot that is ready and has an end is stale for the given time before it: then one caller
    /// loads anew, and the others still get it.
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
    /// let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// assert_eq!(store.stats().len, 0);
    /// ```
    #[must_use]
    pub fn new(
        capacity: Option<NonZeroUsize>,
        shards: Option<NonZeroUsize>,
        stale: Duration,
    ) -> Self {
        let capacity = capacity.map(NonZeroUsize::get);
        let most = capacity.map_or(usize::MAX, |capacity| capacity / SHARD_AT_LEAST);
        let shards = shards.map_or_else(default_shards, NonZeroUsize::get);
        let shards = shards.min(MOST_SHARDS).next_power_of_two();
        // Rounded down to a power of two.
        let shards = shards.min(1 << most.max(1).ilog2());
        // The capacities of the shards add up to the whole.
        let part = |shard| {
            let capacity = capacity?;
            let extra = usize::from(shard < capacity % shards);
            NonZeroUsize::new(capacity / shards + extra)
        };
        let shards = (0..shards)
            .map(|shard| Shard::new(part(shard), stale))
            .collect();
        Self { shards }
    }

    /// Finds the slot of a key for a caller that wants its value, or files a new one.
    ///
    /// The caller brings the key, and a function that makes a slot of it.
    /// If they are not needed they stay where they are: they are to be dropped when the caller's
    /// [`Wait`](crate::flight::Wait) is made, as a panic of their destructors would otherwise leave
    /// a waiter behind that nobody is.
    /// The function runs under the shard's lock: it must not run foreign code, nor call back.
    ///
    /// What is ready is found first. If it is [stale](Self::new) already, the first caller files a
    /// new slot, which will replace it when it lands.
    ///
    /// # Panics
    ///
    /// If nothing was brought.
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
    /// let mut brought = Some((7, loading)); // the hash of this key is 7, too
    /// let Entered::Filed(slot) = store.enter(7, now, &mut brought) else { panic!() };
    /// let first = Wait::claimed(slot);
    ///
    /// let mut brought = Some((7, loading));
    /// let Entered::Joined(slot) = store.enter(7, now, &mut brought) else { panic!() };
    /// let second = Wait::joined(slot);
    /// drop(brought); // nobody needed it
    /// assert_eq!(store.stats().joins, 1);
    /// ```
    #[inline]
    pub fn enter(
        &self,
        hash: u64,
        now: Instant,
        brought: &mut Option<(P::Key, impl FnOnce(P::Key) -> P)>,
    ) -> Entered<P> {
        self.shard(hash).enter(hash, Some(now), brought)
    }

    /// As [`enter`](Self::enter), but takes no ready slot: its value is to be replaced.
    ///
    /// # Panics
    ///
    /// If nothing was brought.
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
    /// store.insert(&ready(7), Lifetime::unlimited(now));
    /// let mut brought = Some((7, loading));
    /// let Entered::Filed(slot) = store.enter_anew(7, &mut brought) else { panic!() };
    /// let wait = Wait::claimed(slot);
    /// assert!(matches!(store.find(7, &7, now), Found::Ready(_))); // the old one, meanwhile
    /// ```
    #[inline]
    pub fn enter_anew(
        &self,
        hash: u64,
        brought: &mut Option<(P::Key, impl FnOnce(P::Key) -> P)>,
    ) -> Entered<P> {
        self.shard(hash).enter(hash, None, brought)
    }

    /// As [`enter`](Self::enter), but files nothing: `None` if that is what would be done.
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
    /// assert!(store.try_enter(7, &7, now).is_none());
    /// store.insert(&ready(7), Lifetime::unlimited(now));
    /// assert!(matches!(store.try_enter(7, &7, now), Some(Entered::Ready(_))));
    /// ```
    pub fn try_enter<Q>(&self, hash: u64, key: &Q, now: Instant) -> Option<Entered<P>>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).try_enter(hash, key, now)
    }

    /// Finds the ready slot of a key, and joins nothing.
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
    /// store.insert(&ready(7), Lifetime::unlimited(now));
    /// assert!(matches!(store.find(7, &7, now), Found::Ready(slot) if slot.outcome().is_some()));
    /// ```
    pub fn find<Q>(&self, hash: u64, key: &Q, now: Instant) -> Found<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).find(hash, key, now)
    }

    /// Joins the slot of a key that is in flight, if there is one.
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
    /// let Entered::Filed(slot) = store.enter_anew(7, &mut Some((7, loading))) else { panic!() };
    /// let first = Wait::claimed(slot);
    /// let second = Wait::joined(store.join(7, &7).unwrap());
    /// drop(first);
    /// assert_eq!(futures_lite::future::block_on(second), Ok("seven"));
    /// ```
    pub fn join<Q>(&self, hash: u64, key: &Q) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).join(hash, key)
    }
}

impl<P: Filed> Store<P> {
    #[inline]
    fn shard(&self, hash: u64) -> &Shard<P> {
        // Neither the bits by which hashbrown chooses a bucket nor those by which it tells them
        // apart.
        let mask = self.shards.len() - 1;
        &self.shards[(hash >> 40) as usize & mask]
    }
}

impl<P: Filed> fmt::Debug for Store<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("shards", &self.shards.len())
            .finish_non_exhaustive()
    }
}

/// No shard has room for fewer, unless it is the only one.
const SHARD_AT_LEAST: usize = 64;

/// More would only take memory.
const MOST_SHARDS: usize = 1 << 16;

fn default_shards() -> usize {
    // Asking the system takes long, and the answer may change: what was true at first serves.
    static SHARDS: OnceLock<usize> = OnceLock::new();
    *SHARDS.get_or_init(|| 4 * thread::available_parallelism().map_or(1, NonZeroUsize::get))
}
