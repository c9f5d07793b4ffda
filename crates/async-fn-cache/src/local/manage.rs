//! What a local cache offers beside loading.

use super::{LocalFnCache, LocalGet, Slot};
use crate::{Stats, TryGetError};
use async_clock::Clock;
use async_single_flight::Equivalent;
use async_single_flight::flight::{LocalFlight, Slot as _, Wait};
use async_single_flight::store::Place;
use std::hash::{BuildHasher, Hash};
use std::rc::Rc;

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> LocalFnCache<K, V, C, S> {
    /// Gets the value of a key if it is there; as [`FnCache::try_get`](crate::FnCache::try_get).
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
    /// let cache = FnCache::builder().build_local();
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
    /// let cache = FnCache::builder().build_local();
    /// let get = cache.get_with("seven", || async { 7 });
    /// let joined = cache.join("seven").unwrap();
    /// drop(get); // hands the load on
    /// assert_eq!(futures_lite::future::block_on(joined), 7);
    /// ```
    #[must_use = "a caller that has joined keeps the load alive"]
    pub fn join<Q>(&self, key: &Q) -> Option<LocalGet<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.core.store.join(self.hasher.hash_one(key), key)?;
        Some(LocalGet::new(Wait::joined(slot)))
    }

    /// Puts a value under a key and returns the one before; as
    /// [`FnCache::insert`](crate::FnCache::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build_local();
    /// assert_eq!(cache.insert("key", 1), None);
    /// assert_eq!(cache.insert("key", 2), Some(1));
    /// ```
    pub fn insert(&self, key: K, value: V) -> Option<V>
    where
        V: Clone,
    {
        let place = Place::new(self.hasher.hash_one(&key), key);
        let old = self
            .core
            .insert(&Rc::new(LocalFlight::landed(place, value)))?;
        value_of(old)
    }

    /// Lets go of a key, and says whether there was anything; as
    /// [`FnCache::invalidate`](crate::FnCache::invalidate).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build_local();
    /// cache.insert("key", 1);
    /// assert!(cache.invalidate("key"));
    /// assert!(!cache.invalidate("key"));
    /// ```
    pub fn invalidate<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.core.invalidate(self.hasher.hash_one(key), key)
    }

    /// Lets go of the values that `is_it` says, and of all loads on their way; as
    /// [`FnCache::invalidate_if`](crate::FnCache::invalidate_if).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build_local();
    /// cache.insert("one", 1);
    /// cache.insert("two", 2);
    /// cache.invalidate_if(|_key, value| value % 2 == 0);
    /// assert_eq!(cache.stats().len, 1);
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
    /// let cache = FnCache::builder().build_local();
    /// cache.insert("one", 1);
    /// cache.invalidate_all();
    /// assert_eq!(cache.stats().len, 0);
    /// ```
    pub fn invalidate_all(&self) {
        self.core.store.clear();
    }
}

impl<K, V, C, S> LocalFnCache<K, V, C, S> {
    pub(crate) fn clock(&self) -> &C {
        &self.core.clock
    }

    /// What the cache has counted since it was made, and how many values it holds.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build_local();
    /// cache.insert("one", 1);
    /// assert_eq!(cache.stats().len, 1);
    /// ```
    pub fn stats(&self) -> Stats {
        self.core.store.stats()
    }
}

/// The value of a slot that was taken out: itself, if nobody else looks at it.
fn value_of<K, V: Clone>(slot: Slot<K, V>) -> Option<V> {
    match Rc::try_unwrap(slot) {
        Ok(flight) => {
            let (place, value) = flight.into_parts();
            drop(place); // here, so that a panic of it drops the value too
            value
        }
        Err(slot) => slot.outcome()?.as_ref().ok().cloned(),
    }
}
