//! One key looked up once, to do several things with it.

use core::{fmt, mem};

use crate::ring::Slot;
use crate::slots::Slots;

/// What [`LruCache::entry`](crate::LruCache::entry) found.
///
/// # Examples
///
/// ```
/// use async_lru::LruCache;
///
/// let mut counts = LruCache::unbounded();
/// for word in ["a", "b", "a"] {
///     *counts.entry(word).or_insert_with(|| 0) += 1;
/// }
/// assert_eq!(counts.peek("a"), Some(&2));
/// ```
#[derive(Debug)]
#[must_use = "looking a key up does no more than making it the most recently used"]
pub enum Entry<'a, K, V> {
    /// The key is there, and is now the most recently used.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key is not there.
    Vacant(VacantEntry<'a, K, V>),
}

/// A key that is in the map.
#[must_use = "looking a key up does no more than making it the most recently used"]
pub struct OccupiedEntry<'a, K, V> {
    slots: &'a mut Slots<K, V>,
    slot: Slot,
}

/// A key that is not in the map.
#[must_use = "nothing is inserted unless `insert` is called"]
pub struct VacantEntry<'a, K, V> {
    slots: &'a mut Slots<K, V>,
    capacity: usize,
    hash: u32,
    key: K,
}

impl<'a, K, V> Entry<'a, K, V> {
    #[inline]
    pub(super) fn new(
        slots: &'a mut Slots<K, V>,
        capacity: usize,
        found: Option<Slot>,
        hash: u32,
        key: K,
    ) -> Self {
        match found {
            Some(slot) => Self::Occupied(OccupiedEntry { slots, slot }),
            None => Self::Vacant(VacantEntry {
                slots,
                capacity,
                hash,
                key,
            }),
        }
    }

    /// Returns the value, that of `make` if the key was not there; what is evicted for it is
    /// dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// assert_eq!(*cache.entry("a").or_insert_with(|| 1), 1);
    /// assert_eq!(*cache.entry("a").or_insert_with(|| 2), 1);
    /// ```
    #[inline]
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => entry.insert(make()).0,
        }
    }
}

impl<'a, K, V> OccupiedEntry<'a, K, V> {
    /// Returns the key as the map has it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// assert!(matches!(cache.entry("a"), Entry::Occupied(entry) if *entry.key() == "a"));
    /// ```
    pub fn key(&self) -> &K {
        &self.slots.pair(self.slot).0
    }

    /// Returns the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// assert!(matches!(cache.entry("a"), Entry::Occupied(entry) if *entry.get() == 1));
    /// ```
    pub fn get(&self) -> &V {
        &self.slots.pair(self.slot).1
    }

    /// Returns the value, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// if let Entry::Occupied(mut entry) = cache.entry("a") {
    ///     *entry.get_mut() += 1;
    /// }
    /// assert_eq!(cache.peek("a"), Some(&2));
    /// ```
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.slots.pair_mut(self.slot).1
    }

    /// Returns the value, to be changed for as long as the map is borrowed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// let value = match cache.entry("a") {
    ///     Entry::Occupied(entry) => entry.into_mut(),
    ///     Entry::Vacant(entry) => entry.insert(0).0,
    /// };
    /// assert_eq!(*value, 1);
    /// ```
    pub fn into_mut(self) -> &'a mut V {
        &mut self.slots.pair_mut(self.slot).1
    }

    /// Puts another value there and returns the one that was.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// if let Entry::Occupied(mut entry) = cache.entry("a") {
    ///     assert_eq!(entry.insert(2), 1);
    /// }
    /// assert_eq!(cache.peek("a"), Some(&2));
    /// ```
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Removes the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([("a", 1)]);
    /// if let Entry::Occupied(entry) = cache.entry("a") {
    ///     assert_eq!(entry.remove(), ("a", 1));
    /// }
    /// assert!(cache.is_empty());
    /// ```
    pub fn remove(self) -> (K, V) {
        self.slots.remove(self.slot)
    }
}

impl<'a, K, V> VacantEntry<'a, K, V> {
    /// Returns the key that was looked up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::<_, u8>::unbounded();
    /// assert!(matches!(cache.entry("a"), Entry::Vacant(entry) if *entry.key() == "a"));
    /// ```
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Gives back the key that was looked up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    ///
    /// let mut cache = LruCache::<_, u8>::unbounded();
    /// let Entry::Vacant(entry) = cache.entry("a") else { unreachable!() };
    /// assert_eq!(entry.into_key(), "a");
    /// ```
    pub fn into_key(self) -> K {
        self.key
    }

    /// Inserts a value, as the most recently used, and returns it with the pair that was evicted
    /// for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Entry, LruCache};
    /// use std::num::NonZeroUsize;
    ///
    /// let mut cache = LruCache::new(NonZeroUsize::MIN);
    /// cache.extend([("a", 1)]);
    /// if let Entry::Vacant(entry) = cache.entry("b") {
    ///     assert_eq!(entry.insert(2), (&mut 2, Some(("a", 1))));
    /// }
    /// ```
    #[inline]
    pub fn insert(self, value: V) -> (&'a mut V, Option<(K, V)>) {
        let pair = (self.key, value);
        let (slot, evicted) = self.slots.insert(self.hash, pair, self.capacity);
        (&mut self.slots.pair_mut(slot).1, evicted)
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", self.get())
            .finish_non_exhaustive()
    }
}

impl<K: fmt::Debug, V> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}
