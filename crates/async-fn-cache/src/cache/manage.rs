//! What a cache offers beside loading: looking, inserting, invalidating, counting.

use super::{FnCache, Get, Slot};
use crate::{Stats, TryGetError};
use async_clock::Clock;
use async_single_flight::Equivalent;
use async_single_flight::flight::{Flight, Slot as _, Wait};
use async_single_flight::store::Place;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> FnCache<K, V, C, S> {
    /// Gets the value of a key if it is there, and makes it the most recently used; loads nothing,
    /// and waits for nobody.
    ///
    /// # Errors
    ///
    /// [`TryGetError`], which tells whether somebody loads it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::{FnCache, TryGetError};
    ///
    /// let cache = FnCache::builder().build();
    /// assert_eq!(cache.try_get("seven"), Err(TryGetError::Vacant));
    /// cache.insert("seven", 7);
    /// assert_eq!(cache.try_get("seven"), Ok(7));
    /// ```
    pub fn try_get<Q>(&self, key: &Q) -> Result<V, TryGetError>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Clone,
    {
        self.core.try_get(self.hasher.hash_one(key), key)
    }

    /// Joins the load of a key, if it is being loaded.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place among the callers; nothing else is lost.
    /// If it was the last one, the load is dropped with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build();
    /// assert!(cache.join("seven").is_none());
    /// let get = cache.get_with("seven", || async { 7 });
    /// let joined = cache.join("seven").unwrap();
    /// drop(get); // hands the load on
    /// assert_eq!(futures_lite::future::block_on(joined), 7);
    /// ```
    #[must_use = "a caller that has joined keeps the load alive"]
    pub fn join<Q>(&self, key: &Q) -> Option<Get<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.core.store.join(self.hasher.hash_one(key), key)?;
        Some(Get::new(Wait::joined(slot)))
    }

    /// Puts a value under a key, makes it the most recently used, and returns the one before.
    ///
    /// It wins over a load on its way: the callers of that still get its value, and the cache does
    /// not.
    /// The value lives as long as the cache is configured; the rule of
    /// [`keep`](crate::FnCacheBuilder::keep) is not asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use futures_lite::future::block_on;
    ///
    /// let cache = FnCache::builder().build();
    /// let get = cache.get_with("key", || async { "loaded" });
    /// assert_eq!(cache.insert("key", "inserted"), None);
    /// assert_eq!(block_on(get), "loaded");
    /// assert_eq!(cache.insert("key", "again"), Some("inserted"));
    /// ```
    pub fn insert(&self, key: K, value: V) -> Option<V>
    where
        V: Clone,
    {
        let place = Place::new(self.hasher.hash_one(&key), key);
        let old = self.core.insert(&Arc::new(Flight::landed(place, value)))?;
        value_of(old)
    }

    /// Lets go of a key: of its value, and of its load, if there is one on its way. Says whether
    /// there was either.
    ///
    /// Those who wait for the load still get its value, and the cache does not: no call that begins
    /// after this returns sees a value whose load began before.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use futures_lite::future::block_on;
    ///
    /// let cache = FnCache::builder().build();
    /// let old = cache.get_with("key", || async { 1 });
    /// assert!(cache.invalidate("key"));
    /// let new = cache.get_with("key", || async { 2 });
    /// assert_eq!((block_on(new), block_on(old)), (2, 1));
    /// assert_eq!(cache.try_get("key"), Ok(2));
    /// ```
    pub fn invalidate<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.core.invalidate(self.hasher.hash_one(key), key)
    }

    /// Lets go of the values that `is_it` says, and of all loads on their way, whose values nobody
    /// knows yet.
    ///
    /// It is called once for each value that is there now, with no lock held.
    /// Takes time and memory in the number of values.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build();
    /// cache.insert("one", 1);
    /// cache.insert("two", 2);
    /// cache.invalidate_if(|_key, value| value % 2 == 0);
    /// assert_eq!(cache.try_get("one"), Ok(1));
    /// assert!(cache.try_get("two").is_err());
    /// ```
    pub fn invalidate_if(&self, is_it: impl FnMut(&K, &V) -> bool) {
        self.core.invalidate_if(is_it);
    }

    /// Lets go of all values and of all loads on their way.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build();
    /// cache.insert("one", 1);
    /// cache.invalidate_all();
    /// assert_eq!(cache.stats().len, 0);
    /// ```
    pub fn invalidate_all(&self) {
        self.core.store.clear();
    }
}

impl<K, V, C, S> FnCache<K, V, C, S> {
    pub(crate) fn clock(&self) -> &C {
        &self.core.clock
    }

    /// What the cache has counted since it was made, and how many values it holds.
    ///
    /// Takes the locks of the shards one after the other, so what others do meanwhile may be in it
    /// in part.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use futures_lite::future::block_on;
    ///
    /// let cache = FnCache::builder().build();
    /// for _ in 0..3 {
    ///     block_on(cache.get_with("seven", || async { 7 }));
    /// }
    /// let stats = cache.stats();
    /// assert_eq!((stats.loads, stats.hits, stats.len), (1, 2, 1));
    /// ```
    pub fn stats(&self) -> Stats {
        self.core.store.stats()
    }
}

/// The value of a slot that was taken out: itself, if nobody else looks at it.
fn value_of<K, V: Clone>(slot: Slot<K, V>) -> Option<V> {
    match Arc::try_unwrap(slot) {
        Ok(flight) => {
            let (place, value) = flight.into_parts();
            drop(place); // here, so that a panic of it drops the value too
            value
        }
        Err(slot) => slot.outcome()?.as_ref().ok().cloned(),
    }
}
