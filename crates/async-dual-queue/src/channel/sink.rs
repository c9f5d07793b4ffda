//! A sender as a `Sink`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_sink::Sink;

use super::Sender;
use crate::engine::{Engine, Parcel};
use crate::error::{SendError, TrySendError};
use crate::order::Order;

/// A sender as a `Sink`; from [`Sender::into_sink`].
///
/// For a [`Priority`](crate::Priority) queue the messages are pairs of item and priority.
/// One message is on its way at a time: the next may start when that one is in the queue.
/// Closing the sink flushes it; dropping it drops the sender.
///
/// # Cancel safety
///
/// A message that the queue has no room for yet is dropped with the sink.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
/// use futures_util::{SinkExt, StreamExt, stream};
///
/// let (sender, receiver) = FifoQueue::unbounded().into_channel();
/// let numbers = stream::iter([1, 2, 3]).map(Ok);
/// let mut sink = sender.into_sink();
/// futures_lite::future::block_on(numbers.forward(&mut sink)).unwrap();
/// assert!(receiver.try_iter().eq([1, 2, 3]));
/// ```
#[must_use = "sinks do nothing unless polled"]
pub struct SendSink<T, O: Order> {
    sender: Sender<T, O>,
    parcel: Parcel<T, O::Rank>,
}

impl<T, O: Order> SendSink<T, O> {
    pub(super) fn new(sender: Sender<T, O>) -> Self {
        Self {
            sender,
            parcel: Parcel::Done,
        }
    }

    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<O::Message<T>>>> {
        if let Parcel::Done = self.parcel {
            return Poll::Ready(Ok(()));
        }
        let engine = &self.sender.queue().engine;
        let sent = ready!(engine.poll_send(&mut self.parcel, cx));
        Poll::Ready(sent.map_err(|(item, rank)| SendError(O::message(item, rank))))
    }
}

impl<T, O: Order> Sink<O::Message<T>> for SendSink<T, O> {
    type Error = SendError<O::Message<T>>;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.poll_sent(cx)
    }

    /// # Panics
    ///
    /// If `poll_ready` has not said that the message before is sent.
    fn start_send(
        mut self: Pin<&mut Self>,
        message: O::Message<T>,
    ) -> Result<(), SendError<O::Message<T>>> {
        let done = matches!(self.parcel, Parcel::Done);
        assert!(done, "`start_send` follows a `poll_ready` that was `Ready`");
        let (item, rank) = O::parts(message);
        match self.sender.queue().engine.try_send(item, rank) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed((item, rank))) => Err(SendError(O::message(item, rank))),
            Err(TrySendError::Full((item, rank))) => {
                self.parcel = Parcel::Held(item, rank);
                Ok(())
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.poll_sent(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.poll_sent(cx)
    }
}

impl<T, O: Order> Drop for SendSink<T, O> {
    fn drop(&mut self) {
        if let Parcel::Parked(key) = std::mem::replace(&mut self.parcel, Parcel::Done) {
            drop(self.sender.queue().engine.withdraw(key));
        }
    }
}

// The message is never pinned.
impl<T, O: Order> Unpin for SendSink<T, O> {}

impl<T, O: Order> fmt::Debug for SendSink<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSink").finish_non_exhaustive()
    }
}
