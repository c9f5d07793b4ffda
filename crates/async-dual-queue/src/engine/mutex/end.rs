//! The end of a queue, and taking everything out.

use async_waitlist::{Key, Polled, WakeBatch};
use std::task::{Context, Poll};
use std::{iter, mem};

use super::buffer::Buffer;
use super::line::{Line, Parked};
use super::state::{Stage, State};
use super::{Guarded, MutexEngine, Wakers};
use crate::engine::Ticket;

impl<T, O: Guarded> MutexEngine<T, O> {
    pub(super) fn take_all(&self) -> Vec<(T, O::Rank)> {
        let mut wakers = Wakers::default();
        let mut state = self.lock();
        let contents = Contents::of(&mut state, self.limit(), &mut wakers);
        // The room goes to those who wait to reserve (#2).
        let limit = self.limit();
        wakers.0.extend(iter::from_fn(|| state.admit(limit)));
        let in_vain = state.is_waited_for_in_vain();
        drop(state);
        drop(wakers);
        if in_vain {
            self.refuse_receivers();
        }
        contents.in_order()
    }

    pub(super) fn end_sending(&self) -> bool {
        let mut state = self.lock();
        if state.stage != Stage::Open {
            return false;
        }
        state.stage = Stage::Closed;
        drop(state);
        self.announce_the_end();
        true
    }

    pub(super) fn end_all(&self) -> Vec<(T, O::Rank)> {
        let mut wakers = Wakers::default();
        let mut state = self.lock();
        state.stage = Stage::Emptied;
        let contents = Contents::of(&mut state, self.limit(), &mut wakers);
        drop(state);
        drop(wakers);
        self.announce_the_end();
        contents.in_order()
    }

    pub(super) fn end_receiving(&self) {
        let mut state = self.lock();
        state.stage = Stage::Emptied;
        let buffer = mem::replace(&mut state.buffer, O::Buffer::EMPTY);
        drop(state);
        WakeBatch::in_rounds(|batch| self.lock().senders.refuse_all(batch));
        self.announce_the_end();
        drop(buffer);
    }

    /// Wakes those whom the end concerns; the stage is set, so nobody joins them.
    fn announce_the_end(&self) {
        WakeBatch::in_rounds(|batch| self.lock().reservers.refuse_all(batch));
        WakeBatch::in_rounds(|batch| self.lock().watchers.grant_all(batch));
        let in_vain = self.lock().is_waited_for_in_vain();
        if in_vain {
            self.refuse_receivers();
        }
    }

    pub(super) fn poll_end(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<()> {
        let mut spare = None;
        loop {
            let mut state = self.lock();
            match &*ticket {
                Ticket::Done => return Poll::Pending,
                Ticket::New if state.stage != Stage::Open => {
                    *ticket = Ticket::Done;
                    return Poll::Ready(());
                }
                Ticket::New => {
                    if let Some(waker) = spare.take() {
                        *ticket = Ticket::Waiting(state.watchers.insert((), waker));
                        return Poll::Pending;
                    }
                }
                Ticket::Waiting(key) => match state.watchers.poll(key, cx.waker(), &mut spare) {
                    Polled::Waiting => return Poll::Pending,
                    Polled::NeedsWaker => {}
                    Polled::Granted | Polled::Refused => {
                        let released = ticket.take().map(|key| state.watchers.release(key));
                        let trash = state.watchers.shrink();
                        drop(state);
                        drop((released, trash));
                        return Poll::Ready(());
                    }
                },
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    pub(super) fn leave_watchers(&self, key: Key) {
        let mut state = self.lock();
        let released = state.watchers.release(key);
        let trash = state.watchers.shrink();
        drop(state);
        drop((released, trash));
    }
}

/// Everything that was in a queue at one moment.
struct Contents<T, O: Guarded> {
    buffer: O::Buffer<T>,
    parked: Vec<Parked<T, O::Rank>>,
    /// How many are buffered before a sender has to wait.
    room: usize,
}

impl<T, O: Guarded> Contents<T, O> {
    /// Takes it out; the senders of parked items are granted.
    fn of(state: &mut State<T, O>, capacity: usize, wakers: &mut Wakers) -> Self {
        let mut parked = Vec::with_capacity(state.senders.waiting());
        while let Some((message, waker)) = state.senders.grant_first() {
            parked.push(message);
            wakers.0.extend(waker);
        }
        let buffer = mem::replace(&mut state.buffer, O::Buffer::EMPTY);
        let room = capacity.saturating_sub(state.reserved);
        Self {
            buffer,
            parked,
            room,
        }
    }

    /// The messages in the order in which they would have been received one by one.
    fn in_order(mut self) -> Vec<(T, O::Rank)> {
        let mut messages = Vec::with_capacity(self.buffer.len() + self.parked.len());
        let mut parked = self.parked.into_iter().peekable();
        loop {
            let buffer = &self.buffer;
            let is_next =
                |(_, rank, arrival): &Parked<T, O::Rank>| buffer.is_behind(rank, *arrival);
            if let Some((item, rank, _)) = parked.next_if(is_next) {
                messages.push((item, rank));
                continue;
            }
            let Some(message) = self.buffer.pop() else {
                return messages;
            };
            messages.push(message);
            if self.buffer.len() < self.room {
                if let Some((item, rank, arrival)) = parked.next() {
                    self.buffer.push(item, rank, arrival);
                }
            }
        }
    }
}
