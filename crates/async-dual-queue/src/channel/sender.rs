//! The sending side.

use std::fmt;
use std::sync::Arc;

use super::{QueueRef, Shared, WeakSender, count_up};
use crate::Queue;
use crate::order::{Fifo, Order, Priority, Unranked};
use crate::send::SendOwned;

/// A handle that sends; from [`Queue::into_channel`].
///
/// Clones send to the same queue, for tasks and threads alike.
/// When the last one is dropped the queue is closed: what is in it can still be received.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
/// use std::thread;
///
/// let (sender, receiver) = FifoQueue::bounded(2).into_channel();
/// let other = sender.clone();
/// let thread = thread::spawn(move || other.send_blocking("from a thread"));
/// futures_lite::future::block_on(async {
///     sender.send("from a task").await.unwrap();
///     drop(sender);
///     let mut received = [receiver.recv().await.unwrap(), receiver.recv().await.unwrap()];
///     received.sort();
///     assert_eq!(received, ["from a task", "from a thread"]);
/// });
/// thread.join().unwrap().unwrap();
/// ```
pub struct Sender<T, O: Order = Fifo> {
    shared: Arc<Shared<T, O>>,
}

impl<T, O: Order> Sender<T, O> {
    /// A handle that is counted already.
    pub(super) fn counted(shared: Arc<Shared<T, O>>) -> Self {
        Self { shared }
    }

    #[inline]
    pub(crate) fn queue(&self) -> &Queue<T, O> {
        &self.shared.queue
    }

    /// Counts the receivers.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = async_dual_queue::FifoQueue::<u32>::bounded(1).into_channel();
    /// let another = receiver.clone();
    /// assert_eq!(sender.receiver_count(), 2);
    /// # drop(another);
    /// ```
    pub fn receiver_count(&self) -> usize {
        // Relaxed: a number that may be another one the next moment.
        let ordering = async_waitlist::sync::atomic::Ordering::Relaxed;
        self.shared.receivers.load(ordering)
    }

    /// Makes a handle that does not keep the queue open.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = async_dual_queue::FifoQueue::<u32>::bounded(1).into_channel();
    /// let weak = sender.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(sender);
    /// assert!(weak.upgrade().is_none());
    /// assert!(receiver.is_closed());
    /// ```
    pub fn downgrade(&self) -> WeakSender<T, O> {
        WeakSender::new(&self.shared)
    }

    /// Tells whether both send to the same queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::FifoQueue;
    ///
    /// let (sender, _receiver) = FifoQueue::<u32>::bounded(1).into_channel();
    /// let (other, _receiver) = FifoQueue::<u32>::bounded(1).into_channel();
    /// assert!(sender.is_same_channel(&sender.clone()));
    /// assert!(!sender.is_same_channel(&other));
    /// ```
    pub fn is_same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Makes a `Sink` of the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::FifoQueue;
    /// use futures_util::SinkExt;
    ///
    /// let (sender, receiver) = FifoQueue::bounded(1).into_channel();
    /// let mut sink = sender.into_sink();
    /// futures_lite::future::block_on(sink.send("item")).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok("item"));
    /// ```
    #[cfg(feature = "sink")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sink")))]
    pub fn into_sink(self) -> super::SendSink<T, O> {
        super::SendSink::new(self)
    }
}

impl<T, O: Unranked> Sender<T, O> {
    /// As [`send`](Self::send), with a handle of its own: for tasks.
    ///
    /// The future counts as a sender.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the value; use [`SendOwned::cancel`] to keep it.
    ///
    /// # Examples
    ///
    /// ```
    /// fn spawn<F: Future + Send + 'static>(task: F) -> F::Output {
    ///     futures_lite::future::block_on(task)
    /// }
    ///
    /// let (sender, receiver) = async_dual_queue::FifoQueue::bounded(1).into_channel();
    /// spawn(sender.send_owned("item")).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok("item"));
    /// ```
    pub fn send_owned(&self, item: T) -> SendOwned<T, O> {
        SendOwned::new(self.clone(), item, ())
    }
}

impl<T, P: Ord + 'static> Sender<T, Priority<P>> {
    /// As [`send`](Self::send), with a handle of its own: for tasks.
    ///
    /// The future counts as a sender.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the value; use [`SendOwned::cancel`] to keep it.
    ///
    /// # Examples
    ///
    /// ```
    /// fn spawn<F: Future + Send + 'static>(task: F) -> F::Output {
    ///     futures_lite::future::block_on(task)
    /// }
    ///
    /// let (sender, receiver) = async_dual_queue::PriorityQueue::bounded(1).into_channel();
    /// spawn(sender.send_owned("item", 3)).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok("item"));
    /// ```
    pub fn send_owned(&self, item: T, priority: P) -> SendOwned<T, Priority<P>> {
        SendOwned::new(self.clone(), item, priority)
    }
}

impl<T, O: Order> QueueRef<T, O> for Sender<T, O> {
    #[inline]
    fn queue(&self) -> &Queue<T, O> {
        self.queue()
    }
}

impl<T, O: Order> Clone for Sender<T, O> {
    fn clone(&self) -> Self {
        count_up(&self.shared.senders);
        Self::counted(Arc::clone(&self.shared))
    }
}

impl<T, O: Order> Drop for Sender<T, O> {
    fn drop(&mut self) {
        self.shared.sender_is_gone();
    }
}

impl<T, O: Order> fmt::Debug for Sender<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("queue", self.queue())
            .finish_non_exhaustive()
    }
}
