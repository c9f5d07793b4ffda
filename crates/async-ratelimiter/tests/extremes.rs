//! Numbers at their ends: nothing panics, "never" is never, and memory follows what is granted.

mod support;

use async_clock::{Clock, ManualClock};
use async_ratelimiter::{Gcra, Policy, QuantizedLog, RateLimiter, SlidingLog};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use support::{NANO, SECOND, limiter_with, n, poll};

/// The last instant of this platform, or one near it.
fn last_instant() -> Instant {
    let mut at = Instant::now();
    let mut step = Duration::MAX;
    while step > NANO {
        match at.checked_add(step) {
            Some(later) => at = later,
            None => step /= 2,
        }
    }
    at
}

fn exercise<P: Policy>(policy: P, limit: u32, per: Duration) {
    let (limiter, clock) = limiter_with(policy, limit, per);
    let _ = limiter.try_acquire();
    let _ = limiter.try_acquire_many(u32::MAX);
    let _ = limiter.try_acquire_up_to(u32::MAX);
    let _ = limiter.retry_after(1);
    let _ = limiter.retry_after(u32::MAX);
    let mut waiter = limiter.acquire();
    let _ = poll(&mut waiter);
    let _ = poll(&mut limiter.acquire_by(clock.now() + SECOND));
    let _ = poll(&mut limiter.acquire_by(last_instant()));
    let _ = limiter.reserve(u32::MAX).map(|place| place.ready_at());
    clock.advance(SECOND);
    limiter.set_period(Duration::MAX);
    limiter.set_limit(u32::MAX);
    let _ = limiter.try_acquire_many(u32::MAX);
    let _ = limiter.refund(u32::MAX);
    limiter.set_period(NANO);
    limiter.set_limit(1);
    let _ = limiter.stats();
    drop(waiter);
    limiter.reset();
    assert!(limiter.try_acquire().is_ok());
}

#[test]
fn no_number_panics() {
    for limit in [1, 2, u32::MAX - 1, u32::MAX] {
        for per in [NANO, SECOND, Duration::from_secs(1 << 34), Duration::MAX] {
            exercise(SlidingLog::new(), limit, per);
            exercise(QuantizedLog::new(), limit, per);
            for burst in [1, 2, u32::MAX] {
                exercise(Gcra::never_exceed(n(burst)), limit, per);
                exercise(Gcra::smooth(n(burst)), limit, per);
            }
        }
    }
}

fn grants_once<P: Policy>(policy: P) {
    let (limiter, clock) = limiter_with(policy, 3, Duration::MAX);
    assert_eq!(limiter.try_acquire_up_to(9), 3);
    let mut waiter = limiter.acquire();
    assert!(poll(&mut waiter).is_pending());
    assert_eq!(clock.pending(), 0);
    clock.advance(Duration::from_secs(60 * 60 * 24 * 365 * 50));
    assert!(poll(&mut waiter).is_pending());
    drop(waiter);
    assert_eq!(
        limiter.try_acquire().unwrap_err().retry_after().unwrap().at,
        None
    );
    assert_eq!(limiter.stats().per, Duration::MAX);
}

#[test]
fn a_period_without_end_never_gives_back() {
    grants_once(SlidingLog::new());
    grants_once(QuantizedLog::new());
    grants_once(Gcra::never_exceed(n(3)));
}

#[test]
fn all_of_a_giant_limit_may_be_taken_at_once() {
    for _ in 0..2 {
        let (limiter, clock) = limiter_with(SlidingLog::new(), u32::MAX, SECOND);
        assert!(limiter.try_acquire_many(u32::MAX).is_ok());
        assert!(limiter.try_acquire().is_err());
        assert_eq!(limiter.stats().in_window, u32::MAX);
        clock.advance(SECOND);
        assert!(limiter.try_acquire_many(u32::MAX - 1).is_ok());
        assert!(limiter.try_acquire().is_ok());
        assert!(limiter.try_acquire().is_err());
    }
}

#[test]
fn zero_permits_are_granted_even_behind_a_queue() {
    let (limiter, _clock) = limiter_with(SlidingLog::new(), 1, SECOND);
    limiter.try_acquire().unwrap();
    let mut waiter = limiter.acquire();
    assert!(poll(&mut waiter).is_pending());
    assert!(limiter.try_acquire_many(0).is_ok());
    assert!(poll(&mut limiter.acquire_many(0)).is_ready());
    assert_eq!(limiter.retry_after(0).after, Duration::ZERO);
}

#[test]
#[should_panic(expected = "the period of a rate limiter is zero")]
fn a_period_of_zero_is_refused() {
    let _ = RateLimiter::new(NonZeroU32::MIN, Duration::ZERO);
}

#[test]
fn a_clock_may_be_older_than_the_deadline_of_another() {
    // Deadlines from before the limiter was made.
    let clock = ManualClock::new();
    let long_ago = clock.now();
    clock.advance(SECOND);
    let limiter = RateLimiter::builder(n(1), SECOND).clock(clock).build();
    assert!(poll(&mut limiter.acquire_by(long_ago)).is_ready());
    assert!(limiter.try_acquire().is_ok(), "it was refused");
}
