//! `Interval`: the grid, and what happens to late ticks.
#![cfg(feature = "manual")]

use async_clock::{Clock, ClockExt, ManualClock, MissedTick, Tick};
use std::time::Duration;
use testkit::{CountWaker, poll_once};

const SECOND: Duration = Duration::from_secs(1);

/// Takes a tick that is due.
fn take(interval: &mut async_clock::Interval<ManualClock>) -> Tick {
    let (_, waker) = CountWaker::new();
    match poll_once(&mut interval.tick(), &waker) {
        std::task::Poll::Ready(tick) => tick,
        std::task::Poll::Pending => panic!("no tick is due"),
    }
}

fn is_due(interval: &mut async_clock::Interval<ManualClock>) -> bool {
    interval
        .poll_tick(&mut std::task::Context::from_waker(std::task::Waker::noop()))
        .is_ready()
}

#[test]
fn ticks_stay_on_the_grid_when_taken_a_little_late() {
    for policy in [MissedTick::Skip, MissedTick::Burst] {
        let clock = ManualClock::new();
        let start = clock.now();
        let mut interval = clock.interval(SECOND).missed_tick(policy);
        for n in 0..100_u32 {
            let tick = take(&mut interval);
            assert_eq!(tick.scheduled, start + n * SECOND, "{policy:?}");
            assert_eq!(tick.missed, 0, "{policy:?}");
            // The consumer takes 0.3 s, and comes back up to 0.7 s before the next.
            clock.advance(Duration::from_millis(300));
            assert!(!is_due(&mut interval), "{policy:?}");
            clock.advance(start + (n + 1) * SECOND - clock.now());
        }
    }
}

#[test]
fn skip_leaves_out_what_was_missed_and_says_how_many() {
    let clock = ManualClock::new();
    let start = clock.now();
    let mut interval = clock.interval(SECOND);
    take(&mut interval);
    // (time of the poll in ms, scheduled in s, missed)
    for (poll, scheduled, missed) in [
        (1_000, 1, 0),
        (2_999, 2, 0),
        (3_000, 3, 0),
        (5_000, 4, 1),
        (9_999, 6, 3),
        (10_000, 10, 0),
    ] {
        clock.advance(start + Duration::from_millis(poll) - clock.now());
        let tick = take(&mut interval);
        assert_eq!(
            tick.scheduled - start,
            Duration::from_secs(scheduled),
            "at {poll} ms"
        );
        assert_eq!(tick.missed, missed, "at {poll} ms");
        assert_eq!(tick.now, clock.now(), "at {poll} ms");
        assert!(
            !is_due(&mut interval),
            "at {poll} ms: the next one lies ahead"
        );
    }
}

#[test]
fn burst_delivers_every_tick() {
    let clock = ManualClock::new();
    let start = clock.now();
    let mut interval = clock.interval(SECOND).missed_tick(MissedTick::Burst);
    clock.advance(5 * SECOND);
    for n in 0..=5 {
        assert_eq!(take(&mut interval).scheduled, start + n * SECOND);
    }
    assert!(!is_due(&mut interval));
}

#[test]
fn delay_starts_a_new_grid() {
    let clock = ManualClock::new();
    let start = clock.now();
    let mut interval = clock.interval(SECOND).missed_tick(MissedTick::Delay);
    clock.advance(Duration::from_millis(2_500));
    let tick = take(&mut interval);
    assert_eq!((tick.scheduled, tick.missed), (start, 2));
    clock.advance(Duration::from_millis(999));
    assert!(!is_due(&mut interval));
    clock.advance(Duration::from_millis(1));
    assert_eq!(
        take(&mut interval).scheduled - start,
        Duration::from_millis(3_500)
    );
}

#[test]
fn a_suspend_of_a_year_gives_one_tick_and_not_a_burst() {
    let clock = ManualClock::new();
    let mut interval = clock.interval(Duration::from_millis(1));
    take(&mut interval);
    let year = Duration::from_secs(365 * 24 * 3600);
    clock.advance(year);
    let tick = take(&mut interval);
    assert_eq!(u128::from(tick.missed), year.as_millis() - 1);
    assert!(!is_due(&mut interval));
}

#[test]
fn a_dropped_tick_is_still_to_come() {
    let clock = ManualClock::new();
    let (_, waker) = CountWaker::new();
    let mut interval = clock.interval_at(clock.now() + SECOND, SECOND);
    for _ in 0..3 {
        assert!(poll_once(&mut interval.tick(), &waker).is_pending());
    }
    clock.advance(SECOND);
    assert_eq!(take(&mut interval).scheduled, clock.now());
}

#[test]
fn reset_counts_from_now_after_huge_and_small_periods() {
    let clock = ManualClock::new();
    let mut interval = clock.interval_at(clock.now() + SECOND, SECOND);
    clock.advance(Duration::from_millis(900));
    interval.reset();
    clock.advance(Duration::from_millis(900));
    assert!(!is_due(&mut interval));
    clock.advance(Duration::from_millis(100));
    assert_eq!(take(&mut interval).scheduled, clock.now());

    let mut never = clock.interval(Duration::MAX);
    take(&mut never);
    never.reset();
    clock.advance(1_000_000 * SECOND);
    assert!(!is_due(&mut never));
}

#[test]
#[should_panic(expected = "must not be zero")]
fn a_zero_period_is_refused() {
    let _ = ManualClock::new().interval(Duration::ZERO);
}

#[test]
fn odd_periods_stay_exact_to_the_nanosecond() {
    testkit::with_seeds(50, |rng| {
        let clock = ManualClock::new();
        let start = clock.now();
        let period = Duration::from_nanos(rng.u64(1..5_000_000_000));
        let mut interval = clock.interval(period);
        take(&mut interval);
        let mut expected = 1_u128;
        for _ in 0..20 {
            clock.advance(Duration::from_nanos(rng.u64(0..20_000_000_000)));
            let passed = (clock.now() - start).as_nanos() / period.as_nanos();
            if passed < expected {
                assert!(!is_due(&mut interval));
                continue;
            }
            let tick = take(&mut interval);
            assert_eq!(
                (tick.scheduled - start).as_nanos(),
                expected * period.as_nanos()
            );
            assert_eq!(u128::from(tick.missed), passed - expected);
            expected = passed + 1;
        }
    });
}
