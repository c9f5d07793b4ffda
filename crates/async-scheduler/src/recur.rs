//! Items that come again: when, and what becomes of occurrences that were missed.

use crate::time::TimePoint;
use std::time::Duration;

/// Says when an item that recurs comes next.
///
/// Implemented by [`Every`], and by closures `FnMut(At) -> Option<At>`: that is where a cron
/// expression or a calendar library plugs in.
/// Times are absolute: with a library that knows time zones, "every day at 02:30 there" is its next
/// point of time, and there is no gap or fold to trip over here.
///
/// It is called without a lock, and may use the scheduler.
/// If it panics, its item ends, and the panic goes on in whoever polled.
///
/// # Examples
///
/// At full hours:
///
/// ```
/// use async_clock::ManualClock;
/// use async_scheduler::{Misfire, Scheduler};
/// use std::time::{Duration, SystemTime};
///
/// const HOUR: u64 = 3600;
///
/// fn next_full_hour(after: SystemTime) -> Option<SystemTime> {
///     let seconds = after.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
///     let next = (seconds / HOUR + 1) * HOUR;
///     Some(SystemTime::UNIX_EPOCH + Duration::from_secs(next))
/// }
///
/// let half_past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 * HOUR + HOUR / 2);
/// let clock = ManualClock::starting_at(half_past);
/// let scheduler = Scheduler::wall_with_clock(clock.clone());
/// scheduler.schedule_every(next_full_hour, Misfire::coalesce(), "chime").unwrap();
///
/// let due = futures_lite::future::block_on(clock.drive(scheduler.next())).unwrap();
/// assert_eq!(due.scheduled_for(), half_past + Duration::from_secs(HOUR / 2));
/// assert_eq!(scheduler.peek(), Some(half_past + Duration::from_secs(HOUR + HOUR / 2)));
/// ```
pub trait Recurrence<At>: Send {
    /// The first occurrence, of an item that is scheduled at `now`; `None` if there is none.
    ///
    /// The next one after `now`, unless overridden.
    fn first(&mut self, now: At) -> Option<At> {
        self.next(now)
    }

    /// The first occurrence later than `after`; `None` if there is none, and the item ends.
    ///
    /// One that is not later ends the item too.
    /// `after` is the occurrence before, or, where missed ones are passed over, the present, or what
    /// lies the grace before it: any time, to the nanosecond.
    fn next(&mut self, after: At) -> Option<At>;
}

impl<At, F: FnMut(At) -> Option<At> + Send> Recurrence<At> for F {
    fn next(&mut self, after: At) -> Option<At> {
        self(after)
    }
}

/// A fixed period: a [`Recurrence`] at `first`, `first + period`, `first + 2 · period` and so on.
///
/// Late occurrences shift none of the later ones.
/// A period of zero has one occurrence.
///
/// # Examples
///
/// ```
/// use async_scheduler::{Every, Recurrence};
/// use std::time::{Duration, Instant};
///
/// let (now, minute) = (Instant::now(), Duration::from_secs(60));
/// let mut every = Every::new(minute);
/// assert_eq!(every.first(now), Some(now + minute));
/// assert_eq!(every.next(now + minute), Some(now + 2 * minute));
/// assert_eq!(every.next(now + minute * 7 / 2), Some(now + 4 * minute));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every<At> {
    first: Option<At>,
    period: Duration,
}

impl<At: TimePoint> Every<At> {
    /// Begins one period from the time of scheduling.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::{Every, Recurrence};
    /// use std::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let second = Duration::from_secs(1);
    /// assert_eq!(Every::new(second).first(now), Some(now + second));
    /// ```
    pub const fn new(period: Duration) -> Self {
        Self {
            first: None,
            period,
        }
    }

    /// Begins at `first`, be it past or future.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::{Every, Recurrence};
    /// use std::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let second = Duration::from_secs(1);
    /// let mut every = Every::starting_at(now, second);
    /// assert_eq!(every.first(now), Some(now));
    /// assert_eq!(every.next(now), Some(now + second));
    /// ```
    pub const fn starting_at(first: At, period: Duration) -> Self {
        Self {
            first: Some(first),
            period,
        }
    }
}

impl<At: TimePoint> Recurrence<At> for Every<At> {
    fn first(&mut self, now: At) -> Option<At> {
        if self.first.is_none() {
            self.first = now.plus(self.period);
        }
        self.first
    }

    fn next(&mut self, after: At) -> Option<At> {
        let first = self.first?;
        if after < first {
            return Some(first);
        }
        // The rest until the next multiple: the first one strictly after.
        let gone = after.since(first).as_nanos();
        let rest = self
            .period
            .as_nanos()
            .checked_sub(gone.checked_rem(self.period.as_nanos())?)?;
        let seconds = u64::try_from(rest / 1_000_000_000).ok()?;
        let nanos = u32::try_from(rest % 1_000_000_000).ok()?;
        after.plus(Duration::new(seconds, nanos))
    }
}

/// What becomes of the occurrences that were missed: because nobody polled, the process or the
/// machine stood still, or a time of day jumped forward.
///
/// | | of several missed occurrences | later than the grace |
/// |---|---|---|
/// | [`coalesce`](Self::coalesce), the default | the first is yielded, for all of them | passed over |
/// | [`burst`](Self::burst) | each is yielded, one after another | passed over |
///
/// Without [`grace`](Self::grace) none is too late.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_scheduler::{Every, Misfire, Scheduler};
/// use std::time::Duration;
///
/// const SECOND: Duration = Duration::from_secs(1);
///
/// let yielded_after_3_s = |misfire| {
///     let clock = ManualClock::new();
///     let scheduler = Scheduler::with_clock(clock.clone());
///     scheduler.schedule_every(Every::new(SECOND), misfire, ()).unwrap();
///     clock.advance(3 * SECOND); // nobody polls meanwhile
///     std::iter::from_fn(|| scheduler.try_next().ok()).count()
/// };
/// assert_eq!(yielded_after_3_s(Misfire::coalesce()), 1);
/// assert_eq!(yielded_after_3_s(Misfire::burst()), 3);
/// assert_eq!(yielded_after_3_s(Misfire::burst().grace(SECOND)), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Misfire {
    coalesce: bool,
    grace: Option<Duration>,
}

impl Misfire {
    /// Yields one occurrence for all that were missed: the first of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Misfire;
    ///
    /// assert_eq!(Misfire::coalesce(), Misfire::default());
    /// ```
    #[must_use]
    pub const fn coalesce() -> Self {
        Self {
            coalesce: true,
            grace: None,
        }
    }

    /// Yields all occurrences that were missed, one after another.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Misfire;
    ///
    /// assert_ne!(Misfire::burst(), Misfire::coalesce());
    /// ```
    #[must_use]
    pub const fn burst() -> Self {
        Self {
            coalesce: false,
            grace: None,
        }
    }

    /// Passes over occurrences that are later than `grace` by the time they would be yielded.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Misfire;
    /// use std::time::Duration;
    ///
    /// let misfire = Misfire::coalesce().grace(Duration::from_secs(60));
    /// assert_ne!(misfire, Misfire::coalesce());
    /// ```
    #[must_use]
    pub const fn grace(self, grace: Duration) -> Self {
        Self {
            grace: Some(grace),
            ..self
        }
    }
}

impl Default for Misfire {
    fn default() -> Self {
        Self::coalesce()
    }
}

/// What becomes of an occurrence that is due.
pub(crate) enum Verdict<T, At> {
    /// It is yielded; the next one, with its payload.
    Yield(Option<(At, T)>),
    /// It is too late; the next one that is not.
    PassOver(Option<At>),
}

/// A recurrence and what goes with it, without its type.
pub(crate) trait Rule<T, At>: Send {
    /// Runs foreign code: never under a lock.
    fn judge(&mut self, payload: &T, at: At, now: At) -> Verdict<T, At>;
}

/// The one implementation of [`Rule`].
pub(crate) struct Recurs<R> {
    pub(crate) recurrence: R,
    pub(crate) misfire: Misfire,
}

impl<T: Clone, At: TimePoint, R: Recurrence<At>> Rule<T, At> for Recurs<R> {
    fn judge(&mut self, payload: &T, at: At, now: At) -> Verdict<T, At> {
        let mut next = |after| self.recurrence.next(after).filter(|next| *next > at);
        if let Some(grace) = self.misfire.grace.filter(|grace| now.since(at) > *grace) {
            // The first that is not too late, so the first after the last that is.
            const NANO: Duration = Duration::from_nanos(1);
            let too_late = now.minus(grace).and_then(|time| time.minus(NANO));
            return Verdict::PassOver(next(too_late.map_or(at, |time| time.max(at))));
        }
        let after = if self.misfire.coalesce {
            now.max(at)
        } else {
            at
        };
        Verdict::Yield(next(after).map(|next| (next, payload.clone())))
    }
}
