//! Plain threads; their deadlines are those of the lockout's own clock.

use async_clock::{Clock, Elapsed, ManualClock};
use async_lockout::{FifoLockout, Lockout};
use std::thread;
use std::time::Duration;
use testkit::within_seconds;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_thread_waits_for_the_end_of_the_lock() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(SECOND);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                lockout.wait_blocking();
                clock.now()
            });
            clock.wait_for_timers_blocking(1);
            let end = clock.now() + SECOND;
            clock.advance(SECOND);
            assert_eq!(waiting.join().unwrap(), end);
        });
    });
}

#[test]
fn a_timeout_runs_on_the_lockouts_clock() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(9 * SECOND);
        thread::scope(|scope| {
            let timeout = scope.spawn(|| lockout.wait_blocking_timeout(SECOND));
            let deadline = scope.spawn(|| lockout.wait_blocking_deadline(clock.now() + SECOND));
            clock.wait_for_timers_blocking(3); // the lockout's, and one each
            clock.advance(SECOND);
            assert_eq!(timeout.join().unwrap(), Err(Elapsed));
            assert_eq!(deadline.join().unwrap(), Err(Elapsed));
        });
        assert_eq!(clock.pending(), 1);
    });
}

#[test]
fn a_lock_that_ends_at_the_deadline_has_ended() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let lockout = FifoLockout::with_clock(clock.clone());
        lockout.lock_for(SECOND);
        thread::scope(|scope| {
            let timeout = scope.spawn(|| lockout.acquire_blocking_timeout(SECOND).is_ok());
            clock.wait_for_timers_blocking(2);
            clock.advance(SECOND);
            assert!(timeout.join().unwrap());
        });
    });
}

#[test]
fn a_deadline_in_the_past_tries_once() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let lockout = FifoLockout::with_clock(clock.clone());
        let past = clock.now();
        clock.advance(SECOND);
        assert!(lockout.wait_blocking_deadline(past).is_ok());
        assert!(lockout.acquire_blocking_deadline(past).is_ok());
        assert!(lockout.wait_blocking_timeout(Duration::MAX).is_ok());
        lockout.lock_for(SECOND);
        assert_eq!(lockout.wait_blocking_deadline(past), Err(Elapsed));
        assert_eq!(lockout.wait_blocking_timeout(Duration::ZERO), Err(Elapsed));
        assert!(lockout.acquire_blocking_deadline(past).is_err());
        clock.advance(SECOND);
        assert_eq!(lockout.try_pass(), Ok(()), "they gave their places up");
    });
}

#[test]
fn blocked_threads_enter_one_after_another() {
    within_seconds(30, || {
        let clock = ManualClock::new();
        let lockout = FifoLockout::with_clock(clock.clone());
        lockout.lock_for(Duration::MAX);
        let inside = std::sync::Mutex::new(());
        thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let pass = lockout.acquire_blocking();
                        drop(inside.try_lock().expect("one at a time"));
                        pass.ok();
                    })
                })
                .collect();
            // However many have come by now: they get in, and so do those who come later.
            lockout.clear();
            for thread in threads {
                thread.join().unwrap();
            }
        });
    });
}
