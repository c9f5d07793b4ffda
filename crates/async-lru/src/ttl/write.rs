//! Changing one entry.

use core::convert::Infallible;
use core::hash::{BuildHasher, Hash};
use core::mem;
use core::time::Duration;
use std::time::Instant;

use async_clock::Clock;
use equivalent::Equivalent;

use super::TtlLruCache;
use super::time::nanos;
use crate::inserted::Inserted;
use crate::slots::{Known, Victim, value_of};

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> TtlLruCache<K, V, C, S> {
    /// Puts a value under a key, makes it the most recently used, has its time to live begin, and
    /// returns what that took out of the map.
    ///
    /// That is the value that the key had, or the pair that made room: one that has expired, if
    /// there is any, and the least recently used one otherwise.
    /// An equal key that is there stays, and the new one is dropped, unless it had expired.
    /// After that, up to two expired entries are removed and dropped (see
    /// [`purge_per_write`](super::TtlLruCacheBuilder::purge_per_write)).
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` does: nothing has changed, and key and value are dropped.
    /// If the drop of something does: the value is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::{Inserted, TtlLruCache};
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let builder = TtlLruCache::builder().capacity(NonZeroUsize::MIN);
    /// let mut cache = builder.ttl(second).clock(clock.clone()).build();
    /// assert_eq!(cache.insert("a", 1), Inserted::New);
    /// assert_eq!(cache.insert("a", 2), Inserted::Replaced(1));
    /// assert_eq!(cache.insert("b", 3), Inserted::Evicted("a", 2));
    /// clock.advance(second);
    /// assert_eq!(cache.insert("c", 4), Inserted::Expired("b", 3));
    /// ```
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Inserted<K, V> {
        self.insert_at(key, value, self.now())
    }

    /// As [`insert`](Self::insert), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// assert!(cache.insert_at("a", 1, Instant::now()).is_new_key());
    /// ```
    #[inline]
    pub fn insert_at(&mut self, key: K, value: V, now: Instant) -> Inserted<K, V> {
        self.put(key, value, now, None)
    }

    /// As [`insert`](Self::insert), with a time to live of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let mut cache = TtlLruCache::builder().ttl(second).clock(clock.clone()).build();
    /// let _ = cache.insert_with_ttl("a", 1, Duration::MAX);
    /// clock.advance(100 * second);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// ```
    #[inline]
    pub fn insert_with_ttl(&mut self, key: K, value: V, ttl: Duration) -> Inserted<K, V> {
        self.insert_with_ttl_at(key, value, ttl, self.now())
    }

    /// As [`insert_with_ttl`](Self::insert_with_ttl), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::{Duration, Instant};
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// let now = Instant::now();
    /// let _ = cache.insert_with_ttl_at("a", 1, Duration::ZERO, now);
    /// assert_eq!(cache.get_at("a", now), None);
    /// ```
    #[inline]
    pub fn insert_with_ttl_at(
        &mut self,
        key: K,
        value: V,
        ttl: Duration,
        now: Instant,
    ) -> Inserted<K, V> {
        self.put(key, value, now, Some(nanos(ttl)))
    }

    #[inline]
    fn put(&mut self, key: K, value: V, now: Instant, ttl: Option<u64>) -> Inserted<K, V> {
        let hash = self.hash(&key);
        let now = self.advance(now);
        let inserted = match self.slots.know(hash, &key, now) {
            Known::Live(slot) => {
                self.slots.write(slot, now, ttl);
                let old = mem::replace(&mut self.slots.pair_mut(slot).1, value);
                drop(key); // not after `old` has left: what is returned would leak if this panics
                Inserted::Replaced(old)
            }
            Known::Expired(slot) => {
                self.slots.write(slot, now, ttl);
                let (key, value) = mem::replace(self.slots.pair_mut(slot), (key, value));
                Inserted::Expired(key, value)
            }
            Known::Absent => {
                let (_, victim) = self
                    .slots
                    .admit(hash, (key, value), (now, ttl), self.capacity);
                match victim {
                    None => Inserted::New,
                    Some(Victim::Live((key, value))) => Inserted::Evicted(key, value),
                    Some(Victim::Expired((key, value))) => Inserted::Expired(key, value),
                }
            }
        };
        self.purge_some(now);
        inserted
    }

    /// Removes and drops as many expired entries as a write does.
    #[inline]
    fn purge_some(&mut self, now: u64) {
        for _ in 0..self.purge_per_write {
            if self.slots.pop_expired(now).is_none() {
                return;
            }
        }
    }

    /// Returns the value of a key, and makes it the most recently used; if it is not there, `make`
    /// makes its value, whose time to live begins.
    ///
    /// What has to go for it is dropped.
    ///
    /// # Panics
    ///
    /// If `make` does: nothing has changed, but that expired entries may have been removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// assert_eq!(*cache.get_or_insert_with("a", || 1), 1);
    /// assert_eq!(*cache.get_or_insert_with("a", || 2), 1);
    /// ```
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.get_or_insert_with_at(key, make, self.now())
    }

    /// As [`get_or_insert_with`](Self::get_or_insert_with), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// assert_eq!(*cache.get_or_insert_with_at("a", || 1, Instant::now()), 1);
    /// ```
    pub fn get_or_insert_with_at(
        &mut self,
        key: K,
        make: impl FnOnce() -> V,
        now: Instant,
    ) -> &mut V {
        match self.get_or_try_insert_with_at(key, || Ok::<V, Infallible>(make()), now) {
            Ok(value) => value,
        }
    }

    /// As [`get_or_insert_with`](Self::get_or_insert_with), for a `make` that can fail.
    ///
    /// # Errors
    ///
    /// That of `make`; nothing has changed then, but that expired entries may have been removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// assert!(cache.get_or_try_insert_with("a", || "one".parse::<u8>()).is_err());
    /// assert_eq!(cache.get_or_try_insert_with("a", || "1".parse::<u8>()), Ok(&mut 1));
    /// ```
    pub fn get_or_try_insert_with<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&mut V, E> {
        self.get_or_try_insert_with_at(key, make, self.now())
    }

    /// As [`get_or_try_insert_with`](Self::get_or_try_insert_with), at a given instant.
    ///
    /// # Errors
    ///
    /// That of `make`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// let made = cache.get_or_try_insert_with_at("a", || Ok::<_, ()>(1), Instant::now());
    /// assert_eq!(made, Ok(&mut 1));
    /// ```
    pub fn get_or_try_insert_with_at<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
        now: Instant,
    ) -> Result<&mut V, E> {
        let hash = self.hash(&key);
        let now = self.advance(now);
        // Before, so that a value that expires at once is there for the caller.
        self.purge_some(now);
        let slot = match self.slots.know(hash, &key, now) {
            Known::Live(slot) => {
                self.slots.touch(slot, now);
                slot
            }
            Known::Expired(slot) => {
                let value = make()?;
                self.slots.write(slot, now, None);
                drop(mem::replace(self.slots.pair_mut(slot), (key, value)));
                slot
            }
            Known::Absent => {
                let value = make()?;
                let new = (key, value);
                let (slot, victim) = self.slots.admit(hash, new, (now, None), self.capacity);
                drop(victim);
                slot
            }
        };
        Ok(&mut self.slots.pair_mut(slot).1)
    }

    /// Has the map's time to live begin anew for a key, and makes it the most recently used, as if
    /// its value were inserted again; returns whether the key was there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let (clock, second) = (ManualClock::new(), Duration::from_secs(1));
    /// let mut cache = TtlLruCache::builder().ttl(3 * second).clock(clock.clone()).build();
    /// let _ = cache.insert("a", 1);
    /// clock.advance(2 * second);
    /// assert!(cache.refresh("a"));
    /// clock.advance(2 * second);
    /// assert_eq!(cache.get("a"), Some(&1));
    /// ```
    pub fn refresh<Q>(&mut self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.refresh_at(key, self.now())
    }

    /// As [`refresh`](Self::refresh), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert!(cache.refresh_at("a", Instant::now()));
    /// ```
    pub fn refresh_at<Q>(&mut self, key: &Q, now: Instant) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.write_again(key, now, None)
    }

    /// Gives a key a time to live of its own, which begins now, and makes it the most recently used;
    /// returns whether the key was there.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Duration;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert!(cache.set_ttl("a", Duration::ZERO));
    /// assert_eq!(cache.get("a"), None);
    /// ```
    pub fn set_ttl<Q>(&mut self, key: &Q, ttl: Duration) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.set_ttl_at(key, ttl, self.now())
    }

    /// As [`set_ttl`](Self::set_ttl), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::{Duration, Instant};
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// let (now, second) = (Instant::now(), Duration::from_secs(1));
    /// assert!(cache.set_ttl_at("a", second, now));
    /// assert_eq!(cache.remaining_at("a", now), Some(second));
    /// ```
    pub fn set_ttl_at<Q>(&mut self, key: &Q, ttl: Duration, now: Instant) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.write_again(key, now, Some(nanos(ttl)))
    }

    fn write_again<Q>(&mut self, key: &Q, now: Instant, ttl: Option<u64>) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        let now = self.advance(now);
        match self.slots.know(hash, key, now) {
            Known::Live(slot) => {
                self.slots.write(slot, now, ttl);
                true
            }
            Known::Expired(slot) => {
                drop(self.slots.remove(slot));
                false
            }
            Known::Absent => false,
        }
    }

    /// Removes a key and returns its value; one that has expired is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!((cache.remove("a"), cache.remove("a")), (Some(1), None));
    /// ```
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remove_at(key, self.now())
    }

    /// As [`remove`](Self::remove), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.remove_at("a", Instant::now()), Some(1));
    /// ```
    pub fn remove_at<Q>(&mut self, key: &Q, now: Instant) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remove_entry_at(key, now).map(value_of)
    }

    /// Removes a key and returns it with its value; one that has expired is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([(String::from("a"), 1)]);
    /// assert_eq!(cache.remove_entry("a"), Some((String::from("a"), 1)));
    /// ```
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remove_entry_at(key, self.now())
    }

    /// As [`remove_entry`](Self::remove_entry), at a given instant.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lru::TtlLruCache;
    /// use std::time::Instant;
    ///
    /// let mut cache = TtlLruCache::builder().build();
    /// cache.extend([("a", 1)]);
    /// assert_eq!(cache.remove_entry_at("a", Instant::now()), Some(("a", 1)));
    /// ```
    pub fn remove_entry_at<Q>(&mut self, key: &Q, now: Instant) -> Option<(K, V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        let now = self.advance(now);
        match self.slots.know(hash, key, now) {
            Known::Live(slot) => Some(self.slots.remove(slot)),
            Known::Expired(slot) => {
                drop(self.slots.remove(slot));
                None
            }
            Known::Absent => None,
        }
    }
}
