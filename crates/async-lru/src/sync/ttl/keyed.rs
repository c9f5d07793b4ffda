//! The methods of `sync::TtlLruCache` that take a key.

use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use async_clock::Clock;
use equivalent::Equivalent;

use super::super::{Cached, Inserted, Occupied};
use super::TtlLruCache;
use crate::ttl::nanos;

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> TtlLruCache<K, V, C, S> {
    /// Returns the entry of a key, and makes it the most recently used of its shard; one that has
    /// expired is removed and dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
    /// let _ = cache.insert(String::from("a"), String::from("one"));
    /// assert_eq!(cache.get("a").unwrap().len(), 3);
    /// assert!(cache.get("b").is_none());
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<Cached<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.sharded.get(key, self.now(), Cached::clone)
    }

    /// Returns a clone of a key's value, and makes the key the most recently used of its shard.
    ///
    /// It is cloned without a lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
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
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.get_copied("a"), Some(1));
    /// ```
    #[inline]
    pub fn get_copied<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Copy,
    {
        self.sharded.get(key, self.now(), |cached| **cached)
    }

    /// Puts an entry in, makes it the most recently used of its shard, has its time to live begin,
    /// and returns what that took out of the map.
    ///
    /// An equal key that is there goes with its value.
    /// After that, up to two expired entries of the shard are removed and dropped (see
    /// [`purge_per_write`](crate::TtlLruCacheBuilder::purge_per_write)).
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` does: nothing has changed, and key and value are dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
    /// assert!(cache.insert("a", 1).is_new_key());
    /// assert_eq!(*cache.insert("a", 2).replaced().unwrap(), 1);
    /// assert_eq!(*cache.insert("b", 3).evicted().unwrap().key(), "a");
    /// ```
    pub fn insert(&self, key: K, value: V) -> Inserted<K, V> {
        self.sharded.insert(key, value, self.now(), None)
    }

    /// As [`insert`](Self::insert), with a time to live of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let cache = TtlLruCache::builder().clock(clock.clone()).build_sync();
    /// let _ = cache.insert_with_ttl("a", 1, second);
    /// assert_eq!(cache.get_copied("a"), Some(1));
    /// clock.advance(second);
    /// assert_eq!(cache.get_copied("a"), None);
    /// ```
    pub fn insert_with_ttl(&self, key: K, value: V, ttl: Duration) -> Inserted<K, V> {
        let ttl = Some(nanos(ttl));
        self.sharded.insert(key, value, self.now(), ttl)
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
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
    /// assert_eq!(*cache.try_insert("a", 1).unwrap(), 1);
    /// assert_eq!(**cache.try_insert("a", 2).unwrap_err().there(), 1);
    /// ```
    pub fn try_insert(&self, key: K, value: V) -> Result<Cached<K, V>, Occupied<K, V>> {
        self.sharded.try_insert(key, value, self.now(), None)
    }

    /// Returns the entry of a key, and makes it the most recently used of its shard; if it is not
    /// there, `make` makes its value.
    ///
    /// `make` runs without a lock, so of two threads that don't find a key both may make a value;
    /// one of them is dropped, and both get the other.
    /// The time to live begins after `make`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
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
    /// The deadline stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    /// use std::thread;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
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
        self.sharded.update(key, || self.now(), change)
    }

    /// Has the map's time to live begin anew for a key, and makes it the most recently used of its
    /// shard, as if its value were inserted again; returns whether the key was there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let cache = TtlLruCache::builder().ttl(3 * second).clock(clock.clone()).build_sync();
    /// let _ = cache.insert("a", 1);
    /// clock.advance(2 * second);
    /// assert!(cache.refresh("a"));
    /// clock.advance(2 * second);
    /// assert_eq!(cache.get_copied("a"), Some(1));
    /// ```
    pub fn refresh<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.sharded.refresh(key, self.now(), None)
    }

    /// Removes a key and returns its entry; one that has expired is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(*cache.remove("a").unwrap(), 1);
    /// assert!(cache.remove("a").is_none());
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> Option<Cached<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.sharded.remove(key, self.now())
    }

    /// Removes this very entry, and returns whether it was there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
    /// let _ = cache.insert("a", 1);
    /// let stale = cache.get("a").unwrap();
    /// let _ = cache.insert("a", 2); // by somebody else
    /// assert!(!cache.remove_if_same(&stale));
    /// assert_eq!(cache.get_copied("a"), Some(2));
    /// ```
    pub fn remove_if_same(&self, cached: &Cached<K, V>) -> bool {
        self.sharded.remove_if_same(cached, self.now())
    }

    /// Removes the entries for which `keep` returns false and those that have expired, and drops
    /// them.
    ///
    /// `keep` runs without a lock, and is asked about what was there when its shard's turn came; an
    /// entry that was replaced since stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let cache = TtlLruCache::builder().build_sync();
    /// (0..10).for_each(|n| drop(cache.insert(n, n * n)));
    /// cache.retain(|key, _| key % 2 == 0);
    /// assert_eq!(cache.stats().entries, 5);
    /// ```
    pub fn retain(&self, keep: impl FnMut(&K, &V) -> bool) {
        self.sharded.retain(|| self.now(), keep);
    }
}
