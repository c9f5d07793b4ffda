//! What a limiter's lock guards.

use super::TermsOf;
use crate::policy::{Ledger, Policy, Quota, Terms};
use crate::stats::Stats;
use crate::till::{Drawer, Till};
use crate::time::NEVER;
use async_clock::Clock;
use async_clock::alarm::Alarm;
use async_waitlist::{WaitList, WakeBatch};
use std::time::Duration;

/// The numbers in the comments are those of the invariants of [`shared`](super).
pub(crate) struct State<P: Policy, C: Clock> {
    pub(super) policy: P,
    pub(super) quota: Quota,
    pub(super) terms: TermsOf<P>,
    pub(super) ledger: P::Ledger,
    pub(super) held: u32,
    /// The latest instant seen, in nanoseconds since the epoch.
    pub(super) last: u64,
    pub(crate) waiters: WaitList<u32>,
    pub(super) max_waiters: usize,
    pub(crate) closed: bool,
    pub(super) drawer: Drawer,
    pub(super) granted: u64,
    pub(super) denied: u64,
    pub(super) cancelled: u64,
    pub(super) alarm: Alarm<C>,
}

/// Why a request can't even wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Closed,
    ExceedsLimit,
    QueueFull,
}

/// What becomes of the permits once a request is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// They are stamped when the request takes notice.
    Stamp,
    /// They stay held: a guard will stamp them.
    Hold,
}

impl<P: Policy, C: Clock> State<P, C> {
    pub(crate) fn new(policy: P, quota: Quota, max_waiters: usize) -> Self {
        let terms = policy.terms(quota);
        Self {
            policy,
            quota,
            terms,
            ledger: P::Ledger::default(),
            held: 0,
            last: 0,
            waiters: WaitList::new(),
            max_waiters,
            closed: false,
            drawer: Drawer::default(),
            granted: 0,
            denied: 0,
            cancelled: 0,
            alarm: Alarm::new(),
        }
    }

    /// Takes the past over.
    pub(crate) fn inherit(&mut self, ledger: P::Ledger, now: u64) {
        self.ledger = ledger;
        self.last = now;
    }

    /// The instant of this critical section, and the stamp of what is claimed in it.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.last
    }

    #[inline]
    pub(super) fn room(&self) -> u32 {
        self.ledger.room(&self.terms, self.last, self.held)
    }

    #[inline]
    pub(super) fn fits(&self, permits: u32) -> bool {
        self.ledger.fits(&self.terms, self.last, self.held, permits)
    }

    /// When the head will fit (#3).
    pub(super) fn ready_at(&self, permits: u32) -> u64 {
        let (now, held) = (self.last, self.held);
        self.ledger.ready_at(&self.terms, now, held, permits)
    }

    #[inline]
    pub(super) fn stamp(&mut self, permits: u32) {
        self.ledger.record(&self.terms, self.last, permits);
    }

    /// Whether a request can be served at all.
    #[inline]
    pub(crate) fn admits(&self, permits: u32) -> Result<(), Refusal> {
        if self.closed {
            Err(Refusal::Closed)
        } else if self.is_beyond(permits) {
            Err(Refusal::ExceedsLimit)
        } else {
            Ok(())
        }
    }

    /// Nothing is beyond a limit of 0: that is a pause.
    fn is_beyond(&self, permits: u32) -> bool {
        self.quota.limit > 0 && permits > self.terms.capacity()
    }

    /// Grants `permits` to a newcomer, unless they don't fit or somebody waits.
    #[inline]
    pub(crate) fn grant(&mut self, permits: u32, claim: Claim) -> bool {
        // No permits are nobody's loss (#1).
        if permits > 0 && (self.waiters.waiting() > 0 || !self.fits(permits)) {
            return false;
        }
        self.granted += u64::from(permits);
        match claim {
            Claim::Stamp => self.stamp(permits),
            Claim::Hold => self.held += permits,
        }
        true
    }

    /// As many as fit, `most` at most.
    pub(crate) fn grant_up_to(&mut self, most: u32) -> u32 {
        if self.closed || self.waiters.waiting() > 0 {
            return 0;
        }
        let permits = most.min(self.room());
        self.grant(permits, Claim::Stamp);
        permits
    }

    /// Whether another waiter is allowed.
    pub(crate) fn may_queue(&self) -> bool {
        self.waiters.waiting() < self.max_waiters
    }

    /// A waiter takes what it was granted.
    pub(crate) fn claim(&mut self, permits: u32, claim: Claim) {
        self.granted += u64::from(permits);
        if claim == Claim::Stamp {
            self.stamp_held(permits);
        }
    }

    /// Held permits get their stamp.
    pub(crate) fn stamp_held(&mut self, permits: u32) {
        self.held -= permits;
        self.stamp(permits);
    }

    /// Held permits will not be used.
    pub(crate) fn give_back(&mut self, permits: u32) {
        self.held -= permits;
    }

    pub(crate) fn count_cancelled(&mut self) {
        self.cancelled += 1;
    }

    pub(crate) fn refund(&mut self, permits: u32) -> u32 {
        self.ledger.refund(&self.terms, self.last, permits)
    }

    pub(crate) fn reset(&mut self) {
        self.ledger = P::Ledger::default();
    }

    /// Starts with all but `free` permits taken.
    pub(crate) fn start_with(&mut self, free: u32) {
        let taken = self.terms.capacity().saturating_sub(free);
        self.stamp(taken);
    }

    pub(crate) fn set_quota(&mut self, change: impl FnOnce(&mut Quota)) {
        change(&mut self.quota);
        let terms = self.policy.terms(self.quota);
        self.ledger.change(&self.terms, &terms, self.last);
        self.terms = terms;
    }

    /// Refuses the waiters that have become too large; false if there are more.
    pub(crate) fn refuse_beyond(&mut self, batch: &mut WakeBatch) -> bool {
        if self.quota.limit == 0 {
            return true;
        }
        let capacity = self.terms.capacity();
        self.waiters
            .refuse_where(batch, |&permits| permits > capacity)
    }

    /// When a newcomer is granted `permits`, if all claim at once and nobody gives up.
    pub(crate) fn forecast(&self, permits: u32) -> u64 {
        if permits == 0 {
            return self.last;
        }
        if self.is_beyond(permits) {
            return NEVER;
        }
        if self.waiters.waiting() == 0 && self.held == 0 {
            return self.ledger.ready_at(&self.terms, self.last, 0, permits);
        }
        let queue = self.waiters.iter().copied().chain(std::iter::once(permits));
        self.ledger
            .forecast(&self.terms, self.last, self.held, queue)
    }

    pub(crate) fn policy(&self) -> &P {
        &self.policy
    }

    /// The statistics that the state alone knows.
    pub(crate) fn outline(&self) -> Stats {
        let per = match self.quota.per {
            NEVER => Duration::MAX,
            nanos => Duration::from_nanos(nanos),
        };
        Stats {
            limit: self.quota.limit,
            per,
            in_window: self.ledger.in_window(&self.terms, self.last),
            reserved: self.held,
            waiting: self.waiters.waiting(),
            granted: self.granted,
            denied: self.denied,
            cancelled: self.cancelled,
            next_free: None,
        }
    }

    /// Puts permits on the till, or the time of the next one; nobody waits.
    #[inline]
    pub(super) fn reopen(&mut self, till: &Till) {
        if self.closed {
            return;
        }
        let room = self.room();
        till.open(&mut self.drawer, room);
        if room == 0 && self.held == 0 {
            till.deny_until(self.ledger.ready_at(&self.terms, self.last, 0, 1));
        }
    }
}
