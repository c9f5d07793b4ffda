//! Items that come again: their times, what becomes of missed ones, and user code that misbehaves.

use async_clock::{Clock, ManualClock, WallClock};
use async_scheduler::{Every, Misfire, Scheduler};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use testkit::{CountWaker, Drops, poll_once, within_seconds};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

type OnManual<T> = Scheduler<T, Instant, ManualClock>;

fn manual<T: Send + 'static>() -> (OnManual<T>, ManualClock) {
    let clock = ManualClock::new();
    (Scheduler::with_clock(clock.clone()), clock)
}

/// The times of what is due, in seconds from `start`, with how late they are.
fn due(scheduler: &OnManual<()>, start: Instant) -> Vec<(u64, u64)> {
    std::iter::from_fn(|| scheduler.try_next().ok())
        .map(|due| {
            let at = due.scheduled_for().saturating_duration_since(start);
            (at.as_secs(), due.late_by().as_secs())
        })
        .collect()
}

#[test]
fn a_period_keeps_its_phase_however_late_it_is_polled() {
    let (scheduler, clock) = manual();
    let start = clock.now();
    let every = Every::starting_at(start, 10 * SECOND);
    scheduler
        .schedule_every(every, Misfire::coalesce(), ())
        .unwrap();
    assert_eq!(due(&scheduler, start), [(0, 0)]);
    clock.advance(13 * SECOND);
    assert_eq!(due(&scheduler, start), [(10, 3)]);
    clock.advance(32 * SECOND); // 45: 20, 30 and 40 are missed
    assert_eq!(due(&scheduler, start), [(20, 25)]);
    assert_eq!(scheduler.peek(), Some(start + 50 * SECOND));
    clock.advance(5 * SECOND);
    assert_eq!(due(&scheduler, start), [(50, 0)]);
}

#[test]
fn every_policy_says_what_becomes_of_missed_ones() {
    let table = [
        (Misfire::coalesce(), vec![(10, 35)]),
        (
            Misfire::burst(),
            vec![(10, 35), (20, 25), (30, 15), (40, 5)],
        ),
        (Misfire::coalesce().grace(30 * SECOND), vec![(20, 25)]),
        (Misfire::coalesce().grace(35 * SECOND), vec![(10, 35)]),
        (Misfire::burst().grace(15 * SECOND), vec![(30, 15), (40, 5)]),
        (Misfire::burst().grace(4 * SECOND), vec![]),
        (Misfire::coalesce().grace(Duration::ZERO), vec![]),
        (
            Misfire::burst().grace(Duration::MAX),
            vec![(10, 35), (20, 25), (30, 15), (40, 5)],
        ),
    ];
    for (misfire, expected) in table {
        let (scheduler, clock) = manual();
        let start = clock.now();
        scheduler
            .schedule_every(Every::new(10 * SECOND), misfire, ())
            .unwrap();
        clock.advance(45 * SECOND); // nobody polls
        assert_eq!(due(&scheduler, start), expected, "{misfire:?}");
        assert_eq!(scheduler.peek(), Some(start + 50 * SECOND), "{misfire:?}");
        clock.advance(5 * SECOND);
        assert_eq!(due(&scheduler, start), [(50, 0)], "{misfire:?}");
    }
}

#[test]
fn a_year_of_missed_milliseconds_takes_one_step() {
    within_seconds(30, || {
        for misfire in [Misfire::coalesce(), Misfire::burst().grace(SECOND / 1000)] {
            let (scheduler, clock) = manual();
            let every = Every::new(SECOND / 1000);
            scheduler.schedule_every(every, misfire, ()).unwrap();
            clock.advance(365 * 24 * HOUR);
            let yielded = std::iter::from_fn(|| scheduler.try_next().ok()).count();
            assert!((1..=2).contains(&yielded), "{misfire:?}: {yielded}");
        }
    });
}

#[test]
fn a_parked_consumer_is_woken_for_each_occurrence() {
    let (scheduler, clock) = manual();
    scheduler
        .schedule_every(Every::new(SECOND), Misfire::coalesce(), 7)
        .unwrap();
    let (count, waker) = CountWaker::new();
    for round in 1..=5 {
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, &waker).is_pending());
        clock.advance(SECOND.checked_sub(Duration::from_nanos(1)).unwrap());
        assert_eq!(count.wakes(), round - 1);
        clock.advance(Duration::from_nanos(1));
        assert_eq!(count.wakes(), round);
        assert!(poll_once(&mut next, &waker).is_ready());
    }
}

#[test]
fn a_token_is_good_for_all_occurrences() {
    let (scheduler, clock) = manual();
    let start = clock.now();
    let token = scheduler
        .schedule_every(Every::new(10 * SECOND), Misfire::coalesce(), ())
        .unwrap();
    clock.advance(10 * SECOND);
    assert_eq!(due(&scheduler, start), [(10, 0)]);
    // Moved: comes then, and goes on in its phase.
    assert!(scheduler.reschedule(token, start + 13 * SECOND));
    clock.advance(3 * SECOND);
    assert_eq!(due(&scheduler, start), [(13, 0)]);
    assert_eq!(scheduler.peek(), Some(start + 20 * SECOND));
    assert_eq!(scheduler.cancel(token), Some(()));
    assert!(scheduler.is_idle());
}

#[test]
fn after_close_after_drain_the_pending_occurrence_is_the_last() {
    let (scheduler, clock) = manual();
    let start = clock.now();
    scheduler
        .schedule_every(Every::new(SECOND), Misfire::burst(), ())
        .unwrap();
    scheduler.close_after_drain();
    clock.advance(10 * SECOND);
    assert_eq!(due(&scheduler, start), [(1, 9)]);
    assert!(scheduler.try_next().unwrap_err().is_closed());
}

#[test]
fn one_that_does_not_move_forward_ends() {
    for step in [None, Some(Duration::ZERO)] {
        let (scheduler, clock) = manual();
        let first = clock.now() + SECOND;
        let stuck = move |after: Instant| {
            if after < first {
                Some(first)
            } else {
                step.and_then(|step| first.checked_sub(step))
            }
        };
        scheduler
            .schedule_every(stuck, Misfire::burst(), ())
            .unwrap();
        clock.advance(SECOND);
        assert!(scheduler.try_next().is_ok());
        assert!(scheduler.is_idle());
    }
    let (scheduler, _clock) = manual();
    scheduler
        .schedule_every(Every::new(Duration::ZERO), Misfire::burst(), ())
        .unwrap();
    assert!(scheduler.try_next().is_ok());
    assert!(scheduler.try_next().unwrap_err().is_empty());
}

#[test]
fn periods_that_lead_past_all_times() {
    let (scheduler, clock) = manual();
    let refused = scheduler.schedule_every(Every::new(Duration::MAX), Misfire::coalesce(), ());
    assert!(refused.unwrap_err().is_no_occurrence());
    let once = Every::starting_at(clock.now(), Duration::MAX);
    scheduler
        .schedule_every(once, Misfire::burst(), ())
        .unwrap();
    assert!(scheduler.try_next().is_ok());
    assert!(scheduler.is_idle());
}

#[test]
fn a_recurrence_may_use_its_scheduler() {
    within_seconds(30, || {
        let (scheduler, clock) = manual::<u32>();
        let inner = scheduler.clone();
        let recurrence = move |after: Instant| {
            inner.schedule_at(after, 1).ok()?;
            assert!(!inner.is_empty());
            inner.peek();
            Some(after + SECOND)
        };
        scheduler
            .schedule_every(recurrence, Misfire::coalesce(), 0)
            .unwrap();
        assert_eq!(*scheduler.try_next().unwrap(), 1);
        clock.advance(SECOND);
        assert_eq!(*scheduler.try_next().unwrap(), 0);
        assert_eq!(*scheduler.try_next().unwrap(), 1);
        scheduler.close(); // which breaks the cycle of the two
    });
}

#[test]
fn one_that_is_cancelled_while_it_is_asked_is_yielded_for_the_last_time() {
    let (scheduler, clock) = manual::<u32>();
    let inner = scheduler.clone();
    let token = Arc::new(std::sync::Mutex::new(None));
    let (known, first) = (Arc::clone(&token), clock.now());
    let recurrence = move |after: Instant| {
        let token = *known.lock().unwrap();
        if let Some(token) = token {
            assert!(!inner.reschedule(token, first), "it is being handed out");
            assert_eq!(inner.cancel(token), None, "there is no payload to return");
            assert_eq!(inner.len(), 0);
            assert!(!inner.is_idle());
        }
        Some(after + SECOND)
    };
    let made = scheduler.schedule_every(recurrence, Misfire::coalesce(), 7);
    *token.lock().unwrap() = Some(made.unwrap());
    clock.advance(SECOND);
    let due = scheduler.try_next().unwrap();
    assert_eq!((*due, scheduler.len()), (7, 0));
    drop(due);
    assert!(scheduler.is_idle());
}

#[test]
fn one_that_is_closed_while_it_is_asked_is_yielded_for_the_last_time() {
    for now in [true, false] {
        let (scheduler, clock) = manual::<u32>();
        let inner = scheduler.clone();
        let calls = AtomicUsize::new(0);
        let recurrence = move |after: Instant| {
            if calls.fetch_add(1, Ordering::SeqCst) > 0 {
                if now {
                    assert_eq!(inner.close(), Vec::<u32>::new());
                } else {
                    inner.close_after_drain();
                }
            }
            Some(after + SECOND)
        };
        scheduler
            .schedule_every(recurrence, Misfire::coalesce(), 7)
            .unwrap();
        let (count, waker) = CountWaker::new();
        let (mut first, mut second) = (scheduler.next(), scheduler.next());
        assert!(poll_once(&mut first, &waker).is_pending());
        assert!(poll_once(&mut second, &waker).is_pending());
        clock.advance(SECOND);
        assert_eq!(count.wakes(), 1);
        let polled = poll_once(&mut first, &waker).map(|due| due.map(|due| *due));
        assert_eq!(polled, std::task::Poll::Ready(Some(7)));
        assert_eq!(count.wakes(), 2, "the other one learns of the end");
        assert!(matches!(
            poll_once(&mut second, &waker),
            std::task::Poll::Ready(None)
        ));
        assert!(scheduler.is_idle());
    }
}

/// A payload whose clones can be made to panic.
#[derive(Debug)]
struct Fragile {
    item: testkit::Item,
    drops: Drops,
}

impl Fragile {
    fn new(drops: &Drops) -> Self {
        let (item, drops) = (drops.item(), drops.clone());
        Self { item, drops }
    }
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(self.drops.dropped() < 2, "no more clones, on purpose");
        Self::new(&self.drops)
    }
}

#[test]
fn a_clone_that_panics_ends_its_item_and_no_other() {
    let (scheduler, clock) = manual();
    let drops = Drops::new();
    let (count, waker) = CountWaker::new();
    let fragile = Fragile::new(&drops);
    scheduler
        .schedule_every(Every::new(SECOND), Misfire::coalesce(), fragile)
        .unwrap();
    for _ in 0..2 {
        clock.advance(SECOND);
        let due = scheduler.try_next().unwrap();
        let Fragile { item, .. } = due.into_inner();
        drop(item);
    }
    let (mut first, mut second) = (scheduler.next(), scheduler.next());
    assert!(poll_once(&mut first, &waker).is_pending());
    assert!(poll_once(&mut second, &waker).is_pending());
    scheduler.schedule_in(SECOND, Fragile::new(&drops)).unwrap();
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 2, "one for each");
    let panicked = catch_unwind(AssertUnwindSafe(|| poll_once(&mut first, &waker)));
    assert!(panicked.is_err());
    assert!(poll_once(&mut second, &waker).is_ready());
    assert!(scheduler.is_idle(), "the item has ended");
    // The future that panicked may be polled again, and is a consumer as any.
    assert!(poll_once(&mut first, &waker).is_pending());
    scheduler
        .schedule_in(Duration::ZERO, Fragile::new(&drops))
        .unwrap();
    assert_eq!(count.wakes(), 3);
    assert!(poll_once(&mut first, &waker).is_ready());
    drop((first, second));
    assert_eq!(drops.live(), 0);
}

#[test]
fn a_recurrence_that_panics_ends_its_item_and_ends_join() {
    let (scheduler, clock) = manual();
    let first = clock.now() + SECOND;
    let recurrence = move |after: Instant| {
        assert!(after < first, "no more, on purpose");
        Some(first)
    };
    scheduler
        .schedule_every(recurrence, Misfire::burst(), 7)
        .unwrap();
    let (count, waker) = CountWaker::new();
    let mut join = scheduler.join();
    assert!(poll_once(&mut join, &waker).is_pending());
    clock.advance(SECOND);
    assert!(catch_unwind(AssertUnwindSafe(|| scheduler.try_next())).is_err());
    assert!(scheduler.is_idle());
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut join, &waker).is_ready());
}

/// Every day at 02:30 in a place that has no 02:30 in spring, and two of them in autumn: absolute
/// times, so that there is nothing to trip over.
#[test]
fn a_gap_and_a_fold_of_local_time() {
    const DAY: u64 = 24 * 3600;
    /// UTC+1 in winter and UTC+2 in summer; the clock is set on days 2 and 5, at 01:00 UTC.
    fn offset(utc: u64) -> u64 {
        let summer = 2 * DAY + 3600..5 * DAY + 3600;
        if summer.contains(&utc) { 7200 } else { 3600 }
    }
    /// The first 02:30 of local time after `after`; a day without one has it at 03:30.
    fn half_past_two(after: SystemTime) -> Option<SystemTime> {
        let utc = after.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        (utc / DAY..).find_map(|day| {
            let midnight = day * DAY;
            let candidates = [3600, 7200].map(|offset| midnight + 9000 - offset);
            let exact = candidates
                .into_iter()
                .rev()
                .find(|at| *at + offset(*at) == midnight + 9000);
            let at = exact.unwrap_or(candidates[0]);
            (at > utc).then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(at))
        })
    }
    let clock = ManualClock::starting_at(SystemTime::UNIX_EPOCH);
    let scheduler = Scheduler::wall_with(clock.clone(), HOUR);
    scheduler
        .schedule_every(half_past_two, Misfire::coalesce(), ())
        .unwrap();
    let mut at = Vec::new();
    while at.len() < 7 {
        let due = futures_lite::future::block_on(clock.drive(scheduler.next())).unwrap();
        assert_eq!(
            (due.late_by(), clock.system_now()),
            (Duration::ZERO, due.scheduled_for())
        );
        let utc = due.scheduled_for().duration_since(SystemTime::UNIX_EPOCH);
        at.push(utc.unwrap().as_secs());
    }
    let apart: Vec<u64> = at
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / 3600)
        .collect();
    assert!(
        apart.iter().all(|hours| (23..=25).contains(hours)),
        "{apart:?}"
    );
    assert_eq!(
        apart.iter().sum::<u64>(),
        6 * 24,
        "one a day, none twice: {apart:?}"
    );
}
