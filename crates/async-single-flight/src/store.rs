//! Where a cache files its loads by key: those on their way, and those that have ended; for authors
//! of caches.
//!
//! A [`Store`] has shards, each with one mutex around two tables: the slots in flight, which are
//! never evicted and don't count, and the ready ones, a bounded LRU map with expiry.
//! An entry keeps its slot for life, in flight first and then ready.
//!
//! # Invariants
//!
//! Whenever a shard is unlocked:
//!
//! 1. A key has at most one slot in flight that can be joined, and at most one that is ready.
//! 2. A slot in flight that has ended or was deserted leaves its table by identity only: it never
//!    takes out another one of the same key.
//! 3. A slot becomes ready only if it is still in flight here: what was invalidated or overwritten
//!    meanwhile is not filed.
//! 4. The ready slots are no more than the capacity.
//!
//! Under a shard's lock no foreign code runs but `Eq` of keys, which must not call back; a panic of
//! it leaves the tables whole.
//! Slots that leave a shard are dropped after unlocking, and no other lock is taken meanwhile.

mod place;
mod ready;
mod shard;

pub use place::{Filed, Place};
pub use ready::Lifetime;
pub use shard::Stats;

use async_lru::Equivalent;
use shard::Shard;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// Slots by key, in shards; see the [module's documentation](self).
///
/// Every method takes the hash of the key by the cache's hasher: it also chooses the shard.
///
/// # Examples
///
/// The documentation of [`Filed`] has one.
pub struct Store<P: Filed> {
    shards: Box<[Shard<P>]>,
}

/// What a caller found when it came for a value.
#[derive(Debug)]
#[must_use = "one who joined or filed is counted among the waiters"]
pub enum Entered<P> {
    /// A slot that is ready.
    Ready(P),
    /// A slot in flight, in which the caller is counted as one more waiter now.
    Joined(P),
    /// Nothing: this is the new slot, in flight, whose first waiter the caller is.
    Filed(P),
}

/// What [`Store::find`] found.
#[derive(Debug)]
pub enum Found<P> {
    /// A slot that is ready.
    Ready(P),
    /// No slot that is ready, but one in flight.
    InFlight,
    /// Neither.
    Vacant,
}

/// What [`Store::remove`] took out.
#[derive(Debug)]
pub struct Removed<P> {
    /// The slot that was ready, unless its time was over.
    pub ready: Option<P>,
    /// The slot that was in flight: nobody finds it any more, and it will not be filed as ready.
    pub in_flight: Option<P>,
}

impl<P: Filed> Store<P>
where
    P::Key: Eq,
{
    /// A store for so many ready slots at most, in so many shards.
    ///
    /// Without a capacity it is unbounded.
    /// Without a number of shards there are four per processor.
    /// That number is rounded up to a power of two, and is never so large that a shard has room for
    /// fewer than 64: so a small store is a single LRU map, exactly, and in a larger one each shard
    /// is.
    ///
    /// A slot that is ready and has an end is stale for the given time before it: then one caller
    /// loads anew, and the others still get it.
    #[must_use]
    pub fn new(
        capacity: Option<NonZeroUsize>,
        shards: Option<NonZeroUsize>,
        stale: Duration,
    ) -> Self {
        let capacity = capacity.map(NonZeroUsize::get);
        let most = capacity.map_or(usize::MAX, |capacity| capacity / SHARD_AT_LEAST);
        let shards = shards.map_or_else(default_shards, NonZeroUsize::get);
        let shards = shards.min(MOST_SHARDS).next_power_of_two();
        // Rounded down to a power of two.
        let shards = shards.min(1 << most.max(1).ilog2());
        // The capacities of the shards add up to the whole.
        let part = |shard| {
            let capacity = capacity?;
            let extra = usize::from(shard < capacity % shards);
            NonZeroUsize::new(capacity / shards + extra)
        };
        let shards = (0..shards).map(|shard| Shard::new(part(shard), stale)).collect();
        Self { shards }
    }

    /// Finds the slot of a key for a caller that wants its value, or files a new one.
    ///
    /// The caller brings the key, and a function that makes a slot of it.
    /// If they are not needed they stay where they are: they are to be dropped when the caller's
    /// [`Wait`](crate::flight::Wait) is made, as a panic of their destructors would otherwise leave
    /// a waiter behind that nobody is.
    /// The function runs under the shard's lock: it must not run foreign code, nor call back.
    ///
    /// What is ready is found first. If it is [stale](Self::new) already, the first caller files a
    /// new slot, which will replace it when it lands.
    ///
    /// # Panics
    ///
    /// If nothing was brought.
    #[inline]
    pub fn enter(
        &self,
        hash: u64,
        now: Instant,
        brought: &mut Option<(P::Key, impl FnOnce(P::Key) -> P)>,
    ) -> Entered<P> {
        self.shard(hash).enter(hash, Some(now), brought)
    }

    /// As [`enter`](Self::enter), but takes no ready slot: its value is to be replaced.
    ///
    /// # Panics
    ///
    /// If nothing was brought.
    #[inline]
    pub fn enter_anew(
        &self,
        hash: u64,
        brought: &mut Option<(P::Key, impl FnOnce(P::Key) -> P)>,
    ) -> Entered<P> {
        self.shard(hash).enter(hash, None, brought)
    }

    /// As [`enter`](Self::enter), but files nothing: `None` if that is what would be done.
    pub fn try_enter<Q>(&self, hash: u64, key: &Q, now: Instant) -> Option<Entered<P>>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).try_enter(hash, key, now)
    }

    /// Finds the ready slot of a key, and joins nothing.
    pub fn find<Q>(&self, hash: u64, key: &Q, now: Instant) -> Found<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).find(hash, key, now)
    }

    /// Joins the slot of a key that is in flight, if there is one.
    pub fn join<Q>(&self, hash: u64, key: &Q) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).join(hash, key)
    }

    /// Files a slot as ready that was never in flight, and lets go of one that is.
    ///
    /// Returns the one that was ready before, unless its time was over.
    pub fn insert(&self, slot: &P, lifetime: Lifetime) -> Option<P> {
        self.shard(slot.hash()).insert(slot, lifetime)
    }

    /// Ends the flight of a slot that has a value, and makes it ready.
    ///
    /// It does not become ready if it is no longer in flight here: then its key was removed or
    /// overwritten.
    #[inline]
    pub fn land(&self, slot: &P, lifetime: Lifetime) {
        self.shard(slot.hash()).land(slot, lifetime);
    }

    /// Lets go of the slot of a key that is in flight: nobody finds it any more, and it will not
    /// become ready.
    pub fn let_go<Q>(&self, hash: u64, key: &Q) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).let_go(hash, key)
    }

    /// Removes a key: what is ready, and what is in flight.
    pub fn remove<Q>(&self, hash: u64, key: &Q, now: Instant) -> Removed<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).remove(hash, key, now)
    }

    /// Removes all that is in flight, and the ready slots that `is_it` says.
    ///
    /// It is called outside the locks, on the slots that were ready when this was called.
    pub fn remove_if(&self, mut is_it: impl FnMut(&P) -> bool) {
        for shard in &self.shards {
            shard.remove_if(&mut is_it);
        }
    }

    /// Removes everything.
    pub fn clear(&self) {
        for shard in &self.shards {
            shard.clear();
        }
    }
}

impl<P: Filed> Store<P> {
    /// Ends the flight of a slot that has a value which is not to be kept.
    #[inline]
    pub fn discard(&self, slot: &P) {
        self.shard(slot.hash()).end(slot, |stats| stats.landed += 1);
    }

    /// Ends the flight of a slot that has no value, for it panicked.
    pub fn crash(&self, slot: &P) {
        let shard = self.shard(slot.hash());
        shard.end(slot, |stats| stats.panicked += 1);
    }

    /// Ends the flight of a slot that the last waiter has left.
    pub fn desert(&self, slot: &P) {
        let shard = self.shard(slot.hash());
        shard.end(slot, |stats| stats.deserted += 1);
    }

    /// Counts the slots in flight.
    pub fn in_flight(&self) -> usize {
        self.shards.iter().map(Shard::in_flight).sum()
    }

    /// Adds up what the shards have counted.
    pub fn stats(&self) -> Stats {
        let mut total = Stats::default();
        for shard in &self.shards {
            total += shard.stats();
        }
        total
    }

    #[inline]
    fn shard(&self, hash: u64) -> &Shard<P> {
        // Neither the bits by which hashbrown chooses a bucket nor those by which it tells them
        // apart.
        let mask = self.shards.len() - 1;
        &self.shards[(hash >> 40) as usize & mask]
    }
}

impl<P: Filed> fmt::Debug for Store<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("shards", &self.shards.len())
            .finish_non_exhaustive()
    }
}

/// No shard has room for fewer, unless it is the only one.
const SHARD_AT_LEAST: usize = 64;

/// More would only take memory.
const MOST_SHARDS: usize = 1 << 16;

fn default_shards() -> usize {
    // Asking the system takes long, and the answer may change: what was true at first serves.
    static SHARDS: OnceLock<usize> = OnceLock::new();
    *SHARDS.get_or_init(|| 4 * thread::available_parallelism().map_or(1, NonZeroUsize::get))
}
