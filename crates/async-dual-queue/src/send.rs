//! The futures of `send`.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::channel::QueueRef;
use crate::engine::{Engine, Parcel};
use crate::error::SendError;
use crate::order::Order;
use crate::{Queue, Sender};

/// The future of `send`.
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it drops the value, if it was not received or queued yet; use
/// [`cancel`](Self::cancel) to keep it.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
///
/// let queue = FifoQueue::bounded(1);
/// futures_lite::future::block_on(queue.send("item")).unwrap();
/// assert_eq!(queue.len(), 1);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SendFuture<'a, T, O: Order>(Sending<&'a Queue<T, O>, T, O>);

/// The future of [`Sender::send_owned`].
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it drops the value, if it was not received or queued yet; use
/// [`cancel`](Self::cancel) to keep it.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
///
/// let (sender, receiver) = FifoQueue::bounded(1).into_channel();
/// futures_lite::future::block_on(sender.send_owned("item")).unwrap();
/// assert_eq!(receiver.len(), 1);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct SendOwned<T, O: Order>(Sending<Sender<T, O>, T, O>);

impl<'a, T, O: Order> SendFuture<'a, T, O> {
    #[inline]
    pub(crate) fn new(queue: &'a Queue<T, O>, item: T, rank: O::Rank) -> Self {
        Self(Sending::new(queue, item, rank))
    }
}

impl<T, O: Order> SendOwned<T, O> {
    pub(crate) fn new(sender: Sender<T, O>, item: T, rank: O::Rank) -> Self {
        Self(Sending::new(sender, item, rank))
    }
}

/// What both futures offer.
macro_rules! send_future {
    ($future:ident<$($lifetime:lifetime,)? T, O>) => {
        impl<T, O: Order> $future<$($lifetime,)? T, O> {
            /// Gives up and takes the message back; `None` if it was received, queued or given
            /// back already.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::pin::Pin;
            /// use std::task::{Context, Waker};
            ///
            /// let queue = FifoQueue::rendezvous();
            /// let mut send = queue.send("item");
            /// let mut cx = Context::from_waker(Waker::noop());
            /// assert!(Pin::new(&mut send).poll(&mut cx).is_pending());
            /// assert_eq!(send.cancel(), Some("item"));
            /// ```
            pub fn cancel(mut self) -> Option<O::Message<T>> {
                self.0.withdraw()
            }

            /// Tells whether the item waits in the queue for room: it was polled, is not done as
            /// far as it knows, and may be received at any time.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::rendezvous();
            /// assert!(!queue.send("never polled").is_parked());
            /// ```
            pub fn is_parked(&self) -> bool {
                self.0.is_parked()
            }
        }

        impl<T, O: Order> Future for $future<$($lifetime,)? T, O> {
            type Output = Result<(), SendError<O::Message<T>>>;

            #[inline]
            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.0.poll(cx)
            }
        }

        // Written out: without asking for `T: Debug`.
        impl<T, O: Order> fmt::Debug for $future<$($lifetime,)? T, O> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($future))
                    .field("is_parked", &self.is_parked())
                    .finish_non_exhaustive()
            }
        }
    };
}

send_future!(SendFuture<'_, T, O>);
send_future!(SendOwned<T, O>);

/// A send through a borrowed queue or through a handle.
struct Sending<Q: QueueRef<T, O>, T, O: Order> {
    queue: Q,
    parcel: Parcel<T, O::Rank>,
}

impl<Q: QueueRef<T, O>, T, O: Order> Sending<Q, T, O> {
    #[inline]
    fn new(queue: Q, item: T, rank: O::Rank) -> Self {
        Self {
            queue,
            parcel: Parcel::Held(item, rank),
        }
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<O::Message<T>>>> {
        let engine = &self.queue.queue().engine;
        let sent = engine.poll_send(&mut self.parcel, cx);
        sent.map_err(|(item, rank)| SendError(O::message(item, rank)))
    }

    #[inline]
    fn is_parked(&self) -> bool {
        matches!(self.parcel, Parcel::Parked(_))
    }

    fn withdraw(&mut self) -> Option<O::Message<T>> {
        let (item, rank) = match mem::replace(&mut self.parcel, Parcel::Done) {
            Parcel::Held(item, rank) => (item, rank),
            Parcel::Parked(key) => self.queue.queue().engine.withdraw(key)?,
            Parcel::Done => return None,
        };
        Some(O::message(item, rank))
    }
}

impl<Q: QueueRef<T, O>, T, O: Order> Drop for Sending<Q, T, O> {
    #[inline]
    fn drop(&mut self) {
        if self.is_parked() {
            drop(self.withdraw());
        }
    }
}

// The item is never pinned.
impl<Q: QueueRef<T, O>, T, O: Order> Unpin for Sending<Q, T, O> {}
