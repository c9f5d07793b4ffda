//! The ways into a `FifoLockout`.

use super::FifoLockout;
use crate::error::TryAcquireError;
use crate::{Acquire, AcquireOwned, Pass, Wait, WaitOwned};
use async_clock::{Clock, ClockExt, Elapsed};
use async_waitlist::blocking::block_on;
use std::sync::Arc;
use std::time::{Duration, Instant};

impl<C: Clock> FifoLockout<C> {
    /// Passes if no lock is in force and nobody is ahead: the `try` form of [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// [`TryAcquireError::Locked`], which says for how long, or [`TryAcquireError::Queued`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let lockout = FifoLockout::new();
    /// assert!(lockout.try_pass().is_ok());
    /// lockout.lock_for(Duration::from_secs(60));
    /// assert!(lockout.try_pass().unwrap_err().is_locked());
    /// ```
    #[inline]
    pub fn try_pass(&self) -> Result<(), TryAcquireError> {
        self.gate.try_enter(false).map(drop)
    }

    /// Waits until no lock is in force and all who came before have been let in.
    ///
    /// A waiter whose turn has come and that finds another lock goes on waiting, at its place.
    /// For a deadline wrap it into `async_clock::timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place in the queue; nothing else is lost.
    /// If its turn had come, that goes to the next.
    ///
    /// # Fairness
    ///
    /// In the order of the first polls, those of [`acquire`](Self::acquire) included.
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
    /// Dropping it gives up the place in the queue; nothing else is lost.
    /// If its turn had come, that goes to the next.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    ///
    /// fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    ///     futures_lite::future::block_on(task)
    /// }
    ///
    /// spawn(FifoLockout::new().wait_owned());
    /// ```
    #[inline]
    pub fn wait_owned(&self) -> WaitOwned<C> {
        WaitOwned::new(Arc::clone(&self.gate))
    }

    /// Blocks the thread until [`wait`](Self::wait) is over.
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`wait`](Self::wait) for tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::thread;
    /// use std::time::Duration;
    ///
    /// let lockout = FifoLockout::new();
    /// lockout.lock_for(Duration::from_millis(5));
    /// thread::scope(|scope| {
    ///     scope.spawn(|| lockout.wait_blocking());
    /// });
    /// assert!(!lockout.is_locked());
    /// ```
    pub fn wait_blocking(&self) {
        block_on(self.wait());
    }

    /// Blocks the thread until [`wait`](Self::wait) is over, for `timeout` of the lockout's clock
    /// at most.
    ///
    /// A turn that comes just then counts; a timeout that leads past every instant means as long
    /// as it takes.
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`wait`](Self::wait) for tasks.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if the turn has not come; the place in the queue is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let lockout = FifoLockout::new();
    /// lockout.lock_for(Duration::from_secs(60));
    /// assert!(lockout.wait_blocking_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn wait_blocking_timeout(&self, timeout: Duration) -> Result<(), Elapsed> {
        block_on(self.gate.clock.timeout(timeout, self.wait()))
    }

    /// Blocks the thread until [`wait`](Self::wait) is over, until `deadline` at most.
    ///
    /// A turn that comes just then counts.
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`wait`](Self::wait) for tasks.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if the turn has not come; the place in the queue is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::time::{Duration, Instant};
    ///
    /// let lockout = FifoLockout::new();
    /// lockout.lock_for(Duration::from_secs(60));
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert!(lockout.wait_blocking_deadline(deadline).is_err());
    /// ```
    pub fn wait_blocking_deadline(&self, deadline: Instant) -> Result<(), Elapsed> {
        block_on(self.gate.clock.timeout_at(deadline, self.wait()))
    }

    /// Enters if no lock is in force and nobody is ahead.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError::Locked`], which says for how long, or [`TryAcquireError::Queued`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    ///
    /// let lockout = FifoLockout::new();
    /// let one = lockout.try_acquire().unwrap();
    /// let two = lockout.try_acquire().unwrap(); // no lockout: no limit
    /// # drop((one, two));
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<Pass<C>, TryAcquireError> {
        let entry = self.gate.try_enter(true)?;
        Ok(Pass::new(&self.gate, entry))
    }

    /// Waits until no lock is in force and it is our turn, and holds up those behind until the
    /// [`Pass`] is dropped.
    ///
    /// A `Pass` that was given without waiting holds up nobody, unless it is a
    /// [probe](Pass::is_probe).
    /// For a deadline wrap it into `async_clock::timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place in the queue; nothing else is lost.
    /// If its turn had come, that goes to the next.
    ///
    /// # Fairness
    ///
    /// In the order of the first polls, those of [`wait`](Self::wait) included.
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
    /// lockout.lock_for(Duration::from_secs(3));
    /// futures_lite::future::block_on(clock.drive(async {
    ///     let pass = lockout.acquire().await;
    ///     // ... the request ...
    ///     pass.ok();
    /// }));
    /// ```
    #[inline]
    pub fn acquire(&self) -> Acquire<'_, C> {
        Acquire::new(&self.gate)
    }

    /// As [`acquire`](Self::acquire), with a handle of its own: for tasks.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place in the queue; nothing else is lost.
    /// If its turn had come, that goes to the next.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    ///
    /// fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    ///     futures_lite::future::block_on(task)
    /// }
    ///
    /// let acquire = FifoLockout::new().acquire_owned();
    /// spawn(async { acquire.await.ok() });
    /// ```
    #[inline]
    pub fn acquire_owned(&self) -> AcquireOwned<C> {
        AcquireOwned::new(Arc::clone(&self.gate))
    }

    /// Blocks the thread until it is our turn; see [`acquire`](Self::acquire).
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`acquire`](Self::acquire) for tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::thread;
    /// use std::time::Duration;
    ///
    /// let lockout = FifoLockout::new();
    /// lockout.lock_for(Duration::from_millis(5));
    /// thread::scope(|scope| {
    ///     for _ in 0..3 {
    ///         scope.spawn(|| lockout.acquire_blocking().ok()); // one after another
    ///     }
    /// });
    /// ```
    pub fn acquire_blocking(&self) -> Pass<C> {
        block_on(self.acquire())
    }

    /// Blocks the thread until it is our turn, for `timeout` of the lockout's clock at most.
    ///
    /// A turn that comes just then counts; a timeout that leads past every instant means as long
    /// as it takes.
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`acquire`](Self::acquire) for tasks.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if the turn has not come; the place in the queue is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let lockout = FifoLockout::new();
    /// lockout.lock_for(Duration::from_secs(60));
    /// assert!(lockout.acquire_blocking_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn acquire_blocking_timeout(&self, timeout: Duration) -> Result<Pass<C>, Elapsed> {
        block_on(self.gate.clock.timeout(timeout, self.acquire()))
    }

    /// Blocks the thread until it is our turn, until `deadline` at most.
    ///
    /// A turn that comes just then counts.
    ///
    /// # Blocking
    ///
    /// For plain threads; see [`acquire`](Self::acquire) for tasks.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if the turn has not come; the place in the queue is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::time::{Duration, Instant};
    ///
    /// let lockout = FifoLockout::new();
    /// lockout.lock_for(Duration::from_secs(60));
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert!(lockout.acquire_blocking_deadline(deadline).is_err());
    /// ```
    pub fn acquire_blocking_deadline(&self, deadline: Instant) -> Result<Pass<C>, Elapsed> {
        block_on(self.gate.clock.timeout_at(deadline, self.acquire()))
    }
}
