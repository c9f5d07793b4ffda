//! `async-ratelimiter`, on every runtime and on all of them at once.

use std::num::NonZeroU32;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use async_clock::{Clock, ManualClock};
use async_ratelimiter::{Keyed, RateLimiter};
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use testkit::{poll_once, within_seconds};

const HOUR: Duration = Duration::from_secs(3600);
const PERIOD: Duration = Duration::from_millis(20);

fn n(limit: u32) -> NonZeroU32 {
    NonZeroU32::new(limit).expect("above zero")
}

/// Asserts that no half-open window of `period` holds more than `limit` instants.
fn assert_window(mut instants: Vec<Instant>, limit: usize, period: Duration) {
    instants.sort_unstable();
    for window in instants.windows(limit + 1) {
        let span = window[limit] - window[0];
        assert!(span >= period, "{} within {span:?}", limit + 1);
    }
}

on_every_runtime! {
    async fn no_window_sees_more_than_the_limit(runtime) {
        let limiter = RateLimiter::new(n(5), PERIOD);
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let limiter = limiter.clone();
                runtime.spawn(async move {
                    let mut effects = Vec::new();
                    for _ in 0..6 {
                        // The limit holds for whatever happens while the guard is held.
                        let guard = limiter.acquire_guard().await.expect("never closed");
                        effects.push(Instant::now());
                        drop(guard);
                    }
                    effects
                })
            })
            .collect();
        let mut effects = Vec::new();
        for task in tasks {
            effects.extend(task.await);
        }
        assert_eq!(effects.len(), 24);
        assert_window(effects, 5, PERIOD);
    }

    async fn so_many_periods_pass() {
        let limiter = RateLimiter::new(n(3), PERIOD);
        let start = Instant::now();
        for _ in 0..7 {
            limiter.acquire().await.expect("never closed");
        }
        // The fourth waits for the first to leave the window, the seventh for the fourth.
        assert!(start.elapsed() >= 2 * PERIOD);
    }

    async fn tasks_get_on_in_the_order_of_their_first_polls(runtime) {
        let clock = ManualClock::new();
        let limiter = RateLimiter::builder(n(1), HOUR).clock(clock.clone()).build();
        assert!(limiter.try_acquire().is_ok());
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting: Vec<_> = (0..10).map(|_| limiter.acquire_owned()).collect();
        for acquire in &mut waiting {
            assert!(poll_once(acquire, Waker::noop()).is_pending());
        }
        // Started in another order than they queued in.
        let tasks: Vec<_> = waiting
            .into_iter()
            .enumerate()
            .rev()
            .map(|(number, acquire)| {
                let (order, clock) = (Arc::clone(&order), clock.clone());
                runtime.spawn(async move {
                    acquire.await.expect("never closed");
                    order.lock().unwrap().push(number);
                    clock.now()
                })
            })
            .collect();
        let start = clock.now();
        for (task, hours) in tasks.into_iter().rev().zip(1..) {
            clock.advance(HOUR);
            assert_eq!(task.await, start + hours * HOUR);
        }
        assert!(order.lock().unwrap().iter().copied().eq(0..10));
    }

    async fn nobody_passes_a_waiter(runtime) {
        let clock = ManualClock::new();
        let limiter = RateLimiter::builder(n(2), HOUR).clock(clock.clone()).build();
        assert!(limiter.try_acquire().is_ok());
        let mut both = limiter.acquire_many_owned(2);
        assert!(poll_once(&mut both, Waker::noop()).is_pending());
        // One is free, and the head wants two.
        assert!(limiter.try_acquire().is_err());
        let task = runtime.spawn(both);
        clock.advance(HOUR);
        task.await.expect("never closed");
    }

    async fn a_wait_that_is_dropped_lets_the_next_go_on(runtime) {
        let clock = ManualClock::new();
        let limiter = RateLimiter::builder(n(4), HOUR).clock(clock.clone()).build();
        assert!(limiter.try_acquire().is_ok());
        let mut giant = limiter.acquire_many_owned(4);
        assert!(poll_once(&mut giant, Waker::noop()).is_pending());
        let mut small = limiter.acquire_owned();
        assert!(poll_once(&mut small, Waker::noop()).is_pending());
        let task = runtime.spawn(small);
        runtime.spawn(async move { drop(giant) }).await;
        task.await.expect("never closed");
        assert_eq!(limiter.stats().in_window, 2);
    }

    async fn one_key_does_not_hold_up_another(runtime) {
        let clock = ManualClock::new();
        let limiter = Keyed::builder(n(1), HOUR).clock(clock.clone()).build();
        assert!(limiter.try_acquire(&"busy").is_ok());
        let start = clock.now();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let mut acquire = limiter.acquire_owned("busy", 1);
                assert!(poll_once(&mut acquire, Waker::noop()).is_pending());
                runtime.spawn(acquire)
            })
            .collect();
        let idle = limiter.clone();
        let idle = runtime.spawn(async move { idle.acquire(&"idle").await });
        assert_eq!(idle.await, Ok(()));
        assert_eq!(clock.now(), start);
        for task in waiting {
            clock.advance(HOUR);
            assert_eq!(task.await, Ok(()));
        }
    }

    async fn a_close_reaches_tasks_and_threads(runtime) {
        let limiter = RateLimiter::new(n(1), HOUR);
        limiter.acquire().await.expect("the first is free");
        let tasks: Vec<_> = (0..20).map(|_| runtime.spawn(limiter.acquire_owned())).collect();
        let blocked = limiter.clone();
        let thread = thread::spawn(move || blocked.acquire_blocking());
        while limiter.stats().waiting < 21 {
            futures_lite::future::yield_now().await;
        }
        limiter.close();
        for task in tasks {
            assert!(task.await.is_err());
        }
        assert!(thread.join().unwrap().is_err());
    }
}

#[test]
fn two_runtimes_and_a_thread_share_a_limiter_first_come_first_served() {
    const EACH: usize = 5;
    let clock = ManualClock::new();
    let limiter = RateLimiter::builder(n(1), HOUR)
        .clock(clock.clone())
        .build();
    assert!(limiter.try_acquire().is_ok());
    let participants = [Runtime::TokioMultiThread, Runtime::Smol, Runtime::BlockOn];
    let (report, reports) = channel();

    // Each in turn queues a waiter; then each runs its own, at the same time as the others.
    let mut hands: [Vec<_>; 3] = Default::default();
    for number in 0..EACH * participants.len() {
        let mut acquire = limiter.acquire_owned();
        assert!(poll_once(&mut acquire, Waker::noop()).is_pending());
        hands[number % participants.len()].push((number, acquire));
    }
    let threads = participants.into_iter().zip(hands).map(|(runtime, hand)| {
        let report = report.clone();
        thread::spawn(move || {
            runtime.run(|runtime| async move {
                let tasks: Vec<_> = hand
                    .into_iter()
                    .map(|(number, acquire)| {
                        let report = report.clone();
                        runtime.spawn(async move {
                            acquire.await.expect("never closed");
                            report.send(number).expect("the test receives");
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await;
                }
            });
        })
    });
    let threads: Vec<_> = threads.collect();
    within_seconds(30, move || {
        for expected in 0..EACH * participants.len() {
            assert!(reports.try_recv().is_err(), "somebody got on before time");
            clock.advance(HOUR);
            assert_eq!(reports.recv(), Ok(expected));
        }
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn no_window_sees_more_than_the_limit_over_all_runtimes() {
    let limiter = RateLimiter::new(n(20), PERIOD);
    let effects = on_all_at_once(move |_| {
        let limiter = limiter.clone();
        async move {
            let mut effects = Vec::new();
            for _ in 0..30 {
                let guard = limiter.acquire_guard().await.expect("never closed");
                effects.push(Instant::now());
                drop(guard);
            }
            effects
        }
    });
    let effects = effects.concat();
    assert_eq!(effects.len(), 30 * Runtime::ALL.len());
    assert_window(effects, 20, PERIOD);
}
