//! The two bases: times of the monotonic clock, and times of day.

use async_clock::{Clock, WallClock};
use std::fmt;
use std::hash::Hash;
use std::time::{Duration, Instant, SystemTime};

/// What the times of a scheduler are: [`Instant`] or [`SystemTime`].
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use async_scheduler::TimePoint;
/// use std::time::{Instant, SystemTime};
///
/// fn is_a_time<At: TimePoint>(_: At) {}
/// is_a_time(Instant::now());
/// is_a_time(SystemTime::now());
/// ```
pub trait TimePoint: Arithmetic {}

impl<At: Arithmetic> TimePoint for At {}

/// A [`TimePoint`] that the clock `C` can tell: [`Instant`] for every clock, [`SystemTime`] for a
/// [`WallClock`].
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use async_clock::Clock;
/// use async_scheduler::{Base, Scheduler};
///
/// fn is_empty<T: Send + 'static, At: Base<C>, C: Clock>(scheduler: &Scheduler<T, At, C>) -> bool {
///     scheduler.len() == 0
/// }
/// assert!(is_empty(&Scheduler::<u32>::new()));
/// assert!(is_empty(&Scheduler::<u32, _>::wall()));
/// ```
pub trait Base<C: Clock>: TimePoint + Reading<C> {}

impl<C: Clock, At: TimePoint + Reading<C>> Base<C> for At {}

/// The private side of [`TimePoint`].
#[expect(
    unnameable_types,
    reason = "sealed: nobody outside implements or calls it"
)]
pub trait Arithmetic: Copy + Ord + Hash + fmt::Debug + Send + Sync + Unpin + 'static {
    /// `None` for what can't be represented.
    fn plus(self, duration: Duration) -> Option<Self>;

    /// `None` for what can't be represented.
    fn minus(self, duration: Duration) -> Option<Self>;

    /// `None` if `earlier` is later.
    fn after(self, earlier: Self) -> Option<Duration>;

    /// Zero if `earlier` is later.
    #[inline]
    fn since(self, earlier: Self) -> Duration {
        self.after(earlier).unwrap_or_default()
    }
}

/// The private side of [`Base`].
#[expect(
    unnameable_types,
    reason = "sealed: nobody outside implements or calls it"
)]
pub trait Reading<C: Clock>: Arithmetic {
    /// Reads the clock, which is foreign code: never under a lock.
    fn now(clock: &C) -> Now<Self>;
}

/// One look at the clock.
#[derive(Clone, Copy, Debug)]
#[expect(unnameable_types, reason = "sealed: a result of `Reading`")]
pub struct Now<At> {
    /// In the scheduler's base.
    pub time: At,
    /// For timers.
    pub instant: Instant,
}

impl Arithmetic for Instant {
    #[inline]
    fn plus(self, duration: Duration) -> Option<Self> {
        self.checked_add(duration)
    }

    #[inline]
    fn minus(self, duration: Duration) -> Option<Self> {
        self.checked_sub(duration)
    }

    #[inline]
    fn after(self, earlier: Self) -> Option<Duration> {
        self.checked_duration_since(earlier)
    }
}

impl Arithmetic for SystemTime {
    #[inline]
    fn plus(self, duration: Duration) -> Option<Self> {
        self.checked_add(duration)
    }

    #[inline]
    fn minus(self, duration: Duration) -> Option<Self> {
        self.checked_sub(duration)
    }

    #[inline]
    fn after(self, earlier: Self) -> Option<Duration> {
        self.duration_since(earlier).ok()
    }
}

impl<C: Clock> Reading<C> for Instant {
    #[inline]
    fn now(clock: &C) -> Now<Self> {
        let instant = clock.now();
        Now {
            time: instant,
            instant,
        }
    }
}

impl<C: WallClock> Reading<C> for SystemTime {
    #[inline]
    fn now(clock: &C) -> Now<Self> {
        Now {
            time: clock.system_now(),
            instant: clock.now(),
        }
    }
}

/// The key of a time that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// The key of the epoch itself.
const MIDDLE: u64 = 1 << 63;

/// Times as numbers of nanoseconds, so that they are compared in one step.
///
/// A key is [`MIDDLE`] plus the nanoseconds since the epoch, or minus those until it.
/// It is exact for 292 years to either side; what is later is [`NEVER`], and what is earlier counts
/// as the first of them.
/// So an item needs its key only, and not its time besides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch<At>(At);

impl<At: Arithmetic> Epoch<At> {
    pub(crate) fn new(at: At) -> Self {
        Self(at)
    }

    /// The key of a time; `None` never comes.
    #[inline]
    pub(crate) fn key(self, at: Option<At>) -> u64 {
        match at {
            None => NEVER,
            Some(at) => match at.after(self.0) {
                Some(ahead) => MIDDLE.saturating_add(nanos(ahead)),
                None => MIDDLE.saturating_sub(nanos(self.0.since(at))),
            },
        }
    }

    /// The time of a key; `None` never comes.
    #[inline]
    pub(crate) fn time(self, key: u64) -> Option<At> {
        let (zero, ahead) = (self.0, key.wrapping_sub(MIDDLE));
        match key {
            NEVER => None,
            MIDDLE.. => zero.plus(Duration::from_nanos(ahead)),
            _ => zero.minus(Duration::from_nanos(MIDDLE - key)),
        }
    }

    /// The key that a clock shows: never that of a time which never comes.
    #[inline]
    pub(crate) fn shown(self, at: At) -> u64 {
        self.key(Some(at)).min(NEVER - 1)
    }
}

/// Saturates at 584 years.
#[inline]
fn nanos(duration: Duration) -> u64 {
    const PER_SECOND: u64 = 1_000_000_000;
    // A branch that is foreseen costs less than saturating.
    if duration.as_secs() >= u64::MAX / PER_SECOND {
        return u64::MAX;
    }
    duration.as_secs() * PER_SECOND + u64::from(duration.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::{Epoch, MIDDLE, NEVER};
    use std::time::{Duration, SystemTime};

    #[test]
    fn keys_are_in_the_order_of_times() {
        let zero = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let epoch = Epoch::new(zero);
        let year = Duration::from_secs(31_556_952);
        let nano = Duration::from_nanos(1);
        let keys = [
            epoch.key(Some(zero - 600 * year)),
            epoch.key(Some(zero - 200 * year)),
            epoch.key(Some(zero - nano)),
            epoch.key(Some(zero)),
            epoch.key(Some(zero + nano)),
            epoch.key(Some(zero + 200 * year)),
            epoch.shown(zero + 600 * year),
            epoch.key(Some(zero + 600 * year)),
        ];
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        assert_eq!((keys[0], keys[3], keys[7]), (0, MIDDLE, NEVER));
        assert_eq!(epoch.key(None), NEVER);
        for at in [
            zero - 200 * year,
            zero - nano,
            zero,
            zero + nano,
            zero + 200 * year,
        ] {
            assert_eq!(epoch.time(epoch.key(Some(at))), Some(at));
        }
        assert_eq!(epoch.time(NEVER), None);
        assert!(epoch.time(0).is_some_and(|at| at < zero - 200 * year));
    }
}
