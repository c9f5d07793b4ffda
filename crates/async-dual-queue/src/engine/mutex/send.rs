//! Sending.

use async_waitlist::{Key, Polled, Released};
use std::task::{Context, Poll};

use super::buffer::Buffer;
use super::line::Line;
use super::state::Stage;
use super::{Guard, Guarded, MutexEngine, wake};
use crate::engine::{Parcel, Ranked};
use crate::error::TrySendError;

impl<T, O: Guarded> MutexEngine<T, O> {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "called by a few small functions; a future that is polled by a call is written and read back through memory"
    )]
    pub(super) fn push_now(
        &self,
        item: T,
        rank: O::Rank,
    ) -> Result<(), TrySendError<Ranked<T, O>>> {
        let mut state = self.state.lock();
        if state.is_calm && state.has_room(self.limit()) {
            state.push(item, rank);
            self.publish(state.buffer.len());
            return Ok(());
        }
        self.push_guarded(self.guard(state), item, rank)
    }

    #[cold]
    fn push_guarded(
        &self,
        mut state: Guard<'_, T, O>,
        item: T,
        rank: O::Rank,
    ) -> Result<(), TrySendError<Ranked<T, O>>> {
        if state.stage != Stage::Open {
            drop(state);
            return Err(TrySendError::Closed((item, rank)));
        }
        if !state.has_room(self.limit()) {
            drop(state);
            return Err(TrySendError::Full((item, rank)));
        }
        state.push(item, rank);
        let receiver = state.notify();
        drop(state);
        wake(receiver);
        Ok(())
    }

    #[inline]
    pub(super) fn begin_to_push(
        &self,
        item: T,
        rank: O::Rank,
        parcel: &mut Parcel<T, O::Rank>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Ranked<T, O>>> {
        match self.push_now(item, rank) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(TrySendError::Closed(message)) => Poll::Ready(Err(message)),
            Err(TrySendError::Full((item, rank))) => {
                *parcel = Parcel::Held(item, rank);
                self.push_or_park(parcel, cx)
            }
        }
    }

    #[cold]
    fn push_or_park(
        &self,
        parcel: &mut Parcel<T, O::Rank>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Ranked<T, O>>> {
        let waker = cx.waker().clone();
        let mut state = self.lock();
        let Some((item, rank)) = parcel.open() else {
            return Poll::Pending;
        };
        if state.stage != Stage::Open {
            drop(state);
            return Poll::Ready(Err((item, rank)));
        }
        let pushed = if state.has_room(self.limit()) {
            state.push(item, rank);
            Poll::Ready(Ok(()))
        } else {
            let arrival = state.next_arrival();
            *parcel = Parcel::Parked(state.senders.insert(item, rank, arrival, waker));
            Poll::Pending
        };
        let receiver = state.notify();
        drop(state);
        wake(receiver);
        pushed
    }

    #[inline(never)]
    pub(super) fn go_on_to_push(
        &self,
        parcel: &mut Parcel<T, O::Rank>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Ranked<T, O>>> {
        let mut spare = None;
        loop {
            let Parcel::Parked(key) = &*parcel else {
                return Poll::Pending;
            };
            let polled = self.lock().senders.poll(key, cx.waker(), &mut spare);
            match polled {
                Polled::Waiting => return Poll::Pending,
                Polled::NeedsWaker => spare = Some(cx.waker().clone()),
                Polled::Granted | Polled::Refused => {
                    let Parcel::Parked(key) = std::mem::replace(parcel, Parcel::Done) else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(self.take_back(key).map_or(Ok(()), Err));
                }
            }
        }
    }

    /// Frees the slot of a send; its message comes back, unless it was received or queued.
    pub(super) fn take_back(&self, key: Key) -> Option<Ranked<T, O>> {
        let mut state = self.lock();
        let released = state.senders.release(key);
        let trash = state.senders.shrink();
        let in_vain = state.is_waited_for_in_vain();
        drop(state);
        drop(trash);
        if in_vain {
            self.refuse_receivers();
        }
        match released {
            Released::Waiting(message, waker) => {
                drop(waker);
                Some(message)
            }
            Released::Refused(message) => Some(message),
            Released::Granted => None,
        }
    }
}
