//! What the system clock takes from the heap, and gives back.
//!
//! One test, since the counters see the whole process.
#![cfg(feature = "system")]

use async_clock::{Clock, SystemClock, SystemTimer, Timer};
use std::task::Waker;
use std::time::{Duration, Instant};
use testkit::{CountingAllocator, count_allocations, live_bytes};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

const TIMERS: usize = 100_000;

fn at(i: usize) -> Instant {
    Instant::now() + Duration::from_millis(600_000 + (i * 7919 % 60_000) as u64)
}

fn arm(i: usize) -> SystemTimer {
    SystemClock.arm(at(i), Waker::noop())
}

#[test]
fn a_burst_of_timers_takes_64_bytes_each_and_gives_them_back() {
    // Starts the thread and takes the first page.
    let mut first = arm(0);
    let start = live_bytes();

    // Arming, polling, moving and cancelling allocate nothing.
    let churn = count_allocations(|| {
        for i in 0..10_000 {
            let mut timer = arm(i);
            assert!(!timer.poll_fired(Waker::noop()));
            assert!(timer.reset(at(i + 1)));
        }
        assert!(!first.poll_fired(Waker::noop()));
    });
    assert_eq!(churn.calls, 0, "{churn:?}");

    for order in ["as armed", "backwards", "shuffled"] {
        let mut timers = Vec::with_capacity(TIMERS);
        timers.extend((0..TIMERS).map(|i| Some(arm(i))));
        let taken = live_bytes() - start;
        assert!(
            taken <= 66 * TIMERS,
            "{taken} bytes for {TIMERS} timers with their handles, {order}"
        );
        match order {
            "as armed" => {}
            "backwards" => timers.reverse(),
            _ => testkit::rng(7).shuffle(&mut timers),
        }
        for timer in &mut timers {
            *timer = None;
        }
        drop(timers);
        // What stays: a spare page, and the table of pages.
        let kept = live_bytes().saturating_sub(start);
        assert!(kept <= 48 << 10, "{kept} bytes kept, {order}");
    }
    drop(first);
}
