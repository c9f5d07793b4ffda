//! The whole map at once: iterating, retaining, draining.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::{Drain, ExtractIf, IntoIter, Iter, IterMut, Keys, LruCache, Values};

impl<K, V, S> LruCache<K, V, S> {
    /// Removes the entries for which `keep` returns false, the most recently used first, and drops
    /// them.
    ///
    /// # Panics
    ///
    /// If `keep` or a drop does: what was looked at before is kept or removed, the rest is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend((0..10).map(|n| (n, n * n)));
    /// cache.retain(|key, _| key % 2 == 0);
    /// assert_eq!(cache.len(), 5);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.extract_if(|key, value| !keep(key, value))
            .for_each(drop);
    }

    /// Returns an iterator that removes the entries for which `is_it` returns true, the most
    /// recently used first.
    ///
    /// An entry is looked at when the iterator comes to it: what it did not come to stays.
    ///
    /// # Panics
    ///
    /// The iterator panics if `is_it` does: the entry that it was asked about stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend((0..4).map(|n| (n, n * n)));
    /// let odd: Vec<_> = cache.extract_if(|key, _| key % 2 == 1).collect();
    /// assert_eq!(odd, [(3, 9), (1, 1)]);
    /// assert_eq!(cache.len(), 2);
    /// ```
    pub fn extract_if<F>(&mut self, is_it: F) -> ExtractIf<'_, K, V, F>
    where
        F: FnMut(&K, &mut V) -> bool,
    {
        ExtractIf::new(&mut self.slots, is_it)
    }

    /// Removes all entries and returns them, the most recently used first; their memory is kept.
    ///
    /// They are out of the map when this returns; dropping the iterator drops those that were not
    /// taken from it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert!(cache.drain().eq([(2, "two"), (1, "one")]));
    /// assert!(cache.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain::new(self.slots.drain_beyond(0))
    }

    /// Iterates over the pairs, the most recently used first, and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert!(cache.iter().eq([(&2, &"two"), (&1, &"one")]));
    /// assert!(cache.iter().rev().eq([(&1, &"one"), (&2, &"two")]));
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.slots)
    }

    /// Iterates over the pairs with values to be changed, the most recently used first, and leaves
    /// the order alone.
    ///
    /// It first moves the entries in memory to where their order wants them: more work than
    /// [`iter`](Self::iter), and linear like it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// for (_, value) in cache.iter_mut() {
    ///     *value *= 10;
    /// }
    /// assert_eq!(cache.peek("b"), Some(&20));
    /// ```
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(self.slots.sorted().iter_mut())
    }

    /// Iterates over the keys, the most recently used first, and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert!(cache.keys().eq([&2, &1]));
    /// ```
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys::new(self.iter())
    }

    /// Iterates over the values, the most recently used first, and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert!(cache.values().eq([&"two", &"one"]));
    /// ```
    pub fn values(&self) -> Values<'_, K, V> {
        Values::new(self.iter())
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> Extend<(K, V)> for LruCache<K, V, S> {
    /// Inserts all pairs, and drops what they replace or evict.
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            drop(self.insert(key, value));
        }
    }
}

impl<K, V, S> IntoIterator for LruCache<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self.slots.into_pairs().into_iter())
    }
}

impl<'a, K, V, S> IntoIterator for &'a LruCache<K, V, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K, V, S> IntoIterator for &'a mut LruCache<K, V, S> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for LruCache<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
