//! `PrioritySemaphore`: permits, the most urgent first.

mod acquire;
mod builder;

pub use builder::{Aging, PrioritySemaphoreBuilder, Ties};

use crate::any_semaphore::HasPool;
use crate::line::Ranked;
use crate::pool::Pool;

/// A number of permits, which are granted to the most urgent of those who wait.
///
/// Lower is more urgent; among equals, who came first.
/// A request takes its priority from the [`context`](crate::context) that it is first polled in, or
/// says its own: [`acquire_with`](Self::acquire_with),
/// [`Acquire::with_priority`](crate::Acquire::with_priority); and it may change it
/// [while it waits](crate::Acquire::set_priority).
///
/// **Without aging, a steady stream of urgent requests starves the others for ever.**
/// [`Aging`] bounds how many may overtake.
///
/// # Fairness
///
/// Strict by priority: a newcomer overtakes those that are less urgent than itself, even if one of
/// them waits for more permits than are free, and nobody else; that holds for tries too.
/// Permits that are granted belong to their waiter, even before it is polled, and whoever comes
/// later.
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
/// use async_priority_semaphore::PrioritySemaphore;
/// use futures_lite::future::{block_on, yield_now, zip};
/// use std::cell::RefCell;
///
/// let semaphore = PrioritySemaphore::new(1);
/// let order = RefCell::new(Vec::new());
/// let task = |name, priority| {
///     let (semaphore, order) = (&semaphore, &order);
///     async move {
///         let permit = semaphore.acquire_with(priority).await.unwrap();
///         order.borrow_mut().push(name);
///         yield_now().await; // others come meanwhile
///         drop(permit);
///     }
/// };
/// let (low, high) = (zip(task("early", 0), task("low", 9)), task("high", -9));
/// block_on(zip(low, high));
/// assert_eq!(*order.borrow(), ["early", "high", "low"]);
/// ```
///
/// # Implementation notes
///
/// As [`Semaphore`](crate::Semaphore), with a binary heap over the same vector: to come, to go and
/// to change one's priority takes O(log n) of those who wait.
/// With aging the key of a waiter is `priority × step + arrival`, which never changes by itself, so
/// that nothing has to be sorted anew as time goes by.
#[derive(Debug)]
pub struct PrioritySemaphore {
    pool: Pool<Ranked>,
}

impl PrioritySemaphore {
    /// Creates a semaphore with so many free permits.
    ///
    /// # Panics
    ///
    /// Above [`MAX_PERMITS`](crate::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PrioritySemaphore;
    ///
    /// static SEMAPHORE: PrioritySemaphore = PrioritySemaphore::new(3);
    /// assert_eq!(SEMAPHORE.available_permits(), 3);
    /// ```
    #[cfg(not(loom))]
    #[must_use]
    #[track_caller]
    pub const fn new(permits: usize) -> Self {
        Self::builder(permits).build()
    }

    /// As above; loom's atomics are not made at compile time.
    #[cfg(loom)]
    #[doc(hidden)]
    pub fn new(permits: usize) -> Self {
        Self::builder(permits).build()
    }

    /// Begins a semaphore with so many free permits, for one with [`Aging`] or other [`Ties`].
    ///
    /// # Panics
    ///
    /// Above [`MAX_PERMITS`](crate::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::{Aging, PrioritySemaphore};
    /// use std::num::NonZeroU32;
    ///
    /// let step = NonZeroU32::new(10).unwrap();
    /// let semaphore = PrioritySemaphore::builder(3).aging(Aging::Arrivals(step)).build();
    /// assert_eq!(semaphore.available_permits(), 3);
    /// ```
    #[track_caller]
    pub const fn builder(permits: usize) -> PrioritySemaphoreBuilder {
        PrioritySemaphoreBuilder::new(permits)
    }

    /// How many permits are free.
    ///
    /// A moment later it may be another number.
    /// Free permits are not always to be had: they may be too few for one who waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PrioritySemaphore;
    ///
    /// let semaphore = PrioritySemaphore::new(3);
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
    /// use async_priority_semaphore::PrioritySemaphore;
    /// use std::task::Waker;
    ///
    /// let semaphore = PrioritySemaphore::new(1);
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
    /// use async_priority_semaphore::PrioritySemaphore;
    ///
    /// let semaphore = PrioritySemaphore::new(0);
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
    /// use async_priority_semaphore::PrioritySemaphore;
    ///
    /// let semaphore = PrioritySemaphore::new(3);
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
    /// use async_priority_semaphore::PrioritySemaphore;
    ///
    /// let semaphore = PrioritySemaphore::new(3);
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
    /// use async_priority_semaphore::{AcquireError, PrioritySemaphore};
    ///
    /// let semaphore = PrioritySemaphore::new(1);
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
    /// use async_priority_semaphore::PrioritySemaphore;
    ///
    /// assert!(!PrioritySemaphore::new(1).is_closed());
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

impl HasPool for PrioritySemaphore {
    type Line = Ranked;

    #[inline]
    fn pool(&self) -> &Pool<Ranked> {
        &self.pool
    }
}
