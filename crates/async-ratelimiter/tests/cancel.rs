//! A future may be dropped after any poll: its place and its permits go to the others.

mod support;

use async_clock::Clock;
use async_ratelimiter::{AcquireByError, AcquireError};
use std::pin::Pin;
use std::task::Waker;
use support::{SECOND, limiter, poll};

#[test]
fn dropping_the_head_lets_the_next_one_in_its_place() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let (mut head, mut next) = (limiter.acquire(), limiter.acquire());
    assert!(poll(&mut head).is_pending());
    assert!(poll(&mut next).is_pending());
    drop(head);
    clock.advance(SECOND);
    assert!(poll(&mut next).is_ready());
}

#[test]
fn dropping_one_in_the_middle_or_at_the_end_disturbs_nobody() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut waiters: Vec<_> = (0..4).map(|_| limiter.acquire()).collect();
    for waiter in &mut waiters {
        assert!(poll(waiter).is_pending());
    }
    drop(waiters.remove(3));
    drop(waiters.remove(1));
    for waiter in &mut waiters {
        clock.advance(SECOND);
        assert!(poll(waiter).is_ready());
    }
    assert_eq!(limiter.stats().waiting, 0);
    assert_eq!(limiter.stats().cancelled, 2);
}

#[test]
fn a_grant_that_is_dropped_unpolled_goes_to_the_next() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let (mut granted, mut next) = (limiter.acquire(), limiter.acquire());
    assert!(poll(&mut granted).is_pending());
    assert!(poll(&mut next).is_pending());
    clock.advance(SECOND);
    assert_eq!(limiter.stats().reserved, 1);
    drop(granted);
    assert!(poll(&mut next).is_ready(), "at the same instant");
}

#[test]
fn dropping_a_giant_head_releases_all_behind_it() {
    let (limiter, _clock) = limiter(200, SECOND);
    limiter.try_acquire_many(100).unwrap();
    let mut giant = limiter.acquire_many(150);
    assert!(poll(&mut giant).is_pending());
    let (woken, waker) = testkit::CountWaker::new();
    let mut small: Vec<_> = (0..100).map(|_| limiter.acquire()).collect();
    for waiter in &mut small {
        assert!(testkit::poll_once(waiter, &waker).is_pending());
    }
    drop(giant);
    assert_eq!(woken.wakes(), 100, "without any time passing");
    for waiter in &mut small {
        assert!(poll(waiter).is_ready());
    }
}

#[test]
fn acquire_may_be_dropped_after_any_poll() {
    testkit::drop_after_each_poll(
        3,
        || {
            let (limiter, clock) = limiter(1, SECOND);
            limiter.try_acquire().unwrap();
            (limiter.acquire_owned(), (limiter, clock))
        },
        |(_, clock)| clock.advance(SECOND / 2),
        |(limiter, clock), _polls| {
            let stats = limiter.stats();
            assert_eq!((stats.reserved, stats.waiting), (0, 0));
            clock.advance(SECOND);
            assert_eq!(
                limiter.try_acquire_up_to(5),
                1,
                "nothing is lost, nothing is owed"
            );
        },
    );
}

#[test]
fn acquire_guard_may_be_dropped_after_any_poll() {
    testkit::drop_after_each_poll(
        3,
        || {
            let (limiter, clock) = limiter(1, SECOND);
            limiter.try_acquire().unwrap();
            (limiter.acquire_guard_owned(), (limiter, clock))
        },
        |(_, clock)| clock.advance(SECOND / 2),
        |(limiter, clock), _polls| {
            assert_eq!((limiter.stats().reserved, limiter.stats().waiting), (0, 0));
            clock.advance(SECOND);
            assert_eq!(limiter.try_acquire_up_to(5), 1);
        },
    );
}

#[test]
fn acquire_by_may_be_dropped_after_any_poll() {
    testkit::drop_after_each_poll(
        3,
        || {
            let (limiter, clock) = limiter(1, SECOND);
            limiter.try_acquire().unwrap();
            let deadline = clock.now() + 2 * SECOND;
            (limiter.acquire_by_owned(1, deadline), (limiter, clock))
        },
        |(_, clock)| clock.advance(SECOND / 2),
        |(limiter, clock), _polls| {
            assert_eq!((limiter.stats().reserved, limiter.stats().waiting), (0, 0));
            clock.advance(SECOND);
            assert_eq!(limiter.try_acquire_up_to(5), 1);
        },
    );
}

#[test]
fn cancelling_again_and_again_leaves_no_debt() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    for _ in 0..100_000 {
        let mut waiter = limiter.acquire();
        assert!(poll(&mut waiter).is_pending());
    }
    assert!(clock.pending() <= 1, "one timer per limiter, whoever waits");
    assert_eq!(limiter.stats().cancelled, 100_000);
    clock.advance(SECOND);
    assert!(limiter.try_acquire().is_ok());
}

#[test]
fn a_future_that_was_never_polled_costs_nothing() {
    let (limiter, _clock) = limiter(1, SECOND);
    drop(limiter.acquire());
    let kept = limiter.acquire();
    assert_eq!(limiter.stats().waiting, 0);
    assert!(limiter.try_acquire().is_ok());
    drop(kept);
}

#[test]
fn a_future_stays_pending_after_completion() {
    let (limiter, clock) = limiter(2, SECOND);
    let mut granted = limiter.acquire();
    assert!(poll(&mut granted).is_ready());
    assert!(poll(&mut granted).is_pending());
    let mut refused = limiter.acquire_many(3);
    assert_eq!(
        poll(&mut refused),
        std::task::Poll::Ready(Err(AcquireError::ExceedsLimit))
    );
    assert!(poll(&mut refused).is_pending());
    let mut late = limiter.acquire_many_by(2, clock.now());
    assert!(matches!(
        poll(&mut late),
        std::task::Poll::Ready(Err(AcquireByError::WouldExceed { .. }))
    ));
    assert!(poll(&mut late).is_pending());
    assert_eq!(limiter.stats().granted, 1, "and takes no second permit");
}

#[test]
fn a_waiter_is_gone_with_its_last_handle() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut waiter = Box::pin(limiter.acquire_owned());
    drop(limiter);
    assert!(testkit::poll_pinned(waiter.as_mut() as Pin<&mut _>, Waker::noop()).is_pending());
    assert_eq!(clock.pending(), 1);
    drop(waiter);
    assert_eq!(clock.pending(), 0, "the timer died with the limiter");
}
