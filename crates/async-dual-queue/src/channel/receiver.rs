//! The receiving side.

use std::fmt;
use std::sync::Arc;

use super::{QueueRef, Shared, WeakReceiver, count_up};
use crate::Queue;
use crate::engine::{Engine, Ticket};
use crate::order::{Fifo, Order};
use crate::recv::RecvOwned;

/// A handle that receives; from [`Queue::into_channel`].
///
/// Clones receive from the same queue: each item goes to one of them.
/// It is a `Stream` too, and blocking iterators of threads come from [`iter`](Self::iter).
/// When the last one is dropped the queue is closed, its items are dropped, and those that wait to
/// be sent go back to their senders.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
/// use futures_lite::StreamExt;
///
/// let (sender, receiver) = FifoQueue::unbounded().into_channel();
/// for n in 1..=3 {
///     sender.try_send(n).unwrap();
/// }
/// drop(sender);
/// let items: Vec<u32> = futures_lite::future::block_on(receiver.collect());
/// assert_eq!(items, [1, 2, 3]);
/// ```
pub struct Receiver<T, O: Order = Fifo> {
    shared: Arc<Shared<T, O>>,
    /// That of the stream.
    pub(super) ticket: Ticket,
}

impl<T, O: Order> Receiver<T, O> {
    /// A handle that is counted already.
    pub(super) fn counted(shared: Arc<Shared<T, O>>) -> Self {
        Self {
            shared,
            ticket: Ticket::New,
        }
    }

    #[inline]
    pub(crate) fn queue(&self) -> &Queue<T, O> {
        &self.shared.queue
    }

    /// Counts the senders.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = async_dual_queue::FifoQueue::<u32>::bounded(1).into_channel();
    /// assert_eq!(receiver.sender_count(), 1);
    /// drop(sender);
    /// assert_eq!(receiver.sender_count(), 0);
    /// ```
    pub fn sender_count(&self) -> usize {
        // Relaxed: a number that may be another one the next moment.
        let ordering = async_waitlist::sync::atomic::Ordering::Relaxed;
        self.shared.senders.load(ordering)
    }

    /// Makes a handle that does not keep the queue alive.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = async_dual_queue::FifoQueue::<u32>::bounded(1).into_channel();
    /// let weak = receiver.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(receiver);
    /// assert!(weak.upgrade().is_none());
    /// assert!(sender.is_closed());
    /// ```
    pub fn downgrade(&self) -> WeakReceiver<T, O> {
        WeakReceiver::new(&self.shared)
    }

    /// Tells whether both receive from the same queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::FifoQueue;
    ///
    /// let (_sender, receiver) = FifoQueue::<u32>::bounded(1).into_channel();
    /// let (_sender, other) = FifoQueue::<u32>::bounded(1).into_channel();
    /// assert!(receiver.is_same_channel(&receiver.clone()));
    /// assert!(!receiver.is_same_channel(&other));
    /// ```
    pub fn is_same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// As [`recv`](Self::recv), with a handle of its own: for tasks.
    ///
    /// The future counts as a receiver.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing: the item stays in the queue, and a wake-up goes to the next
    /// receiver.
    ///
    /// # Examples
    ///
    /// ```
    /// fn spawn<F: Future + Send + 'static>(task: F) -> F::Output {
    ///     futures_lite::future::block_on(task)
    /// }
    ///
    /// let (sender, receiver) = async_dual_queue::FifoQueue::bounded(1).into_channel();
    /// sender.try_send("item").unwrap();
    /// assert_eq!(spawn(receiver.recv_owned()), Ok("item"));
    /// ```
    pub fn recv_owned(&self) -> RecvOwned<T, O> {
        RecvOwned::new(self.clone())
    }
}

impl<T, O: Order> QueueRef<T, O> for Receiver<T, O> {
    #[inline]
    fn queue(&self) -> &Queue<T, O> {
        self.queue()
    }
}

impl<T, O: Order> Clone for Receiver<T, O> {
    fn clone(&self) -> Self {
        count_up(&self.shared.receivers);
        Self::counted(Arc::clone(&self.shared))
    }
}

impl<T, O: Order> Drop for Receiver<T, O> {
    fn drop(&mut self) {
        if let Some(key) = self.ticket.take() {
            self.queue().engine.leave(key);
        }
        self.shared.receiver_is_gone();
    }
}

impl<T, O: Order> fmt::Debug for Receiver<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("queue", self.queue())
            .finish_non_exhaustive()
    }
}
