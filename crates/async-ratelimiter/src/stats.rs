//! What a limiter tells about itself.

use std::time::{Duration, Instant};

/// When to try again.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ManualClock};
/// use async_ratelimiter::RateLimiter;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let per = Duration::from_secs(1);
/// let limiter = RateLimiter::builder(NonZeroU32::MIN, per).clock(clock.clone()).build();
///
/// limiter.try_acquire().unwrap();
/// let retry = limiter.try_acquire().unwrap_err().retry_after().unwrap();
/// assert_eq!((retry.at, retry.after), (Some(clock.now() + per), per));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RetryAfter {
    /// The instant on the limiter's clock; `None` for never, or later than an [`Instant`] can be.
    pub at: Option<Instant>,
    /// How long it is until then; [`Duration::MAX`] for never.
    pub after: Duration,
}

/// A snapshot of a limiter, by [`RateLimiter::stats`](crate::RateLimiter::stats).
///
/// All of it is of one moment, but for `denied`, which may miss tries that are under way.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ManualClock};
/// use async_ratelimiter::RateLimiter;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let two = NonZeroU32::new(2).unwrap();
/// let limiter = RateLimiter::builder(two, Duration::from_secs(1)).clock(clock.clone()).build();
/// let _guard = limiter.try_acquire_guard().unwrap();
/// limiter.try_acquire().unwrap();
/// limiter.try_acquire().unwrap_err();
///
/// let stats = limiter.stats();
/// assert_eq!((stats.limit, stats.per), (2, Duration::from_secs(1)));
/// assert_eq!((stats.in_window, stats.reserved), (1, 1)); // the guard's is not stamped yet
/// assert_eq!((stats.granted, stats.denied, stats.cancelled), (2, 1, 0));
/// assert_eq!(stats.next_free, Some(clock.now() + Duration::from_secs(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The `n` of "`n` per `per`"; 0 for a pause.
    pub limit: u32,
    /// The period; [`Duration::MAX`] for 584 years and more.
    pub per: Duration,
    /// Permits that count at present; with [`Gcra`](crate::Gcra) those not replenished yet.
    pub in_window: u32,
    /// Permits that are granted and not stamped yet: of futures not polled again, of guards.
    pub reserved: u32,
    /// Requests that wait.
    pub waiting: usize,
    /// Permits handed out since the limiter was made.
    pub granted: u64,
    /// Tries that were limited.
    pub denied: u64,
    /// Requests that were dropped while they waited, or with a grant that they had not taken.
    pub cancelled: u64,
    /// When a newcomer will get one permit; `None` for never.
    pub next_free: Option<Instant>,
}
