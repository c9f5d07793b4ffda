//! Receivers as streams, and as iterators for threads.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::Receiver;
use crate::engine::{Engine, Ticket};
use crate::order::Order;
use crate::{Queue, blocking};

/// The items of the queue, until it is closed and empty.
///
/// # Cancel safety
///
/// A stream that is dropped loses nothing, as a dropped `recv` does not.
impl<T, O: Order> Stream for Receiver<T, O> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut ticket = std::mem::replace(&mut self.ticket, Ticket::New);
        let polled = self.queue().engine.poll_recv(&mut ticket, cx);
        if polled.is_pending() {
            self.ticket = ticket;
        }
        polled.map(|received| received.ok().map(|(item, _)| item))
    }
}

impl<T, O: Order> FusedStream for Receiver<T, O> {
    fn is_terminated(&self) -> bool {
        self.queue().engine.is_finished()
    }
}

/// Blocks the thread for each item, until the queue is closed and empty; from `iter`.
///
/// # Examples
///
/// ```
/// let queue = async_dual_queue::FifoQueue::unbounded();
/// queue.try_send(1).unwrap();
/// queue.close();
/// assert!(queue.iter().eq([1]));
/// ```
#[must_use = "iterators do nothing unless consumed"]
pub struct Iter<'a, T, O: Order> {
    queue: &'a Queue<T, O>,
}

/// Takes what is there, without waiting; from `try_iter`.
///
/// # Examples
///
/// ```
/// let queue = async_dual_queue::FifoQueue::unbounded();
/// queue.try_send(1).unwrap();
/// assert!(queue.try_iter().eq([1]));
/// ```
#[must_use = "iterators do nothing unless consumed"]
pub struct TryIter<'a, T, O: Order> {
    queue: &'a Queue<T, O>,
}

/// Blocks the thread for each item, until the queue is closed and empty; from
/// [`Receiver::into_iter`].
///
/// # Examples
///
/// ```
/// let (sender, receiver) = async_dual_queue::FifoQueue::unbounded().into_channel();
/// sender.try_send(1).unwrap();
/// drop(sender);
/// assert!(receiver.into_iter().eq([1]));
/// ```
#[must_use = "iterators do nothing unless consumed"]
pub struct IntoIter<T, O: Order> {
    receiver: Receiver<T, O>,
}

impl<'a, T, O: Order> Iter<'a, T, O> {
    pub(crate) fn new(queue: &'a Queue<T, O>) -> Self {
        Self { queue }
    }
}

impl<'a, T, O: Order> TryIter<'a, T, O> {
    pub(crate) fn new(queue: &'a Queue<T, O>) -> Self {
        Self { queue }
    }
}

impl<T, O: Order> Iterator for Iter<'_, T, O> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        blocking::recv(self.queue).ok().map(|(item, _)| item)
    }
}

impl<T, O: Order> Iterator for TryIter<'_, T, O> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.queue.engine.try_recv().ok().map(|(item, _)| item)
    }
}

impl<T, O: Order> Iterator for IntoIter<T, O> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let received = blocking::recv(self.receiver.queue());
        received.ok().map(|(item, _)| item)
    }
}

impl<T, O: Order> IntoIterator for Receiver<T, O> {
    type Item = T;
    type IntoIter = IntoIter<T, O>;

    fn into_iter(self) -> IntoIter<T, O> {
        IntoIter { receiver: self }
    }
}

impl<'a, T, O: Order> IntoIterator for &'a Receiver<T, O> {
    type Item = T;
    type IntoIter = Iter<'a, T, O>;

    fn into_iter(self) -> Iter<'a, T, O> {
        self.iter()
    }
}

impl<T, O: Order> fmt::Debug for Iter<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

impl<T, O: Order> fmt::Debug for TryIter<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").finish_non_exhaustive()
    }
}

impl<T, O: Order> fmt::Debug for IntoIter<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}
