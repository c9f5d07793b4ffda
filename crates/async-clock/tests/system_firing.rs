//! When timers of the system clock fire: never early, soon after, and each of many.
#![cfg(feature = "system")]

use async_clock::{Clock, SystemClock, Timer};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};
use testkit::{on_wake, with_seeds, within_seconds};

/// Long enough for anything to happen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends by how much it was woken late, or `None` if it was early.
struct Lateness {
    at: Instant,
    sender: Mutex<Sender<Option<Duration>>>,
}

impl Wake for Lateness {
    fn wake(self: Arc<Self>) {
        let late = Instant::now().checked_duration_since(self.at);
        // Nobody listens any more once the test has failed.
        let _ = self.sender.lock().unwrap().send(late);
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a histogram for whoever asks for it")]
fn never_early_over_random_nanosecond_deadlines() {
    const BATCH: usize = 10_000;
    within_seconds(50, || {
        let mut all = Vec::new();
        with_seeds(10, |rng| {
            let (sender, receiver) = channel();
            let timers: Vec<_> = (0..BATCH)
                .map(|_| {
                    let at = Instant::now() + Duration::from_nanos(rng.u64(0..60_000_000));
                    let sender = Mutex::new(sender.clone());
                    let waker = Waker::from(Arc::new(Lateness { at, sender }));
                    (at, SystemClock.arm(at, &waker))
                })
                .collect();
            for _ in 0..BATCH {
                let late = receiver.recv_timeout(PATIENCE).expect("a wake was lost");
                all.push(late.expect("woken early"));
            }
            for (at, timer) in timers {
                assert!(timer.is_fired());
                assert_eq!(timer.deadline(), at);
            }
        });
        all.sort_unstable();
        for percent in [1, 10, 50, 90, 99] {
            println!("lateness p{percent}: {:?}", all[all.len() * percent / 100]);
        }
        let median = all[all.len() / 2];
        // Generous: other tests keep all cores busy meanwhile.
        assert!(median < Duration::from_millis(20), "median {median:?}");
    });
}

#[test]
fn a_timer_says_that_it_has_fired_only_after_its_deadline() {
    within_seconds(50, || {
        with_seeds(50, |rng| {
            let at = Instant::now() + Duration::from_nanos(rng.u64(0..3_000_000));
            let mut timer = SystemClock.arm(at, Waker::noop());
            while !timer.poll_fired(Waker::noop()) {
                std::thread::yield_now();
            }
            assert!(Instant::now() >= at);
            assert!(timer.is_fired());
        });
    });
}

#[test]
fn timers_of_far_apart_deadlines_fire_in_their_order() {
    within_seconds(50, || {
        let (sender, receiver) = channel();
        let start = Instant::now() + Duration::from_secs(1);
        // Apart by more than any tick, on several levels of the wheel, armed out of order.
        let timers: Vec<_> = [130_u32, 1, 40, 70, 10, 100]
            .into_iter()
            .map(|millis| {
                let sender = sender.clone();
                let waker = on_wake(move || sender.send(millis).unwrap());
                SystemClock.arm(start + Duration::from_millis(millis.into()), &waker)
            })
            .collect();
        let order: Vec<u32> = timers
            .iter()
            .map(|_| receiver.recv_timeout(PATIENCE).expect("a wake was lost"))
            .collect();
        assert_eq!(order, [1, 10, 40, 70, 100, 130]);
    });
}

#[test]
fn every_one_of_many_timers_of_one_instant_fires() {
    const TIMERS: usize = 20_000;
    within_seconds(50, || {
        let (sender, receiver) = channel();
        let at = Instant::now() + Duration::from_millis(200);
        let timers: Vec<_> = (0..TIMERS)
            .map(|i| {
                let sender = sender.clone();
                let waker = on_wake(move || sender.send(i).unwrap());
                SystemClock.arm(at, &waker)
            })
            .collect();
        let mut fired = vec![false; TIMERS];
        for _ in 0..TIMERS {
            let i = receiver.recv_timeout(PATIENCE).expect("a wake was lost");
            assert!(!fired[i], "{i} was woken twice");
            fired[i] = true;
        }
        assert!(timers.iter().all(Timer::is_fired));
    });
}

#[test]
fn a_timer_armed_for_the_past_is_called_however_long_the_clock_was_idle() {
    within_seconds(50, || {
        let past = Instant::now();
        for _ in 0..1_000 {
            let (sender, receiver) = channel();
            let waker = on_wake(move || sender.send(()).unwrap());
            let timer = SystemClock.arm(past, &waker);
            receiver.recv_timeout(PATIENCE).expect("the wake was lost");
            assert!(timer.is_fired());
        }
    });
}

#[test]
fn a_deadline_beyond_the_range_is_never_and_keeps_what_it_can_represent() {
    let now = Instant::now();
    let years = |n: u64| Duration::from_secs(n * 365 * 86_400);
    for far in [years(40), years(300), years(500)] {
        let at = now + far;
        let mut timer = SystemClock.arm(at, Waker::noop());
        assert_eq!(timer.deadline(), at, "{far:?}");
        assert!(!timer.poll_fired(Waker::noop()), "{far:?}");
        assert!(!timer.is_fired(), "{far:?}");
    }
    let beyond = SystemClock.arm(now + years(10_000), Waker::noop());
    assert!(beyond.deadline() > now + years(580));
    assert!(beyond.deadline() < now + years(10_000));
}

#[test]
fn coalesced_instants_lie_within_the_slack_and_meet() {
    with_seeds(200, |rng| {
        let mut nanos = || {
            let bits = rng.u32(1..50);
            Duration::from_nanos(rng.u64(0..1 << bits))
        };
        let (at, slack) = (Instant::now() + nanos(), nanos());
        let chosen = SystemClock.coalesce(at, slack);
        assert!(chosen >= at && chosen <= at + slack, "{slack:?}");
        assert_eq!(
            SystemClock.coalesce(chosen, slack),
            chosen,
            "a chosen instant stays ({slack:?})"
        );
    });
    let at = Instant::now() + Duration::from_secs(60);
    let slack = Duration::from_secs(1);
    let mut chosen: Vec<Instant> = (0..10_000)
        .map(|i| SystemClock.coalesce(at + Duration::from_micros(100 * i), slack))
        .collect();
    chosen.dedup();
    assert!(chosen.len() <= 3, "{} instants in 1 s", chosen.len());
}

#[test]
fn slack_without_measure_moves_no_deadline_to_never() {
    let at = Instant::now() + Duration::from_secs(60);
    for slack in [
        Duration::ZERO,
        Duration::from_nanos(1),
        Duration::from_secs(u64::from(u32::MAX)),
        Duration::from_nanos(u64::MAX),
        Duration::MAX,
    ] {
        let chosen = SystemClock.coalesce(at, slack);
        assert!(chosen >= at, "{slack:?}");
        let years = Duration::from_secs(36 * 365 * 86_400);
        assert!(chosen < at + years, "{slack:?} makes it never");
    }
    let short = Duration::from_nanos(4_095);
    assert_eq!(SystemClock.coalesce(at, short), at, "less than a tick");
}
