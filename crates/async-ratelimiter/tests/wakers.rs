//! Wakers are foreign code: they may call back, and they may panic.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use support::{SECOND, limiter, poll};
use testkit::hygiene::{Case, Crowd, Setup};

fn touch(limiter: &support::Limiter) {
    let _ = limiter.try_acquire_many(2);
    let _ = limiter.stats();
    let _ = limiter.retry_after(1);
    drop(limiter.acquire());
}

#[test]
fn acquire_is_hygienic() {
    Case::new("acquire", || {
        let (limiter, clock) = limiter(1, SECOND);
        limiter.try_acquire().unwrap();
        let touched = limiter.clone();
        Setup {
            future: limiter.acquire_owned(),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || touch(&touched)),
        }
    })
    .crowd(|| {
        let (limiter, clock) = limiter(3, SECOND);
        limiter.try_acquire_many(3).unwrap();
        Crowd {
            futures: (0..3).map(|_| limiter.acquire_owned()).collect(),
            fire: Box::new(move || clock.advance(SECOND)),
        }
    })
    .fused()
    .check();
}

#[test]
fn acquire_is_hygienic_when_the_limiter_closes() {
    Case::new("acquire, closed", || {
        let (limiter, _clock) = limiter(1, SECOND);
        limiter.try_acquire().unwrap();
        let (touched, closed) = (limiter.clone(), limiter.clone());
        Setup {
            future: limiter.acquire_owned(),
            fire: Box::new(move || assert!(closed.close())),
            touch: Arc::new(move || touch(&touched)),
        }
    })
    .fused()
    .check();
}

#[test]
fn acquire_guard_is_hygienic() {
    Case::new("acquire_guard", || {
        let (limiter, clock) = limiter(1, SECOND);
        limiter.try_acquire().unwrap();
        let touched = limiter.clone();
        Setup {
            future: limiter.acquire_guard_owned(),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || touch(&touched)),
        }
    })
    .fused()
    .check();
}

#[test]
fn acquire_by_is_hygienic() {
    use async_clock::Clock;
    Case::new("acquire_by", || {
        let (limiter, clock) = limiter(1, SECOND);
        limiter.try_acquire().unwrap();
        let touched = limiter.clone();
        Setup {
            future: limiter.acquire_by_owned(1, clock.now() + 5 * SECOND),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || touch(&touched)),
        }
    })
    .fused()
    .check();
}

#[test]
fn ready_is_hygienic() {
    Case::new("ready", || {
        let (limiter, clock) = limiter(1, SECOND);
        limiter.try_acquire().unwrap();
        let touched = limiter.clone();
        let place = limiter.reserve_owned(1).unwrap();
        Setup {
            future: Box::pin(async move {
                let mut place = place;
                place.ready().await
            }),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || touch(&touched)),
        }
    })
    .check();
}

#[test]
fn a_waker_that_panics_in_an_alarm_leaves_the_next_alarm_set() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let (mut first, mut second) = (limiter.acquire(), limiter.acquire());
    assert!(testkit::poll_once(&mut first, &testkit::panicking()).is_pending());
    assert!(poll(&mut second).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| clock.advance(SECOND))).is_err());
    drop(first); // granted, though its waker panicked
    assert!(poll(&mut second).is_ready());
}

#[test]
fn a_panicking_waker_among_many_harms_nobody() {
    let (limiter, clock) = limiter(200, SECOND);
    limiter.try_acquire_many(200).unwrap();
    let (woken, waker) = testkit::CountWaker::new();
    let mut waiters: Vec<_> = (0..200).map(|_| limiter.acquire()).collect();
    for (index, waiter) in waiters.iter_mut().enumerate() {
        let waker = if index % 50 == 7 {
            testkit::panicking()
        } else {
            waker.clone()
        };
        assert!(testkit::poll_once(waiter, &waker).is_pending());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| clock.advance(SECOND))).is_err());
    assert_eq!(woken.wakes(), 196, "all the others, in the same instant");
    for waiter in &mut waiters {
        assert!(poll(waiter).is_ready());
    }
}

#[test]
fn a_waker_that_panics_when_the_limit_is_lowered_leaves_the_rest_served() {
    let (limiter, clock) = limiter(5, SECOND);
    limiter.try_acquire_many(3).unwrap();
    let (mut large, mut small) = (limiter.acquire_many(4), limiter.acquire());
    assert!(testkit::poll_once(&mut large, &testkit::panicking()).is_pending());
    assert!(poll(&mut small).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| limiter.set_limit(2))).is_err());
    clock.advance(SECOND);
    assert!(poll(&mut small).is_ready());
}
