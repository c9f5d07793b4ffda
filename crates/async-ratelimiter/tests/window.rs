//! Never more than `n` stamps in any half-open window of the period, whatever is done to a limiter.

mod support;

use async_clock::{Clock, ManualClock};
use async_ratelimiter::{
    Acquire, Gcra, Guard, Policy, QuantizedLog, Reservation, SlidingLog, TryAcquireError,
};
use fastrand::Rng;
use std::task::Poll;
use std::time::{Duration, Instant};
use support::{Limiter, densest, limiter_with, n, nanos, poll};

/// A permit and the largest limit that was in force from its request to its stamp.
#[derive(Clone, Copy, Debug)]
struct Permit {
    stamp: u64,
    limit: u32,
}

/// Something that has asked and not been stamped.
struct Asking<T> {
    what: T,
    permits: u32,
    limit: u32,
}

/// One random program on one limiter.
struct Program<P: Policy> {
    limiter: Limiter<P>,
    clock: ManualClock,
    start: Instant,
    limit: u32,
    per: u64,
    /// When the period was changed, and to what.
    periods: Vec<(u64, u64)>,
    permits: Vec<Permit>,
    waiting: Vec<Asking<Acquire<'static, P, ManualClock>>>,
    reserved: Vec<Asking<Reservation<'static, P, ManualClock>>>,
    guards: Vec<Asking<Guard<'static, P, ManualClock>>>,
    /// Whether the limit and the period may change.
    changes: bool,
}

impl<P: Policy> Program<P> {
    fn new(policy: P, limit: u32, per: u64, changes: bool) -> Self {
        let (limiter, clock) = limiter_with(policy, limit, Duration::from_nanos(per));
        Self {
            start: clock.now(),
            limiter,
            clock,
            limit,
            per,
            periods: vec![(0, per)],
            permits: Vec::new(),
            waiting: Vec::new(),
            reserved: Vec::new(),
            guards: Vec::new(),
            changes,
        }
    }

    fn stamp(&mut self, permits: u32, limit: u32) {
        let stamp = nanos(&self.clock, self.start);
        self.permits
            .extend((0..permits).map(|_| Permit { stamp, limit }));
    }

    fn step(&mut self, rng: &mut Rng) {
        let permits = rng.u32(1..=3.min(self.limit.max(1)));
        match rng.u32(..if self.changes { 17 } else { 15 }) {
            0..=2 => match self.limiter.try_acquire_many(permits) {
                Ok(()) => self.stamp(permits, self.limit),
                Err(TryAcquireError::Limited(_) | TryAcquireError::ExceedsLimit) => {}
                Err(other) => unreachable!("{other}"),
            },
            3 => {
                let got = self.limiter.try_acquire_up_to(permits);
                self.stamp(got, self.limit);
            }
            4 | 5 => {
                let what = self.limiter.acquire_many_owned(permits);
                self.waiting.push(Asking {
                    what,
                    permits,
                    limit: self.limit,
                });
                self.poll_waiting(self.waiting.len() - 1);
            }
            6..=8 if !self.waiting.is_empty() => self.poll_waiting(rng.usize(..self.waiting.len())),
            9 if !self.waiting.is_empty() => {
                self.waiting.swap_remove(rng.usize(..self.waiting.len()));
            }
            10 => {
                let taken = self.limiter.refund(permits) as usize;
                self.permits
                    .truncate(self.permits.len().saturating_sub(taken));
            }
            11 => {
                if let Ok(what) = self.limiter.reserve_owned(permits) {
                    self.reserved.push(Asking {
                        what,
                        permits,
                        limit: self.limit,
                    });
                }
            }
            12 if !self.reserved.is_empty() => {
                let index = rng.usize(..self.reserved.len());
                let mut asking = self.reserved.swap_remove(index);
                match poll(&mut asking.what.ready()) {
                    Poll::Ready(Ok(())) => self.stamp(asking.permits, asking.limit),
                    Poll::Pending if rng.bool() => self.reserved.push(asking),
                    Poll::Ready(Err(_)) | Poll::Pending => {}
                }
            }
            13 => {
                if let Poll::Ready(Ok(what)) = poll(&mut self.limiter.acquire_guard_owned()) {
                    self.guards.push(Asking {
                        what,
                        permits: 1,
                        limit: self.limit,
                    });
                }
            }
            14 if !self.guards.is_empty() => {
                let guard = self.guards.swap_remove(rng.usize(..self.guards.len()));
                if rng.u32(..4) == 0 {
                    guard.what.give_back();
                } else {
                    drop(guard.what);
                    self.stamp(1, guard.limit);
                }
            }
            15 => self.set_limit(rng.u32(..6)),
            16 => {
                self.per = rng.u64(1..200);
                self.limiter.set_period(Duration::from_nanos(self.per));
                self.periods
                    .push((nanos(&self.clock, self.start), self.per));
            }
            _ => self.advance(rng),
        }
    }

    fn poll_waiting(&mut self, index: usize) {
        if let Poll::Ready(result) = poll(&mut self.waiting[index].what) {
            let asked = self.waiting.remove(index);
            if result.is_ok() {
                self.stamp(asked.permits, asked.limit);
            }
        }
    }

    fn set_limit(&mut self, limit: u32) {
        self.limiter.set_limit(limit);
        self.limit = limit;
        self.waiting
            .iter_mut()
            .for_each(|asking| asking.limit = asking.limit.max(limit));
        self.reserved
            .iter_mut()
            .for_each(|asking| asking.limit = asking.limit.max(limit));
        self.guards
            .iter_mut()
            .for_each(|asking| asking.limit = asking.limit.max(limit));
    }

    fn advance(&mut self, rng: &mut Rng) {
        let nanos = match rng.u32(..8) {
            0 => 0,
            1 | 2 => 1,
            3 => self.per - 1,
            4 => self.per,
            5 => self.per + 1,
            6 => rng.u64(..self.per),
            _ => 20 * self.per,
        };
        self.clock.advance(Duration::from_nanos(nanos));
    }

    /// Brute force over all windows.
    fn check(&self) {
        for (index, first) in self.permits.iter().enumerate() {
            // The shortest of the periods that were in force during the window.
            let mut per = u64::MAX;
            for (place, &(_, length)) in self.periods.iter().enumerate() {
                let end = self.periods.get(place + 1).map_or(u64::MAX, |next| next.0);
                if end >= first.stamp && self.periods[place].0 < first.stamp.saturating_add(per) {
                    per = per.min(length);
                }
            }
            let window: Vec<_> = self.permits[index..]
                .iter()
                .take_while(|permit| permit.stamp - first.stamp < per)
                .collect();
            let limit = window.iter().map(|permit| permit.limit).max().unwrap();
            assert!(
                window.len() <= limit as usize,
                "{} permits in {per} ns from {}: {window:?}",
                window.len(),
                first.stamp,
            );
        }
    }
}

fn run<P: Policy>(rng: &mut Rng, policy: P, changes: bool) {
    let mut program = Program::new(policy, rng.u32(1..6), rng.u64(1..1000), changes);
    for _ in 0..300 {
        program.step(rng);
    }
    program.check();
}

#[test]
fn the_log_never_exceeds_whatever_is_done() {
    testkit::with_seeds(400, |rng| run(rng, SlidingLog::new(), true));
}

#[test]
fn the_quantized_log_never_exceeds_whatever_is_done() {
    testkit::with_seeds(400, |rng| run(rng, QuantizedLog::new(), true));
}

#[test]
fn gcra_never_exceeds_whatever_is_done_within_one_quota() {
    testkit::with_seeds(400, |rng| {
        let burst = rng.u32(1..6);
        run(rng, Gcra::never_exceed(n(burst)), false);
    });
}

#[test]
fn gcra_never_exceeds_the_new_quota_after_a_change() {
    testkit::with_seeds(300, |rng| {
        let burst = rng.u32(1..6);
        let mut program = Program::new(Gcra::never_exceed(n(burst)), 5, 100, false);
        for _ in 0..100 {
            program.step(rng);
        }
        program.waiting.clear();
        program.reserved.clear();
        program
            .guards
            .drain(..)
            .for_each(|guard| guard.what.give_back());
        program.set_limit(rng.u32(1..8));
        program.per = rng.u64(1..300);
        program
            .limiter
            .set_period(Duration::from_nanos(program.per));
        program.permits.clear();
        program.periods = vec![(0, program.per)];
        for _ in 0..200 {
            program.step(rng);
        }
        program.check();
    });
}

/// Whatever instant an operation under a guard takes effect at, the effects keep the promise.
#[test]
fn effects_under_guards_satisfy_the_window_property() {
    testkit::with_seeds(300, |rng| {
        let (limit, per) = (rng.u32(1..5), rng.u64(1..500));
        let (limiter, clock) = limiter_with(SlidingLog::new(), limit, Duration::from_nanos(per));
        let start = clock.now();
        let mut effects = Vec::new();
        let mut out: Vec<(u64, Guard<'_, _, _>)> = Vec::new();
        for _ in 0..200 {
            match rng.u32(..3) {
                0 => {
                    if let Ok(guard) = limiter.try_acquire_guard() {
                        out.push((nanos(&clock, start), guard));
                    }
                }
                1 if !out.is_empty() => {
                    let (begin, guard) = out.swap_remove(rng.usize(..out.len()));
                    effects.push(rng.u64(begin..=nanos(&clock, start)));
                    drop(guard);
                }
                _ => clock.advance(Duration::from_nanos(rng.u64(..=per))),
            }
        }
        assert!(densest(&effects, per) <= limit as usize, "{effects:?}");
    });
}
