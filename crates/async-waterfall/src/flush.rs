//! The futures of `flush` and `stop`: barriers behind all that was accepted.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_clock::{Clock, ClockExt, Sleep, SystemClock};

use crate::counts::Report;
use crate::error::FlushError;
use crate::event::Cause;
use crate::out::Out;
use crate::shared::{Barrier, Handle};

/// The future of [`Waterfall::flush`](crate::Waterfall::flush).
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it loses nothing; what it has hurried on stays hurried on.
///
/// # Examples
///
/// ```
/// # use async_waterfall::{Batch, Waterfall};
/// # use std::{num::NonZeroUsize, time::Duration};
/// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
/// use futures_lite::future;
///
/// let two = NonZeroUsize::new(2).unwrap();
/// let (waterfall, driver) = Waterfall::builder(two, Duration::MAX).build(callback);
/// waterfall.try_put(7).unwrap(); // would wait for a second one for ever
/// let flushed = async {
///     let flushed = waterfall.flush().await;
///     drop(waterfall);
///     flushed
/// };
/// assert_eq!(future::block_on(future::zip(flushed, driver)).0, Ok(()));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Flush<T, R, E, C: Clock = SystemClock> {
    /// `None` once it is done: a flush that is through keeps the waterfall open no longer.
    handle: Option<Arc<Handle<T, R, E, C>>>,
    barrier: Barrier,
}

/// The future of [`Waterfall::stop`](crate::Waterfall::stop).
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it loses nothing: the waterfall stays closed and delivers the rest, without a deadline.
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
/// waterfall.try_put(7).unwrap();
/// // Nobody polls the driver, so there is nothing to wait for.
/// let report = futures_lite::future::block_on(waterfall.stop(Duration::ZERO));
/// assert_eq!((report.undelivered, report.returned), (1, vec![7]));
/// # drop(driver);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Stop<T, R, E, C: Clock = SystemClock> {
    handle: Arc<Handle<T, R, E, C>>,
    barrier: Barrier,
    limit: Sleep<C>,
}

impl<T, R, E, C: Clock> Flush<T, R, E, C> {
    pub(crate) fn new(handle: Arc<Handle<T, R, E, C>>) -> Self {
        Self {
            handle: Some(handle),
            barrier: Barrier::New,
        }
    }
}

impl<T, R, E, C: Clock> Stop<T, R, E, C> {
    pub(crate) fn new(handle: Arc<Handle<T, R, E, C>>, limit: Duration) -> Self {
        let limit = handle.0.clock.sleep(limit);
        Self {
            handle,
            barrier: Barrier::New,
            limit,
        }
    }
}

impl<T, R, E, C: Clock> Future for Flush<T, R, E, C> {
    type Output = Result<(), FlushError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        let Some(handle) = &me.handle else {
            return Poll::Pending;
        };
        let flushed = ready!(handle.0.poll_barrier(&mut me.barrier, Cause::Flush, cx));
        me.handle = None;
        Poll::Ready(flushed.map_err(|()| FlushError::Stopped))
    }
}

impl<T, R, E, C: Clock> Future for Stop<T, R, E, C> {
    type Output = Report<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Report<T>> {
        let me = self.get_mut();
        let shared = &me.handle.0;
        match me.barrier {
            Barrier::Gone => return Poll::Pending,
            Barrier::New => shared.close(),
            Barrier::Set(_) => {}
        }
        if shared
            .poll_barrier(&mut me.barrier, Cause::Closed, cx)
            .is_pending()
        {
            ready!(Pin::new(&mut me.limit).poll(cx));
            shared.leave_barrier(&mut me.barrier);
            let mut out = Out::new();
            shared.give_up(&mut out);
        }
        let report = shared.state.lock().report();
        Poll::Ready(report)
    }
}

impl<T, R, E, C: Clock> Drop for Flush<T, R, E, C> {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.0.leave_barrier(&mut self.barrier);
        }
    }
}

impl<T, R, E, C: Clock> Drop for Stop<T, R, E, C> {
    fn drop(&mut self) {
        self.handle.0.leave_barrier(&mut self.barrier);
    }
}

impl<T, R, E, C: Clock> fmt::Debug for Flush<T, R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flush")
            .field("barrier", &self.barrier)
            .finish_non_exhaustive()
    }
}

impl<T, R, E, C: Clock> fmt::Debug for Stop<T, R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop")
            .field("barrier", &self.barrier)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
