//! The till and the lock under every interleaving that loom finds.
//!
//! `RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo nextest run --profile loom
//! --cargo-profile loom -p async-ratelimiter --test loom`
//!
//! The till has two slots here, so that a slot is soon used again.
//!
//! Seen to bite (2026-11-22), each by a model that then fails: a missing stamp taken for an old
//! one, or entered with a reading from before it was missed; a late slot that is put out again; a
//! stamp that is entered as read.
#![cfg(loom)]

use async_clock::{Clock, Timer};
use async_ratelimiter::{Gcra, Policy, RateLimiter, SlidingLog};
use async_waitlist::sync::atomic::{AtomicU64, Ordering};
use async_waitlist::sync::{Arc, thread};
use loom::future::block_on;
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

/// Moves on by a nanosecond with each reading, in an order that loom chooses.
#[derive(Clone)]
struct CountingClock {
    start: Instant,
    readings: Arc<AtomicU64>,
}

impl CountingClock {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            readings: Arc::new(AtomicU64::new(0)),
        }
    }
}

impl Clock for CountingClock {
    type Timer = Never;

    fn now(&self) -> Instant {
        let reading = self.readings.fetch_add(1, Ordering::AcqRel);
        self.start + Duration::from_nanos(reading)
    }

    fn arm(&self, at: Instant, _waker: &Waker) -> Never {
        Never(at)
    }
}

/// A timer that does not fire: no model waits for time.
#[derive(Debug)]
struct Never(Instant);

impl Timer for Never {
    fn poll_fired(&mut self, _waker: &Waker) -> bool {
        false
    }

    fn is_fired(&self) -> bool {
        false
    }

    fn deadline(&self) -> Instant {
        self.0
    }

    fn reset(&mut self, at: Instant) -> bool {
        self.0 = at;
        true
    }
}

const PER: Duration = Duration::from_secs(1000);

/// With its till open.
fn limiter<P: Policy>(policy: P, n: u32) -> (RateLimiter<P, CountingClock>, CountingClock) {
    let clock = CountingClock::new();
    let n = NonZeroU32::new(n).unwrap();
    let limiter = RateLimiter::builder(n, PER)
        .policy(policy)
        .clock(clock.clone())
        .build();
    limiter.stats();
    (limiter, clock)
}

#[test]
fn two_tries_get_one_permit() {
    loom::model(|| {
        let (limiter, _clock) = limiter(SlidingLog::new(), 1);
        let other = thread::spawn({
            let limiter = limiter.clone();
            move || limiter.try_acquire().is_ok()
        });
        let mine = limiter.try_acquire().is_ok();
        assert!(mine ^ other.join().unwrap());
    });
}

/// A till of two is opened again under tries that have seen the old one.
fn no_permit_is_lost_or_made<P: Policy>(policy: fn() -> P) {
    loom::model(move || {
        let (limiter, _clock) = limiter(policy(), 3);
        let other = thread::spawn({
            let limiter = limiter.clone();
            move || u32::from(limiter.try_acquire().is_ok())
        });
        let mut granted = u32::from(limiter.try_acquire().is_ok());
        limiter.stats(); // closes the till, and opens it
        granted += other.join().unwrap();
        assert_eq!(granted, 2);
        assert_eq!(limiter.stats().granted, 2);
        assert_eq!(limiter.try_acquire_up_to(9), 1);
    });
}

#[test]
fn no_permit_of_the_log_is_lost_or_made() {
    no_permit_is_lost_or_made(SlidingLog::new);
}

#[test]
fn no_permit_of_gcra_is_lost_or_made() {
    no_permit_is_lost_or_made(|| Gcra::never_exceed(NonZeroU32::new(3).unwrap()));
}

#[test]
fn three_tries_get_two_permits_while_the_till_is_closed_and_opened() {
    loom::model(|| {
        let (limiter, _clock) = limiter(SlidingLog::new(), 2);
        let others = [(); 2].map(|()| {
            let limiter = limiter.clone();
            thread::spawn(move || u32::from(limiter.try_acquire().is_ok()))
        });
        limiter.stats();
        let granted: u32 = others.into_iter().map(|other| other.join().unwrap()).sum();
        assert_eq!(granted, 2);
        assert!(limiter.try_acquire().is_err());
    });
}

/// A claim whose stamp is late is entered by another thread, and never too early.
#[test]
fn no_stamp_is_earlier_than_its_call() {
    loom::model(|| {
        let (limiter, clock) = limiter(SlidingLog::new(), 1);
        let other = thread::spawn({
            let (limiter, clock) = (limiter.clone(), clock.clone());
            move || {
                let begin = clock.now();
                limiter.try_acquire().unwrap();
                begin
            }
        });
        limiter.stats();
        limiter.stats();
        let begin = other.join().unwrap();
        let returns = limiter.retry_after(1).at.unwrap();
        assert!(returns - PER > begin, "stamped before the call");
    });
}

/// A slot whose stamp is late is not put out again: the late stamp would be taken for that of the
/// next claim.
#[test]
fn a_slot_has_one_owner() {
    loom::model(|| {
        let (limiter, clock) = limiter(SlidingLog::new(), 3);
        let try_once = || {
            let (limiter, clock) = (limiter.clone(), clock.clone());
            move || {
                let begin = clock.now();
                limiter.try_acquire().unwrap();
                begin
            }
        };
        let first = thread::spawn(try_once());
        limiter.stats();
        let second = thread::spawn(try_once());
        limiter.stats();
        let begin = first.join().unwrap().max(second.join().unwrap());
        let newest = limiter.retry_after(3).at.unwrap() - PER;
        assert!(newest > begin, "stamped before the call");
    });
}

/// A try that read the clock before the till was opened is stamped after that.
#[test]
fn a_stale_reading_is_no_stamp() {
    const PER: u64 = 5;
    loom::model(|| {
        let clock = CountingClock::new();
        let limiter = RateLimiter::builder(NonZeroU32::MIN, Duration::from_nanos(PER))
            .clock(clock.clone())
            .build();
        // The readings that may have been made inside the call.
        let try_once = move |limiter: &RateLimiter<_, _>, clock: &CountingClock| {
            let begin = clock.readings.load(Ordering::Acquire);
            let granted = limiter.try_acquire().is_ok();
            granted.then(|| (begin, clock.readings.load(Ordering::Acquire) - 1))
        };
        let first = try_once(&limiter, &clock);
        let other = thread::spawn({
            let (limiter, clock) = (limiter.clone(), clock.clone());
            move || try_once(&limiter, &clock)
        });
        for _ in 0..3 {
            clock.now(); // until the first is about to leave the window
        }
        limiter.stats();
        let mine = try_once(&limiter, &clock);
        let last = try_once(&limiter, &clock);
        let other = other.join().unwrap();
        // There are stamps, one within each call, that are a period apart.
        let orders = [
            [first, other, mine, last],
            [first, mine, other, last],
            [first, mine, last, other],
        ];
        assert!(orders.iter().any(|order| {
            let mut free = 0;
            order.iter().flatten().all(|&(begin, end)| {
                let stamp = begin.max(free);
                free = stamp + PER;
                stamp <= end
            })
        }));
    });
}

/// What `set_limit` says holds for every try that begins after it returned.
#[test]
fn a_lowered_limit_holds_for_later_tries() {
    loom::model(|| {
        let (limiter, _clock) = limiter(SlidingLog::new(), 2);
        let other = thread::spawn({
            let limiter = limiter.clone();
            move || limiter.try_acquire().is_ok()
        });
        limiter.set_limit(1);
        let mine = limiter.try_acquire().is_ok();
        let other = other.join().unwrap();
        assert!(!(mine && other), "one of the two came first");
        assert!(mine || other);
    });
}

#[test]
fn a_raised_limit_is_seen_by_those_who_were_denied() {
    loom::model(|| {
        let (limiter, _clock) = limiter(SlidingLog::new(), 1);
        limiter.try_acquire().unwrap();
        limiter.try_acquire().unwrap_err(); // remembered: denied without the lock
        let other = thread::spawn({
            let limiter = limiter.clone();
            move || limiter.try_acquire().is_ok()
        });
        limiter.set_limit(2);
        let mine = limiter.try_acquire().is_ok();
        assert!(mine ^ other.join().unwrap());
    });
}

#[test]
fn a_waiter_meets_a_try_and_its_refund() {
    loom::model(|| {
        let (limiter, _clock) = limiter(SlidingLog::new(), 1);
        let other = thread::spawn({
            let limiter = limiter.clone();
            move || {
                if limiter.try_acquire().is_ok() {
                    limiter.refund(1);
                }
            }
        });
        block_on(limiter.acquire()).unwrap();
        other.join().unwrap();
        assert_eq!(limiter.stats().waiting, 0);
    });
}

#[test]
fn a_waiter_meets_a_guard_that_is_given_back() {
    loom::model(|| {
        let (limiter, _clock) = limiter(SlidingLog::new(), 1);
        let other = thread::spawn({
            let limiter = limiter.clone();
            move || {
                if let Ok(guard) = limiter.try_acquire_guard() {
                    guard.give_back();
                }
            }
        });
        block_on(limiter.acquire()).unwrap();
        other.join().unwrap();
    });
}

#[test]
fn a_cancelled_grant_goes_to_the_next() {
    loom::model(|| {
        let (limiter, _clock) = limiter(SlidingLog::new(), 1);
        let guard = limiter.try_acquire_guard().unwrap();
        let gives_up = thread::spawn({
            let limiter = limiter.clone();
            move || {
                let mut future = pin!(limiter.acquire());
                let granted = future
                    .as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()));
                if granted.is_ready() {
                    limiter.refund(1);
                }
            }
        });
        let waits = thread::spawn({
            let limiter = limiter.clone();
            move || block_on(limiter.acquire()).unwrap()
        });
        guard.give_back();
        gives_up.join().unwrap();
        waits.join().unwrap();
    });
}

#[test]
fn closing_meets_a_waiter() {
    loom::model(|| {
        let (limiter, _clock) = limiter(SlidingLog::new(), 1);
        limiter.try_acquire().unwrap();
        let other = thread::spawn({
            let limiter = limiter.clone();
            move || limiter.close()
        });
        assert!(block_on(limiter.acquire()).unwrap_err().is_closed());
        assert!(other.join().unwrap());
    });
}
