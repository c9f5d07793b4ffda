//! The futures of `ClockExt` on the system clock, as free functions.

use crate::{ClockExt, Interval, Sleep, SystemClock, Timeout};
use std::future::IntoFuture;
use std::time::{Duration, Instant};

/// Waits for `duration` on the system clock; see [`ClockExt::sleep`].
///
/// # Cancel safety
///
/// Dropping the future before it completes loses nothing.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
///
/// futures_lite::future::block_on(async {
///     let start = Instant::now();
///     async_clock::sleep(Duration::from_millis(5)).await;
///     assert!(start.elapsed() >= Duration::from_millis(5));
/// });
/// ```
#[inline]
pub fn sleep(duration: Duration) -> Sleep<SystemClock> {
    SystemClock.sleep(duration)
}

/// Waits until `at` on the system clock; see [`ClockExt::sleep_until`].
///
/// # Cancel safety
///
/// Dropping the future before it completes loses nothing.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
///
/// let at = Instant::now() + Duration::from_millis(5);
/// futures_lite::future::block_on(async_clock::sleep_until(at));
/// assert!(Instant::now() >= at);
/// ```
#[inline]
pub fn sleep_until(at: Instant) -> Sleep<SystemClock> {
    SystemClock.sleep_until(at)
}

/// Awaits `future` for `duration` at most; see [`ClockExt::timeout`].
///
/// # Cancel safety
///
/// Dropping the timeout drops `future`; [`Timeout::into_inner`] gets it back.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// futures_lite::future::block_on(async {
///     let quick = async_clock::timeout(Duration::from_secs(5), async { "here" });
///     assert_eq!(quick.await, Ok("here"));
///
///     let stuck = async_clock::timeout(Duration::from_millis(5), std::future::pending::<()>());
///     assert!(stuck.await.is_err());
/// });
/// ```
#[inline]
pub fn timeout<F: IntoFuture>(
    duration: Duration,
    future: F,
) -> Timeout<F::IntoFuture, SystemClock> {
    SystemClock.timeout(duration, future)
}

/// Awaits `future` until `at` at most; see [`ClockExt::timeout_at`].
///
/// # Cancel safety
///
/// Dropping the timeout drops `future`; [`Timeout::into_inner`] gets it back.
///
/// # Examples
///
/// ```
/// use std::time::Instant;
///
/// let late = async_clock::timeout_at(Instant::now(), std::future::pending::<()>());
/// assert!(futures_lite::future::block_on(late).is_err());
/// ```
#[inline]
pub fn timeout_at<F: IntoFuture>(at: Instant, future: F) -> Timeout<F::IntoFuture, SystemClock> {
    SystemClock.timeout_at(at, future)
}

/// Ticks now and then every `period`; see [`ClockExt::interval`].
///
/// # Panics
///
/// If `period` is zero.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let mut interval = async_clock::interval(Duration::from_millis(2));
/// futures_lite::future::block_on(async {
///     let first = interval.tick().await;
///     let second = interval.tick().await;
///     assert!(second.now >= first.scheduled + interval.period());
/// });
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval<SystemClock> {
    SystemClock.interval(period)
}

/// Ticks at `first` and then every `period`; see [`ClockExt::interval_at`].
///
/// # Panics
///
/// If `period` is zero.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
///
/// let first = Instant::now() + Duration::from_millis(2);
/// let mut interval = async_clock::interval_at(first, Duration::from_secs(60));
/// let tick = futures_lite::future::block_on(interval.tick());
/// assert_eq!(tick.scheduled, first);
/// ```
#[track_caller]
pub fn interval_at(first: Instant, period: Duration) -> Interval<SystemClock> {
    SystemClock.interval_at(first, period)
}
