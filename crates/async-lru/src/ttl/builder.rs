//! Everything about a `TtlLruCache` that `new` leaves at its default.

use core::fmt;
use core::marker::PhantomData;
use core::num::NonZeroUsize;
use core::time::Duration;

use async_clock::{Clock, SystemClock};

use super::TtlLruCache;
use super::expiry::{Expiry, NEVER};
use super::time::nanos;
use crate::hash::DefaultHashBuilder;
use crate::slots::{MAX_SLOTS, Slots};

/// Configures a [`TtlLruCache`]; made by [`TtlLruCache::builder`].
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lru::TtlLruCache;
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let mut cache = TtlLruCache::builder()
///     .capacity(NonZeroUsize::new(100).unwrap())
///     .ttl(Duration::from_secs(60))
///     .idle(Duration::from_secs(10))
///     .clock(clock.clone())
///     .build();
/// let _ = cache.insert("a", 1);
/// clock.advance(Duration::from_secs(10));
/// assert_eq!(cache.get("a"), None); // nobody used it for ten seconds
/// ```
#[must_use = "a builder makes nothing until `build` is called"]
pub struct TtlLruCacheBuilder<K, V, C = SystemClock, S = DefaultHashBuilder> {
    capacity: usize,
    ttl: u64,
    idle: u64,
    purge_per_write: usize,
    clock: C,
    hasher: S,
    pairs: PhantomData<fn() -> (K, V)>,
}

impl<K, V> TtlLruCacheBuilder<K, V> {
    pub(super) fn new() -> Self {
        Self {
            capacity: MAX_SLOTS,
            ttl: NEVER,
            idle: NEVER,
            purge_per_write: 2,
            clock: SystemClock,
            hasher: DefaultHashBuilder::default(),
            pairs: PhantomData,
        }
    }
}

impl<K, V, C, S> TtlLruCacheBuilder<K, V, C, S> {
    /// How many entries the map holds at most; without end if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let mut cache = TtlLruCache::builder().capacity(NonZeroUsize::MIN).build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.len(), 1);
    /// ```
    pub fn capacity(mut self, capacity: NonZeroUsize) -> Self {
        self.capacity = capacity.get().min(MAX_SLOTS);
        self
    }

    /// How long a pair lives after it was written; without end if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let second = Duration::from_secs(1);
    /// let mut cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build();
    /// let _ = cache.insert("a", 1);
    /// clock.advance(second);
    /// assert_eq!(cache.get("a"), None);
    /// ```
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = nanos(ttl);
        self
    }

    /// How long a pair lives after it was used; without end if this is not called.
    ///
    /// A pair that also has a time to live expires at the earlier of the two.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let second = Duration::from_secs(1);
    /// let mut cache = TtlLruCache::builder().idle(2 * second).clock(clock.clone()).build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// clock.advance(second);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// clock.advance(second);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// assert_eq!(cache.get("b"), None);
    /// ```
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = nanos(idle);
        self
    }

    /// How many expired pairs of other keys a write removes at most; 2 if this is not called.
    ///
    /// With 2, the expired ones are gone after half as many writes as there are of them.
    /// With 0 they stay until there is no room for another, or until they are asked for or
    /// [purged](TtlLruCache::purge_expired).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let second = Duration::from_secs(1);
    /// let builder = TtlLruCache::builder().ttl(second).clock(clock.clone());
    /// let mut cache = builder.purge_per_write(1).build();
    /// cache.extend([("a", 1), ("b", 2), ("c", 3)]);
    /// clock.advance(second);
    /// let _ = cache.insert("d", 4);
    /// assert_eq!(cache.len(), 3);
    /// ```
    pub fn purge_per_write(mut self, most: usize) -> Self {
        self.purge_per_write = most;
        self
    }

    /// Chooses the clock; [`SystemClock`] if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lru::TtlLruCache;
    ///
    /// let clock = ManualClock::new();
    /// let cache = TtlLruCache::<u8, u8>::builder().clock(clock.clone()).build();
    /// assert_eq!(cache.clock().now(), clock.now());
    /// ```
    pub fn clock<D: Clock>(self, clock: D) -> TtlLruCacheBuilder<K, V, D, S> {
        let Self {
            capacity,
            ttl,
            idle,
            purge_per_write,
            hasher,
            ..
        } = self;
        TtlLruCacheBuilder {
            capacity,
            ttl,
            idle,
            purge_per_write,
            clock,
            hasher,
            pairs: PhantomData,
        }
    }

    /// Chooses the hasher; [`DefaultHashBuilder`] if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::hash::RandomState;
    ///
    /// let mut cache = TtlLruCache::builder().hasher(RandomState::new()).build();
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// ```
    pub fn hasher<T>(self, hasher: T) -> TtlLruCacheBuilder<K, V, C, T> {
        let Self {
            capacity,
            ttl,
            idle,
            purge_per_write,
            clock,
            ..
        } = self;
        TtlLruCacheBuilder {
            capacity,
            ttl,
            idle,
            purge_per_write,
            clock,
            hasher,
            pairs: PhantomData,
        }
    }

    /// Makes the map, which allocates nothing before it has an entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let cache = TtlLruCache::<String, u32>::builder().build();
    /// assert!(cache.is_empty());
    /// ```
    pub fn build(self) -> TtlLruCache<K, V, C, S>
    where
        C: Clock,
    {
        TtlLruCache {
            slots: Slots::new(Expiry::new(self.ttl, self.idle, self.clock.now())),
            capacity: self.capacity,
            purge_per_write: self.purge_per_write,
            clock: self.clock,
            hasher: self.hasher,
        }
    }
}

#[cfg(feature = "sync")]
impl<K, V, C: Clock, S> TtlLruCacheBuilder<K, V, C, S> {
    /// Makes the map for several threads, with as many shards as suit its capacity; see
    /// [`sync`](crate::sync).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let cache = TtlLruCache::builder().build_sync();
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.get_copied("a"), Some(1));
    /// ```
    pub fn build_sync(self) -> crate::sync::TtlLruCache<K, V, C, S> {
        self.build_parts(None)
    }

    /// Makes the map for several threads with so many shards, but no more than entries.
    ///
    /// With one, all entries are in one order of use, and all threads wait for one lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let builder = TtlLruCache::builder().capacity(NonZeroUsize::new(2).unwrap());
    /// let cache = builder.build_sync_with_shards(NonZeroUsize::MIN);
    /// let _ = (cache.insert("a", 1), cache.insert("b", 2), cache.get("a"));
    /// assert_eq!(*cache.insert("c", 3).evicted().unwrap().key(), "b");
    /// ```
    pub fn build_sync_with_shards(
        self,
        shards: NonZeroUsize,
    ) -> crate::sync::TtlLruCache<K, V, C, S> {
        self.build_parts(Some(shards))
    }

    fn build_parts(self, shards: Option<NonZeroUsize>) -> crate::sync::TtlLruCache<K, V, C, S> {
        let capacity = NonZeroUsize::new(self.capacity).unwrap_or(NonZeroUsize::MIN);
        let (ttl, idle) = (self.ttl, self.idle);
        crate::sync::TtlLruCache::from_parts(
            (capacity, shards),
            self.purge_per_write,
            (self.clock, self.hasher),
            |start| Expiry::new(ttl, idle, start),
        )
    }
}

impl<K, V, C: fmt::Debug, S> fmt::Debug for TtlLruCacheBuilder<K, V, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TtlLruCacheBuilder")
            .field("capacity", &self.capacity)
            .field("ttl", &self.ttl)
            .field("idle", &self.idle)
            .field("purge_per_write", &self.purge_per_write)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
