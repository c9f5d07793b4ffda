//! The forms for threads: the same futures, under a parker.
//!
//! Their limits run on the waterfall's own clock.

use std::time::{Duration, Instant};

use async_clock::{Clock, ClockExt, Elapsed};
use async_waitlist::blocking::block_on;

use super::Waterfall;
use crate::counts::Report;
use crate::error::{FlushError, PutError, SubmitError};

impl<T, R, E, C: Clock> Waterfall<T, R, E, C> {
    /// Adds an item, and waits for room if [that is the way](crate::Overflow).
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the item is accepted.
    /// In a task it stops the worker, and on the thread that polls the driver it deadlocks.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] or [`PutError::Stopped`], with the item.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// assert_eq!(waterfall.put_blocking(7), Ok(()));
    /// # drop(driver);
    /// ```
    pub fn put_blocking(&self, item: T) -> Result<(), PutError<T>> {
        block_on(self.put(item))
    }

    /// Like [`put_blocking`](Self::put_blocking), for at most `limit` of the waterfall's clock.
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO)
    ///     .capacity(NonZeroUsize::MIN)
    ///     .build(callback);
    /// let limit = Duration::from_millis(1);
    /// assert_eq!(waterfall.put_blocking_timeout(7, limit), Ok(()));
    /// assert!(waterfall.put_blocking_timeout(8, limit).unwrap_err().is_timed_out());
    /// # drop(driver);
    /// ```
    pub fn put_blocking_timeout(&self, item: T, limit: Duration) -> Result<(), PutError<T>> {
        self.put_until(item, self.handle.0.deadline_after(limit))
    }

    /// Like [`put_blocking`](Self::put_blocking), until `at` of the waterfall's clock.
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// [`PutError`], with the item.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::{Duration, Instant}};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// assert_eq!(waterfall.put_blocking_deadline(7, Instant::now()), Ok(()));
    /// # drop(driver);
    /// ```
    pub fn put_blocking_deadline(&self, item: T, at: Instant) -> Result<(), PutError<T>> {
        self.put_until(item, Some(at))
    }

    fn put_until(&self, item: T, at: Option<Instant>) -> Result<(), PutError<T>> {
        let mut put = self.put(item);
        match self.block_until(&mut put, at) {
            Ok(result) => result,
            // Unless it was let in just now.
            Err(Elapsed) => put
                .cancel()
                .map_or(Ok(()), |item| Err(PutError::TimedOut(item))),
        }
    }

    /// Adds an item, and waits for its reply.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the reply is there.
    /// In a task it stops the worker, and on the thread that polls the driver it deadlocks.
    ///
    /// # Errors
    ///
    /// [`SubmitError`], with the item if it was not dispatched.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Batch, Waterfall};
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(
    ///     async |batch: Batch<u32>| -> Result<Vec<u32>, ()> { Ok(batch.collect()) },
    /// );
    /// let driver = std::thread::spawn(|| futures_lite::future::block_on(driver));
    /// assert_eq!(waterfall.submit_blocking(7).unwrap(), 7);
    /// drop(waterfall);
    /// driver.join().unwrap();
    /// ```
    pub fn submit_blocking(&self, item: T) -> Result<R, SubmitError<T, E>> {
        block_on(self.submit(item))
    }

    /// Like [`submit_blocking`](Self::submit_blocking), for at most `limit` of the waterfall's clock.
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// [`SubmitError`], with the item if it was not dispatched.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, SubmitError, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// let late = waterfall.submit_blocking_timeout(7, Duration::from_millis(1)).unwrap_err();
    /// assert!(matches!(late, SubmitError::TimedOut(Some(7))));
    /// # drop(driver);
    /// ```
    pub fn submit_blocking_timeout(
        &self,
        item: T,
        limit: Duration,
    ) -> Result<R, SubmitError<T, E>> {
        self.submit_until(item, self.handle.0.deadline_after(limit))
    }

    /// Like [`submit_blocking`](Self::submit_blocking), until `at` of the waterfall's clock.
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// [`SubmitError`], with the item if it was not dispatched.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, SubmitError, Waterfall};
    /// # use std::{num::NonZeroUsize, time::{Duration, Instant}};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// let late = waterfall.submit_blocking_deadline(7, Instant::now()).unwrap_err();
    /// assert!(matches!(late, SubmitError::TimedOut(Some(7))));
    /// # drop(driver);
    /// ```
    pub fn submit_blocking_deadline(&self, item: T, at: Instant) -> Result<R, SubmitError<T, E>> {
        self.submit_until(item, Some(at))
    }

    fn submit_until(&self, item: T, at: Option<Instant>) -> Result<R, SubmitError<T, E>> {
        let mut submit = self.submit(item);
        match self.block_until(&mut submit, at) {
            Ok(result) => result,
            Err(Elapsed) => Err(SubmitError::TimedOut(submit.cancel())),
        }
    }

    /// Waits until everything that was accepted before is settled; `max_wait` is ignored.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until then.
    /// In a task it stops the worker, and on the thread that polls the driver it deadlocks.
    ///
    /// # Errors
    ///
    /// [`FlushError::Stopped`] if the driver was dropped, or a stop has come to its deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let (waterfall, driver) = Waterfall::builder(two, Duration::MAX).build(callback);
    /// let driver = std::thread::spawn(|| futures_lite::future::block_on(driver));
    /// waterfall.try_put(7).unwrap();
    /// assert_eq!(waterfall.flush_blocking(), Ok(()));
    /// assert_eq!(waterfall.counts().delivered, 1);
    /// drop(waterfall);
    /// driver.join().unwrap();
    /// ```
    pub fn flush_blocking(&self) -> Result<(), FlushError> {
        block_on(self.flush())
    }

    /// Like [`flush_blocking`](Self::flush_blocking), for at most `limit` of the waterfall's clock.
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// [`FlushError`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, FlushError, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// waterfall.try_put(7).unwrap();
    /// let late = waterfall.flush_blocking_timeout(Duration::from_millis(1));
    /// assert_eq!(late, Err(FlushError::TimedOut));
    /// # drop(driver);
    /// ```
    pub fn flush_blocking_timeout(&self, limit: Duration) -> Result<(), FlushError> {
        self.flush_until(self.handle.0.deadline_after(limit))
    }

    /// Like [`flush_blocking`](Self::flush_blocking), until `at` of the waterfall's clock.
    ///
    /// # Blocking
    ///
    /// As there.
    ///
    /// # Errors
    ///
    /// [`FlushError`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::{Duration, Instant}};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// assert_eq!(waterfall.flush_blocking_deadline(Instant::now()), Ok(())); // there is nothing
    /// # drop(driver);
    /// ```
    pub fn flush_blocking_deadline(&self, at: Instant) -> Result<(), FlushError> {
        self.flush_until(Some(at))
    }

    fn flush_until(&self, at: Option<Instant>) -> Result<(), FlushError> {
        let flushed = self.block_until(&mut self.flush(), at);
        flushed.unwrap_or(Err(FlushError::TimedOut))
    }

    /// Refuses new items, and waits until the rest is settled, for at most `limit`; see
    /// [`stop`](Self::stop).
    ///
    /// # Blocking
    ///
    /// Blocks the thread until then.
    /// In a task it stops the worker, and on the thread that polls the driver it takes the whole
    /// limit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let (waterfall, driver) = Waterfall::builder(two, Duration::MAX).build(callback);
    /// let driver = std::thread::spawn(|| futures_lite::future::block_on(driver));
    /// waterfall.try_put(7).unwrap();
    /// assert_eq!(waterfall.stop_blocking(Duration::from_secs(10)).delivered, 1);
    /// driver.join().unwrap();
    /// ```
    pub fn stop_blocking(&self, limit: Duration) -> Report<T> {
        block_on(self.stop(limit))
    }

    /// Drives `future`, which is polled before the time is looked at.
    fn block_until<F>(&self, future: &mut F, at: Option<Instant>) -> Result<F::Output, Elapsed>
    where
        F: Future + Unpin,
    {
        match at {
            None => Ok(block_on(future)),
            Some(at) => block_on(self.handle.0.clock.timeout_at(at, future)),
        }
    }
}
