//! The generic cell rate algorithm: one theoretical arrival time.

use super::{Algorithm, Ledger, Quota, Terms};
use crate::time::NEVER;
use std::num::NonZeroU32;

/// Grants spread evenly: one every so often, and `burst` at once after a rest.
///
/// Remembers a single instant, whatever `n` is, and does not fall behind when permits are claimed
/// late: the next is due by the schedule and not by the claim before.
///
/// - [`Gcra::never_exceed`] spaces grants so that any window of `per` holds at most `n`, the burst
///   included: one every `⌈per / (n − burst + 1)⌉`.
/// - [`Gcra::smooth`] grants one every `⌈per / n⌉`: the long-run rate is `n` per `per`, and a
///   window may hold up to `burst + n − 1`.
///
/// A step is a whole number of nanoseconds and at least one, so rates end at 10⁹ per second.
/// A request for more than `burst` permits at once is refused with `ExceedsLimit`.
/// This is ITU-T I.371's algorithm in its virtual scheduling form.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_ratelimiter::{Gcra, RateLimiter};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let (ten, one) = (NonZeroU32::new(10).unwrap(), NonZeroU32::MIN);
/// let limiter = RateLimiter::builder(ten, Duration::from_secs(1))
///     .policy(Gcra::smooth(one))
///     .clock(clock.clone())
///     .build();
///
/// assert!(limiter.try_acquire().is_ok());
/// let wait = limiter.retry_after(1).after;
/// assert_eq!(wait, Duration::from_millis(100));
/// clock.advance(wait);
/// assert!(limiter.try_acquire().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gcra {
    burst: NonZeroU32,
    exact: bool,
}

impl Gcra {
    /// At most `n` in every window of `per`, up to `burst` of them at once.
    ///
    /// The step is `⌈per / (n − burst + 1)⌉`: a larger burst is paid for by a slower pace.
    /// `burst = n` allows `n` at once and then one per `per`; `burst = 1` is an even pace.
    /// A burst above `n` is taken as `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{Gcra, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let (ten, four) = (NonZeroU32::new(10).unwrap(), NonZeroU32::new(4).unwrap());
    /// let limiter = RateLimiter::builder(ten, Duration::from_secs(7))
    ///     .policy(Gcra::never_exceed(four))
    ///     .build();
    /// assert!(limiter.try_acquire_many(4).is_ok());
    /// // 7 s / (10 − 4 + 1)
    /// assert!(limiter.retry_after(1).after <= Duration::from_secs(1));
    /// ```
    #[must_use]
    pub const fn never_exceed(burst: NonZeroU32) -> Self {
        Self { burst, exact: true }
    }

    /// `n` per `per` in the long run, up to `burst` at once; a window may hold `burst + n − 1`.
    ///
    /// With `burst = n` this is what most token buckets do, 2 `n` − 1 in the worst window.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{Gcra, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let (hundred, five) = (NonZeroU32::new(100).unwrap(), NonZeroU32::new(5).unwrap());
    /// let limiter = RateLimiter::builder(hundred, Duration::from_secs(1))
    ///     .policy(Gcra::smooth(five))
    ///     .build();
    /// assert!(limiter.try_acquire_many(5).is_ok());
    /// assert!(limiter.retry_after(1).after <= Duration::from_millis(10));
    /// ```
    #[must_use]
    pub const fn smooth(burst: NonZeroU32) -> Self {
        Self {
            burst,
            exact: false,
        }
    }
}

impl Algorithm for Gcra {
    type Ledger = Arrival;

    fn terms(&self, quota: Quota) -> Pace {
        let limit = u64::from(quota.limit);
        let burst = if self.exact {
            self.burst.get().min(quota.limit)
        } else {
            self.burst.get()
        };
        let steps = if self.exact {
            (limit + 1).saturating_sub(u64::from(burst))
        } else {
            limit
        };
        let step = quota.per.div_ceil(steps.max(1)).max(1);
        let burst = if quota.limit == 0 { 0 } else { burst };
        Pace { step, burst }
    }
}

/// One permit every `step` nanoseconds, `burst` of them at once.
#[derive(Clone, Copy, Debug)]
#[expect(unnameable_types, reason = "sealed: an associated type of `Algorithm`")]
pub struct Pace {
    step: u64,
    /// 0 while the limiter is paused.
    burst: u32,
}

impl Pace {
    /// How long `permits` take at this pace; fits, as a product of 64 and 32 bits.
    fn span(self, permits: u32) -> u128 {
        u128::from(self.step) * u128::from(permits)
    }

    /// How many permits `span` has begun.
    fn begun(self, span: u128) -> u32 {
        u32::try_from(span.div_ceil(u128::from(self.step))).unwrap_or(u32::MAX)
    }
}

impl Terms for Pace {
    fn capacity(&self) -> u32 {
        self.burst
    }
}

/// The theoretical arrival time.
///
/// # Invariants
///
/// 1. `k` permits are granted at `t` iff `max(next, t) + (held + k)·step <= t + burst·step`; so
///    `max(next, t) + held·step <= t + burst·step` holds at all times, and stamping held ones late
///    keeps it.
/// 2. 128 bits: `next` is at most `burst` steps ahead of the clock, which is 96 bits and one.
#[derive(Clone, Debug, Default)]
#[expect(unnameable_types, reason = "sealed: an associated type of `Algorithm`")]
pub struct Arrival {
    /// When the bucket is full again: the earliest arrival that would be on schedule.
    /// The high and the low half, for the alignment of a `u128` is twice that of all else.
    halves: [u64; 2],
}

impl Arrival {
    #[inline]
    fn next(&self) -> u128 {
        u128::from(self.halves[0]) << 64 | u128::from(self.halves[1])
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the halves")]
    fn set_next(&mut self, next: u128) {
        self.halves = [(next >> 64) as u64, next as u64];
    }

    /// How far the schedule is ahead of `now`.
    #[inline]
    fn ahead(&self, now: u64) -> u128 {
        self.next().saturating_sub(u128::from(now))
    }
}

impl Ledger for Arrival {
    type Terms = Pace;

    fn expire(&mut self, _pace: &Pace, _now: u64) {}

    #[inline]
    fn room(&self, pace: &Pace, now: u64, held: u32) -> u32 {
        let free = pace.span(pace.burst).saturating_sub(self.ahead(now));
        let fits = match u64::try_from(free) {
            Ok(free) => free / pace.step,
            Err(_) => u64::try_from(free / u128::from(pace.step)).unwrap_or(u64::MAX),
        };
        u32::try_from(fits).unwrap_or(u32::MAX).saturating_sub(held)
    }

    #[inline]
    fn fits(&self, pace: &Pace, now: u64, held: u32, permits: u32) -> bool {
        // #1 as it stands: no division.
        let Some(wanted) = held.checked_add(permits) else {
            return false;
        };
        self.ahead(now) + pace.span(wanted) <= pace.span(pace.burst)
    }

    #[inline]
    fn record(&mut self, pace: &Pace, at: u64, permits: u32) {
        self.set_next(self.next().max(u128::from(at)) + pace.span(permits));
    }

    fn ready_at(&self, pace: &Pace, now: u64, held: u32, permits: u32) -> u64 {
        let Some(wanted) = held
            .checked_add(permits)
            .filter(|&wanted| wanted <= pace.burst)
        else {
            return NEVER;
        };
        let at = (self.next() + pace.span(wanted)).saturating_sub(pace.span(pace.burst));
        u64::try_from(at).unwrap_or(NEVER).max(now)
    }

    fn forecast(&self, pace: &Pace, now: u64, held: u32, queue: impl Iterator<Item = u32>) -> u64 {
        let mut future = self.clone();
        future.record(pace, now, held);
        let mut at = now;
        for permits in queue {
            at = future.ready_at(pace, at, 0, permits);
            if at == NEVER {
                break;
            }
            future.record(pace, at, permits);
        }
        at
    }

    fn refund(&mut self, pace: &Pace, now: u64, permits: u32) -> u32 {
        let refunded = permits.min(self.in_window(pace, now));
        self.set_next(self.next().saturating_sub(pace.span(refunded)));
        refunded
    }

    fn in_window(&self, pace: &Pace, now: u64) -> u32 {
        pace.begun(self.ahead(now))
    }

    fn change(&mut self, old: &Pace, new: &Pace, now: u64) {
        if old.burst == 0 || new.burst == 0 {
            return; // a pause leaves the schedule alone
        }
        // The permits that are not replenished yet stay, and take the new step each.
        let ahead = self.ahead(now);
        let (whole, part) = (ahead / u128::from(old.step), ahead % u128::from(old.step));
        // Both factors are below 2^64, and `whole` is at most a burst.
        let part = (part * u128::from(new.step)).div_ceil(u128::from(old.step));
        self.set_next(u128::from(now) + whole * u128::from(new.step) + part);
    }

    fn blank_at(&self, _pace: &Pace) -> u64 {
        u64::try_from(self.next()).unwrap_or(NEVER)
    }
}
