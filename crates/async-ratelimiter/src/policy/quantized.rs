//! The window in constant memory: stamps rounded up, and counted.

use super::{Algorithm, Ledger, Quota, Terms};
use crate::time::NEVER;

/// Never more than `n` in any window of the period, in about 1 KiB whatever `n` is.
///
/// Stamps are rounded up to a multiple of `⌈per / 256⌉` and counted in 257 places, so a permit
/// comes back at most that much later than with [`SlidingLog`](crate::SlidingLog), and never
/// earlier.
/// The memory is taken by the first grant.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_ratelimiter::{QuantizedLog, RateLimiter};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let million = NonZeroU32::new(1_000_000).unwrap();
/// let limiter = RateLimiter::builder(million, Duration::from_millis(256))
///     .policy(QuantizedLog::new())
///     .clock(clock.clone())
///     .build();
///
/// clock.advance(Duration::from_micros(300));
/// assert!(limiter.try_acquire_many(1_000_000).is_ok()); // counts as stamped at 1 ms
/// assert_eq!(limiter.retry_after(1).after, Duration::from_micros(256_700));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct QuantizedLog;

impl QuantizedLog {
    /// Creates the policy.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_ratelimiter::QuantizedLog::new(), Default::default());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Algorithm for QuantizedLog {
    type Ledger = Counters;

    fn terms(&self, quota: Quota) -> Grid {
        Grid {
            quota,
            quantum: quota.per.div_ceil(QUANTA),
        }
    }
}

/// Into how many parts a period is cut.
const QUANTA: u64 = 256;

/// One place more than quanta: a window that begins within a quantum touches both ends.
const PLACES: usize = 257;

/// A quota and its quantum in nanoseconds, at least 1.
#[derive(Clone, Copy, Debug)]
#[expect(unnameable_types, reason = "sealed: an associated type of `Algorithm`")]
pub struct Grid {
    quota: Quota,
    quantum: u64,
}

impl Grid {
    /// The quantum whose end is the first at or after `at`.
    fn round_up(self, at: u64) -> u64 {
        at.div_ceil(self.quantum)
    }

    /// When the permits of a quantum leave the window.
    fn leaves_at(self, quantum: u64) -> u64 {
        quantum
            .saturating_mul(self.quantum)
            .saturating_add(self.quota.per)
    }
}

impl Terms for Grid {
    fn capacity(&self) -> u32 {
        self.quota.limit
    }
}

/// Permits per quantum.
///
/// # Invariants
///
/// 1. Place `q % 257` counts quantum `q`; those of `first ..= last` may be other than 0.
/// 2. `last − first < 257`: a quantum counts while `q·quantum + per > now`, and `q` is at most
///    `⌈now / quantum⌉`.
/// 3. `in_window` is the sum of the counts; it is 0 iff `places` has not been needed or all left.
#[derive(Clone, Debug, Default)]
#[expect(unnameable_types, reason = "sealed: an associated type of `Algorithm`")]
pub struct Counters {
    /// Empty before the first grant.
    places: Box<[u32]>,
    first: u64,
    last: u64,
    in_window: u32,
}

impl Counters {
    fn place(&mut self, quantum: u64) -> &mut u32 {
        &mut self.places[Self::index(quantum)]
    }

    #[expect(clippy::cast_possible_truncation, reason = "below 257")]
    fn index(quantum: u64) -> usize {
        (quantum % PLACES as u64) as usize
    }

    /// The quanta in the window that have permits, oldest first.
    fn occupied(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let quanta = (self.in_window > 0).then_some(self.first..=self.last);
        quanta
            .into_iter()
            .flatten()
            .map(|q| (q, self.places[Self::index(q)]))
            .filter(|&(_, permits)| permits > 0)
    }

    fn enter(&mut self, quantum: u64, permits: u32) {
        if permits == 0 {
            return;
        }
        if self.places.is_empty() {
            self.places = vec![0; PLACES].into_boxed_slice();
        }
        if self.in_window == 0 {
            self.first = quantum;
            self.last = quantum;
        }
        self.last = self.last.max(quantum);
        *self.place(quantum) += permits;
        self.in_window += permits;
    }
}

impl Ledger for Counters {
    type Terms = Grid;

    fn expire(&mut self, grid: &Grid, now: u64) {
        while self.in_window > 0 && grid.leaves_at(self.first) <= now {
            let first = self.first;
            let left = std::mem::take(self.place(first));
            self.in_window -= left;
            self.first += 1;
        }
    }

    fn room(&self, grid: &Grid, _now: u64, held: u32) -> u32 {
        grid.quota
            .limit
            .saturating_sub(self.in_window)
            .saturating_sub(held)
    }

    fn record(&mut self, grid: &Grid, at: u64, permits: u32) {
        self.expire(grid, at); // #2
        self.enter(grid.round_up(at).max(self.last), permits);
    }

    fn ready_at(&self, grid: &Grid, now: u64, held: u32, permits: u32) -> u64 {
        let wanted = u64::from(held) + u64::from(permits);
        let limit = u64::from(grid.quota.limit);
        if wanted > limit {
            return NEVER;
        }
        let mut used = u64::from(self.in_window) + wanted;
        let mut at = now;
        for (quantum, permits) in self.occupied() {
            if used <= limit {
                break;
            }
            used -= u64::from(permits);
            at = grid.leaves_at(quantum);
        }
        at
    }

    fn forecast(&self, grid: &Grid, now: u64, held: u32, queue: impl Iterator<Item = u32>) -> u64 {
        let mut future = self.clone();
        future.record(grid, now, held);
        let mut at = now;
        for permits in queue {
            at = future.ready_at(grid, at, 0, permits);
            if at == NEVER {
                break;
            }
            future.record(grid, at, permits);
        }
        at
    }

    fn refund(&mut self, _grid: &Grid, _now: u64, permits: u32) -> u32 {
        let mut left = permits.min(self.in_window);
        let refunded = left;
        self.in_window -= refunded;
        while left > 0 {
            let last = self.last;
            let place = self.place(last);
            let taken = left.min(*place);
            *place -= taken;
            left -= taken;
            if left > 0 {
                self.last -= 1;
            }
        }
        refunded
    }

    fn in_window(&self, _grid: &Grid, _now: u64) -> u32 {
        self.in_window
    }

    fn change(&mut self, old: &Grid, new: &Grid, now: u64) {
        // Rounded up once more, but no later than a stamp of now would be: that is late enough.
        let latest = new.round_up(now);
        let before = std::mem::take(self);
        for (quantum, permits) in before.occupied() {
            let at = quantum.saturating_mul(old.quantum);
            let moved = new.round_up(at).min(latest);
            if new.leaves_at(moved) > now {
                self.enter(moved, permits);
            }
        }
    }

    fn blank_at(&self, grid: &Grid) -> u64 {
        if self.in_window == 0 {
            0
        } else {
            grid.leaves_at(self.last)
        }
    }
}
