//! `FifoLockout`: one after another, in the order of arrival, once no lock is in force.

mod builder;
mod enter;

pub use builder::FifoLockoutBuilder;

use crate::Tag;
use crate::gate::{Admission, Gate};
use async_clock::{Clock, SystemClock};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Keeps everybody out while a lock is in force, and lets them in one after another when it ends.
///
/// A handle: clones share one lockout.
/// Locks are those of [`Lockout`](crate::Lockout); what differs is the end of one:
///
/// - [`wait`](Self::wait) admits the next waiter when the one before has been let in.
/// - [`acquire`](Self::acquire) admits the next when the [`Pass`](crate::Pass) of the one before is
///   dropped, that is, when its operation is over: a slow start.
/// - Once nobody waits any more, entry is free again, for any number at once.
///
/// A lock that is imposed while the queue is admitted stops the rest, as the second 429 after the
/// first lockout should.
/// With [`probe`](FifoLockoutBuilder::probe) entry stays one by one until a
/// [`Pass::ok`](crate::Pass::ok).
///
/// A lock holds nobody back who is in already.
/// One admitted waiter that stalls holds up all behind it; dropping its future or its `Pass` lets
/// the next one in.
/// Take the rate limiter first, and the lockout last.
///
/// # Fairness
///
/// Strict: in the order of the first polls, and newcomers go behind the queue.
///
/// # Runtime compatibility
///
/// Any executor, several at once, or none: the clock's timer admits the first waiter, and each one
/// the next.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lockout::FifoLockout;
/// use futures_lite::future::{block_on, zip};
/// use std::cell::Cell;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let lockout = FifoLockout::with_clock(clock.clone());
/// let inside = Cell::new(0);
/// let request = || async {
///     let pass = lockout.acquire().await;
///     inside.set(inside.get() + 1);
///     assert_eq!(inside.get(), 1); // after a lockout: one at a time
///     futures_lite::future::yield_now().await; // the request
///     inside.set(inside.get() - 1);
///     pass.ok();
/// };
///
/// lockout.lock_for(Duration::from_secs(3));
/// block_on(clock.drive(zip(request(), zip(request(), request()))));
/// ```
///
/// # Implementation notes
///
/// As for [`Lockout`](crate::Lockout), and a third word that says whether newcomers have to stand
/// in line: free entry is three loads.
/// At most one waiter is granted at a time, so each wakes at most one other, and the clock's timer
/// is needed for the first of a queue only.
pub struct FifoLockout<C: Clock = SystemClock> {
    gate: Arc<Gate<C>>,
}

impl FifoLockout {
    /// Creates a lockout without a lock, on the system's clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    ///
    /// assert!(!FifoLockout::new().is_locked());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }

    /// Returns a builder, for a lockout that probes or runs on another clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    ///
    /// let lockout = FifoLockout::builder().probe(true).build();
    /// assert!(!lockout.is_locked());
    /// ```
    pub fn builder() -> FifoLockoutBuilder {
        FifoLockoutBuilder {
            clock: SystemClock,
            probe: false,
        }
    }
}

impl<C: Clock> FifoLockout<C> {
    /// Creates a lockout without a lock, on the given clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lockout::FifoLockout;
    ///
    /// let lockout = FifoLockout::with_clock(ManualClock::new());
    /// assert!(!lockout.is_locked());
    /// ```
    #[must_use]
    pub fn with_clock(clock: C) -> Self {
        let gate = Gate::new(clock, Admission::InLine { probe: false });
        Self { gate }
    }

    /// Locks for `duration` from now.
    ///
    /// The longest lock wins: a shorter one changes nothing.
    /// Zero locks nothing; a duration that leads past every instant locks until
    /// [`clear`](Self::clear).
    /// May be called from any thread, with or without an executor; it takes no lock and wakes
    /// nobody.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = FifoLockout::with_clock(clock.clone());
    /// lockout.lock_for(Duration::from_secs(5));
    /// lockout.lock_for(Duration::from_secs(1));
    /// assert_eq!(lockout.locked_until(), Some(clock.now() + Duration::from_secs(5)));
    /// ```
    pub fn lock_for(&self, duration: Duration) {
        self.gate.lock_for(duration);
    }

    /// Locks until `at`; an instant that has passed locks nothing.
    ///
    /// Otherwise as [`lock_for`](Self::lock_for).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = FifoLockout::with_clock(clock.clone());
    /// let at = clock.now() + Duration::from_secs(5);
    /// lockout.lock_until(at);
    /// assert_eq!(lockout.locked_until(), Some(at));
    /// ```
    pub fn lock_until(&self, at: Instant) {
        self.gate.lock_until(at);
    }

    /// Locks for `duration` from now, with a handle to extend the lock or to take it back.
    ///
    /// See [`Tag`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let lockout = FifoLockout::new();
    /// let tag = lockout.tag_for(Duration::from_secs(60));
    /// assert!(lockout.is_locked());
    /// tag.remove();
    /// assert!(!lockout.is_locked());
    /// ```
    pub fn tag_for(&self, duration: Duration) -> Tag<C> {
        Tag::lock_for(&self.gate, duration)
    }

    /// Locks until `at`, with a handle to extend the lock or to take it back.
    ///
    /// See [`Tag`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = FifoLockout::with_clock(clock.clone());
    /// let at = clock.now() + Duration::from_secs(5);
    /// let tag = lockout.tag_until(at);
    /// assert_eq!(tag.locked_until(), Some(at));
    /// # tag.remove();
    /// ```
    pub fn tag_until(&self, at: Instant) -> Tag<C> {
        Tag::lock_until(&self.gate, at)
    }

    /// Ends all locks, tagged ones included, and the probing after them.
    ///
    /// Those who wait are admitted one after another.
    ///
    /// # Panics
    ///
    /// If the waker of a waiting task panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let lockout = FifoLockout::new();
    /// lockout.lock_for(Duration::MAX);
    /// lockout.clear();
    /// assert!(!lockout.is_locked());
    /// ```
    pub fn clear(&self) {
        self.gate.clear();
    }

    /// Whether a lock is in force.
    ///
    /// If there has been none, two loads and no read of the clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = FifoLockout::with_clock(clock.clone());
    /// lockout.lock_for(Duration::from_secs(1));
    /// assert!(lockout.is_locked());
    /// clock.advance(Duration::from_secs(1));
    /// assert!(!lockout.is_locked());
    /// ```
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.gate.locked().is_some()
    }

    /// When the lock in force ends, as things stand; `None` if there is none.
    ///
    /// For a lock without end it is an instant centuries ahead.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = FifoLockout::with_clock(clock.clone());
    /// assert_eq!(lockout.locked_until(), None);
    /// lockout.lock_for(Duration::from_secs(1));
    /// assert_eq!(lockout.locked_until(), Some(clock.now() + Duration::from_secs(1)));
    /// ```
    pub fn locked_until(&self) -> Option<Instant> {
        self.gate.locked_until()
    }
}

impl<C: Clock> Clone for FifoLockout<C> {
    fn clone(&self) -> Self {
        let gate = Arc::clone(&self.gate);
        Self { gate }
    }
}

impl<C: Clock + Default> Default for FifoLockout<C> {
    fn default() -> Self {
        Self::with_clock(C::default())
    }
}

impl<C: Clock> fmt::Debug for FifoLockout<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FifoLockout")
            .field("locked_until", &self.locked_until())
            .finish_non_exhaustive()
    }
}
