//! The futures of `put` and `put_owned`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_clock::{Clock, SystemClock};
use async_waitlist::Key;

use crate::error::PutError;
use crate::out::Out;
use crate::shared::{Handle, Offered, Shared};

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
pub struct Put<'a, T, R, E, C: Clock = SystemClock> {
    shared: &'a Shared<T, R, E, C>,
    way: Way<T>,
}

/// The future of [`Waterfall::put_owned`](crate::Waterfall::put_owned).
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
/// let put = waterfall.put_owned(7);
/// drop(waterfall); // which the future keeps open until it is done
/// futures_lite::future::block_on(put).unwrap();
/// futures_lite::future::block_on(driver);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct PutOwned<T, R, E, C: Clock = SystemClock> {
    /// `None` once it is done: a put that is through keeps the waterfall open no longer.
    handle: Option<Arc<Handle<T, R, E, C>>>,
    way: Way<T>,
}

/// How far an item is on its way in; neither, once it is done.
struct Way<T> {
    /// Until the first poll.
    item: Option<T>,
    /// While it waits for room.
    parked: Option<Key>,
}

impl<T> Way<T> {
    #[inline]
    fn new(item: T) -> Self {
        Self {
            item: Some(item),
            parked: None,
        }
    }

    #[inline]
    fn poll<R, E, C: Clock>(
        &mut self,
        shared: &Shared<T, R, E, C>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), PutError<T>>> {
        let Some(item) = self.item.take() else {
            let polled = shared.poll_room(&mut self.parked, cx);
            return polled.map_err(PutError::Stopped);
        };
        match shared.put_light(item) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(item) => self.poll_first(item, shared, cx),
        }
    }

    /// The first poll where there is more to do than to add an item to a batch that is open.
    fn poll_first<R, E, C: Clock>(
        &mut self,
        item: T,
        shared: &Shared<T, R, E, C>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), PutError<T>>> {
        let mut out = Out::new();
        match shared.offer(item, false, Some(cx.waker()), &mut out) {
            Offered::Accepted(_) => Poll::Ready(Ok(())),
            Offered::Full(item) => Poll::Ready(Err(PutError::Full(item))),
            Offered::Stopped(item) => Poll::Ready(Err(PutError::Stopped(item))),
            Offered::Parked(key, _) => {
                self.parked = Some(key);
                Poll::Pending
            }
        }
    }

    fn withdraw<R, E, C: Clock>(&mut self, shared: &Shared<T, R, E, C>) -> Option<T> {
        match self.parked.take() {
            Some(key) => shared.leave_room(key),
            None => self.item.take(),
        }
    }
}

impl<'a, T, R, E, C: Clock> Put<'a, T, R, E, C> {
    #[inline]
    pub(crate) fn new(shared: &'a Shared<T, R, E, C>, item: T) -> Self {
        let way = Way::new(item);
        Self { shared, way }
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
        self.way.withdraw(self.shared)
    }
}

impl<T, R, E, C: Clock> PutOwned<T, R, E, C> {
    #[inline]
    pub(crate) fn new(handle: Arc<Handle<T, R, E, C>>, item: T) -> Self {
        Self {
            handle: Some(handle),
            way: Way::new(item),
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
    /// assert_eq!(waterfall.put_owned(7).cancel(), Some(7));
    /// # drop(driver);
    /// ```
    pub fn cancel(mut self) -> Option<T> {
        self.withdraw()
    }

    fn withdraw(&mut self) -> Option<T> {
        self.way.withdraw(&self.handle.as_ref()?.0)
    }
}

impl<T, R, E, C: Clock> Future for Put<'_, T, R, E, C> {
    type Output = Result<(), PutError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        me.way.poll(me.shared, cx)
    }
}

impl<T, R, E, C: Clock> Future for PutOwned<T, R, E, C> {
    type Output = Result<(), PutError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        let Some(handle) = &me.handle else {
            return Poll::Pending;
        };
        let polled = me.way.poll(&handle.0, cx);
        if polled.is_ready() {
            me.handle = None;
        }
        polled
    }
}

impl<T, R, E, C: Clock> Drop for Put<'_, T, R, E, C> {
    #[inline]
    fn drop(&mut self) {
        if self.way.parked.is_some() {
            drop(self.way.withdraw(self.shared));
        }
    }
}

impl<T, R, E, C: Clock> Drop for PutOwned<T, R, E, C> {
    #[inline]
    fn drop(&mut self) {
        if self.way.parked.is_some() {
            drop(self.withdraw());
        }
    }
}

// The item is never pinned.
impl<T, R, E, C: Clock> Unpin for Put<'_, T, R, E, C> {}
impl<T, R, E, C: Clock> Unpin for PutOwned<T, R, E, C> {}

impl<T, R, E, C: Clock> fmt::Debug for Put<'_, T, R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put")
            .field("is_parked", &self.way.parked.is_some())
            .finish_non_exhaustive()
    }
}

impl<T, R, E, C: Clock> fmt::Debug for PutOwned<T, R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutOwned")
            .field("is_parked", &self.way.parked.is_some())
            .finish_non_exhaustive()
    }
}
