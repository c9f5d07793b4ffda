//! The handle.

mod blocking;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_clock::{Clock, SystemClock};

use crate::builder::Builder;
use crate::counts::Counts;
use crate::error::PutError;
use crate::flush::{Flush, Stop};
use crate::out::Out;
use crate::put::{Put, PutOwned};
use crate::shared::{Handle, Offered};
use crate::submit::Submit;

/// The end of a waterfall into which items are thrown; clone it for each who does.
///
/// `T` is an item, `R` the reply to one, `E` the error of a batch.
///
/// # Cancel safety
///
/// [`put`](Self::put) and [`submit`](Self::submit) drop the item if they are dropped before it was
/// accepted; see there. `flush` and `stop` lose nothing.
///
/// # Fairness
///
/// Whoever waits for room is let in first come, first served; no newcomer passes them.
///
/// # Runtime compatibility
///
/// Any executor, several at once, or none; the driver may run on another one than the callers.
///
/// # Examples
///
/// ```
/// use async_waterfall::{Batch, Waterfall};
/// use futures_lite::future;
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// let hundred = NonZeroUsize::new(100).unwrap();
/// let (waterfall, driver) = Waterfall::builder(hundred, Duration::from_millis(5)).build(
///     async |ids: Batch<u32>| -> Result<Vec<String>, ()> {
///         Ok(ids.map(|id| format!("user {id}")).collect()) // one query for all of them
///     },
/// );
/// let both = future::zip(waterfall.submit(1), waterfall.submit(2));
/// drop(waterfall);
/// let ((one, two), ()) = future::block_on(future::zip(both, driver));
/// assert_eq!((one.unwrap(), two.unwrap()), ("user 1".to_string(), "user 2".to_string()));
/// ```
pub struct Waterfall<T, R, E, C: Clock = SystemClock> {
    handle: Arc<Handle<T, R, E, C>>,
}

// On concrete types, so that `Waterfall::builder` needs no annotations.
impl Waterfall<(), (), ()> {
    /// Begins a waterfall of batches with up to `max_items`, none of which waits for longer than
    /// `max_wait` for others to join its first item.
    ///
    /// `max_wait` counts from when the first item of a batch was accepted, or began to wait for
    /// room, to the call of the callback, as far as there is a free place for the batch.
    /// Zero dispatches whatever is there when the driver is polled; a duration too long for the
    /// clock means that time is no reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Batch, Waterfall};
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::from_secs(1))
    ///     .build(async |_: Batch<u32>| -> Result<(), ()> { Ok(()) });
    /// assert_eq!(waterfall.counts().accepted, 0);
    /// # drop(driver);
    /// ```
    pub fn builder<T, E>(max_items: NonZeroUsize, max_wait: Duration) -> Builder<T, E> {
        Builder::new(max_items, max_wait)
    }
}

impl<T, R, E, C: Clock> Waterfall<T, R, E, C> {
    pub(crate) fn new(handle: Arc<Handle<T, R, E, C>>) -> Self {
        Self { handle }
    }

    /// Adds an item, if there is room now.
    ///
    /// Under [`Overflow::DropOldest`](crate::Overflow::DropOldest) there always is.
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
    /// assert_eq!(waterfall.try_put(7), Ok(()));
    /// # drop(driver);
    /// ```
    #[inline]
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        let Err(item) = self.handle.0.put_light(item) else {
            return Ok(());
        };
        let mut out = Out::new();
        match self.handle.0.offer(item, false, None, &mut out) {
            Offered::Accepted(_) | Offered::Parked(..) => Ok(()),
            Offered::Full(item) => Err(PutError::Full(item)),
            Offered::Stopped(item) => Err(PutError::Stopped(item)),
        }
    }

    /// Adds an item, and waits for room if [that is the way](crate::Overflow).
    ///
    /// Completes once the item is accepted, not when it is delivered: see [`submit`](Self::submit)
    /// and [`flush`](Self::flush).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the item, unless that was accepted; use [`Put::cancel`] to keep it.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] or [`PutError::Stopped`], with the item; a put that waits fails when the
    /// waterfall is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// assert_eq!(futures_lite::future::block_on(waterfall.put(7)), Ok(()));
    /// # drop(driver);
    /// ```
    #[inline]
    pub fn put(&self, item: T) -> Put<'_, T, R, E, C> {
        Put::new(&self.handle.0, item)
    }

    /// Like [`put`](Self::put), as a future that owns what it needs, for tasks of their own.
    ///
    /// Takes a few nanoseconds more; until it is done it keeps the waterfall open.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the item, unless that was accepted; use [`PutOwned::cancel`] to
    /// keep it.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// let task = Box::pin(waterfall.put_owned(7)); // for `spawn`
    /// assert_eq!(futures_lite::future::block_on(task), Ok(()));
    /// # drop(driver);
    /// ```
    #[inline]
    pub fn put_owned(&self, item: T) -> PutOwned<T, R, E, C> {
        PutOwned::new(Arc::clone(&self.handle), item)
    }

    /// Adds an item, if there is room now, and returns the future of its reply.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the item, if that was not dispatched yet; use [`Submit::cancel`] to
    /// keep it.
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
    /// let submit = waterfall.try_submit(7).unwrap(); // it is in, polled or not
    /// assert_eq!(waterfall.counts().queued, 1);
    /// # drop((submit, driver));
    /// ```
    pub fn try_submit(&self, item: T) -> Result<Submit<T, R, E, C>, PutError<T>> {
        Submit::now(Arc::clone(&self.handle), item)
    }

    /// Adds an item, at the first poll or once there is room, and waits for its reply.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the item, if that was not dispatched yet; use [`Submit::cancel`] to
    /// keep it.
    /// One that was dispatched is delivered, and its reply dropped.
    ///
    /// # Errors
    ///
    /// [`SubmitError`](crate::SubmitError), with the item if it was not dispatched.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Batch, Waterfall};
    /// use futures_lite::future;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(
    ///     async |batch: Batch<u32>| -> Result<Vec<u32>, ()> { Ok(batch.collect()) },
    /// );
    /// let submit = waterfall.submit(7);
    /// drop(waterfall);
    /// assert_eq!(future::block_on(future::zip(submit, driver)).0.unwrap(), 7);
    /// ```
    #[inline]
    pub fn submit(&self, item: T) -> Submit<T, R, E, C> {
        Submit::new(Arc::clone(&self.handle), item)
    }

    /// Waits until everything that was accepted before the first poll is settled: delivered, failed
    /// or taken back.
    ///
    /// What is queued goes as soon as there is a free place; `max_wait` is ignored.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`FlushError::Stopped`](crate::FlushError::Stopped) if the driver was dropped, or a stop has
    /// come to its deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let (waterfall, mut driver) = Waterfall::builder(two, Duration::MAX).build(callback);
    /// waterfall.try_put(7).unwrap();
    /// let driven = async { (&mut driver).await; unreachable!("it goes on") };
    /// let flushed = futures_lite::future::or(waterfall.flush(), driven);
    /// assert_eq!(futures_lite::future::block_on(flushed), Ok(()));
    /// assert_eq!(waterfall.counts().delivered, 1);
    /// ```
    pub fn flush(&self) -> Flush<T, R, E, C> {
        Flush::new(Arc::clone(&self.handle))
    }

    /// Refuses new items from the first poll on, and waits until the rest is settled, for at most
    /// `limit`, counted from this call; `max_wait` is ignored.
    ///
    /// At the limit, or at once if the driver was dropped, it is over: submits that were not
    /// dispatched get their items back, items that were put are in [`Report::returned`], and callbacks
    /// under way are given up, their items counted as failed.
    /// A limit too long for the clock means as long as it takes.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the waterfall stays closed and delivers the rest, without a
    /// deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let (waterfall, driver) = Waterfall::builder(two, Duration::MAX).build(callback);
    /// waterfall.try_put(7).unwrap();
    /// let stopped = futures_lite::future::zip(waterfall.stop(Duration::from_secs(10)), driver);
    /// let (report, ()) = futures_lite::future::block_on(stopped);
    /// assert_eq!((report.delivered, report.undelivered), (1, 0));
    /// assert!(waterfall.try_put(8).unwrap_err().is_stopped());
    /// ```
    ///
    /// [`Report::returned`]: crate::Report::returned
    pub fn stop(&self, limit: Duration) -> Stop<T, R, E, C> {
        Stop::new(Arc::clone(&self.handle), limit)
    }

    /// Refuses new items from now on; the rest is delivered, and then the driver ends.
    ///
    /// Puts and submits that wait for room fail, with their items.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let (waterfall, driver) = Waterfall::builder(two, Duration::MAX).build(callback);
    /// waterfall.try_put(7).unwrap();
    /// waterfall.close();
    /// futures_lite::future::block_on(driver);
    /// assert_eq!(waterfall.counts().delivered, 1);
    /// ```
    pub fn close(&self) {
        self.handle.0.close();
    }

    /// Tells whether new items are refused.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// assert!(!waterfall.is_closed());
    /// drop(driver);
    /// assert!(waterfall.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.handle.0.state.lock().closed
    }

    /// Counts what has become of all items, at one moment.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// waterfall.try_put(7).unwrap();
    /// assert_eq!(waterfall.counts().queued, 1);
    /// # drop(driver);
    /// ```
    pub fn counts(&self) -> Counts {
        self.handle.0.state.lock().counts()
    }

    /// Takes the items that were put and will not be delivered, after the driver was dropped or a
    /// stop had come to its deadline; in the order in which they were accepted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// waterfall.try_put(7).unwrap();
    /// drop(driver);
    /// assert_eq!(waterfall.take_undelivered(), [7]);
    /// ```
    pub fn take_undelivered(&self) -> Vec<T> {
        let report = self.handle.0.state.lock().report();
        report.returned
    }
}

impl<T, R, E, C: Clock> Clone for Waterfall<T, R, E, C> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.handle))
    }
}

impl<T, R, E, C: Clock> fmt::Debug for Waterfall<T, R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waterfall")
            .field("counts", &self.counts())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
