//! Receiving.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::channel::{Iter, TryIter};
use crate::engine::Engine;
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::order::{Adjustable, Order};
use crate::recv::{RecvFuture, RecvManyFuture};
use crate::{Queue, Receiver, blocking};

macro_rules! receiving {
    ($($handle:ident)+) => {$(
        impl<T, O: Order> $handle<T, O> {
            /// Takes the next item if there is one now.
            ///
            /// # Errors
            ///
            /// [`TryRecvError`], if there is none, and perhaps never will be.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::{FifoQueue, TryRecvError};
            ///
            /// let queue = FifoQueue::bounded(1);
            /// queue.try_send("item").unwrap();
            /// assert_eq!(queue.try_recv(), Ok("item"));
            /// assert_eq!(queue.try_recv(), Err(TryRecvError::Empty));
            /// ```
            #[inline]
            pub fn try_recv(&self) -> Result<T, TryRecvError> {
                self.queue().engine.try_recv().map(|(item, _)| item)
            }

            /// Takes the next item, and waits for one.
            ///
            /// Fails with [`RecvError`] when the queue is closed and nothing is left in it.
            /// For a deadline wrap it into `async_clock::timeout`.
            ///
            /// # Cancel safety
            ///
            /// Dropping it loses nothing: the item stays in the queue, and a wake-up goes to the
            /// next receiver.
            ///
            /// # Fairness
            ///
            /// Receivers are woken in the order of their first polls; who may take an item for
            /// which one was woken is said by [`Fairness`](crate::Fairness).
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
            #[inline]
            pub fn recv(&self) -> RecvFuture<'_, T, O> {
                RecvFuture::new(self.queue())
            }

            /// Takes the next item, and blocks the thread until there is one.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv`](Self::recv) for tasks.
            /// Spins for some microseconds before it sleeps.
            ///
            /// # Errors
            ///
            /// [`RecvError`] when the queue is closed and nothing is left in it.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::thread;
            ///
            /// let queue = FifoQueue::bounded(1);
            /// thread::scope(|scope| {
            ///     let item = scope.spawn(|| queue.recv_blocking());
            ///     queue.send_blocking("item").unwrap();
            ///     assert_eq!(item.join().unwrap(), Ok("item"));
            /// });
            /// ```
            pub fn recv_blocking(&self) -> Result<T, RecvError> {
                blocking::recv(self.queue()).map(|(item, _)| item)
            }

            /// Takes the next item, and blocks the thread for `timeout` at most.
            ///
            /// A timeout too long for the clock means as long as it takes.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv`](Self::recv) for tasks.
            ///
            /// # Errors
            ///
            /// [`RecvTimeoutError`], if none came in time or the queue is closed and empty.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::time::Duration;
            ///
            /// let queue = FifoQueue::<u32>::bounded(1);
            /// let received = queue.recv_blocking_timeout(Duration::from_millis(1));
            /// assert!(received.unwrap_err().is_timeout());
            /// ```
            pub fn recv_blocking_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
                match blocking::deadline(timeout) {
                    Some(deadline) => self.recv_blocking_deadline(deadline),
                    None => Ok(self.recv_blocking()?),
                }
            }

            /// Takes the next item, and blocks the thread until `deadline` at most.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv`](Self::recv) for tasks.
            ///
            /// # Errors
            ///
            /// [`RecvTimeoutError`], if none came in time or the queue is closed and empty.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::time::Instant;
            ///
            /// let queue = FifoQueue::bounded(1);
            /// assert!(queue.recv_blocking_deadline(Instant::now()).unwrap_err().is_timeout());
            /// queue.try_send("item").unwrap();
            /// assert_eq!(queue.recv_blocking_deadline(Instant::now()), Ok("item"));
            /// ```
            pub fn recv_blocking_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
                blocking::recv_by(self.queue(), deadline).map(|(item, _)| item)
            }

            /// Appends up to `max` items to `out` if there is one now; returns how many.
            ///
            /// All are taken in one critical section.
            ///
            /// # Errors
            ///
            /// [`TryRecvError`], if there is none, and perhaps never will be.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::num::NonZeroUsize;
            ///
            /// let queue = FifoQueue::unbounded();
            /// (0..5).try_for_each(|n| queue.try_send(n)).unwrap();
            /// let mut out = Vec::new();
            /// assert_eq!(queue.try_recv_many(&mut out, NonZeroUsize::new(3).unwrap()), Ok(3));
            /// assert_eq!(out, [0, 1, 2]);
            /// ```
            pub fn try_recv_many(
                &self,
                out: &mut Vec<T>,
                max: NonZeroUsize,
            ) -> Result<usize, TryRecvError> {
                self.queue().engine.try_recv_many(out, max.get())
            }

            /// Waits for an item and appends it to `out`, with up to `max` in all if more are
            /// there; returns how many.
            ///
            /// Fails with [`RecvError`] when the queue is closed and nothing is left in it.
            ///
            /// # Cancel safety
            ///
            /// Dropping it loses nothing: the items stay in the queue, and a wake-up goes to the
            /// next receiver.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::num::NonZeroUsize;
            ///
            /// let queue = FifoQueue::unbounded();
            /// (0..5).try_for_each(|n| queue.try_send(n)).unwrap();
            /// let (mut out, max) = (Vec::new(), NonZeroUsize::new(100).unwrap());
            /// let received = futures_lite::future::block_on(queue.recv_many(&mut out, max));
            /// assert_eq!(received, Ok(5));
            /// ```
            pub fn recv_many<'a>(
                &'a self,
                out: &'a mut Vec<T>,
                max: NonZeroUsize,
            ) -> RecvManyFuture<'a, T, O> {
                RecvManyFuture::new(self.queue(), out, max)
            }

            /// Blocks the thread until there is an item, and appends it to `out`, with up to `max`
            /// in all if more are there; returns how many.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv_many`](Self::recv_many) for tasks.
            ///
            /// # Errors
            ///
            /// [`RecvError`] when the queue is closed and nothing is left in it.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::num::NonZeroUsize;
            ///
            /// let queue = FifoQueue::unbounded();
            /// (0..5).try_for_each(|n| queue.try_send(n)).unwrap();
            /// let mut out = Vec::new();
            /// assert_eq!(queue.recv_many_blocking(&mut out, NonZeroUsize::MAX), Ok(5));
            /// ```
            pub fn recv_many_blocking(
                &self,
                out: &mut Vec<T>,
                max: NonZeroUsize,
            ) -> Result<usize, RecvError> {
                blocking::recv_many(self.queue(), out, max)
            }

            /// As [`recv_many_blocking`](Self::recv_many_blocking), for `timeout` at most.
            ///
            /// A timeout too long for the clock means as long as it takes.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv_many`](Self::recv_many) for tasks.
            ///
            /// # Errors
            ///
            /// [`RecvTimeoutError`], if none came in time or the queue is closed and empty.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::num::NonZeroUsize;
            /// use std::time::Duration;
            ///
            /// let (queue, max) = (FifoQueue::<u32>::unbounded(), NonZeroUsize::MAX);
            /// let limit = Duration::from_millis(1);
            /// let received = queue.recv_many_blocking_timeout(&mut Vec::new(), max, limit);
            /// assert!(received.unwrap_err().is_timeout());
            /// ```
            pub fn recv_many_blocking_timeout(
                &self,
                out: &mut Vec<T>,
                max: NonZeroUsize,
                timeout: Duration,
            ) -> Result<usize, RecvTimeoutError> {
                match blocking::deadline(timeout) {
                    Some(deadline) => self.recv_many_blocking_deadline(out, max, deadline),
                    None => Ok(self.recv_many_blocking(out, max)?),
                }
            }

            /// As [`recv_many_blocking`](Self::recv_many_blocking), until `deadline` at most.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv_many`](Self::recv_many) for tasks.
            ///
            /// # Errors
            ///
            /// [`RecvTimeoutError`], if none came in time or the queue is closed and empty.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::num::NonZeroUsize;
            /// use std::time::Instant;
            ///
            /// let (queue, max) = (FifoQueue::unbounded(), NonZeroUsize::MAX);
            /// queue.try_send("item").unwrap();
            /// let mut out = Vec::new();
            /// assert_eq!(queue.recv_many_blocking_deadline(&mut out, max, Instant::now()), Ok(1));
            /// ```
            pub fn recv_many_blocking_deadline(
                &self,
                out: &mut Vec<T>,
                max: NonZeroUsize,
                deadline: Instant,
            ) -> Result<usize, RecvTimeoutError> {
                blocking::recv_many_by(self.queue(), out, max, deadline)
            }

            /// Iterates over the items, blocking the thread for each, until the queue is closed
            /// and empty.
            ///
            /// # Blocking
            ///
            /// For plain threads; in tasks use [`recv`](Self::recv), or a
            /// [`Receiver`](crate::Receiver) as a `Stream`.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::unbounded();
            /// (0..3).try_for_each(|n| queue.try_send(n)).unwrap();
            /// queue.close();
            /// assert!(queue.iter().eq(0..3));
            /// ```
            pub fn iter(&self) -> Iter<'_, T, O> {
                Iter::new(self.queue())
            }

            /// Iterates over the items that are there, without waiting.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::unbounded();
            /// (0..3).try_for_each(|n| queue.try_send(n)).unwrap();
            /// assert!(queue.try_iter().eq(0..3));
            /// ```
            pub fn try_iter(&self) -> TryIter<'_, T, O> {
                TryIter::new(self.queue())
            }

            /// Takes everything out, in the order in which it would have been received.
            ///
            /// What waits to be sent is taken too, and its senders have succeeded.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::LifoQueue::unbounded();
            /// (0..3).try_for_each(|n| queue.try_send(n)).unwrap();
            /// assert_eq!(queue.drain(), [2, 1, 0]);
            /// ```
            pub fn drain(&self) -> Vec<O::Message<T>> {
                let all = self.queue().engine.drain().into_iter();
                all.map(|(item, rank)| O::message(item, rank)).collect()
            }

            /// Drops everything that is there, and says how many items it was.
            ///
            /// What waits to be sent is dropped too, and its senders have succeeded.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::unbounded();
            /// (0..3).try_for_each(|n| queue.try_send(n)).unwrap();
            /// assert_eq!(queue.clear(), 3);
            /// assert!(queue.is_empty());
            /// ```
            pub fn clear(&self) -> usize {
                self.queue().engine.drain().len()
            }
        }

        impl<T: Copy, O: Adjustable> $handle<T, O> {
            /// Copies the item that would be received next.
            ///
            /// Only for items that are `Copy`: any other way to look at one would run its code
            /// under the queue's lock.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::unbounded();
            /// assert_eq!(queue.peek(), None);
            /// queue.try_send(7).unwrap();
            /// assert_eq!(queue.peek(), Some(7));
            /// assert_eq!(queue.len(), 1);
            /// ```
            pub fn peek(&self) -> Option<T> {
                self.queue().guarded().peek()
            }
        }
    )+};
}

receiving! { Queue Receiver }
