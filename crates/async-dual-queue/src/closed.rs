//! The future of `closed`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::Queue;
use crate::engine::{Engine, Ticket};
use crate::order::Order;

/// The future of `closed`.
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it loses nothing.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
///
/// let (sender, receiver) = FifoQueue::<u32>::bounded(1).into_channel();
/// drop(receiver);
/// futures_lite::future::block_on(sender.closed());
/// assert!(sender.is_closed());
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ClosedFuture<'a, T, O: Order> {
    queue: &'a Queue<T, O>,
    ticket: Ticket,
}

impl<'a, T, O: Order> ClosedFuture<'a, T, O> {
    pub(crate) fn new(queue: &'a Queue<T, O>) -> Self {
        Self {
            queue,
            ticket: Ticket::New,
        }
    }
}

impl<T, O: Order> Future for ClosedFuture<'_, T, O> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.queue.engine.poll_closed(&mut this.ticket, cx)
    }
}

impl<T, O: Order> Drop for ClosedFuture<'_, T, O> {
    fn drop(&mut self) {
        if let Some(key) = self.ticket.take() {
            self.queue.engine.leave_closed(key);
        }
    }
}

impl<T, O: Order> fmt::Debug for ClosedFuture<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosedFuture").finish_non_exhaustive()
    }
}
