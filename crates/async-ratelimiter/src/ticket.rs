//! What all waiting futures are made of: a request, and the way to its limiter.

use crate::policy::Policy;
use crate::shared::{Claim, Refusal, Shared};
use crate::time::NEVER;
use async_clock::Clock;
use async_waitlist::{Key, Polled, Released};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A borrowed or an owned way to the limiter: one future type serves both.
pub(crate) enum Handle<'a, P: Policy, C: Clock> {
    Borrowed(&'a Arc<Shared<P, C>>),
    Owned(Arc<Shared<P, C>>),
}

impl<P: Policy, C: Clock> Handle<'_, P, C> {
    #[inline]
    pub(crate) fn shared(&self) -> &Arc<Shared<P, C>> {
        match self {
            Self::Borrowed(shared) => shared,
            Self::Owned(shared) => shared,
        }
    }
}

impl<P: Policy, C: Clock> Clone for Handle<'_, P, C> {
    fn clone(&self) -> Self {
        match self {
            Self::Borrowed(shared) => Self::Borrowed(shared),
            Self::Owned(shared) => Self::Owned(shared.clone()),
        }
    }
}

/// A request for permits, without the way to the limiter.
#[derive(Debug)]
pub(crate) struct Ticket {
    permits: u32,
    claim: Claim,
    stage: Stage,
}

/// Moves: `New` → `Queued` → `Done`, or `New` → `Done`.
#[derive(Debug)]
enum Stage {
    New,
    Queued(Key),
    Done,
}

/// What a request gets: the stamp, or for a guard the moment of the grant.
type Outcome = Result<u64, Shortfall>;

/// Why it gets nothing.
#[derive(Debug)]
pub(crate) enum Shortfall {
    Refused(Refusal),
    /// The deadline comes before this instant, in nanoseconds since the epoch.
    Late(u64),
}

impl Ticket {
    pub(crate) fn new(permits: u32, claim: Claim) -> Self {
        Self {
            permits,
            claim,
            stage: Stage::New,
        }
    }

    pub(crate) fn permits(&self) -> u32 {
        self.permits
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// Pending for ever once it has been ready.
    ///
    /// Nothing is granted at `end` or later, and no place taken if that would be needed.
    #[inline]
    pub(crate) fn poll<P: Policy, C: Clock>(
        &mut self,
        shared: &Arc<Shared<P, C>>,
        end: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Outcome> {
        match self.stage {
            Stage::New => {
                let now = shared.now();
                if self.claim == Claim::Stamp
                    && now < end
                    && shared.claim_from_till(self.permits, now)
                {
                    self.stage = Stage::Done;
                    return Poll::Ready(Ok(now));
                }
                let waker = cx.waker().clone();
                if end == NEVER {
                    return self.enqueue_if(shared, now, waker, None);
                }
                self.enqueue_if(shared, now, waker, Some(&mut |ready_at| ready_at < end))
            }
            Stage::Queued(_) => self.poll_queued(shared, end, cx),
            Stage::Done => Poll::Pending,
        }
    }

    /// Grants the permits at once, or takes the last place in the queue; neither if `in_time` says
    /// no to the instant at which they are expected.
    fn enqueue_if<P: Policy, C: Clock>(
        &mut self,
        shared: &Arc<Shared<P, C>>,
        now: u64,
        waker: Waker,
        in_time: Option<&mut dyn FnMut(u64) -> bool>,
    ) -> Poll<Outcome> {
        enum Next {
            Granted(u64),
            Queued(Key),
            Short(Shortfall),
        }
        let mut waker = Some(waker); // dropped after the lock, if it is not needed
        let next = shared.update(now, |state| {
            if let Err(refusal) = state.admits(self.permits) {
                return Next::Short(Shortfall::Refused(refusal));
            }
            if let Some(in_time) = in_time {
                let ready_at = state.forecast(self.permits);
                if !in_time(ready_at) {
                    return Next::Short(Shortfall::Late(ready_at));
                }
            }
            if state.grant(self.permits, self.claim) {
                return Next::Granted(state.now());
            }
            match waker.take() {
                Some(waker) if state.may_queue() => {
                    Next::Queued(state.waiters.insert(self.permits, waker))
                }
                unneeded => {
                    waker = unneeded;
                    Next::Short(Shortfall::Refused(Refusal::QueueFull))
                }
            }
        });
        drop(waker);
        match next {
            Next::Queued(key) => {
                self.stage = Stage::Queued(key);
                Poll::Pending
            }
            Next::Granted(at) => {
                self.stage = Stage::Done;
                Poll::Ready(Ok(at))
            }
            Next::Short(shortfall) => {
                self.stage = Stage::Done;
                Poll::Ready(Err(shortfall))
            }
        }
    }

    /// Takes a place without a task that waits for it; says also when the permits are expected.
    pub(crate) fn reserve<P: Policy, C: Clock>(
        &mut self,
        shared: &Arc<Shared<P, C>>,
        now: u64,
        waker: Waker,
    ) -> (u64, Poll<Outcome>) {
        let mut expected = NEVER;
        let mut note = |ready_at| {
            expected = ready_at;
            true
        };
        let polled = self.enqueue_if(shared, now, waker, Some(&mut note));
        (expected, polled)
    }

    fn poll_queued<P: Policy, C: Clock>(
        &mut self,
        shared: &Arc<Shared<P, C>>,
        end: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Outcome> {
        let Stage::Queued(key) = &self.stage else {
            return Poll::Pending;
        };
        let mut spare = None; // a replaced waker is dropped after the lock
        loop {
            match shared.peek(|state| state.waiters.poll(key, cx.waker(), &mut spare)) {
                Polled::Waiting => return Poll::Pending,
                Polled::NeedsWaker => spare = Some(cx.waker().clone()),
                Polled::Granted | Polled::Refused => break,
            }
        }
        // A grant is final, and so is a refusal: nobody else touches the slot any more.
        Poll::Ready(self.leave(shared, end))
    }

    /// Leaves the queue with whatever there is.
    pub(crate) fn leave<P: Policy, C: Clock>(
        &mut self,
        shared: &Arc<Shared<P, C>>,
        end: u64,
    ) -> Outcome {
        let Stage::Queued(key) = std::mem::replace(&mut self.stage, Stage::Done) else {
            return Err(Shortfall::Late(NEVER));
        };
        let (outcome, _dropped_unlocked) = shared.update(shared.now(), |state| {
            let released = state.waiters.release(key);
            let outcome = if released.is_granted() {
                if state.now() < end {
                    state.claim(self.permits, self.claim);
                    Ok(state.now())
                } else {
                    state.give_back(self.permits);
                    state.count_cancelled();
                    Err(Shortfall::Late(state.now()))
                }
            } else if let Released::Waiting(..) = released {
                state.count_cancelled();
                Err(Shortfall::Late(state.forecast(self.permits)))
            } else if state.closed {
                Err(Shortfall::Refused(Refusal::Closed))
            } else {
                Err(Shortfall::Refused(Refusal::ExceedsLimit))
            };
            (outcome, (released, state.waiters.shrink()))
        });
        outcome
    }

    /// Gives up the place, or the grant that was not taken.
    pub(crate) fn cancel<P: Policy, C: Clock>(&mut self, shared: &Arc<Shared<P, C>>) {
        let Stage::Queued(key) = std::mem::replace(&mut self.stage, Stage::Done) else {
            return;
        };
        let _dropped_unlocked = shared.update(shared.now(), |state| {
            let released = state.waiters.release(key);
            if released.is_granted() {
                state.give_back(self.permits);
            }
            state.count_cancelled();
            (released, state.waiters.shrink())
        });
    }
}
