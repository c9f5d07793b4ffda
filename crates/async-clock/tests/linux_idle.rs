//! A process that registers no timer has no timer thread.
//!
//! One test in a process of its own: the thread never ends once it has started.
#![cfg(all(feature = "system", target_os = "linux"))]

use async_clock::{Clock, SystemClock, sleep, timeout};
use std::fs;
use std::future::{pending, ready};
use std::sync::mpsc::channel;
use std::task::Waker;
use std::time::{Duration, Instant};
use testkit::{on_wake, poll_once, within_seconds};

/// Threads of this process. Not by name: a thread has none at first.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn the_thread_starts_with_the_first_registered_timer_and_stays_the_only_one() {
    within_seconds(50, || {
        let before = threads();
        let hour = Duration::from_secs(3600);
        let unpolled = sleep(hour);
        drop(sleep(hour).with_slack(hour));
        drop(timeout(hour, pending::<()>()));
        let mut early = Box::pin(timeout(hour, ready(7)));
        assert!(poll_once(&mut early, Waker::noop()).is_ready());
        assert!(poll_once(&mut sleep(Duration::ZERO), Waker::noop()).is_ready());
        assert!(poll_once(&mut sleep(Duration::MAX), Waker::noop()).is_pending());
        let never = Instant::now() + Duration::from_secs(50 * 365 * 86_400);
        let far = SystemClock.arm(never, Waker::noop());
        assert_eq!(threads(), before, "started for nothing");

        for _ in 0..3 {
            let (sender, receiver) = channel();
            let waker = on_wake(move || sender.send(()).unwrap());
            let _timer = SystemClock.arm(Instant::now() + Duration::from_millis(1), &waker);
            receiver.recv_timeout(Duration::from_secs(20)).unwrap();
            assert_eq!(threads(), before + 1);
        }
        drop((unpolled, far));
    });
}
