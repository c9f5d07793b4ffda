//! Plain threads; their deadlines are those of the scheduler's own clock.

use async_clock::{Clock, Elapsed, ManualClock};
use async_scheduler::{Due, Scheduler};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};
use testkit::within_seconds;

const SECOND: Duration = Duration::from_secs(1);

fn manual() -> (Scheduler<u32, Instant, ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    (Scheduler::with_clock(clock.clone()), clock)
}

#[test]
fn a_thread_waits_for_an_item() {
    within_seconds(30, || {
        let (scheduler, clock) = manual();
        scheduler.schedule_in(SECOND, 7).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| scheduler.next_blocking().map(Due::into_inner));
            clock.wait_for_timers_blocking(1);
            clock.advance(SECOND);
            assert_eq!(waiting.join().unwrap(), Some(7));
        });
    });
}

#[test]
fn timeouts_run_on_the_schedulers_clock() {
    within_seconds(30, || {
        let (scheduler, clock) = manual();
        scheduler.schedule_in(9 * SECOND, 7).unwrap();
        let until = clock.now() + SECOND;
        thread::scope(|scope| {
            let next = scope.spawn(|| scheduler.next_blocking_timeout(SECOND).err());
            let later = scope.spawn(|| scheduler.next_blocking_deadline(until).err());
            let join = scope.spawn(|| scheduler.join_blocking_timeout(SECOND));
            let join_until = scope.spawn(|| scheduler.join_blocking_deadline(until));
            clock.wait_for_timers_blocking(5); // the scheduler's, and one each
            clock.advance(SECOND);
            assert_eq!(next.join().unwrap(), Some(Elapsed));
            assert_eq!(later.join().unwrap(), Some(Elapsed));
            assert_eq!(join.join().unwrap(), Err(Elapsed));
            assert_eq!(join_until.join().unwrap(), Err(Elapsed));
        });
        assert_eq!(clock.pending(), 1);
    });
}

#[test]
fn an_item_that_is_due_at_the_deadline_is_yielded() {
    within_seconds(30, || {
        let (scheduler, clock) = manual();
        scheduler.schedule_in(SECOND, 7).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| scheduler.next_blocking_timeout(SECOND));
            clock.wait_for_timers_blocking(2);
            clock.advance(SECOND);
            let due = waiting.join().unwrap().unwrap();
            assert_eq!(due.map(Due::into_inner), Some(7));
        });
    });
}

#[test]
fn a_deadline_in_the_past_tries_once_and_a_huge_one_is_none() {
    within_seconds(30, || {
        let (scheduler, clock) = manual();
        let past = clock.now();
        clock.advance(SECOND);
        assert!(scheduler.next_blocking_deadline(past).is_err());
        assert!(scheduler.next_blocking_timeout(Duration::ZERO).is_err());
        scheduler.schedule_at(past, 7).unwrap();
        assert!(scheduler.join_blocking_deadline(past).is_err());
        assert!(scheduler.next_blocking_deadline(past).unwrap().is_some());
        scheduler.schedule_at(past, 8).unwrap();
        let due = scheduler.next_blocking_timeout(Duration::MAX).unwrap();
        assert!(scheduler.join_blocking_timeout(Duration::ZERO).is_err());
        assert_eq!(due.map(Due::into_inner), Some(8));
        assert!(scheduler.join_blocking_timeout(Duration::MAX).is_ok());
        scheduler.close();
        assert!(
            scheduler
                .next_blocking_timeout(Duration::MAX)
                .unwrap()
                .is_none()
        );
    });
}

#[test]
fn blocked_threads_share_what_is_due() {
    within_seconds(30, || {
        let (scheduler, clock) = manual();
        let seen = Mutex::new(BTreeSet::new());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(due) = scheduler.next_blocking() {
                        assert!(seen.lock().unwrap().insert(*due), "{} twice", *due);
                    }
                });
            }
            for n in 0..200 {
                scheduler.schedule_in(SECOND, n).unwrap();
                if n % 10 == 0 {
                    clock.advance(SECOND / 2);
                }
            }
            scheduler.close_after_drain();
            clock.advance(SECOND);
            scheduler.join_blocking();
        });
        assert!(seen.into_inner().unwrap().into_iter().eq(0..200));
    });
}
