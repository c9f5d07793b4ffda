//! A retry loop with back-off, tested to the nanosecond without waiting.

use async_clock::{Clock, ClockExt, ManualClock};
use futures_lite::future::block_on;
use std::time::Duration;

/// Calls `attempt` until it succeeds, waiting 1 s, 2 s, 4 s, … in between.
async fn with_back_off<C: Clock, T>(clock: &C, mut attempt: impl FnMut() -> Option<T>) -> T {
    let mut pause = Duration::from_secs(1);
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        clock.sleep(pause).await;
        pause *= 2;
    }
}

fn main() {
    let clock = ManualClock::new();
    let start = clock.now();
    let mut calls = Vec::new();
    let work = with_back_off(&clock, || {
        calls.push(clock.now() - start);
        (calls.len() == 5).then_some("done")
    });
    assert_eq!(block_on(clock.drive(work)), "done");
    assert_eq!(calls, [0, 1, 3, 7, 15].map(Duration::from_secs));
}
