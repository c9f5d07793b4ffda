//! The shards of a keyed limiter, and what is done under their locks.
//!
//! # Invariants
//!
//! 1. One shard is locked at a time; under it at most the lock of one key's own limiter.
//! 2. Keys and clocks are cloned and dropped without a lock; `Eq` and `Hash` of keys run under
//!    the shard's.
//! 3. `keys` is the number of keys in all shards, raised before one is added and lowered after it
//!    is gone: it never exceeds `max_keys`.
//! 4. A key is only forgotten when its ledger says the same as a new one, or by name.

use super::table::{Entry, Garbage, Rule, Table};
use crate::policy::{Policy, Quota, Terms};
use crate::shared::{Shared, State};
use crate::time::Epoch;
use async_clock::Clock;
use async_waitlist::sync::Mutex;
use foldhash::fast::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

pub(super) struct Engine<K, P: Policy, C: Clock> {
    policy: P,
    quota: Quota,
    rule: Rule<P>,
    pub(super) clock: C,
    pub(super) epoch: Epoch,
    max_waiters: usize,
    max_keys: usize,
    keys: AtomicUsize,
    /// A time before which no key can be forgotten, if there are `max_keys`. A hint: if keys come
    /// and go during the walk that sets it, a refusal may last longer, for a period at most.
    full_until: AtomicU64,
    hasher: RandomState,
    /// A power of two of them.
    shards: Box<[Shard<K, P, C>]>,
}

/// On a cache line pair of its own: neighbours are locked by other threads.
#[repr(align(128))]
struct Shard<K, P: Policy, C: Clock>(Mutex<Table<K, P, C>>);

/// What becomes of a request that meets a key without waiters.
pub(super) enum Entered<P: Policy, C: Clock> {
    Granted,
    /// When the permits are free, and the present.
    Limited(u64, u64),
    /// Somebody waits or has waited there: it is up to that limiter.
    Live(Arc<Shared<P, C>>),
    ExceedsLimit,
    KeysFull,
}

impl<K, P: Policy, C: Clock> Engine<K, P, C> {
    pub(super) fn keys(&self) -> usize {
        // Acquire: pairs with the counting in `try_count` and `discard`.
        self.keys.load(Ordering::Acquire)
    }

    pub(super) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed")
            .field("policy", &self.policy)
            .field("quota", &self.quota)
            .field("keys", &self.keys())
            .finish_non_exhaustive()
    }
}

impl<K: Hash + Eq + Clone, P: Policy, C: Clock> Engine<K, P, C> {
    pub(super) fn new(
        policy: P,
        quota: Quota,
        clock: C,
        max_waiters: usize,
        max_keys: usize,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(4, usize::from);
        let shards = (4 * threads).next_power_of_two().min(256);
        let hasher = RandomState::default();
        Self {
            rule: Rule {
                terms: policy.terms(quota),
                per: quota.per,
            },
            policy,
            quota,
            epoch: Epoch::new(clock.now()),
            clock,
            max_waiters,
            max_keys,
            keys: AtomicUsize::new(0),
            full_until: AtomicU64::new(0),
            shards: (0..shards)
                .map(|_| Shard(Mutex::new(Table::new(hasher.clone()))))
                .collect(),
            hasher,
        }
    }

    pub(super) fn now(&self) -> u64 {
        self.epoch.nanos(self.clock.now())
    }

    fn locate(&self, key: &K) -> (u64, &Mutex<Table<K, P, C>>) {
        let hash = self.hasher.hash_one(key);
        // The table takes the low and the seven highest bits.
        let shard = (hash >> 32) as usize & (self.shards.len() - 1);
        (hash, &self.shards[shard].0)
    }

    /// Grants `permits` of a key, or says when they are free.
    pub(super) fn grant(&self, key: &K, permits: u32) -> Entered<P, C> {
        self.grant_at(key, permits, self.now())
    }

    /// As [`grant`](Self::grant), and nothing after `deadline`.
    pub(super) fn grant_by(&self, key: &K, permits: u32, deadline: Instant) -> Entered<P, C> {
        let now = self.now();
        if now >= self.epoch.end(deadline) {
            return self.look_at(key, permits, now);
        }
        self.grant_at(key, permits, now)
    }

    fn grant_at(&self, key: &K, permits: u32, now: u64) -> Entered<P, C> {
        if permits > self.rule.terms.capacity() {
            return Entered::ExceedsLimit;
        }
        let entered = self.with(key, now, |entry| match entry {
            Entry::Plain(plain) => {
                if plain.grant(&self.rule.terms, now, permits) {
                    return Entered::Granted;
                }
                Entered::Limited(plain.ready_at(&self.rule.terms, now, permits), now)
            }
            Entry::Live(shared) => Entered::Live(shared.clone()),
        });
        entered.unwrap_or(Entered::KeysFull)
    }

    /// Says when `permits` of a key are free; makes no key.
    pub(super) fn look(&self, key: &K, permits: u32) -> Entered<P, C> {
        self.look_at(key, permits, self.now())
    }

    fn look_at(&self, key: &K, permits: u32, now: u64) -> Entered<P, C> {
        if permits > self.rule.terms.capacity() {
            return Entered::ExceedsLimit;
        }
        let (hash, table) = self.locate(key);
        match table.lock().get(hash, key) {
            None => Entered::Limited(now, now),
            Some(Entry::Plain(plain)) => {
                Entered::Limited(plain.ready_at(&self.rule.terms, now, permits), now)
            }
            Some(Entry::Live(shared)) => Entered::Live(shared.clone()),
        }
    }

    /// The limiter of a key, for somebody who is about to wait; `None` if there are too many keys.
    pub(super) fn live(&self, key: &K) -> Option<Arc<Shared<P, C>>> {
        let now = self.now();
        let found = self.with(key, now, |entry| match entry {
            Entry::Live(shared) => Some(shared.clone()),
            Entry::Plain(_) => None,
        })?;
        if found.is_some() {
            return found;
        }
        let mut clock = Some(self.clock.clone()); // #2; not needed if another thread is quicker
        self.with(key, now, |entry| match entry {
            Entry::Live(shared) => shared.clone(),
            Entry::Plain(plain) => {
                let mut state = State::new(self.policy.clone(), self.quota, self.max_waiters);
                state.inherit(plain.take(), now);
                let clock = clock.take().expect("taken here alone");
                let shared = Shared::new(clock, self.epoch, state);
                *entry = Entry::Live(shared.clone());
                shared
            }
        })
    }

    /// Forgets a key; says whether it was there.
    pub(super) fn remove(&self, key: &K) -> bool {
        let (hash, shard) = self.locate(key);
        let garbage = shard.lock().remove(hash, key);
        let removed = garbage.is_some();
        self.discard(garbage);
        removed
    }

    /// Forgets the stamps of a key; says whether it was there, and gives back the limiter that
    /// remains to be reset.
    pub(super) fn reset(&self, key: &K) -> (bool, Option<Arc<Shared<P, C>>>) {
        let (hash, table) = self.locate(key);
        let found = match table.lock().get(hash, key) {
            None => (false, None),
            Some(Entry::Plain(plain)) => {
                let _plain_data = plain.take();
                (true, None)
            }
            Some(Entry::Live(shared)) => (true, Some(shared.clone())),
        };
        // Release: pairs with the load in `count_one_more`, which then walks the tables again.
        self.full_until.store(0, Ordering::Release);
        found
    }

    /// Runs `act` on the entry of a key, which is made if need be; `None` if there are too many.
    fn with<R>(&self, key: &K, now: u64, act: impl FnOnce(&mut Entry<P, C>) -> R) -> Option<R> {
        let (hash, shard) = self.locate(key);
        let mut table = shard.lock();
        if let Some(entry) = table.get(hash, key) {
            let result = act(entry);
            let garbage = table.hit(&self.rule, now);
            drop(table);
            if garbage.is_some() {
                self.discard(garbage);
            }
            return Some(result);
        }
        drop(table);
        self.with_new(key, now, act)
    }

    /// As [`with`](Self::with), for a key that was not there a moment ago.
    #[cold]
    fn with_new<R>(&self, key: &K, now: u64, act: impl FnOnce(&mut Entry<P, C>) -> R) -> Option<R> {
        if !self.count_one_more(now) {
            return None;
        }
        let mut owned = Some(key.clone()); // #2
        let (hash, shard) = self.locate(key);
        let mut table = shard.lock();
        // Looked up again: another thread may have been quicker.
        let result = match table.get(hash, key) {
            Some(entry) => Some(act(entry)),
            None => owned.take().map(|owned| act(table.insert(hash, owned))),
        };
        let found = table.collect_some(&self.rule, now);
        drop(table);
        self.full_until.store(0, Ordering::Release); // the new key may be the first to go
        if owned.is_some() {
            self.keys.fetch_sub(1, Ordering::AcqRel); // #3
        }
        self.discard(found.into_iter().flatten());
        result
    }

    /// Counts a key that is about to be made, unless there are too many; makes room if it can.
    fn count_one_more(&self, now: u64) -> bool {
        if self.try_count() {
            return true;
        }
        // Acquire: pairs with the stores below and in `reset`.
        if now < self.full_until.load(Ordering::Acquire) {
            return false;
        }
        let mut soonest = u64::MAX;
        let mut garbage = Vec::new();
        for Shard(shard) in &self.shards {
            soonest = soonest.min(
                shard
                    .lock()
                    .collect_all(&self.rule.terms, now, &mut garbage),
            );
            if !garbage.is_empty() {
                self.discard(garbage);
                return self.try_count();
            }
        }
        // Release: pairs with the load above.
        self.full_until.store(soonest, Ordering::Release);
        false
    }

    fn try_count(&self) -> bool {
        let more = |keys| (keys < self.max_keys).then_some(keys + 1);
        // Acquire: pairs with the other changes of the count; it orders nothing else.
        self.keys
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
            .is_ok()
    }

    /// Drops what was removed; no lock is held.
    fn discard(&self, garbage: impl IntoIterator<Item = Garbage<K, P, C>>) {
        for garbage in garbage {
            drop(garbage);
            self.keys.fetch_sub(1, Ordering::AcqRel); // #3
            // Room: refused keys may come again. Cleared after, and so it is not missed.
            self.full_until.store(0, Ordering::Release);
        }
    }
}
