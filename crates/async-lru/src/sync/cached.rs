//! `Cached`: a shared entry.

use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;

use equivalent::Equivalent;

/// An entry of a map for several threads, shared: it dereferences to the value.
///
/// It stays what it is when the entry leaves the map or gets another value; key and value are
/// dropped with the last handle.
/// Cloning it counts a reference.
///
/// # Examples
///
/// ```
/// use async_lru::sync::LruCache;
/// use std::num::NonZeroUsize;
///
/// let cache = LruCache::new(NonZeroUsize::MIN);
/// let _ = cache.insert("a", String::from("one"));
/// let cached = cache.get("a").unwrap();
/// let _ = cache.insert("b", String::from("two")); // evicts "a"
/// assert_eq!((*cached.key(), cached.len()), ("a", 3));
/// ```
pub struct Cached<K, V>(Arc<(K, V)>);

impl<K, V> Cached<K, V> {
    pub(super) fn new(key: K, value: V) -> Self {
        Self(Arc::new((key, value)))
    }

    /// Returns the key.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert(String::from("a"), 1);
    /// assert_eq!(cache.get("a").unwrap().key(), "a");
    /// ```
    #[inline]
    pub fn key(&self) -> &K {
        &self.0.0
    }

    /// Returns whether both are the same entry, and not only equal ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert("a", 1);
    /// let (one, other) = (cache.get("a").unwrap(), cache.get("a").unwrap());
    /// assert!(one.is_same(&other));
    /// let _ = cache.insert("a", 1);
    /// assert!(!one.is_same(&cache.get("a").unwrap()));
    /// ```
    #[inline]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Takes key and value out if this is the last handle, and gives it back otherwise.
    ///
    /// # Errors
    ///
    /// The handle, if the map or somebody else has another.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert("a", 1);
    /// assert!(cache.get("a").unwrap().try_into_inner().is_err());
    /// let removed = cache.remove("a").unwrap();
    /// assert_eq!(removed.try_into_inner().unwrap(), ("a", 1));
    /// ```
    pub fn try_into_inner(self) -> Result<(K, V), Self> {
        Arc::try_unwrap(self.0).map_err(Self)
    }
}

impl<K, V> Deref for Cached<K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        &self.0.1
    }
}

impl<K, V> Clone for Cached<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Cached<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("key", self.key())
            .field("value", &**self)
            .finish()
    }
}

/// Finds an entry by its key.
pub(super) struct ByKey<'a, Q: ?Sized>(pub(super) &'a Q);

impl<K, V, Q: Equivalent<K> + ?Sized> Equivalent<Cached<K, V>> for ByKey<'_, Q> {
    #[inline]
    fn equivalent(&self, cached: &Cached<K, V>) -> bool {
        self.0.equivalent(cached.key())
    }
}

/// Finds an entry by what it is.
pub(super) struct Same<'a, K, V>(pub(super) &'a Cached<K, V>);

impl<K, V> Equivalent<Cached<K, V>> for Same<'_, K, V> {
    fn equivalent(&self, cached: &Cached<K, V>) -> bool {
        self.0.is_same(cached)
    }
}
