//! tokio#2408, #2667, #5183 and #6634, async-std#979 and #1037, async-io#86, futures-timer#79.
//!
//! A duration "for ever", such as `Duration::MAX`, overflowed an addition and panicked; in
//! tokio-util (#5536) everything beyond 2^36 ms still does.
//! Here it means never, in every form, on every clock.
#![cfg(all(feature = "system", feature = "manual"))]

use async_clock::{ClockExt, Elapsed, ManualClock, Sleep, SystemClock};
use std::future::{pending, ready};
use std::task::Poll;
use std::time::Duration;
use testkit::{CountWaker, poll_once};

const FAR: [Duration; 7] = [
    Duration::MAX,
    Duration::from_nanos(u64::MAX),
    Duration::from_nanos(1 << 63),
    Duration::from_secs(1 << 62),
    Duration::from_secs(u64::MAX - 1),
    Duration::from_millis(1 << 36),
    Duration::from_secs(37 * 366 * 24 * 3600), // just past the wheel of the system clock
];

fn far_deadlines_never_come_and_never_panic(clock: &impl ClockExt) {
    let (count, waker) = CountWaker::new();
    for far in FAR {
        let mut sleep = clock.sleep(far);
        assert!(poll_once(&mut sleep, &waker).is_pending(), "{far:?}");
        assert!(poll_once(&mut sleep, &waker).is_pending(), "{far:?}");
        sleep.reset_after(far);
        assert!(!sleep.is_elapsed(), "{far:?}");

        let mut slack = clock.sleep(far).with_slack(far);
        assert!(poll_once(&mut slack, &waker).is_pending(), "{far:?}");
        let mut near = clock.sleep(Duration::from_secs(60)).with_slack(far);
        assert!(poll_once(&mut near, &waker).is_pending(), "{far:?}");

        let mut timeout = clock.timeout(far, pending::<()>());
        assert!(poll_once(&mut timeout, &waker).is_pending(), "{far:?}");
        let mut done = clock.timeout(far, ready(1));
        assert_eq!(poll_once(&mut done, &waker), Poll::Ready(Ok(1)), "{far:?}");

        let mut interval = clock.interval(far);
        assert!(
            poll_once(&mut interval.tick(), &waker).is_ready(),
            "{far:?}"
        );
        assert!(
            poll_once(&mut interval.tick(), &waker).is_pending(),
            "{far:?}"
        );
    }
    let mut never = Sleep::never(clock.clone());
    assert!(poll_once(&mut never, &waker).is_pending());
    let mut now = clock.timeout(Duration::ZERO, pending::<()>());
    assert_eq!(poll_once(&mut now, &waker), Poll::Ready(Err(Elapsed)));
    assert_eq!(count.wakes(), 0);
}

#[test]
fn on_the_system_clock() {
    far_deadlines_never_come_and_never_panic(&SystemClock);
}

#[test]
fn on_a_manual_clock() {
    far_deadlines_never_come_and_never_panic(&ManualClock::new());
}

#[cfg(feature = "async-io")]
#[test]
fn on_async_io() {
    far_deadlines_never_come_and_never_panic(&async_clock::AsyncIoClock);
}

#[cfg(feature = "tokio")]
#[test]
fn on_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let clock = async_clock::TokioClock::new(runtime.handle().clone());
    far_deadlines_never_come_and_never_panic(&clock);
}
