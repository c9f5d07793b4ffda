//! Looking at a queue, and ending it: for both sides.

use crate::closed::ClosedFuture;
use crate::engine::Engine;
use crate::order::{Adjustable, Order};
use crate::{Queue, Receiver, Sender};

macro_rules! common {
    ($($handle:ident)+) => {$(
        impl<T, O: Order> $handle<T, O> {
            /// Counts the items that can be received: those in the queue and those that wait in it
            /// to be sent.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::bounded(2);
            /// queue.try_send("item").unwrap();
            /// assert_eq!(queue.len(), 1);
            /// ```
            #[inline]
            pub fn len(&self) -> usize {
                self.queue().engine.len()
            }

            /// Tells whether there is nothing to receive.
            ///
            /// # Examples
            ///
            /// ```
            /// assert!(async_dual_queue::FifoQueue::<u32>::bounded(2).is_empty());
            /// ```
            #[inline]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Tells whether as many items are there as the capacity allows; a rendezvous always
            /// is full.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::bounded(1);
            /// queue.try_send("item").unwrap();
            /// assert!(queue.is_full());
            /// ```
            #[inline]
            pub fn is_full(&self) -> bool {
                !self.queue().engine.may_have_room()
            }

            /// Returns how many items are queued before a sender has to wait; `None` if there is
            /// no limit.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            ///
            /// assert_eq!(FifoQueue::<u32>::bounded(8).capacity(), Some(8));
            /// assert_eq!(FifoQueue::<u32>::unbounded().capacity(), None);
            /// ```
            pub fn capacity(&self) -> Option<usize> {
                let capacity = self.queue().engine.capacity();
                (capacity != usize::MAX).then_some(capacity)
            }

            /// Counts the sends and reservations that wait for room.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::<u32>::bounded(1);
            /// assert_eq!(queue.waiting_senders(), 0);
            /// ```
            pub fn waiting_senders(&self) -> usize {
                self.queue().engine.waiting_senders()
            }

            /// Counts the receives that wait for an item and have not been woken.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::<u32>::bounded(1);
            /// assert_eq!(queue.waiting_receivers(), 0);
            /// ```
            pub fn waiting_receivers(&self) -> usize {
                self.queue().engine.waiting_receivers()
            }

            /// Ends sending; `false` if the queue was closed already.
            ///
            /// What is in the queue, what waits in it to be sent, and what is sent through a slot
            /// that was reserved before, can still be received.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            ///
            /// let queue = FifoQueue::bounded(1);
            /// queue.try_send("item").unwrap();
            /// assert!(queue.close());
            /// assert!(queue.try_send("late").unwrap_err().is_closed());
            /// assert_eq!(queue.try_recv(), Ok("item"));
            /// assert!(queue.try_recv().unwrap_err().is_closed());
            /// ```
            pub fn close(&self) -> bool {
                self.queue().engine.close()
            }

            /// Ends sending and receiving, and returns what was left, in the order in which it
            /// would have been received.
            ///
            /// Sends that waited for room have succeeded then: their items are among those that
            /// are returned.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            ///
            /// let queue = FifoQueue::unbounded();
            /// queue.try_send(1).unwrap();
            /// queue.try_send(2).unwrap();
            /// assert_eq!(queue.close_now(), [1, 2]);
            /// assert!(queue.try_recv().unwrap_err().is_closed());
            /// ```
            pub fn close_now(&self) -> Vec<O::Message<T>> {
                let left = self.queue().engine.close_now().into_iter();
                left.map(|(item, rank)| O::message(item, rank)).collect()
            }

            /// Tells whether sending has ended.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::<u32>::bounded(1);
            /// assert!(!queue.is_closed());
            /// queue.close();
            /// assert!(queue.is_closed());
            /// ```
            pub fn is_closed(&self) -> bool {
                self.queue().engine.is_closed()
            }

            /// Waits until the queue is closed.
            ///
            /// # Cancel safety
            ///
            /// Dropping it loses nothing.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::<u32>::bounded(1);
            /// queue.close();
            /// futures_lite::future::block_on(queue.closed());
            /// ```
            pub fn closed(&self) -> ClosedFuture<'_, T, O> {
                ClosedFuture::new(self.queue())
            }
        }

        impl<T, O: Adjustable> $handle<T, O> {
            /// Sets how many items are queued before a sender has to wait; `usize::MAX` is no
            /// limit.
            ///
            /// A larger capacity lets those in at once that wait for room.
            /// A smaller one drops nothing: senders wait until enough has been received.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::bounded(1);
            /// queue.try_send(1).unwrap();
            /// queue.set_capacity(2);
            /// queue.try_send(2).unwrap();
            /// assert!(queue.is_full());
            /// ```
            pub fn set_capacity(&self, capacity: usize) {
                self.queue().guarded().set_capacity(capacity);
            }
        }
    )+};
}

common! { Queue Sender Receiver }
