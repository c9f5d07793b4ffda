//! What comes instead of a permit.

use std::error::Error;
use std::fmt;

const CLOSED: &str = "the semaphore is closed";

/// The semaphore is closed.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{AcquireError, Semaphore};
///
/// let semaphore = Semaphore::new(1);
/// semaphore.close();
/// assert_eq!(semaphore.acquire_blocking().unwrap_err(), AcquireError);
/// assert_eq!(AcquireError.to_string(), "the semaphore is closed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AcquireError;

/// No permits now: they are not free, others go first, or the semaphore is closed.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{Semaphore, TryAcquireError};
///
/// let semaphore = Semaphore::new(1);
/// assert_eq!(semaphore.try_acquire_many(2).unwrap_err(), TryAcquireError::NoPermits);
/// semaphore.close();
/// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryAcquireError {
    /// There are not enough, or they are for somebody who waits already.
    NoPermits,
    /// The semaphore is closed.
    Closed,
}

/// No permits in time, or the semaphore is closed.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{AcquireTimeoutError, Semaphore};
/// use std::time::Duration;
///
/// let semaphore = Semaphore::new(0);
/// let late = semaphore.acquire_blocking_timeout(Duration::from_millis(1));
/// assert_eq!(late.unwrap_err(), AcquireTimeoutError::Timeout);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcquireTimeoutError {
    /// The time is over.
    Timeout,
    /// The semaphore is closed.
    Closed,
}

impl TryAcquireError {
    /// Whether another try may have success.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::TryAcquireError;
    ///
    /// assert!(TryAcquireError::NoPermits.is_no_permits());
    /// ```
    pub fn is_no_permits(&self) -> bool {
        matches!(self, Self::NoPermits)
    }

    /// Whether the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::TryAcquireError;
    ///
    /// assert!(TryAcquireError::Closed.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl AcquireTimeoutError {
    /// Whether the time is over.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::AcquireTimeoutError;
    ///
    /// assert!(AcquireTimeoutError::Timeout.is_timeout());
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// Whether the semaphore is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::AcquireTimeoutError;
    ///
    /// assert!(AcquireTimeoutError::Closed.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl From<AcquireError> for TryAcquireError {
    fn from(_: AcquireError) -> Self {
        Self::Closed
    }
}

impl From<AcquireError> for AcquireTimeoutError {
    fn from(_: AcquireError) -> Self {
        Self::Closed
    }
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPermits => "there are not enough permits free",
            Self::Closed => CLOSED,
        })
    }
}

impl fmt::Display for AcquireTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the permits did not come in time",
            Self::Closed => CLOSED,
        })
    }
}

impl Error for AcquireError {}
impl Error for TryAcquireError {}
impl Error for AcquireTimeoutError {}
