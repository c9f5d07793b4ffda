//! Sending an item by itself.

use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::order::{Adjustable, Unranked};
use crate::send::SendFuture;
use crate::{Queue, Sender, blocking};

macro_rules! sending {
    ($($handle:ident)+) => {$(
        impl<T, O: Unranked> $handle<T, O> {
            /// Sends an item if there is room for it now.
            ///
            /// # Errors
            ///
            /// [`TrySendError`], with the item, if the queue is full or closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::{FifoQueue, TrySendError};
            ///
            /// let queue = FifoQueue::bounded(1);
            /// assert_eq!(queue.try_send(1), Ok(()));
            /// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
            /// ```
            #[inline]
            pub fn try_send(&self, item: T) -> Result<(), TrySendError<O::Message<T>>> {
                let sent = self.queue().engine.try_send(item, ());
                sent.map_err(|error| error.map(|(item, ())| O::message(item, ())))
            }

            /// Sends an item, and waits for room.
            ///
            /// Fails with [`SendError`], and the item, if the queue is closed.
            /// A send that waits has its item in the queue already: it may be received from there,
            /// and that completes the send, polled or not.
            /// For a deadline wrap `&mut send` into `async_clock::timeout`, and `cancel` it when
            /// that has elapsed.
            ///
            /// # Cancel safety
            ///
            /// Dropping it drops the value; use [`SendFuture::cancel`] to keep it, or reserve a
            /// slot first.
            ///
            /// # Fairness
            ///
            /// Senders get room in the order of their first polls.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            ///
            /// let queue = FifoQueue::bounded(1);
            /// futures_lite::future::block_on(async {
            ///     queue.send("item").await.unwrap();
            ///     assert_eq!(queue.recv().await, Ok("item"));
            /// });
            /// ```
            #[inline]
            pub fn send(&self, item: T) -> SendFuture<'_, T, O> {
                SendFuture::new(self.queue(), item, ())
            }

            /// Sends an item, and blocks the thread until there is room.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`send`](Self::send) for tasks.
            /// Spins for some microseconds before it sleeps.
            ///
            /// # Errors
            ///
            /// [`SendError`], with the item, if the queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::thread;
            ///
            /// let queue = FifoQueue::bounded(1);
            /// thread::scope(|scope| {
            ///     scope.spawn(|| (0..3).try_for_each(|n| queue.send_blocking(n)).unwrap());
            ///     assert!((0..3).all(|n| queue.recv_blocking() == Ok(n)));
            /// });
            /// ```
            pub fn send_blocking(&self, item: T) -> Result<(), SendError<O::Message<T>>> {
                blocking::send(self.queue(), item, ())
            }

            /// Sends an item, and blocks the thread for `timeout` at most.
            ///
            /// A timeout too long for the clock means as long as it takes.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`send`](Self::send) for tasks.
            ///
            /// # Errors
            ///
            /// [`SendTimeoutError`], with the item, if there was no room in time or the queue is
            /// closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::{FifoQueue, SendTimeoutError};
            /// use std::time::Duration;
            ///
            /// let queue = FifoQueue::rendezvous();
            /// let sent = queue.send_blocking_timeout("item", Duration::from_millis(1));
            /// assert_eq!(sent, Err(SendTimeoutError::Timeout("item")));
            /// assert!(queue.is_empty());
            /// ```
            pub fn send_blocking_timeout(
                &self,
                item: T,
                timeout: Duration,
            ) -> Result<(), SendTimeoutError<O::Message<T>>> {
                match blocking::deadline(timeout) {
                    Some(deadline) => self.send_blocking_deadline(item, deadline),
                    None => Ok(self.send_blocking(item)?),
                }
            }

            /// Sends an item, and blocks the thread until `deadline` at most.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`send`](Self::send) for tasks.
            ///
            /// # Errors
            ///
            /// [`SendTimeoutError`], with the item, if there was no room in time or the queue is
            /// closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::time::Instant;
            ///
            /// let queue = FifoQueue::rendezvous();
            /// assert!(queue.send_blocking_deadline("item", Instant::now()).is_err());
            /// ```
            pub fn send_blocking_deadline(
                &self,
                item: T,
                deadline: Instant,
            ) -> Result<(), SendTimeoutError<O::Message<T>>> {
                blocking::send_by(self.queue(), item, (), deadline)
            }
        }

        impl<T, O: Adjustable + Unranked> $handle<T, O> {
            /// Sends an item without waiting: if the queue is full, the oldest item that is queued
            /// goes, and is returned.
            ///
            /// Where there is none to make room, in a rendezvous or beside nothing but reserved
            /// slots, the new item comes back itself.
            /// It passes those that wait for room.
            ///
            /// # Errors
            ///
            /// [`SendError`], with the item, if the queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            ///
            /// let latest = FifoQueue::bounded(2);
            /// assert_eq!(latest.force_send(1), Ok(None));
            /// assert_eq!(latest.force_send(2), Ok(None));
            /// assert_eq!(latest.force_send(3), Ok(Some(1)));
            /// assert!(latest.try_iter().eq([2, 3]));
            /// ```
            pub fn force_send(
                &self,
                item: T,
            ) -> Result<Option<O::Message<T>>, SendError<O::Message<T>>> {
                match self.queue().guarded().force(item, ()) {
                    Ok(evicted) => Ok(evicted.map(|(item, ())| O::message(item, ()))),
                    Err((item, ())) => Err(SendError(O::message(item, ()))),
                }
            }
        }
    )+};
}

sending! { Queue Sender }
