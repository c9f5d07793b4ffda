//! The limiter against a naive model: the same grants, at the same instants, in the same order.

mod support;

use async_clock::{Clock, ManualClock};
use async_ratelimiter::{Acquire, AcquireError, SlidingLog};
use fastrand::Rng;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use support::{Limiter, limiter, nanos};

/// Who was granted, and when.
type Grants = Vec<(usize, u64)>;

/// Everything by counting, nothing by bookkeeping.
#[derive(Debug)]
struct Model {
    limit: u32,
    per: u64,
    now: u64,
    stamps: Vec<u64>,
    /// Granted and not stamped.
    held: u32,
    queue: VecDeque<(usize, u32)>,
    grants: Grants,
}

impl Model {
    fn room(&self) -> u32 {
        let in_window = self
            .stamps
            .iter()
            .filter(|&&stamp| stamp + self.per > self.now)
            .count();
        self.limit
            .saturating_sub(u32::try_from(in_window).unwrap() + self.held)
    }

    fn stamp(&mut self, permits: u32) {
        self.stamps.extend((0..permits).map(|_| self.now));
    }

    fn serve(&mut self) {
        while let Some(&(id, permits)) = self.queue.front() {
            if permits > self.room() {
                return;
            }
            self.queue.pop_front();
            self.held += permits;
            self.grants.push((id, self.now));
        }
    }

    fn advance(&mut self, nanos: u64) {
        let target = self.now + nanos;
        let mut instants: Vec<_> = self.stamps.iter().map(|stamp| stamp + self.per).collect();
        instants.sort_unstable();
        for instant in instants {
            if instant > self.now && instant <= target {
                self.now = instant;
                self.serve();
            }
        }
        self.now = target;
        self.serve();
    }
}

struct Waiter {
    id: usize,
    permits: u32,
    future: Acquire<'static, SlidingLog, ManualClock>,
    waker: Waker,
}

/// The limiter, its model, and those who wait in both.
struct Duel {
    limiter: Limiter,
    clock: ManualClock,
    model: Model,
    waiters: Vec<Waiter>,
    woken: Arc<Mutex<Grants>>,
    start: Instant,
}

impl Duel {
    fn new(limit: u32, per: u64) -> Self {
        let (limiter, clock) = limiter(limit, Duration::from_nanos(per));
        let start = clock.now();
        let model = Model {
            limit,
            per,
            now: 0,
            stamps: Vec::new(),
            held: 0,
            queue: VecDeque::new(),
            grants: Vec::new(),
        };
        Self {
            limiter,
            clock,
            model,
            waiters: Vec::new(),
            woken: Arc::default(),
            start,
        }
    }

    fn try_acquire(&mut self, permits: u32) {
        let model = &mut self.model;
        let expected = model.queue.is_empty() && permits <= model.room();
        assert_eq!(
            self.limiter.try_acquire_many(permits).is_ok(),
            expected,
            "{model:?}"
        );
        if expected {
            model.stamp(permits);
        }
    }

    fn acquire(&mut self, id: usize, permits: u32) {
        let (woken, clock) = (self.woken.clone(), self.clock.clone());
        let start = self.start;
        let waker = testkit::on_wake(move || {
            woken.lock().unwrap().push((id, nanos(&clock, start)));
        });
        let mut future = self.limiter.acquire_many_owned(permits);
        let polled = testkit::poll_once(&mut future, &waker);
        let model = &mut self.model;
        if model.queue.is_empty() && permits <= model.room() {
            assert_eq!(polled, Poll::Ready(Ok(())), "{model:?}");
            model.stamp(permits);
        } else {
            assert_eq!(polled, Poll::Pending, "{model:?}");
            model.queue.push_back((id, permits));
            self.waiters.push(Waiter {
                id,
                permits,
                future,
                waker,
            });
        }
    }

    fn poll(&mut self, index: usize) {
        let mut waiter = self.waiters.swap_remove(index);
        let polled = testkit::poll_once(&mut waiter.future, &waiter.waker);
        let model = &mut self.model;
        if model.queue.iter().any(|&(id, _)| id == waiter.id) {
            assert_eq!(polled, Poll::Pending, "{model:?}");
            self.waiters.push(waiter);
        } else {
            assert_eq!(polled, Poll::Ready(Ok(())), "{model:?}");
            model.held -= waiter.permits;
            model.stamp(waiter.permits);
        }
    }

    fn cancel(&mut self, index: usize) {
        let waiter = self.waiters.swap_remove(index);
        let length = self.model.queue.len();
        self.model.queue.retain(|&(id, _)| id != waiter.id);
        if self.model.queue.len() == length {
            self.model.held -= waiter.permits; // granted, never taken
        }
        drop(waiter);
        self.model.serve();
    }

    fn set_limit(&mut self, limit: u32) {
        let model = &mut self.model;
        model.limit = limit;
        self.limiter.set_limit(limit);
        if limit > 0 {
            model.queue.retain(|&(_, permits)| permits <= limit);
            self.waiters.retain_mut(|waiter| {
                if waiter.permits <= limit {
                    return true;
                }
                match testkit::poll_once(&mut waiter.future, Waker::noop()) {
                    Poll::Ready(Err(error)) => assert_eq!(error, AcquireError::ExceedsLimit),
                    Poll::Ready(Ok(())) => {
                        model.held -= waiter.permits; // granted before
                        model.stamp(waiter.permits);
                    }
                    Poll::Pending => panic!("too large, and still waiting: {model:?}"),
                }
                false
            });
            // Those who were refused were woken too.
            self.woken.lock().unwrap().retain(|(id, _)| {
                model.grants.iter().any(|grant| grant.0 == *id)
                    || model.queue.iter().any(|waiter| waiter.0 == *id)
            });
        }
        model.serve();
    }

    fn advance(&mut self, nanos: u64) {
        self.clock.advance(Duration::from_nanos(nanos));
        self.model.advance(nanos);
    }

    /// The grants agree, and so does `retry_after` where it is exact.
    fn check(&self, permits: u32) {
        let (model, woken) = (&self.model, self.woken.lock().unwrap());
        assert_eq!(
            *woken, model.grants,
            "in another order, or at other instants"
        );
        if !model.queue.is_empty() || model.held > 0 || model.limit < permits {
            return;
        }
        let mut later = Model {
            stamps: model.stamps.clone(),
            queue: VecDeque::new(),
            grants: Vec::new(),
            ..*model
        };
        while later.room() < permits {
            later.now += 1;
        }
        let after = Duration::from_nanos(later.now - model.now);
        assert_eq!(self.limiter.retry_after(permits).after, after, "{model:?}");
    }
}

fn run(rng: &mut Rng) {
    let per = rng.u64(1..100);
    let mut duel = Duel::new(rng.u32(1..6), per);
    for id in 0..400 {
        let permits = rng.u32(1..=duel.model.limit.max(1));
        let waiting = duel.waiters.len();
        match rng.u32(..10) {
            0 | 1 => duel.try_acquire(permits),
            2 | 3 => duel.acquire(id, permits),
            4 | 5 if waiting > 0 => duel.poll(rng.usize(..waiting)),
            6 if waiting > 0 => duel.cancel(rng.usize(..waiting)),
            7 if rng.u32(..4) == 0 => duel.set_limit(rng.u32(..6)),
            _ => duel.advance(
                *rng.choice(&[0, 1, 1, per - 1, per, per + 1, 5 * per])
                    .unwrap(),
            ),
        }
        duel.check(permits);
    }
}

#[test]
fn grants_are_those_of_the_naive_model() {
    testkit::with_seeds(500, run);
}
