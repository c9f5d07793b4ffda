//! Receiving.

use async_waitlist::{Key, Polled};
use std::task::{Context, Poll};

use super::buffer::Buffer;
use super::state::State;
use super::{Guard, Guarded, MutexEngine, Wakers, wake};
use crate::engine::{Ranked, Ticket};
use crate::error::{RecvError, TryRecvError};

impl<T, O: Guarded> MutexEngine<T, O> {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "called by a few small functions; a future that is polled by a call is written and read back through memory"
    )]
    pub(super) fn take_now(&self) -> Result<Ranked<T, O>, TryRecvError> {
        let mut state = self.state.lock();
        if state.is_calm {
            if let Some(item) = state.buffer.pop() {
                self.publish(state.buffer.len());
                return Ok(item);
            }
        }
        self.take_slowly(self.guard(state))
    }

    #[cold]
    fn take_slowly(&self, state: Guard<'_, T, O>) -> Result<Ranked<T, O>, TryRecvError> {
        self.take_guarded(state).map_err(|state| reason(&state))
    }

    /// Takes the next item, if one may that was not woken for it; else gives the lock back.
    #[cold]
    fn take_guarded<'a>(
        &self,
        mut state: Guard<'a, T, O>,
    ) -> Result<Ranked<T, O>, Guard<'a, T, O>> {
        if !state.newcomer_may_take() {
            return Err(state);
        }
        let Some((item, sender)) = state.take(self.limit()) else {
            return Err(state);
        };
        let in_vain = state.is_waited_for_in_vain();
        drop(state);
        wake(sender);
        if in_vain {
            self.refuse_receivers();
        }
        Ok(item)
    }

    #[inline]
    pub(super) fn begin_to_take(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Ranked<T, O>, RecvError>> {
        // Where it looks empty, one lock is enough to find out and to wait.
        if self.available() > 0 {
            if let Ok(item) = self.take_now() {
                *ticket = Ticket::Done;
                return Poll::Ready(Ok(item));
            }
        }
        self.take_or_wait(ticket, cx)
    }

    #[cold]
    fn take_or_wait(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Ranked<T, O>, RecvError>> {
        let waker = cx.waker().clone();
        let mut state = match self.take_guarded(self.lock()) {
            Ok(item) => {
                *ticket = Ticket::Done;
                return Poll::Ready(Ok(item));
            }
            Err(state) => state,
        };
        if state.is_finished() {
            *ticket = Ticket::Done;
            return Poll::Ready(Err(RecvError));
        }
        *ticket = Ticket::Waiting(state.receivers.insert((), waker));
        Poll::Pending
    }

    #[inline(never)]
    pub(super) fn go_on_to_take(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Ranked<T, O>, RecvError>> {
        let mut spare = None;
        loop {
            let mut state = self.lock();
            let Ticket::Waiting(key) = &*ticket else {
                return Poll::Pending;
            };
            match state.receivers.poll(key, cx.waker(), &mut spare) {
                Polled::Waiting => return Poll::Pending,
                Polled::NeedsWaker => {}
                Polled::Refused => return self.end_to_take(state, ticket, Err(RecvError)),
                Polled::Granted => {
                    if let Some((item, sender)) = state.take(self.limit()) {
                        let done = self.end_to_take(state, ticket, Ok(item));
                        wake(sender);
                        return done;
                    }
                    if state.is_finished() {
                        return self.end_to_take(state, ticket, Err(RecvError));
                    }
                    // Somebody else was faster: back to the front.
                    if let Some(waker) = spare.take() {
                        state.receivers.requeue_front(key, (), waker);
                        return Poll::Pending;
                    }
                }
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    /// Frees the slot of a receive that is done, and unlocks.
    fn end_to_take(
        &self,
        mut state: Guard<'_, T, O>,
        ticket: &mut Ticket,
        output: Result<Ranked<T, O>, RecvError>,
    ) -> Poll<Result<Ranked<T, O>, RecvError>> {
        let released = ticket.take().map(|key| state.receivers.release(key));
        let trash = state.receivers.shrink();
        let in_vain = state.is_waited_for_in_vain();
        drop(state);
        drop((released, trash));
        if in_vain {
            self.refuse_receivers();
        }
        Poll::Ready(output)
    }

    pub(super) fn leave_receivers(&self, key: Key) {
        let mut state = self.lock();
        let released = state.receivers.release(key);
        let next = state.notify();
        let trash = state.receivers.shrink();
        drop(state);
        drop((released, trash));
        wake(next);
    }

    pub(super) fn take_many(&self, out: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        // A guess, so that the vector mostly grows before the lock.
        out.reserve(self.available().min(max));
        let before = out.len();
        // Both leave the lock before they do anything.
        let (mut ranks, mut wakers) = (Vec::new(), Wakers::default());
        let mut state = self.lock();
        while out.len() - before < max && state.newcomer_may_take() {
            let Some(((item, rank), sender)) = state.take(self.limit()) else {
                break;
            };
            out.push(item);
            ranks.push(rank);
            wakers.0.extend(sender);
        }
        let result = match out.len() - before {
            0 => Err(reason(&state)),
            taken => Ok(taken),
        };
        let in_vain = state.is_waited_for_in_vain();
        drop(state);
        drop(wakers);
        if in_vain {
            self.refuse_receivers();
        }
        result
    }

    pub(crate) fn peek(&self) -> Option<T>
    where
        T: Copy,
    {
        self.lock().peek().map(|(item, _)| *item)
    }

    pub(crate) fn peek_rank(&self) -> Option<O::Rank>
    where
        O::Rank: Copy,
    {
        self.lock().peek().map(|(_, rank)| *rank)
    }
}

/// Why nothing was taken.
#[inline]
fn reason<T, O: Guarded>(state: &State<T, O>) -> TryRecvError {
    if state.is_finished() {
        TryRecvError::Closed
    } else {
        TryRecvError::Empty
    }
}
