//! What an insertion did, or did not do.

use core::error::Error;
use core::fmt;

use super::Cached;

/// What an insertion did to the map, with what it took out of it.
///
/// # Examples
///
/// ```
/// use async_lru::sync::{Inserted, LruCache};
/// use std::num::NonZeroUsize;
///
/// let cache = LruCache::new(NonZeroUsize::MIN);
/// assert!(matches!(cache.insert("a", 1), Inserted::New));
/// assert!(matches!(cache.insert("a", 2), Inserted::Replaced(old) if *old == 1));
/// assert!(matches!(cache.insert("b", 3), Inserted::Evicted(old) if *old.key() == "a"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "what was taken out is in it; drop it if that is of no use"]
#[non_exhaustive]
pub enum Inserted<K, V> {
    /// The key was not there, and nothing had to go.
    New,
    /// The key was there, with this entry.
    Replaced(Cached<K, V>),
    /// The key was not there, its shard was full, and the least recently used entry of the shard
    /// had to go.
    Evicted(Cached<K, V>),
    /// The key was not there, or only with an entry that had expired; this one, which had expired,
    /// made room. Maps without expiry never say so.
    Expired(Cached<K, V>),
}

impl<K, V> Inserted<K, V> {
    /// Returns whether the key is new to the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// assert!(cache.insert("a", ()).is_new_key());
    /// assert!(!cache.insert("a", ()).is_new_key());
    /// ```
    pub fn is_new_key(&self) -> bool {
        !matches!(self, Self::Replaced(_))
    }

    /// Returns the entry that the key had before.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// assert!(cache.insert("a", 1).replaced().is_none());
    /// assert_eq!(*cache.insert("a", 2).replaced().unwrap(), 1);
    /// ```
    pub fn replaced(self) -> Option<Cached<K, V>> {
        match self {
            Self::Replaced(cached) => Some(cached),
            _ => None,
        }
    }

    /// Returns the entry that had to go, whether or not it had expired.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// assert!(cache.insert("a", 1).evicted().is_none());
    /// assert_eq!(*cache.insert("b", 2).evicted().unwrap(), 1);
    /// ```
    pub fn evicted(self) -> Option<Cached<K, V>> {
        match self {
            Self::Evicted(cached) | Self::Expired(cached) => Some(cached),
            _ => None,
        }
    }
}

/// The key is there: the entry that it has, and what was not inserted; returned by
/// [`LruCache::try_insert`](super::LruCache::try_insert).
///
/// # Examples
///
/// ```
/// use async_lru::sync::LruCache;
/// use std::num::NonZeroUsize;
///
/// let cache = LruCache::new(NonZeroUsize::MIN);
/// assert!(cache.try_insert("a", 1).is_ok());
/// let occupied = cache.try_insert("a", 2).unwrap_err();
/// assert_eq!(**occupied.there(), 1);
/// assert_eq!(occupied.into_inner(), ("a", 2));
/// ```
pub struct Occupied<K, V> {
    pub(super) there: Cached<K, V>,
    pub(super) key: K,
    pub(super) value: V,
}

impl<K, V> Occupied<K, V> {
    /// Returns the entry that is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// assert!(cache.try_insert("a", 1).is_ok());
    /// assert_eq!(**cache.try_insert("a", 2).unwrap_err().there(), 1);
    /// ```
    pub fn there(&self) -> &Cached<K, V> {
        &self.there
    }

    /// Returns the pair that was not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// assert!(cache.try_insert("a", 1).is_ok());
    /// assert_eq!(cache.try_insert("a", 2).unwrap_err().into_inner(), ("a", 2));
    /// ```
    pub fn into_inner(self) -> (K, V) {
        let Self { there, key, value } = self;
        drop(there);
        (key, value)
    }
}

impl<K, V> Occupied<K, V> {
    /// The entry that is there, once the pair is dropped.
    pub(super) fn into_there(self) -> Cached<K, V> {
        let Self { there, key, value } = self;
        drop((key, value));
        there
    }
}

impl<K, V> fmt::Debug for Occupied<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Occupied").finish_non_exhaustive()
    }
}

impl<K, V> fmt::Display for Occupied<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key is there already")
    }
}

impl<K, V> Error for Occupied<K, V> {}
