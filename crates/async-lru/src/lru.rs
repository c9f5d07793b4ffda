//! `LruCache`: a bounded map that forgets what was used least recently.

mod bulk;
mod entry;
mod iter;
mod keyed;

use core::num::NonZeroUsize;

use crate::hash::DefaultHashBuilder;
use crate::slots::{MAX_SLOTS, Slots};

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{Drain, Evicted, ExtractIf, IntoIter, Iter, IterMut, Keys, Values};

/// A map that holds so many entries at most, and forgets the least recently used one for a new one.
///
/// *Used* means found by a method that takes `&mut self`, or inserted, or overwritten; what takes
/// `&self` ([`peek`](Self::peek), [`contains_key`](Self::contains_key), [`iter`](Self::iter))
/// leaves the order alone.
///
/// Keys may be looked up by whatever is [`Equivalent`](crate::Equivalent) to them: `&str` for `String`, or a struct of
/// borrowed parts.
/// As in any map, what is equivalent must have the same hash, and neither may change while the key
/// is in the map.
///
/// # Panics
///
/// No method panics by itself.
/// A `Hash`, `Eq`, `Drop` or closure of yours that panics leaves a map that is whole: each method
/// says what is in it then, or has changed nothing.
///
/// # Examples
///
/// ```
/// use async_lru::{Inserted, LruCache};
/// use std::num::NonZeroUsize;
///
/// let mut cache = LruCache::new(NonZeroUsize::new(2).unwrap());
/// assert_eq!(cache.insert("a", 1), Inserted::New);
/// assert_eq!(cache.insert("b", 2), Inserted::New);
/// assert_eq!(cache.get("a"), Some(&1)); // now "b" is the least recently used
/// assert_eq!(cache.insert("c", 3), Inserted::Evicted("b", 2));
/// ```
///
/// # Implementation notes
///
/// Links, hashes and pairs stand in three arrays without holes, and a hash table has their numbers
/// in 32 bits; an eviction gives the evicted pair's place to the new one.
/// So there is no allocation per entry, none at all once the map has reached its capacity, and
/// nothing is `unsafe`.
/// An entry takes 12 bytes beside the pair, and 11 to 22 in the table (`figures_lru` of the
/// benchmarks prints what that comes to).
#[derive(Clone)]
pub struct LruCache<K, V, S = DefaultHashBuilder> {
    slots: Slots<K, V>,
    capacity: usize,
    hasher: S,
}

impl<K, V> LruCache<K, V> {
    /// Creates a map for `capacity` entries at most.
    ///
    /// Nothing is allocated before the first insertion; memory then grows by need, up to the
    /// capacity, and never beyond.
    /// A capacity above 2<sup>32</sup> − 2 means that many.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache: LruCache<u32, String> = LruCache::new(NonZeroUsize::new(1000).unwrap());
    /// assert_eq!(cache.capacity().get(), 1000);
    /// ```
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self::with_hasher(capacity, DefaultHashBuilder::default())
    }

    /// Creates a map that evicts nothing by itself; use [`pop_lru`](Self::pop_lru) to do it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend((0..1000).map(|n| (n, n)));
    /// assert_eq!(cache.len(), 1000);
    /// assert_eq!(cache.pop_lru(), Some((0, 0)));
    /// ```
    #[must_use]
    pub fn unbounded() -> Self {
        Self::unbounded_with_hasher(DefaultHashBuilder::default())
    }
}

impl<K, V, S> LruCache<K, V, S> {
    /// Creates a map for `capacity` entries at most, with a hasher of yours.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    /// use std::num::NonZeroUsize;
    /// use std::sync::Mutex;
    ///
    /// type Cache = LruCache<u64, String, BuildHasherDefault<DefaultHasher>>;
    /// static CACHE: Mutex<Cache> = Mutex::new(Cache::with_hasher(
    ///     NonZeroUsize::new(100).unwrap(),
    ///     BuildHasherDefault::new(),
    /// ));
    /// assert_eq!(CACHE.lock().unwrap().get(&1), None);
    /// ```
    #[must_use]
    pub const fn with_hasher(capacity: NonZeroUsize, hasher: S) -> Self {
        let capacity = if capacity.get() < MAX_SLOTS {
            capacity.get()
        } else {
            MAX_SLOTS
        };
        Self {
            slots: Slots::new(()),
            capacity,
            hasher,
        }
    }

    /// Creates a map that evicts nothing by itself, with a hasher of yours.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    /// use std::hash::RandomState;
    ///
    /// let mut cache = LruCache::unbounded_with_hasher(RandomState::new());
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.get(&1), Some(&"one"));
    /// ```
    #[must_use]
    pub const fn unbounded_with_hasher(hasher: S) -> Self {
        Self::with_hasher(NonZeroUsize::MAX, hasher)
    }

    /// Returns the number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.len(), 2);
    /// ```
    #[inline]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns whether there is no entry.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_lru::LruCache::<u8, u8>::unbounded().is_empty());
    /// ```
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of entries that the map may have: 2<sup>32</sup> − 2 if it is unbounded.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let cache = LruCache::<u8, u8>::unbounded();
    /// assert_eq!(cache.capacity().get(), u32::MAX as usize - 1);
    /// ```
    pub fn capacity(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.capacity).unwrap_or(NonZeroUsize::MIN)
    }

    /// Returns the hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    /// use std::hash::BuildHasher;
    ///
    /// let cache = LruCache::<u8, u8>::unbounded();
    /// assert_eq!(cache.hasher().hash_one(1), cache.hasher().hash_one(1));
    /// ```
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    /// Returns the bytes that the map has allocated, without what keys and values own.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::<u64, u64>::unbounded();
    /// assert_eq!(cache.allocation_size(), 0);
    /// let _ = cache.insert(1, 1);
    /// assert!(cache.allocation_size() >= 28);
    /// ```
    pub fn allocation_size(&self) -> usize {
        self.slots.allocated()
    }

    /// Removes all entries; their memory is kept for others.
    ///
    /// # Panics
    ///
    /// If a key or a value panics when it is dropped: the map is empty then, and the others are
    /// dropped too.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// cache.clear();
    /// assert!(cache.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.slots.clear();
    }

    /// Gives back the memory that the present entries don't need.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.extend((0..1000).map(|n| (n, n)));
    /// cache.clear();
    /// cache.shrink_to_fit();
    /// assert_eq!(cache.allocation_size(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.slots.shrink_to_fit();
    }

    /// Makes room for `additional` more entries, as far as the capacity allows them.
    ///
    /// # Panics
    ///
    /// If there can be no such allocation; what fails by itself aborts, as everywhere.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    ///
    /// let mut cache = LruCache::unbounded();
    /// cache.reserve(1000);
    /// let before = cache.allocation_size();
    /// cache.extend((0..1000).map(|n| (n, n)));
    /// assert_eq!(cache.allocation_size(), before);
    /// ```
    pub fn reserve(&mut self, additional: usize) {
        self.slots.reserve(additional, self.capacity);
    }

    /// Changes the capacity, and returns the entries beyond it: the least recently used first.
    ///
    /// They are out of the map when this returns; dropping the iterator drops those that were not
    /// taken from it.
    /// Taking less than there is needs no work; else it is linear in the number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::LruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let mut cache = LruCache::new(NonZeroUsize::new(3).unwrap());
    /// cache.extend([(1, "one"), (2, "two"), (3, "three")]);
    /// let evicted: Vec<_> = cache.resize(NonZeroUsize::MIN).collect();
    /// assert_eq!(evicted, [(1, "one"), (2, "two")]);
    /// assert_eq!(cache.capacity(), NonZeroUsize::MIN);
    /// ```
    pub fn resize(&mut self, capacity: NonZeroUsize) -> Evicted<'_, K, V> {
        self.capacity = capacity.get().min(MAX_SLOTS);
        Evicted::new(self.slots.drain_beyond(self.capacity).rev())
    }
}
