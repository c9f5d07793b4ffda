//! What every map of this crate is made of: pairs in slots, an order of use, and a table of slot
//! numbers.
//!
//! ```text
//! table : slot numbers, by hash
//! order : ring of all slots, the most recently used first; its sentinel is slot 0
//! hashes: 32 bits per slot; read by evictions and rebuilds only
//! pairs : (K, V) per slot, without holes
//! ```
//!
//! Slot `i` owns the links `i`, `hashes[i - 1]` and `pairs[i - 1]`.
//!
//! # Invariants
//!
//! 1. Each slot stands once in `table`, under its hash.
//! 2. `order`, `hashes` and `pairs` have the same number of slots, and `order` has all in its ring.
//! 3. There is memory for `room` slots, in the table too.
//! 4. No foreign code runs between two steps of a change: it has run before, or runs after.

use alloc::vec::{self, Vec};
use core::mem;

use crate::ring::{Ring, Slot, index, slot};
use crate::table::Table;

/// The most slots that 32 bits can number, beside the sentinel.
pub(crate) const MAX_SLOTS: usize = u32::MAX as usize - 1;

/// The first allocation is for so many slots.
const FIRST_ROOM: usize = 4;

pub(crate) struct Slots<K, V> {
    table: Table,
    order: Ring,
    hashes: Vec<u32>,
    pairs: Vec<(K, V)>,
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

impl<K, V> Slots<K, V> {
    pub(crate) const fn new() -> Self {
        Self {
            table: Table::new(),
            order: Ring::new(),
            hashes: Vec::new(),
            pairs: Vec::new(),
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
    pub(crate) fn pair(&self, slot: Slot) -> &(K, V) {
        &self.pairs[index(slot) - 1]
    }

    #[inline]
    pub(crate) fn pair_mut(&mut self, slot: Slot) -> &mut (K, V) {
        &mut self.pairs[index(slot) - 1]
    }

    #[inline]
    pub(crate) fn promote(&mut self, slot: Slot) {
        self.order.promote(slot);
    }

    pub(crate) fn demote(&mut self, slot: Slot) {
        self.order.demote(slot);
    }

    /// The slot whose key has that hash and pleases `is_it`.
    #[inline]
    pub(crate) fn find(&self, hash: u32, mut is_it: impl FnMut(&K) -> bool) -> Option<Slot> {
        let pairs = &self.pairs[..];
        self.table
            .find(hash, |slot| is_it(&pairs[index(slot) - 1].0))
    }

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
        self.order.reserve_exact(room);
        let more = room.saturating_sub(self.len());
        self.hashes.reserve_exact(more);
        self.pairs.reserve_exact(more);
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
        if self.room == self.len() {
            return;
        }
        self.room = self.len();
        self.order.shrink_to_fit();
        self.hashes.shrink_to_fit();
        self.pairs.shrink_to_fit();
        self.table = Table::new();
        if self.room > 0 {
            self.set_room(self.room);
        }
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
            self.table.rename(self.hashes[index(last) - 1], last, slot);
        }
        self.order.unlink(slot);
        self.order.swap_remove(slot);
        self.hashes.swap_remove(index(slot) - 1);
        self.pairs.swap_remove(index(slot) - 1)
    }

    /// Removes all; the memory stays.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.order.clear();
        self.hashes.clear();
        self.pairs.clear();
    }

    /// Renumbers the slots by their order, keeps that many, and lends the pairs: the most recently
    /// used first, those that are not kept at the end.
    fn sort_and_keep(&mut self, kept: usize) -> &mut Vec<(K, V)> {
        let (hashes, pairs) = (&mut self.hashes, &mut self.pairs);
        self.order.sort(|a, b| {
            hashes.swap(index(a) - 1, index(b) - 1);
            pairs.swap(index(a) - 1, index(b) - 1);
        });
        self.order.truncate(kept);
        self.hashes.truncate(kept);
        self.table.clear();
        self.fill_table();
        &mut self.pairs
    }

    /// Lends all pairs, the most recently used first.
    pub(crate) fn sorted(&mut self) -> &mut [(K, V)] {
        self.sort_and_keep(self.len())
    }

    /// Takes the pairs out that are not among the `kept` most recently used ones, in the order of
    /// their use; the memory stays.
    pub(crate) fn drain_beyond(&mut self, kept: usize) -> vec::Drain<'_, (K, V)> {
        if self.len() <= kept {
            return self.pairs.drain(..0);
        }
        self.sort_and_keep(kept).drain(kept..)
    }

    /// The pairs, the most recently used first.
    pub(crate) fn into_pairs(mut self) -> Vec<(K, V)> {
        let pairs = &mut self.pairs;
        self.order
            .sort(|a, b| pairs.swap(index(a) - 1, index(b) - 1));
        self.pairs
    }

    /// The bytes allocated.
    pub(crate) fn allocated(&self) -> usize {
        self.table.allocated()
            + self.order.allocated()
            + self.hashes.capacity() * size_of::<u32>()
            + self.pairs.capacity() * size_of::<(K, V)>()
    }
}

impl<K: Clone, V: Clone> Clone for Slots<K, V> {
    fn clone(&self) -> Self {
        let pairs = self.pairs.clone();
        Self {
            table: self.table.clone(),
            order: self.order.clone(),
            hashes: self.hashes.clone(),
            room: pairs.len(),
            pairs,
        }
    }
}
