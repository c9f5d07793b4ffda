//! The exact window: the stamps themselves.

use super::{Algorithm, Ledger, Quota, Terms};
use crate::time::NEVER;
use std::collections::VecDeque;

/// Never more than `n` in any window of the period; the default.
///
/// Remembers each stamp of the window in 16 bytes (permits with the same stamp share one), and
/// nothing before the first grant.
/// A try takes constant time on average, [`RateLimiter::retry_after`] and the like a walk over
/// those stamps and waiters that have to go first.
///
/// As a permit comes back exactly one period after its stamp, and its next user needs a moment to
/// claim it, a limiter that is always asked for more stays slightly below `n` per period: by the
/// delay of the claims, some 0.1 ms in each period.
/// Where periods are of that order, [`Gcra`](crate::Gcra) does not fall behind.
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
/// let two = NonZeroU32::new(2).unwrap();
/// let limiter = RateLimiter::builder(two, Duration::from_secs(1)).clock(clock.clone()).build();
///
/// assert!(limiter.try_acquire().is_ok());
/// clock.advance(Duration::from_millis(900));
/// assert!(limiter.try_acquire().is_ok());
/// assert!(limiter.try_acquire().is_err());
/// clock.advance(Duration::from_millis(100)); // the first stamp leaves the window
/// assert!(limiter.try_acquire().is_ok());
/// assert!(limiter.try_acquire().is_err()); // the second does not
/// ```
///
/// [`RateLimiter::retry_after`]: crate::RateLimiter::retry_after
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SlidingLog;

impl SlidingLog {
    /// Creates the policy.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_ratelimiter::SlidingLog::new(), Default::default());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Algorithm for SlidingLog {
    type Ledger = Log;

    fn terms(&self, quota: Quota) -> Quota {
        quota
    }
}

impl Terms for Quota {
    fn capacity(&self) -> u32 {
        self.limit
    }
}

/// The stamps in the window.
///
/// The oldest stands apart, so that the log of a key that is seldom used takes no allocation.
///
/// # Invariants
///
/// 1. Stamps increase strictly from `oldest` to the back of `newer`, and none has 0 permits.
/// 2. `in_window` is the sum of all permits; if it is 0, `oldest` means nothing and `newer` is
///    empty.
#[derive(Debug, Default)]
#[expect(unnameable_types, reason = "sealed: an associated type of `Algorithm`")]
pub struct Log {
    oldest: Entry,
    newer: VecDeque<Entry>,
    in_window: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    at: u64,
    permits: u32,
}

/// Below this capacity the log keeps its memory.
const KEPT: usize = 64;

impl Log {
    /// Oldest first.
    fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let oldest = (self.in_window > 0).then_some(self.oldest);
        oldest.into_iter().chain(self.newer.iter().copied())
    }

    #[inline]
    fn newest(&mut self) -> &mut Entry {
        self.newer.back_mut().unwrap_or(&mut self.oldest)
    }

    /// Gives memory back after a burst; amortised constant, as at most an eighth is moved.
    #[cold]
    fn shrink(&mut self) {
        self.newer.shrink_to(self.newer.capacity() / 4);
    }
}

impl Ledger for Log {
    type Terms = Quota;

    #[inline]
    fn expire(&mut self, quota: &Quota, now: u64) {
        while self.in_window > 0 && self.oldest.at.saturating_add(quota.per) <= now {
            self.in_window -= self.oldest.permits;
            if let Some(next) = self.newer.pop_front() {
                self.oldest = next;
            }
        }
        let capacity = self.newer.capacity();
        if capacity > KEPT && self.newer.len() < capacity / 8 {
            self.shrink();
        }
    }

    #[inline]
    fn room(&self, quota: &Quota, _now: u64, held: u32) -> u32 {
        let free = quota.limit.saturating_sub(self.in_window);
        free.saturating_sub(held)
    }

    #[inline]
    fn record(&mut self, _quota: &Quota, at: u64, permits: u32) {
        if permits == 0 {
            return;
        }
        if self.in_window == 0 {
            self.oldest = Entry { at, permits };
        } else {
            let newest = self.newest();
            if at <= newest.at {
                newest.permits += permits; // #1
            } else {
                self.newer.push_back(Entry { at, permits });
            }
        }
        self.in_window += permits;
    }

    fn ready_at(&self, quota: &Quota, now: u64, held: u32, permits: u32) -> u64 {
        let wanted = u64::from(held) + u64::from(permits);
        let mut used = u64::from(self.in_window) + wanted;
        let limit = u64::from(quota.limit);
        if wanted > limit {
            return NEVER;
        }
        let mut at = now;
        for entry in self.entries() {
            if used <= limit {
                break;
            }
            used -= u64::from(entry.permits);
            at = entry.at.saturating_add(quota.per);
        }
        at
    }

    fn forecast(
        &self,
        quota: &Quota,
        now: u64,
        held: u32,
        queue: impl Iterator<Item = u32>,
    ) -> u64 {
        let limit = u64::from(quota.limit);
        let mut used = u64::from(self.in_window) + u64::from(held);
        let mut leaving = self.entries();
        // What is stamped from now on, in order.
        let mut later = VecDeque::from([Entry {
            at: now,
            permits: held,
        }]);
        let mut at = now;
        for permits in queue {
            if u64::from(permits) > limit {
                return NEVER;
            }
            while used + u64::from(permits) > limit {
                let Some(entry) = leaving.next().or_else(|| later.pop_front()) else {
                    return NEVER; // unreachable: with all gone, `used` is 0
                };
                used -= u64::from(entry.permits);
                at = at.max(entry.at.saturating_add(quota.per));
            }
            used += u64::from(permits);
            match later.back_mut() {
                Some(last) if last.at == at && last.permits.checked_add(permits).is_some() => {
                    last.permits += permits;
                }
                _ => later.push_back(Entry { at, permits }),
            }
        }
        at
    }

    fn refund(&mut self, _quota: &Quota, _now: u64, permits: u32) -> u32 {
        let refunded = permits.min(self.in_window);
        let mut left = refunded;
        while left > 0 {
            let newest = self.newest();
            let taken = left.min(newest.permits);
            newest.permits -= taken;
            left -= taken;
            if newest.permits == 0 {
                self.newer.pop_back();
            }
        }
        self.in_window -= refunded;
        refunded
    }

    fn in_window(&self, _quota: &Quota, _now: u64) -> u32 {
        self.in_window
    }

    fn change(&mut self, _old: &Quota, new: &Quota, now: u64) {
        self.expire(new, now);
    }

    fn blank_at(&self, quota: &Quota) -> u64 {
        if self.in_window == 0 {
            return 0;
        }
        let newest = self.newer.back().unwrap_or(&self.oldest);
        newest.at.saturating_add(quota.per)
    }
}
