//! The mutex, the wake-ups and the alarm under every interleaving of a few threads.
//!
//! To see the models bite, break the code by hand:
//!
//! | change | what fails |
//! |---|---|
//! | scheduling tends to nobody | `a_consumer_and_an_earlier_item_while_the_alarm_is_set`, `a_consumer_and_an_item_that_is_moved_to_now`, `an_item_that_somebody_else_takes_leaves_the_consumer_waiting_for_the_next` |
//! | the alarm is not settled after scheduling | the first and the third of these |
//! | the alarm is not told that it has fired | `an_item_that_somebody_else_takes_leaves_the_consumer_waiting_for_the_next`, `a_consumer_that_is_dropped_hands_its_wake_up_on`, `two_consumers_are_woken_for_two_items` |
//! | parking does not wish for the alarm | `a_consumer_and_an_item_that_comes_due` and three more |
//! | the alarm grants nobody | `a_consumer_and_an_item_that_comes_due` and four more |
//! | one consumer is woken, however many items are due | `two_consumers_are_woken_for_two_items` |
//! | a dropped consumer keeps its wake-up | `a_consumer_that_is_dropped_hands_its_wake_up_on` |
//! | one that waits again does not wish for the alarm | the same, `an_item_that_somebody_else_takes_leaves_the_consumer_waiting_for_the_next` |
//! | `close` tells nobody | `a_consumer_and_a_close` |
//! | `cancel` tells nobody | `a_consumer_and_the_last_item_of_a_closed_scheduler`, `a_join_and_the_end_of_the_work` |
//! | an item that is done tells nobody | the last one |
//! | a join parks without a second look | the same |
//!
//! A consumer that parks without a second look is no break: it wishes for the alarm at the time of
//! the first item, be that past, and the clock calls at once.
#![cfg(loom)]

use async_scheduler::{Due, Scheduler};
use loom::future::block_on;
use loom::thread;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};
use testkit::ModelledClock;

const NANO: Duration = Duration::from_nanos(1);

type OnModelled = Scheduler<u32, Instant, ModelledClock>;

fn pending<F: Future + Unpin>(future: &mut F) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    pin!(future).poll(&mut cx).is_pending()
}

fn taken(due: Option<Due<u32, Instant, ModelledClock>>) -> Option<u32> {
    due.map(Due::into_inner)
}

#[test]
fn a_consumer_and_an_item_that_comes_due() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let scheduler = OnModelled::with_clock(clock.clone());
        scheduler.schedule_in(NANO, 1).unwrap();
        let thread = thread::spawn(move || clock.advance(NANO));
        assert_eq!(taken(block_on(scheduler.next())), Some(1));
        thread.join().unwrap();
    });
}

#[test]
fn a_consumer_and_an_earlier_item_while_the_alarm_is_set() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let scheduler = OnModelled::with_clock(clock.clone());
        scheduler.schedule_in(Duration::from_secs(1), 2).unwrap();
        let other = scheduler.clone();
        let thread = thread::spawn(move || {
            other.schedule_in(NANO, 1).unwrap();
            clock.advance(NANO);
        });
        assert_eq!(taken(block_on(scheduler.next())), Some(1));
        thread.join().unwrap();
    });
}

#[test]
fn a_consumer_and_an_item_that_is_moved_to_now() {
    loom::model(|| {
        let scheduler = OnModelled::with_clock(ModelledClock::new());
        let token = scheduler.schedule_in(Duration::MAX, 1).unwrap();
        let other = scheduler.clone();
        let thread = thread::spawn(move || assert!(other.reschedule_in(token, Duration::ZERO)));
        assert_eq!(taken(block_on(scheduler.next())), Some(1));
        thread.join().unwrap();
    });
}

#[test]
fn cancelling_and_yielding_exclude_each_other() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let scheduler = OnModelled::with_clock(clock.clone());
        let token = scheduler.schedule_in(NANO, 1).unwrap();
        let other = scheduler.clone();
        let thread = thread::spawn(move || {
            clock.advance(NANO);
            other.cancel(token)
        });
        let yielded = scheduler.try_next().ok().map(Due::into_inner);
        let cancelled = thread.join().unwrap();
        assert_eq!(
            yielded.xor(cancelled),
            Some(1),
            "{yielded:?}, {cancelled:?}"
        );
    });
}

#[test]
fn a_consumer_that_is_dropped_hands_its_wake_up_on() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let scheduler = OnModelled::with_clock(clock.clone());
        scheduler.schedule_in(NANO, 1).unwrap();
        let (mut first, mut second) = (scheduler.next_owned(), scheduler.next_owned());
        assert!(pending(&mut first));
        assert!(pending(&mut second));
        let thread = thread::spawn(move || {
            clock.advance(NANO); // wakes the first, which has gone
            drop(first);
        });
        assert_eq!(taken(block_on(second)), Some(1));
        thread.join().unwrap();
    });
}

#[test]
fn two_consumers_are_woken_for_two_items() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let scheduler = OnModelled::with_clock(clock.clone());
        scheduler.schedule_in(NANO, 1).unwrap();
        scheduler.schedule_in(NANO, 1).unwrap();
        let mut stalled = scheduler.next_owned();
        assert!(pending(&mut stalled));
        let thread = thread::spawn(move || clock.advance(NANO));
        // The first is woken too, and does not poll.
        assert_eq!(taken(block_on(scheduler.next())), Some(1));
        thread.join().unwrap();
        assert_eq!(taken(block_on(stalled)), Some(1));
    });
}

#[test]
fn an_item_that_somebody_else_takes_leaves_the_consumer_waiting_for_the_next() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let scheduler = OnModelled::with_clock(clock.clone());
        scheduler.schedule_in(NANO, 1).unwrap();
        let mut next = scheduler.next_owned();
        assert!(pending(&mut next));
        clock.advance(NANO); // woken
        let other = scheduler.clone();
        let thread = thread::spawn(move || {
            let quicker = other.try_next().is_ok();
            other.schedule_in(NANO, 2).unwrap();
            clock.advance(NANO);
            quicker
        });
        let item = taken(block_on(next));
        let quicker = thread.join().unwrap();
        assert_eq!(item, Some(if quicker { 2 } else { 1 }));
    });
}

#[test]
fn a_consumer_and_a_close() {
    loom::model(|| {
        let scheduler = OnModelled::with_clock(ModelledClock::new());
        scheduler.schedule_in(Duration::MAX, 1).unwrap();
        let other = scheduler.clone();
        let thread = thread::spawn(move || other.close());
        assert_eq!(taken(block_on(scheduler.next())), None);
        assert_eq!(thread.join().unwrap(), [1]);
    });
}

#[test]
fn a_consumer_and_the_last_item_of_a_closed_scheduler() {
    loom::model(|| {
        let scheduler = OnModelled::with_clock(ModelledClock::new());
        let token = scheduler.schedule_in(Duration::MAX, 1).unwrap();
        scheduler.close_after_drain();
        let other = scheduler.clone();
        let thread = thread::spawn(move || other.cancel(token));
        assert_eq!(taken(block_on(scheduler.next())), None);
        assert_eq!(thread.join().unwrap(), Some(1));
    });
}

#[test]
fn a_join_and_the_end_of_the_work() {
    loom::model(|| {
        let scheduler = OnModelled::with_clock(ModelledClock::new());
        scheduler.schedule_in(Duration::ZERO, 1).unwrap();
        let token = scheduler.schedule_in(Duration::MAX, 2).unwrap();
        let due = scheduler.try_next().unwrap();
        let other = scheduler.clone();
        let thread = thread::spawn(move || drop(due));
        let canceller = thread::spawn(move || other.cancel(token));
        block_on(scheduler.join());
        assert!(scheduler.is_idle());
        thread.join().unwrap();
        canceller.join().unwrap();
    });
}
