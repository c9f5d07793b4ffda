//! The queue itself: what is shared by everybody who sends and receives.

use std::fmt;

use crate::engine::{Engine, Fairness, MutexEngine};
use crate::order::{Adjustable, Fifo, Fresh, Lifo, Order, Priority};
use crate::{Iter, Receiver, Sender};

/// A queue, shared by reference or in an `Arc`, whose every operation has a form for tasks and one
/// for threads.
///
/// `O` says in which order items leave: [`Fifo`], [`Lifo`], [`Priority`], or `Ring` (with the
/// feature `ring`).
/// [`FifoQueue`], [`LifoQueue`], [`PriorityQueue`] and `RingQueue` are names for these four.
///
/// A queue of this kind ends when it is [closed](Self::close).
/// [`into_channel`](Self::into_channel) makes one that ends with its last sender, or its last
/// receiver.
///
/// # Examples
///
/// ```
/// use async_dual_queue::FifoQueue;
/// use std::thread;
///
/// static QUEUE: FifoQueue<u32> = FifoQueue::unbounded();
/// let thread = thread::spawn(|| QUEUE.recv_blocking());
/// futures_lite::future::block_on(QUEUE.send(7)).unwrap();
/// assert_eq!(thread.join().unwrap(), Ok(7));
/// ```
pub struct Queue<T, O: Order = Fifo> {
    pub(crate) engine: O::Engine<T>,
}

/// A queue that is first in, first out.
///
/// # Examples
///
/// ```
/// let queue = async_dual_queue::FifoQueue::bounded(8);
/// queue.try_send("item").unwrap();
/// assert_eq!(queue.try_recv(), Ok("item"));
/// ```
pub type FifoQueue<T> = Queue<T, Fifo>;

/// A queue that is last in, first out: a stack.
///
/// # Examples
///
/// ```
/// let queue = async_dual_queue::LifoQueue::unbounded();
/// queue.try_send(1).unwrap();
/// queue.try_send(2).unwrap();
/// assert_eq!(queue.try_recv(), Ok(2));
/// ```
pub type LifoQueue<T> = Queue<T, Lifo>;

/// A queue from which the smallest priority is received first.
///
/// # Examples
///
/// ```
/// let queue = async_dual_queue::PriorityQueue::unbounded();
/// queue.try_send("low", 9).unwrap();
/// queue.try_send("high", 1).unwrap();
/// assert_eq!(queue.try_recv_with_priority(), Ok(("high", 1)));
/// ```
pub type PriorityQueue<T, P> = Queue<T, Priority<P>>;

impl<T, O: Adjustable> Queue<T, O> {
    /// Creates a queue in which up to `capacity` items wait to be received; a sender waits while
    /// there are as many.
    ///
    /// Nothing is allocated before the first item.
    /// A capacity of zero makes a rendezvous, as [`rendezvous`](Self::rendezvous) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = async_dual_queue::FifoQueue::bounded(1);
    /// queue.try_send(1).unwrap();
    /// assert!(queue.try_send(2).unwrap_err().is_full());
    /// ```
    #[must_use]
    pub fn bounded(capacity: usize) -> Self {
        Self {
            engine: O::engine(MutexEngine::new(capacity)),
        }
    }

    /// Sets who may take an item for which a waiting receiver has been woken; the default is
    /// [`Fairness::WorkConserving`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::{Fairness, FifoQueue};
    ///
    /// let queue = FifoQueue::bounded(8).with_fairness(Fairness::Strict);
    /// # queue.try_send(1).unwrap();
    /// ```
    #[must_use]
    pub fn with_fairness(mut self, fairness: Fairness) -> Self {
        O::guarded_mut(&mut self.engine).set_fairness(fairness);
        self
    }

    #[inline]
    pub(crate) fn guarded(&self) -> &MutexEngine<T, O> {
        O::guarded(&self.engine)
    }
}

impl<T, O: Fresh<T>> Queue<T, O> {
    /// Creates a queue without a limit: sending never waits.
    ///
    /// Nothing is allocated before the first item.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::LifoQueue;
    ///
    /// static QUEUE: LifoQueue<u32> = LifoQueue::unbounded();
    /// QUEUE.try_send(7).unwrap();
    /// assert!(!QUEUE.is_full());
    /// ```
    #[cfg(not(loom))]
    #[must_use]
    pub const fn unbounded() -> Self {
        Self {
            engine: O::UNBOUNDED,
        }
    }

    /// Creates a queue of capacity zero: a send completes only when a receiver has taken its item.
    ///
    /// [`try_send`](Self::try_send) says that it is full even beside a waiting receiver, which is
    /// notified and not handed an item; `try_recv` does take from a waiting sender.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::FifoQueue;
    /// use std::thread;
    ///
    /// static QUEUE: FifoQueue<&str> = FifoQueue::rendezvous();
    /// let sends = thread::spawn(|| QUEUE.send_blocking("item"));
    /// assert_eq!(QUEUE.recv_blocking(), Ok("item"));
    /// assert_eq!(sends.join().unwrap(), Ok(()));
    /// ```
    #[cfg(not(loom))]
    #[must_use]
    pub const fn rendezvous() -> Self {
        Self {
            engine: O::RENDEZVOUS,
        }
    }

    /// Creates a queue without a limit.
    #[cfg(loom)]
    pub fn unbounded() -> Self {
        Self::bounded(usize::MAX)
    }

    /// Creates a queue of capacity zero.
    #[cfg(loom)]
    pub fn rendezvous() -> Self {
        Self::bounded(0)
    }
}

/// A queue that is first in, first out, on a ring that is used without a lock.
///
/// # Examples
///
/// ```
/// use async_dual_queue::RingQueue;
/// use std::num::NonZeroUsize;
///
/// let queue = RingQueue::with_capacity(NonZeroUsize::new(8).unwrap());
/// queue.try_send("item").unwrap();
/// assert_eq!(queue.try_recv(), Ok("item"));
/// ```
#[cfg(feature = "ring")]
#[cfg_attr(docsrs, doc(cfg(feature = "ring")))]
pub type RingQueue<T> = Queue<T, crate::Ring>;

#[cfg(feature = "ring")]
#[cfg_attr(docsrs, doc(cfg(feature = "ring")))]
impl<T> RingQueue<T> {
    /// Creates a queue in which up to `capacity` items wait to be received; a sender waits while
    /// there are as many.
    ///
    /// The memory for them is allocated at once.
    ///
    /// # Panics
    ///
    /// If the memory is more than can be allocated.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::RingQueue;
    /// use std::num::NonZeroUsize;
    ///
    /// let queue = RingQueue::with_capacity(NonZeroUsize::MIN);
    /// queue.try_send(1).unwrap();
    /// assert!(queue.try_send(2).unwrap_err().is_full());
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: std::num::NonZeroUsize) -> Self {
        Self {
            engine: crate::engine::RingEngine::new(capacity.get()),
        }
    }
}

impl<T, O: Order> Queue<T, O> {
    /// Makes a sender and a receiver of the queue, to be cloned; the queue ends with the last of
    /// either.
    ///
    /// When the last sender is dropped, what is in the queue can still be received.
    /// When the last receiver is dropped, the items in the queue are dropped, and those that wait
    /// to be sent go back to their senders.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_dual_queue::{FifoQueue, RecvError};
    ///
    /// let (sender, receiver) = FifoQueue::bounded(8).into_channel();
    /// sender.try_send("item").unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.recv_blocking(), Ok("item"));
    /// assert_eq!(receiver.recv_blocking(), Err(RecvError));
    /// ```
    pub fn into_channel(self) -> (Sender<T, O>, Receiver<T, O>) {
        crate::channel::split(self)
    }

    /// The queue of a queue; handles have theirs.
    #[inline]
    pub(crate) fn queue(&self) -> &Self {
        self
    }

    /// Checks the invariants, in time linear in the number of waiters; for the crate's own tests.
    #[doc(hidden)]
    pub fn assert_invariants(&self) {
        self.engine.assert_invariants();
    }
}

impl<T, O: Adjustable> Default for Queue<T, O> {
    /// An unbounded queue.
    fn default() -> Self {
        Self::bounded(usize::MAX)
    }
}

impl<'a, T, O: Order> IntoIterator for &'a Queue<T, O> {
    type Item = T;
    type IntoIter = Iter<'a, T, O>;

    fn into_iter(self) -> Iter<'a, T, O> {
        self.iter()
    }
}

// Written out: the counts, without asking for `T: Debug`.
impl<T, O: Order> fmt::Debug for Queue<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("len", &self.engine.len())
            .field("is_closed", &self.engine.is_closed())
            .finish_non_exhaustive()
    }
}
