//! `AsyncIoClock`: what the reactor leaves for the adapter to promise.
#![cfg(feature = "async-io")]

use async_clock::{AsyncIoClock, Clock, Timer};
use std::sync::mpsc;
use std::time::Duration;
use testkit::{on_wake, within_seconds};

#[test]
fn a_reset_that_meets_the_deadline_loses_no_call() {
    within_seconds(60, || {
        for _ in 0..50 {
            let (sender, woken) = mpsc::channel();
            let waker = on_wake(move || sender.send(()).unwrap_or(()));
            let at = AsyncIoClock.now() + Duration::from_micros(200);
            let mut timer = AsyncIoClock.arm(at, &waker);
            while AsyncIoClock.now() < at {
                std::hint::spin_loop();
            }
            // The reactor may have come to it or not.
            if timer.reset(at + Duration::from_secs(60)) {
                assert!(timer.reset(at), "set to the future");
            }
            drop(timer);
            let called = woken.recv_timeout(Duration::from_secs(10));
            assert!(called.is_ok(), "spent, and never called");
        }
    });
}
