//! One shard: keys and their ledgers.

use crate::policy::{Ledger, Policy};
use crate::shared::{Shared, TermsOf};
use async_clock::Clock;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

/// A hash table, and a clock hand that goes round it.
///
/// The hand frees keys that have said no more than a new one for a whole period: so a key that is
/// used more often than that keeps its place.
/// Each new key moves the hand by [`LOOKS`] buckets, so that once round takes a quarter as many new
/// keys as there are buckets: what is garbage at the begin of a round and what becomes garbage
/// during it fill half of them at most.
/// Each [`HITS`]th use of a known key moves it by one, each use while it finds garbage, so that
/// memory goes back after a crowd of keys although no new ones come.
///
/// No key is cloned or dropped in here: what is removed leaves as [`Garbage`].
/// `Eq` and `Hash` are the only foreign code.
pub(super) struct Table<K, P: Policy, C: Clock> {
    /// The same in all tables of a limiter.
    hasher: RandomState,
    slots: HashTable<Slot<K, P, C>>,
    /// The next bucket to look at for garbage.
    hand: usize,
    /// Uses of known keys since the hand moved for one and found no garbage.
    hits: u32,
}

struct Slot<K, P: Policy, C: Clock> {
    key: K,
    entry: Entry<P, C>,
}

/// What follows from the quota, and the quota's period.
#[derive(Clone, Copy)]
pub(super) struct Rule<P: Policy> {
    pub(super) terms: TermsOf<P>,
    pub(super) per: u64,
}

/// How many buckets each new key looks at.
const LOOKS: usize = 4;

/// Every how many uses of known keys the hand moves.
const HITS: u32 = 4;

/// The memory of so much room is kept.
const KEPT: usize = 64;

/// What a look at some buckets has found.
pub(super) type Found<K, P, C> = [Option<Garbage<K, P, C>>; LOOKS];

/// What was removed.
#[must_use = "drop it after unlocking"]
pub(super) struct Garbage<K, P: Policy, C: Clock>(Slot<K, P, C>);

/// What a key has.
pub(super) enum Entry<P: Policy, C: Clock> {
    /// Nobody waits.
    Plain(Plain<P>),
    /// Somebody waits, or has waited: a limiter of its own.
    Live(Arc<Shared<P, C>>),
}

/// A ledger without waiters.
pub(super) struct Plain<P: Policy>(P::Ledger);

impl<P: Policy, C: Clock> Entry<P, C> {
    /// From when on it says no more than a new key; if somebody uses it, a time before which it
    /// does not, later than `now`.
    fn blank_at(&self, terms: &TermsOf<P>, now: u64) -> u64 {
        match self {
            Self::Plain(Plain(ledger)) => ledger.blank_at(terms),
            Self::Live(shared) => {
                // New users come under this shard's lock alone, so one that has none keeps none.
                let in_use = Arc::strong_count(shared) > 1;
                match shared.blank_at() {
                    Some(at) if !in_use => at,
                    at => at.unwrap_or(0).max(now + 1),
                }
            }
        }
    }
}

impl<P: Policy> Plain<P> {
    /// Leaves a blank one.
    pub(super) fn take(&mut self) -> P::Ledger {
        std::mem::take(&mut self.0)
    }

    /// Stamps `permits` if they fit.
    #[inline]
    pub(super) fn grant(&mut self, terms: &TermsOf<P>, now: u64, permits: u32) -> bool {
        self.0.expire(terms, now);
        let fits = self.0.fits(terms, now, 0, permits);
        if fits {
            self.0.record(terms, now, permits);
        }
        fits
    }

    /// When `permits` fit.
    pub(super) fn ready_at(&mut self, terms: &TermsOf<P>, now: u64, permits: u32) -> u64 {
        self.0.expire(terms, now);
        self.0.ready_at(terms, now, 0, permits)
    }
}

impl<K: Hash + Eq, P: Policy, C: Clock> Table<K, P, C> {
    pub(super) const fn new(hasher: RandomState) -> Self {
        Self {
            hasher,
            slots: HashTable::new(),
            hand: 0,
            hits: 0,
        }
    }

    #[inline]
    pub(super) fn get(&mut self, hash: u64, key: &K) -> Option<&mut Entry<P, C>> {
        let slot = self.slots.find_mut(hash, |slot| slot.key == *key)?;
        Some(&mut slot.entry)
    }

    /// Adds a key that is not there.
    pub(super) fn insert(&mut self, hash: u64, key: K) -> &mut Entry<P, C> {
        let entry = Entry::Plain(Plain(P::Ledger::default()));
        let rehash = |slot: &Slot<K, P, C>| self.hasher.hash_one(&slot.key);
        let inserted = self.slots.insert_unique(hash, Slot { key, entry }, rehash);
        &mut inserted.into_mut().entry
    }

    pub(super) fn remove(&mut self, hash: u64, key: &K) -> Option<Garbage<K, P, C>> {
        let found = self.slots.find_entry(hash, |slot| slot.key == *key).ok()?;
        let (removed, _) = found.remove();
        self.shrink();
        Some(Garbage(removed))
    }

    /// Counts the use of a known key, and moves the hand when it is time.
    #[inline]
    pub(super) fn hit(&mut self, rule: &Rule<P>, now: u64) -> Option<Garbage<K, P, C>> {
        self.hits += 1;
        if self.hits < HITS {
            return None;
        }
        self.hits = 0;
        if self.room() <= KEPT {
            return None;
        }
        let garbage = self.look(rule, now)?;
        self.hits = HITS; // the next use looks too
        self.shrink();
        Some(garbage)
    }

    /// Moves the hand for a new key.
    pub(super) fn collect_some(&mut self, rule: &Rule<P>, now: u64) -> Found<K, P, C> {
        let found = [(); LOOKS].map(|()| self.look(rule, now));
        self.shrink();
        found
    }

    /// Moves the hand by one bucket.
    fn look(&mut self, rule: &Rule<P>, now: u64) -> Option<Garbage<K, P, C>> {
        if self.hand >= self.slots.num_buckets() {
            self.hand = 0;
        }
        let bucket = self.slots.get_bucket_entry(self.hand).ok();
        self.hand += 1;
        let bucket = bucket?;
        let blank_at = bucket.get().entry.blank_at(&rule.terms, now);
        if blank_at > now.saturating_sub(rule.per) {
            return None;
        }
        Some(Garbage(bucket.remove().0))
    }

    /// Looks at all keys; says before when none of those that remain can be removed.
    pub(super) fn collect_all(
        &mut self,
        terms: &TermsOf<P>,
        now: u64,
        garbage: &mut Vec<Garbage<K, P, C>>,
    ) -> u64 {
        let mut soonest = u64::MAX;
        let blank = self.slots.extract_if(|slot| {
            let blank_at = slot.entry.blank_at(terms, now);
            if blank_at > now {
                soonest = soonest.min(blank_at);
            }
            blank_at <= now
        });
        garbage.extend(blank.map(Garbage));
        self.shrink();
        soonest
    }

    /// Gives memory back; constant time on average.
    ///
    /// A table of which the hand keeps an eighth occupied, by new keys alone, shrinks.
    fn shrink(&mut self) {
        let room = self.room();
        if room > KEPT && self.slots.len() < room / 4 {
            self.slots
                .shrink_to(room / 2, |slot| self.hasher.hash_one(&slot.key));
        }
    }

    /// How many keys fit in as many buckets as there are.
    ///
    /// Not the capacity: that leaves the buckets out in which a removed key has left a mark, and
    /// after a crowd these may be most of them, for as long as nothing makes the table rehash.
    fn room(&self) -> usize {
        self.slots.num_buckets() / 8 * 7
    }
}
