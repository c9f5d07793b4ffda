//! Times of day, on a clock that is set.

use async_clock::{Clock, ManualClock, WallClock};
use async_scheduler::{Every, Misfire, Scheduler};
use std::task::Waker;
use std::time::{Duration, SystemTime};
use testkit::{CountWaker, poll_once};

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);
const HOUR: Duration = Duration::from_secs(3600);
const YEAR: Duration = Duration::from_secs(31_556_952);

type OnManual = Scheduler<u32, SystemTime, ManualClock>;

fn wall() -> (OnManual, ManualClock) {
    let clock = ManualClock::new();
    (Scheduler::wall_with_clock(clock.clone()), clock)
}

#[test]
fn wall_jumps_forward_make_due_what_they_pass_within_a_look() {
    for jump in [HOUR, YEAR] {
        let (scheduler, clock) = wall();
        let start = clock.system_now();
        for n in [3, 1, 2, 9] {
            scheduler.schedule_at(start + n * jump / 4, n).unwrap();
        }
        let (count, waker) = CountWaker::new();
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, &waker).is_pending());
        clock.jump_wall_forward(jump);
        assert_eq!(count.wakes(), 0, "nobody tells");
        clock.advance(SECOND.checked_sub(NANO).unwrap());
        assert_eq!(count.wakes(), 0, "between two looks");
        clock.advance(NANO);
        assert_eq!(count.wakes(), 1, "noticed");
        drop(next);
        for n in 1..=3 {
            let due = scheduler.try_next().unwrap();
            assert_eq!((*due, due.scheduled_for()), (n, start + n * jump / 4));
            assert_eq!(
                due.late_by(),
                (jump + SECOND).checked_sub(n * jump / 4).unwrap()
            );
        }
        assert!(scheduler.try_next().unwrap_err().is_not_due());
    }
}

#[test]
fn wall_jumps_back_make_items_wait_again() {
    for (jump, look) in [(HOUR, SECOND), (YEAR, HOUR)] {
        let clock = ManualClock::new();
        let scheduler = Scheduler::wall_with(clock.clone(), look);
        let start = clock.system_now();
        scheduler.schedule_at(start + HOUR, 1).unwrap();
        scheduler.schedule_at(start + HOUR, 2).unwrap();
        let (count, waker) = CountWaker::new();
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, &waker).is_pending());
        clock.advance(HOUR); // the first is yielded, the second is due
        assert!(poll_once(&mut next, &waker).is_ready());
        clock.jump_wall_back(jump);
        assert!(scheduler.try_next().unwrap_err().is_not_due());
        count.reset();
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, &waker).is_pending());
        clock.advance(jump.checked_sub(NANO).unwrap());
        assert_eq!(count.wakes(), 0);
        clock.advance(NANO);
        assert_eq!(count.wakes(), 1);
        match poll_once(&mut next, &waker) {
            std::task::Poll::Ready(Some(due)) => {
                assert_eq!((*due, due.late_by()), (2, Duration::ZERO));
            }
            other => panic!("{other:?}"),
        }
        assert!(scheduler.is_empty(), "what was yielded does not return");
    }
}

#[test]
fn a_jump_back_amid_many_that_are_due_makes_the_rest_wait_again() {
    let (scheduler, clock) = wall();
    let start = clock.system_now();
    let minutes = |n: u32| Duration::from_secs(60) * n;
    let tokens: Vec<_> = (0..1000)
        .map(|n| scheduler.schedule_at(start + minutes(n), n).unwrap())
        .collect();
    clock.advance(minutes(999));
    let all: Vec<u32> = (0..200).map(|_| *scheduler.try_next().unwrap()).collect();
    assert!(all.into_iter().eq(0..200));
    assert_eq!(scheduler.cancel(tokens[200]), Some(200));
    assert_eq!(scheduler.cancel(tokens[500]), Some(500));
    assert!(scheduler.reschedule(tokens[201], start + minutes(600)));

    clock.jump_wall_back(minutes(799)); // it shows the time of number 200
    assert!(scheduler.try_next().unwrap_err().is_not_due());
    assert_eq!(scheduler.peek(), Some(start + minutes(202)));
    scheduler.schedule_at(start, 7).unwrap();
    assert_eq!(*scheduler.try_next().unwrap(), 7);
    let (count, waker) = CountWaker::new();
    let mut next = scheduler.next();
    assert!(poll_once(&mut next, &waker).is_pending());
    clock.advance(minutes(2).checked_sub(NANO).unwrap());
    assert_eq!(count.wakes(), 0);
    clock.advance(NANO);
    assert_eq!(count.wakes(), 1);
    drop(next);

    clock.advance(minutes(1000));
    scheduler.close_after_drain();
    let rest: Vec<u32> = std::iter::from_fn(|| scheduler.next_blocking())
        .map(async_scheduler::Due::into_inner)
        .collect();
    let mut expected: Vec<u32> = (202..=600).chain([201]).chain(601..1000).collect();
    expected.retain(|n| *n != 500);
    assert_eq!(rest, expected);
}

#[test]
fn a_jump_back_between_wake_up_and_poll_loses_nothing() {
    let (scheduler, clock) = wall();
    scheduler.schedule_at(clock.system_now() + HOUR, 1).unwrap();
    let (count, waker) = CountWaker::new();
    let mut next = scheduler.next();
    assert!(poll_once(&mut next, &waker).is_pending());
    clock.advance(HOUR);
    assert_eq!(count.wakes(), 1);
    clock.jump_wall_back(HOUR);
    assert!(
        poll_once(&mut next, &waker).is_pending(),
        "not due any more"
    );
    clock.advance(HOUR);
    assert_eq!(count.wakes(), 2);
    assert!(poll_once(&mut next, &waker).is_ready());
}

#[test]
fn jumps_while_nobody_waits_are_seen_by_the_next_poll() {
    let (scheduler, clock) = wall();
    scheduler.schedule_at(clock.system_now() + YEAR, 1).unwrap();
    clock.jump_wall_forward(YEAR);
    assert_eq!(*scheduler.try_next().unwrap(), 1);
}

#[test]
fn the_clock_is_looked_at_only_while_somebody_waits_for_an_item() {
    let (scheduler, clock) = wall();
    let token = scheduler.schedule_at(clock.system_now() + HOUR, 1).unwrap();
    assert_eq!(clock.pending(), 0, "nobody waits");
    let mut next = scheduler.next();
    assert!(poll_once(&mut next, Waker::noop()).is_pending());
    assert_eq!(clock.next_deadline(), Some(clock.now() + SECOND));
    clock.advance(SECOND);
    assert_eq!(clock.next_deadline(), Some(clock.now() + SECOND));
    scheduler.cancel(token);
    clock.advance(SECOND);
    assert_eq!(clock.pending(), 0, "there is nothing to wait for");
    scheduler.schedule_in(Duration::MAX, 2).unwrap();
    assert_eq!(
        clock.pending(),
        0,
        "what never comes is nothing to wait for"
    );
    scheduler.schedule_in(SECOND / 2, 3).unwrap();
    assert_eq!(clock.next_deadline(), Some(clock.now() + SECOND / 2));
    drop(next);
    clock.advance(SECOND);
    assert_eq!(clock.pending(), 0, "nobody waits");
}

#[test]
fn a_period_of_times_of_day_is_not_repeated_when_the_clock_is_set_back() {
    let (scheduler, clock) = wall();
    let start = clock.system_now();
    scheduler
        .schedule_every(Every::new(HOUR), Misfire::burst(), 7)
        .unwrap();
    clock.advance(HOUR);
    assert_eq!(scheduler.try_next().unwrap().scheduled_for(), start + HOUR);
    clock.jump_wall_back(HOUR);
    clock.advance(HOUR);
    assert!(scheduler.try_next().is_err(), "that one was yielded");
    clock.advance(HOUR);
    assert_eq!(
        scheduler.try_next().unwrap().scheduled_for(),
        start + 2 * HOUR
    );
}

#[test]
fn times_before_the_scheduler_and_before_1970_keep_their_order() {
    let (scheduler, _clock) = wall();
    let epoch = SystemTime::UNIX_EPOCH;
    scheduler.schedule_at(epoch - HOUR, 2).unwrap();
    scheduler.schedule_at(epoch + HOUR, 3).unwrap();
    scheduler.schedule_at(epoch - YEAR, 1).unwrap();
    let yielded = std::iter::from_fn(|| scheduler.try_next().ok());
    assert!(yielded.map(|due| *due).eq(1..=3));
}

#[test]
fn instants_are_immune_to_jumps() {
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    scheduler.schedule_in(HOUR, 1).unwrap();
    let (count, waker) = CountWaker::new();
    let mut next = scheduler.next();
    assert!(poll_once(&mut next, &waker).is_pending());
    clock.jump_wall_forward(YEAR);
    clock.advance(HOUR.checked_sub(NANO).unwrap());
    assert_eq!(count.wakes(), 0);
    clock.jump_wall_back(2 * YEAR);
    clock.advance(NANO);
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut next, &waker).is_ready());
}
