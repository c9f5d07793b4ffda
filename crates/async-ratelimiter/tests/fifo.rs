//! First come, first served: nobody overtakes, and each waiter is woken once.

mod support;

use async_clock::{Clock, ManualClock, ManualTimer};
use async_ratelimiter::{Gcra, Policy, RateLimiter};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::{Duration, Instant};
use support::{Limiter, SECOND, limiter, limiter_with, n, poll};

#[test]
fn try_acquire_fails_while_anyone_waits() {
    let (limiter, clock) = limiter(5, SECOND);
    limiter.try_acquire_many(3).unwrap();
    let mut large = limiter.acquire_many(4);
    assert!(poll(&mut large).is_pending());
    // Two permits are free, and they are not for those who come later.
    assert!(limiter.try_acquire().unwrap_err().is_limited());
    assert_eq!(limiter.try_acquire_up_to(2), 0);
    assert!(limiter.try_acquire_guard().is_err());
    clock.advance(SECOND);
    assert!(poll(&mut large).is_ready());
    assert!(limiter.try_acquire().is_ok());
}

#[test]
fn a_small_request_does_not_overtake_a_large_one() {
    let (limiter, clock) = limiter(5, SECOND);
    limiter.try_acquire_many(3).unwrap();
    let mut large = limiter.acquire_many(4);
    let mut small = limiter.acquire();
    assert!(poll(&mut large).is_pending());
    assert!(poll(&mut small).is_pending());
    clock.advance(SECOND);
    assert!(poll(&mut small).is_ready()); // five are free: both are granted, in order
    assert!(poll(&mut large).is_ready());
}

#[test]
fn the_place_is_taken_by_the_first_poll() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut made_first = limiter.acquire();
    let mut polled_first = limiter.acquire();
    assert!(poll(&mut polled_first).is_pending());
    assert!(poll(&mut made_first).is_pending());
    clock.advance(SECOND);
    assert!(poll(&mut made_first).is_pending());
    assert!(poll(&mut polled_first).is_ready());
}

/// 500 tasks on one limiter: order of grants, polls of each, and the instant of the last grant.
fn crowd<P: Policy>(
    limiter: &Limiter<P>,
    clock: &ManualClock,
    seed: u64,
) -> (usize, u32, Duration) {
    const TASKS: usize = 500;
    let start = clock.now();
    let order = Rc::new(RefCell::new(Vec::new()));
    let arrivals = Rc::new(RefCell::new(Vec::new()));
    let most_polls = Rc::new(Cell::new(0));
    let mut executor = testkit::RandomOrder::new(seed);
    for task in 0..TASKS {
        let (order, arrivals) = (order.clone(), arrivals.clone());
        let (limiter, most_polls) = (limiter.clone(), most_polls.clone());
        executor.spawn(async move {
            let mut acquire = pin!(limiter.acquire());
            let mut polls = 0;
            poll_fn(|cx| {
                if polls == 0 {
                    arrivals.borrow_mut().push(task);
                }
                polls += 1;
                acquire.as_mut().poll(cx)
            })
            .await
            .unwrap();
            most_polls.set(most_polls.get().max(polls));
            order.borrow_mut().push(task);
        });
    }
    executor.run_until_stalled();
    while clock.advance_to_next().is_some() {
        executor.run_until_stalled();
    }
    let (order, arrivals) = (order.take(), arrivals.take());
    assert_eq!(order.len(), TASKS);
    let place = |task: &usize| arrivals.iter().position(|arrived| arrived == task);
    let places: Vec<_> = order.iter().map(place).collect();
    let inversions = places.windows(2).filter(|pair| pair[0] > pair[1]).count();
    (inversions, most_polls.get(), clock.now() - start)
}

#[test]
fn five_hundred_waiters_of_the_log_are_polled_twice_and_in_order() {
    testkit::with_seeds(3, |rng| {
        let (limiter, clock) = limiter(1, SECOND / 500);
        let (inversions, polls, last) = crowd(&limiter, &clock, rng.u64(..));
        assert_eq!((inversions, polls), (0, 2));
        // Claims take no time on this clock: the ideal to the nanosecond.
        assert_eq!(last, 499 * SECOND / 500);
    });
}

#[test]
fn five_hundred_waiters_of_gcra_are_polled_twice_and_in_order() {
    testkit::with_seeds(3, |rng| {
        let (limiter, clock) = limiter_with(Gcra::smooth(n(1)), 500, SECOND);
        let (inversions, polls, last) = crowd(&limiter, &clock, rng.u64(..));
        assert_eq!((inversions, polls), (0, 2));
        assert_eq!(last, 499 * SECOND / 500);
    });
}

#[test]
fn a_crowd_that_is_granted_at_once_is_woken_in_order() {
    // More than one batch of wakers, and more than one alarm's work.
    const TASKS: usize = 500;
    let (limiter, clock) = limiter(500, SECOND);
    limiter.try_acquire_many(500).unwrap();
    let woken: Arc<Mutex<Vec<usize>>> = Arc::default();
    let mut waiters: Vec<_> = (0..TASKS).map(|_| limiter.acquire()).collect();
    for (task, waiter) in waiters.iter_mut().enumerate() {
        let woken = woken.clone();
        let waker = testkit::on_wake(move || woken.lock().unwrap().push(task));
        assert!(testkit::poll_once(waiter, &waker).is_pending());
    }
    clock.advance(SECOND);
    assert!(woken.lock().unwrap().iter().copied().eq(0..TASKS));
}

/// A manual clock that counts the timers which are armed for an instant that has come already.
#[derive(Clone)]
struct CountsHaste {
    clock: ManualClock,
    hasty: Arc<AtomicUsize>,
}

impl Clock for CountsHaste {
    type Timer = ManualTimer;

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn arm(&self, at: Instant, waker: &Waker) -> ManualTimer {
        if at <= self.now() {
            self.hasty.fetch_add(1, Ordering::SeqCst);
        }
        self.clock.arm(at, waker)
    }
}

#[test]
fn the_work_of_one_alarm_is_bounded() {
    let manual = ManualClock::new();
    let clock = CountsHaste {
        clock: manual.clone(),
        hasty: Arc::default(),
    };
    let limiter = RateLimiter::builder(n(1000), SECOND)
        .clock(clock.clone())
        .build();
    limiter.try_acquire_many(1000).unwrap();
    let (woken, waker) = testkit::CountWaker::new();
    let mut waiters: Vec<_> = (0..200).map(|_| limiter.acquire()).collect();
    for waiter in &mut waiters {
        assert!(testkit::poll_once(waiter, &waker).is_pending());
    }
    manual.advance(SECOND);
    assert_eq!(woken.wakes(), 200);
    // 64 of them by the alarm itself, 64 by each of the alarms that it set for now.
    assert_eq!(clock.hasty.load(Ordering::SeqCst), 3);
}

#[test]
fn spurious_polls_change_nothing() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let (mut first, mut second) = (limiter.acquire(), limiter.acquire());
    for _ in 0..10 {
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
    }
    assert_eq!(limiter.stats().waiting, 2);
    clock.advance(SECOND);
    assert!(poll(&mut second).is_pending());
    assert!(poll(&mut first).is_ready());
}
