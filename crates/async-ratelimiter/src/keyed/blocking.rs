//! The blocking colours of a keyed limiter.

use super::Keyed;
use crate::error::{AcquireByError, AcquireError, AcquireTimeoutError};
use crate::policy::Policy;
use crate::reserve::timed;
use async_clock::{Clock, ClockExt};
use async_waitlist::blocking::block_on;
use std::hash::Hash;
use std::time::{Duration, Instant};

impl<K: Hash + Eq + Clone, P: Policy, C: Clock> Keyed<K, P, C> {
    /// As [`acquire`](Self::acquire), for a plain thread.
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
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_millis(1));
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| per_user.acquire_blocking(&"ada").unwrap());
    ///     scope.spawn(|| per_user.acquire_blocking(&"ada").unwrap());
    /// });
    /// ```
    pub fn acquire_blocking(&self, key: &K) -> Result<(), AcquireError> {
        block_on(self.acquire(key))
    }

    /// As [`acquire_blocking`](Self::acquire_blocking), for `timeout` at most on the limiter's
    /// clock.
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
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// let millisecond = Duration::from_millis(1);
    /// per_user.acquire_blocking_timeout(&"ada", millisecond).unwrap();
    /// assert!(per_user.acquire_blocking_timeout(&"ada", millisecond).unwrap_err().is_timeout());
    /// ```
    pub fn acquire_blocking_timeout(
        &self,
        key: &K,
        timeout: Duration,
    ) -> Result<(), AcquireTimeoutError> {
        timed(block_on(
            self.engine.clock.timeout(timeout, self.acquire(key)),
        ))
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
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// assert!(per_user.acquire_blocking_deadline(&"ada", Instant::now()).is_ok());
    /// ```
    pub fn acquire_blocking_deadline(
        &self,
        key: &K,
        deadline: Instant,
    ) -> Result<(), AcquireTimeoutError> {
        timed(block_on(
            self.engine.clock.timeout_at(deadline, self.acquire(key)),
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
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::new(3).unwrap(), Duration::from_millis(1));
    /// per_user.acquire_many_blocking(&"ada", 3).unwrap();
    /// per_user.acquire_many_blocking(&"ada", 3).unwrap(); // a millisecond later
    /// ```
    pub fn acquire_many_blocking(&self, key: &K, permits: u32) -> Result<(), AcquireError> {
        block_on(self.acquire_many(key, permits))
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
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// let deadline = Instant::now() + Duration::from_secs(30);
    /// per_user.acquire_by_blocking(&"ada", 1, deadline).unwrap();
    /// assert!(per_user.acquire_by_blocking(&"ada", 1, deadline).unwrap_err().is_would_exceed());
    /// ```
    pub fn acquire_by_blocking(
        &self,
        key: &K,
        permits: u32,
        deadline: Instant,
    ) -> Result<(), AcquireByError> {
        block_on(self.acquire_many_by(key, permits, deadline))
    }
}
