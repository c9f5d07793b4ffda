//! The future of `submit`.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_clock::{Clock, SystemClock};
use async_waitlist::Key;

use crate::error::{PutError, SubmitError};
use crate::out::Out;
use crate::shared::{Handle, Offered, TakenBack};

/// The future of [`Waterfall::submit`](crate::Waterfall::submit): the reply to one item.
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it drops the item, if that was not dispatched yet; use [`cancel`](Self::cancel) to keep
/// it. One that was dispatched is delivered, and its reply dropped.
///
/// # Examples
///
/// ```
/// use async_waterfall::{Batch, Waterfall};
/// use futures_lite::future;
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::from_secs(1)).build(
///     async |batch: Batch<u32>| -> Result<Vec<u32>, ()> { Ok(batch.map(|n| n * n).collect()) },
/// );
/// let submit = waterfall.submit(7);
/// drop(waterfall);
/// let (reply, ()) = future::block_on(future::zip(submit, driver));
/// assert_eq!(reply.unwrap(), 49);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Submit<T, R, E, C: Clock = SystemClock> {
    /// `None` once it is done: a submit that has its reply keeps the waterfall open no longer.
    handle: Option<Arc<Handle<T, R, E, C>>>,
    stage: Stage<T>,
}

/// Moves: `Held` → `Parked` → `Accepted` → `Done`; each may go to `Done`, and `Held` to `Accepted`.
enum Stage<T> {
    Held(T),
    /// The item waits for room; the key is `None` only on the way to the next stage.
    Parked(Option<Key>, u32),
    /// The reply will be in this slot.
    Accepted(u32),
    Done,
}

type Reply<T, R, E> = Result<R, SubmitError<T, E>>;

impl<T, R, E, C: Clock> Submit<T, R, E, C> {
    #[inline]
    pub(crate) fn new(handle: Arc<Handle<T, R, E, C>>, item: T) -> Self {
        Self {
            handle: Some(handle),
            stage: Stage::Held(item),
        }
    }

    /// Accepts the item now, or hands it back.
    pub(crate) fn now(handle: Arc<Handle<T, R, E, C>>, item: T) -> Result<Self, PutError<T>> {
        let mut out = Out::new();
        match handle.0.offer(item, true, None, &mut out) {
            Offered::Accepted(slot) => Ok(Self {
                handle: Some(handle),
                stage: Stage::Accepted(slot),
            }),
            Offered::Stopped(item) => Err(PutError::Stopped(item)),
            Offered::Full(item) => Err(PutError::Full(item)),
            Offered::Parked(..) => unreachable!("without a waker nothing is parked"),
        }
    }

    /// Gives up and takes the item back; `None` if it was dispatched or given back already.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let (waterfall, driver) = Waterfall::builder(two, Duration::from_secs(1)).build(callback);
    /// let submit = waterfall.try_submit(7).unwrap();
    /// assert_eq!(submit.cancel(), Some(7));
    /// assert_eq!(waterfall.counts().queued, 0);
    /// # drop(driver);
    /// ```
    pub fn cancel(mut self) -> Option<T> {
        self.withdraw()
    }

    fn withdraw(&mut self) -> Option<T> {
        let slot = match mem::replace(&mut self.stage, Stage::Done) {
            Stage::Held(item) => return Some(item),
            Stage::Done => return None,
            Stage::Accepted(slot) => slot,
            Stage::Parked(key, slot) => {
                let shared = &self.handle.as_ref()?.0;
                if let Some(item) = key.and_then(|key| shared.leave_room(key)) {
                    shared.leave_slot(slot);
                    return Some(item);
                }
                slot // it is in
            }
        };
        match self.handle.as_ref()?.0.take_back(slot) {
            TakenBack::Item(item) => Some(item),
            TakenBack::Dispatched => None,
            TakenBack::Answer(reply) => reply.err().and_then(SubmitError::into_inner),
        }
    }

    #[inline]
    fn poll_first(&mut self, item: T, cx: &Context<'_>) -> Poll<Reply<T, R, E>> {
        let Some(handle) = &self.handle else {
            return Poll::Pending;
        };
        let mut out = Out::new();
        match handle.0.offer(item, true, Some(cx.waker()), &mut out) {
            Offered::Accepted(slot) => {
                self.stage = Stage::Accepted(slot);
                Poll::Pending
            }
            Offered::Parked(key, slot) => {
                self.stage = Stage::Parked(Some(key), slot);
                Poll::Pending
            }
            Offered::Full(item) => Poll::Ready(Err(SubmitError::Full(item))),
            Offered::Stopped(item) => Poll::Ready(Err(SubmitError::Stopped(item))),
        }
    }

    fn poll_stage(&mut self, cx: &Context<'_>) -> Poll<Reply<T, R, E>> {
        let Some(handle) = &self.handle else {
            return Poll::Pending;
        };
        if let Stage::Parked(key, slot) = &mut self.stage {
            let slot = *slot;
            match handle.0.poll_room(key, cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => self.stage = Stage::Accepted(slot),
                Poll::Ready(Err(item)) => {
                    handle.0.leave_slot(slot);
                    return Poll::Ready(Err(SubmitError::Stopped(item)));
                }
            }
        }
        if let Stage::Accepted(slot) = self.stage {
            return handle.0.poll_slot(slot, cx);
        }
        match mem::replace(&mut self.stage, Stage::Done) {
            Stage::Held(item) => self.poll_first(item, cx),
            _ => Poll::Pending,
        }
    }
}

impl<T, R, E, C: Clock> Future for Submit<T, R, E, C> {
    type Output = Result<R, SubmitError<T, E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        let polled = me.poll_stage(cx);
        if polled.is_ready() {
            me.stage = Stage::Done;
            me.handle = None;
        }
        polled
    }
}

impl<T, R, E, C: Clock> Drop for Submit<T, R, E, C> {
    #[inline]
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Done) {
            drop(self.withdraw());
        }
    }
}

// The item is never pinned.
impl<T, R, E, C: Clock> Unpin for Submit<T, R, E, C> {}

impl<T, R, E, C: Clock> fmt::Debug for Submit<T, R, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submit")
            .field("is_accepted", &matches!(self.stage, Stage::Accepted(_)))
            .field("is_done", &matches!(self.stage, Stage::Done))
            .finish_non_exhaustive()
    }
}
