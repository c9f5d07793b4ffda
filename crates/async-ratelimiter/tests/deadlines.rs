//! When permits come: told exactly, refused at once, and never granted late.

mod support;

use async_clock::Clock;
use async_ratelimiter::{AcquireByError, AcquireTimeoutError, Gcra, SlidingLog};
use std::task::Poll;
use std::time::Duration;
use support::{NANO, SECOND, drive, limiter, limiter_with, n, poll};

#[test]
fn retry_after_is_exact_to_the_nanosecond() {
    testkit::with_seeds(100, |rng| {
        let (limiter, clock) = limiter(4, Duration::from_micros(1));
        for _ in 0..20 {
            limiter.try_acquire_up_to(rng.u32(1..4));
            clock.advance(Duration::from_nanos(rng.u64(..400)));
            let permits = rng.u32(1..=4);
            let retry = limiter.retry_after(permits);
            assert_eq!(retry.at, Some(clock.now() + retry.after));
            if retry.after > NANO {
                clock.advance(retry.after.checked_sub(NANO).unwrap());
                assert!(
                    limiter.try_acquire_many(permits).is_err(),
                    "a nanosecond before"
                );
                clock.advance(NANO);
            } else {
                clock.advance(retry.after);
            }
            assert!(limiter.try_acquire_many(permits).is_ok(), "at the instant");
        }
    });
}

#[test]
fn retry_after_of_gcra_is_exact_to_the_nanosecond() {
    testkit::with_seeds(100, |rng| {
        let policy = Gcra::never_exceed(n(rng.u32(1..4)));
        let (limiter, clock) = limiter_with(policy, 5, Duration::from_nanos(997));
        for _ in 0..20 {
            limiter.try_acquire_up_to(3);
            let retry = limiter.retry_after(1);
            if retry.after > Duration::ZERO {
                clock.advance(retry.after.checked_sub(NANO).unwrap());
                assert!(limiter.try_acquire().is_err());
                clock.advance(NANO);
            }
            assert!(limiter.try_acquire().is_ok());
        }
    });
}

#[test]
fn a_denial_says_when_with_and_without_the_lock() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    for passed in [0, 300, 600] {
        // The first denial of each round goes through the lock, the others need not.
        for _ in 0..3 {
            let retry = limiter.try_acquire().unwrap_err().retry_after().unwrap();
            assert_eq!(retry.after, Duration::from_millis(1000 - passed));
            assert_eq!(retry.at, Some(clock.now() + retry.after));
        }
        clock.advance(Duration::from_millis(300));
    }
    assert_eq!(limiter.stats().denied, 9);
}

#[test]
fn retry_after_counts_those_who_wait() {
    let (limiter, _clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut waiters = [limiter.acquire(), limiter.acquire(), limiter.acquire()];
    for waiter in &mut waiters {
        assert!(poll(waiter).is_pending());
    }
    assert_eq!(limiter.retry_after(1).after, 4 * SECOND);
    assert_eq!(
        limiter
            .try_acquire()
            .unwrap_err()
            .retry_after()
            .unwrap()
            .after,
        4 * SECOND
    );
}

#[test]
fn forecasts_come_true_when_all_claim_at_once() {
    testkit::with_seeds(100, |rng| {
        let (limiter, clock) = limiter(5, Duration::from_micros(1));
        for _ in 0..5 {
            limiter.try_acquire_up_to(rng.u32(..3));
            clock.advance(Duration::from_nanos(rng.u64(..300)));
        }
        let places: Vec<_> = (0..20)
            .map(|_| limiter.reserve_owned(rng.u32(1..=5)).unwrap())
            .collect();
        for mut place in places {
            let expected = place.ready_at();
            drive(&clock, place.ready()).unwrap();
            assert_eq!(Some(clock.now()), expected);
        }
    });
}

#[test]
fn acquire_by_refuses_at_once() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let due = clock.now() + SECOND;
    let mut in_vain = limiter.acquire_by(due.checked_sub(NANO).unwrap());
    let refused = AcquireByError::WouldExceed {
        ready_at: Some(due),
    };
    assert_eq!(poll(&mut in_vain), Poll::Ready(Err(refused)));
    assert_eq!(limiter.stats().waiting, 0);

    let mut in_time = limiter.acquire_by(due);
    assert!(poll(&mut in_time).is_pending());
    let mut second = limiter.acquire_by(due);
    let refused = AcquireByError::WouldExceed {
        ready_at: Some(due + SECOND),
    };
    assert_eq!(
        poll(&mut second),
        Poll::Ready(Err(refused)),
        "the queue counts"
    );
    clock.advance(SECOND);
    assert_eq!(poll(&mut in_time), Poll::Ready(Ok(())));
}

#[test]
fn acquire_by_never_grants_late() {
    let (limiter, clock) = limiter(1, SECOND);
    let guard = limiter.try_acquire_guard().unwrap();
    let deadline = clock.now() + SECOND;
    let (woken, waker) = testkit::CountWaker::new();
    // Expected in time, as guards are supposed to be stamped at once.
    let mut waiting = limiter.acquire_by(deadline);
    assert!(testkit::poll_once(&mut waiting, &waker).is_pending());
    clock.advance(SECOND);
    assert_eq!(
        woken.wakes(),
        1,
        "the deadline wakes it, though the guard is still out"
    );
    assert!(matches!(
        poll(&mut waiting),
        Poll::Ready(Err(AcquireByError::WouldExceed { .. }))
    ));
    assert_eq!(limiter.stats().waiting, 0);
    drop(guard);
}

#[test]
fn a_grant_that_is_noticed_after_the_deadline_goes_to_the_next() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut by = limiter.acquire_by(clock.now() + SECOND);
    let mut next = limiter.acquire();
    assert!(poll(&mut by).is_pending());
    assert!(poll(&mut next).is_pending());
    clock.advance(SECOND);
    assert_eq!(limiter.stats().reserved, 1, "granted in time");
    clock.advance(NANO);
    let refused = AcquireByError::WouldExceed {
        ready_at: Some(clock.now()),
    };
    assert_eq!(poll(&mut by), Poll::Ready(Err(refused)));
    assert!(poll(&mut next).is_ready());
}

#[test]
fn acquire_by_a_deadline_that_has_passed_takes_no_free_permit() {
    let (limiter, clock) = limiter(1, SECOND);
    let deadline = clock.now();
    clock.advance(NANO);
    assert!(
        drive(&clock, limiter.acquire_by(deadline))
            .unwrap_err()
            .is_would_exceed()
    );
    assert!(drive(&clock, limiter.acquire_by(clock.now())).is_ok());
}

#[test]
fn blocking_deadlines_run_on_the_limiters_clock() {
    testkit::within_seconds(30, || {
        let (limiter, clock) = limiter(1, SECOND);
        limiter.try_acquire().unwrap();
        let waiter = std::thread::spawn({
            let limiter = limiter.clone();
            move || limiter.acquire_blocking_timeout(SECOND / 2)
        });
        clock.wait_for_timers_blocking(2); // the limiter's and the thread's
        clock.advance(SECOND / 2);
        assert_eq!(waiter.join().unwrap(), Err(AcquireTimeoutError::Timeout));
        assert_eq!(limiter.stats().waiting, 0);

        let deadline = clock.now() + SECOND;
        let waiter = std::thread::spawn({
            let limiter = limiter.clone();
            move || limiter.acquire_blocking_deadline(deadline)
        });
        clock.wait_for_timers_blocking(2);
        clock.advance(SECOND / 2);
        assert_eq!(waiter.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_permit_that_comes_at_the_deadline_is_granted() {
    testkit::within_seconds(30, || {
        let (limiter, clock) = limiter(1, SECOND);
        limiter.try_acquire().unwrap();
        let waiter = std::thread::spawn({
            let limiter = limiter.clone();
            move || limiter.acquire_blocking_timeout(SECOND)
        });
        clock.wait_for_timers_blocking(2);
        clock.advance(SECOND);
        assert_eq!(waiter.join().unwrap(), Ok(()));
    });
}

#[test]
fn the_stamp_is_that_of_the_claim() {
    let (limiter, clock) = limiter_with(SlidingLog::new(), 1, SECOND);
    limiter.try_acquire().unwrap();
    let mut late = limiter.acquire();
    assert!(poll(&mut late).is_pending());
    clock.advance(5 * SECOND); // granted after one
    assert!(poll(&mut late).is_ready());
    assert_eq!(
        limiter.retry_after(1).after,
        SECOND,
        "counted from the claim"
    );
}
