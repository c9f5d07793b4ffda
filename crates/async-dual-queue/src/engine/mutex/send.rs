//! Sending.

use async_waitlist::{Key, Polled, Released};
use std::task::{Context, Poll};

use super::line::Line;
use super::state::Stage;
use super::{Guarded, MutexEngine, wake};
use crate::engine::Parcel;
use crate::error::TrySendError;

impl<T, O: Guarded> MutexEngine<T, O> {
    #[inline]
    pub(super) fn push_now(
        &self,
        item: T,
        rank: O::Rank,
    ) -> Result<(), TrySendError<(T, O::Rank)>> {
        let mut state = self.lock();
        if state.stage != Stage::Open {
            drop(state);
            return Err(TrySendError::Closed((item, rank)));
        }
        if !state.has_room(self.limit()) {
            drop(state);
            return Err(TrySendError::Full((item, rank)));
        }
        let receiver = state.push(item, rank);
        drop(state);
        wake(receiver);
        Ok(())
    }

    #[inline]
    pub(super) fn begin_to_push(
        &self,
        parcel: &mut Parcel<T, O::Rank>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), (T, O::Rank)>> {
        // Cloned before the lock if it looks as if it were needed, so that one lock suffices.
        let mut waker = (self.available() >= self.limit()).then(|| cx.waker().clone());
        loop {
            let mut state = self.lock();
            let has_room = state.has_room(self.limit());
            if state.stage == Stage::Open && !has_room && waker.is_none() {
                drop(state);
                waker = Some(cx.waker().clone());
                continue;
            }
            let Some((item, rank)) = parcel.open() else {
                return Poll::Pending;
            };
            if state.stage != Stage::Open {
                drop(state);
                return Poll::Ready(Err((item, rank)));
            }
            if has_room {
                let receiver = state.push(item, rank);
                drop(state);
                wake(receiver);
                return Poll::Ready(Ok(()));
            }
            if let Some(waker) = waker.take() {
                let arrival = state.next_arrival();
                let key = state.senders.insert(item, rank, arrival, waker);
                *parcel = Parcel::Parked(key);
                let receiver = state.notify();
                drop(state);
                wake(receiver);
            }
            return Poll::Pending;
        }
    }

    pub(super) fn go_on_to_push(
        &self,
        parcel: &mut Parcel<T, O::Rank>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), (T, O::Rank)>> {
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
    pub(super) fn take_back(&self, key: Key) -> Option<(T, O::Rank)> {
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
