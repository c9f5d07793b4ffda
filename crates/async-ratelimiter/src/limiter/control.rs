//! Looking at a limiter, and changing it while it runs.

use super::RateLimiter;
use crate::policy::Policy;
use crate::shared::State;
use crate::stats::{RetryAfter, Stats};
use crate::time::nanos;
use async_clock::Clock;
use std::time::Duration;

impl<P: Policy, C: Clock> RateLimiter<P, C> {
    /// When a newcomer would be granted `permits`.
    ///
    /// Without waiters, guards and reservations that is exact: refused one nanosecond before,
    /// granted then.
    /// With them it is the instant if all who were granted claim at once and nobody gives up.
    /// Walks over the waiters and the stamps that have to go first.
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
    /// let (two, per) = (NonZeroU32::new(2).unwrap(), Duration::from_secs(1));
    /// let limiter = RateLimiter::builder(two, per).clock(clock.clone()).build();
    /// limiter.try_acquire().unwrap();
    /// clock.advance(Duration::from_millis(300));
    /// assert_eq!(limiter.retry_after(1).after, Duration::ZERO);
    /// assert_eq!(limiter.retry_after(2).after, Duration::from_millis(700));
    /// assert_eq!(limiter.retry_after(3).after, Duration::MAX); // never
    /// ```
    pub fn retry_after(&self, permits: u32) -> RetryAfter {
        self.shared.retry_after(permits)
    }

    /// Takes back the `permits` newest permits, as if they had not been granted; says how many
    /// there were.
    ///
    /// For a request that was not sent after all.
    /// Only stamps that still count can be taken back; which ones they are does not depend on who
    /// took them.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// limiter.try_acquire().unwrap();
    /// assert_eq!(limiter.refund(3), 1);
    /// assert!(limiter.try_acquire().is_ok());
    /// ```
    pub fn refund(&self, permits: u32) -> u32 {
        self.shared
            .update(self.shared.now(), |state| state.refund(permits))
    }

    /// Takes a snapshot of the counters.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// limiter.try_acquire().unwrap();
    /// limiter.try_acquire().unwrap_err();
    /// let stats = limiter.stats();
    /// assert_eq!((stats.granted, stats.denied, stats.in_window), (1, 1, 1));
    /// ```
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Changes `n`; 0 is a pause: nobody is granted anything until it is raised.
    ///
    /// Nothing is revoked: after lowering it, grants wait until the window has drained.
    /// After raising it, waiters are granted at once.
    /// Waiters that ask for more than can now be granted at once get `ExceedsLimit`; in a pause
    /// they wait on.
    ///
    /// The guarantee holds for the new limit in every window in which all permits were granted
    /// after the change, and in a window across it for the larger of the limits.
    /// ([`Gcra`](crate::Gcra) keeps the permits that are not replenished, and promises the former.)
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(2).unwrap(), Duration::from_secs(60));
    /// assert_eq!(limiter.try_acquire_up_to(9), 2);
    /// limiter.set_limit(5);
    /// assert_eq!(limiter.try_acquire_up_to(9), 3);
    /// limiter.set_limit(1);
    /// assert_eq!(limiter.try_acquire_up_to(9), 0);
    /// ```
    pub fn set_limit(&self, n: u32) {
        self.shared.update_refusing(
            self.shared.now(),
            |state| state.set_quota(|quota| quota.limit = n),
            State::refuse_beyond,
        );
    }

    /// Changes the period; the stamps that still count are judged by the new one.
    ///
    /// After lengthening it, stamps that had left the shorter window are forgotten: the guarantee
    /// holds for the new period in windows that begin after the change, and across it for the
    /// shorter of the periods.
    ///
    /// # Panics
    ///
    /// If `per` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::builder(NonZeroU32::MIN, Duration::from_secs(60))
    ///     .clock(ManualClock::new())
    ///     .build();
    /// limiter.try_acquire().unwrap();
    /// limiter.set_period(Duration::from_secs(1));
    /// assert_eq!(limiter.retry_after(1).after, Duration::from_secs(1));
    /// ```
    #[track_caller]
    pub fn set_period(&self, per: Duration) {
        assert!(!per.is_zero(), "the period of a rate limiter is zero");
        self.shared.update_refusing(
            self.shared.now(),
            |state| state.set_quota(|quota| quota.per = nanos(per)),
            State::refuse_beyond,
        );
    }

    /// Forgets all stamps, as if nothing had ever been granted; waiters are granted what fits.
    ///
    /// Permits of guards and reservations that are still out stay counted.
    /// The guarantee begins anew: a window across the reset may hold up to twice as many.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// limiter.try_acquire().unwrap();
    /// limiter.reset();
    /// assert!(limiter.try_acquire().is_ok());
    /// ```
    pub fn reset(&self) {
        self.shared.update(self.shared.now(), State::reset);
    }

    /// Refuses all who wait and all who come; says whether it was open before.
    ///
    /// Whoever has been granted keeps the permit, taken or not.
    /// There is no way back.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{AcquireError, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// assert!(limiter.close());
    /// assert!(!limiter.close());
    /// let refused = futures_lite::future::block_on(limiter.acquire());
    /// assert_eq!(refused, Err(AcquireError::Closed));
    /// ```
    pub fn close(&self) -> bool {
        let mut was_open = false;
        self.shared.update_refusing(
            self.shared.now(),
            |state| was_open = !std::mem::replace(&mut state.closed, true),
            |state, batch| state.waiters.refuse_all(batch),
        );
        was_open
    }

    /// Whether [`close`](Self::close) has been called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// assert!(!limiter.is_closed());
    /// limiter.close();
    /// assert!(limiter.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.peek(|state| state.closed)
    }
}
