//! What all handles of a limiter share: the ledger, the waiters and the alarm, under one lock.
//!
//! # Invariants
//!
//! 1. Strict order: while somebody waits the till is closed, and only the head of the queue is
//!    granted.
//! 2. Whenever the lock is free, the head does not fit, or the alarm is wished for now, or a call
//!    of `serve` is between two of its rounds.
//! 3. The alarm is wished for when the head fits; for nothing while permits that are held and not
//!    stamped are all that stands in the way. Whoever stamps them or gives them back looks again.
//! 4. `held` counts the permits that are granted, or in the hands of a guard, and not stamped.
//! 5. `last` never falls, and no stamp in the ledger is later.
//! 6. The clock is read, wakers are cloned, called and dropped, and memory of the queue is given
//!    back without the lock.
//!
//! # Never more than `n` in any half-open window of length `per`
//!
//! Take n + 1 permits stamped inside [t, t + per), and of these the one that was granted last, at
//! x < t + per. Each of the others was held at x (#4, or on the till), or had been stamped at some
//! s ≥ t > x − per and was still in the ledger. So n were counted, and it was not granted.
//! A permit from the till is granted when the till is opened, and stamped no earlier.

mod state;

pub(crate) use state::{Claim, Refusal, State};

use crate::error::TryAcquireError;
use crate::policy::{Algorithm, Ledger, Policy};
use crate::stats::{RetryAfter, Stats};
use crate::till::Till;
use crate::time::Epoch;
use async_clock::Clock;
use async_clock::alarm::{Alarm, AlarmHost, Fired, settle};
use async_waitlist::WakeBatch;
use async_waitlist::sync::{Mutex, MutexGuard};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// How many waiters one call grants before it leaves the rest to the alarm.
const GRANTS_AT_ONCE: u32 = 64;

pub(crate) type TermsOf<P> = <<P as Algorithm>::Ledger as Ledger>::Terms;

pub(crate) struct Shared<P: Policy, C: Clock> {
    pub(crate) clock: C,
    pub(crate) epoch: Epoch,
    till: Till,
    state: Mutex<State<P, C>>,
}

impl<P: Policy, C: Clock> Shared<P, C> {
    pub(crate) fn new(clock: C, epoch: Epoch, state: State<P, C>) -> Arc<Self> {
        let (till, state) = (Till::new(), Mutex::new(state));
        Arc::new(Self {
            clock,
            epoch,
            till,
            state,
        })
    }

    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.epoch.nanos(self.clock.now())
    }

    pub(crate) fn retry_after(self: &Arc<Self>, permits: u32) -> RetryAfter {
        let now = self.now();
        let (at, now) = self.update(now, |state| (state.forecast(permits), state.last));
        self.epoch.retry_after(at, now)
    }

    /// Takes permits at once, without the lock if the till is open.
    #[inline]
    pub(crate) fn try_acquire(
        self: &Arc<Self>,
        permits: u32,
        claim: Claim,
    ) -> Result<(), TryAcquireError> {
        let now = self.now();
        if claim == Claim::Stamp && self.till.claim(permits, now) {
            return Ok(());
        }
        self.try_acquire_locked(permits, claim, now)
    }

    #[cold]
    fn try_acquire_locked(
        self: &Arc<Self>,
        permits: u32,
        claim: Claim,
        now: u64,
    ) -> Result<(), TryAcquireError> {
        if permits == 1 {
            if let Some(at) = self.till.denies(now) {
                return Err(TryAcquireError::Limited(self.epoch.retry_after(at, now)));
            }
        }
        let state = self.state.lock();
        // Another thread may have opened the till while this one waited for the lock: closing it
        // again would send everybody here.
        if claim == Claim::Stamp && self.till.claim(permits, now) {
            return Ok(());
        }
        self.update_locked(state, now, |state| {
            match state.admits(permits) {
                Ok(()) => {}
                Err(Refusal::Closed) => return Err(TryAcquireError::Closed),
                Err(_) => return Err(TryAcquireError::ExceedsLimit),
            }
            if state.grant(permits, claim) {
                return Ok(());
            }
            state.denied += 1;
            let retry = self.epoch.retry_after(state.forecast(permits), state.last);
            Err(TryAcquireError::Limited(retry))
        })
    }

    /// The fast path of futures: as [`try_acquire`](Self::try_acquire), and false if it is closed.
    #[inline]
    pub(crate) fn claim_from_till(&self, permits: u32, now: u64) -> bool {
        self.till.claim(permits, now)
    }

    /// Runs `act` under the lock with the till closed, then grants whoever fits, opens the till if
    /// nobody waits, wakes, and sets the alarm.
    ///
    /// What `act` returns may hold wakers and memory: it leaves the critical section before the
    /// caller drops it (#6).
    #[inline]
    pub(crate) fn update<R>(
        self: &Arc<Self>,
        now: u64,
        act: impl FnOnce(&mut State<P, C>) -> R,
    ) -> R {
        self.update_locked(self.state.lock(), now, act)
    }

    #[inline]
    fn update_locked<R>(
        self: &Arc<Self>,
        state: MutexGuard<'_, State<P, C>>,
        now: u64,
        act: impl FnOnce(&mut State<P, C>) -> R,
    ) -> R {
        let mut state = self.enter(state, now);
        let result = act(&mut state);
        if state.waiters.waiting() == 0 {
            self.leave(state);
        } else if !self.rests(&mut state) {
            self.serve_and_settle(state, |_, _| true);
        }
        result
    }

    /// As [`update`](Self::update); `refuse` puts those it refuses into the batch, and is called
    /// again, under the lock anew, until it says that none is left.
    pub(crate) fn update_refusing(
        self: &Arc<Self>,
        now: u64,
        act: impl FnOnce(&mut State<P, C>),
        refuse: impl FnMut(&mut State<P, C>, &mut WakeBatch) -> bool,
    ) {
        let mut state = self.lock(now);
        act(&mut state);
        self.serve_and_settle(state, refuse);
    }

    /// Looks at the state as it is: no permit changes hands.
    pub(crate) fn peek<R>(&self, act: impl FnOnce(&mut State<P, C>) -> R) -> R {
        act(&mut self.state.lock())
    }

    /// Locks, closes the till, and brings the ledger up to `now`.
    fn lock(&self, now: u64) -> MutexGuard<'_, State<P, C>> {
        self.enter(self.state.lock(), now)
    }

    /// As [`lock`](Self::lock), with the lock at hand.
    #[inline]
    fn enter<'a>(
        &'a self,
        mut guard: MutexGuard<'a, State<P, C>>,
        now: u64,
    ) -> MutexGuard<'a, State<P, C>> {
        self.collect(&mut guard);
        if guard.drawer.missing() != 0 {
            drop(guard);
            guard = self.lock_after_stragglers();
        }
        let state = &mut *guard;
        state.last = state.last.max(now);
        state.ledger.expire(&state.terms, state.last);
        guard
    }

    /// Enters what was claimed from the till.
    #[inline]
    fn collect(&self, state: &mut State<P, C>) {
        let State {
            drawer,
            ledger,
            terms,
            last,
            granted,
            ..
        } = state;
        self.till.close(drawer, |stamp| {
            *last = (*last).max(stamp); // #5
            ledger.record(terms, *last, 1);
            *granted += 1;
        });
    }

    /// Some claims have not been stamped yet: reads the clock once more for them.
    #[cold]
    fn lock_after_stragglers(&self) -> MutexGuard<'_, State<P, C>> {
        let mut seen = 0;
        loop {
            let now = self.now(); // without the lock (#6), and after `seen` was read
            let mut guard = self.state.lock();
            let state = &mut *guard;
            self.collect(state);
            let entered = state.drawer.take_missing(seen);
            if entered > 0 {
                state.last = state.last.max(now);
                state.granted += u64::from(entered);
                state.stamp(entered);
            }
            seen = state.drawer.missing();
            if seen == 0 {
                return guard;
            }
        }
    }

    /// Unlocks with nobody waiting.
    #[inline]
    fn leave(&self, mut state: MutexGuard<'_, State<P, C>>) {
        state.reopen(&self.till);
        if state.alarm.wished().is_some() {
            let _ = state.alarm.wish(None); // nothing to settle: a timer fires in vain at most
        }
    }

    /// Whether nothing has changed for those who wait: the head does not fit, and the alarm is set.
    fn rests(&self, state: &mut State<P, C>) -> bool {
        let Some(&permits) = state.waiters.first() else {
            return false;
        };
        !state.fits(permits)
            && !state
                .alarm
                .wish(self.epoch.instant(state.ready_at(permits)))
    }

    #[cold]
    fn serve_and_settle(
        self: &Arc<Self>,
        state: MutexGuard<'_, State<P, C>>,
        refuse: impl FnMut(&mut State<P, C>, &mut WakeBatch) -> bool,
    ) {
        let woken = self.serve(state, refuse);
        settle(self);
        if let Err(panic) = woken {
            resume_unwind(panic);
        }
    }

    /// Refuses, then grants those at the head that fit, wishes for the next, unlocks and wakes.
    ///
    /// Gives the panic of a waker back: the alarm comes first.
    fn serve<'a>(
        &'a self,
        state: MutexGuard<'a, State<P, C>>,
        mut refuse: impl FnMut(&mut State<P, C>, &mut WakeBatch) -> bool,
    ) -> std::thread::Result<()> {
        let mut locked = Some(state);
        let mut refusing = true;
        let mut grants_left = GRANTS_AT_ONCE;
        // The guard of each round ends within the closure, before the batch is woken (#6).
        let fill = |batch: &mut WakeBatch| {
            let mut state = locked.take().unwrap_or_else(|| self.lock(self.now()));
            if refusing {
                if !refuse(&mut state, batch) {
                    return false;
                }
                refusing = false;
            }
            while let Some(&permits) = state.waiters.first() {
                let at = if !state.fits(permits) {
                    state.ready_at(permits)
                } else if grants_left == 0 {
                    state.last // #2: the alarm goes on
                } else if batch.is_full() {
                    return false;
                } else {
                    if let Some((permits, waker)) = state.waiters.grant_first() {
                        state.held += permits;
                        batch.push(waker);
                    }
                    grants_left -= 1;
                    continue;
                };
                let _ = state.alarm.wish(self.epoch.instant(at)); // the caller settles
                return true;
            }
            self.leave(state);
            true
        };
        catch_unwind(AssertUnwindSafe(|| WakeBatch::in_rounds(fill)))
    }

    /// For [`Keyed`](crate::Keyed): from when on the ledger says no more than a new one; unknown
    /// while a claim is under way.
    pub(crate) fn blank_at(&self) -> Option<u64> {
        let mut state = self.state.lock();
        self.collect(&mut state);
        let State {
            drawer,
            ledger,
            terms,
            ..
        } = &*state;
        (drawer.missing() == 0).then(|| ledger.blank_at(terms))
    }

    pub(crate) fn stats(self: &Arc<Self>) -> Stats {
        let now = self.now();
        let (mut stats, next_free) = self.update(now, |state| (state.outline(), state.forecast(1)));
        stats.denied += self.till.denied();
        stats.next_free = self.epoch.instant(next_free);
        stats
    }
}

impl<P: Policy, C: Clock> AlarmHost for Shared<P, C> {
    type Clock = C;

    fn clock(&self) -> &C {
        &self.clock
    }

    fn with_alarm<R>(&self, f: impl FnOnce(&mut Alarm<C>) -> R) -> R {
        f(&mut self.state.lock().alarm)
    }

    fn on_alarm(&self, fired: Fired) {
        let mut state = self.lock(self.now());
        state.alarm.fired(fired);
        let woken = self.serve(state, |_, _| true);
        // Whoever calls the alarm settles, also when this panics.
        if let Err(panic) = woken {
            resume_unwind(panic);
        }
    }
}
