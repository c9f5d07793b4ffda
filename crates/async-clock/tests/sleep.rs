//! `Sleep` and `Timeout` on a manual clock.
#![cfg(feature = "manual")]

use async_clock::{Clock, ClockExt, Elapsed, ManualClock, Sleep};
use futures_lite::future::block_on;
use std::future::{pending, ready};
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use testkit::{CountWaker, poll_once};

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

#[test]
fn a_sleep_counts_from_its_creation() {
    let clock = ManualClock::new();
    let (_, waker) = CountWaker::new();
    let mut sleep = clock.sleep(SECOND);
    clock.advance(SECOND.checked_sub(NANO).unwrap());
    assert!(poll_once(&mut sleep, &waker).is_pending());
    clock.advance(NANO);
    assert!(poll_once(&mut sleep, &waker).is_ready());
}

#[test]
fn a_sleep_is_ready_exactly_at_its_deadline_and_woken_once() {
    let clock = ManualClock::new();
    let (count, waker) = CountWaker::new();
    let mut sleep = clock.sleep(SECOND);
    assert!(poll_once(&mut sleep, &waker).is_pending());
    clock.advance(SECOND.checked_sub(NANO).unwrap());
    assert_eq!(count.wakes(), 0);
    assert!(poll_once(&mut sleep, &waker).is_pending());
    clock.advance(NANO);
    assert_eq!(count.wakes(), 1);
    assert!(sleep.is_elapsed());
    assert!(poll_once(&mut sleep, &waker).is_ready());
    assert!(
        poll_once(&mut sleep, &waker).is_ready(),
        "a completed sleep stays ready"
    );
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 1);
}

#[test]
fn past_and_zero_deadlines_are_ready_at_the_first_poll() {
    let clock = ManualClock::new();
    let (count, waker) = CountWaker::new();
    let start = clock.now();
    clock.advance(SECOND);
    for mut sleep in [
        clock.sleep_until(start),
        clock.sleep_until(clock.now()),
        clock.sleep(Duration::ZERO),
    ] {
        assert!(poll_once(&mut sleep, &waker).is_ready());
    }
    assert_eq!(
        (count.wakes(), clock.pending()),
        (0, 0),
        "nothing was registered"
    );
}

#[test]
fn an_unpolled_sleep_registers_nothing_and_a_dropped_one_leaves_nothing() {
    let clock = ManualClock::new();
    let (count, waker) = CountWaker::new();
    let mut sleep = clock.sleep(SECOND);
    assert_eq!(clock.pending(), 0);
    assert!(poll_once(&mut sleep, &waker).is_pending());
    assert_eq!(clock.pending(), 1);
    drop(sleep);
    assert_eq!(clock.pending(), 0);
    clock.advance(2 * SECOND);
    assert_eq!(count.wakes(), 0);
}

#[test]
fn huge_durations_mean_never_and_do_not_panic() {
    let clock = ManualClock::new();
    let (_, waker) = CountWaker::new();
    let table = [
        Duration::MAX,
        Duration::new(u64::MAX, 0),
        Duration::from_nanos(i64::MAX as u64),
        Duration::from_nanos(u64::MAX),
        Duration::from_secs(i64::MAX as u64),
        Duration::from_millis(1 << 36),
        Duration::from_secs(100 * 365 * 24 * 3600),
    ];
    for duration in table {
        let mut sleep = clock.sleep(duration);
        assert!(poll_once(&mut sleep, &waker).is_pending(), "{duration:?}");
        let mut timeout = clock.timeout(duration, ready(1));
        assert_eq!(
            poll_once(&mut timeout, &waker),
            Poll::Ready(Ok(1)),
            "{duration:?}"
        );
        let mut interval = clock.interval(duration);
        assert!(
            poll_once(&mut interval.tick(), &waker).is_ready(),
            "{duration:?}"
        );
        assert!(
            poll_once(&mut interval.tick(), &waker).is_pending(),
            "{duration:?}"
        );
        sleep.reset_after(duration);
        assert!(!sleep.is_elapsed(), "{duration:?}");
    }
}

/// The last instant that this platform can represent, to the second.
fn last_instant() -> Instant {
    let mut last = Instant::now();
    for bit in (0..64).rev() {
        last = last
            .checked_add(Duration::from_secs(1 << bit))
            .unwrap_or(last);
    }
    last
}

#[test]
fn the_last_instant_is_a_deadline_like_any_other() {
    let clock = ManualClock::new();
    let (_, waker) = CountWaker::new();
    let last = last_instant();
    let mut sleep = clock.sleep_until(last);
    assert!(poll_once(&mut sleep, &waker).is_pending());
    assert_eq!(sleep.deadline(), Some(last));
    let mut interval = clock.interval_at(last, SECOND);
    assert!(poll_once(&mut interval.tick(), &waker).is_pending());
}

#[test]
fn a_never_can_be_reset() {
    let clock = ManualClock::new();
    let (count, waker) = CountWaker::new();
    let mut sleep = Sleep::never(clock.clone());
    assert!(poll_once(&mut sleep, &waker).is_pending());
    clock.advance(1000 * SECOND);
    sleep.reset_after(SECOND);
    assert!(poll_once(&mut sleep, &waker).is_pending());
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut sleep, &waker).is_ready());
}

#[test]
fn reset_moves_the_deadline_and_keeps_the_waiting_task() {
    let clock = ManualClock::new();
    let start = clock.now();
    // (reset to, in seconds from now, which is 5 s; woken at that many seconds)
    for (to, woken_at) in [(1_u64, 5_u64), (5, 5), (6, 6), (10, 10), (20, 20)] {
        let clock = ManualClock::new();
        let start = clock.now();
        let (count, waker) = CountWaker::new();
        let mut sleep = clock.sleep(10 * SECOND);
        assert!(poll_once(&mut sleep, &waker).is_pending());
        clock.advance(5 * SECOND);
        sleep.reset(start + Duration::from_secs(to));
        for second in 5..=20 {
            assert_eq!(
                count.wakes(),
                usize::from(second >= woken_at),
                "to {to} s, at {second} s"
            );
            assert_eq!(
                sleep.is_elapsed(),
                second >= woken_at,
                "to {to} s, at {second} s"
            );
            clock.advance(SECOND);
        }
        assert!(poll_once(&mut sleep, &waker).is_ready(), "to {to} s");
    }
    // Before the first poll, and after the end.
    let (_, waker) = CountWaker::new();
    let mut sleep = clock.sleep(10 * SECOND);
    sleep.reset(start + SECOND);
    block_on(clock.drive(&mut sleep));
    assert_eq!(clock.now() - start, SECOND);
    sleep.reset(start + 3 * SECOND);
    assert!(
        poll_once(&mut sleep, &waker).is_pending(),
        "a reset sleep waits again"
    );
    block_on(clock.drive(&mut sleep));
    assert_eq!(clock.now() - start, 3 * SECOND);
}

#[test]
fn a_timeout_lets_the_future_win_a_tie() {
    let clock = ManualClock::new();
    let (_, waker) = CountWaker::new();
    let mut timeout = clock.timeout(SECOND, clock.sleep(SECOND));
    assert!(poll_once(&mut timeout, &waker).is_pending());
    clock.advance(SECOND);
    assert_eq!(poll_once(&mut timeout, &waker), Poll::Ready(Ok(())));
    assert!(
        poll_once(&mut timeout, &waker).is_pending(),
        "completed, and harmless to poll"
    );

    let mut late = clock.timeout_at(clock.now(), ready(7));
    assert_eq!(poll_once(&mut late, &waker), Poll::Ready(Ok(7)));
}

#[test]
fn a_ready_future_registers_no_timer() {
    let clock = ManualClock::new();
    let (_, waker) = CountWaker::new();
    let mut timeout = clock.timeout(SECOND, ready(()));
    assert_eq!(poll_once(&mut timeout, &waker), Poll::Ready(Ok(())));
    assert_eq!(clock.pending(), 0);
}

/// Fails the test when it is polled more than allowed.
struct PolledAtMost(u32);

impl Future for PolledAtMost {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<()> {
        self.0 = self
            .0
            .checked_sub(1)
            .expect("polled after the timeout had expired");
        Poll::Pending
    }
}

#[test]
fn an_expired_timeout_never_polls_its_future_again_and_gives_it_back() {
    let clock = ManualClock::new();
    let (_, waker) = CountWaker::new();
    // Polled at the start and at the deadline, where it would win.
    let mut timeout = clock.timeout(SECOND, PolledAtMost(2));
    assert!(poll_once(&mut timeout, &waker).is_pending());
    clock.advance(SECOND);
    for _ in 0..3 {
        assert_eq!(poll_once(&mut timeout, &waker), Poll::Ready(Err(Elapsed)));
    }
    assert_eq!(timeout.into_inner().0, 0);
}

#[test]
fn a_past_timeout_expires_at_the_first_poll() {
    let clock = ManualClock::new();
    let (_, waker) = CountWaker::new();
    let mut timeout = clock.timeout_at(clock.now(), pending::<()>());
    assert_eq!(poll_once(&mut timeout, &waker), Poll::Ready(Err(Elapsed)));
    let mut zero = clock.timeout(Duration::ZERO, pending::<()>());
    assert_eq!(poll_once(&mut zero, &waker), Poll::Ready(Err(Elapsed)));
}

#[test]
fn elapsed_is_a_timed_out_io_error() {
    assert_eq!(
        std::io::Error::from(Elapsed).kind(),
        std::io::ErrorKind::TimedOut
    );
}
