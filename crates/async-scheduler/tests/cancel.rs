//! Whatever is dropped, at whatever moment: no item and no wake-up is lost.

use async_clock::ManualClock;
use async_scheduler::{NextOwned, Scheduler};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use testkit::{CountWaker, drop_after_each_poll, poll_once};

const SECOND: Duration = Duration::from_secs(1);

type OnManual = Scheduler<u32, Instant, ManualClock>;

struct World {
    clock: ManualClock,
    scheduler: OnManual,
    behind: NextOwned<u32, Instant, ManualClock>,
    count: Arc<CountWaker>,
    waker: Waker,
}

#[test]
fn a_next_dropped_after_any_poll_loses_no_item_and_no_wake_up() {
    let completed = drop_after_each_poll(
        5,
        || {
            let clock = ManualClock::new();
            let scheduler = Scheduler::with_clock(clock.clone());
            scheduler.schedule_in(SECOND, 1).unwrap();
            let mut ahead = scheduler.next_owned();
            assert!(poll_once(&mut ahead, Waker::noop()).is_pending());
            let mut behind = scheduler.next_owned();
            let (count, waker) = CountWaker::new();
            assert!(poll_once(&mut behind, &waker).is_pending());
            let world = World {
                clock,
                scheduler,
                behind,
                count,
                waker,
            };
            (ahead, world)
        },
        |world| world.clock.advance(SECOND / 2),
        |mut world, polls| {
            world.clock.advance(SECOND);
            let taken = polls == 3;
            let woken = world.count.wakes() > 0;
            assert_eq!(woken, !taken, "after {polls} polls");
            match poll_once(&mut world.behind, &world.waker) {
                Poll::Ready(Some(due)) => assert!(!taken && *due == 1, "after {polls} polls"),
                Poll::Pending => assert!(taken, "after {polls} polls"),
                Poll::Ready(None) => panic!("after {polls} polls: the end"),
            }
            assert!(world.scheduler.is_empty());
        },
    );
    assert_eq!(completed, Some(3));
}

#[test]
fn a_join_dropped_after_any_poll_leaves_nothing() {
    let completed = drop_after_each_poll(
        5,
        || {
            let (clock, polls) = (ManualClock::new(), 0);
            let scheduler = OnManual::with_clock(clock);
            scheduler.schedule_in(SECOND, 1).unwrap();
            (scheduler.join_owned(), (scheduler, polls))
        },
        |(scheduler, polls)| {
            *polls += 1;
            if *polls == 2 {
                scheduler.clear();
            }
        },
        |(scheduler, _), polls| {
            scheduler.clear();
            let mut join = scheduler.join();
            assert!(
                poll_once(&mut join, Waker::noop()).is_ready(),
                "after {polls} polls"
            );
        },
    );
    assert_eq!(completed, Some(3));
}

#[test]
fn woken_consumers_that_are_dropped_hand_the_wake_up_on() {
    let clock = ManualClock::new();
    let scheduler = OnManual::with_clock(clock.clone());
    scheduler.schedule_in(SECOND, 1).unwrap();
    let mut waiting: Vec<_> = (0..20)
        .map(|_| {
            let mut next = scheduler.next_owned();
            let (count, waker) = CountWaker::new();
            assert!(poll_once(&mut next, &waker).is_pending());
            (next, count, waker)
        })
        .collect();
    clock.advance(SECOND);
    while waiting.len() > 1 {
        assert_eq!(waiting[0].1.wakes(), 1);
        assert!(waiting[1..].iter().all(|(_, count, _)| count.wakes() == 0));
        drop(waiting.remove(0));
    }
    let (next, _, waker) = &mut waiting[0];
    assert!(poll_once(next, waker).is_ready());
}

#[test]
fn a_consumer_that_finds_the_item_gone_waits_at_the_front_again() {
    let clock = ManualClock::new();
    let scheduler = OnManual::with_clock(clock.clone());
    scheduler.schedule_in(SECOND, 1).unwrap();
    let ((first_count, first_waker), (second_count, second_waker)) =
        (CountWaker::new(), CountWaker::new());
    let (mut first, mut second) = (scheduler.next(), scheduler.next());
    assert!(poll_once(&mut first, &first_waker).is_pending());
    assert!(poll_once(&mut second, &second_waker).is_pending());
    clock.advance(SECOND);
    assert_eq!(*scheduler.try_next().unwrap(), 1, "another one was quicker");
    assert!(poll_once(&mut first, &first_waker).is_pending());
    scheduler.schedule_in(SECOND, 2).unwrap();
    clock.advance(SECOND);
    assert_eq!((first_count.wakes(), second_count.wakes()), (2, 0));
    assert!(poll_once(&mut first, &first_waker).is_ready());
}

#[test]
fn a_consumer_that_stalls_keeps_no_item_from_those_that_poll() {
    let clock = ManualClock::new();
    let scheduler = OnManual::with_clock(clock.clone());
    let (count, waker) = CountWaker::new();
    let (mut stalled, mut other) = (scheduler.next(), scheduler.next());
    assert!(poll_once(&mut stalled, Waker::noop()).is_pending());
    assert!(poll_once(&mut other, &waker).is_pending());
    for n in 1..=3 {
        scheduler.schedule_in(SECOND, n).unwrap();
    }
    clock.advance(SECOND); // wakes both; one is not polled
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut other, &waker).is_ready());
    assert_eq!(*scheduler.try_next().unwrap(), 2);
    assert_eq!(*scheduler.try_next().unwrap(), 3);
}

#[test]
fn as_many_are_woken_as_items_are_due_and_no_more() {
    let clock = ManualClock::new();
    let scheduler = OnManual::with_clock(clock.clone());
    let (count, waker) = CountWaker::new();
    let mut waiting: Vec<_> = (0..50).map(|_| scheduler.next()).collect();
    for next in &mut waiting {
        assert!(poll_once(next, &waker).is_pending());
    }
    for n in 0..20 {
        scheduler.schedule_in(SECOND, n).unwrap();
        scheduler.schedule_in(2 * SECOND, n).unwrap();
    }
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 20, "nobody has polled yet");
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 40);
    scheduler.schedule_in(Duration::ZERO, 99).unwrap();
    assert_eq!(count.wakes(), 41);
}

#[test]
fn cancelled_consumers_and_items_leave_one_timer_at_most() {
    let clock = ManualClock::new();
    let scheduler = OnManual::with_clock(clock.clone());
    for n in 0..1000 {
        let token = scheduler.schedule_in((2000 - n) * SECOND, n).unwrap();
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, Waker::noop()).is_pending());
        if n % 2 == 0 {
            scheduler.cancel(token);
        }
    }
    assert_eq!(clock.pending(), 1);
    scheduler.clear();
    clock.advance(2000 * SECOND);
    assert_eq!(clock.pending(), 0);
}
