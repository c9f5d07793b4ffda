//! Room that is reserved for a message.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::Queue;
use crate::engine::Ticket;
use crate::error::{ReserveError, SendError};
use crate::order::{Adjustable, Priority, Unranked};

/// The future of `reserve`.
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
///
/// let queue = FifoQueue::bounded(1);
/// let slot = futures_lite::future::block_on(queue.reserve()).unwrap();
/// slot.send("item").unwrap();
/// assert_eq!(queue.try_recv(), Ok("item"));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ReserveFuture<'a, T, O: Adjustable> {
    queue: &'a Queue<T, O>,
    ticket: Ticket,
}

/// Room for one message, which nobody else can take.
///
/// Dropping it gives the room back.
/// A slot that is leaked takes its room with it.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
///
/// let queue = FifoQueue::bounded(1);
/// let slot = queue.try_reserve().unwrap();
/// assert!(queue.try_send("other").unwrap_err().is_full());
/// slot.send("item").unwrap();
/// assert_eq!(queue.len(), 1);
/// ```
#[must_use = "dropping the slot gives the room back"]
pub struct Slot<'a, T, O: Adjustable> {
    queue: &'a Queue<T, O>,
}

impl<'a, T, O: Adjustable> ReserveFuture<'a, T, O> {
    pub(crate) fn new(queue: &'a Queue<T, O>) -> Self {
        Self {
            queue,
            ticket: Ticket::New,
        }
    }
}

impl<'a, T, O: Adjustable> Slot<'a, T, O> {
    /// For room that is counted as reserved already.
    pub(crate) fn new(queue: &'a Queue<T, O>) -> Self {
        Self { queue }
    }

    fn fill(self, item: T, rank: O::Rank) -> Result<(), SendError<O::Message<T>>> {
        let queue = self.queue;
        mem::forget(self);
        let filled = queue.guarded().fill(item, rank);
        filled.map_err(|(item, rank)| SendError(O::message(item, rank)))
    }
}

impl<T, O: Adjustable + Unranked> Slot<'_, T, O> {
    /// Sends the item, without waiting.
    ///
    /// A slot from before the queue was closed is still good.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the item, if nobody can receive it any more: the last receiver is gone,
    /// or `close_now` has emptied the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::FifoQueue;
    ///
    /// let queue = FifoQueue::bounded(1);
    /// let slot = queue.try_reserve().unwrap();
    /// queue.close();
    /// slot.send("item").unwrap();
    /// assert_eq!(queue.try_recv(), Ok("item"));
    /// ```
    pub fn send(self, item: T) -> Result<(), SendError<O::Message<T>>> {
        self.fill(item, ())
    }
}

impl<T, P: Ord + 'static> Slot<'_, T, Priority<P>> {
    /// Sends the item, without waiting.
    ///
    /// A slot from before the queue was closed is still good.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the item, if nobody can receive it any more: the last receiver is gone,
    /// or `close_now` has emptied the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::PriorityQueue;
    ///
    /// let queue = PriorityQueue::bounded(1);
    /// queue.try_reserve().unwrap().send("item", 3).unwrap();
    /// assert_eq!(queue.try_recv(), Ok("item"));
    /// ```
    pub fn send(self, item: T, priority: P) -> Result<(), SendError<(T, P)>> {
        self.fill(item, priority)
    }
}

impl<'a, T, O: Adjustable> Future for ReserveFuture<'a, T, O> {
    type Output = Result<Slot<'a, T, O>, ReserveError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let queue = self.queue;
        let reserved = queue.guarded().poll_reserve(&mut self.ticket, cx);
        reserved.map_ok(|()| Slot::new(queue))
    }
}

impl<T, O: Adjustable> Drop for ReserveFuture<'_, T, O> {
    fn drop(&mut self) {
        if let Some(key) = self.ticket.take() {
            self.queue.guarded().leave_reservers(key);
        }
    }
}

impl<T, O: Adjustable> Drop for Slot<'_, T, O> {
    fn drop(&mut self) {
        self.queue.guarded().vacate();
    }
}

impl<T, O: Adjustable> fmt::Debug for ReserveFuture<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveFuture").finish_non_exhaustive()
    }
}

impl<T, O: Adjustable> fmt::Debug for Slot<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}
