//! A thread that waits burns no processor time.

#![cfg(target_os = "linux")]

use async_waitlist::blocking::{block_on, block_on_deadline, block_on_timeout};
use std::fs;
use std::future::{pending, poll_fn};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

const WAIT: Duration = Duration::from_millis(300);
const MOST: Duration = Duration::from_millis(5);

/// What this thread has spent on a processor. The scheduler's own figure, in nanoseconds.
fn processor_time() -> Duration {
    let figures = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    let nanos = figures.split(' ').next().expect("three figures");
    Duration::from_nanos(nanos.parse().expect("a number"))
}

/// The processor time and the time that `body` takes, on a thread of its own.
fn cost_of(body: impl FnOnce() + Send + 'static) -> (Duration, Duration) {
    testkit::within_seconds(20, || {
        let (began, before) = (Instant::now(), processor_time());
        body();
        (processor_time().saturating_sub(before), began.elapsed())
    })
}

#[test]
fn the_figure_grows_while_a_thread_works() {
    let (spent, _) = cost_of(|| {
        let until = Instant::now() + WAIT;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
    });
    assert!(spent > MOST, "{spent:?}");
}

#[test]
fn a_timed_wait_sleeps() {
    for waits in [
        || assert!(block_on_timeout(&mut pending::<()>(), WAIT).is_none()),
        || assert!(block_on_deadline(&mut pending::<()>(), Instant::now() + WAIT).is_none()),
    ] {
        let (spent, took) = cost_of(waits);
        assert!(took >= WAIT, "it took {took:?}");
        assert!(spent < MOST, "it spent {spent:?} on a processor");
    }
}

#[test]
fn a_wait_without_limit_sleeps() {
    let (spent, took) = cost_of(|| {
        let mut waking = None;
        block_on(poll_fn(|cx| {
            if waking.is_some() {
                return Poll::Ready(());
            }
            let waker = cx.waker().clone();
            waking = Some(thread::spawn(move || {
                // `a_timed_wait_sleeps` shows that this takes its time.
                assert!(block_on_timeout(&mut pending::<()>(), WAIT).is_none());
                Waker::wake(waker);
            }));
            Poll::Pending
        }));
    });
    assert!(took >= WAIT, "it took {took:?}");
    assert!(spent < MOST, "it spent {spent:?} on a processor");
}

#[test]
fn a_token_of_the_user_keeps_nobody_awake() {
    let (spent, _) = cost_of(|| {
        thread::current().unpark();
        assert!(block_on_timeout(&mut pending::<()>(), WAIT).is_none());
    });
    assert!(spent < MOST, "it spent {spent:?} on a processor");
}
