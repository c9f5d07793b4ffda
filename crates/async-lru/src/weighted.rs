//! `WeightedLruCache`: an LRU map whose bound is a sum of weights.

mod keyed;
mod too_heavy;
mod weights;

use alloc::vec::Vec;
use core::fmt;

use crate::hash::DefaultHashBuilder;
use crate::lru::{Drain, Iter};
use crate::slots::Slots;

pub use too_heavy::TooHeavy;
use weights::Weights;

/// A [`LruCache`](crate::LruCache) whose bound is not a number of entries but the sum of their
/// weights: bytes, for example.
///
/// A pair is weighed once, when it is inserted, so nothing here lends a value to be changed; insert
/// it again to have it weighed again.
/// Least recently used entries make room, as many as needed, and are handed out.
/// A pair that is heavier than the whole map may be is handed back, and nothing has to go for it.
/// Weightless ones are fine: they go in their turn, as all do.
///
/// # Panics
///
/// As [`LruCache`](crate::LruCache): none by itself, and yours do no harm.
///
/// # Examples
///
/// ```
/// use async_lru::WeightedLruCache;
///
/// // A hundred bytes of text.
/// let mut pages = WeightedLruCache::new(100, |_: &&str, text: &String| text.len() as u64);
/// assert_eq!(pages.insert("a", "a".repeat(60)).unwrap().len(), 0);
/// assert_eq!(pages.insert("b", "b".repeat(40)).unwrap().len(), 0);
/// assert_eq!(pages.weight(), 100);
///
/// let out: Vec<_> = pages.insert("c", "c".repeat(30)).unwrap().collect();
/// assert_eq!(out, [("a", "a".repeat(60))]);
///
/// let refused = pages.insert("d", "d".repeat(101)).unwrap_err();
/// assert_eq!(refused.into_inner().0, "d");
/// assert_eq!(pages.weight(), 70);
/// ```
///
/// # Implementation notes
///
/// An entry has 8 bytes more than in a [`LruCache`](crate::LruCache).
pub struct WeightedLruCache<K, V, W = fn(&K, &V) -> u64, S = DefaultHashBuilder> {
    slots: Slots<K, V, Weights>,
    max_weight: u64,
    weigh: W,
    hasher: S,
    /// What an insertion takes out waits here to be taken; empty but for that.
    out: Vec<(K, V)>,
}

impl<K, V, W> WeightedLruCache<K, V, W> {
    /// Creates a map whose entries together weigh `max_weight` at most, each as much as `weigh`
    /// says.
    ///
    /// Nothing is allocated before the first insertion.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let cache = WeightedLruCache::new(1 << 20, |key: &String, value: &Vec<u8>| {
    ///     (key.len() + value.len()) as u64
    /// });
    /// assert_eq!(cache.max_weight(), 1 << 20);
    /// ```
    #[must_use]
    pub fn new(max_weight: u64, weigh: W) -> Self
    where
        W: Fn(&K, &V) -> u64,
    {
        Self::with_hasher(max_weight, weigh, DefaultHashBuilder::default())
    }
}

impl<K, V, W, S> WeightedLruCache<K, V, W, S> {
    /// As [`new`](WeightedLruCache::new), with a hasher of yours.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    /// use std::hash::RandomState;
    ///
    /// let mut cache = WeightedLruCache::with_hasher(3, |_: &u32, _: &()| 1, RandomState::new());
    /// assert!(cache.insert(1, ()).is_ok());
    /// assert!(cache.contains_key(&1));
    /// ```
    #[must_use]
    pub const fn with_hasher(max_weight: u64, weigh: W, hasher: S) -> Self {
        Self {
            slots: Slots::new(Weights::new()),
            max_weight,
            weigh,
            hasher,
            out: Vec::new(),
        }
    }

    /// Returns what the entries weigh together.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &&str, weight: &u64| *weight);
    /// assert!(cache.insert("a", 3).is_ok());
    /// assert_eq!(cache.weight(), 3);
    /// ```
    pub fn weight(&self) -> u64 {
        self.slots.extra().total()
    }

    /// Returns what the entries may weigh together.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let cache = WeightedLruCache::new(10, |_: &u32, _: &u32| 1);
    /// assert_eq!(cache.max_weight(), 10);
    /// ```
    pub fn max_weight(&self) -> u64 {
        self.max_weight
    }

    /// Returns the number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &u32, _: &u32| 1);
    /// assert!(cache.insert(1, 1).is_ok());
    /// assert_eq!(cache.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns whether there is no entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let cache = WeightedLruCache::new(10, |_: &u32, _: &u32| 1);
    /// assert!(cache.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Changes what the entries may weigh together, and returns those that went for it: the least
    /// recently used first.
    ///
    /// They are out of the map when this returns; dropping the iterator drops those that were not
    /// taken from it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &&str, weight: &u64| *weight);
    /// assert!(cache.insert("a", 3).is_ok());
    /// assert!(cache.insert("b", 4).is_ok());
    /// assert!(cache.resize(6).eq([("a", 3)]));
    /// ```
    pub fn resize(&mut self, max_weight: u64) -> Drain<'_, K, V> {
        self.max_weight = max_weight;
        self.make_room(0);
        self.hand_out()
    }

    /// Evicts until so much more may be there.
    fn make_room(&mut self, weight: u64) {
        let most = self.max_weight.saturating_sub(weight);
        while self.weight() > most {
            self.out.extend(self.slots.pop_last());
        }
    }

    fn hand_out(&mut self) -> Drain<'_, K, V> {
        Drain::new(self.out.drain(..))
    }

    /// Iterates over the pairs, the most recently used first, and leaves the order alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &u32, _: &u32| 1);
    /// assert!(cache.insert(1, 1).is_ok());
    /// assert!(cache.insert(2, 2).is_ok());
    /// assert!(cache.iter().eq([(&2, &2), (&1, &1)]));
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.slots)
    }

    /// Removes the entries for which `keep` returns false, and drops them; it is asked about the
    /// most recently used first.
    ///
    /// # Panics
    ///
    /// If `keep` or a drop does: what was looked at before is kept or removed, the rest is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &u32, _: &u32| 1);
    /// assert!(cache.insert(1, 1).is_ok());
    /// assert!(cache.insert(2, 2).is_ok());
    /// cache.retain(|key, _| *key == 1);
    /// assert_eq!(cache.weight(), 1);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let mut at = self.slots.order().first();
        let mut is_it = |key: &K, value: &mut V| !keep(key, value);
        while self.slots.extract_next(&mut at, &mut is_it).is_some() {}
    }

    /// Removes all entries and returns them, the most recently used first; their memory is kept.
    ///
    /// They are out of the map when this returns; dropping the iterator drops those that were not
    /// taken from it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &u32, _: &u32| 1);
    /// assert!(cache.insert(1, 1).is_ok());
    /// assert!(cache.drain().eq([(1, 1)]));
    /// assert_eq!(cache.weight(), 0);
    /// ```
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain::new(self.slots.drain_beyond(0))
    }

    /// Removes all entries; their memory is kept for others.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::WeightedLruCache;
    ///
    /// let mut cache = WeightedLruCache::new(10, |_: &u32, _: &u32| 1);
    /// assert!(cache.insert(1, 1).is_ok());
    /// cache.clear();
    /// assert!(cache.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.slots.clear();
    }
}

impl<'a, K, V, W, S> IntoIterator for &'a WeightedLruCache<K, V, W, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, W, S> fmt::Debug for WeightedLruCache<K, V, W, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
