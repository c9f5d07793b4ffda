//! Instants as nanoseconds since the limiter was made.

use crate::stats::RetryAfter;
use std::time::{Duration, Instant};

/// An instant that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// The zero of a limiter's time line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch(Instant);

impl Epoch {
    pub(crate) const fn new(zero: Instant) -> Self {
        Self(zero)
    }

    /// Nanoseconds from the epoch to `at`: 0 for what lies before it, [`NEVER`] after 584 years.
    #[inline]
    pub(crate) fn nanos(self, at: Instant) -> u64 {
        nanos(at.saturating_duration_since(self.0))
    }

    /// The first nanosecond after `deadline`: what is before that is in time. 0 for a deadline from
    /// before the epoch.
    pub(crate) fn end(self, deadline: Instant) -> u64 {
        let in_time = deadline.checked_duration_since(self.0);
        in_time.map_or(0, |in_time| nanos(in_time).saturating_add(1))
    }

    /// The instant `nanos` after the epoch, unless it is never or can't be represented.
    #[inline]
    pub(crate) fn instant(self, nanos: u64) -> Option<Instant> {
        if nanos == NEVER {
            return None;
        }
        self.0.checked_add(Duration::from_nanos(nanos))
    }

    /// `at` as seen from `now`.
    pub(crate) fn retry_after(self, at: u64, now: u64) -> RetryAfter {
        match self.instant(at) {
            None => RetryAfter {
                at: None,
                after: Duration::MAX,
            },
            instant => {
                let after = Duration::from_nanos(at.saturating_sub(now));
                RetryAfter { at: instant, after }
            }
        }
    }
}

/// `duration` in nanoseconds; [`NEVER`] from 584 years on.
#[inline]
pub(crate) fn nanos(duration: Duration) -> u64 {
    const PER_SECOND: u64 = 1_000_000_000;
    // A branch that is foreseen costs less than saturating.
    if duration.as_secs() >= NEVER / PER_SECOND {
        return NEVER;
    }
    duration.as_secs() * PER_SECOND + u64::from(duration.subsec_nanos())
}
