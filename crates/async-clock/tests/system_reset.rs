//! Moving timers of the system clock.
#![cfg(feature = "system")]

use async_clock::{Clock, SystemClock, Timer};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::task::Waker;
use std::time::{Duration, Instant};
use testkit::{CountWaker, on_wake, with_seeds, within_seconds};

const PATIENCE: Duration = Duration::from_secs(20);
const FAR: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(2);
/// Beyond the range of the clock: never.
const NEVER: Duration = Duration::from_secs(40 * 365 * 86_400);

/// A waker, and the instants of its wakes.
fn signal() -> (Waker, Receiver<Instant>) {
    let (sender, receiver) = channel();
    let waker = on_wake(move || {
        // A waker may be called after its test has what it needs.
        let _ = sender.send(Instant::now());
    });
    (waker, receiver)
}

fn wait(receiver: &Receiver<Instant>) -> Instant {
    receiver.recv_timeout(PATIENCE).expect("a wake was lost")
}

#[test]
fn to_an_earlier_instant_the_waiting_task_is_woken_then() {
    within_seconds(50, || {
        let (waker, fired) = signal();
        let mut timer = SystemClock.arm(Instant::now() + FAR, &waker);
        let at = Instant::now() + SOON;
        assert!(timer.reset(at));
        assert_eq!(timer.deadline(), at);
        assert!(wait(&fired) >= at);
        assert!(timer.is_fired());
    });
}

#[test]
fn to_a_later_instant_the_waiting_task_is_not_woken_before_it() {
    within_seconds(50, || {
        let (waker, fired) = signal();
        let first = Instant::now() + Duration::from_secs(1);
        let mut timer = SystemClock.arm(first, &waker);
        let at = first + Duration::from_millis(100);
        assert!(timer.reset(at));
        assert!(wait(&fired) >= at);
        assert!(timer.is_fired());
        assert!(fired.try_recv().is_err(), "woken twice");
    });
}

#[test]
fn to_the_past_the_waiting_task_is_woken_at_once() {
    within_seconds(50, || {
        let past = Instant::now();
        // Makes the clock's time pass `past`, so that the waker is called from inside.
        let (waker, fired) = signal();
        let _timer = SystemClock.arm(Instant::now() + SOON, &waker);
        wait(&fired);

        let (waker, fired) = signal();
        let mut timer = SystemClock.arm(Instant::now() + FAR, &waker);
        assert!(timer.reset(past), "it had not fired before");
        wait(&fired);
        assert!(timer.is_fired());
        assert!(!timer.reset(Instant::now() + FAR), "the waker is spent");
        assert!(fired.try_recv().is_err(), "woken twice");
    });
}

#[test]
fn the_waker_of_the_last_poll_moves_with_the_timer() {
    within_seconds(50, || {
        let (count, first) = CountWaker::new();
        let (last, fired) = signal();
        let mut timer = SystemClock.arm(Instant::now() + FAR, &first);
        assert!(!timer.poll_fired(&last));
        assert!(timer.reset(Instant::now() + SOON));
        wait(&fired);
        assert_eq!(count.wakes(), 0);
        assert_eq!(Arc::strong_count(&count), 2);
    });
}

#[test]
fn after_the_firing_nothing_is_armed() {
    within_seconds(50, || {
        let (waker, fired) = signal();
        let mut timer = SystemClock.arm(Instant::now() + SOON, &waker);
        wait(&fired);
        assert!(!timer.reset(Instant::now() + SOON));
        // A later timer fires; the one that could not be moved does not.
        let (later, later_fired) = signal();
        let _timer = SystemClock.arm(Instant::now() + 2 * SOON, &later);
        wait(&later_fired);
        assert!(fired.try_recv().is_err(), "woken after it was spent");
    });
}

#[test]
fn to_never_and_back() {
    within_seconds(50, || {
        let (waker, fired) = signal();
        let mut timer = SystemClock.arm(Instant::now() + FAR, &waker);
        assert!(timer.reset(Instant::now() + NEVER));
        assert!(!timer.poll_fired(&waker));
        assert!(timer.reset(Instant::now() + SOON));
        wait(&fired);

        let (waker, fired) = signal();
        let mut timer = SystemClock.arm(Instant::now() + NEVER, &waker);
        assert!(timer.reset(Instant::now() + SOON), "never keeps its waker");
        wait(&fired);
        assert!(timer.is_fired());
    });
}

#[test]
fn a_timer_that_is_moved_all_the_time_fires_once_at_its_last_deadline() {
    within_seconds(50, || {
        with_seeds(20, |rng| {
            let (waker, fired) = signal();
            let mut at = Instant::now() + FAR;
            let mut timer = SystemClock.arm(at, &waker);
            for _ in 0..500 {
                at = Instant::now() + Duration::from_millis(rng.u64(100..10_000_000));
                if !timer.reset(at) {
                    // Held up for 100 ms: it fired, and rightly so.
                    wait(&fired);
                    timer = SystemClock.arm(at, &waker);
                }
            }
            at = Instant::now() + SOON;
            if timer.reset(at) {
                assert!(wait(&fired) >= at);
            }
            assert!(fired.try_recv().is_err(), "woken twice");
        });
    });
}
