//! Why there is no value without waiting.

use std::error::Error;
use std::fmt;

/// There is no value for a call that does not wait.
///
/// The error of [`FnCache::try_get`](crate::FnCache::try_get).
///
/// # Examples
///
/// ```
/// use async_fn_cache::{FnCache, TryGetError};
///
/// let cache: FnCache<&str, u32> = FnCache::builder().build();
/// assert_eq!(cache.try_get("key"), Err(TryGetError::Vacant));
/// let get = cache.get_with("key", || async { 7 });
/// assert_eq!(cache.try_get("key"), Err(TryGetError::InFlight));
/// assert_eq!(futures_lite::future::block_on(get), 7);
/// assert_eq!(cache.try_get("key"), Ok(7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryGetError {
    /// There is no value, and nobody loads one.
    Vacant,
    /// There is no value yet: somebody loads it.
    InFlight,
}

impl TryGetError {
    /// Whether nobody loads the value.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_fn_cache::TryGetError::Vacant.is_vacant());
    /// ```
    #[must_use]
    pub fn is_vacant(self) -> bool {
        self == Self::Vacant
    }

    /// Whether somebody loads the value.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_fn_cache::TryGetError::InFlight.is_in_flight());
    /// ```
    #[must_use]
    pub fn is_in_flight(self) -> bool {
        self == Self::InFlight
    }
}

impl fmt::Display for TryGetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vacant => "there is no value",
            Self::InFlight => "the value is being loaded",
        })
    }
}

impl Error for TryGetError {}
