//! Why a load gave no value.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why a load gave no value.
///
/// Every caller of a load that panicked gets the same one, so it is cheap to clone.
///
/// # Examples
///
/// ```
/// use async_single_flight::{Group, LoadError};
///
/// let group: Group<u32, u32> = Group::new();
/// let work = group.work_checked(1, || async { panic!("no such user") });
/// let error = futures_lite::future::block_on(work).unwrap_err();
/// assert!(matches!(&error, LoadError::Panicked(message) if &**message == "no such user"));
/// assert_eq!(error.to_string(), "the load panicked: no such user");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoadError {
    /// The load panicked, with this message; or its constructor did, its destructor, or a closure
    /// that was asked what to do with the value.
    Panicked(Arc<str>),
    /// The load waits for itself: this wait, inside a load, would have closed a ring of loads each
    /// of which waits for the next one.
    Cycle,
}

impl LoadError {
    /// Whether the load panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::LoadError;
    ///
    /// assert!(LoadError::Panicked("out of range".into()).is_panicked());
    /// ```
    #[must_use]
    pub fn is_panicked(&self) -> bool {
        matches!(self, Self::Panicked(_))
    }

    /// Whether the load would have waited for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::LoadError;
    ///
    /// assert!(LoadError::Cycle.is_cycle());
    /// ```
    #[must_use]
    pub fn is_cycle(&self) -> bool {
        matches!(self, Self::Cycle)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(message) => write!(f, "the load panicked: {message}"),
            Self::Cycle => f.write_str("the load waits for itself"),
        }
    }
}

impl Error for LoadError {}
