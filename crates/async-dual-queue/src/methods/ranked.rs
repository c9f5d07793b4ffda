//! Sending with a priority, and receiving with it.

use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use crate::order::Priority;
use crate::recv::RecvRankedFuture;
use crate::send::SendFuture;
use crate::{Queue, Receiver, Sender, blocking};

macro_rules! ranked_sending {
    ($($handle:ident)+) => {$(
        impl<T, P: Ord + 'static> $handle<T, Priority<P>> {
            /// Sends an item with its priority if there is room for it now.
            ///
            /// # Errors
            ///
            /// [`TrySendError`], with item and priority, if the queue is full or closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::{PriorityQueue, TrySendError};
            ///
            /// let queue = PriorityQueue::bounded(1);
            /// assert_eq!(queue.try_send("item", 5), Ok(()));
            /// assert_eq!(queue.try_send("other", 1), Err(TrySendError::Full(("other", 1))));
            /// ```
            #[inline]
            pub fn try_send(&self, item: T, priority: P) -> Result<(), TrySendError<(T, P)>> {
                self.queue().engine.try_send(item, priority)
            }

            /// Sends an item with its priority, and waits for room.
            ///
            /// Fails with [`SendError`], item and priority, if the queue is closed.
            /// A send that waits has its item in the queue already: if it is the most urgent, it is
            /// received from there, and that completes the send, polled or not.
            ///
            /// # Cancel safety
            ///
            /// Dropping it drops the value; use [`SendFuture::cancel`] to keep it, or reserve a
            /// slot first.
            ///
            /// # Fairness
            ///
            /// The most urgent gets room first; equals in the order of their first polls.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::PriorityQueue;
            ///
            /// let queue = PriorityQueue::bounded(2);
            /// futures_lite::future::block_on(async {
            ///     queue.send("low", 9).await.unwrap();
            ///     queue.send("high", 1).await.unwrap();
            ///     assert_eq!(queue.recv().await, Ok("high"));
            /// });
            /// ```
            #[inline]
            pub fn send(&self, item: T, priority: P) -> SendFuture<'_, T, Priority<P>> {
                SendFuture::new(self.queue(), item, priority)
            }

            /// Sends an item with its priority, and blocks the thread until there is room.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`send`](Self::send) for tasks.
            ///
            /// # Errors
            ///
            /// [`SendError`], with item and priority, if the queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::PriorityQueue::bounded(1);
            /// queue.send_blocking("item", 5).unwrap();
            /// assert_eq!(queue.recv_blocking(), Ok("item"));
            /// ```
            pub fn send_blocking(&self, item: T, priority: P) -> Result<(), SendError<(T, P)>> {
                blocking::send(self.queue(), item, priority)
            }

            /// Sends an item with its priority, and blocks the thread for `timeout` at most.
            ///
            /// A timeout too long for the clock means as long as it takes.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`send`](Self::send) for tasks.
            ///
            /// # Errors
            ///
            /// [`SendTimeoutError`], with item and priority, if there was no room in time or the
            /// queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::{PriorityQueue, SendTimeoutError};
            /// use std::time::Duration;
            ///
            /// let queue = PriorityQueue::rendezvous();
            /// let sent = queue.send_blocking_timeout("item", 5, Duration::from_millis(1));
            /// assert_eq!(sent, Err(SendTimeoutError::Timeout(("item", 5))));
            /// ```
            pub fn send_blocking_timeout(
                &self,
                item: T,
                priority: P,
                timeout: Duration,
            ) -> Result<(), SendTimeoutError<(T, P)>> {
                match blocking::deadline(timeout) {
                    Some(deadline) => self.send_blocking_deadline(item, priority, deadline),
                    None => Ok(self.send_blocking(item, priority)?),
                }
            }

            /// Sends an item with its priority, and blocks the thread until `deadline` at most.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`send`](Self::send) for tasks.
            ///
            /// # Errors
            ///
            /// [`SendTimeoutError`], with item and priority, if there was no room in time or the
            /// queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::PriorityQueue;
            /// use std::time::Instant;
            ///
            /// let queue = PriorityQueue::rendezvous();
            /// assert!(queue.send_blocking_deadline("item", 5, Instant::now()).is_err());
            /// ```
            pub fn send_blocking_deadline(
                &self,
                item: T,
                priority: P,
                deadline: Instant,
            ) -> Result<(), SendTimeoutError<(T, P)>> {
                blocking::send_by(self.queue(), item, priority, deadline)
            }

            /// Sends an item without waiting: if the queue is full, the least urgent item goes,
            /// and is returned with its priority; it may be the new one.
            ///
            /// It passes those that wait for room.
            /// Takes time linear in the number of items if the queue is full.
            ///
            /// # Errors
            ///
            /// [`SendError`], with item and priority, if the queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::PriorityQueue;
            ///
            /// let best = PriorityQueue::bounded(2);
            /// assert_eq!(best.force_send("good", 2), Ok(None));
            /// assert_eq!(best.force_send("poor", 8), Ok(None));
            /// assert_eq!(best.force_send("better", 1), Ok(Some(("poor", 8))));
            /// assert_eq!(best.force_send("worse", 9), Ok(Some(("worse", 9))));
            /// ```
            pub fn force_send(
                &self,
                item: T,
                priority: P,
            ) -> Result<Option<(T, P)>, SendError<(T, P)>> {
                self.queue().guarded().force(item, priority).map_err(SendError)
            }
        }
    )+};
}

macro_rules! ranked_receiving {
    ($($handle:ident)+) => {$(
        impl<T, P: Ord + 'static> $handle<T, Priority<P>> {
            /// Takes the most urgent item and its priority if there is one now.
            ///
            /// # Errors
            ///
            /// [`TryRecvError`], if there is none, and perhaps never will be.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::PriorityQueue::bounded(1);
            /// queue.try_send("item", 5).unwrap();
            /// assert_eq!(queue.try_recv_with_priority(), Ok(("item", 5)));
            /// ```
            #[inline]
            pub fn try_recv_with_priority(&self) -> Result<(T, P), TryRecvError> {
                self.queue().engine.try_recv()
            }

            /// Takes the most urgent item and its priority, and waits for one.
            ///
            /// # Cancel safety
            ///
            /// Dropping it loses nothing: the item stays in the queue, and a wake-up goes to the
            /// next receiver.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::PriorityQueue::bounded(1);
            /// queue.try_send("item", 5).unwrap();
            /// let received = futures_lite::future::block_on(queue.recv_with_priority());
            /// assert_eq!(received, Ok(("item", 5)));
            /// ```
            #[inline]
            pub fn recv_with_priority(&self) -> RecvRankedFuture<'_, T, P> {
                RecvRankedFuture::new(self.queue())
            }

            /// Takes the most urgent item and its priority, and blocks the thread until there is
            /// one.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv_with_priority`](Self::recv_with_priority) for tasks.
            ///
            /// # Errors
            ///
            /// [`RecvError`] when the queue is closed and nothing is left in it.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::PriorityQueue::bounded(1);
            /// queue.try_send("item", 5).unwrap();
            /// assert_eq!(queue.recv_with_priority_blocking(), Ok(("item", 5)));
            /// ```
            pub fn recv_with_priority_blocking(&self) -> Result<(T, P), RecvError> {
                blocking::recv(self.queue())
            }

            /// As [`recv_with_priority_blocking`](Self::recv_with_priority_blocking), for
            /// `timeout` at most.
            ///
            /// A timeout too long for the clock means as long as it takes.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv_with_priority`](Self::recv_with_priority) for tasks.
            ///
            /// # Errors
            ///
            /// [`RecvTimeoutError`], if none came in time or the queue is closed and empty.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::PriorityQueue;
            /// use std::time::Duration;
            ///
            /// let queue = PriorityQueue::<&str, u8>::bounded(1);
            /// let received = queue.recv_with_priority_blocking_timeout(Duration::from_millis(1));
            /// assert!(received.unwrap_err().is_timeout());
            /// ```
            pub fn recv_with_priority_blocking_timeout(
                &self,
                timeout: Duration,
            ) -> Result<(T, P), RecvTimeoutError> {
                match blocking::deadline(timeout) {
                    Some(deadline) => self.recv_with_priority_blocking_deadline(deadline),
                    None => Ok(self.recv_with_priority_blocking()?),
                }
            }

            /// As [`recv_with_priority_blocking`](Self::recv_with_priority_blocking), until
            /// `deadline` at most.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`recv_with_priority`](Self::recv_with_priority) for tasks.
            ///
            /// # Errors
            ///
            /// [`RecvTimeoutError`], if none came in time or the queue is closed and empty.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::PriorityQueue;
            /// use std::time::Instant;
            ///
            /// let queue = PriorityQueue::<&str, u8>::bounded(1);
            /// let received = queue.recv_with_priority_blocking_deadline(Instant::now());
            /// assert!(received.unwrap_err().is_timeout());
            /// ```
            pub fn recv_with_priority_blocking_deadline(
                &self,
                deadline: Instant,
            ) -> Result<(T, P), RecvTimeoutError> {
                blocking::recv_by(self.queue(), deadline)
            }

            /// Copies the priority of the item that would be received next.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::PriorityQueue::unbounded();
            /// queue.try_send("low", 9).unwrap();
            /// queue.try_send("high", 1).unwrap();
            /// assert_eq!(queue.peek_priority(), Some(1));
            /// ```
            pub fn peek_priority(&self) -> Option<P>
            where
                P: Copy,
            {
                self.queue().guarded().peek_rank()
            }
        }
    )+};
}

ranked_sending! { Queue Sender }
ranked_receiving! { Queue Receiver }
