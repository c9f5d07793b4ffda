//! Close now, close after the last, wait until all is done: in every order, and never for ever.

use async_clock::{Clock, ManualClock};
use async_scheduler::{Due, Scheduler};
use futures_lite::{StreamExt, future};
use std::task::Poll;
use std::time::{Duration, Instant};
use testkit::{CountWaker, Drops, poll_once, within_seconds};

const SECOND: Duration = Duration::from_secs(1);

fn manual<T: Send + 'static>() -> (Scheduler<T, Instant, ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    (Scheduler::with_clock(clock.clone()), clock)
}

#[test]
fn close_returns_what_is_pending_in_order_and_ends_all_streams() {
    let (scheduler, clock) = manual();
    let at = clock.now() + SECOND;
    scheduler.schedule_in(Duration::MAX, "never").unwrap();
    for (item, delay) in [("c", 2), ("a", 1), ("d", 2), ("b", 1)] {
        scheduler.schedule_at(at + delay * SECOND, item).unwrap();
    }
    let (count, waker) = CountWaker::new();
    let mut waiting: Vec<_> = (0..40).map(|_| scheduler.next()).collect();
    for next in &mut waiting {
        assert!(poll_once(next, &waker).is_pending());
    }
    assert_eq!(scheduler.close(), ["a", "b", "c", "d", "never"]);
    assert_eq!(count.wakes(), 40);
    for next in &mut waiting {
        assert!(matches!(poll_once(next, &waker), Poll::Ready(None)));
    }
    assert_eq!(scheduler.close(), [""; 0], "once more is harmless");
    assert_eq!(
        future::block_on(scheduler.stream().next()).map(Due::into_inner),
        None
    );
    let refused = scheduler.schedule_at(at, "late").unwrap_err();
    assert!(refused.is_closed());
    assert_eq!(refused.into_inner(), "late");
}

#[test]
fn streams_end_after_the_last_item_and_stay_ended() {
    within_seconds(30, || {
        let (scheduler, clock) = manual();
        for n in 1..=3 {
            scheduler.schedule_in(n * SECOND, n).unwrap();
        }
        scheduler.close_after_drain();
        assert!(scheduler.schedule_in(SECOND, 9).is_err());
        let (mut one, mut other) = (scheduler.stream(), scheduler.stream());
        let both = future::zip(
            (&mut one).map(Due::into_inner).collect::<Vec<_>>(),
            (&mut other).map(Due::into_inner).collect::<Vec<_>>(),
        );
        let (mut items, others) = future::block_on(clock.drive(both));
        items.extend(others);
        items.sort_unstable();
        assert_eq!(items, [1, 2, 3]);
        assert!(future::block_on(one.next()).is_none());
        assert!(future::block_on(one.next()).is_none());
    });
}

#[test]
fn cancelling_the_last_item_of_a_closed_scheduler_ends_it() {
    let (scheduler, _clock) = manual();
    let token = scheduler.schedule_in(Duration::MAX, 1).unwrap();
    scheduler.close_after_drain();
    let (count, waker) = CountWaker::new();
    let (mut next, mut join) = (scheduler.next(), scheduler.join());
    assert!(poll_once(&mut next, &waker).is_pending());
    assert!(poll_once(&mut join, &waker).is_pending());
    assert_eq!(scheduler.cancel(token), Some(1));
    assert_eq!(count.wakes(), 2);
    assert!(matches!(poll_once(&mut next, &waker), Poll::Ready(None)));
    assert!(poll_once(&mut join, &waker).is_ready());
}

#[test]
fn closing_an_empty_scheduler_ends_it_at_once() {
    for drain in [true, false] {
        let (scheduler, _clock) = manual::<u32>();
        let (count, waker) = CountWaker::new();
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, &waker).is_pending());
        if drain {
            scheduler.close_after_drain();
        } else {
            scheduler.close();
        }
        assert_eq!(count.wakes(), 1);
        assert!(matches!(poll_once(&mut next, &waker), Poll::Ready(None)));
    }
}

#[test]
fn taking_the_last_item_ends_the_others_that_wait() {
    let (scheduler, clock) = manual();
    scheduler.schedule_in(SECOND, 1).unwrap();
    scheduler.close_after_drain();
    let (count, waker) = CountWaker::new();
    let mut waiting: Vec<_> = (0..3).map(|_| scheduler.next()).collect();
    for next in &mut waiting {
        assert!(poll_once(next, &waker).is_pending());
    }
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 1);
    let due = scheduler.try_next().unwrap();
    assert_eq!(count.wakes(), 3);
    for next in &mut waiting {
        assert!(matches!(poll_once(next, &waker), Poll::Ready(None)));
    }
    assert!(!scheduler.is_idle(), "the item is being worked on");
    drop(due);
    assert!(scheduler.is_idle());
}

#[test]
fn join_waits_for_what_is_pending_and_for_what_is_out() {
    let (scheduler, clock) = manual();
    scheduler.schedule_in(SECOND, 1).unwrap();
    scheduler.schedule_in(SECOND, 2).unwrap();
    let (count, waker) = CountWaker::new();
    let mut join = scheduler.join();
    assert!(poll_once(&mut join, &waker).is_pending());
    clock.advance(SECOND);
    let (first, second) = (scheduler.try_next().unwrap(), scheduler.try_next().unwrap());
    assert!(scheduler.is_empty());
    assert_eq!(second.into_inner(), 2);
    assert!(poll_once(&mut join, &waker).is_pending());
    assert_eq!(count.wakes(), 0);
    drop(first);
    assert_eq!(count.wakes(), 1);
    // Busy again by the time of the poll: it was idle, and that is what was asked for.
    scheduler.schedule_in(SECOND, 3).unwrap();
    assert!(poll_once(&mut join, &waker).is_ready());
    assert!(poll_once(&mut join, &waker).is_pending(), "fused");
}

#[test]
fn join_returns_after_every_kind_of_end() {
    within_seconds(30, || {
        for order in 0..4 {
            let (scheduler, clock) = manual();
            scheduler.schedule_in(SECOND, 1).unwrap();
            scheduler.schedule_in(2 * SECOND, 2).unwrap();
            clock.advance(SECOND);
            let due = scheduler.try_next().unwrap();
            let join = scheduler.join_owned();
            match order {
                0 => drop((scheduler.close(), due)),
                1 => drop((due, scheduler.close())),
                2 => {
                    scheduler.close_after_drain();
                    drop(due);
                    drop(future::block_on(clock.drive(scheduler.next())));
                }
                _ => {
                    scheduler.close_after_drain();
                    drop((due, scheduler.close())); // after all
                }
            }
            future::block_on(join);
            scheduler.join_blocking();
            assert!(scheduler.next_blocking().is_none());
        }
    });
}

#[test]
fn many_joins_end_together() {
    let (scheduler, _clock) = manual();
    scheduler.schedule_in(SECOND, 1).unwrap();
    let (count, waker) = CountWaker::new();
    let mut joins: Vec<_> = (0..40).map(|_| scheduler.join()).collect();
    for join in &mut joins {
        assert!(poll_once(join, &waker).is_pending());
    }
    joins.truncate(38);
    scheduler.clear();
    assert_eq!(count.wakes(), 38);
    for join in &mut joins {
        assert!(poll_once(join, &waker).is_ready());
    }
}

#[test]
fn the_last_handle_drops_what_is_pending() {
    let (scheduler, clock) = manual();
    let drops = Drops::new();
    for n in 0..10 {
        scheduler.schedule_in(n * SECOND, drops.item()).unwrap();
    }
    let mut next = scheduler.next_owned();
    let (_, waker) = CountWaker::new();
    assert!(poll_once(&mut next, &waker).is_ready());
    drop(next);
    let mut next = scheduler.next_owned();
    assert!(poll_once(&mut next, &waker).is_pending());
    drop(scheduler);
    assert_eq!(drops.dropped(), 1);
    drop(next);
    assert_eq!(
        (drops.live(), clock.pending()),
        (0, 0),
        "no timer keeps it alive"
    );
}
