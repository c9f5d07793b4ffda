//! What a check says that finds the way barred.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

/// A lock is in force; says until when.
///
/// The error of [`Lockout::try_pass`](crate::Lockout::try_pass).
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ManualClock};
/// use async_lockout::Lockout;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let lockout = Lockout::with_clock(clock.clone());
/// lockout.lock_for(Duration::from_secs(3));
/// clock.advance(Duration::from_secs(1));
///
/// let locked = lockout.try_pass().unwrap_err();
/// assert_eq!(locked.retry_after(), Duration::from_secs(2));
/// assert_eq!(locked.retry_at(), Some(clock.now() + Duration::from_secs(2)));
/// assert_eq!(locked.to_string(), "locked for another 2s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Locked {
    at: Option<Instant>,
    after: Duration,
}

impl Locked {
    pub(crate) fn new(at: Option<Instant>, after: Duration) -> Self {
        Self { at, after }
    }

    /// The instant at which the lock ends, as things stand; `None` for one without end.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
    /// lockout.lock_for(Duration::MAX);
    /// assert_eq!(lockout.try_pass().unwrap_err().retry_at(), None);
    /// ```
    pub fn retry_at(&self) -> Option<Instant> {
        self.at
    }

    /// How long the lock lasted from the moment of the check; [`Duration::MAX`] for one without
    /// end.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
    /// lockout.lock_for(Duration::from_secs(60));
    /// let wait = lockout.try_pass().unwrap_err().retry_after();
    /// assert!(wait > Duration::ZERO && wait <= Duration::from_secs(60));
    /// ```
    pub fn retry_after(&self) -> Duration {
        self.after
    }

    /// Whether the lock has no end of its own, and stands until it is lifted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
    /// lockout.lock_for(Duration::MAX);
    /// assert!(lockout.try_pass().unwrap_err().is_for_ever());
    /// ```
    pub fn is_for_ever(&self) -> bool {
        self.at.is_none()
    }
}

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_for_ever() {
            f.write_str("locked until the lock is lifted")
        } else {
            write!(f, "locked for another {:?}", self.after)
        }
    }
}

impl Error for Locked {}

/// Entry is refused for now: by a lock, or because others go first.
///
/// The error of [`FifoLockout::try_pass`](crate::FifoLockout::try_pass) and
/// [`FifoLockout::try_acquire`](crate::FifoLockout::try_acquire).
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lockout::{FifoLockout, TryAcquireError};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let lockout = FifoLockout::with_clock(clock.clone());
/// lockout.lock_for(Duration::from_secs(3));
/// assert!(lockout.try_acquire().unwrap_err().is_locked());
///
/// let waiter = lockout.wait_owned();
/// let mut waiter = std::pin::pin!(waiter);
/// # let waker = std::task::Waker::noop();
/// assert!(testkit::poll_pinned(waiter.as_mut(), waker).is_pending());
/// clock.advance(Duration::from_secs(3));
/// assert_eq!(lockout.try_acquire().unwrap_err(), TryAcquireError::Queued); // it was first
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryAcquireError {
    /// A lock is in force.
    Locked(Locked),
    /// No lock is in force, but others wait already, or a probe is out.
    Queued,
}

impl TryAcquireError {
    /// Whether a lock is in force.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!async_lockout::TryAcquireError::Queued.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Locked(_))
    }

    /// Whether others go first.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_lockout::TryAcquireError::Queued.is_queued());
    /// ```
    pub fn is_queued(&self) -> bool {
        matches!(self, Self::Queued)
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked(locked) => locked.fmt(f),
            Self::Queued => f.write_str("others go first"),
        }
    }
}

impl Error for TryAcquireError {}

impl From<Locked> for TryAcquireError {
    fn from(locked: Locked) -> Self {
        Self::Locked(locked)
    }
}
