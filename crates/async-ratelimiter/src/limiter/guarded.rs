//! The colours of `acquire_guard`.

use super::RateLimiter;
use crate::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
use crate::guard::{AcquireGuard, Guard};
use crate::policy::Policy;
use crate::reserve::timed;
use crate::shared::Claim;
use async_clock::{Clock, ClockExt};
use async_waitlist::blocking::block_on;
use std::time::{Duration, Instant};

impl<P: Policy, C: Clock> RateLimiter<P, C> {
    /// Waits for a permit that is stamped when its [`Guard`] is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Fairness
    ///
    /// The same queue as [`acquire`](Self::acquire).
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
    /// let limiter = RateLimiter::new(NonZeroU32::new(5).unwrap(), Duration::from_secs(1));
    /// futures_lite::future::block_on(async {
    ///     let guard = limiter.acquire_guard().await.unwrap();
    ///     // send the request, and read the head of the answer
    ///     drop(guard);
    /// });
    /// assert_eq!(limiter.stats().in_window, 1);
    /// ```
    pub fn acquire_guard(&self) -> AcquireGuard<'_, P, C> {
        AcquireGuard::new(self.borrowed())
    }

    /// As [`acquire_guard`](Self::acquire_guard), with a future and a guard that own their handle.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
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
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let guard = futures_lite::future::block_on(limiter.acquire_guard_owned()).unwrap();
    /// std::thread::spawn(move || drop(guard)).join().unwrap();
    /// assert_eq!(limiter.stats().in_window, 1);
    /// ```
    pub fn acquire_guard_owned(&self) -> AcquireGuard<'static, P, C> {
        AcquireGuard::new(self.owned())
    }

    /// Takes a permit that is stamped when its [`Guard`] is dropped, or says when to try again.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let guard = limiter.try_acquire_guard().unwrap();
    /// assert!(limiter.try_acquire_guard().is_err());
    /// drop(guard);
    /// ```
    pub fn try_acquire_guard(&self) -> Result<Guard<'_, P, C>, TryAcquireError> {
        self.shared.try_acquire(1, Claim::Hold)?;
        Ok(Guard::new(self.borrowed()))
    }

    /// As [`acquire_guard`](Self::acquire_guard), for a plain thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permit is granted.
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
    ///         scope.spawn(|| drop(limiter.acquire_guard_blocking().unwrap()));
    ///     }
    /// });
    /// assert_eq!(limiter.stats().granted, 3);
    /// ```
    pub fn acquire_guard_blocking(&self) -> Result<Guard<'_, P, C>, AcquireError> {
        block_on(self.acquire_guard())
    }

    /// As [`acquire_guard_blocking`](Self::acquire_guard_blocking), for `timeout` at most on the
    /// limiter's clock.
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
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let guard = limiter.acquire_guard_blocking_timeout(Duration::ZERO).unwrap();
    /// let late = limiter.acquire_guard_blocking_timeout(Duration::from_millis(1));
    /// assert!(late.unwrap_err().is_timeout()); // the guard is still out
    /// drop(guard);
    /// ```
    pub fn acquire_guard_blocking_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Guard<'_, P, C>, AcquireTimeoutError> {
        timed(block_on(
            self.shared.clock.timeout(timeout, self.acquire_guard()),
        ))
    }

    /// As [`acquire_guard_blocking`](Self::acquire_guard_blocking), until `deadline` at most on the
    /// limiter's clock.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permit is granted or the deadline has passed.
    ///
    /// # Errors
    ///
    /// As [`acquire_guard_blocking_timeout`](Self::acquire_guard_blocking_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let guard = limiter.acquire_guard_blocking_deadline(Instant::now());
    /// assert!(guard.is_ok());
    /// ```
    pub fn acquire_guard_blocking_deadline(
        &self,
        deadline: Instant,
    ) -> Result<Guard<'_, P, C>, AcquireTimeoutError> {
        timed(block_on(
            self.shared.clock.timeout_at(deadline, self.acquire_guard()),
        ))
    }
}
