//! The future of `put`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_clock::{Clock, SystemClock};
use async_waitlist::Key;

use crate::error::PutError;
use crate::out::Out;
use crate::shared::{Handle, Offered};

/// The future of [`Waterfall::put`](crate::Waterfall::put).
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it drops the item, unless that was accepted; use [`cancel`](Self::cancel) to keep it.
///
/// # Examples
///
/// ```
/// # use async_waterfall::{Batch, Waterfall};
/// # use std::{num::NonZeroUsize, time::Duration};
/// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
/// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
/// futures_lite::future::block_on(waterfall.put(7)).unwrap();
/// assert_eq!(waterfall.counts().queued, 1);
/// # drop(driver);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Put<T, R, E, C: Clock = SystemClock> {
    /// `None` once it is done: a put that is through keeps the waterfall open no longer.
    handle: Option<Arc<Handle<T, R, E, C>>>,
    /// Until the first poll.
    item: Option<T>,
    /// While the item waits for room.
    parked: Option<Key>,
}

impl<T, R, E, C: Clock> Put<T, R, E, C> {
    #[inline]
    pub(crate) fn new(handle: Arc<Handle<T, R, E, C>>, item: T) -> Self {
        Self {
            handle: Some(handle),
            item: Some(item),
            parked: None,
        }
    }

    /// Gives up and takes the item back; `None` if it was accepted or given back already.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
    /// assert_eq!(waterfall.put(7).cancel(), Some(7));
    /// # drop(driver);
    /// ```
    pub fn cancel(mut self) -> Option<T> {
        self.withdraw()
    }

    fn withdraw(&mut self) -> Option<T> {
        if let Some(key) = self.parked.take() {
            return self.handle.as_ref()?.0.leave_room(key);
        }
        self.item.take()
    }

    /// The first poll where there is more to do than to add an item to a batch that is open.
    fn poll_first(&mut self, item: T, cx: &Context<'_>) -> Poll<Result<(), PutError<T>>> {
        let Some(handle) = &self.handle else {
            return Poll::Pending;
        };
        let mut out = Out::new();
        match handle.0.offer(item, false, Some(cx.waker()), &mut out) {
            Offered::Accepted(_) => Poll::Ready(Ok(())),
            Offered::Full(item) => Poll::Ready(Err(PutError::Full(item))),
            Offered::Stopped(item) => Poll::Ready(Err(PutError::Stopped(item))),
            Offered::Parked(key, _) => {
                self.parked = Some(key);
                Poll::Pending
            }
        }
    }

    fn poll_parked(&mut self, cx: &Context<'_>) -> Poll<Result<(), PutError<T>>> {
        let Some(handle) = &self.handle else {
            return Poll::Pending;
        };
        handle
            .0
            .poll_room(&mut self.parked, cx)
            .map_err(PutError::Stopped)
    }
}

impl<T, R, E, C: Clock> Future for Put<T, R, E, C> {
    type Output = Result<(), PutError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        let polled = match (&me.handle, me.item.take()) {
            (Some(handle), Some(item)) => match handle.0.put_light(item) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(item) => me.poll_first(item, cx),
            },
            _ => me.poll_parked(cx),
        };
        if polled.is_ready() {
            me.handle = None;
        }
        polled
    }
}

impl<T, R, E, C: Clock> Drop for Put<T, R, E, C> {
    #[inline]
    fn drop(&mut self) {
        if self.parked.is_some() {
            drop(self.withdraw());
        }
    }
}

// The item is never pinned.
impl<T, R, E, C: Clock> Unpin for Put<T, R, E, C> {}

impl<T, R, E, C: Clock> fmt::Debug for Put<T, R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put")
            .field("is_parked", &self.parked.is_some())
            .finish_non_exhaustive()
    }
}
