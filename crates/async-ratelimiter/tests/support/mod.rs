//! What the tests share: limiters on a manual clock, and polling by hand.
#![allow(dead_code, reason = "each test file uses its part")]

use async_clock::{Clock, ManualClock};
use async_ratelimiter::{Policy, RateLimiter, SlidingLog};
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

pub(crate) type Limiter<P = SlidingLog> = RateLimiter<P, ManualClock>;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const NANO: Duration = Duration::from_nanos(1);

pub(crate) fn n(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

/// The default policy on a clock of its own.
pub(crate) fn limiter(limit: u32, per: Duration) -> (Limiter, ManualClock) {
    limiter_with(SlidingLog::new(), limit, per)
}

pub(crate) fn limiter_with<P: Policy>(
    policy: P,
    limit: u32,
    per: Duration,
) -> (Limiter<P>, ManualClock) {
    let clock = ManualClock::new();
    let builder = RateLimiter::builder(n(limit), per)
        .policy(policy)
        .clock(clock.clone());
    (builder.build(), clock)
}

/// Polls once, without a task behind it.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    testkit::poll_once(future, Waker::noop())
}

/// Nanoseconds on the clock since `start`.
pub(crate) fn nanos(clock: &ManualClock, start: Instant) -> u64 {
    u64::try_from((clock.now() - start).as_nanos()).unwrap()
}

/// The most stamps in any half-open window of `per` nanoseconds.
pub(crate) fn densest(stamps: &[u64], per: u64) -> usize {
    let mut stamps = stamps.to_vec();
    stamps.sort_unstable();
    let mut most = 0;
    for (first, &start) in stamps.iter().enumerate() {
        let end = stamps.partition_point(|&stamp| stamp - stamps[0] < start - stamps[0] + per);
        most = most.max(end - first);
    }
    most
}

/// Runs a future to its end on this thread, moving the clock on.
pub(crate) fn drive<F: Future>(clock: &ManualClock, future: F) -> F::Output {
    futures_lite::future::block_on(clock.drive(pin!(future)))
}
