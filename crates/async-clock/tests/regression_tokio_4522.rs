//! tokio#3108, #4522, #4614, #6242 and #7858: paused time moves by itself as soon as the runtime is
//! idle, also while another thread is still at work, and a large `advance` skips timers.
//!
//! A manual clock stands still until it is told, and goes through every deadline on the way.
#![cfg(feature = "manual")]

use async_clock::{Clock, ClockExt, ManualClock};
use futures_lite::future::{block_on, zip};
use std::sync::mpsc;
use std::time::Duration;
use testkit::within_seconds;

#[test]
fn time_stands_still_while_a_thread_works() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let start = clock.now();
        let (work, result) = mpsc::channel();
        let sleeper = std::thread::spawn({
            let clock = clock.clone();
            move || {
                let slept = clock.timeout(Duration::from_secs(1), std::future::pending::<()>());
                assert!(block_on(slept).is_err());
            }
        });
        clock.wait_for_timers_blocking(1);
        // Everything is idle but this thread; no time passes until it says so.
        std::thread::spawn(move || work.send(()).unwrap());
        result.recv().unwrap();
        assert_eq!((clock.now(), clock.pending()), (start, 1));
        clock.advance(Duration::from_secs(1));
        sleeper.join().unwrap();
    });
}

#[test]
fn one_long_advance_skips_nothing() {
    let clock = ManualClock::new();
    let start = clock.now();
    let minute = Duration::from_secs(60);
    let mut ticks = Vec::new();
    let ticking = async {
        let mut interval = clock.interval_at(start + minute, minute);
        while ticks.len() < 60 {
            let tick = interval.tick().await;
            assert_eq!((tick.now, tick.missed), (tick.scheduled, 0));
            ticks.push(tick.scheduled - start);
        }
    };
    block_on(zip(ticking, clock.advance_yielding(60 * minute)));
    assert_eq!(ticks, (1..=60).map(|n| n * minute).collect::<Vec<_>>());
}
