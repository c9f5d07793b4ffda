//! Who is next: an 8-ary heap of 16-byte entries, exact in time and in the order of insertion.
//!
//! An entry is one number, `time · 2^64 + sequence · 2^32 + slot`, so that a comparison is a single
//! one of 128 bits, and eight children are two or three cache lines in a row.
//! Where each slot stands in the heap is kept beside it, four bytes each, so that taking an entry
//! out from the middle needs no search and touches no payload.
//!
//! # Invariants
//!
//! 1. No entry is less than its parent.
//! 2. `place[slot]` is the index of the slot's entry, [`NOWHERE`] if there is none.
//! 3. No two entries have the same sequence: before the numbers run out all entries are numbered
//!    anew, in their order.

use std::mem;

/// The children of entry `i` are `ARITY * i + 1 ..= ARITY * i + ARITY`.
///
/// With four of them, taking one of 100 000 items that are due took 515 ns instead of 365, as two
/// levels more miss the second-level cache (2026-11-25, 2 vCPU AMD EPYC under load,
/// `cargo bench -p benches --bench figures_scheduler -- fire_100k`); smaller numbers of items, and
/// the other operations, showed no difference. Neither did sixteen.
const ARITY: usize = 8;

/// Not in the heap.
const NOWHERE: u32 = u32::MAX;

/// See the [module](self).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Entry(u128);

impl Entry {
    #[inline]
    fn new(time: u64, sequence: u32, slot: u32) -> Self {
        Self(u128::from(time) << 64 | u128::from(sequence) << 32 | u128::from(slot))
    }

    #[inline]
    fn time(self) -> u64 {
        (self.0 >> 64) as u64
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lowest 32 bits")]
    fn slot(self) -> u32 {
        self.0 as u32
    }
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Heap {
    entries: Vec<Entry>,
    place: Vec<u32>,
    /// Of the next insertion.
    sequence: u32,
}

/// What [`Heap::due`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DueCount {
    /// How many are due, up to the limit.
    pub(crate) count: usize,
    /// The earliest time that is not due yet; only exact if `count` is below the limit.
    pub(crate) then: Option<u64>,
}

impl Heap {
    pub(crate) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            place: Vec::new(),
            sequence: 0,
        }
    }

    /// The earliest entry: its time and its slot.
    #[inline]
    pub(crate) fn first(&self) -> Option<(u64, u32)> {
        self.entries
            .first()
            .map(|entry| (entry.time(), entry.slot()))
    }

    #[inline]
    pub(crate) fn contains(&self, slot: u32) -> bool {
        self.place
            .get(slot as usize)
            .is_some_and(|&place| place != NOWHERE)
    }

    /// Puts a slot that is not in the heap behind all of an equal or earlier time.
    #[inline]
    pub(crate) fn insert(&mut self, time: u64, slot: u32) {
        let entry = self.number(time, slot);
        while self.place.len() <= slot as usize {
            self.place.push(NOWHERE);
        }
        let hole = self.entries.len();
        self.entries.push(entry);
        self.sift_up(hole, entry);
    }

    /// Takes a slot out; false if it is not in the heap.
    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) -> bool {
        let Some(place) = self.place.get_mut(slot as usize) else {
            return false;
        };
        let hole = mem::replace(place, NOWHERE);
        if hole == NOWHERE {
            return false;
        }
        let hole = hole as usize;
        // The last one fills the hole, unless it is the hole.
        if let Some(last) = self.entries.pop() {
            if hole < self.entries.len() {
                self.settle(hole, last);
            }
        }
        true
    }

    /// Moves a slot to another time, behind all of an equal or earlier one; false if it is not in
    /// the heap.
    #[inline]
    pub(crate) fn change(&mut self, slot: u32, time: u64) -> bool {
        if !self.contains(slot) {
            return false;
        }
        let entry = self.number(time, slot);
        let hole = self.place[slot as usize] as usize;
        self.settle(hole, entry);
        true
    }

    /// Counts those of a time up to `now`, at most `limit`, and finds the first time after it.
    ///
    /// Takes time in `limit`, not in the number of entries.
    pub(crate) fn due(&self, now: u64, limit: usize) -> DueCount {
        let mut found = DueCount {
            count: 0,
            then: None,
        };
        let mut at = 0;
        loop {
            match self.entries.get(at).map(|entry| entry.time()) {
                Some(time) if time <= now => {
                    found.count += 1;
                    if found.count >= limit {
                        return found;
                    }
                    at = ARITY * at + 1; // down: its children may be due too
                    continue;
                }
                Some(time) => found.then = Some(found.then.map_or(time, |then| then.min(time))),
                None => {}
            }
            // On to the next sibling, or that of the nearest ancestor that has one.
            while at % ARITY == 0 {
                if at == 0 {
                    return found;
                }
                at = (at - 1) / ARITY;
            }
            at += 1;
        }
    }

    /// Empties the heap and returns its slots in their order.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = u32> {
        self.place.clear();
        let mut entries = mem::take(&mut self.entries);
        entries.sort_unstable();
        entries.into_iter().map(Entry::slot)
    }

    /// The entry of the next insertion.
    #[inline]
    fn number(&mut self, time: u64, slot: u32) -> Entry {
        if self.sequence == u32::MAX {
            self.number_anew(); // #3
        }
        let sequence = self.sequence;
        self.sequence += 1;
        Entry::new(time, sequence, slot)
    }

    #[cold]
    fn number_anew(&mut self) {
        self.entries.sort_unstable(); // which is a heap
        let mut sequence = 0;
        for (at, entry) in self.entries.iter_mut().enumerate() {
            *entry = Entry::new(entry.time(), sequence, entry.slot());
            self.place[entry.slot() as usize] = index(at);
            sequence += 1;
        }
        self.sequence = sequence;
    }

    /// Puts `entry` into the hole, and moves it up or down to where it belongs.
    #[inline]
    fn settle(&mut self, hole: usize, entry: Entry) {
        if hole > 0 && entry < self.entries[(hole - 1) / ARITY] {
            self.sift_up(hole, entry);
        } else {
            self.sift_down(hole, entry);
        }
    }

    #[inline]
    fn sift_up(&mut self, mut hole: usize, entry: Entry) {
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            let above = self.entries[parent];
            if above < entry {
                break;
            }
            self.set(hole, above);
            hole = parent;
        }
        self.set(hole, entry);
    }

    #[inline]
    fn sift_down(&mut self, mut hole: usize, entry: Entry) {
        loop {
            let first = ARITY * hole + 1;
            let Some((least, below)) = self.least_of_children(first) else {
                break;
            };
            if entry < below {
                break;
            }
            self.set(hole, below);
            hole = least;
        }
        self.set(hole, entry);
    }

    /// The least of the siblings that begin at `first`, and where it is.
    #[inline]
    fn least_of_children(&self, first: usize) -> Option<(usize, Entry)> {
        if let Some(children) = self.entries.get(first..first + ARITY) {
            // Pairs, pairs of pairs: no chain of comparisons that wait for each other.
            let less = |a: (usize, Entry), b: (usize, Entry)| if b.1 < a.1 { b } else { a };
            let at = |offset: usize| (first + offset, children[offset]);
            let (ab, cd) = (less(at(0), at(1)), less(at(2), at(3)));
            let (ef, gh) = (less(at(4), at(5)), less(at(6), at(7)));
            return Some(less(less(ab, cd), less(ef, gh)));
        }
        let rest = self.entries.get(first..)?;
        let (offset, &least) = rest.iter().enumerate().min_by_key(|(_, entry)| **entry)?;
        Some((first + offset, least))
    }

    #[inline]
    fn set(&mut self, at: usize, entry: Entry) {
        self.entries[at] = entry;
        self.place[entry.slot() as usize] = index(at);
    }
}

/// An index as it is kept: there are fewer entries than slots, and fewer slots than 2^32 − 1.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "bounded by the slots")]
fn index(at: usize) -> u32 {
    at as u32
}

#[cfg(test)]
mod tests {
    use super::{ARITY, DueCount, Heap, NOWHERE};
    use testkit::with_seeds;

    fn check(heap: &Heap) {
        for (at, entry) in heap.entries.iter().enumerate() {
            assert_eq!(heap.place[entry.slot() as usize] as usize, at);
            assert!(at == 0 || heap.entries[(at - 1) / ARITY] < *entry);
        }
        let placed = heap.place.iter().filter(|place| **place != NOWHERE);
        assert_eq!(placed.count(), heap.entries.len());
    }

    #[test]
    fn due_counts_what_a_walk_over_all_counts() {
        with_seeds(200, |rng| {
            let mut heap = Heap::new();
            let mut times = Vec::new();
            for slot in 0..rng.u32(0..60) {
                let time = rng.u64(0..40);
                times.push(time);
                heap.insert(time, slot);
            }
            check(&heap);
            for now in 0..41 {
                let due = times.iter().filter(|time| **time <= now).count();
                let then = times.iter().filter(|time| **time > now).min().copied();
                assert_eq!(heap.due(now, 1000), DueCount { count: due, then });
                let limit = rng.usize(1..8);
                assert_eq!(heap.due(now, limit).count, due.min(limit));
            }
        });
    }

    #[test]
    fn the_order_survives_the_end_of_the_sequence() {
        let mut heap = Heap::new();
        heap.sequence = u32::MAX - 3;
        for slot in 0..8 {
            heap.insert(7, slot);
            check(&heap);
        }
        assert!(heap.change(2, 7));
        assert!(heap.sequence < 20, "numbered anew");
        let order: Vec<u32> = heap.drain().collect();
        assert_eq!(order, [0, 1, 3, 4, 5, 6, 7, 2]);
    }

    #[test]
    fn the_heap_is_that_of_a_sorted_list() {
        with_seeds(200, |rng| {
            let mut heap = Heap::new();
            let mut model: Vec<(u64, u64, u32)> = Vec::new();
            for sequence in 0..300 {
                let (slot, time) = (rng.u32(0..40), rng.u64(0..20));
                let known = model.iter().position(|(_, _, known)| *known == slot);
                match (rng.u8(0..4), known) {
                    (0, _) => {
                        assert_eq!(heap.remove(slot), known.is_some());
                        model.retain(|(_, _, known)| *known != slot);
                    }
                    (1, _) => {
                        assert_eq!(heap.change(slot, time), known.is_some());
                        if let Some(at) = known {
                            model[at] = (time, sequence, slot);
                        }
                    }
                    (_, None) => {
                        heap.insert(time, slot);
                        model.push((time, sequence, slot));
                    }
                    (_, Some(_)) => {
                        model.sort_unstable();
                        let (time, _, slot) = model.remove(0);
                        assert_eq!(heap.first(), Some((time, slot)));
                        assert!(heap.remove(slot));
                    }
                }
                check(&heap);
            }
            model.sort_unstable();
            let order: Vec<u32> = model.into_iter().map(|(_, _, slot)| slot).collect();
            assert!(heap.drain().eq(order));
        });
    }
}
