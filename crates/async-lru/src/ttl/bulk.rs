//! The whole map at once: what has expired, iterating, retaining, draining.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::num::NonZeroUsize;
use std::time::Instant;

use async_clock::Clock;

use super::{DrainExpired, LiveIter, TtlLruCache};
use crate::lru::{Drain, Evicted};
use crate::slots::MAX_SLOTS;

impl<K, V, C: Clock, S> TtlLruCache<K, V, C, S> {
    /// Removes and drops all entries that have expired, and returns how many they were.
    ///
    /// # Panics
    ///
    /// If a drop does: the rest stay, as expired as they were.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let mut cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// clock.advance(second);
    /// assert_eq!(cache.purge_expired(), 2);
    /// assert!(cache.is_empty());
    /// ```
    pub fn purge_expired(&mut self) -> usize {
        self.purge_expired_at(self.now())
    }

    /// As [`purge_expired`](Self::purge_expired), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.purge_expired_at(Instant::now()), 0);
    /// ```
    pub fn purge_expired_at(&mut self, now: Instant) -> usize {
        let now = self.advance(now);
        let mut purged = 0;
        while self.slots.pop_expired(now).is_some() {
            purged += 1;
        }
        purged
    }

    /// Removes and returns an entry that has expired, the one with the earliest deadline.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let mut cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build();
    /// let _ = cache.insert("a", 1);
    /// assert_eq!(cache.pop_expired(), None);
    /// clock.advance(second);
    /// assert_eq!(cache.pop_expired(), Some(("a", 1)));
    /// ```
    pub fn pop_expired(&mut self) -> Option<(K, V)> {
        self.pop_expired_at(self.now())
    }

    /// As [`pop_expired`](Self::pop_expired), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.pop_expired_at(Instant::now()), None);
    /// ```
    pub fn pop_expired_at(&mut self, now: Instant) -> Option<(K, V)> {
        let now = self.advance(now);
        self.slots.pop_expired(now)
    }

    /// Removes and returns the entries that have expired, the one with the earliest deadline first.
    ///
    /// Each is removed when the iterator comes to it; dropping the iterator drops the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let mut cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// clock.advance(second);
    /// assert!(cache.drain_expired().eq([("a", 1), ("b", 2)]));
    /// assert!(cache.is_empty());
    /// ```
    pub fn drain_expired(&mut self) -> DrainExpired<'_, K, V> {
        self.drain_expired_at(self.now())
    }

    /// As [`drain_expired`](Self::drain_expired), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.drain_expired_at(Instant::now()).next(), None);
    /// ```
    pub fn drain_expired_at(&mut self, now: Instant) -> DrainExpired<'_, K, V> {
        let now = self.advance(now);
        DrainExpired::new(&mut self.slots, now)
    }

    /// Removes and returns the least recently used pair; those that have expired are dropped before.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.pop_lru(), Some(("a", 1)));
    /// ```
    pub fn pop_lru(&mut self) -> Option<(K, V)> {
        self.pop_lru_at(self.now())
    }

    /// As [`pop_lru`](Self::pop_lru), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.pop_lru_at(Instant::now()), Some(("a", 1)));
    /// ```
    pub fn pop_lru_at(&mut self, now: Instant) -> Option<(K, V)> {
        self.purge_expired_at(now);
        self.slots.pop_last()
    }

    /// Returns the number of entries that have not expired.
    ///
    /// Looks at each, whereas [`len`](Self::len) does not.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let mut cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// clock.advance(second);
    /// assert_eq!((cache.live_len(), cache.len()), (0, 2));
    /// ```
    pub fn live_len(&self) -> usize {
        self.live_len_at(self.now())
    }

    /// As [`live_len`](Self::live_len), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.live_len_at(Instant::now()), 2);
    /// ```
    pub fn live_len_at(&self, now: Instant) -> usize {
        self.iter_at(now).count()
    }

    /// Iterates over the pairs that have not expired, the most recently used first, and leaves
    /// everything as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert!(cache.iter().eq([(&"b", &2), (&"a", &1)]));
    /// ```
    pub fn iter(&self) -> LiveIter<'_, K, V> {
        self.iter_at(self.now())
    }

    /// As [`iter`](Self::iter), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.iter_at(Instant::now()).next_back(), Some((&"a", &1)));
    /// ```
    pub fn iter_at(&self, now: Instant) -> LiveIter<'_, K, V> {
        LiveIter::new(&self.slots, self.at(now))
    }

    /// Removes the entries that have expired and those for which `keep` returns false, and drops
    /// them.
    ///
    /// `keep` is asked about the most recently used first; deadlines stay, whatever it does to a
    /// value.
    ///
    /// # Panics
    ///
    /// If `keep` or a drop does: what was looked at before is kept or removed, the rest is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend((0..10).map(|n| (n, n * n)));
    /// cache.retain(|key, _| key % 2 == 0);
    /// assert_eq!(cache.len(), 5);
    /// ```
    pub fn retain(&mut self, keep: impl FnMut(&K, &mut V) -> bool) {
        self.retain_at(self.now(), keep);
    }

    /// As [`retain`](Self::retain), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend((0..10).map(|n| (n, n * n)));
    /// cache.retain_at(Instant::now(), |key, _| key % 2 == 0);
    /// assert_eq!(cache.len(), 5);
    /// ```
    pub fn retain_at(&mut self, now: Instant, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.purge_expired_at(now);
        let mut at = self.slots.order().first();
        let mut is_it = |key: &K, value: &mut V| !keep(key, value);
        while self.slots.extract_next(&mut at, &mut is_it).is_some() {}
    }

    /// Removes all entries and returns those that have not expired, the most recently used first;
    /// their memory is kept.
    ///
    /// They are out of the map when this returns; dropping the iterator drops those that were not
    /// taken from it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert!(cache.drain().eq([("b", 2), ("a", 1)]));
    /// assert!(cache.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        self.drain_at(self.now())
    }

    /// As [`drain`](Self::drain), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.drain_at(Instant::now()).len(), 2);
    /// ```
    pub fn drain_at(&mut self, now: Instant) -> Drain<'_, K, V> {
        self.purge_expired_at(now);
        Drain::new(self.slots.drain_beyond(0))
    }

    /// Changes the capacity, and returns the entries beyond it: the least recently used first.
    ///
    /// If there are more than fit, those that have expired are dropped before; the others are out of
    /// the map when this returns, and dropping the iterator drops those that were not taken from it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2), ("c", 3)]);
    /// assert!(cache.resize(NonZeroUsize::MIN).eq([("a", 1), ("b", 2)]));
    /// ```
    pub fn resize(&mut self, capacity: NonZeroUsize) -> Evicted<'_, K, V> {
        self.resize_at(capacity, self.now())
    }

    /// As [`resize`](Self::resize), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert!(cache.resize_at(NonZeroUsize::MIN, Instant::now()).eq([("a", 1)]));
    /// ```
    pub fn resize_at(&mut self, capacity: NonZeroUsize, now: Instant) -> Evicted<'_, K, V> {
        self.capacity = capacity.get().min(MAX_SLOTS);
        if self.len() > self.capacity {
            self.purge_expired_at(now);
        }
        Evicted::new(self.slots.drain_beyond(self.capacity).rev())
    }
}

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> Extend<(K, V)> for TtlLruCache<K, V, C, S> {
    /// Inserts all pairs, and drops what they replace or evict.
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            drop(self.insert(key, value));
        }
    }
}

impl<'a, K, V, C: Clock, S> IntoIterator for &'a TtlLruCache<K, V, C, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = LiveIter<'a, K, V>;

    fn into_iter(self) -> LiveIter<'a, K, V> {
        self.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, C: Clock, S> fmt::Debug for TtlLruCache<K, V, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
