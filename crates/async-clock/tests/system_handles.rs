//! What the handle of a timer does: whom it cancels, whom it wakes, where it may go.
#![cfg(feature = "system")]

use async_clock::{Clock, SystemClock, SystemTimer, Timer};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};
use testkit::{CountWaker, assert_auto_traits, on_clone, on_wake, within_seconds};

const PATIENCE: Duration = Duration::from_secs(20);
const FAR: Duration = Duration::from_secs(3600);

assert_auto_traits! {
    SystemClock: Send Sync Unpin;
    SystemTimer: Send Sync Unpin;
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(1)
}

/// A waker, and where its wakes arrive.
fn signal() -> (Waker, Receiver<()>) {
    let (sender, receiver) = channel();
    let waker = on_wake(move || {
        // A waker may be called after its test has what it needs.
        let _ = sender.send(());
    });
    (waker, receiver)
}

fn wait(receiver: &Receiver<()>) {
    receiver.recv_timeout(PATIENCE).expect("a wake was lost");
}

#[test]
fn the_clock_has_no_size_and_a_timer_32_bytes() {
    assert_eq!(size_of::<SystemClock>(), 0);
    assert_eq!(size_of::<SystemTimer>(), 32);
    assert_eq!(size_of::<Option<SystemTimer>>(), 32);
}

#[test]
fn dropping_the_handle_of_a_fired_timer_leaves_the_next_owner_of_its_place_alone() {
    within_seconds(50, || {
        for _ in 0..200 {
            let (waker, fired) = signal();
            let old = SystemClock.arm(soon(), &waker);
            wait(&fired);
            // The place in the slab is free, and the next timer of this thread takes it.
            let (waker, fired) = signal();
            let new = SystemClock.arm(soon(), &waker);
            drop(old);
            wait(&fired);
            assert!(new.is_fired());
        }
    });
}

#[test]
fn the_handle_of_a_fired_timer_stays_fired_when_its_place_is_used_again() {
    within_seconds(50, || {
        let (waker, fired) = signal();
        let mut old = SystemClock.arm(soon(), &waker);
        wait(&fired);
        let _new = SystemClock.arm(Instant::now() + FAR, &waker);
        assert!(old.is_fired());
        assert!(!old.reset(Instant::now() + FAR), "there is nothing to move");
        let (count, other) = CountWaker::new();
        assert!(old.poll_fired(&other));
        assert_eq!(Arc::strong_count(&count), 2, "kept a waker that is spent");
    });
}

#[test]
fn a_cancelled_timer_drops_its_waker_at_once_and_wakes_nobody() {
    within_seconds(50, || {
        let (count, waker) = CountWaker::new();
        let at = Instant::now() + Duration::from_millis(300);
        let timers: Vec<_> = (0..100).map(|_| SystemClock.arm(at, &waker)).collect();
        assert_eq!(Arc::strong_count(&count), 102);
        drop(timers);
        assert_eq!(Arc::strong_count(&count), 2);
        // A timer of a later instant has fired: the cancelled ones would have, too.
        let (later, fired) = signal();
        let _timer = SystemClock.arm(at + Duration::from_millis(5), &later);
        wait(&fired);
        assert_eq!(count.wakes(), 0);
    });
}

#[test]
fn a_timer_may_be_dropped_on_another_thread() {
    within_seconds(50, || {
        let (count, waker) = CountWaker::new();
        let timers: Vec<_> = (0..500)
            .map(|_| SystemClock.arm(Instant::now() + FAR, &waker))
            .collect();
        assert_eq!(Arc::strong_count(&count), 502);
        thread::spawn(move || drop(timers)).join().unwrap();
        assert_eq!(Arc::strong_count(&count), 2);
    });
}

#[test]
fn a_timer_may_be_polled_and_reset_on_another_thread() {
    within_seconds(50, || {
        let (count, first) = CountWaker::new();
        let mut timer = SystemClock.arm(Instant::now() + FAR, &first);
        thread::spawn(move || {
            let (waker, fired) = signal();
            assert!(!timer.poll_fired(&waker));
            assert!(timer.reset(soon()));
            wait(&fired);
            assert!(timer.poll_fired(&waker));
        })
        .join()
        .unwrap();
        assert_eq!(count.wakes(), 0, "the waker of an earlier poll was called");
        assert_eq!(Arc::strong_count(&count), 2);
    });
}

#[test]
fn a_forgotten_timer_fires_in_its_time() {
    within_seconds(50, || {
        let (waker, fired) = signal();
        std::mem::forget(SystemClock.arm(soon(), &waker));
        wait(&fired);
    });
}

#[test]
fn only_the_waker_of_the_last_poll_is_called_though_it_was_there_before() {
    within_seconds(50, || {
        let (first_count, first) = CountWaker::new();
        let (second_count, second) = CountWaker::new();
        let (last, fired) = signal();
        let at = Instant::now() + Duration::from_millis(500);
        let mut timer = SystemClock.arm(at, &last);
        for waker in [&first, &second, &first, &last] {
            assert!(!timer.poll_fired(waker));
        }
        assert_eq!(Arc::strong_count(&first_count), 2);
        assert_eq!(Arc::strong_count(&second_count), 2);
        wait(&fired);
        assert_eq!((first_count.wakes(), second_count.wakes()), (0, 0));
    });
}

#[test]
fn polling_again_with_the_same_waker_does_not_clone_it() {
    let (clones, counter) = CountWaker::new();
    let waker = on_clone(move || counter.wake_by_ref());
    let mut timer = SystemClock.arm(Instant::now() + FAR, &waker);
    assert_eq!(clones.wakes(), 1);
    for _ in 0..100 {
        assert!(!timer.poll_fired(&waker));
    }
    assert_eq!(clones.wakes(), 1);
}

#[test]
fn a_wake_that_is_seen_is_a_timer_that_has_fired() {
    within_seconds(50, || {
        for _ in 0..200 {
            let (waker, fired) = signal();
            let mut timer = SystemClock.arm(soon(), &waker);
            wait(&fired);
            assert!(timer.poll_fired(&waker), "woken before it was fired");
        }
    });
}

#[test]
fn debug_shows_the_deadline_and_whether_it_fired() {
    let timer = SystemClock.arm(Instant::now() + FAR, Waker::noop());
    let text = format!("{timer:?}");
    assert!(text.starts_with("SystemTimer { deadline: "), "{text}");
    assert!(text.contains("fired: false"), "{text}");
    assert_eq!(format!("{SystemClock:?}"), "SystemClock");
}
