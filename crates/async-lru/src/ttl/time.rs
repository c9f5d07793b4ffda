//! The time line of a map: nanoseconds since it was made.

use core::time::Duration;
use std::time::Instant;

use super::expiry::NEVER;

/// Turns instants into numbers that never go back.
#[derive(Clone, Debug)]
pub(crate) struct TimeLine {
    start: Instant,
    /// The latest number that has been given out by [`advance`](Self::advance).
    latest: u64,
}

/// A duration in nanoseconds; one that is too long never ends.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER)
}

impl TimeLine {
    pub(crate) const fn new(start: Instant) -> Self {
        Self { start, latest: 0 }
    }

    /// The number of an instant, or the latest one if that is later.
    #[inline]
    pub(crate) fn at(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.start);
        // No clock comes to the end, but a caller's instant may.
        nanos(since).min(NEVER - 1).max(self.latest)
    }

    /// As [`at`](Self::at), and no later call gives an earlier one.
    #[inline]
    pub(crate) fn advance(&mut self, now: Instant) -> u64 {
        self.latest = self.at(now);
        self.latest
    }

    /// The instant with that number; none if there is no such instant.
    pub(crate) fn instant(&self, at: u64) -> Option<Instant> {
        self.start.checked_add(Duration::from_nanos(at))
    }
}
