//! `sync::TtlLruCache`.

mod keyed;

use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroUsize;
use core::time::Duration;
use std::time::Instant;

use async_clock::{Clock, SystemClock};

use super::sharded::{Sharded, default_shards};
use super::{Cached, Stats};
use crate::hash::DefaultHashBuilder;
use crate::ttl::Expiry;

/// A [`TtlLruCache`](crate::TtlLruCache) for several threads; see the [module](super) for how it
/// differs from that.
///
/// # Blocking
///
/// As [`LruCache`](super::LruCache).
///
/// # Panics
///
/// As [`LruCache`](super::LruCache): none by itself, and yours do no harm.
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
/// let cache = TtlLruCache::builder().ttl(minute).clock(clock.clone()).build_sync();
/// let _ = cache.insert("a", 1);
/// let _ = cache.insert_with_ttl("b", 2, 2 * minute);
///
/// clock.advance(minute);
/// assert_eq!((cache.get_copied("a"), cache.get_copied("b")), (None, Some(2)));
/// ```
pub struct TtlLruCache<K, V, C = SystemClock, S = DefaultHashBuilder> {
    sharded: Sharded<K, V, Expiry, S>,
    clock: C,
}

impl<K, V> TtlLruCache<K, V> {
    /// Creates a map for `capacity` entries at most, each of which lives for `ttl` after it was
    /// written, with as many shards as suit it.
    ///
    /// [`TtlLruCache::builder`](crate::TtlLruCache::builder) has everything else.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::sync::TtlLruCache;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let cache = TtlLruCache::new(NonZeroUsize::MIN, Duration::from_secs(3600));
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.get_copied("a"), Some(1));
    /// ```
    #[must_use]
    pub fn new(capacity: NonZeroUsize, ttl: Duration) -> Self {
        let builder = crate::TtlLruCache::builder().capacity(capacity);
        builder.ttl(ttl).build_sync()
    }
}

impl<K, V, C: Clock, S> TtlLruCache<K, V, C, S> {
    pub(crate) fn from_parts(
        (capacity, shards): (NonZeroUsize, Option<NonZeroUsize>),
        purge_per_write: usize,
        (clock, hasher): (C, S),
        aging: impl Fn(Instant) -> Expiry,
    ) -> Self {
        let shards = shards.unwrap_or_else(|| default_shards(capacity.get()));
        let start = clock.now();
        let aging = || aging(start);
        Self {
            sharded: Sharded::new(capacity, shards, hasher, purge_per_write, aging),
            clock,
        }
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Returns the number of entries that the map may have.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let capacity = NonZeroUsize::new(1001).unwrap();
    /// let cache = TtlLruCache::<u8, u8>::builder().capacity(capacity).build_sync();
    /// assert_eq!(cache.capacity().get(), 1001); // the shards' add up exactly
    /// ```
    pub fn capacity(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.sharded.capacity()).unwrap_or(NonZeroUsize::MIN)
    }

    /// Returns the hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::hash::BuildHasher;
    ///
    /// let cache = TtlLruCache::<u8, u8>::builder().build_sync();
    /// assert_eq!(cache.hasher().hash_one(1), cache.hasher().hash_one(1));
    /// ```
    pub fn hasher(&self) -> &S {
        self.sharded.hasher()
    }

    /// Returns what the map has seen.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
    /// let _ = (cache.insert("a", 1), cache.get("a"), cache.get("b"));
    /// assert_eq!((cache.stats().hits, cache.stats().misses), (1, 1));
    /// ```
    pub fn stats(&self) -> Stats {
        self.sharded.stats()
    }

    /// Removes and drops all entries that have expired, and returns how many they were.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build_sync();
    /// (0..100).for_each(|n| drop(cache.insert(n, n)));
    /// clock.advance(second);
    /// assert_eq!(cache.purge_expired(), 100);
    /// ```
    pub fn purge_expired(&self) -> usize {
        self.sharded.purge_expired(self.now())
    }

    /// Returns when the next entry expires if nothing is written or used until then, or when it
    /// expired if it was not removed yet; none if none ever will.
    ///
    /// For a task that calls [`purge_expired`](Self::purge_expired) when there is something to
    /// purge.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build_sync();
    /// assert_eq!(cache.next_deadline(), None);
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.next_deadline(), Some(clock.now() + second));
    /// ```
    pub fn next_deadline(&self) -> Option<Instant> {
        self.sharded.ages(Expiry::next_deadline).flatten().min()
    }

    /// Removes and drops all entries that are there when their shard's turn comes.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build_sync();
    /// let _ = cache.insert("a", 1);
    /// cache.clear();
    /// assert!(cache.get("a").is_none());
    /// ```
    pub fn clear(&self) {
        self.sharded.clear();
    }

    /// Changes the capacity, and returns the entries that went for it: of each shard, the least
    /// recently used ones.
    ///
    /// The number of shards stays, and each has room for one entry at least: a capacity below their
    /// number means their number.
    /// In a shard that has more than fit, those that have expired are dropped before.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let cache = TtlLruCache::builder().capacity(two).build_sync();
    /// let _ = (cache.insert("a", 1), cache.insert("b", 2));
    /// let evicted = cache.resize(NonZeroUsize::MIN);
    /// assert_eq!(evicted.len(), 1);
    /// assert_eq!(*evicted[0].key(), "a");
    /// ```
    pub fn resize(&self, capacity: NonZeroUsize) -> Vec<Cached<K, V>> {
        self.sharded.resize(capacity, self.now())
    }
}

impl<K, V, C: Clock, S> fmt::Debug for TtlLruCache<K, V, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtlLruCache")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
