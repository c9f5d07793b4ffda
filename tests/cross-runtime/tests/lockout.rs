//! `async-lockout`, on every runtime and on all of them at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use async_clock::{Clock, ManualClock};
use async_lockout::{AcquireOwned, FifoLockout, Lockout, WaitOwned};
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use testkit::{poll_once, within_seconds};

const HOUR: Duration = Duration::from_secs(3600);
const NANO: Duration = Duration::from_nanos(1);
const ALMOST_AN_HOUR: Duration = HOUR.saturating_sub(NANO);
const SHORT: Duration = Duration::from_millis(15);

/// Waiters in the order of their first polls.
fn queued<F: Future + Unpin>(count: usize, wait: impl Fn() -> F) -> Vec<F> {
    let mut waiters: Vec<F> = (0..count).map(|_| wait()).collect();
    for waiter in &mut waiters {
        assert!(poll_once(waiter, Waker::noop()).is_pending());
    }
    waiters
}

on_every_runtime! {
    async fn a_wait_lasts_as_long_as_the_lock() {
        let lockout = Lockout::new();
        let start = Instant::now();
        lockout.lock_for(SHORT);
        assert!(lockout.is_locked());
        lockout.wait().await;
        assert!(start.elapsed() >= SHORT);
        // And nobody waits where there is no lock.
        lockout.wait().await;
        lockout.wait_blocking();
    }

    async fn every_task_is_released_at_the_deadline(runtime) {
        let clock = ManualClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(HOUR);
        let end = clock.now() + HOUR;
        let tasks: Vec<_> = queued(40, || lockout.wait_owned())
            .into_iter()
            .map(|wait| {
                let clock = clock.clone();
                runtime.spawn(async move {
                    wait.await;
                    clock.now()
                })
            })
            .collect();
        clock.advance(ALMOST_AN_HOUR);
        assert!(lockout.is_locked());
        clock.advance(NANO);
        for task in tasks {
            assert_eq!(task.await, end);
        }
    }

    async fn a_longer_lock_holds_those_who_wait(runtime) {
        let clock = ManualClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(HOUR);
        let wait = queued(1, || lockout.wait_owned()).remove(0);
        let seen = clock.clone();
        let task = runtime.spawn(async move {
            wait.await;
            seen.now()
        });
        lockout.lock_for(2 * HOUR);
        let end = clock.now() + 2 * HOUR;
        clock.advance(HOUR);
        clock.advance(HOUR);
        assert_eq!(task.await, end);
    }

    async fn a_lock_that_is_taken_back_releases_at_once(runtime) {
        let lockout = Lockout::new();
        lockout.lock_for(HOUR);
        let task = runtime.spawn(lockout.wait_owned());
        lockout.clear();
        task.await;
        let tag = lockout.tag_for(HOUR);
        let task = runtime.spawn(lockout.wait_owned());
        runtime.spawn(async move { tag.remove() }).await;
        task.await;
    }

    async fn a_fifo_lockout_lets_tasks_in_one_after_another(runtime) {
        let clock = ManualClock::new();
        let lockout = FifoLockout::builder().clock(clock.clone()).build();
        lockout.lock_for(HOUR);
        let inside = Arc::new(AtomicUsize::new(0));
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = queued(20, || lockout.acquire_owned())
            .into_iter()
            .enumerate()
            .map(|(number, acquire)| {
                let (inside, order) = (Arc::clone(&inside), Arc::clone(&order));
                runtime.spawn(async move {
                    let pass = acquire.await;
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two are inside");
                    order.lock().unwrap().push(number);
                    futures_lite::future::yield_now().await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                    pass.ok();
                })
            })
            .collect();
        clock.advance(HOUR);
        for task in tasks {
            task.await;
        }
        assert!(order.lock().unwrap().iter().copied().eq(0..20));
        assert!(lockout.try_acquire().is_ok());
    }

    async fn a_blocked_thread_and_a_task_are_released_together(runtime) {
        let clock = ManualClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(HOUR);
        let task = runtime.spawn(queued(1, || lockout.wait_owned()).remove(0));
        let (blocked, late) = (lockout.clone(), lockout.clone());
        let (report, ended) = channel();
        let thread = thread::spawn(move || {
            blocked.wait_blocking();
            report.send(()).expect("the body waits");
        });
        // On the lockout's own clock; its timeout is a second timer.
        let timed_out = thread::spawn(move || late.wait_blocking_timeout(HOUR / 2));
        clock.wait_for_timers(2).await;
        clock.advance(HOUR / 2);
        assert!(timed_out.join().unwrap().is_err());
        clock.advance(HOUR / 2);
        task.await;
        thread.join().unwrap();
        assert_eq!(ended.try_recv(), Ok(()));
    }
}

#[test]
fn one_lock_ends_on_every_runtime_and_on_a_plain_thread() {
    let clock = ManualClock::new();
    let lockout = Lockout::with_clock(clock.clone());
    lockout.lock_for(HOUR);
    let end = clock.now() + HOUR;
    let registered = Arc::new(AtomicUsize::new(0));

    let (waits, counted, seen) = (lockout.clone(), Arc::clone(&registered), clock.clone());
    let wait = move |_| {
        let mut wait: WaitOwned<ManualClock> = waits.wait_owned();
        let (counted, seen) = (Arc::clone(&counted), seen.clone());
        async move {
            assert!(futures_lite::future::poll_once(&mut wait).await.is_none());
            counted.fetch_add(1, Ordering::SeqCst);
            wait.await;
            seen.now()
        }
    };
    let plain = thread::spawn({
        let wait = wait.clone();
        move || cross_runtime::block_on(wait(Runtime::BlockOn))
    });
    let mover = thread::spawn(move || {
        while registered.load(Ordering::SeqCst) < Runtime::ALL.len() + 1 {
            thread::yield_now();
        }
        clock.advance(ALMOST_AN_HOUR);
        clock.advance(NANO);
    });
    assert_eq!(on_all_at_once(wait), [end; Runtime::ALL.len()]);
    within_seconds(10, move || {
        assert_eq!(plain.join().expect("no panic"), end);
        mover.join().expect("no panic");
    });
}

#[test]
fn the_queue_of_a_fifo_lockout_runs_through_all_runtimes() {
    const EACH: usize = 6;
    let clock = ManualClock::new();
    let lockout = FifoLockout::builder().clock(clock.clone()).build();
    lockout.lock_for(HOUR);
    // Waiter n goes to runtime n modulo their number: each turn changes the runtime.
    let mut hands: Vec<Vec<(usize, AcquireOwned<ManualClock>)>> = Vec::new();
    hands.resize_with(Runtime::ALL.len(), Vec::new);
    let waiters = queued(EACH * Runtime::ALL.len(), || lockout.acquire_owned());
    for (number, waiter) in waiters.into_iter().enumerate() {
        hands[number % Runtime::ALL.len()].push((number, waiter));
    }
    let hands = Mutex::new(hands);
    let (report, reports) = channel();
    clock.advance(HOUR);
    on_all_at_once(move |runtime| {
        let hand = hands.lock().expect("no panic").pop().expect("one for each");
        let report = report.clone();
        async move {
            let tasks: Vec<_> = hand
                .into_iter()
                .map(|(number, acquire)| {
                    let report = report.clone();
                    runtime.spawn(async move {
                        let pass = acquire.await;
                        report.send(number).expect("the test receives");
                        drop(pass);
                    })
                })
                .collect();
            for task in tasks {
                task.await;
            }
        }
    });
    assert!(reports.try_iter().eq(0..EACH * Runtime::ALL.len()));
}
