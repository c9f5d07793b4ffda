//! The blocking colours: the same futures, driven by a parked thread.

use super::RateLimiter;
use crate::error::{AcquireByError, AcquireError, AcquireTimeoutError};
use crate::policy::Policy;
use crate::reserve::timed;
use async_clock::{Clock, ClockExt};
use async_waitlist::blocking::block_on;
use std::time::{Duration, Instant};

impl<P: Policy, C: Clock> RateLimiter<P, C> {
    /// As [`acquire`](Self::acquire), for a plain thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permit is granted; tasks and threads stand in one queue.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_millis(1));
    /// std::thread::scope(|scope| {
    ///     for _ in 0..3 {
    ///         scope.spawn(|| limiter.acquire_blocking().unwrap());
    ///     }
    /// });
    /// assert_eq!(limiter.stats().granted, 3);
    /// ```
    pub fn acquire_blocking(&self) -> Result<(), AcquireError> {
        block_on(self.acquire())
    }

    /// As [`acquire_blocking`](Self::acquire_blocking), for `timeout` at most on the limiter's
    /// clock.
    ///
    /// Unlike [`acquire_by_blocking`](Self::acquire_by_blocking) it waits even where that will be
    /// in vain.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permit is granted or the time is over.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire), and [`AcquireTimeoutError::Timeout`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{AcquireTimeoutError, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// let millisecond = Duration::from_millis(1);
    /// assert_eq!(limiter.acquire_blocking_timeout(millisecond), Ok(()));
    /// let late = limiter.acquire_blocking_timeout(millisecond);
    /// assert_eq!(late, Err(AcquireTimeoutError::Timeout));
    /// ```
    pub fn acquire_blocking_timeout(&self, timeout: Duration) -> Result<(), AcquireTimeoutError> {
        timed(block_on(self.shared.clock.timeout(timeout, self.acquire())))
    }

    /// As [`acquire_blocking`](Self::acquire_blocking), until `deadline` at most on the limiter's
    /// clock.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permit is granted or the deadline has passed.
    ///
    /// # Errors
    ///
    /// As [`acquire_blocking_timeout`](Self::acquire_blocking_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// assert!(limiter.acquire_blocking_deadline(deadline).is_ok());
    /// assert!(limiter.acquire_blocking_deadline(deadline).unwrap_err().is_timeout());
    /// ```
    pub fn acquire_blocking_deadline(&self, deadline: Instant) -> Result<(), AcquireTimeoutError> {
        timed(block_on(
            self.shared.clock.timeout_at(deadline, self.acquire()),
        ))
    }

    /// As [`acquire_many`](Self::acquire_many), for a plain thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permits are granted.
    ///
    /// # Errors
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{AcquireError, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(5).unwrap(), Duration::from_millis(1));
    /// assert_eq!(limiter.acquire_many_blocking(5), Ok(()));
    /// assert_eq!(limiter.acquire_many_blocking(5), Ok(())); // a millisecond later
    /// assert_eq!(limiter.acquire_many_blocking(6), Err(AcquireError::ExceedsLimit));
    /// ```
    pub fn acquire_many_blocking(&self, permits: u32) -> Result<(), AcquireError> {
        block_on(self.acquire_many(permits))
    }

    /// As [`acquire_many_blocking`](Self::acquire_many_blocking), for `timeout` at most on the
    /// limiter's clock.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permits are granted or the time is over.
    ///
    /// # Errors
    ///
    /// As [`acquire_many`](Self::acquire_many), and [`AcquireTimeoutError::Timeout`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(5).unwrap(), Duration::from_secs(60));
    /// let millisecond = Duration::from_millis(1);
    /// assert!(limiter.acquire_many_blocking_timeout(4, millisecond).is_ok());
    /// assert!(limiter.acquire_many_blocking_timeout(2, millisecond).unwrap_err().is_timeout());
    /// ```
    pub fn acquire_many_blocking_timeout(
        &self,
        permits: u32,
        timeout: Duration,
    ) -> Result<(), AcquireTimeoutError> {
        timed(block_on(
            self.shared
                .clock
                .timeout(timeout, self.acquire_many(permits)),
        ))
    }

    /// As [`acquire_many_blocking`](Self::acquire_many_blocking), until `deadline` at most on the
    /// limiter's clock.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permits are granted or the deadline has passed.
    ///
    /// # Errors
    ///
    /// As [`acquire_many_blocking_timeout`](Self::acquire_many_blocking_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(5).unwrap(), Duration::from_secs(60));
    /// assert!(limiter.acquire_many_blocking_deadline(5, Instant::now()).is_ok());
    /// ```
    pub fn acquire_many_blocking_deadline(
        &self,
        permits: u32,
        deadline: Instant,
    ) -> Result<(), AcquireTimeoutError> {
        timed(block_on(
            self.shared
                .clock
                .timeout_at(deadline, self.acquire_many(permits)),
        ))
    }

    /// As [`acquire_many_by`](Self::acquire_many_by), for a plain thread: fails at once if the
    /// permits can't be granted until `deadline`.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permits are granted, at most until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`acquire_many_by`](Self::acquire_many_by).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// let deadline = Instant::now() + Duration::from_secs(30);
    /// assert!(limiter.acquire_by_blocking(1, deadline).is_ok());
    /// assert!(limiter.acquire_by_blocking(1, deadline).unwrap_err().is_would_exceed()); // at once
    /// ```
    pub fn acquire_by_blocking(
        &self,
        permits: u32,
        deadline: Instant,
    ) -> Result<(), AcquireByError> {
        block_on(self.acquire_many_by(permits, deadline))
    }
}
