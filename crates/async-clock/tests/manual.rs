//! `ManualClock`: order, steps, and the futures that move it.
#![cfg(feature = "manual")]

use async_clock::{Clock, ClockExt, ManualClock, Timer, WallClock};
use futures_lite::future::{self, block_on};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};
use testkit::hygiene::{Case, Setup};
use testkit::{CountWaker, on_wake, poll_once, within_seconds};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn timers_fire_in_the_order_of_deadline_and_arming() {
    let run = || {
        let clock = ManualClock::new();
        let start = clock.now();
        let fired = Arc::new(Mutex::new(Vec::new()));
        let timers: Vec<_> = [3_u32, 1, 2, 1, 3, 2, 1]
            .into_iter()
            .enumerate()
            .map(|(i, second)| {
                let (fired, clock2) = (fired.clone(), clock.clone());
                let waker = on_wake(move || fired.lock().unwrap().push((i, clock2.now())));
                clock.arm(start + second * SECOND, &waker)
            })
            .collect();
        clock.advance(2 * SECOND);
        clock.advance(2 * SECOND);
        drop(timers);
        let fired = fired.lock().unwrap();
        fired
            .iter()
            .map(|(i, at)| (*i, *at - start))
            .collect::<Vec<_>>()
    };
    let expected: Vec<(usize, Duration)> = [(1, 1), (3, 1), (6, 1), (2, 2), (5, 2), (0, 3), (4, 3)]
        .map(|(i, at)| (i, at * SECOND))
        .into();
    for _ in 0..1000 {
        assert_eq!(run(), expected);
    }
}

/// Arms itself anew from inside its waker, every second.
fn chain(clock: &ManualClock, log: Arc<Mutex<Vec<Instant>>>) {
    let (next, kept) = (clock.clone(), Arc::new(Mutex::new(None)));
    let keep = kept.clone();
    let waker = on_wake(move || {
        log.lock().unwrap().push(next.now());
        chain(&next, log.clone());
        keep.lock().unwrap().take();
    });
    *kept.lock().unwrap() = Some(clock.arm(clock.now() + SECOND, &waker));
}

#[test]
fn a_timer_armed_inside_the_span_is_honoured() {
    let clock = ManualClock::new();
    let start = clock.now();
    let log = Arc::new(Mutex::new(Vec::new()));
    chain(&clock, log.clone());
    clock.advance(Duration::from_millis(3_500));
    let log: Vec<Duration> = log.lock().unwrap().iter().map(|at| *at - start).collect();
    assert_eq!(log, [SECOND, 2 * SECOND, 3 * SECOND]);
    assert_eq!(clock.now() - start, Duration::from_millis(3_500));
}

#[test]
fn advancing_by_nothing_fires_nothing_and_steps_fire_one_instant() {
    let clock = ManualClock::new();
    let start = clock.now();
    let (count, waker) = CountWaker::new();
    let _timers = [1, 1, 2].map(|second| clock.arm(start + second * SECOND, &waker));
    clock.advance(Duration::ZERO);
    assert_eq!(count.wakes(), 0);
    assert_eq!(clock.next_deadline(), Some(start + SECOND));
    assert_eq!(clock.advance_to_next(), Some(start + SECOND));
    assert_eq!((count.wakes(), clock.now()), (2, start + SECOND));
    assert_eq!(clock.advance_to_next(), Some(start + 2 * SECOND));
    assert_eq!(clock.advance_to_next(), None);
}

#[test]
fn two_clocks_are_two_time_lines_and_clones_are_one() {
    let (one, other) = (ManualClock::new(), ManualClock::new());
    let (before, untouched) = (one.now(), other.now());
    one.clone().advance(SECOND);
    assert_eq!(one.now() - before, SECOND);
    assert_eq!(other.now(), untouched);
}

#[test]
fn a_panicking_waker_stops_neither_the_others_nor_time() {
    let clock = ManualClock::new();
    let start = clock.now();
    let (count, waker) = CountWaker::new();
    let panicking = testkit::panicking();
    let _timers = [(1, &panicking), (1, &waker), (2, &waker)]
        .map(|(second, waker)| clock.arm(start + second * SECOND, waker));
    let advance = catch_unwind(AssertUnwindSafe(|| clock.advance(3 * SECOND)));
    assert!(advance.is_err(), "the panic goes on");
    assert_eq!((count.wakes(), clock.now() - start), (2, 3 * SECOND));
}

#[test]
fn wait_for_timers_meets_other_threads() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let workers: Vec<_> = (1..=4)
            .map(|second| {
                let clock = clock.clone();
                std::thread::spawn(move || {
                    block_on(clock.sleep(second * SECOND));
                    block_on(clock.sleep(10 * SECOND));
                })
            })
            .collect();
        block_on(clock.wait_for_timers(4));
        clock.advance(4 * SECOND);
        clock.wait_for_timers_blocking(4);
        clock.advance(10 * SECOND);
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(clock.pending(), 0);
    });
}

#[test]
fn a_dropped_wait_for_timers_is_forgotten() {
    let clock = ManualClock::new();
    let (count, waker) = CountWaker::new();
    let mut wait = clock.wait_for_timers(1);
    assert!(poll_once(&mut wait, &waker).is_pending());
    drop(wait);
    let _timer = clock.arm(clock.now() + SECOND, &waker);
    assert_eq!(count.wakes(), 0);
}

#[test]
fn a_panicking_watcher_harms_neither_the_others_nor_who_arms() {
    let clock = ManualClock::new();
    let (count, waker) = CountWaker::new();
    let [mut first, mut second] = [1, 1].map(|n| clock.wait_for_timers(n));
    assert!(poll_once(&mut first, &testkit::panicking()).is_pending());
    assert!(poll_once(&mut second, &waker).is_pending());
    let timer = clock.arm(clock.now() + SECOND, Waker::noop());
    assert_eq!((count.wakes(), clock.pending()), (1, 1));
    drop(timer);
    assert_eq!(clock.pending(), 0);
}

#[test]
fn drive_runs_joins_and_races_in_virtual_time() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let start = clock.now();
        let both = future::zip(clock.sleep(3 * SECOND), clock.sleep(5 * SECOND));
        block_on(clock.drive(both));
        assert_eq!(clock.now() - start, 5 * SECOND);
        let either = future::or(clock.sleep(7 * SECOND), clock.sleep(2 * SECOND));
        block_on(clock.drive(either));
        assert_eq!(clock.now() - start, 7 * SECOND);
    });
}

#[test]
fn drive_waits_for_a_timer_that_another_thread_arms() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let (sender, receiver) = std::sync::mpsc::channel::<Waker>();
        let sleeper = std::thread::spawn({
            let clock = clock.clone();
            move || {
                let driven = receiver.recv().unwrap();
                block_on(clock.sleep(SECOND));
                driven.wake();
            }
        });
        let mut polls = 0;
        let future = future::poll_fn(move |cx| {
            polls += 1;
            if polls == 1 {
                sender.send(cx.waker().clone()).unwrap();
                return std::task::Poll::Pending;
            }
            std::task::Poll::Ready(())
        });
        block_on(clock.drive(future));
        sleeper.join().unwrap();
    });
}

#[test]
fn the_time_of_day_jumps_and_timers_do_not_notice() {
    let clock = ManualClock::starting_at(SystemTime::UNIX_EPOCH + 1000 * SECOND);
    let (count, waker) = CountWaker::new();
    let _timer = clock.arm(clock.now() + 10 * SECOND, &waker);
    clock.advance(SECOND);
    clock.jump_wall_forward(500 * SECOND);
    assert_eq!(clock.system_now(), SystemTime::UNIX_EPOCH + 1501 * SECOND);
    clock.jump_wall_back(1501 * SECOND);
    assert_eq!(clock.system_now(), SystemTime::UNIX_EPOCH);
    assert_eq!(count.wakes(), 0);
    clock.advance(9 * SECOND);
    assert_eq!(clock.system_now(), SystemTime::UNIX_EPOCH + 9 * SECOND);
    assert_eq!(count.wakes(), 1);
}

#[test]
fn the_futures_keep_the_rules_about_wakers() {
    let sleep = || {
        let clock = ManualClock::new();
        let (fire, touch) = (clock.clone(), clock.clone());
        Setup {
            future: clock.sleep(SECOND),
            fire: Box::new(move || fire.advance(SECOND)),
            touch: Arc::new(move || {
                let mut timer = touch.arm(touch.now() + 9 * SECOND, Waker::noop());
                assert!(!timer.poll_fired(Waker::noop()));
                assert!(timer.reset(touch.now() + 8 * SECOND));
            }),
        }
    };
    Case::new("sleep", sleep).fused().check();
    let tick = || {
        let clock = ManualClock::new();
        let (fire, touch) = (clock.clone(), clock.clone());
        let mut interval = clock.interval_at(clock.now() + SECOND, SECOND);
        Setup {
            future: async move { _ = interval.tick().await },
            fire: Box::new(move || fire.advance(SECOND)),
            touch: Arc::new(move || _ = touch.pending()),
        }
    };
    Case::new("tick", tick).check();
    let timeout = || {
        let clock = ManualClock::new();
        let (fire, touch) = (clock.clone(), clock.clone());
        Setup {
            future: clock.timeout(SECOND, std::future::pending::<()>()),
            fire: Box::new(move || fire.advance(SECOND)),
            touch: Arc::new(move || _ = touch.pending()),
        }
    };
    Case::new("timeout", timeout).fused().check();
    let wait = || {
        let clock: &'static ManualClock = Box::leak(Box::default());
        Setup {
            future: clock.wait_for_timers(1),
            fire: Box::new(move || {
                let at = clock.now() + SECOND;
                std::mem::forget(clock.arm(at, Waker::noop()));
            }),
            touch: Arc::new(move || _ = clock.pending()),
        }
    };
    Case::new("wait_for_timers", wait).fused().check();
    let drive = || {
        let clock: &'static ManualClock = Box::leak(Box::default());
        let gate = ManualClock::new();
        let opener = gate.clone();
        Setup {
            future: clock.drive(gate.sleep(SECOND)),
            fire: Box::new(move || opener.advance(SECOND)),
            touch: Arc::new(move || _ = clock.pending()),
        }
    };
    Case::new("drive", drive).fused().check();
}
