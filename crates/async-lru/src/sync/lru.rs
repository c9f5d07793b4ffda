//! `sync::LruCache`.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::num::NonZeroUsize;

use alloc::vec::Vec;

use equivalent::Equivalent;

use super::sharded::{Sharded, default_shards};
use super::{Cached, Inserted, Occupied, Stats};
use crate::hash::DefaultHashBuilder;

/// An LRU map for several threads; see the [module](super) for how it differs from
/// [`LruCache`](crate::LruCache).
///
/// # Blocking
///
/// A method may wait for another thread's on the same shard, for as long as that takes to find a
/// key and move some links; [`clear`](Self::clear), [`retain`](Self::retain) and
/// [`resize`](Self::resize) hold a shard's lock for a time linear in its entries.
///
/// # Panics
///
/// No method panics by itself, and no lock is poisoned: a `Hash`, `Eq`, `Drop` or closure of yours
/// that panics leaves the map whole.
///
/// # Examples
///
/// ```
/// use async_lru::sync::LruCache;
/// use std::num::NonZeroUsize;
/// use std::thread;
///
/// let cache = LruCache::new(NonZeroUsize::new(1000).unwrap());
/// thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| cache.get_or_insert_with("answer", || String::from("42")));
///     }
/// });
/// assert_eq!(*cache.get("answer").unwrap(), "42");
/// ```
///
/// # Implementation notes
///
/// An entry is one allocation, for key, value and two counts of references; the shard keeps a
/// pointer to it, 12 bytes of links and hash, and 9 to 18 in the table.
pub struct LruCache<K, V, S = DefaultHashBuilder>(Sharded<K, V, (), S>);

impl<K, V> LruCache<K, V> {
    /// Creates a map for `capacity` entries at most, with as many shards as suit it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache: LruCache<u32, String> = LruCache::new(NonZeroUsize::new(1000).unwrap());
    /// assert_eq!(cache.capacity().get(), 1000);
    /// ```
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self::with_hasher(capacity, DefaultHashBuilder::default())
    }
}

impl<K, V, S> LruCache<K, V, S> {
    /// As [`new`](LruCache::new), with a hasher of yours.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::hash::RandomState;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::with_hasher(NonZeroUsize::MIN, RandomState::new());
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.get_copied("a"), Some(1));
    /// ```
    #[must_use]
    pub fn with_hasher(capacity: NonZeroUsize, hasher: S) -> Self {
        Self::with_shards(capacity, default_shards(capacity.get()), hasher)
    }

    /// As [`with_hasher`](Self::with_hasher), with so many shards, but no more than entries.
    ///
    /// With one, all entries are in one order of use, and all threads wait for one lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::DefaultHashBuilder;
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let (capacity, hasher) = (NonZeroUsize::new(2).unwrap(), DefaultHashBuilder::default());
    /// let cache = LruCache::with_shards(capacity, NonZeroUsize::MIN, hasher);
    /// let _ = (cache.insert("a", 1), cache.insert("b", 2), cache.get("a"));
    /// assert_eq!(*cache.insert("c", 3).evicted().unwrap().key(), "b");
    /// ```
    #[must_use]
    pub fn with_shards(capacity: NonZeroUsize, shards: NonZeroUsize, hasher: S) -> Self {
        Self(Sharded::new(capacity, shards, hasher, 0, || ()))
    }

    /// Returns the number of entries that the map may have.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::<u8, u8>::new(NonZeroUsize::new(1001).unwrap());
    /// assert_eq!(cache.capacity().get(), 1001); // the shards' add up exactly
    /// ```
    pub fn capacity(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.0.capacity()).unwrap_or(NonZeroUsize::MIN)
    }

    /// Returns the hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::hash::BuildHasher;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::<u8, u8>::new(NonZeroUsize::MIN);
    /// assert_eq!(cache.hasher().hash_one(1), cache.hasher().hash_one(1));
    /// ```
    pub fn hasher(&self) -> &S {
        self.0.hasher()
    }

    /// Returns what the map has seen.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = (cache.insert("a", 1), cache.get("a"), cache.get("b"));
    /// assert_eq!((cache.stats().hits, cache.stats().misses), (1, 1));
    /// ```
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// Removes and drops all entries that are there when their shard's turn comes.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert("a", 1);
    /// cache.clear();
    /// assert!(cache.get("a").is_none());
    /// ```
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Changes the capacity, and returns the entries that went for it: of each shard, the least
    /// recently used ones.
    ///
    /// The number of shards stays, and each has room for one entry at least: a capacity below their
    /// number means their number.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::new(2).unwrap());
    /// let _ = (cache.insert("a", 1), cache.insert("b", 2));
    /// let evicted = cache.resize(NonZeroUsize::MIN);
    /// assert_eq!(evicted.len(), 1);
    /// assert_eq!(*evicted[0].key(), "a");
    /// ```
    pub fn resize(&self, capacity: NonZeroUsize) -> Vec<Cached<K, V>> {
        self.0.resize(capacity, ())
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> LruCache<K, V, S> {
    /// Returns the entry of a key, and makes it the most recently used of its shard.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert(String::from("a"), String::from("one"));
    /// assert_eq!(cache.get("a").unwrap().len(), 3);
    /// assert!(cache.get("b").is_none());
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<Cached<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.0.get(key, (), Cached::clone)
    }

    /// Returns a clone of a key's value, and makes the key the most recently used of its shard.
    ///
    /// It is cloned without a lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert("a", String::from("one"));
    /// assert_eq!(cache.get_cloned("a"), Some(String::from("one")));
    /// ```
    #[inline]
    pub fn get_cloned<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Clone,
    {
        self.get(key).map(|cached| V::clone(&cached))
    }

    /// Returns a copy of a key's value, and makes the key the most recently used of its shard.
    ///
    /// Cheaper than [`get_cloned`](Self::get_cloned): copying is no foreign code, so it is done
    /// under the lock, without a handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.get_copied("a"), Some(1));
    /// ```
    #[inline]
    pub fn get_copied<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Copy,
    {
        self.0.get(key, (), |cached| **cached)
    }

    /// Puts an entry in, makes it the most recently used of its shard, and returns what that took
    /// out of the map.
    ///
    /// An equal key that is there goes with its value.
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` does: nothing has changed, and key and value are dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// assert!(cache.insert("a", 1).is_new_key());
    /// assert_eq!(*cache.insert("a", 2).replaced().unwrap(), 1);
    /// assert_eq!(*cache.insert("b", 3).evicted().unwrap().key(), "a");
    /// ```
    pub fn insert(&self, key: K, value: V) -> Inserted<K, V> {
        self.0.insert(key, value, (), ())
    }

    /// Puts an entry in if the key is not there, and returns it.
    ///
    /// What has to go for it is dropped.
    ///
    /// # Errors
    ///
    /// [`Occupied`], with the pair and with the entry that is there, which counts as used.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// assert_eq!(*cache.try_insert("a", 1).unwrap(), 1);
    /// assert_eq!(**cache.try_insert("a", 2).unwrap_err().there(), 1);
    /// ```
    pub fn try_insert(&self, key: K, value: V) -> Result<Cached<K, V>, Occupied<K, V>> {
        self.0.try_insert(key, value, (), ())
    }

    /// Returns the entry of a key, and makes it the most recently used of its shard; if it is not
    /// there, `make` makes its value.
    ///
    /// `make` runs without a lock, so of two threads that don't find a key both may make a value;
    /// one of them is dropped, and both get the other.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// assert_eq!(*cache.get_or_insert_with("a", || 1), 1);
    /// assert_eq!(*cache.get_or_insert_with("a", || 2), 1);
    /// ```
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> Cached<K, V> {
        if let Some(cached) = self.get(&key) {
            drop(key); // not after `cached` has left, which would leak in a panic
            return cached;
        }
        let value = make();
        self.try_insert(key, value)
            .unwrap_or_else(Occupied::into_there)
    }

    /// Replaces the value of a key by what `change` makes of it, and returns the new entry; none if
    /// the key is not there, or if `change` returns none.
    ///
    /// `change` runs without a lock; if the entry is not the one any more that it was given, its
    /// value is dropped, and it is asked again about the entry that is there now.
    /// So no change is lost, whatever others do meanwhile.
    /// A `change` that itself replaces the entry each time has no end.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    /// use std::thread;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert("a", 0);
    /// thread::scope(|scope| {
    ///     for _ in 0..2 {
    ///         scope.spawn(|| (0..100).for_each(|_| drop(cache.update("a", |n| Some(n + 1)))));
    ///     }
    /// });
    /// assert_eq!(cache.get_copied("a"), Some(200));
    /// ```
    pub fn update<Q>(&self, key: &Q, change: impl FnMut(&V) -> Option<V>) -> Option<Cached<K, V>>
    where
        K: Clone,
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.0.update(key, || (), change)
    }

    /// Removes a key and returns its entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(*cache.remove("a").unwrap(), 1);
    /// assert!(cache.remove("a").is_none());
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> Option<Cached<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.0.remove(key, ())
    }

    /// Removes this very entry, and returns whether it was there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::MIN);
    /// let _ = cache.insert("a", 1);
    /// let stale = cache.get("a").unwrap();
    /// let _ = cache.insert("a", 2); // by somebody else
    /// assert!(!cache.remove_if_same(&stale));
    /// assert_eq!(cache.get_copied("a"), Some(2));
    /// ```
    pub fn remove_if_same(&self, cached: &Cached<K, V>) -> bool {
        self.0.remove_if_same(cached, ())
    }

    /// Removes the entries for which `keep` returns false, and drops them.
    ///
    /// `keep` runs without a lock, and is asked about what was there when its shard's turn came; an
    /// entry that was replaced since stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = LruCache::new(NonZeroUsize::new(10).unwrap());
    /// (0..10).for_each(|n| drop(cache.insert(n, n * n)));
    /// cache.retain(|key, _| key % 2 == 0);
    /// assert_eq!(cache.stats().entries, 5);
    /// ```
    pub fn retain(&self, keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|| (), keep);
    }
}

impl<K, V, S> fmt::Debug for LruCache<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LruCache")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
