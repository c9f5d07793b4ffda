//! Reserving room for a message.

use std::time::{Duration, Instant};

use async_waitlist::blocking::{block_on, block_on_deadline};

use crate::error::{ReserveError, ReserveTimeoutError, TryReserveError};
use crate::order::Adjustable;
use crate::reserve::{ReserveFuture, Slot};
use crate::{Queue, Sender, blocking};

macro_rules! reserving {
    ($($handle:ident)+) => {$(
        impl<T, O: Adjustable> $handle<T, O> {
            /// Reserves room for one message, if there is room now.
            ///
            /// # Errors
            ///
            /// [`TryReserveError`], if the queue is full or closed.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::bounded(1);
            /// let slot = queue.try_reserve().unwrap();
            /// assert!(queue.try_reserve().unwrap_err().is_full());
            /// slot.send("item").unwrap();
            /// ```
            pub fn try_reserve(&self) -> Result<Slot<'_, T, O>, TryReserveError> {
                self.queue().guarded().reserve_now()?;
                Ok(Slot::new(self.queue()))
            }

            /// Reserves room for one message, and waits for it.
            ///
            /// A rendezvous has no room, so there it waits until the capacity is raised or the
            /// queue is closed.
            /// Fails with [`ReserveError`] if the queue is closed.
            ///
            /// # Cancel safety
            ///
            /// Dropping it gives up the place in the queue; nothing else is lost.
            ///
            /// # Fairness
            ///
            /// In the order of the first polls, those of sends included.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::bounded(1);
            /// futures_lite::future::block_on(async {
            ///     let slot = queue.reserve().await.unwrap();
            ///     slot.send("an item that is made only now").unwrap();
            /// });
            /// assert_eq!(queue.len(), 1);
            /// ```
            pub fn reserve(&self) -> ReserveFuture<'_, T, O> {
                ReserveFuture::new(self.queue())
            }

            /// Reserves room for one message, and blocks the thread until there is some.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`reserve`](Self::reserve) for tasks.
            ///
            /// # Errors
            ///
            /// [`ReserveError`] if the queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// let queue = async_dual_queue::FifoQueue::bounded(1);
            /// queue.reserve_blocking().unwrap().send("item").unwrap();
            /// assert_eq!(queue.len(), 1);
            /// ```
            pub fn reserve_blocking(&self) -> Result<Slot<'_, T, O>, ReserveError> {
                block_on(self.reserve())
            }

            /// Reserves room for one message, and blocks the thread for `timeout` at most.
            ///
            /// A timeout too long for the clock means as long as it takes.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`reserve`](Self::reserve) for tasks.
            ///
            /// # Errors
            ///
            /// [`ReserveTimeoutError`], if there was no room in time or the queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::time::Duration;
            ///
            /// let queue = FifoQueue::<u32>::rendezvous();
            /// let reserved = queue.reserve_blocking_timeout(Duration::from_millis(1));
            /// assert!(reserved.unwrap_err().is_timeout());
            /// ```
            pub fn reserve_blocking_timeout(
                &self,
                timeout: Duration,
            ) -> Result<Slot<'_, T, O>, ReserveTimeoutError> {
                match blocking::deadline(timeout) {
                    Some(deadline) => self.reserve_blocking_deadline(deadline),
                    None => Ok(self.reserve_blocking()?),
                }
            }

            /// Reserves room for one message, and blocks the thread until `deadline` at most.
            ///
            /// # Blocking
            ///
            /// For plain threads; see [`reserve`](Self::reserve) for tasks.
            ///
            /// # Errors
            ///
            /// [`ReserveTimeoutError`], if there was no room in time or the queue is closed.
            ///
            /// # Examples
            ///
            /// ```
            /// use async_dual_queue::FifoQueue;
            /// use std::time::Instant;
            ///
            /// let queue = FifoQueue::<u32>::rendezvous();
            /// assert!(queue.reserve_blocking_deadline(Instant::now()).is_err());
            /// ```
            pub fn reserve_blocking_deadline(
                &self,
                deadline: Instant,
            ) -> Result<Slot<'_, T, O>, ReserveTimeoutError> {
                match block_on_deadline(&mut self.reserve(), deadline) {
                    Some(reserved) => Ok(reserved?),
                    None => Err(ReserveTimeoutError::Timeout),
                }
            }
        }
    )+};
}

reserving! { Queue Sender }
