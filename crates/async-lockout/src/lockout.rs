//! `Lockout`: all may go in once no lock is in force.

use crate::error::Locked;
use crate::gate::{Admission, Gate};
use crate::{Tag, Wait, WaitOwned};
use async_clock::{Clock, ClockExt, Elapsed, SystemClock};
use async_waitlist::blocking::block_on;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Keeps everybody out while a lock is in force, and lets all in together when it ends.
///
/// A handle: clones share one lockout.
/// Anybody may [lock](Self::lock_for) at any time, from any thread; several locks stack, and the
/// latest end counts.
/// Those who [`wait`](Self::wait) go on when no lock is in force.
///
/// A lock holds nobody back who has passed already, and `wait` promises nothing about the instant
/// after it has returned: another task may lock in between.
/// Check as late as possible: take the rate limiter first, and the lockout last.
///
/// # Fairness
///
/// All waiters are woken when the lock ends, in no particular order, and newcomers pass at once.
/// Where that would be a stampede, use [`FifoLockout`](crate::FifoLockout).
///
/// # Runtime compatibility
///
/// Any executor, several at once, or none: the clock's timer wakes the waiters.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ManualClock};
/// use async_lockout::Lockout;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let lockout = Lockout::with_clock(clock.clone());
/// let start = clock.now();
///
/// lockout.lock_for(Duration::from_secs(3)); // the far side said 429
/// futures_lite::future::block_on(clock.drive(lockout.wait()));
/// assert_eq!(clock.now() - start, Duration::from_secs(3));
/// ```
///
/// # Implementation notes
///
/// Two atomic words hold the deadlines, so a check that finds no lock is two loads, and locking is
/// one read of the clock and one atomic maximum.
/// Waiters stand in a list under a mutex, with one timer for all of them.
/// They are woken where that timer fires, sixteen at a time between two holds of the mutex.
pub struct Lockout<C: Clock = SystemClock> {
    gate: Arc<Gate<C>>,
}

impl Lockout {
    /// Creates a lockout without a lock, on the system's clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    ///
    /// assert!(!Lockout::new().is_locked());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }
}

impl<C: Clock> Lockout<C> {
    /// Creates a lockout without a lock, on the given clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lockout::Lockout;
    ///
    /// let lockout = Lockout::with_clock(ManualClock::new());
    /// assert!(!lockout.is_locked());
    /// ```
    #[must_use]
    pub fn with_clock(clock: C) -> Self {
        let gate = Gate::new(clock, Admission::Together);
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
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = Lockout::with_clock(clock.clone());
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
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = Lockout::with_clock(clock.clone());
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
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
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
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = Lockout::with_clock(clock.clone());
    /// let at = clock.now() + Duration::from_secs(5);
    /// let tag = lockout.tag_until(at);
    /// assert_eq!(tag.locked_until(), Some(at));
    /// # tag.remove();
    /// ```
    pub fn tag_until(&self, at: Instant) -> Tag<C> {
        Tag::lock_until(&self.gate, at)
    }

    /// Ends all locks, tagged ones included, and lets those in who wait.
    ///
    /// # Panics
    ///
    /// If the waker of a waiting task panics, once all are woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
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
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = Lockout::with_clock(clock.clone());
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
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = Lockout::with_clock(clock.clone());
    /// assert_eq!(lockout.locked_until(), None);
    /// lockout.lock_for(Duration::from_secs(1));
    /// assert_eq!(lockout.locked_until(), Some(clock.now() + Duration::from_secs(1)));
    /// ```
    pub fn locked_until(&self) -> Option<Instant> {
        self.gate.locked_until()
    }

    /// Passes if no lock is in force: the `try` form of [`wait`](Self::wait).
    ///
    /// If there has been none since the last check, two loads and no read of the clock; the first
    /// check after the end of a lock takes the mutex.
    ///
    /// # Errors
    ///
    /// [`Locked`], which says for how long.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
    /// assert!(lockout.try_pass().is_ok());
    /// lockout.lock_for(Duration::from_secs(60));
    /// let locked = lockout.try_pass().unwrap_err();
    /// assert!(locked.retry_after() <= Duration::from_secs(60));
    /// ```
    #[inline]
    pub fn try_pass(&self) -> Result<(), Locked> {
        self.gate.try_pass()
    }

    /// Waits until no lock is in force.
    ///
    /// That is so at an instant within the poll that completes; a waiter that was woken and finds
    /// another lock goes on waiting.
    /// It is woken early when locks are removed or cleared.
    /// For a deadline wrap it into `async_clock::timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place among the waiters; nothing else is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = Lockout::with_clock(clock.clone());
    /// let end = clock.now() + Duration::from_secs(3);
    /// lockout.lock_until(end);
    /// futures_lite::future::block_on(clock.drive(lockout.wait()));
    /// assert_eq!(clock.now(), end);
    /// ```
    #[inline]
    pub fn wait(&self) -> Wait<'_, C> {
        Wait::new(&self.gate)
    }

    /// As [`wait`](Self::wait), with a handle of its own: for tasks.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place among the waiters; nothing else is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    ///
    /// fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    ///     futures_lite::future::block_on(task)
    /// }
    ///
    /// spawn(Lockout::new().wait_owned());
    /// ```
    #[inline]
    pub fn wait_owned(&self) -> WaitOwned<C> {
        WaitOwned::new(Arc::clone(&self.gate))
    }

    /// Blocks the thread until no lock is in force.
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`wait`](Self::wait) for tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::thread;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
    /// lockout.lock_for(Duration::from_millis(5));
    /// thread::scope(|scope| {
    ///     scope.spawn(|| lockout.wait_blocking());
    /// });
    /// assert!(!lockout.is_locked());
    /// ```
    pub fn wait_blocking(&self) {
        block_on(self.wait());
    }

    /// Blocks the thread until no lock is in force, for `timeout` of the lockout's clock at most.
    ///
    /// A lock that ends just then counts as ended; a timeout that leads past every instant means
    /// as long as it takes.
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`wait`](Self::wait) for tasks.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if a lock is still in force.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
    /// assert!(lockout.wait_blocking_timeout(Duration::ZERO).is_ok());
    /// lockout.lock_for(Duration::from_secs(60));
    /// assert!(lockout.wait_blocking_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn wait_blocking_timeout(&self, timeout: Duration) -> Result<(), Elapsed> {
        block_on(self.gate.clock.timeout(timeout, self.wait()))
    }

    /// Blocks the thread until no lock is in force, until `deadline` at most.
    ///
    /// A lock that ends just then counts as ended.
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`wait`](Self::wait) for tasks.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if a lock is still in force.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::{Duration, Instant};
    ///
    /// let lockout = Lockout::new();
    /// lockout.lock_for(Duration::from_secs(60));
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert!(lockout.wait_blocking_deadline(deadline).is_err());
    /// ```
    pub fn wait_blocking_deadline(&self, deadline: Instant) -> Result<(), Elapsed> {
        block_on(self.gate.clock.timeout_at(deadline, self.wait()))
    }
}

impl<C: Clock> Clone for Lockout<C> {
    fn clone(&self) -> Self {
        let gate = Arc::clone(&self.gate);
        Self { gate }
    }
}

impl<C: Clock + Default> Default for Lockout<C> {
    fn default() -> Self {
        Self::with_clock(C::default())
    }
}

impl<C: Clock> fmt::Debug for Lockout<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lockout")
            .field("locked_until", &self.locked_until())
            .finish_non_exhaustive()
    }
}
