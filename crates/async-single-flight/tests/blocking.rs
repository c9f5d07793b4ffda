//! Waiting on plain threads.

mod support;

use async_single_flight::{Elapsed, Group};
use std::future;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use support::{Gate, Strings, callers};
use testkit::within_seconds;

#[test]
fn a_blocked_thread_drives_the_load_that_it_waits_for() {
    within_seconds(10, || {
        let (group, gate) = (Strings::new(), Gate::new());
        let opener = Arc::clone(&gate);
        let thread = thread::spawn(move || {
            while opener.polls() == 0 {
                thread::yield_now();
            }
            opener.open();
        });
        assert_eq!(group.work_blocking(1, gate.load("value")), "value");
        thread.join().unwrap();
    });
}

#[test]
fn a_blocked_thread_goes_on_with_a_load_that_a_task_has_begun() {
    within_seconds(10, || {
        let (group, gate) = (Strings::new(), Gate::new());
        let task = callers(&group, &gate, 1);
        let opener = Arc::clone(&gate);
        let thread = thread::spawn(move || group.work_blocking(1, || async { "unused" }));
        opener.open();
        assert_eq!(thread.join().unwrap(), "value"); // the task is not polled again
        drop(task);
        assert_eq!(gate.starts(), 1);
    });
}

#[test]
fn a_limit_that_passes_gives_the_place_up() {
    let group: Group<u32, u32> = Group::new();
    let limit = Duration::from_millis(2);
    let start = Instant::now();
    assert_eq!(
        group.work_blocking_timeout(1, future::pending, limit),
        Err(Elapsed)
    );
    assert!(start.elapsed() >= limit);
    assert_eq!(
        group.work_blocking_deadline(1, future::pending, start),
        Err(Elapsed)
    );
    assert_eq!(group.in_flight(), 0);
}

#[test]
fn what_is_ready_at_the_limit_is_had() {
    let group: Group<u32, u32> = Group::new();
    assert_eq!(
        group.work_blocking_timeout(1, || async { 7 }, Duration::ZERO),
        Ok(7)
    );
    assert_eq!(
        group.work_blocking_deadline(1, || async { 7 }, Instant::now()),
        Ok(7)
    );
    assert_eq!(
        group.work_blocking_timeout(1, || async { 7 }, Duration::MAX),
        Ok(7)
    );
}

#[test]
fn threads_share_a_load() {
    within_seconds(30, || {
        for _ in 0..200 {
            let (group, gate) = (Strings::new(), Gate::new());
            gate.open();
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| assert_eq!(group.work_blocking(1, gate.load("value")), "value"));
                }
            });
            assert!(gate.starts() <= 4 && gate.starts() == gate.drops());
            assert_eq!(group.in_flight(), 0);
        }
    });
}
