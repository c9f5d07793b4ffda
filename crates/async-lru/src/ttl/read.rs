//! Looking one key up.

use core::hash::{BuildHasher, Hash};
use core::time::Duration;
use std::time::Instant;

use async_clock::Clock;
use equivalent::Equivalent;

use super::TtlLruCache;
use super::expiry::NEVER;
use crate::ring::Slot;
use crate::slots::{Known, fold};

/// What [`TtlLruCache::lookup`] found.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lru::{Lookup, TtlLruCache};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let second = Duration::from_secs(1);
/// let mut cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build();
/// let _ = cache.insert("a", 1);
/// assert_eq!(cache.lookup("a"), Lookup::Live(&1));
/// clock.advance(second);
/// assert_eq!(cache.lookup("a"), Lookup::Expired("a", 1));
/// assert_eq!(cache.lookup("a"), Lookup::Absent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an expired entry is in it, and in the map no longer"]
pub enum Lookup<'a, K, V> {
    /// The key is there, with this value, and is now the most recently used.
    Live(&'a V),
    /// The key was there, but has expired: here it is, and no longer in the map.
    Expired(K, V),
    /// The key is not there.
    Absent,
}

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> TtlLruCache<K, V, C, S> {
    #[inline]
    pub(super) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u32 {
        fold(self.hasher.hash_one(key))
    }

    /// The slot of a live key, which is used now; an expired one is removed.
    #[inline]
    fn find<Q>(&mut self, key: &Q, now: Instant) -> Option<Slot>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        let now = self.advance(now);
        match self.slots.know(hash, key, now) {
            Known::Live(slot) => {
                self.slots.touch(slot, now);
                Some(slot)
            }
            Known::Expired(slot) => {
                drop(self.slots.remove(slot));
                None
            }
            Known::Absent => None,
        }
    }

    /// The slot of a live key, which is only looked at.
    #[inline]
    fn find_quietly<Q>(&self, key: &Q, now: Instant) -> Option<Slot>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        match self.slots.know(self.hash(key), key, self.at(now)) {
            Known::Live(slot) => Some(slot),
            Known::Expired(_) | Known::Absent => None,
        }
    }

    /// Returns the value of a key, and makes it the most recently used.
    ///
    /// One that has expired is removed and dropped, and is not made anything.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// assert_eq!(cache.get("b"), None);
    /// ```
    #[inline]
    pub fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get_at(key, self.now())
    }

    /// As [`get`](Self::get), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    /// use std::time::{Duration, Instant};
    ///
    /// let second = Duration::from_secs(1);
    /// let mut cache = TtlLruCache::new(NonZeroUsize::MIN, second);
    /// let now = Instant::now();
    /// let _ = cache.insert_at("a", 1, now);
    /// assert_eq!(cache.get_at("a", now), Some(&1));
    /// assert_eq!(cache.get_at("a", now + second), None);
    /// ```
    #[inline]
    pub fn get_at<Q>(&mut self, key: &Q, now: Instant) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find(key, now)?;
        Some(&self.slots.pair(slot).1)
    }

    /// Returns the value of a key, to be changed, and makes it the most recently used; its deadline
    /// stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// *cache.get_mut("a").unwrap() += 1;
    /// assert_eq!(cache.get("a"), Some(&2));
    /// ```
    #[inline]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get_mut_at(key, self.now())
    }

    /// As [`get_mut`](Self::get_mut), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.get_mut_at("a", Instant::now()), Some(&mut 1));
    /// ```
    #[inline]
    pub fn get_mut_at<Q>(&mut self, key: &Q, now: Instant) -> Option<&mut V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find(key, now)?;
        Some(&mut self.slots.pair_mut(slot).1)
    }

    /// Looks a key up as [`get`](Self::get) does, and hands an expired entry out instead of dropping
    /// it: for callers who hold a lock, for example.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Lookup, TtlLruCache};
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.lookup("a"), Lookup::Live(&1));
    /// ```
    #[inline]
    pub fn lookup<Q>(&mut self, key: &Q) -> Lookup<'_, K, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.lookup_at(key, self.now())
    }

    /// As [`lookup`](Self::lookup), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::{Lookup, TtlLruCache};
    /// use std::num::NonZeroUsize;
    /// use std::time::{Duration, Instant};
    ///
    /// let second = Duration::from_secs(1);
    /// let mut cache = TtlLruCache::new(NonZeroUsize::MIN, second);
    /// let now = Instant::now();
    /// let _ = cache.insert_at("a", 1, now);
    /// assert_eq!(cache.lookup_at("a", now + second), Lookup::Expired("a", 1));
    /// ```
    #[inline]
    pub fn lookup_at<Q>(&mut self, key: &Q, now: Instant) -> Lookup<'_, K, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        let now = self.advance(now);
        match self.slots.know(hash, key, now) {
            Known::Live(slot) => {
                self.slots.touch(slot, now);
                Lookup::Live(&self.slots.pair(slot).1)
            }
            Known::Expired(slot) => {
                let (key, value) = self.slots.remove(slot);
                Lookup::Expired(key, value)
            }
            Known::Absent => Lookup::Absent,
        }
    }

    /// Returns the value of a key, if it has not expired, and leaves everything as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.peek("a"), Some(&1));
    /// assert_eq!(cache.pop_lru(), Some(("a", 1)));
    /// ```
    #[inline]
    pub fn peek<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.peek_at(key, self.now())
    }

    /// As [`peek`](Self::peek), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.peek_at("a", Instant::now()), Some(&1));
    /// ```
    #[inline]
    pub fn peek_at<Q>(&self, key: &Q, now: Instant) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find_quietly(key, now)?;
        Some(&self.slots.pair(slot).1)
    }

    /// Returns whether a key is there and has not expired, and leaves everything as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert!(cache.contains_key("a") && !cache.contains_key("b"));
    /// ```
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.contains_key_at(key, self.now())
    }

    /// As [`contains_key`](Self::contains_key), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert!(cache.contains_key_at("a", Instant::now()));
    /// ```
    #[inline]
    pub fn contains_key_at<Q>(&self, key: &Q, now: Instant) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find_quietly(key, now).is_some()
    }

    /// Returns how long a key still has if it is not used, `Duration::MAX` if for ever; none if it
    /// is not there or has expired.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let mut cache = TtlLruCache::builder().clock(clock.clone()).build();
    /// let _ = cache.insert_with_ttl("a", 1, 3 * second);
    /// clock.advance(second);
    /// assert_eq!(cache.remaining("a"), Some(2 * second));
    /// ```
    pub fn remaining<Q>(&self, key: &Q) -> Option<Duration>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remaining_at(key, self.now())
    }

    /// As [`remaining`](Self::remaining), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::{Duration, Instant};
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.remaining_at("a", Instant::now()), Some(Duration::MAX));
    /// ```
    pub fn remaining_at<Q>(&self, key: &Q, now: Instant) -> Option<Duration>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let slot = self.find_quietly(key, now)?;
        let deadline = self.slots.extra().deadline(slot);
        Some(if deadline == NEVER {
            Duration::MAX
        } else {
            Duration::from_nanos(deadline - self.at(now))
        })
    }
}
