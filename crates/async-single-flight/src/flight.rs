//! One load and those who wait for it; for authors of caches.
//!
//! A [`Flight`] is a load on its way, and later its outcome.
//! Whoever has a [`Wait`] on it and is polled drives the load, so nobody depends on a caller that is
//! not polled; a dropped caller hands the load on, and the last one takes it along.
//! [`LocalFlight`] is the same for loads, values and keys that stay on one thread.
//!
//! Where a flight is filed, and what is done with its value, says its [`Berth`].
//!
//! # Invariants
//!
//! 1. The outcome is set once, and read without a lock. The waiters are told of it when the flight
//!    has been filed or taken out: who knows of the end of a load never joins that load again.
//! 2. Its berth hears of the end of a flight exactly once: by [`Berth::land`], [`Berth::crash`] or
//!    [`Berth::desert`].
//! 3. Foreign code (the load, closures, destructors) runs with no lock held, and inside a guard if a
//!    panic of it would leave others waiting.
//! 4. No lock is taken while another is held.
//!
//! # Panics
//!
//! A panic of the load, of what makes it, of its destructor, or of [`Berth::judge`] ends the flight
//! with [`LoadError::Panicked`]; [`Wait`] says what its caller sees of it.

mod local;
mod shared;
mod unfiled;
mod voyage;
mod wait;

pub use local::LocalFlight;
pub use shared::Flight;
pub use unfiled::Unfiled;
pub use wait::Wait;

use crate::LoadError;
use std::num::NonZeroU32;
use wait::Leave;

/// How many waiters are woken when a load asks to be polled, if nobody says otherwise: 2.
///
/// So one of them may be alive and not polled, and the others are not held up.
///
/// # Examples
///
/// ```
/// assert_eq!(async_single_flight::flight::FAN_OUT.get(), 2);
/// ```
pub const FAN_OUT: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

/// Where a flight is filed, for as long as it is on its way.
///
/// It is dropped when that is over, before the outcome is told to the waiters: a berth may own what
/// its flights are filed in, and does not keep it alive for longer.
///
/// # Examples
///
/// Counts what becomes of its flights:
///
/// ```
/// use async_single_flight::flight::{Berth, Flight, Wait};
/// use std::num::NonZeroU32;
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// #[derive(Clone, Default)]
/// struct Counter(Arc<AtomicU32>);
///
/// impl Berth for Counter {
///     type Slot = Arc<Flight<Self>>;
///     type Tag = &'static str;
///     type Value = u32;
///
///     fn land(&mut self, flight: &Self::Slot) {
///         assert_eq!(*flight.tag(), "seven");
///         self.0.fetch_add(1, Ordering::SeqCst);
///     }
///
///     fn crash(&mut self, _flight: &Self::Slot) {}
///
///     fn desert(&mut self, _flight: &Self::Slot) {}
/// }
///
/// let counter = Counter::default();
/// let flight = Flight::new("seven", counter.clone(), NonZeroU32::MIN, async { 7 });
/// let wait = Wait::claimed(Arc::new(flight));
/// assert_eq!(futures_lite::future::block_on(wait), Ok(7));
/// assert_eq!(counter.0.load(Ordering::SeqCst), 1);
/// ```
pub trait Berth: Sized {
    /// The handle of its flights: `Arc<Flight<Self>>` or `Rc<LocalFlight<Self>>`.
    type Slot;
    /// What a flight carries for life: its key, for example.
    type Tag;
    /// What is loaded.
    type Value;

    /// The load is about to be polled for the first time; the place to look at a clock.
    ///
    /// A panic ends the flight, as one of the load does.
    #[inline]
    fn begin(&mut self) {}

    /// Decides what to do with a value, and keeps that in mind for [`land`](Self::land); the place
    /// for closures of the user.
    ///
    /// The load has been dropped. A panic ends the flight, as one of the load does.
    #[inline]
    fn judge(&mut self, tag: &Self::Tag, value: &Self::Value) {
        let _ = (tag, value);
    }

    /// Files a flight that has a value, or takes it out of what it is filed in.
    ///
    /// The waiters are woken then, also if it panics; the panic goes on in the caller that drove.
    ///
    /// The berth is dropped after that. What filing the flight displaces is best kept in it until
    /// then: a destructor that waits for this very flight would wait for ever before.
    fn land(&mut self, slot: &Self::Slot);

    /// Takes a flight that has an error out of what it is filed in: its load has panicked.
    ///
    /// The rest is as with [`land`](Self::land).
    fn crash(&mut self, slot: &Self::Slot);

    /// Takes a flight that the last waiter has left out of what it is filed in.
    ///
    /// The load is dropped after this, and the berth then.
    fn desert(&mut self, slot: &Self::Slot);
}

/// The handle of a flight: `Arc<Flight<B>>` or `Rc<LocalFlight<B>>`.
///
/// It is implemented for these, and can't be for others.
///
/// # Examples
///
/// ```
/// use async_single_flight::flight::Slot;
///
/// fn value<P: Slot<Value: Clone>>(slot: &P) -> Option<P::Value> {
///     slot.outcome()?.as_ref().ok().cloned()
/// }
/// # use async_single_flight::flight::{Flight, Unfiled};
/// # use std::sync::Arc;
/// # let flight: Arc<Flight<Unfiled<(), u32>>> = Arc::new(Flight::landed((), 7));
/// # assert_eq!(value(&flight), Some(7));
/// ```
#[expect(private_bounds, reason = "sealed")]
pub trait Slot: Clone + Leave {
    /// What is loaded.
    type Value;

    /// The outcome, once there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Flight, Slot, Unfiled};
    /// use std::sync::Arc;
    ///
    /// let flight: Arc<Flight<Unfiled<(), u32>>> = Arc::new(Flight::landed((), 7));
    /// assert_eq!(flight.outcome(), Some(&Ok(7)));
    /// ```
    fn outcome(&self) -> Option<&Result<Self::Value, LoadError>>;

    /// Counts one more waiter in, for whom [`Wait::joined`] is to be made; `false` if the last one
    /// has left, and the flight ends without an outcome.
    ///
    /// A single atomic operation, without a lock: it may be called under one.
    ///
    /// # Panics
    ///
    /// At 2<sup>32</sup> − 1 waiters, those that were forgotten among them.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{FAN_OUT, Flight, Slot, Unfiled, Wait};
    /// use std::sync::Arc;
    ///
    /// let flight = Arc::new(Flight::new((), Unfiled::new(), FAN_OUT, async { 7 }));
    /// let first = Wait::claimed(Arc::clone(&flight));
    /// assert!(flight.join());
    /// let second = Wait::joined(Arc::clone(&flight));
    /// drop(first);
    /// assert_eq!(futures_lite::future::block_on(second), Ok(7));
    /// ```
    #[must_use = "a waiter that is counted in and not given a `Wait` keeps the load alive"]
    fn join(&self) -> bool;

    /// Whether the last waiter has left: nobody can join any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{FAN_OUT, Flight, Slot, Unfiled, Wait};
    /// use std::sync::Arc;
    ///
    /// let flight = Arc::new(Flight::new((), Unfiled::new(), FAN_OUT, async { 7 }));
    /// drop(Wait::claimed(Arc::clone(&flight)));
    /// assert!(flight.is_closed() && !flight.join());
    /// ```
    fn is_closed(&self) -> bool;

    /// Whether both are handles of the same flight.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Flight, Slot, Unfiled};
    /// use std::sync::Arc;
    ///
    /// let flight: Arc<Flight<Unfiled<(), u32>>> = Arc::new(Flight::landed((), 7));
    /// assert!(flight.is_same(&Arc::clone(&flight)));
    /// ```
    fn is_same(&self, other: &Self) -> bool;
}
