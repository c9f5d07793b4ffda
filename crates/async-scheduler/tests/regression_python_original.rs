//! What was wrong with the scheduler of the Python library, as promises of ours.

use async_clock::{Clock, ManualClock};
use async_scheduler::{Due, Scheduler};
use futures_lite::{StreamExt, future};
use std::time::Duration;
use testkit::within_seconds;

const SECOND: Duration = Duration::from_secs(1);

/// There each item cost one sleep of the granularity: 100 due ones took over a second.
#[test]
fn due_items_drain_without_waiting() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let scheduler = Scheduler::with_clock(clock.clone());
        for n in 0..100 {
            scheduler.schedule_in(SECOND, n).unwrap();
        }
        clock.advance(SECOND);
        let before = clock.now();
        scheduler.close_after_drain();
        let all = scheduler.stream().map(Due::into_inner);
        assert!(
            future::block_on(all.collect::<Vec<_>>())
                .into_iter()
                .eq(0..100)
        );
        assert_eq!((clock.now(), clock.pending()), (before, 0));
    });
}

/// There `join` never returned on a closed scheduler.
#[test]
fn join_returns_after_close() {
    within_seconds(30, || {
        let scheduler = Scheduler::new();
        scheduler.schedule_in(3600 * SECOND, "far").unwrap();
        assert_eq!(scheduler.close(), ["far"]);
        future::block_on(scheduler.join());
        scheduler.join_blocking();
    });
}

/// There a cancelled item stayed where it was until its time, and `join` with it.
#[test]
fn a_far_item_that_is_cancelled_does_not_hold_join_up() {
    within_seconds(30, || {
        let scheduler = Scheduler::new();
        let token = scheduler.schedule_in(3600 * SECOND, "far").unwrap();
        assert!(!scheduler.is_idle());
        assert_eq!(scheduler.cancel(token), Some("far"));
        future::block_on(scheduler.join());
    });
}

/// There the first was taken out and put back while it was not due, and could be missed meanwhile.
#[test]
fn looking_for_an_item_does_not_take_it_out() {
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    let token = scheduler.schedule_in(SECOND, 7).unwrap();
    assert!(scheduler.try_next().unwrap_err().is_not_due());
    assert_eq!((scheduler.len(), scheduler.cancel(token)), (1, Some(7)));
}

/// There the tie was broken by the identity of objects.
#[test]
fn equal_times_keep_insertion_order() {
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    let at = clock.now() + SECOND;
    let tokens: Vec<_> = (0..1000)
        .map(|n| scheduler.schedule_at(at, n).unwrap())
        .collect();
    for n in (0..1000).step_by(7) {
        assert_eq!(scheduler.cancel(tokens[n]), Some(n));
    }
    // Moved to the time that it has: behind all others, as one that is new.
    assert!(scheduler.reschedule(tokens[1], at));
    clock.advance(SECOND);
    let mut order: Vec<usize> = (0..1000).filter(|n| n % 7 != 0 && *n != 1).collect();
    order.push(1);
    let yielded = std::iter::from_fn(|| scheduler.try_next().ok());
    assert!(yielded.map(Due::into_inner).eq(order));
}
