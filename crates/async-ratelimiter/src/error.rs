//! Why there are no permits.

use crate::shared::Refusal;
use crate::stats::RetryAfter;
use crate::ticket::Shortfall;
use crate::time::Epoch;
use std::error::Error;
use std::fmt;
use std::time::Instant;

/// Why a request that waits was not granted.
///
/// # Examples
///
/// ```
/// use async_ratelimiter::{AcquireError, RateLimiter};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
/// let too_large = futures_lite::future::block_on(limiter.acquire_many(2));
/// assert_eq!(too_large, Err(AcquireError::ExceedsLimit));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcquireError {
    /// The limiter is closed.
    Closed,
    /// More permits were asked for than can ever be granted at once: more than the limit, or than
    /// the burst of a [`Gcra`](crate::Gcra).
    ExceedsLimit,
    /// As many wait as [`Builder::max_waiters`](crate::Builder::max_waiters) allows.
    QueueFull,
    /// A [`Keyed`](crate::Keyed) limiter has as many keys as it may, and this is another.
    KeysFull,
}

/// Why a try was not granted.
///
/// # Examples
///
/// ```
/// use async_ratelimiter::{RateLimiter, TryAcquireError};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
/// assert_eq!(limiter.try_acquire(), Ok(()));
/// match limiter.try_acquire() {
///     Err(TryAcquireError::Limited(retry)) => assert!(retry.after <= Duration::from_secs(60)),
///     other => unreachable!("{other:?}"),
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryAcquireError {
    /// The permits are not free now, or others wait for them; says when they will be.
    Limited(RetryAfter),
    /// As [`AcquireError::Closed`].
    Closed,
    /// As [`AcquireError::ExceedsLimit`].
    ExceedsLimit,
    /// As [`AcquireError::KeysFull`].
    KeysFull,
}

/// Why a request with a deadline was not granted.
///
/// # Examples
///
/// ```
/// use async_ratelimiter::{AcquireByError, RateLimiter};
/// use std::num::NonZeroU32;
/// use std::time::{Duration, Instant};
///
/// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
/// limiter.try_acquire().unwrap();
/// let soon = Instant::now() + Duration::from_secs(1);
/// let refused = futures_lite::future::block_on(limiter.acquire_by(soon)).unwrap_err();
/// assert!(matches!(refused, AcquireByError::WouldExceed { ready_at: Some(at) } if at > soon));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcquireByError {
    /// The permits would come after the deadline, or did not come before it.
    WouldExceed {
        /// When they would come, as [`retry_after`](crate::RateLimiter::retry_after) works it out;
        /// `None` for never.
        ready_at: Option<Instant>,
    },
    /// As [`AcquireError::Closed`].
    Closed,
    /// As [`AcquireError::ExceedsLimit`].
    ExceedsLimit,
    /// As [`AcquireError::QueueFull`].
    QueueFull,
    /// As [`AcquireError::KeysFull`].
    KeysFull,
}

/// Why a thread that blocked with a limit was not granted.
///
/// # Examples
///
/// ```
/// use async_ratelimiter::{AcquireTimeoutError, RateLimiter};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
/// limiter.try_acquire().unwrap();
/// let result = limiter.acquire_blocking_timeout(Duration::from_millis(1));
/// assert_eq!(result, Err(AcquireTimeoutError::Timeout));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcquireTimeoutError {
    /// The time is over.
    Timeout,
    /// As [`AcquireError::Closed`].
    Closed,
    /// As [`AcquireError::ExceedsLimit`].
    ExceedsLimit,
    /// As [`AcquireError::QueueFull`].
    QueueFull,
    /// As [`AcquireError::KeysFull`].
    KeysFull,
}

const CLOSED: &str = "the rate limiter is closed";
const EXCEEDS_LIMIT: &str = "more permits than the rate limiter can ever grant at once";
const QUEUE_FULL: &str = "too many wait for the rate limiter";
const KEYS_FULL: &str = "the rate limiter has as many keys as it may";

impl AcquireError {
    pub(crate) fn from_shortfall(short: &Shortfall) -> Self {
        match *short {
            Shortfall::Refused(refusal) => refusal.into(),
            Shortfall::Late(_) => unreachable!("a request without a deadline is never late"),
        }
    }

    /// Whether the limiter is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::AcquireError;
    ///
    /// assert!(AcquireError::Closed.is_closed());
    /// assert!(!AcquireError::QueueFull.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl TryAcquireError {
    /// Whether the permits were merely not free.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::TryAcquireError;
    ///
    /// assert!(!TryAcquireError::Closed.is_limited());
    /// ```
    pub fn is_limited(&self) -> bool {
        matches!(self, Self::Limited(_))
    }

    /// When to try again, if that can help.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::TryAcquireError;
    ///
    /// assert_eq!(TryAcquireError::ExceedsLimit.retry_after(), None);
    /// ```
    pub fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Limited(retry) => Some(*retry),
            _ => None,
        }
    }
}

impl AcquireByError {
    pub(crate) fn from_shortfall(short: &Shortfall, epoch: Epoch) -> Self {
        match *short {
            Shortfall::Refused(refusal) => AcquireError::from(refusal).into(),
            Shortfall::Late(at) => Self::WouldExceed {
                ready_at: epoch.instant(at),
            },
        }
    }

    /// Whether the deadline is the reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::AcquireByError;
    ///
    /// assert!(AcquireByError::WouldExceed { ready_at: None }.is_would_exceed());
    /// ```
    pub fn is_would_exceed(&self) -> bool {
        matches!(self, Self::WouldExceed { .. })
    }
}

impl AcquireTimeoutError {
    /// Whether the time is over.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::AcquireTimeoutError;
    ///
    /// assert!(AcquireTimeoutError::Timeout.is_timeout());
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }
}

impl From<Refusal> for AcquireError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::Closed,
            Refusal::ExceedsLimit => Self::ExceedsLimit,
            Refusal::QueueFull => Self::QueueFull,
        }
    }
}

impl From<AcquireError> for AcquireByError {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Closed => Self::Closed,
            AcquireError::ExceedsLimit => Self::ExceedsLimit,
            AcquireError::QueueFull => Self::QueueFull,
            AcquireError::KeysFull => Self::KeysFull,
        }
    }
}

impl From<AcquireError> for AcquireTimeoutError {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Closed => Self::Closed,
            AcquireError::ExceedsLimit => Self::ExceedsLimit,
            AcquireError::QueueFull => Self::QueueFull,
            AcquireError::KeysFull => Self::KeysFull,
        }
    }
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => CLOSED,
            Self::ExceedsLimit => EXCEEDS_LIMIT,
            Self::QueueFull => QUEUE_FULL,
            Self::KeysFull => KEYS_FULL,
        })
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limited(RetryAfter { at: None, .. }) => f.write_str("limited for ever"),
            Self::Limited(retry) => write!(f, "limited for another {:?}", retry.after),
            Self::Closed => f.write_str(CLOSED),
            Self::ExceedsLimit => f.write_str(EXCEEDS_LIMIT),
            Self::KeysFull => f.write_str(KEYS_FULL),
        }
    }
}

impl fmt::Display for AcquireByError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WouldExceed { .. } => "the permits would come after the deadline",
            Self::Closed => CLOSED,
            Self::ExceedsLimit => EXCEEDS_LIMIT,
            Self::QueueFull => QUEUE_FULL,
            Self::KeysFull => KEYS_FULL,
        })
    }
}

impl fmt::Display for AcquireTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the permits did not come in time",
            Self::Closed => CLOSED,
            Self::ExceedsLimit => EXCEEDS_LIMIT,
            Self::QueueFull => QUEUE_FULL,
            Self::KeysFull => KEYS_FULL,
        })
    }
}

impl Error for AcquireError {}
impl Error for TryAcquireError {}
impl Error for AcquireByError {}
impl Error for AcquireTimeoutError {}
