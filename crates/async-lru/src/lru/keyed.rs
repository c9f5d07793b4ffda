//! One entry at a time: by its key, or from either end of the order.

use core::convert::Infallible;
use core::hash::{BuildHasher, Hash};
use core::mem;

use equivalent::Equivalent;

use super::{Entry, LruCache};
use crate::inserted::Inserted;
use crate::ring::Slot;
use crate::slots::{fold, value_of};

impl<K: Hash + Eq, V, S: BuildHasher> LruCache<K, V, S> {
    #[inline]
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u32 {
        fold(self.hasher.hash_one(key))
    }

    #[inline]
    fn find<Q>(&self, key: &Q) -> Option<Slot>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.slots.find(self.hash(key), key)
    }

    /// Finds an entry and makes it the most recently used.
    #[inline]
    fn find_and_promote<Q>(&mut self, key: &Q) -> Option<Slot>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find(key)?;
        self.slots.promote(slot);
        Some(slot)
    }

    /// Returns the value of a key, and makes it the most recently used.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// assert_eq!(cache.peek_lru(), Some((&"b", &2)));
    /// ```
    #[inline]
    pub fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        self.slots.get(hash, key)
    }

    /// Returns the value of a key, to be changed, and makes it the most recently used.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// if let Some(value) = cache.get_mut("a") {
    ///     *value += 1;
    /// }
    /// assert_eq!(cache.peek("a"), Some(&2));
    /// ```
    #[inline]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find_and_promote(key)?;
        Some(&mut self.slots.pair_mut(slot).1)
    }

    /// Returns the key as the map has it, with its value, and makes it the most recently used.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(String::from("a"), 1)]);
    /// assert_eq!(cache.get_key_value("a"), Some((&String::from("a"), &1)));
    /// ```
    #[inline]
    pub fn get_key_value<Q>(&mut self, key: &Q) -> Option<(&K, &V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find_and_promote(key)?;
        let (key, value) = self.slots.pair(slot);
        Some((key, value))
    }

    /// Returns the value of a key and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.peek("a"), Some(&1));
    /// assert_eq!(cache.peek_lru(), Some((&"a", &1)));
    /// ```
    #[inline]
    pub fn peek<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find(key)?;
        Some(&self.slots.pair(slot).1)
    }

    /// Returns the value of a key, to be changed, and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// if let Some(value) = cache.peek_mut("a") {
    ///     *value = 3;
    /// }
    /// assert_eq!(cache.peek_lru(), Some((&"a", &3)));
    /// ```
    #[inline]
    pub fn peek_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find(key)?;
        Some(&mut self.slots.pair_mut(slot).1)
    }

    /// Returns whether a key is there, and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// assert!(cache.contains_key("a") && !cache.contains_key("b"));
    /// ```
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find(key).is_some()
    }

    /// Makes a key the most recently used, and returns whether it is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert!(cache.promote("a"));
    /// assert!(cache.keys().eq([&"a", &"b"]));
    /// ```
    #[inline]
    pub fn promote<Q>(&mut self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find_and_promote(key).is_some()
    }

    /// Makes a key the least recently used, the next to be evicted, and returns whether it is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert!(cache.demote("b"));
    /// assert!(cache.keys().eq([&"a", &"b"]));
    /// ```
    pub fn demote<Q>(&mut self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let found = self.find(key);
        if let Some(slot) = found {
            self.slots.demote(slot);
        }
        found.is_some()
    }

    /// Puts a value under a key, makes it the most recently used, and returns what that took out of
    /// the map: the value that the key had, or the pair that was evicted.
    ///
    /// An equal key that is there stays, and the new one is dropped.
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` does: nothing has changed, and key and value are dropped.
    /// If the drop of the new key does: the value is in the map, and the old one is dropped.
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
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Inserted<K, V> {
        let hash = self.hash(&key);
        if let Some(slot) = self.slots.find(hash, &key) {
            self.slots.promote(slot);
            let old = mem::replace(&mut self.slots.pair_mut(slot).1, value);
            drop(key); // not after `old` has left: what is returned would leak if this panics
            return Inserted::Replaced(old);
        }
        match self.slots.insert(hash, (key, value), self.capacity).1 {
            None => Inserted::New,
            Some((key, value)) => Inserted::Evicted(key, value),
        }
    }

    /// Returns the value of a key, and makes it the most recently used; if it is not there, `make`
    /// makes its value.
    ///
    /// What is evicted for it is dropped; [`entry`](Self::entry) hands it out.
    ///
    /// # Panics
    ///
    /// If `make` does: nothing has changed.
    /// If a drop of the evicted pair does: the new one is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// assert_eq!(*cache.get_or_insert_with("a", || 1), 1);
    /// assert_eq!(*cache.get_or_insert_with("a", || 2), 1);
    /// ```
    #[inline]
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        match self.get_or_try_insert_with(key, || Ok::<V, Infallible>(make())) {
            Ok(value) => value,
        }
    }

    /// As [`get_or_insert_with`](Self::get_or_insert_with), for a `make` that can fail.
    ///
    /// # Errors
    ///
    /// That of `make`; nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// assert!(cache.get_or_try_insert_with("a", || "one".parse::<u8>()).is_err());
    /// assert_eq!(cache.get_or_try_insert_with("a", || "1".parse::<u8>()), Ok(&mut 1));
    /// ```
    #[inline]
    pub fn get_or_try_insert_with<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&mut V, E> {
        match self.entry(key) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let value = make()?;
                Ok(entry.insert(value).0)
            }
        }
    }

    /// Looks a key up, to do more than one thing with it; makes it the most recently used if it is
    /// there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::unbounded();
    /// for word in ["a", "b", "a"] {
    ///     match cache.entry(word) {
    ///         Entry::Occupied(mut seen) => *seen.get_mut() += 1,
    ///         Entry::Vacant(new) => {
    ///             new.insert(1);
    ///         }
    ///     }
    /// }
    /// assert_eq!(cache.peek("a"), Some(&2));
    /// ```
    #[inline]
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let hash = self.hash(&key);
        let found = self.slots.find(hash, &key);
        if let Some(slot) = found {
            self.slots.promote(slot);
        }
        Entry::new(&mut self.slots, self.capacity, found, hash, key)
    }

    /// Removes a key and returns its value; the key that the map had is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.remove("a"), Some(1));
    /// assert_eq!(cache.remove("a"), None);
    /// ```
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remove_entry(key).map(value_of)
    }

    /// Removes a key and returns it with its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(String::from("a"), 1)]);
    /// assert_eq!(cache.remove_entry("a"), Some((String::from("a"), 1)));
    /// ```
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find(key)?;
        Some(self.slots.remove(slot))
    }
}

impl<K, V, S> LruCache<K, V, S> {
    /// Returns the least recently used pair and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.peek_lru(), Some((&1, &"one")));
    /// ```
    #[inline]
    pub fn peek_lru(&self) -> Option<(&K, &V)> {
        self.peek_slot(self.slots.order().last())
    }

    /// Returns the most recently used pair.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.peek_mru(), Some((&2, &"two")));
    /// ```
    #[inline]
    pub fn peek_mru(&self) -> Option<(&K, &V)> {
        self.peek_slot(self.slots.order().first())
    }

    #[inline]
    fn peek_slot(&self, slot: Slot) -> Option<(&K, &V)> {
        let at = (slot != 0).then_some(slot)?;
        let (key, value) = self.slots.pair(at);
        Some((key, value))
    }

    /// Removes and returns the least recently used pair.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.pop_lru(), Some((1, "one")));
    /// assert_eq!(cache.len(), 1);
    /// ```
    pub fn pop_lru(&mut self) -> Option<(K, V)> {
        self.slots.pop_last()
    }

    /// Removes and returns the most recently used pair.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.pop_mru(), Some((2, "two")));
    /// ```
    pub fn pop_mru(&mut self) -> Option<(K, V)> {
        self.slots.pop_first()
    }
}
