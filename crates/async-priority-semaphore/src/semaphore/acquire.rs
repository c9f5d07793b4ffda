//! The colours of an acquire.

use super::Semaphore;
use crate::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
use crate::{Acquire, AcquireOwned, OwnedPermit, Permit};
use std::sync::Arc;
use std::time::{Duration, Instant};

impl Semaphore {
    /// Takes a permit if one is free and nobody waits.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::{Semaphore, TryAcquireError};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    /// # drop(permit);
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes so many permits if they are free and nobody waits; all or none.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// assert!(semaphore.try_acquire_many(4).is_err());
    /// assert_eq!(semaphore.try_acquire_many(3).unwrap().num_permits(), 3);
    /// ```
    #[inline]
    pub fn try_acquire_many(&self, permits: u32) -> Result<Permit<'_>, TryAcquireError> {
        self.pool.try_acquire(permits, ())?;
        Ok(Permit::new(self, permits))
    }

    /// As [`try_acquire`](Self::try_acquire), with a permit that owns its handle.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = semaphore.try_acquire_owned().unwrap();
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// ```
    #[inline]
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<OwnedPermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// As [`try_acquire_many`](Self::try_acquire_many), with a permit that owns its handle.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(3));
    /// assert_eq!(semaphore.try_acquire_many_owned(2).unwrap().num_permits(), 2);
    /// ```
    #[inline]
    pub fn try_acquire_many_owned(
        self: &Arc<Self>,
        permits: u32,
    ) -> Result<OwnedPermit, TryAcquireError> {
        self.pool.try_acquire(permits, ())?;
        Ok(OwnedPermit::new(Arc::clone(self), permits))
    }

    /// Waits for a permit.
    ///
    /// For a deadline wrap it into `async_clock::timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    /// If a permit was granted already, it goes to the next.
    ///
    /// # Fairness
    ///
    /// Strict, in the order of the first polls.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed before the permit is granted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// let semaphore = Semaphore::new(1);
    /// futures_lite::future::block_on(async {
    ///     let permit = semaphore.acquire().await.unwrap();
    ///     assert_eq!(semaphore.available_permits(), 0);
    ///     drop(permit);
    /// });
    /// ```
    #[inline]
    pub fn acquire(&self) -> Acquire<'_> {
        self.acquire_many(1)
    }

    /// Waits for so many permits at once.
    ///
    /// More than there are may come to be, by [`add_permits`](Self::add_permits): a request too
    /// large for now waits, and all behind it wait too.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    /// If permits were granted already, they go to the next.
    ///
    /// # Fairness
    ///
    /// Strict, in the order of the first polls.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed before the permits are granted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    ///
    /// let semaphore = Semaphore::new(5);
    /// futures_lite::future::block_on(async {
    ///     let permit = semaphore.acquire_many(3).await.unwrap();
    ///     assert_eq!(semaphore.available_permits(), 2);
    ///     drop(permit);
    /// });
    /// ```
    #[inline]
    pub fn acquire_many(&self, permits: u32) -> Acquire<'_> {
        Acquire::new(self, permits)
    }

    /// As [`acquire`](Self::acquire), with a future and a permit that own their handle: for tasks.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    /// If a permit was granted already, it goes to the next.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed before the permit is granted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::sync::Arc;
    ///
    /// fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    ///     futures_lite::future::block_on(task);
    /// }
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let acquire = semaphore.acquire_owned();
    /// spawn(async move { drop(acquire.await.unwrap()) });
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    #[inline]
    pub fn acquire_owned(self: &Arc<Self>) -> AcquireOwned {
        self.acquire_many_owned(1)
    }

    /// As [`acquire_many`](Self::acquire_many), with a future and a permit that own their handle.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    /// If permits were granted already, they go to the next.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed before the permits are granted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(5));
    /// let permit = semaphore.acquire_many_owned(3).blocking().unwrap();
    /// assert_eq!(permit.num_permits(), 3);
    /// ```
    #[inline]
    pub fn acquire_many_owned(self: &Arc<Self>, permits: u32) -> AcquireOwned {
        AcquireOwned::new(Arc::clone(self), permits)
    }

    /// Blocks the thread until it has a permit.
    ///
    /// The other requests have this form by [`Acquire::blocking`].
    ///
    /// # Blocking
    ///
    /// For plain threads: in a task it would stop the executor's thread.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed before the permit is granted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::thread;
    ///
    /// let semaphore = Semaphore::new(1);
    /// thread::scope(|scope| {
    ///     for _ in 0..3 {
    ///         scope.spawn(|| drop(semaphore.acquire_blocking().unwrap()));
    ///     }
    /// });
    /// ```
    #[inline]
    pub fn acquire_blocking(&self) -> Result<Permit<'_>, AcquireError> {
        self.acquire().blocking()
    }

    /// Blocks the thread until it has a permit, for `limit` at most.
    ///
    /// A permit that is granted just then counts; a limit too long for the clock means as long as
    /// it takes.
    ///
    /// # Blocking
    ///
    /// For plain threads; for tasks there is `async_clock::timeout`.
    ///
    /// # Errors
    ///
    /// [`AcquireTimeoutError`]; the place in the queue is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::time::Duration;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.acquire_blocking_timeout(Duration::ZERO).unwrap();
    /// assert!(semaphore.acquire_blocking_timeout(Duration::from_millis(1)).is_err());
    /// # drop(permit);
    /// ```
    pub fn acquire_blocking_timeout(
        &self,
        limit: Duration,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire().blocking_timeout(limit)
    }

    /// Blocks the thread until it has a permit, until `deadline` at most.
    ///
    /// A permit that is granted just then counts.
    ///
    /// # Blocking
    ///
    /// For plain threads; for tasks there is `async_clock::timeout_at`.
    ///
    /// # Errors
    ///
    /// [`AcquireTimeoutError`]; the place in the queue is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::time::{Duration, Instant};
    ///
    /// let semaphore = Semaphore::new(0);
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert!(semaphore.acquire_blocking_deadline(deadline).is_err());
    /// ```
    pub fn acquire_blocking_deadline(
        &self,
        deadline: Instant,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire().blocking_deadline(deadline)
    }
}
