//! The forms for threads: a try, a bounded spin, and the future under a parker.

use async_waitlist::blocking::{Backoff, block_on, block_on_deadline};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::Queue;
use crate::engine::Engine;
use crate::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use crate::order::Order;
use crate::recv::{Receiving, RecvManyFuture};
use crate::send::SendFuture;

pub(crate) fn send<T, O: Order>(
    queue: &Queue<T, O>,
    item: T,
    rank: O::Rank,
) -> Result<(), SendError<O::Message<T>>> {
    match try_and_spin(queue, item, rank) {
        Ok(()) => Ok(()),
        Err(TrySendError::Closed((item, rank))) => Err(SendError(O::message(item, rank))),
        Err(TrySendError::Full((item, rank))) => block_on(SendFuture::new(queue, item, rank)),
    }
}

pub(crate) fn send_by<T, O: Order>(
    queue: &Queue<T, O>,
    item: T,
    rank: O::Rank,
    deadline: Instant,
) -> Result<(), SendTimeoutError<O::Message<T>>> {
    let (item, rank) = match try_and_spin(queue, item, rank) {
        Ok(()) => return Ok(()),
        Err(TrySendError::Closed((item, rank))) => {
            return Err(SendTimeoutError::Closed(O::message(item, rank)));
        }
        Err(TrySendError::Full(message)) => message,
    };
    let mut send = SendFuture::new(queue, item, rank);
    match block_on_deadline(&mut send, deadline) {
        Some(Ok(())) => Ok(()),
        Some(Err(SendError(message))) => Err(SendTimeoutError::Closed(message)),
        // Unless it was taken just now.
        None => send
            .cancel()
            .map_or(Ok(()), |message| Err(SendTimeoutError::Timeout(message))),
    }
}

pub(crate) fn recv<T, O: Order>(queue: &Queue<T, O>) -> Result<(T, O::Rank), RecvError> {
    match take_and_spin(queue) {
        Ok(message) => Ok(message),
        Err(TryRecvError::Closed) => Err(RecvError),
        Err(TryRecvError::Empty) => block_on(Receiving::new(queue)),
    }
}

pub(crate) fn recv_by<T, O: Order>(
    queue: &Queue<T, O>,
    deadline: Instant,
) -> Result<(T, O::Rank), RecvTimeoutError> {
    match take_and_spin(queue) {
        Ok(message) => return Ok(message),
        Err(TryRecvError::Closed) => return Err(RecvTimeoutError::Closed),
        Err(TryRecvError::Empty) => {}
    }
    match block_on_deadline(&mut Receiving::new(queue), deadline) {
        Some(Ok(message)) => Ok(message),
        Some(Err(RecvError)) => Err(RecvTimeoutError::Closed),
        None => Err(RecvTimeoutError::Timeout),
    }
}

pub(crate) fn recv_many<T, O: Order>(
    queue: &Queue<T, O>,
    out: &mut Vec<T>,
    max: NonZeroUsize,
) -> Result<usize, RecvError> {
    block_on(RecvManyFuture::new(queue, out, max))
}

pub(crate) fn recv_many_by<T, O: Order>(
    queue: &Queue<T, O>,
    out: &mut Vec<T>,
    max: NonZeroUsize,
    deadline: Instant,
) -> Result<usize, RecvTimeoutError> {
    match block_on_deadline(&mut RecvManyFuture::new(queue, out, max), deadline) {
        Some(received) => Ok(received?),
        None => Err(RecvTimeoutError::Timeout),
    }
}

/// When a time limit that begins now ends; `None`: never.
pub(crate) fn deadline(limit: Duration) -> Option<Instant> {
    Instant::now().checked_add(limit)
}

fn try_and_spin<T, O: Order>(
    queue: &Queue<T, O>,
    item: T,
    rank: O::Rank,
) -> Result<(), TrySendError<(T, O::Rank)>> {
    let mut result = queue.engine.try_send(item, rank);
    let mut backoff = Backoff::new();
    // In a rendezvous there never is room: the sooner the item is offered, the better.
    let may_spin = queue.engine.capacity() > 0;
    while let Err(TrySendError::Full((item, rank))) = result {
        if !may_spin || !spin_until(&mut backoff, || queue.engine.may_have_room()) {
            return Err(TrySendError::Full((item, rank)));
        }
        result = queue.engine.try_send(item, rank);
    }
    result
}

fn take_and_spin<T, O: Order>(queue: &Queue<T, O>) -> Result<(T, O::Rank), TryRecvError> {
    let mut result = queue.engine.try_recv();
    let mut backoff = Backoff::new();
    while let Err(TryRecvError::Empty) = result {
        if !spin_until(&mut backoff, || queue.engine.may_have_items()) {
            return result;
        }
        result = queue.engine.try_recv();
    }
    result
}

/// Spins until `ready`; `false` if it is time to sleep.
fn spin_until(backoff: &mut Backoff, ready: impl Fn() -> bool) -> bool {
    while backoff.spin() {
        if ready() {
            return true;
        }
    }
    false
}
