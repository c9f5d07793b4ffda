//! What the mutex guards, and the steps that keep the invariants.

use async_waitlist::WaitList;
use std::task::Waker;

use super::Guarded;
use super::buffer::Buffer;
use super::line::Line;
use crate::engine::Ranked;

/// Who may take an item for which a waiting receiver has been woken.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{Fairness, FifoQueue, TryRecvError};
/// use std::pin::Pin;
/// use std::task::{Context, Waker};
///
/// let queue = FifoQueue::unbounded().with_fairness(Fairness::Strict);
/// let mut first = queue.recv();
/// let mut cx = Context::from_waker(Waker::noop());
/// assert!(Pin::new(&mut first).poll(&mut cx).is_pending());
/// queue.try_send("item").unwrap();
///
/// assert_eq!(queue.try_recv(), Err(TryRecvError::Empty)); // it is kept for `first`
/// assert_eq!(futures_lite::future::block_on(first), Ok("item"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fairness {
    /// Whoever asks first: no item lies idle while somebody wants it.
    ///
    /// A receiver that was woken and finds nothing keeps its place in the queue.
    #[default]
    WorkConserving,
    /// Only the receiver that was woken, or one behind it: first come, first served.
    ///
    /// A receiver that was woken and is then neither polled nor dropped keeps its item from the
    /// others.
    Strict,
}

/// An item that was taken out, and the sender to be woken for the room.
pub(super) type Taken<T, O> = (Ranked<T, O>, Option<Waker>);

/// How far a queue has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Sending and receiving.
    Open,
    /// No new messages; those that are there, and those for which room is reserved, are received.
    Closed,
    /// Nothing is received any more: what is there was taken out, and reservations are void.
    Emptied,
}

/// In this order, so that an operation that need not wait touches one or two cache lines.
#[repr(C)]
pub(super) struct State<T, O: Guarded> {
    /// Open, and nobody waits or is granted (#7).
    pub(super) is_calm: bool,
    pub(super) stage: Stage,
    pub(super) fairness: Fairness,
    pub(super) buffer: O::Buffer<T>,
    /// Slots that are held, and grants of slots on their way.
    pub(super) reserved: usize,
    /// How many have been pushed (where that is stamped), parked, or begun to wait for room.
    arrivals: u64,
    pub(super) receivers: WaitList<()>,
    pub(super) senders: O::Line<T>,
    /// Those who wait to reserve, each with its arrival.
    pub(super) reservers: WaitList<u64>,
    /// Those who wait for the end.
    pub(super) watchers: WaitList<()>,
}

impl<T, O: Guarded> State<T, O> {
    pub(super) const fn new() -> Self {
        Self {
            is_calm: true,
            stage: Stage::Open,
            fairness: Fairness::WorkConserving,
            buffer: O::Buffer::EMPTY,
            reserved: 0,
            arrivals: 0,
            receivers: WaitList::new(),
            senders: O::Line::EMPTY,
            reservers: WaitList::new(),
            watchers: WaitList::new(),
        }
    }

    /// What `is_calm` has to be (#7).
    pub(super) fn looks_calm(&self) -> bool {
        let receivers = self.receivers.waiting() + self.receivers.granted();
        let senders = self.senders.waiting() + self.reservers.waiting();
        self.stage == Stage::Open && receivers == 0 && senders == 0
    }

    /// The items that can be received: the buffered and the parked.
    #[inline]
    pub(super) fn available(&self) -> usize {
        self.buffer.len() + self.senders.waiting()
    }

    #[inline]
    pub(super) fn has_room(&self, capacity: usize) -> bool {
        self.buffer.len() + self.reserved < capacity
    }

    /// Whether nothing can be received any more.
    #[inline]
    pub(super) fn is_finished(&self) -> bool {
        match self.stage {
            Stage::Open => false,
            Stage::Closed => self.available() == 0 && self.reserved == 0,
            Stage::Emptied => true,
        }
    }

    /// Whether receivers wait for what will not come (#5).
    #[inline]
    pub(super) fn is_waited_for_in_vain(&self) -> bool {
        self.stage != Stage::Open && self.receivers.waiting() > 0 && self.is_finished()
    }

    #[inline]
    pub(super) fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    /// Adds an item for which there is room; if it is not calm, `notify` has to follow.
    #[inline]
    pub(super) fn push(&mut self, item: T, rank: O::Rank) {
        let arrival = if O::Buffer::<T>::STAMPED {
            self.next_arrival()
        } else {
            0
        };
        self.buffer.push(item, rank, arrival);
    }

    /// Restores #1 after any step that broke it by at most one.
    #[inline]
    pub(super) fn notify(&mut self) -> Option<Waker> {
        if self.receivers.waiting() == 0 || self.receivers.granted() >= self.available() {
            return None;
        }
        self.receivers.grant_first()?.1
    }

    /// Whether somebody who was not woken may take an item.
    #[inline]
    pub(super) fn newcomer_may_take(&self) -> bool {
        match self.fairness {
            Fairness::WorkConserving => true,
            Fairness::Strict => self.available() > self.receivers.granted(),
        }
    }

    /// Takes the next item out, and the sender to be woken if that let one in (#2).
    pub(super) fn take(&mut self, capacity: usize) -> Option<Taken<T, O>> {
        if self.senders.waiting() == 0 && self.reservers.waiting() == 0 {
            return Some((self.buffer.pop()?, None));
        }
        self.take_and_admit(capacity)
    }

    /// Whether the next item is still in its sender's slot.
    fn parked_is_next(&self) -> bool {
        let first = self.senders.first();
        first.is_some_and(|(_, rank, arrival)| self.buffer.is_behind(rank, arrival))
    }

    /// The next item, to be looked at.
    pub(super) fn peek(&self) -> Option<(&T, &O::Rank)> {
        if self.parked_is_next() {
            return self.senders.first().map(|(item, rank, _)| (item, rank));
        }
        self.buffer.peek()
    }

    fn take_and_admit(&mut self, capacity: usize) -> Option<Taken<T, O>> {
        if self.parked_is_next() {
            // Straight out of the sender's slot.
            let ((item, rank, _), waker) = self.senders.grant_first()?;
            return Some(((item, rank), waker));
        }
        let item = self.buffer.pop()?;
        Some((item, self.admit(capacity)))
    }

    /// Gives room to whoever has waited for it first; `None` if there is no room, or nobody waits
    /// (#2).
    ///
    /// Nobody is ever nudged here, so whoever is let in has a waker.
    pub(super) fn admit(&mut self, capacity: usize) -> Option<Waker> {
        if !self.has_room(capacity) {
            return None;
        }
        let reserver = self.reservers.first().copied();
        let sender = self.senders.first().map(|(_, _, arrival)| arrival);
        if reserver.is_some_and(|reserver| sender.is_none_or(|sender| reserver < sender)) {
            let (_, waker) = self.reservers.grant_first()?;
            self.reserved += 1;
            return waker;
        }
        let ((item, rank, arrival), waker) = self.senders.grant_first()?;
        self.buffer.push(item, rank, arrival);
        waker
    }

    pub(super) fn assert_invariants(&self, capacity: usize) {
        let available = self.available();
        let waiting = self.receivers.waiting();
        assert!(waiting == 0 || self.receivers.granted() >= available, "#1");
        assert_eq!(self.is_calm, self.looks_calm(), "#7");
        let waits = self.senders.waiting() > 0 || self.reservers.waiting() > 0;
        assert!(!waits || !self.has_room(capacity), "#2");
        if self.stage != Stage::Open {
            assert_eq!(self.reservers.waiting(), 0, "#5: reservations");
            assert!(!self.is_waited_for_in_vain(), "#5: receivers");
        }
        self.receivers.assert_invariants();
        self.senders.assert_invariants();
        self.reservers.assert_invariants();
        self.watchers.assert_invariants();
    }
}
