//! Why an item was not taken, or none was there.

use std::error::Error;
use std::fmt;

/// An item was refused; owns it.
///
/// # Examples
///
/// ```
/// use async_scheduler::{ScheduleError, Scheduler};
/// use std::time::Duration;
///
/// let scheduler = Scheduler::new();
/// scheduler.close();
/// let refused = scheduler.schedule_in(Duration::ZERO, "tea").unwrap_err();
/// assert_eq!(refused, ScheduleError::Closed("tea"));
/// assert_eq!(refused.into_inner(), "tea");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScheduleError<T> {
    /// The scheduler is closed.
    Closed(T),
    /// The recurrence has no occurrence at all.
    NoOccurrence(T),
}

impl<T> ScheduleError<T> {
    /// Takes the refused payload out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_scheduler::ScheduleError::Closed(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Closed(payload) | Self::NoOccurrence(payload) => payload,
        }
    }

    /// Whether the scheduler is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_scheduler::ScheduleError::Closed(7).is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }

    /// Whether the recurrence has no occurrence.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::{Misfire, Scheduler};
    ///
    /// let never = |_| None;
    /// let refused = Scheduler::new().schedule_every(never, Misfire::coalesce(), 7);
    /// assert!(refused.unwrap_err().is_no_occurrence());
    /// ```
    pub fn is_no_occurrence(&self) -> bool {
        matches!(self, Self::NoOccurrence(_))
    }
}

// Without the payload, so that nothing is asked of it.
impl<T> fmt::Debug for ScheduleError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed(_) => "Closed(..)",
            Self::NoOccurrence(_) => "NoOccurrence(..)",
        })
    }
}

impl<T> fmt::Display for ScheduleError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed(_) => "the scheduler is closed",
            Self::NoOccurrence(_) => "the recurrence has no occurrence",
        })
    }
}

impl<T> Error for ScheduleError<T> {}

/// No item is due.
///
/// # Examples
///
/// ```
/// use async_scheduler::{Scheduler, TryNextError};
/// use std::time::{Duration, Instant};
///
/// let scheduler = Scheduler::new();
/// assert_eq!(scheduler.try_next().unwrap_err(), TryNextError::Empty);
/// let at = Instant::now() + Duration::from_secs(60);
/// scheduler.schedule_at(at, "tea").unwrap();
/// assert_eq!(scheduler.try_next().unwrap_err(), TryNextError::NotDue(at));
/// scheduler.close();
/// assert_eq!(scheduler.try_next().unwrap_err(), TryNextError::Closed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryNextError<At> {
    /// Nothing is pending, or nothing that ever comes due.
    Empty,
    /// The first item is due at this time.
    NotDue(At),
    /// The scheduler is closed, and nothing is pending.
    Closed,
}

impl<At> TryNextError<At> {
    /// Whether nothing is pending that ever comes due, on a scheduler that is open.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    ///
    /// assert!(Scheduler::<u32>::new().try_next().unwrap_err().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether an item is pending that comes due later.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_secs(60), "tea").unwrap();
    /// assert!(scheduler.try_next().unwrap_err().is_not_due());
    /// ```
    pub fn is_not_due(&self) -> bool {
        matches!(self, Self::NotDue(_))
    }

    /// Whether no item will ever come.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    ///
    /// let scheduler = Scheduler::<u32>::new();
    /// scheduler.close();
    /// assert!(scheduler.try_next().unwrap_err().is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl<At> fmt::Display for TryNextError<At> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "nothing is pending",
            Self::NotDue(_) => "nothing is due yet",
            Self::Closed => "the scheduler is closed",
        })
    }
}

impl<At: fmt::Debug> Error for TryNextError<At> {}
