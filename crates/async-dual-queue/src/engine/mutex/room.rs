//! Making room: reservations, eviction, and another capacity.

use async_waitlist::sync::atomic::Ordering;
use async_waitlist::{Key, Polled};
use std::iter;
use std::task::{Context, Poll};

use super::buffer::Buffer;
use super::state::Stage;
use super::{Fairness, Guarded, MutexEngine, Wakers, wake};
use crate::engine::{Ranked, Ticket};
use crate::error::{ReserveError, TryReserveError};

impl<T, O: Guarded> MutexEngine<T, O> {
    pub(crate) fn set_fairness(&mut self, fairness: Fairness) {
        self.state.get_mut().fairness = fairness;
    }

    pub(crate) fn set_capacity(&self, capacity: usize) {
        let mut wakers = Wakers::default();
        let mut state = self.lock();
        // Relaxed: read under the lock, or as a hint.
        self.capacity.store(capacity, Ordering::Relaxed);
        wakers.0.extend(iter::from_fn(|| state.admit(capacity)));
    }

    /// Queues the message, and returns the one that had to go; `Err` if the queue is closed.
    pub(crate) fn force(
        &self,
        item: T,
        rank: O::Rank,
    ) -> Result<Option<Ranked<T, O>>, Ranked<T, O>> {
        let mut state = self.lock();
        if state.stage != Stage::Open {
            drop(state);
            return Err((item, rank));
        }
        if state.has_room(self.limit()) {
            state.push(item, rank);
            let receiver = state.notify();
            drop(state);
            wake(receiver);
            return Ok(None);
        }
        let arrival = state.next_arrival();
        Ok(Some(state.buffer.replace_worst(item, rank, arrival)))
    }

    pub(crate) fn reserve_now(&self) -> Result<(), TryReserveError> {
        let mut state = self.lock();
        if state.stage != Stage::Open {
            return Err(TryReserveError::Closed);
        }
        if !state.has_room(self.limit()) {
            return Err(TryReserveError::Full);
        }
        state.reserved += 1;
        Ok(())
    }

    pub(crate) fn poll_reserve(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ReserveError>> {
        let mut spare = None;
        loop {
            let mut state = self.lock();
            match &*ticket {
                Ticket::Done => return Poll::Pending,
                Ticket::New if state.stage != Stage::Open => {
                    *ticket = Ticket::Done;
                    return Poll::Ready(Err(ReserveError));
                }
                Ticket::New if state.has_room(self.limit()) => {
                    state.reserved += 1;
                    *ticket = Ticket::Done;
                    return Poll::Ready(Ok(()));
                }
                Ticket::New => {
                    if let Some(waker) = spare.take() {
                        let arrival = state.next_arrival();
                        *ticket = Ticket::Waiting(state.reservers.insert(arrival, waker));
                        return Poll::Pending;
                    }
                }
                Ticket::Waiting(key) => {
                    let output = match state.reservers.poll(key, cx.waker(), &mut spare) {
                        Polled::Waiting => return Poll::Pending,
                        Polled::NeedsWaker => None,
                        Polled::Granted => Some(Ok(())),
                        Polled::Refused => Some(Err(ReserveError)),
                    };
                    if let Some(output) = output {
                        let released = ticket.take().map(|key| state.reservers.release(key));
                        let trash = state.reservers.shrink();
                        drop(state);
                        drop((released, trash));
                        return Poll::Ready(output);
                    }
                }
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    /// Ends a reservation that is not made yet; one that was granted goes to the next.
    pub(crate) fn leave_reservers(&self, key: Key) {
        let mut state = self.lock();
        let released = state.reservers.release(key);
        let trash = state.reservers.shrink();
        drop(state);
        let was_granted = released.is_granted();
        drop((released, trash));
        if was_granted {
            self.vacate();
        }
    }

    /// Gives a reserved place back.
    pub(crate) fn vacate(&self) {
        let mut state = self.lock();
        state.reserved -= 1;
        let next = state.admit(self.limit());
        let in_vain = state.is_waited_for_in_vain();
        drop(state);
        wake(next);
        if in_vain {
            self.refuse_receivers();
        }
    }

    /// Puts a message into a reserved place; it comes back if nobody can receive it any more.
    pub(crate) fn fill(&self, item: T, rank: O::Rank) -> Result<(), Ranked<T, O>> {
        let mut state = self.lock();
        state.reserved -= 1;
        if state.stage == Stage::Emptied {
            drop(state);
            return Err((item, rank));
        }
        state.push(item, rank);
        let receiver = state.notify();
        drop(state);
        wake(receiver);
        Ok(())
    }
}
