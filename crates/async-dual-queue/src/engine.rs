//! What every queue does, whatever keeps its items: the seam between the handles and futures on
//! one side and the protocols on the other.

mod mutex;
#[cfg(feature = "ring")]
mod ring;
mod wake;

pub use mutex::Fairness;
pub(crate) use mutex::{Fresh, Guarded, MutexEngine};
#[cfg(feature = "ring")]
pub(crate) use ring::RingEngine;

use async_waitlist::Key;
use std::task::{Context, Poll};

use crate::error::{RecvError, TryRecvError, TrySendError};
use crate::order::Mechanism;

/// An item with its rank, on its way in or out.
pub(crate) type Ranked<T, O> = (T, <O as Mechanism>::Rank);

/// How far a receive, a reservation or a wait for the end has come:
/// `New` → `Waiting` → `Done`, or `New` → `Done`.
#[derive(Debug)]
pub enum Ticket {
    /// Not polled yet.
    New,
    /// Among the waiters.
    Waiting(Key),
    /// Completed: pending for good.
    Done,
}

impl Ticket {
    /// The key to be released, if there is one; what is left is `Done`.
    pub(crate) fn take(&mut self) -> Option<Key> {
        match std::mem::replace(self, Self::Done) {
            Self::Waiting(key) => Some(key),
            Self::New | Self::Done => None,
        }
    }
}

/// How far a send has come: `Held` → `Parked` → `Done`, or `Held` → `Done`.
pub enum Parcel<T, R> {
    /// Not sent: the item is here.
    Held(T, R),
    /// The queue is full: the item stands in a waiter's slot, and may be received from there.
    Parked(Key),
    /// Received, queued or given back: pending for good.
    Done,
}

impl<T, R> Parcel<T, R> {
    /// Takes the item out, if it is here; what is left is `Done`.
    #[inline]
    pub(crate) fn open(&mut self) -> Option<(T, R)> {
        match std::mem::replace(self, Self::Done) {
            Self::Held(item, rank) => Some((item, rank)),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// A queue's items, its waiters, and the protocol between them.
///
/// No method runs foreign code (wakers, drops of items) while a lock is held.
pub trait Engine<T, R> {
    /// Queues the item if there is room and the queue is open.
    fn try_send(&self, item: T, rank: R) -> Result<(), TrySendError<(T, R)>>;

    /// Queues the item, or parks it and arranges a wake-up.
    fn poll_send(
        &self,
        parcel: &mut Parcel<T, R>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), (T, R)>>;

    /// Ends a parked send; the item comes back unless it was received or queued.
    fn withdraw(&self, key: Key) -> Option<(T, R)>;

    /// Takes the next item, if the queue's fairness allows.
    fn try_recv(&self) -> Result<(T, R), TryRecvError>;

    /// Takes the next item, or arranges a wake-up.
    fn poll_recv(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(T, R), RecvError>>;

    /// Ends a receive; a wake-up that it had and did not use goes to the next.
    fn leave(&self, key: Key);

    /// Appends up to `max` items, at least one if it is `Ok`.
    fn try_recv_many(&self, out: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError>;

    /// Takes everything out, parked items too, whose senders are done then.
    fn drain(&self) -> Vec<(T, R)>;

    /// Ends sending; what is there can still be received. `false` if that was so already.
    fn close(&self) -> bool;

    /// Ends sending and takes everything out.
    fn close_now(&self) -> Vec<(T, R)>;

    /// Nobody will receive any more: drops what is queued, gives parked items back.
    fn abandon(&self);

    /// Completes once the queue is closed.
    fn poll_closed(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<()>;

    /// Ends a wait for the end.
    fn leave_closed(&self, key: Key);

    /// Whether sending has ended.
    fn is_closed(&self) -> bool;

    /// Whether sending has ended and nothing is left to be received.
    fn is_finished(&self) -> bool;

    /// How many items can be received: the queued and the parked.
    fn len(&self) -> usize;

    /// How many are queued before a sender has to wait; `usize::MAX` is no limit.
    fn capacity(&self) -> usize;

    /// How many sends and reservations wait.
    fn waiting_senders(&self) -> usize;

    /// How many receives wait.
    fn waiting_receivers(&self) -> usize;

    /// A hint, without a lock, that a send may succeed.
    fn may_have_room(&self) -> bool;

    /// A hint, without a lock, that a receive may succeed.
    fn may_have_items(&self) -> bool;

    /// Checks the invariants.
    fn assert_invariants(&self);
}
