//! Limits and periods change, limiters are reset, refunded and closed, with waiters in place.

mod support;

use async_clock::Clock;
use async_ratelimiter::{AcquireError, Gcra, QuantizedLog, RateLimiter, TryAcquireError};
use std::task::Poll;
use std::time::Duration;
use support::{SECOND, drive, limiter, limiter_with, n, poll};

#[test]
fn raising_the_limit_grants_those_who_wait() {
    let (limiter, _clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut waiters = [limiter.acquire(), limiter.acquire(), limiter.acquire()];
    for waiter in &mut waiters {
        assert!(poll(waiter).is_pending());
    }
    limiter.set_limit(3);
    assert!(poll(&mut waiters[0]).is_ready());
    assert!(poll(&mut waiters[1]).is_ready());
    assert!(poll(&mut waiters[2]).is_pending());
}

#[test]
fn lowering_the_limit_revokes_nothing_and_waits_for_the_window() {
    let (limiter, clock) = limiter(4, SECOND);
    limiter.try_acquire_many(2).unwrap();
    clock.advance(SECOND / 2);
    limiter.try_acquire_many(2).unwrap();
    limiter.set_limit(2);
    assert_eq!(limiter.stats().in_window, 4);
    assert_eq!(limiter.retry_after(1).after, SECOND);
    clock.advance(SECOND / 2);
    assert!(
        limiter.try_acquire().is_err(),
        "two are still in the window"
    );
    clock.advance(SECOND / 2);
    assert_eq!(limiter.try_acquire_up_to(9), 2);
}

#[test]
fn a_waiter_that_became_too_large_is_refused_and_those_behind_it_go_on() {
    let (limiter, clock) = limiter(4, SECOND);
    limiter.try_acquire_many(2).unwrap();
    let (mut large, mut small) = (limiter.acquire_many(3), limiter.acquire());
    assert!(poll(&mut large).is_pending());
    assert!(poll(&mut small).is_pending());
    limiter.set_limit(2);
    assert_eq!(
        poll(&mut large),
        Poll::Ready(Err(AcquireError::ExceedsLimit))
    );
    assert!(poll(&mut small).is_pending());
    clock.advance(SECOND);
    assert!(poll(&mut small).is_ready());
}

#[test]
fn a_limit_of_zero_is_a_pause() {
    let (limiter, clock) = limiter(2, SECOND);
    limiter.set_limit(0);
    let mut waiter = limiter.acquire_many(2);
    assert!(
        poll(&mut waiter).is_pending(),
        "not refused: it waits for the end of the pause"
    );
    let denied = limiter.try_acquire().unwrap_err();
    assert_eq!(denied.retry_after().unwrap().at, None);
    assert_eq!(limiter.retry_after(1).after, Duration::MAX);
    assert_eq!(limiter.stats().next_free, None);
    let refused = drive(&clock, limiter.acquire_by(clock.now() + SECOND)).unwrap_err();
    assert!(refused.is_would_exceed());
    clock.advance(100 * SECOND);
    assert!(poll(&mut waiter).is_pending());
    assert_eq!(clock.pending(), 0, "nothing to wait for on the clock");
    limiter.set_limit(2);
    assert!(poll(&mut waiter).is_ready());
}

#[test]
fn a_pause_ends_for_newcomers_too() {
    let (limiter, _clock) = limiter(2, SECOND);
    limiter.set_limit(0);
    for _ in 0..3 {
        assert!(limiter.try_acquire().is_err());
    }
    limiter.set_limit(1);
    assert!(limiter.try_acquire().is_ok());
}

#[test]
fn raising_the_limit_grants_newcomers_at_once() {
    // A denial may be remembered, and must be forgotten.
    let (limiter, _clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    for _ in 0..3 {
        assert!(limiter.try_acquire().is_err());
    }
    limiter.set_limit(2);
    assert!(limiter.try_acquire().is_ok());
    assert!(limiter.try_acquire().is_err());
    assert_eq!(limiter.refund(1), 1);
    assert!(limiter.try_acquire().is_ok());
    assert!(limiter.try_acquire().is_err());
    limiter.reset();
    assert!(limiter.try_acquire().is_ok());
    for _ in 0..3 {
        let _ = limiter.try_acquire();
    }
    limiter.set_limit(200); // more than can be taken without the lock
    assert_eq!(
        (0..300).filter(|_| limiter.try_acquire().is_ok()).count(),
        198
    );
}

#[test]
fn a_shorter_period_grants_those_who_wait() {
    let (limiter, clock) = limiter(1, 60 * SECOND);
    limiter.try_acquire().unwrap();
    let mut waiter = limiter.acquire();
    assert!(poll(&mut waiter).is_pending());
    limiter.set_period(SECOND);
    clock.advance(SECOND / 2);
    assert!(poll(&mut waiter).is_pending());
    clock.advance(SECOND / 2);
    assert!(poll(&mut waiter).is_ready());
}

#[test]
fn a_longer_period_delays_those_who_wait() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut waiter = limiter.acquire();
    assert!(poll(&mut waiter).is_pending());
    limiter.set_period(3 * SECOND);
    clock.advance(SECOND); // the old alarm fires in vain
    assert!(poll(&mut waiter).is_pending());
    clock.advance(2 * SECOND);
    assert!(poll(&mut waiter).is_ready());
}

#[test]
#[should_panic(expected = "the period of a rate limiter is zero")]
fn a_period_of_zero_is_refused() {
    limiter(1, SECOND).0.set_period(Duration::ZERO);
}

#[test]
fn gcra_keeps_its_debt_across_a_change() {
    let (limiter, clock) = limiter_with(Gcra::smooth(n(10)), 10, SECOND);
    limiter.try_acquire_many(10).unwrap();
    assert_eq!(limiter.stats().in_window, 10);
    limiter.set_limit(5);
    assert_eq!(
        limiter.stats().in_window,
        10,
        "ten are out, each worth a step of 200 ms now"
    );
    assert_eq!(limiter.retry_after(1).after, SECOND / 5);
    clock.advance(SECOND);
    assert_eq!(limiter.try_acquire_up_to(9), 5);
}

#[test]
fn the_quantized_log_keeps_its_counts_across_a_change() {
    let (limiter, clock) = limiter_with(QuantizedLog::new(), 10, 256 * SECOND);
    limiter.try_acquire_many(6).unwrap();
    clock.advance(100 * SECOND);
    limiter.try_acquire_many(4).unwrap();
    limiter.set_period(512 * SECOND);
    assert_eq!(limiter.stats().in_window, 10);
    assert_eq!(limiter.retry_after(6).after, 412 * SECOND);
    limiter.set_period(128 * SECOND);
    assert_eq!(limiter.retry_after(6).after, 28 * SECOND);
    clock.advance(28 * SECOND);
    assert_eq!(limiter.try_acquire_up_to(9), 6);
}

#[test]
fn a_refund_grants_those_who_wait() {
    let (limiter, _clock) = limiter(3, SECOND);
    limiter.try_acquire_many(3).unwrap();
    let mut waiter = limiter.acquire_many(2);
    assert!(poll(&mut waiter).is_pending());
    assert_eq!(limiter.refund(1), 1);
    assert!(poll(&mut waiter).is_pending());
    assert_eq!(limiter.refund(1), 1);
    assert!(poll(&mut waiter).is_ready());
}

#[test]
fn a_refund_takes_the_newest_and_no_more_than_there_are() {
    let (limiter, clock) = limiter(3, SECOND);
    limiter.try_acquire_many(2).unwrap();
    clock.advance(SECOND / 2);
    limiter.try_acquire().unwrap();
    assert_eq!(limiter.refund(1), 1);
    assert_eq!(
        limiter.retry_after(2).after,
        SECOND / 2,
        "the older two are left"
    );
    assert_eq!(limiter.refund(9), 2);
    assert_eq!(limiter.refund(9), 0);
    assert_eq!(limiter.try_acquire_up_to(9), 3);
}

#[test]
fn a_reset_grants_those_who_wait() {
    let (limiter, _clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut waiter = limiter.acquire();
    assert!(poll(&mut waiter).is_pending());
    limiter.reset();
    assert!(poll(&mut waiter).is_ready());
}

#[test]
fn closing_wakes_all() {
    let (limiter, _clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let (woken, waker) = testkit::CountWaker::new();
    let mut waiters: Vec<_> = (0..100).map(|_| limiter.acquire()).collect();
    for waiter in &mut waiters {
        assert!(testkit::poll_once(waiter, &waker).is_pending());
    }
    let mut place = limiter.reserve(1).unwrap();
    assert!(limiter.close());
    assert_eq!(woken.wakes(), 100);
    for waiter in &mut waiters {
        assert_eq!(poll(waiter), Poll::Ready(Err(AcquireError::Closed)));
    }
    assert_eq!(
        poll(&mut place.ready()),
        Poll::Ready(Err(AcquireError::Closed))
    );
}

#[test]
fn a_closed_limiter_refuses_everybody() {
    let (limiter, clock) = limiter(9, SECOND);
    limiter.try_acquire().unwrap(); // and permits are at hand
    assert!(limiter.close());
    assert_eq!(limiter.try_acquire(), Err(TryAcquireError::Closed));
    assert_eq!(limiter.try_acquire_many(0), Err(TryAcquireError::Closed));
    assert_eq!(limiter.try_acquire_up_to(3), 0);
    assert_eq!(
        poll(&mut limiter.acquire()),
        Poll::Ready(Err(AcquireError::Closed))
    );
    assert!(limiter.reserve(1).is_err());
    assert!(limiter.try_acquire_guard().is_err());
    clock.advance(SECOND);
    assert_eq!(limiter.try_acquire(), Err(TryAcquireError::Closed));
}

#[test]
fn closing_does_not_take_a_grant_away() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut granted = limiter.acquire();
    assert!(poll(&mut granted).is_pending());
    clock.advance(SECOND);
    limiter.close();
    assert_eq!(poll(&mut granted), Poll::Ready(Ok(())));
}

#[test]
fn the_queue_is_bounded_where_asked_for() {
    let clock = async_clock::ManualClock::new();
    let limiter = RateLimiter::builder(n(1), SECOND)
        .clock(clock.clone())
        .max_waiters(2)
        .build();
    limiter.try_acquire().unwrap();
    let mut waiters = [limiter.acquire(), limiter.acquire()];
    for waiter in &mut waiters {
        assert!(poll(waiter).is_pending());
    }
    assert_eq!(
        poll(&mut limiter.acquire()),
        Poll::Ready(Err(AcquireError::QueueFull))
    );
    assert!(matches!(limiter.reserve(1), Err(AcquireError::QueueFull)));
    clock.advance(SECOND);
    assert!(poll(&mut waiters[0]).is_ready());
    assert!(
        poll(&mut limiter.acquire()).is_pending(),
        "there is a place again"
    );
}

#[test]
fn the_first_window_may_be_given_away() {
    let clock = async_clock::ManualClock::new();
    let limiter = RateLimiter::builder(n(5), SECOND)
        .clock(clock.clone())
        .initial(2)
        .build();
    assert_eq!(limiter.try_acquire_up_to(9), 2);
    clock.advance(SECOND);
    assert_eq!(limiter.try_acquire_up_to(9), 5);
}
