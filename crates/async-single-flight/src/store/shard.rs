//! One shard of a store: two tables under one mutex.

use super::ready::{Gone, Lifetime, Looked, Ready};
use super::{Entered, Filed, Found, Removed};
use async_lru::Equivalent;
use async_waitlist::sync::Mutex;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::mem;
use std::num::NonZeroUsize;
use std::ops::AddAssign;
use std::time::{Duration, Instant};

/// What a store has counted since it was made, and what is in it.
///
/// Each call for a value is a hit, a join or a load; each load ends as landed, panicked or deserted.
///
/// # Examples
///
/// ```
/// use async_single_flight::store::Stats;
///
/// let stats = Stats::default();
/// assert_eq!(stats.hits + stats.joins + stats.loads, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls that found a value.
    pub hits: u64,
    /// Calls that found none, but a load of somebody else's, and joined it.
    pub joins: u64,
    /// Calls that found neither, and brought a load; refreshes are among them.
    pub loads: u64,
    /// Loads that ended with a value, kept or not.
    pub landed: u64,
    /// Loads that panicked.
    pub panicked: u64,
    /// Loads that were dropped, since the last caller had gone.
    pub deserted: u64,
    /// Values that had to make room for others, before their time was over.
    pub evicted: u64,
    /// Values that were removed after their time was over.
    pub expired: u64,
    /// The values that are there.
    pub len: usize,
    /// The loads that can be joined.
    pub in_flight: usize,
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.joins += other.joins;
        self.loads += other.loads;
        self.landed += other.landed;
        self.panicked += other.panicked;
        self.deserted += other.deserted;
        self.evicted += other.evicted;
        self.expired += other.expired;
        self.len += other.len;
        self.in_flight += other.in_flight;
    }
}

/// On a cache line of its own, and on a second one, as processors fetch two at a time.
#[repr(align(128))]
pub(super) struct Shard<P: Filed>(Mutex<Tables<P>>);

struct Tables<P: Filed> {
    flying: HashTable<P>,
    ready: Ready<P>,
    /// All but `len` and `in_flight`.
    counted: Stats,
}

/// A table of flights with room for so many is kept when it falls empty.
const KEPT: usize = 64;

impl<P: Filed> Shard<P>
where
    P::Key: Eq,
{
    pub(super) fn new(capacity: Option<NonZeroUsize>, stale: Duration) -> Self {
        Self(Mutex::new(Tables {
            flying: HashTable::new(),
            ready: Ready::new(capacity, stale),
            counted: Stats::default(),
        }))
    }

    /// `now` is `None` for a caller that takes nothing that is ready.
    #[inline]
    pub(super) fn enter(
        &self,
        hash: u64,
        now: Option<Instant>,
        brought: &mut Option<(P::Key, impl FnOnce(P::Key) -> P)>,
    ) -> Entered<P> {
        let Some((key, _)) = brought else {
            nothing_brought()
        };
        // Declared before the guard: what they hold is dropped after it.
        let (mut gone, mut closed) = (None, None);
        let mut tables = self.0.lock();
        let ready = now.and_then(|now| tables.serve(hash, key, now, &mut gone));
        match ready {
            Some(slot) => Entered::Ready(slot),
            None => tables.join_or_file(hash, brought, &mut closed),
        }
    }

    #[inline]
    pub(super) fn try_enter<Q>(&self, hash: u64, key: &Q, now: Instant) -> Option<Entered<P>>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let mut gone = None;
        let mut tables = self.0.lock();
        if let Some(slot) = tables.serve(hash, key, now, &mut gone) {
            return Some(Entered::Ready(slot));
        }
        tables.join(hash, key).map(Entered::Joined)
    }

    pub(super) fn find<Q>(&self, hash: u64, key: &Q, now: Instant) -> Found<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let _gone;
        let mut tables = self.0.lock();
        match tables.ready.look(hash, key, now) {
            Looked::Fresh(slot) | Looked::Stale(slot) => {
                tables.counted.hits += 1;
                return Found::Ready(slot);
            }
            Looked::Expired(slot) => {
                tables.counted.expired += 1;
                _gone = slot;
            }
            Looked::Absent => {}
        }
        if tables.is_flying(hash, key) {
            Found::InFlight
        } else {
            Found::Vacant
        }
    }

    pub(super) fn join<Q>(&self, hash: u64, key: &Q) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.0.lock().join(hash, key)
    }

    pub(super) fn insert(&self, slot: &P, lifetime: Lifetime) -> Option<P> {
        let (_let_go, _memory);
        let mut gone = Gone::nothing(); // dropped after the guard, also if a comparison panics
        let mut tables = self.0.lock();
        _let_go = tables.let_go(slot.hash(), slot.key());
        _memory = tables.shrink();
        tables.file(slot.clone(), slot, lifetime, &mut gone);
        drop(tables);
        gone.replaced.alive()
    }

    #[inline]
    pub(super) fn land(&self, slot: &P, lifetime: Lifetime) -> Gone<P> {
        let _memory;
        let mut gone = Gone::nothing(); // dropped after the guard, also if a comparison panics
        let mut tables = self.0.lock();
        tables.counted.landed += 1;
        let flying = tables.take_off(slot);
        _memory = tables.shrink();
        // If it is not there any more, it was removed or overwritten meanwhile.
        if let Some(same) = flying {
            tables.file(same, slot, lifetime, &mut gone);
        }
        gone
    }

    pub(super) fn let_go<Q>(&self, hash: u64, key: &Q) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let _memory;
        let mut tables = self.0.lock();
        let slot = tables.let_go(hash, key);
        _memory = tables.shrink();
        slot
    }

    pub(super) fn remove<Q>(&self, hash: u64, key: &Q, now: Instant) -> Removed<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let _memory;
        let mut tables = self.0.lock();
        let in_flight = tables.let_go(hash, key);
        _memory = tables.shrink();
        let ready = tables.ready.take(hash, key, now);
        tables.count_expired(&ready);
        drop(tables);
        let ready = ready.alive();
        Removed { ready, in_flight }
    }

    pub(super) fn remove_if(&self, is_it: &mut impl FnMut(&P) -> bool) {
        let (_flying, mut found);
        {
            let mut tables = self.0.lock();
            _flying = mem::take(&mut tables.flying);
            found = tables.ready.slots();
        }
        found.retain(is_it);
        let mut removed = Vec::with_capacity(found.len());
        let mut tables = self.0.lock();
        removed.extend(found.iter().filter_map(|slot| tables.ready.take_same(slot)));
    }

    pub(super) fn clear(&self) {
        let (_flying, _ready);
        let mut tables = self.0.lock();
        _flying = mem::take(&mut tables.flying);
        _ready = tables.ready.take_all();
    }
}

impl<P: Filed> Shard<P> {
    /// Takes a slot out of those in flight, and counts how it ended.
    #[inline]
    pub(super) fn end(&self, slot: &P, count: impl FnOnce(&mut Stats)) {
        let (_flying, _memory);
        let mut tables = self.0.lock();
        count(&mut tables.counted);
        _flying = tables.take_off(slot);
        _memory = tables.shrink();
    }

    pub(super) fn in_flight(&self) -> usize {
        self.0.lock().flying.len()
    }

    pub(super) fn stats(&self) -> Stats {
        let tables = self.0.lock();
        Stats {
            len: tables.ready.len(),
            in_flight: tables.flying.len(),
            ..tables.counted
        }
    }
}

impl<P: Filed> Tables<P>
where
    P::Key: Eq,
{
    /// The ready slot that serves a caller; without one it has to join or to load.
    #[inline]
    fn serve<Q>(&mut self, hash: u64, key: &Q, now: Instant, gone: &mut Option<P>) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        match self.ready.look(hash, key, now) {
            Looked::Absent => None,
            Looked::Fresh(slot) => {
                self.counted.hits += 1;
                Some(slot)
            }
            Looked::Stale(slot) if self.is_flying(hash, key) => {
                self.counted.hits += 1;
                Some(slot)
            }
            Looked::Stale(slot) => {
                *gone = Some(slot);
                None
            }
            Looked::Expired(slot) => {
                self.counted.expired += 1;
                *gone = Some(slot);
                None
            }
        }
    }

    /// Joins the slot of a key that is in flight, or files a new one, in the place of one that is
    /// closed.
    #[inline]
    fn join_or_file(
        &mut self,
        hash: u64,
        brought: &mut Option<(P::Key, impl FnOnce(P::Key) -> P)>,
        closed: &mut Option<P>,
    ) -> Entered<P> {
        let Some((key, _)) = brought else {
            nothing_brought()
        };
        let place = match self.flying.entry(hash, is_of(hash, key), P::hash) {
            Entry::Occupied(entry) => {
                let there = entry.get();
                if there.join() {
                    self.counted.joins += 1;
                    return Entered::Joined(there.clone());
                }
                Ok(entry.into_mut())
            }
            Entry::Vacant(entry) => Err(entry),
        };
        let Some((key, make)) = brought.take() else {
            nothing_brought()
        };
        let slot = make(key);
        match place {
            Ok(there) => *closed = Some(mem::replace(there, slot.clone())),
            Err(entry) => drop(entry.insert(slot.clone())),
        }
        self.counted.loads += 1;
        Entered::Filed(slot)
    }

    /// The slot of a key that is in flight, joined.
    #[inline]
    fn join<Q>(&mut self, hash: u64, key: &Q) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let slot = self.flying.find(hash, is_of(hash, key))?;
        if !slot.join() {
            return None;
        }
        self.counted.joins += 1;
        Some(slot.clone())
    }

    #[inline(never)] // for the sake of those who find what is fresh
    fn is_flying<Q>(&self, hash: u64, key: &Q) -> bool
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let slot = self.flying.find(hash, is_of(hash, key));
        slot.is_some_and(|slot| !slot.is_closed())
    }

    /// Takes the slot of a key out of those in flight.
    fn let_go<Q>(&mut self, hash: u64, key: &Q) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let entry = self.flying.find_entry(hash, is_of(hash, key));
        entry.ok().map(|entry| entry.remove().0)
    }

    /// Files a slot as ready, of which there are two handles.
    #[inline]
    fn file(&mut self, slot: P, same: &P, lifetime: Lifetime, gone: &mut Gone<P>) {
        self.ready.put(slot, same, lifetime, gone);
        self.counted.evicted += u64::from(gone.evicted.is_some());
        self.counted.expired += gone.cleared.iter().flatten().count() as u64;
        self.count_expired(&gone.replaced);
    }

    #[inline]
    fn count_expired(&mut self, looked: &Looked<P>) {
        self.counted.expired += u64::from(matches!(looked, Looked::Expired(_)));
    }
}

impl<P: Filed> Tables<P> {
    /// Takes a slot out of those in flight, if it is there.
    #[inline]
    fn take_off(&mut self, slot: &P) -> Option<P> {
        let is_it = |other: &P| other.is_same(slot);
        let entry = self.flying.find_entry(slot.hash(), is_it);
        entry.ok().map(|entry| entry.remove().0)
    }

    /// Gives up the memory of the table of flights if it is much and none is left.
    #[inline]
    fn shrink(&mut self) -> Option<HashTable<P>> {
        let much = self.flying.is_empty() && self.flying.capacity() > KEPT;
        much.then(|| mem::take(&mut self.flying))
    }
}

/// What tells whether a slot in flight is that of a key.
#[inline]
fn is_of<P: Filed, Q>(hash: u64, key: &Q) -> impl Fn(&P) -> bool
where
    Q: Equivalent<P::Key> + ?Sized,
{
    move |slot| slot.hash() == hash && key.equivalent(slot.key())
}

#[cold]
fn nothing_brought() -> ! {
    panic!("a caller that comes for a value brings a key and what makes a slot")
}
