//! Wakers are foreign code: they may call back, be replaced, and panic.

use async_clock::{Clock, ManualClock};
use async_scheduler::{Due, Scheduler};
use futures_lite::StreamExt;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant, SystemTime};
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::{CountWaker, panicking, poll_once, within_seconds};

const SECOND: Duration = Duration::from_secs(1);

type OnManual = Scheduler<u32, Instant, ManualClock>;

/// One item is pending, a second ahead.
fn pending() -> (OnManual, ManualClock) {
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    scheduler.schedule_in(SECOND, 1).unwrap();
    (scheduler, clock)
}

/// Everything that takes the mutex and leaves the items that are pending.
fn touch(scheduler: &OnManual) {
    if let Ok(token) = scheduler.schedule_in(2 * SECOND, 2) {
        scheduler.reschedule_in(token, 3 * SECOND);
        scheduler.cancel(token);
    }
    scheduler.peek();
    assert!(scheduler.len() < 100);
    let _ = scheduler.is_idle();
    let _ = poll_once(&mut scheduler.join(), Waker::noop());
    let _ = format!("{scheduler:?}");
    // A consumer that comes and goes, and takes nothing.
    if scheduler.try_next().is_err_and(|error| error.is_not_due()) {
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, Waker::noop()).is_pending());
    }
}

#[test]
fn next_is_clean() {
    Case::new("next, when an item comes due", || {
        let (scheduler, clock) = pending();
        let touched = scheduler.clone();
        Setup {
            future: scheduler.next_owned(),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || touch_quietly(&touched)),
        }
    })
    .crowd(|| {
        let (scheduler, clock) = pending();
        for n in 0..39 {
            scheduler.schedule_in(SECOND, n).unwrap();
        }
        Crowd {
            futures: (0..40).map(|_| scheduler.next_owned()).collect(),
            fire: Box::new(move || clock.advance(SECOND)),
        }
    })
    .fused()
    .check();
}

/// As [`touch`], but takes nothing that is due: that is for the future under test.
fn touch_quietly(scheduler: &OnManual) {
    if let Ok(token) = scheduler.schedule_in(2 * SECOND, 2) {
        scheduler.reschedule_in(token, 3 * SECOND);
        scheduler.cancel(token);
    }
    scheduler.peek();
    let _ = scheduler.is_idle();
    let _ = poll_once(&mut scheduler.join(), Waker::noop());
    let _ = format!("{scheduler:?}");
}

#[test]
fn next_is_clean_when_closed() {
    Case::new("next, closed", || {
        let (scheduler, _clock) = pending();
        let (closed, touched) = (scheduler.clone(), scheduler.clone());
        Setup {
            future: scheduler.next_owned(),
            fire: Box::new(move || drop(closed.close())),
            touch: Arc::new(move || touch(&touched)),
        }
    })
    .crowd(|| {
        let (scheduler, _clock) = pending();
        Crowd {
            futures: (0..40).map(|_| scheduler.next_owned()).collect(),
            fire: Box::new(move || drop(scheduler.close())),
        }
    })
    .fused()
    .check();
}

#[test]
fn a_borrowed_next_is_clean_when_an_item_is_scheduled() {
    Case::new("next, borrowed", || {
        let (scheduler, _clock) = pending();
        let leaked: &'static OnManual = Box::leak(Box::new(scheduler.clone()));
        let touched = scheduler.clone();
        Setup {
            future: leaked.next(),
            fire: Box::new(move || {
                scheduler.schedule_in(Duration::ZERO, 0).unwrap();
            }),
            touch: Arc::new(move || touch_quietly(&touched)),
        }
    })
    .fused()
    .check();
}

#[test]
fn a_stream_of_times_of_day_is_clean() {
    Case::new("stream, when the clock is set forward", || {
        let clock = ManualClock::new();
        let scheduler = Scheduler::<u32, SystemTime, _>::wall_with_clock(clock.clone());
        scheduler.schedule_in(60 * SECOND, 1).unwrap();
        let mut stream = scheduler.stream();
        Setup {
            future: Box::pin(async move { stream.next().await.map(Due::into_inner) }),
            fire: Box::new(move || {
                clock.jump_wall_forward(60 * SECOND);
                clock.advance(SECOND);
            }),
            touch: Arc::new(move || {
                scheduler.peek();
                let _ = poll_once(&mut scheduler.join(), Waker::noop());
            }),
        }
    })
    .check();
}

#[test]
fn join_is_clean() {
    Case::new("join", || {
        let (scheduler, clock) = pending();
        clock.advance(SECOND);
        let due = scheduler.try_next().unwrap();
        let touched = scheduler.clone();
        Setup {
            future: scheduler.join_owned(),
            fire: Box::new(move || drop(due)),
            touch: Arc::new(move || {
                touched.peek();
                let _ = touched.is_idle();
                let _ = poll_once(&mut touched.join(), Waker::noop());
                let _ = poll_once(&mut touched.next(), Waker::noop());
            }),
        }
    })
    .crowd(|| {
        let (scheduler, _clock) = pending();
        Crowd {
            futures: (0..40).map(|_| scheduler.join_owned()).collect(),
            fire: Box::new(move || drop(scheduler.clear())),
        }
    })
    .fused()
    .check();
}

#[test]
fn a_panicking_waker_costs_nobody_a_token_a_payload_or_the_alarm() {
    let (scheduler, clock) = pending();
    let (count, waker) = CountWaker::new();
    let (mut first, mut second) = (scheduler.next(), scheduler.next());
    assert!(poll_once(&mut first, &panicking()).is_pending());
    assert!(poll_once(&mut second, &waker).is_pending());
    // Scheduling wakes the first, and returns the token all the same.
    let token = scheduler.schedule_in(Duration::ZERO, 7).unwrap();
    assert_eq!(scheduler.cancel(token), Some(7));
    assert!(poll_once(&mut first, &panicking()).is_pending());
    scheduler.schedule_in(SECOND, 8).unwrap();
    clock.advance(SECOND);
    assert_eq!(
        count.wakes(),
        1,
        "the second is woken after the first has panicked"
    );
    let mut join = scheduler.join();
    assert!(poll_once(&mut join, &panicking()).is_pending());
    assert_eq!(scheduler.clear(), [1, 8]);
    assert!(poll_once(&mut join, &waker).is_ready());
    // The alarm is alive.
    assert!(poll_once(&mut second, &waker).is_pending());
    scheduler.schedule_in(SECOND, 9).unwrap();
    drop(first);
    clock.advance(SECOND);
    assert!(poll_once(&mut second, &waker).is_ready());
}

#[test]
fn a_waker_may_schedule_cancel_take_and_close() {
    within_seconds(30, || {
        let (scheduler, clock) = pending();
        let inner = scheduler.clone();
        let busy = testkit::reentrant(move || {
            let token = inner.schedule_in(Duration::ZERO, 5);
            let _ = token.map(|token| inner.cancel(token));
            let _ = inner.schedule_in(SECOND, 6);
            drop(inner.try_next());
            let _ = poll_once(&mut inner.next(), Waker::noop());
            let _ = poll_once(&mut inner.join(), Waker::noop());
        });
        let (mut first, mut second) = (scheduler.next(), scheduler.next());
        assert!(poll_once(&mut first, &busy).is_pending());
        assert!(poll_once(&mut second, &busy).is_pending());
        clock.advance(SECOND);
        clock.advance(SECOND);
        scheduler.close();
        assert!(matches!(poll_once(&mut first, &busy), Poll::Ready(None)));
        assert!(matches!(poll_once(&mut second, &busy), Poll::Ready(None)));
    });
}

#[test]
fn an_item_that_a_waker_schedules_while_a_crowd_is_woken_wakes_one_more() {
    within_seconds(30, || {
        let (scheduler, clock) = pending();
        for n in 0..99 {
            scheduler.schedule_in(SECOND, n).unwrap();
        }
        // More than a batch of them, for a hundred items and the one that the first waker adds.
        let inner = scheduler.clone();
        let adds = testkit::on_wake(move || {
            inner.schedule_in(Duration::ZERO, 7).unwrap();
            panic!("this waker panics on purpose");
        });
        let mut first = scheduler.next_owned();
        assert!(poll_once(&mut first, &adds).is_pending());
        let (count, waker) = CountWaker::new();
        let mut others: Vec<_> = (0..101).map(|_| scheduler.next_owned()).collect();
        for other in &mut others {
            assert!(poll_once(other, &waker).is_pending());
        }
        clock.advance(SECOND);
        assert_eq!(count.wakes(), 100);
        drop(first); // which passes its wake-up on, to the last one
        assert_eq!(count.wakes(), 101);
        for other in &mut others {
            assert!(poll_once(other, &waker).is_ready());
        }
        assert!(scheduler.is_empty());
    });
}

/// A payload that uses its scheduler when it is dropped, and may panic then.
struct Reentrant {
    scheduler: Scheduler<Reentrant, Instant, ManualClock>,
    panics: bool,
}

impl Drop for Reentrant {
    fn drop(&mut self) {
        let _ = self.scheduler.len();
        let _ = self.scheduler.is_idle();
        let _ = self.scheduler.peek();
        assert!(!self.panics || std::thread::panicking(), "on purpose");
    }
}

#[test]
fn payloads_are_dropped_without_the_lock() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let scheduler = Scheduler::with_clock(clock.clone());
        let payload = |panics| Reentrant {
            scheduler: scheduler.clone(),
            panics,
        };
        let at = clock.now();
        let cancelled = scheduler.schedule_at(at, payload(false)).unwrap();
        drop(scheduler.cancel(cancelled));
        scheduler.schedule_at(at, payload(false)).unwrap();
        drop(scheduler.try_next());
        scheduler.schedule_at(at, payload(false)).unwrap();
        drop(scheduler.clear());
        // One that panics when its `Due` is dropped: the work on it is done all the same.
        scheduler.schedule_at(at, payload(true)).unwrap();
        let due = scheduler.try_next().unwrap();
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(due)));
        assert!(dropped.is_err());
        assert!(scheduler.is_idle());
        scheduler.close();
        drop(scheduler.schedule_at(at, payload(false)));
    });
}
