//! `TtlLruCache`: an LRU map whose entries expire.

mod builder;
mod bulk;
mod expiry;
mod heap;
mod iter;
mod read;
mod time;
mod write;

use core::num::NonZeroUsize;
use core::time::Duration;
use std::time::Instant;

use async_clock::{Clock, SystemClock};

use crate::extra::Aging;
use crate::hash::DefaultHashBuilder;
use crate::slots::Slots;

pub use builder::TtlLruCacheBuilder;
#[cfg(feature = "sync")]
pub(crate) use expiry::Expiry;
pub use iter::{DrainExpired, LiveIter};
pub use read::Lookup;
#[cfg(feature = "sync")]
pub(crate) use time::nanos;

/// A [`LruCache`](crate::LruCache) whose entries expire: a time after they were written, a time
/// after they were last used, or each at a time of its own.
///
/// An entry has *expired* from the instant of its deadline on: it is then as good as absent, and its
/// memory is reused before anything that lives has to go.
/// Nothing runs by itself: an expired entry is dropped by the call that comes across it, by later
/// writes (two of them by each, see
/// [`purge_per_write`](TtlLruCacheBuilder::purge_per_write)), or by
/// [`purge_expired`](Self::purge_expired).
/// [`len`](Self::len) counts it until then.
///
/// Whatever looks at the time has a second form `…_at`, which takes the instant instead of reading
/// the clock: for many operations at one instant, or when reading the clock is what costs most.
/// Time never goes back: an instant before the latest one that was seen counts as that one.
///
/// A zero duration expires at once, and one too long for the clock, `Duration::MAX` included, means
/// never.
///
/// # Panics
///
/// As [`LruCache`](crate::LruCache): none by itself, and yours do no harm.
/// A drop of an expired entry that panics does so in the call that removed it, which has done its
/// work by then.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lru::TtlLruCache;
/// use std::time::Duration;
///
/// let clock = ManualClock::new(); // for the example; without it, the system's clock
/// let minute = Duration::from_secs(60);
/// let mut cache = TtlLruCache::builder().ttl(minute).clock(clock.clone()).build();
/// let _ = cache.insert("a", 1);
/// let _ = cache.insert_with_ttl("b", 2, 2 * minute);
///
/// clock.advance(minute);
/// assert_eq!(cache.get("a"), None);
/// assert_eq!(cache.get("b"), Some(&2));
/// ```
///
/// # Implementation notes
///
/// An entry has 16 bytes more than in a [`LruCache`](crate::LruCache), 8 if there is no common time
/// to live, and another 8 if there is an [`idle`](TtlLruCacheBuilder::idle) time.
/// Entries with the common time to live stand in a list in the order of their writes, those with
/// one of their own in a heap; both know where each entry is, so neither ever has more than there
/// are entries, however often these are overwritten.
/// For idle times the order of use is the index.
#[derive(Clone)]
pub struct TtlLruCache<K, V, C = SystemClock, S = DefaultHashBuilder> {
    slots: Slots<K, V, expiry::Expiry>,
    capacity: usize,
    purge_per_write: usize,
    clock: C,
    hasher: S,
}

impl<K, V> TtlLruCache<K, V> {
    /// Creates a map for `capacity` entries at most, each of which lives for `ttl` after it was
    /// written.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let capacity = NonZeroUsize::new(1000).unwrap();
    /// let mut cache = TtlLruCache::new(capacity, Duration::from_secs(3600));
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// ```
    #[must_use]
    pub fn new(capacity: NonZeroUsize, ttl: Duration) -> Self {
        Self::builder().capacity(capacity).ttl(ttl).build()
    }

    /// Returns a builder, for a map without a bound or an end of its entries' lives if nothing more
    /// is said.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let mut cache = TtlLruCache::builder().idle(Duration::from_secs(3600)).build();
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// ```
    pub fn builder() -> TtlLruCacheBuilder<K, V> {
        TtlLruCacheBuilder::new()
    }
}

impl<K, V, C, S> TtlLruCache<K, V, C, S> {
    /// Returns the number of entries, those that have expired and were not removed yet included.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns whether there is no entry, not even one that has expired.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// assert!(cache.is_empty());
    /// let _ = cache.insert("a", 1);
    /// assert!(!cache.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of entries that the map may have: 2<sup>32</sup> − 2 if it is unbounded.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let cache = TtlLruCache::<u8, u8>::builder().capacity(two).build();
    /// assert_eq!(cache.capacity(), two);
    /// ```
    pub fn capacity(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.capacity).unwrap_or(NonZeroUsize::MIN)
    }

    /// Returns the clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::Clock;
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// let now = cache.clock().now();
    /// for key in 0..1000 {
    ///     let _ = cache.insert_at(key, (), now); // one look at the clock for all
    /// }
    /// assert_eq!(cache.len(), 1000);
    /// ```
    pub fn clock(&self) -> &C {
        &self.clock
    }

    /// Returns the hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::hash::BuildHasher;
    ///
    /// let cache = TtlLruCache::<u8, u8>::builder().build();
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
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// assert_eq!(cache.allocation_size(), 0);
    /// let _ = cache.insert(1_u64, 1_u64);
    /// assert!(cache.allocation_size() >= 36);
    /// ```
    pub fn allocation_size(&self) -> usize {
        self.slots.allocated()
    }

    /// Returns when the next entry expires if nothing is written or used until then, or when it
    /// expired if it was not removed yet; none if none ever will.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let start = clock.now();
    /// let mut cache = TtlLruCache::builder().clock(clock).build();
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.next_deadline(), None);
    /// let _ = cache.insert_with_ttl("a", 1, second);
    /// assert_eq!(cache.next_deadline(), Some(start + second));
    /// ```
    pub fn next_deadline(&self) -> Option<Instant> {
        self.slots.extra().next_deadline(self.slots.order().last())
    }

    /// Removes all entries; their memory is kept for others.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
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
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// cache.clear();
    /// cache.shrink_to_fit();
    /// assert_eq!(cache.allocation_size(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.slots.shrink_to_fit();
    }

    /// Makes room for `additional` more entries, as far as the capacity allows them.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.reserve(100);
    /// let before = cache.allocation_size();
    /// cache.extend((0..100).map(|n| (n, n)));
    /// assert_eq!(cache.allocation_size(), before);
    /// ```
    pub fn reserve(&mut self, additional: usize) {
        self.slots.reserve(additional, self.capacity);
    }
}

impl<K, V, C: Clock, S> TtlLruCache<K, V, C, S> {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The number of an instant, before which no other comes any more.
    #[inline]
    fn advance(&mut self, now: Instant) -> u64 {
        self.slots.extra_mut().advance(now)
    }

    /// The number of an instant.
    #[inline]
    fn at(&self, now: Instant) -> u64 {
        self.slots.extra().at(now)
    }
}
