//! The futures of `recv`.

use std::fmt;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::channel::QueueRef;
use crate::engine::{Engine, Ticket};
use crate::error::{RecvError, TryRecvError};
use crate::order::{Order, Priority};
use crate::{Queue, Receiver};

/// The future of `recv`.
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it loses nothing: the item stays in the queue, and a wake-up goes to the next receiver.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
///
/// let queue = FifoQueue::bounded(1);
/// queue.try_send("item").unwrap();
/// assert_eq!(futures_lite::future::block_on(queue.recv()), Ok("item"));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvFuture<'a, T, O: Order>(Receiving<&'a Queue<T, O>, T, O>);

/// The future of [`Receiver::recv_owned`].
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it loses nothing: the item stays in the queue, and a wake-up goes to the next receiver.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
///
/// let (sender, receiver) = FifoQueue::bounded(1).into_channel();
/// sender.try_send("item").unwrap();
/// assert_eq!(futures_lite::future::block_on(receiver.recv_owned()), Ok("item"));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvOwned<T, O: Order>(Receiving<Receiver<T, O>, T, O>);

/// The future of `recv_with_priority`.
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it loses nothing: the item stays in the queue, and a wake-up goes to the next receiver.
///
/// # Examples
///
/// ```
/// use async_dual_queue::PriorityQueue;
///
/// let queue = PriorityQueue::unbounded();
/// queue.try_send("item", 3).unwrap();
/// let received = futures_lite::future::block_on(queue.recv_with_priority());
/// assert_eq!(received, Ok(("item", 3)));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvRankedFuture<'a, T, P: Ord + 'static>(
    Receiving<&'a Queue<T, Priority<P>>, T, Priority<P>>,
);

/// The future of `recv_many`.
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it loses nothing: the items stay in the queue, and a wake-up goes to the next receiver.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
/// use std::num::NonZeroUsize;
///
/// let queue = FifoQueue::unbounded();
/// for n in 0..5 {
///     queue.try_send(n).unwrap();
/// }
/// let (mut batch, most) = (Vec::new(), NonZeroUsize::new(3).unwrap());
/// let received = futures_lite::future::block_on(queue.recv_many(&mut batch, most));
/// assert_eq!((received, batch), (Ok(3), vec![0, 1, 2]));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvManyFuture<'a, T, O: Order> {
    receiving: Receiving<&'a Queue<T, O>, T, O>,
    out: &'a mut Vec<T>,
    max: NonZeroUsize,
}

impl<'a, T, O: Order> RecvFuture<'a, T, O> {
    #[inline]
    pub(crate) fn new(queue: &'a Queue<T, O>) -> Self {
        Self(Receiving::new(queue))
    }
}

impl<T, O: Order> RecvOwned<T, O> {
    pub(crate) fn new(receiver: Receiver<T, O>) -> Self {
        Self(Receiving::new(receiver))
    }
}

impl<'a, T, P: Ord + 'static> RecvRankedFuture<'a, T, P> {
    #[inline]
    pub(crate) fn new(queue: &'a Queue<T, Priority<P>>) -> Self {
        Self(Receiving::new(queue))
    }
}

impl<'a, T, O: Order> RecvManyFuture<'a, T, O> {
    pub(crate) fn new(queue: &'a Queue<T, O>, out: &'a mut Vec<T>, max: NonZeroUsize) -> Self {
        Self {
            receiving: Receiving::new(queue),
            out,
            max,
        }
    }
}

impl<T, O: Order> Future for RecvFuture<'_, T, O> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_ok(|(item, _)| item)
    }
}

impl<T, O: Order> Future for RecvOwned<T, O> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_ok(|(item, _)| item)
    }
}

impl<T, P: Ord + 'static> Future for RecvRankedFuture<'_, T, P> {
    type Output = Result<(T, P), RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T, O: Order> Future for RecvManyFuture<'_, T, O> {
    type Output = Result<usize, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let (engine, max) = (&this.receiving.queue.engine, this.max.get());
        if let Ticket::New = this.receiving.ticket {
            match engine.try_recv_many(this.out, max) {
                Ok(count) => {
                    this.receiving.ticket = Ticket::Done;
                    return Poll::Ready(Ok(count));
                }
                Err(TryRecvError::Closed) => {
                    this.receiving.ticket = Ticket::Done;
                    return Poll::Ready(Err(RecvError));
                }
                Err(TryRecvError::Empty) => {}
            }
        }
        let Poll::Ready(first) = engine.poll_recv(&mut this.receiving.ticket, cx) else {
            return Poll::Pending;
        };
        Poll::Ready(first.map(|(item, _)| {
            this.out.push(item);
            if max == 1 {
                return 1;
            }
            1 + engine.try_recv_many(this.out, max - 1).unwrap_or(0)
        }))
    }
}

/// A receive through a borrowed queue or through a handle.
pub(crate) struct Receiving<Q: QueueRef<T, O>, T, O: Order> {
    queue: Q,
    ticket: Ticket,
    types: std::marker::PhantomData<fn() -> (T, O)>,
}

impl<Q: QueueRef<T, O>, T, O: Order> Receiving<Q, T, O> {
    #[inline]
    pub(crate) fn new(queue: Q) -> Self {
        Self {
            queue,
            ticket: Ticket::New,
            types: std::marker::PhantomData,
        }
    }

    #[cold]
    fn leave(&mut self) {
        if let Some(key) = self.ticket.take() {
            self.queue.queue().engine.leave(key);
        }
    }
}

impl<Q: QueueRef<T, O> + Unpin, T, O: Order> Future for Receiving<Q, T, O> {
    type Output = Result<(T, O::Rank), RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.queue.queue().engine.poll_recv(&mut this.ticket, cx)
    }
}

impl<Q: QueueRef<T, O>, T, O: Order> Drop for Receiving<Q, T, O> {
    #[inline]
    fn drop(&mut self) {
        // A look first: most receives are done, and taking the key out would cost them more.
        if let Ticket::Waiting(_) = self.ticket {
            self.leave();
        }
    }
}

/// Writes a future's `Debug`, without asking for `T: Debug`.
macro_rules! opaque_debug {
    ([$($generics:tt)*] $future:ident<$($argument:tt),*>) => {
        impl<$($generics)*> fmt::Debug for $future<$($argument),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($future)).finish_non_exhaustive()
            }
        }
    };
}

opaque_debug!([T, O: Order] RecvFuture<'_, T, O>);
opaque_debug!([T, O: Order] RecvOwned<T, O>);
opaque_debug!([T, P: Ord + 'static] RecvRankedFuture<'_, T, P>);
opaque_debug!([T, O: Order] RecvManyFuture<'_, T, O>);
