//! `Semaphore`: permits, first come, first served.

mod acquire;

use crate::any_semaphore::HasPool;
use crate::line::Fifo;
use crate::pool::{self, Pool};

/// A number of permits, which are granted to tasks and threads in the order in which they ask.
///
/// Share it by reference, as a `static`, or in an `Arc`.
/// The ways to ask are listed in the [crate's documentation](crate#ways-to-wait).
///
/// # Fairness
///
/// Strict: nobody overtakes one who waits, neither with a smaller request nor with a try.
/// A waiter that wants many permits is not starved by those behind it; they wait for it.
/// Permits that are granted belong to their waiter, even before it is polled.
///
/// # Runtime compatibility
///
/// Any executor, several at once, or none; tasks and plain threads wait in one line.
/// It does not take part in the cooperative budget of any executor: a loop over an acquire that is
/// always ready does not yield by itself.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::Semaphore;
///
/// static SEMAPHORE: Semaphore = Semaphore::new(2);
///
/// futures_lite::future::block_on(async {
///     let first = SEMAPHORE.acquire().await.unwrap();
///     let second = SEMAPHORE.acquire().await.unwrap();
///     assert!(SEMAPHORE.try_acquire().is_err());
///     drop(first);
///     assert!(SEMAPHORE.try_acquire().is_ok());
///     drop(second);
/// });
/// ```
///
/// # Implementation notes
///
/// The number of free permits stands in an atomic word; an acquire and a release that meet nobody
/// are a compare-exchange each.
/// The first waiter closes this path by a bit in the same word, and from then on everything happens
/// under a mutex, in which the waiters stand in one vector; a release hands its permits to the
/// first, and wakes it after unlocking.
/// The last waiter opens the path again.
#[derive(Debug)]
pub struct Semaphore {
    pool: Pool<Fifo>,
}

impl Semaphore {
    /// Creates a semaphore with so many free permits.
    ///
    /// # Panics
    ///
    /// Above [`MAX_PERMITS`](crate::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// static SEMAPHORE: Semaphore = Semaphore::new(3);
    /// assert_eq!(SEMAPHORE.available_permits(), 3);
    /// ```
    #[cfg(not(loom))]
    #[must_use]
    #[track_caller]
    pub const fn new(permits: usize) -> Self {
        pool::check_new(permits);
        Self {
            pool: Pool::new(permits, Fifo::new()),
        }
    }

    /// As above; loom's atomics are not made at compile time.
    #[cfg(loom)]
    #[doc(hidden)]
    pub fn new(permits: usize) -> Self {
        pool::check_new(permits);
        Self {
            pool: Pool::new(permits, Fifo::new()),
        }
    }

    /// How many permits are free.
    ///
    /// A moment later it may be another number.
    /// Free permits are not always to be had: they may be too few for one who waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// # drop(permit);
    /// ```
    #[inline]
    pub fn available_permits(&self) -> usize {
        self.pool.available()
    }

    /// How many wait: those neither granted nor refused yet.
    ///
    /// Takes the mutex.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::task::Waker;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let mut both = semaphore.acquire_many(2);
    /// assert_eq!(semaphore.waiting(), 0); // it asks at its first poll
    /// assert!(testkit::poll_once(&mut both, Waker::noop()).is_pending());
    /// assert_eq!(semaphore.waiting(), 1);
    /// ```
    pub fn waiting(&self) -> usize {
        self.pool.waiting()
    }

    /// Adds permits, which go to those who wait first.
    ///
    /// What is owed to [`reduce_permits`](Self::reduce_permits) is paid from them before that.
    ///
    /// # Panics
    ///
    /// If more than [`MAX_PERMITS`](crate::MAX_PERMITS) would be free; then nothing is added.
    /// If a waker panics, once all are woken; then they are added.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// let semaphore = Semaphore::new(0);
    /// semaphore.add_permits(2);
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    #[track_caller]
    pub fn add_permits(&self, permits: usize) {
        self.pool.add(permits);
    }

    /// Takes up to so many free permits out of circulation, and says how many.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.forget_permits(5), 2); // the other one is not free
    /// drop(permit);
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn forget_permits(&self, permits: usize) -> usize {
        self.pool.forget(permits)
    }

    /// Takes exactly so many permits out of circulation: those that are free at once, the others as
    /// they come back.
    ///
    /// Until then nobody is granted anything: what comes back pays the debt first.
    /// It does not wait.
    ///
    /// # Panics
    ///
    /// If more than [`MAX_PERMITS`](crate::MAX_PERMITS) would be owed; then nothing is taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let permit = semaphore.try_acquire_many(2).unwrap();
    /// semaphore.reduce_permits(2); // one of three is left
    /// assert_eq!(semaphore.available_permits(), 0);
    /// drop(permit);
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    #[track_caller]
    pub fn reduce_permits(&self, permits: usize) {
        self.pool.reduce(permits);
    }

    /// Refuses all who wait and all who come; says whether the semaphore was open.
    ///
    /// Permits that were granted before stay valid, also those that their waiters have not taken
    /// yet, and are counted when they come back.
    ///
    /// # Panics
    ///
    /// If a waker panics, once all are woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::{AcquireError, Semaphore};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// let waits = semaphore.acquire();
    /// assert!(semaphore.close());
    /// assert_eq!(futures_lite::future::block_on(waits).unwrap_err(), AcquireError);
    /// assert!(!semaphore.close()); // it was closed before
    /// # drop(permit);
    /// ```
    pub fn close(&self) -> bool {
        self.pool.close()
    }

    /// Whether it is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// assert!(!Semaphore::new(1).is_closed());
    /// ```
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Checks what must hold whenever no call is under way; for tests.
    #[doc(hidden)]
    pub fn assert_invariants(&self) {
        self.pool.assert_invariants();
    }
}

impl HasPool for Semaphore {
    type Line = Fifo;

    #[inline]
    fn pool(&self) -> &Pool<Fifo> {
        &self.pool
    }
}
