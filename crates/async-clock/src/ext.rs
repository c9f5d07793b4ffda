//! `ClockExt`: the futures that every clock offers.

use crate::clock::Clock;
use crate::{Interval, Sleep, Timeout};
use std::future::IntoFuture;
use std::time::{Duration, Instant};

/// Sleep, timeout and interval on any [`Clock`].
///
/// Implemented for every clock.
/// The free functions of the crate root are the same on [`SystemClock`](crate::SystemClock).
///
/// # Examples
///
/// ```
/// use async_clock::{ClockExt, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let slow = clock.sleep(Duration::from_secs(5));
/// let result = clock.timeout(Duration::from_secs(1), slow);
/// assert!(futures_lite::future::block_on(clock.drive(result)).is_err());
/// ```
pub trait ClockExt: Clock {
    /// Waits for `duration`, counted from this call and not from the first poll.
    ///
    /// A zero duration is ready at once; one that leads past every instant never ends.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let start = clock.now();
    /// futures_lite::future::block_on(clock.drive(clock.sleep(Duration::from_secs(3))));
    /// assert_eq!(clock.now() - start, Duration::from_secs(3));
    /// ```
    #[inline]
    fn sleep(&self, duration: Duration) -> Sleep<Self> {
        Sleep::after(self.clone(), duration)
    }

    /// Waits until `at`; ready at the first poll if that has passed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// futures_lite::future::block_on(clock.sleep_until(clock.now())); // already there
    /// ```
    #[inline]
    fn sleep_until(&self, at: Instant) -> Sleep<Self> {
        Sleep::until(self.clone(), at)
    }

    /// Awaits `future` for `duration` at most, counted from this call.
    ///
    /// The future is polled first: one that is ready at its deadline wins, and no timer is
    /// registered for one that is ready at its first poll.
    ///
    /// # Cancel safety
    ///
    /// Dropping the timeout drops `future`.
    /// On expiry `future` is kept until the timeout is dropped; [`Timeout::into_inner`] gets it back.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, Elapsed, ManualClock};
    /// use std::future;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let never = clock.timeout(Duration::from_secs(1), future::pending::<()>());
    /// assert_eq!(futures_lite::future::block_on(clock.drive(never)), Err(Elapsed));
    /// ```
    #[inline]
    fn timeout<F: IntoFuture>(
        &self,
        duration: Duration,
        future: F,
    ) -> Timeout<F::IntoFuture, Self> {
        Timeout::new(future.into_future(), self.sleep(duration))
    }

    /// Awaits `future` until `at` at most.
    ///
    /// # Cancel safety
    ///
    /// As for [`timeout`](Self::timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let ready = clock.timeout_at(clock.now(), async { 7 });
    /// assert_eq!(futures_lite::future::block_on(ready), Ok(7)); // ready at its deadline wins
    /// ```
    #[inline]
    fn timeout_at<F: IntoFuture>(&self, at: Instant, future: F) -> Timeout<F::IntoFuture, Self> {
        Timeout::new(future.into_future(), self.sleep_until(at))
    }

    /// Ticks now and then every `period`.
    ///
    /// Late ticks are treated as [`MissedTick::Skip`](crate::MissedTick) says, unless
    /// [`Interval::missed_tick`] chooses otherwise.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let start = clock.now();
    /// let mut interval = clock.interval(Duration::from_secs(10));
    /// futures_lite::future::block_on(clock.drive(async {
    ///     assert_eq!(interval.tick().await.scheduled, start);
    ///     assert_eq!(interval.tick().await.scheduled, start + Duration::from_secs(10));
    /// }));
    /// ```
    #[track_caller]
    fn interval(&self, period: Duration) -> Interval<Self> {
        self.interval_at(self.now(), period)
    }

    /// Ticks at `first` and then every `period`.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let (start, period) = (clock.now(), Duration::from_secs(10));
    /// let mut interval = clock.interval_at(start + period, period);
    /// let tick = futures_lite::future::block_on(clock.drive(interval.tick()));
    /// assert_eq!(tick.scheduled, start + period);
    /// ```
    #[track_caller]
    fn interval_at(&self, first: Instant, period: Duration) -> Interval<Self> {
        Interval::new(self.sleep_until(first), first, period)
    }
}

impl<C: Clock> ClockExt for C {}
