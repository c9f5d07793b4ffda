//! What the maps for several threads have in common.
//!
//! # Invariants
//!
//! 1. An entry is in the shard that its hash names.
//! 2. The capacities of the shards add up to that of the map, and none is 0.
//! 3. While a shard is locked nothing foreign runs but `Eq` of keys; what may be dropped is declared
//!    before the guard, and so is dropped after it, in a panic too.
//! 4. No two shards are locked at once.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};
use core::num::NonZeroUsize;
use std::thread;

use equivalent::Equivalent;
use parking_lot::{Mutex, MutexGuard};

use super::cached::{ByKey, Same};
use super::shard::Shard;
use super::{Cached, Inserted, Occupied, Stats};
use crate::extra::Aging;
use crate::slots::{Known, MAX_SLOTS, fold};

/// A shard for so many entries at least, if nothing is said.
const ENTRIES_PER_SHARD: usize = 64;

/// So many shards per core at most, if nothing is said.
const SHARDS_PER_CORE: usize = 4;

/// How many expired entries are removed before a lock is released for others.
#[cfg(feature = "ttl")]
const PURGED_AT_ONCE: usize = 64;

pub(super) struct Sharded<K, V, A, S> {
    shards: Box<[Padded<K, V, A>]>,
    hasher: S,
    /// How many expired entries a write removes at most.
    purge_per_write: usize,
    /// Held while capacities change, so that two changes don't mix; taken before any shard's.
    resizing: Mutex<()>,
}

/// No two shards share a cache line, or a pair of lines that a processor fetches together.
#[repr(align(128))]
struct Padded<K, V, A>(Mutex<Shard<K, V, A>>);

/// How many shards a map of that capacity has if nothing is said.
pub(super) fn default_shards(capacity: usize) -> NonZeroUsize {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let shards = (capacity / ENTRIES_PER_SHARD).min(cores * SHARDS_PER_CORE);
    NonZeroUsize::new(shards).unwrap_or(NonZeroUsize::MIN)
}

/// The parts of a capacity, of which each has one at least.
fn parts(capacity: usize, shards: usize) -> impl Iterator<Item = usize> {
    let (each, rest) = (capacity / shards, capacity % shards);
    (0..shards).map(move |shard| (each + usize::from(shard < rest)).max(1)) // #2
}

impl<K, V, A: Aging, S> Sharded<K, V, A, S> {
    pub(super) fn new(
        capacity: NonZeroUsize,
        shards: NonZeroUsize,
        hasher: S,
        purge_per_write: usize,
        aging: impl Fn() -> A,
    ) -> Self {
        let capacity = capacity.get().min(MAX_SLOTS);
        let shards = shards.get().min(capacity);
        let shards = parts(capacity, shards)
            .map(|part| Padded(Mutex::new(Shard::new(part, aging()))))
            .collect();
        Self {
            shards,
            hasher,
            purge_per_write,
            resizing: Mutex::new(()),
        }
    }

    pub(super) fn hasher(&self) -> &S {
        &self.hasher
    }

    /// The shard of a hash, by bits other than those that its table uses.
    #[inline]
    fn lock(&self, hash: u32) -> MutexGuard<'_, Shard<K, V, A>> {
        let mixed = u64::from(hash.wrapping_mul(0x9e37_79b1));
        // Both factors are below 2^32.
        let shard = (mixed * self.shards.len() as u64) >> 32;
        self.shards[shard as usize].0.lock()
    }

    /// Does something with each shard in turn, under its lock.
    fn each<R>(&self, mut act: impl FnMut(&mut Shard<K, V, A>) -> R) -> impl Iterator<Item = R> {
        self.shards
            .iter()
            .map(move |shard| act(&mut shard.0.lock()))
    }

    pub(super) fn capacity(&self) -> usize {
        self.each(|shard| shard.capacity).sum()
    }

    pub(super) fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        self.each(|shard| shard.stats())
            .for_each(|part| stats += part);
        stats
    }

    pub(super) fn clear(&self) {
        // Each shard's are dropped before the next is locked.
        self.each(|shard| shard.drain_beyond(0)).for_each(drop);
    }

    pub(super) fn resize(&self, capacity: NonZeroUsize, at: A::Instant) -> Vec<Cached<K, V>> {
        let (mut evicted, mut expired) = (Vec::new(), Vec::new());
        let resizing = self.resizing.lock();
        let capacity = capacity.get().min(MAX_SLOTS);
        for (shard, part) in self.shards.iter().zip(parts(capacity, self.shards.len())) {
            let mut shard = shard.0.lock();
            shard.capacity = part;
            if shard.slots.len() > part {
                expired.extend(shard.purge_all(at));
            }
            let beyond = shard.drain_beyond(part);
            shard.stats.evicted += beyond.len() as u64;
            evicted.extend(beyond);
        }
        drop(resizing); // #3
        drop(expired); // not after `evicted` has left, which would leak in a panic
        evicted
    }

    /// Removes what has expired and returns how many they were.
    #[cfg(feature = "ttl")]
    pub(super) fn purge_expired(&self, at: A::Instant) -> usize {
        let mut purged = 0;
        for shard in &self.shards {
            loop {
                let batch = {
                    let mut shard = shard.0.lock();
                    let now = shard.slots.extra_mut().advance(at);
                    shard.purge(now, PURGED_AT_ONCE)
                };
                purged += batch.len();
                if batch.len() < PURGED_AT_ONCE {
                    break;
                }
            }
        }
        purged
    }

    /// What each shard says of its slots' ages, given its least recently used slot.
    #[cfg(feature = "ttl")]
    pub(super) fn ages<R>(
        &self,
        ask: impl Fn(&A, crate::ring::Slot) -> R,
    ) -> impl Iterator<Item = R> {
        self.each(move |shard| ask(shard.slots.extra(), shard.slots.order().last()))
    }
}

impl<K: Hash + Eq, V, A: Aging, S: BuildHasher> Sharded<K, V, A, S> {
    #[inline]
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u32 {
        fold(self.hasher.hash_one(key))
    }

    /// Looks a key up, which counts as a use, and takes something out of the entry.
    #[inline]
    pub(super) fn get<Q, R>(
        &self,
        key: &Q,
        at: A::Instant,
        take: impl FnOnce(&Cached<K, V>) -> R,
    ) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        let mut shard = self.lock(hash);
        let (known, now) = shard.know(hash, &ByKey(key), at);
        if let Known::Live(slot) = known {
            let taken = take(shard.cached(slot));
            shard.slots.touch(slot, now);
            shard.stats.hits += 1;
            return Some(taken);
        }
        shard.stats.misses += 1;
        let expired = match known {
            Known::Expired(slot) => Some(shard.remove_expired(slot)),
            _ => None,
        };
        drop(shard); // #3
        drop(expired);
        None
    }

    pub(super) fn insert(&self, key: K, value: V, at: A::Instant, ttl: A::Ttl) -> Inserted<K, V> {
        let hash = self.hash(&key);
        let new = Cached::new(key, value);
        let mut shard = self.lock(hash);
        let (known, now) = shard.know(hash, &ByKey(new.key()), at);
        let inserted = shard.put(&known, hash, new, (now, ttl));
        let purged = shard.purge(now, self.purge_per_write);
        drop(shard); // #3
        drop(purged);
        inserted
    }

    pub(super) fn try_insert(
        &self,
        key: K,
        value: V,
        at: A::Instant,
        ttl: A::Ttl,
    ) -> Result<Cached<K, V>, Occupied<K, V>> {
        let hash = self.hash(&key);
        let mut shard = self.lock(hash);
        let (known, now) = shard.know(hash, &ByKey(&key), at);
        if let Known::Live(slot) = known {
            let there = shard.cached(slot).clone();
            shard.slots.touch(slot, now);
            drop(shard);
            return Err(Occupied { there, key, value });
        }
        let new = Cached::new(key, value);
        let inserted = shard.put(&known, hash, new.clone(), (now, ttl));
        let purged = shard.purge(now, self.purge_per_write);
        drop(shard); // #3
        drop((inserted, purged));
        Ok(new)
    }

    /// The entry of a key, which is only looked at.
    fn peek<Q>(&self, key: &Q, at: A::Instant) -> Option<(u32, Cached<K, V>)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        let mut shard = self.lock(hash);
        match shard.know(hash, &ByKey(key), at).0 {
            Known::Live(slot) => Some((hash, shard.cached(slot).clone())),
            Known::Expired(_) | Known::Absent => None,
        }
    }

    pub(super) fn update<Q>(
        &self,
        key: &Q,
        at: impl Fn() -> A::Instant,
        mut change: impl FnMut(&V) -> Option<V>,
    ) -> Option<Cached<K, V>>
    where
        K: Clone,
        Q: Hash + Equivalent<K> + ?Sized,
    {
        loop {
            let (hash, old) = self.peek(key, at())?;
            let new = Cached::new(old.key().clone(), change(&old)?);
            let at = at(); // #3: clocks are foreign
            let mut shard = self.lock(hash);
            let (known, now) = shard.know(hash, &Same(&old), at);
            if let Known::Live(slot) = known {
                let replaced = shard.replace(slot, new.clone());
                shard.slots.touch(slot, now);
                drop(shard); // #3
                drop((replaced, old)); // not after `new` has left, which would leak in a panic
                return Some(new);
            }
            // Somebody else has changed or removed it, or it has expired: once more.
        }
    }

    pub(super) fn remove<Q>(&self, key: &Q, at: A::Instant) -> Option<Cached<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remove_known(self.hash(key), &ByKey(key), at)
    }

    pub(super) fn remove_if_same(&self, cached: &Cached<K, V>, at: A::Instant) -> bool {
        let removed = self.remove_known(self.hash(cached.key()), &Same(cached), at);
        removed.is_some()
    }

    fn remove_known<P>(&self, hash: u32, probe: &P, at: A::Instant) -> Option<Cached<K, V>>
    where
        P: Equivalent<Cached<K, V>>,
    {
        let mut shard = self.lock(hash);
        let (removed, expired) = match shard.know(hash, probe, at).0 {
            Known::Live(slot) => (Some(shard.remove(slot)), None),
            Known::Expired(slot) => (None, Some(shard.remove_expired(slot))),
            Known::Absent => (None, None),
        };
        drop(shard); // #3
        drop(expired);
        removed
    }

    pub(super) fn retain(&self, at: impl Fn() -> A::Instant, mut keep: impl FnMut(&K, &V) -> bool) {
        for shard in &self.shards {
            let now = at();
            let (expired, live) = {
                let mut shard = shard.0.lock();
                (shard.purge_all(now), shard.snapshot())
            };
            drop(expired); // #3
            for (hash, cached) in live {
                if !keep(cached.key(), &cached) {
                    drop(self.remove_known(hash, &Same(&cached), at()));
                }
            }
        }
    }

    /// Has the time to live of a key begin anew, and returns whether the key is there.
    #[cfg(feature = "ttl")]
    pub(super) fn refresh<Q>(&self, key: &Q, at: A::Instant, ttl: A::Ttl) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        let mut shard = self.lock(hash);
        let (known, now) = shard.know(hash, &ByKey(key), at);
        let expired = match known {
            Known::Live(slot) => {
                shard.slots.write(slot, now, ttl);
                return true;
            }
            Known::Expired(slot) => Some(shard.remove_expired(slot)),
            Known::Absent => None,
        };
        drop(shard); // #3
        drop(expired);
        false
    }
}
