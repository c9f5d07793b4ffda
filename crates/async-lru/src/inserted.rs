//! What an insertion did.

/// What an insertion did to the map, with what it took out of it.
///
/// # Examples
///
/// ```
/// use async_lru::{Inserted, LruCache};
/// use std::num::NonZeroUsize;
///
/// let mut cache = LruCache::new(NonZeroUsize::MIN);
/// assert_eq!(cache.insert("a", 1), Inserted::New);
/// assert_eq!(cache.insert("a", 2), Inserted::Replaced(1));
/// assert_eq!(cache.insert("b", 3), Inserted::Evicted("a", 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "what was taken out is in it; drop it if that is of no use"]
#[non_exhaustive]
pub enum Inserted<K, V> {
    /// The key was not there, and nothing had to go.
    New,
    /// The key was there, with this value.
    Replaced(V),
    /// The key was not there, the map was full, and the least recently used pair had to go.
    Evicted(K, V),
    /// The key was not there, or only with a value that had expired; this pair, which had expired,
    /// made room. Maps without expiry never say so.
    Expired(K, V),
}

impl<K, V> Inserted<K, V> {
    /// Returns whether the key is new to the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut seen = LruCache::unbounded();
    /// assert!(seen.insert("a", ()).is_new_key());
    /// assert!(!seen.insert("a", ()).is_new_key());
    /// ```
    pub fn is_new_key(&self) -> bool {
        !matches!(self, Self::Replaced(_))
    }

    /// Returns the value that the key had before.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// assert_eq!(cache.insert("a", 1).replaced(), None);
    /// assert_eq!(cache.insert("a", 2).replaced(), Some(1));
    /// ```
    pub fn replaced(self) -> Option<V> {
        match self {
            Self::Replaced(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the pair of another key that had to go, whether or not it had expired.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let mut cache = LruCache::new(NonZeroUsize::MIN);
    /// assert_eq!(cache.insert("a", 1).evicted(), None);
    /// assert_eq!(cache.insert("b", 2).evicted(), Some(("a", 1)));
    /// ```
    pub fn evicted(self) -> Option<(K, V)> {
        match self {
            Self::Evicted(key, value) | Self::Expired(key, value) => Some((key, value)),
            _ => None,
        }
    }
}
