//! Sending.

use async_waitlist::sync::atomic::Ordering;
use async_waitlist::{Key, Polled, Released};
use std::mem;
use std::task::{Context, Poll};

use super::slots::PushError;
use super::{RECEIVERS, RingEngine, SENDERS};
use crate::engine::wake::wake;
use crate::engine::{Parcel, Ranked};
use crate::error::TrySendError;
use crate::order::Ring;

impl<T> RingEngine<T> {
    #[inline]
    pub(super) fn push_now(&self, item: T) -> Result<(), TrySendError<T>> {
        // Relaxed: politeness towards parked senders; nothing is lost when one is not seen.
        if self.flags.load(Ordering::Relaxed) & SENDERS != 0 {
            return Err(self.refusal(item));
        }
        match self.ring.push(item) {
            Ok(()) => {}
            Err(PushError::Full(item)) => return Err(TrySendError::Full(item)),
            Err(PushError::Closed(item)) => return Err(TrySendError::Closed(item)),
        }
        if self.is_set(RECEIVERS) {
            self.visit_to_notify();
        }
        Ok(())
    }

    #[cold]
    fn refusal(&self, item: T) -> TrySendError<T> {
        if self.ring.is_closed() {
            TrySendError::Closed(item)
        } else {
            TrySendError::Full(item)
        }
    }

    #[inline]
    pub(super) fn begin_to_push(
        &self,
        parcel: &mut Parcel<T, ()>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Ranked<T, Ring>>> {
        let Some((item, ())) = parcel.open() else {
            return Poll::Pending;
        };
        match self.push_now(item) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(TrySendError::Closed(item)) => Poll::Ready(Err((item, ()))),
            Err(TrySendError::Full(item)) => {
                *parcel = Parcel::Held(item, ());
                self.push_or_park(parcel, cx)
            }
        }
    }

    #[cold]
    fn push_or_park(
        &self,
        parcel: &mut Parcel<T, ()>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Ranked<T, Ring>>> {
        let waker = cx.waker().clone();
        let mut waiters = self.lock();
        let Some((item, ())) = parcel.open() else {
            return Poll::Pending;
        };
        self.set(SENDERS);
        // Nobody passes those who are parked: whoever made room is on the way to refill.
        let must_queue = waiters.senders.waiting() > 0 && !self.ring.is_closed();
        let pushed = if must_queue {
            Err(PushError::Full(item))
        } else {
            self.ring.push(item)
        };
        let output = match pushed {
            Err(PushError::Full(item)) => {
                *parcel = Parcel::Parked(waiters.senders.insert(Some(item), waker));
                return Poll::Pending;
            }
            Err(PushError::Closed(item)) => Err((item, ())),
            Ok(()) => Ok(()),
        };
        let receiver = self.notify(&mut waiters);
        self.clear_flags(&waiters);
        drop(waiters);
        wake(receiver);
        Poll::Ready(output)
    }

    #[inline(never)]
    pub(super) fn go_on_to_push(
        &self,
        parcel: &mut Parcel<T, ()>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Ranked<T, Ring>>> {
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
                    let Parcel::Parked(key) = mem::replace(parcel, Parcel::Done) else {
                        return Poll::Pending;
                    };
                    let refused = self.take_back(key);
                    return Poll::Ready(refused.map_or(Ok(()), |item| Err((item, ()))));
                }
            }
        }
    }

    /// Frees the slot of a send; its item comes back, unless it was received or queued.
    pub(super) fn take_back(&self, key: Key) -> Option<T> {
        let mut waiters = self.lock();
        let released = waiters.senders.release(key);
        let trash = waiters.senders.shrink();
        self.clear_flags(&waiters);
        drop(waiters);
        drop(trash);
        match released {
            Released::Waiting(item, waker) => {
                drop(waker);
                item
            }
            Released::Refused(item) => item,
            Released::Granted => None,
        }
    }
}
