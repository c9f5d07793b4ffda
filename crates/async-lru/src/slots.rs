//! What every map of this crate is made of: pairs in slots, an order of use, and a table of slot
//! numbers.
//!
//! ```text
//! table : slot numbers, by hash
//! order : ring of all slots, the most recently used first; its sentinel is slot 0
//! hashes: 32 bits per slot; read by evictions and when the table is made anew
//! pairs : (K, V) per slot, without holes
//! extra : what the kind of map keeps per slot: nothing, deadlines, weights
//! ```
//!
//! Slot `i` owns the links `i`, `hashes[i - 1]` and `pairs[i - 1]`.
//!
//! # Invariants
//!
//! 1. Each slot stands once in `table`, under its hash.
//! 2. `order`, `hashes`, `pairs` and `extra` have the same number of slots, and `order` has all in
//!    its ring.
//! 3. There is memory for `room` slots, in the table too.
//! 4. No foreign code runs between two steps of a change: it has run before, or runs after.

#[cfg(any(feature = "ttl", feature = "sync"))]
mod aging;
mod bulk;

use alloc::vec::Vec;
use core::mem;

use equivalent::Equivalent;

use crate::extra::Extra;
use crate::ring::{Ring, Slot, index, slot};
use crate::table::{Found, Table};

#[cfg(any(feature = "ttl", feature = "sync"))]
pub(crate) use aging::{Known, Victim};

/// The most slots that 32 bits can number, beside the sentinel.
pub(crate) const MAX_SLOTS: usize = u32::MAX as usize - 1;

/// The first allocation is for so many slots.
const FIRST_ROOM: usize = 4;

pub(crate) struct Slots<K, V, X = ()> {
    table: Table,
    order: Ring,
    hashes: Vec<u32>,
    pairs: Vec<(K, V)>,
    extra: X,
    /// For how many slots there is memory.
    room: usize,
}

/// A hash in 32 bits, as the slots keep it.
///
/// The multiplication (by 2^64 divided by the golden ratio) has every bit count in the upper ones,
/// which choose the place in the table: hashers that leave them alone do no harm.
#[inline]
pub(crate) fn fold(hash: u64) -> u32 {
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// The value, once the key is dropped.
///
/// What a function returns leaks if a drop after it panics (rust-lang/rust#47949), so the key goes
/// before.
pub(crate) fn value_of<K, V>((key, value): (K, V)) -> V {
    drop(key);
    value
}

impl<K, V, X> Slots<K, V, X> {
    pub(crate) const fn new(extra: X) -> Self {
        Self {
            table: Table::new(),
            order: Ring::new(),
            hashes: Vec::new(),
            pairs: Vec::new(),
            extra,
            room: 0,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.pairs.len()
    }

    #[inline]
    pub(crate) fn order(&self) -> &Ring {
        &self.order
    }

    #[inline]
    pub(crate) fn pairs(&self) -> &[(K, V)] {
        &self.pairs
    }

    #[inline]
    pub(crate) fn pair(&self, slot: Slot) -> &(K, V) {
        &self.pairs[index(slot) - 1]
    }

    #[inline]
    pub(crate) fn pair_mut(&mut self, slot: Slot) -> &mut (K, V) {
        &mut self.pairs[index(slot) - 1]
    }

    #[inline]
    #[cfg(feature = "sync")]
    pub(crate) fn hash_of(&self, slot: Slot) -> u32 {
        self.hashes[index(slot) - 1]
    }

    #[inline]
    pub(crate) fn extra(&self) -> &X {
        &self.extra
    }

    #[inline]
    pub(crate) fn extra_mut(&mut self) -> &mut X {
        &mut self.extra
    }

    #[inline]
    pub(crate) fn promote(&mut self, slot: Slot) {
        self.order.promote(slot);
    }

    pub(crate) fn demote(&mut self, slot: Slot) {
        self.order.demote(slot);
    }

    /// The slot of a key.
    #[inline]
    pub(crate) fn find<Q: Equivalent<K> + ?Sized>(&self, hash: u32, key: &Q) -> Option<Slot> {
        let pairs = &self.pairs[..];
        let is_it = |slot| key.equivalent(&pairs[index(slot) - 1].0);
        match self.table.find(hash, is_it) {
            Found::Here(slot) => Some(slot),
            Found::Nowhere => None,
            Found::Elsewhere => self.search(hash, key),
        }
    }

    /// As [`find`](Self::find), for the few slots that stand elsewhere.
    #[cold]
    #[inline(never)]
    fn search<Q: Equivalent<K> + ?Sized>(&self, hash: u32, key: &Q) -> Option<Slot> {
        let is_it = |slot| key.equivalent(&self.pair(slot).0);
        self.table.search(hash, is_it)
    }

    /// The value of a key, which it makes the most recently used.
    #[inline]
    pub(crate) fn get<Q: Equivalent<K> + ?Sized>(&mut self, hash: u32, key: &Q) -> Option<&V> {
        let pairs = &self.pairs[..];
        let is_it = |slot| key.equivalent(&pairs[index(slot) - 1].0);
        match self.table.find(hash, is_it) {
            Found::Here(slot) => Some(self.used(slot)),
            Found::Nowhere => None,
            Found::Elsewhere => self.search_used(hash, key),
        }
    }

    /// As [`get`](Self::get), for the few slots that stand elsewhere; all of it, so that the others'
    /// path has no call.
    #[cold]
    #[inline(never)]
    fn search_used<Q: Equivalent<K> + ?Sized>(&mut self, hash: u32, key: &Q) -> Option<&V> {
        let slot = self.search(hash, key)?;
        Some(self.used(slot))
    }

    /// The value of a slot, which it makes the most recently used.
    #[inline]
    fn used(&mut self, slot: Slot) -> &V {
        // Looked at first: the compiler then knows that it is there.
        let (_, value) = &self.pairs[index(slot) - 1];
        self.order.promote(slot);
        value
    }
}

impl<K, V, X: Extra> Slots<K, V, X> {
    /// Makes room for that many slots at least, and for no more than `capacity` without need.
    ///
    /// Allocates first, so that a failure leaves everything as it was.
    #[cold]
    fn grow(&mut self, slots: usize, capacity: usize) {
        let room = slots.max(2 * self.room).max(FIRST_ROOM).min(capacity);
        self.set_room(room);
    }

    /// Makes room for exactly so many slots, which are no fewer than there are.
    fn set_room(&mut self, room: usize) {
        let more = room.saturating_sub(self.len());
        self.hashes.reserve_exact(more);
        self.pairs.reserve_exact(more);
        self.order.reserve_exact(room);
        self.extra.reserve_exact(room);
        if self.table.room() < room {
            self.table = Table::with_room(room);
            self.fill_table();
        }
        self.room = room;
    }

    /// Makes room for `additional` more slots, up to `capacity`.
    pub(crate) fn reserve(&mut self, additional: usize, capacity: usize) {
        let slots = self.len().saturating_add(additional).min(capacity);
        if slots > self.room {
            self.grow(slots, capacity);
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.room = self.len();
        self.order.shrink_to_fit();
        self.extra.shrink_to_fit();
        self.hashes.shrink_to_fit();
        self.pairs.shrink_to_fit();
        self.table = Table::with_room(self.room);
        self.fill_table();
    }

    /// Enters every slot into the table, which is empty.
    fn fill_table(&mut self) {
        for (slot, hash) in (1..).zip(&self.hashes) {
            self.table.insert(*hash, slot);
        }
    }

    /// Inserts a pair whose key is not there, as the most recently used, and returns its slot and
    /// what was evicted for it.
    #[inline]
    pub(crate) fn insert(
        &mut self,
        hash: u32,
        pair: (K, V),
        capacity: usize,
    ) -> (Slot, Option<(K, V)>) {
        if self.len() < capacity {
            (self.push(hash, pair, capacity), None)
        } else {
            let slot = self.order.last();
            (slot, Some(self.reuse(slot, hash, pair)))
        }
    }

    /// Adds a pair whose key is not there, as the most recently used; `capacity` is larger than the
    /// number of slots.
    #[inline]
    fn push(&mut self, hash: u32, pair: (K, V), capacity: usize) -> Slot {
        let len = self.len();
        if len == self.room {
            self.grow(len + 1, capacity);
        }
        self.order.push();
        self.extra.push();
        self.hashes.push(hash);
        self.pairs.push(pair);
        let slot = slot(self.len());
        self.order.link_first(slot);
        self.table.insert(hash, slot);
        slot
    }

    /// Gives a slot to another pair, whose key is not there, and makes it the most recently used.
    #[inline]
    fn reuse(&mut self, slot: Slot, hash: u32, pair: (K, V)) -> (K, V) {
        let old = mem::replace(&mut self.hashes[index(slot) - 1], hash);
        self.table.remove(old, slot);
        self.table.insert(hash, slot);
        self.order.promote(slot);
        mem::replace(self.pair_mut(slot), pair)
    }

    /// Removes a slot; the last one takes its number.
    pub(crate) fn remove(&mut self, slot: Slot) -> (K, V) {
        let last = crate::ring::slot(self.len());
        self.table.remove(self.hashes[index(slot) - 1], slot);
        if slot != last {
            let hash = self.hashes[index(last) - 1];
            self.table.rename(hash, last, slot);
        }
        self.order.unlink(slot);
        self.order.swap_remove(slot);
        self.extra.swap_remove(slot);
        self.hashes.swap_remove(index(slot) - 1);
        self.pairs.swap_remove(index(slot) - 1)
    }

    /// Removes the least recently used slot.
    pub(crate) fn pop_last(&mut self) -> Option<(K, V)> {
        let slot = self.order.last();
        (slot != 0).then(|| self.remove(slot))
    }

    /// Removes the most recently used slot.
    pub(crate) fn pop_first(&mut self) -> Option<(K, V)> {
        let slot = self.order.first();
        (slot != 0).then(|| self.remove(slot))
    }

    /// The bytes allocated.
    pub(crate) fn allocated(&self) -> usize {
        self.table.allocated()
            + self.order.allocated()
            + self.extra.allocated()
            + self.hashes.capacity() * size_of::<u32>()
            + self.pairs.capacity() * size_of::<(K, V)>()
    }
}

impl<K: Clone, V: Clone, X: Clone> Clone for Slots<K, V, X> {
    fn clone(&self) -> Self {
        let pairs = self.pairs.clone();
        Self {
            table: self.table.clone(),
            order: self.order.clone(),
            hashes: self.hashes.clone(),
            extra: self.extra.clone(),
            room: pairs.len(),
            pairs,
        }
    }
}
