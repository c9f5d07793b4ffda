//! Zero, huge, and very many.

use async_clock::{Clock, ManualClock};
use async_scheduler::Scheduler;
use std::time::{Duration, Instant};
use testkit::{CountWaker, poll_once, within_seconds};

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(31_556_952);

/// The last instant that there is, to the second.
fn last_instant() -> Instant {
    let (mut at, mut step) = (Instant::now(), Duration::from_secs(1 << 62));
    while step >= SECOND {
        match at.checked_add(step) {
            Some(later) => at = later,
            None => step /= 2,
        }
    }
    at
}

#[test]
fn no_time_is_too_far_to_be_scheduled_for() {
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    let (count, waker) = CountWaker::new();
    let mut next = scheduler.next();
    assert!(poll_once(&mut next, &waker).is_pending());
    let delays = [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        Duration::from_secs(i64::MAX as u64),
        Duration::from_nanos(u64::MAX),
        Duration::from_nanos(1 << 63),
        300 * YEAR,
        200 * YEAR,
    ];
    for delay in delays {
        let token = scheduler.schedule_in(delay, delay).unwrap();
        assert!(scheduler.reschedule_in(token, delay));
    }
    let token = scheduler
        .schedule_at(last_instant(), Duration::MAX)
        .unwrap();
    assert!(scheduler.reschedule(token, last_instant()));
    assert_eq!(scheduler.len(), 8);
    clock.advance(YEAR);
    assert_eq!(count.wakes(), 0);
    assert_eq!(scheduler.clear()[0], 200 * YEAR);
}

#[test]
fn items_are_exact_two_hundred_years_ahead() {
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    let (count, waker) = CountWaker::new();
    let nano = Duration::from_nanos(1);
    scheduler.schedule_in(200 * YEAR, 1).unwrap();
    scheduler.schedule_in(200 * YEAR + nano, 2).unwrap();
    let mut next = scheduler.next();
    assert!(poll_once(&mut next, &waker).is_pending());
    clock.advance((200 * YEAR).checked_sub(nano).unwrap());
    assert_eq!(count.wakes(), 0);
    clock.advance(nano);
    assert_eq!(*scheduler.try_next().unwrap(), 1);
    assert!(scheduler.try_next().is_err());
}

#[test]
fn the_past_is_due_at_once_in_the_order_of_its_times() {
    let clock = ManualClock::new();
    clock.advance(YEAR);
    let scheduler = Scheduler::with_clock(clock.clone());
    let now = clock.now();
    for back in [1, 3, 0, 2] {
        let at = now.checked_sub(back * SECOND).unwrap();
        scheduler.schedule_at(at, back).unwrap();
    }
    let yielded: Vec<u32> = std::iter::from_fn(|| scheduler.try_next().ok())
        .map(|due| {
            assert_eq!(due.late_by(), *due * SECOND);
            *due
        })
        .collect();
    assert_eq!(yielded, [3, 2, 1, 0]);
}

#[test]
fn a_hundred_thousand_due_items_drain_by_polls_alone() {
    within_seconds(60, || {
        let clock = ManualClock::new();
        let scheduler = Scheduler::with_clock(clock.clone());
        let (count, waker) = CountWaker::new();
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, &waker).is_pending());
        for n in 0..100_000_u32 {
            scheduler.schedule_in((1 + n % 1000) * SECOND, n).unwrap();
        }
        clock.advance(1000 * SECOND);
        assert_eq!(count.wakes(), 1);
        assert!(poll_once(&mut next, &waker).is_ready());
        let mut last = (0, 0);
        for _ in 1..100_000 {
            let due = scheduler.try_next().unwrap();
            let key = (*due % 1000, *due);
            assert!(key > last);
            last = key;
        }
        assert!(scheduler.is_idle());
        assert_eq!(clock.pending(), 0);
    });
}

#[test]
fn a_wall_scheduler_may_look_never_or_all_the_time() {
    within_seconds(30, || {
        for (look, first) in [
            (Duration::MAX, 60 * SECOND),
            (SECOND, SECOND),
            (Duration::ZERO, Duration::from_millis(1)),
        ] {
            let clock = ManualClock::new();
            let scheduler = Scheduler::wall_with(clock.clone(), look);
            scheduler.schedule_in(60 * SECOND, 1).unwrap();
            let (count, waker) = CountWaker::new();
            let mut next = scheduler.next();
            assert!(poll_once(&mut next, &waker).is_pending());
            assert_eq!(clock.next_deadline(), Some(clock.now() + first));
            clock.advance(60 * SECOND);
            assert_eq!(count.wakes(), 1);
        }
    });
}
