//! `Builder`: everything about a limiter that `new` leaves at its default.

use crate::limiter::RateLimiter;
use crate::policy::{Policy, Quota, SlidingLog};
use crate::shared::{Shared, State};
use crate::time::{Epoch, nanos};
use async_clock::{Clock, SystemClock};
use std::num::NonZeroU32;
use std::time::Duration;

/// Configures a [`RateLimiter`]; made by [`RateLimiter::builder`].
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_ratelimiter::{Gcra, RateLimiter};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let (n, burst) = (NonZeroU32::new(50).unwrap(), NonZeroU32::new(5).unwrap());
/// let limiter = RateLimiter::builder(n, Duration::from_secs(1))
///     .policy(Gcra::never_exceed(burst))
///     .clock(ManualClock::new())
///     .max_waiters(1000)
///     .initial(0) // nothing is free at the start
///     .build();
/// assert!(limiter.try_acquire().is_err());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder makes nothing until `build` is called"]
pub struct Builder<P: Policy, C: Clock> {
    quota: Quota,
    policy: P,
    clock: C,
    max_waiters: usize,
    initial: u32,
}

impl Builder<SlidingLog, SystemClock> {
    #[track_caller]
    pub(crate) fn new(n: NonZeroU32, per: Duration) -> Self {
        Self {
            quota: quota(n, per),
            policy: SlidingLog::new(),
            clock: SystemClock,
            max_waiters: usize::MAX,
            initial: u32::MAX,
        }
    }
}

/// # Panics
///
/// If `per` is zero.
#[track_caller]
pub(crate) fn quota(n: NonZeroU32, per: Duration) -> Quota {
    assert!(!per.is_zero(), "the period of a rate limiter is zero");
    Quota {
        limit: n.get(),
        per: nanos(per),
    }
}

impl<P: Policy, C: Clock> Builder<P, C> {
    /// Chooses how permits are counted; [`SlidingLog`] if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{QuantizedLog, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::builder(NonZeroU32::MAX, Duration::from_secs(1))
    ///     .policy(QuantizedLog::new())
    ///     .build();
    /// assert!(limiter.try_acquire().is_ok());
    /// ```
    pub fn policy<Q: Policy>(self, policy: Q) -> Builder<Q, C> {
        let Self {
            quota,
            clock,
            max_waiters,
            initial,
            ..
        } = self;
        Builder {
            quota,
            policy,
            clock,
            max_waiters,
            initial,
        }
    }

    /// Chooses the clock; [`SystemClock`] if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let per = Duration::from_secs(1);
    /// let limiter = RateLimiter::builder(NonZeroU32::MIN, per).clock(clock.clone()).build();
    /// limiter.try_acquire().unwrap();
    /// clock.advance(per);
    /// limiter.try_acquire().unwrap();
    /// ```
    pub fn clock<D: Clock>(self, clock: D) -> Builder<P, D> {
        let Self {
            quota,
            policy,
            max_waiters,
            initial,
            ..
        } = self;
        Builder {
            quota,
            policy,
            clock,
            max_waiters,
            initial,
        }
    }

    /// How many may wait at most; whoever comes then gets `QueueFull`. Without end by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{AcquireError, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::builder(NonZeroU32::MIN, Duration::from_secs(60))
    ///     .max_waiters(0)
    ///     .build();
    /// futures_lite::future::block_on(async {
    ///     assert_eq!(limiter.acquire().await, Ok(()));
    ///     assert_eq!(limiter.acquire().await, Err(AcquireError::QueueFull));
    /// });
    /// ```
    pub fn max_waiters(mut self, most: usize) -> Self {
        self.max_waiters = most;
        self
    }

    /// How many permits are free at the start, all by default; the others count as granted when the
    /// limiter is built.
    ///
    /// For a program that is restarted often, and whose previous run may just have used its
    /// permits.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let ten = NonZeroU32::new(10).unwrap();
    /// let limiter = RateLimiter::builder(ten, Duration::from_secs(1))
    ///     .clock(ManualClock::new())
    ///     .initial(3)
    ///     .build();
    /// assert_eq!(limiter.try_acquire_up_to(10), 3);
    /// ```
    pub fn initial(mut self, free: u32) -> Self {
        self.initial = free;
        self
    }

    /// Makes the limiter.
    ///
    /// It allocates once; memory for stamps and waiters comes with the first of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::builder(NonZeroU32::MIN, Duration::from_secs(1)).build();
    /// assert!(limiter.try_acquire().is_ok());
    /// ```
    pub fn build(self) -> RateLimiter<P, C> {
        let epoch = Epoch::new(self.clock.now());
        let mut state = State::new(self.policy, self.quota, self.max_waiters);
        state.start_with(self.initial);
        RateLimiter::from_shared(Shared::new(self.clock, epoch, state))
    }
}
