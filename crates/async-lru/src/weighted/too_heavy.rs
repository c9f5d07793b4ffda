//! What comes back when a pair is heavier than its map may be.

use core::error::Error;
use core::fmt;

/// A pair that is heavier than all entries of the map together may be, and its weight; returned by
/// [`WeightedLruCache::insert`](crate::WeightedLruCache::insert).
///
/// # Examples
///
/// ```
/// use async_lru::WeightedLruCache;
///
/// let mut cache = WeightedLruCache::new(10, |_: &&str, weight: &u64| *weight);
/// let error = cache.insert("a", 11).unwrap_err();
/// assert_eq!(error.to_string(), "an entry of weight 11 is heavier than the map may be");
/// assert_eq!(error.into_inner(), ("a", 11));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TooHeavy<K, V> {
    key: K,
    value: V,
    weight: u64,
}

impl<K, V> TooHeavy<K, V> {
    pub(super) fn new(key: K, value: V, weight: u64) -> Self {
        Self { key, value, weight }
    }

    /// Returns the weight.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &&str, weight: &u64| *weight);
    /// assert_eq!(cache.insert("a", 11).unwrap_err().weight(), 11);
    /// ```
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// Returns the pair.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &&str, weight: &u64| *weight);
    /// assert_eq!(cache.insert("a", 11).unwrap_err().into_inner(), ("a", 11));
    /// ```
    pub fn into_inner(self) -> (K, V) {
        (self.key, self.value)
    }
}

impl<K, V> fmt::Debug for TooHeavy<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TooHeavy")
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}

impl<K, V> fmt::Display for TooHeavy<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an entry of weight {} is heavier than the map may be",
            self.weight
        )
    }
}

impl<K, V> Error for TooHeavy<K, V> {}
