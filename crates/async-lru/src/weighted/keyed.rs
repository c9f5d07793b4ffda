//! One entry at a time.

use core::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

use super::{TooHeavy, WeightedLruCache};
use crate::lru::Drain;
use crate::ring::Slot;
use crate::slots::{MAX_SLOTS, fold, value_of};

impl<K: Hash + Eq, V, W, S: BuildHasher> WeightedLruCache<K, V, W, S> {
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u32 {
        fold(self.hasher.hash_one(key))
    }

    fn find<Q>(&self, key: &Q) -> Option<Slot>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.slots.find(self.hash(key), key)
    }

    /// Puts a pair in, makes it the most recently used, and returns what went for it.
    ///
    /// That is the pair with an equal key, if there was one, and then as many of the least recently
    /// used ones as the weight demands, in this order.
    /// They are out of the map when this returns; dropping the iterator drops those that were not
    /// taken from it.
    ///
    /// # Panics
    ///
    /// If `Hash`, `Eq` or the weighing does: nothing has changed, and key and value are dropped.
    ///
    /// # Errors
    ///
    /// [`TooHeavy`], with the pair, if it alone is heavier than the map may be.
    /// Nothing has changed then: an equal key keeps its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &&str, weight: &u64| *weight);
    /// assert_eq!(cache.insert("a", 3).unwrap().len(), 0);
    /// assert_eq!(cache.insert("b", 3).unwrap().len(), 0);
    /// assert_eq!(cache.insert("c", 3).unwrap().len(), 0);
    /// assert!(cache.insert("c", 6).unwrap().eq([("c", 3), ("a", 3)]));
    /// assert!(cache.insert("c", 11).is_err());
    /// assert_eq!(cache.get("c"), Some(&6));
    /// ```
    pub fn insert(&mut self, key: K, value: V) -> Result<Drain<'_, K, V>, TooHeavy<K, V>>
    where
        W: Fn(&K, &V) -> u64,
    {
        let weight = (self.weigh)(&key, &value);
        if weight > self.max_weight {
            return Err(TooHeavy::new(key, value, weight));
        }
        let hash = self.hash(&key);
        if let Some(slot) = self.slots.find(hash, &key) {
            self.out.push(self.slots.remove(slot));
        }
        self.make_room(weight);
        if self.len() == MAX_SLOTS {
            self.out.extend(self.slots.pop_last());
        }
        let (slot, _) = self.slots.insert(hash, (key, value), MAX_SLOTS);
        self.slots.extra_mut().set(slot, weight);
        Ok(self.hand_out())
    }

    /// Returns the value of a key, and makes it the most recently used.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(2, |_: &&str, _: &u32| 1);
    /// assert!(cache.insert("a", 1).is_ok());
    /// assert_eq!(cache.get("a"), Some(&1));
    /// assert_eq!(cache.get("b"), None);
    /// ```
    pub fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        self.slots.get(hash, key)
    }

    /// Returns the value of a key and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(2, |_: &&str, _: &u32| 1);
    /// assert!(cache.insert("a", 1).is_ok());
    /// assert_eq!(cache.peek("a"), Some(&1));
    /// ```
    pub fn peek<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find(key)?;
        Some(&self.slots.pair(slot).1)
    }

    /// Returns whether a key is there, and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(2, |_: &&str, _: &u32| 1);
    /// assert!(cache.insert("a", 1).is_ok());
    /// assert!(cache.contains_key("a"));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find(key).is_some()
    }

    /// Removes a key and returns it with its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(2, |_: &&str, _: &u32| 1);
    /// assert!(cache.insert("a", 1).is_ok());
    /// assert_eq!(cache.remove_entry("a"), Some(("a", 1)));
    /// assert_eq!(cache.weight(), 0);
    /// ```
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find(key)?;
        Some(self.slots.remove(slot))
    }

    /// Removes a key and returns its value; the key that the map had is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(2, |_: &&str, _: &u32| 1);
    /// assert!(cache.insert("a", 1).is_ok());
    /// assert_eq!((cache.remove("a"), cache.remove("a")), (Some(1), None));
    /// ```
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remove_entry(key).map(value_of)
    }
}

impl<K, V, W, S> WeightedLruCache<K, V, W, S> {
    /// Removes and returns the least recently used pair.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(2, |_: &&str, _: &u32| 1);
    /// assert!(cache.insert("a", 1).is_ok());
    /// assert!(cache.insert("b", 2).is_ok());
    /// assert_eq!(cache.pop_lru(), Some(("a", 1)));
    /// ```
    pub fn pop_lru(&mut self) -> Option<(K, V)> {
        self.slots.pop_last()
    }
}
