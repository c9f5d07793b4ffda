//! Keeping the heap a heap: comparisons first, and moves that compare nothing after them.

use std::cmp::Ordering;

use super::WaitHeap;

/// A waiter's place; its slot's `back` is the index of this entry.
pub(crate) struct Entry<K> {
    pub(super) key: K,
    /// No two entries have the same. 64 bits do not run out.
    pub(super) arrival: i64,
    pub(super) slot: u32,
}

impl<K: Ord, P> WaitHeap<K, P> {
    /// Where an entry that is about to be pushed starts, and where it belongs.
    #[inline]
    pub(super) fn place_of_new(&self, key: &K, arrival: i64) -> (usize, usize) {
        let end = self.heap.len();
        (end, self.place_above(key, arrival, end))
    }

    #[inline]
    pub(super) fn push(&mut self, key: K, arrival: i64, slot: u32, from: usize, to: usize) {
        self.heap.push(Entry { key, arrival, slot });
        self.shift(from, to);
    }

    /// Takes the entry at `at` out; whichever replaces it goes where it belongs.
    pub(super) fn remove(&mut self, at: usize) -> Entry<K> {
        let end = self.heap.len() - 1;
        let to = if at == end {
            at
        } else {
            let last = &self.heap[end];
            self.place_in(&last.key, last.arrival, at, end)
        };
        let entry = self.heap.swap_remove(at);
        if at < end {
            self.shift(at, to);
        }
        entry
    }

    /// Where an entry with this key belongs, if it now stood at `at` of the first `end`.
    #[inline]
    pub(super) fn place_in(&self, key: &K, arrival: i64, at: usize, end: usize) -> usize {
        let above = self.place_above(key, arrival, at);
        if above == at {
            self.place_below(key, arrival, at, end)
        } else {
            above
        }
    }

    #[inline]
    fn place_above(&self, key: &K, arrival: i64, mut at: usize) -> usize {
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.heap[parent].is_before(key, arrival) {
                break;
            }
            at = parent;
        }
        at
    }

    fn place_below(&self, key: &K, arrival: i64, mut at: usize, end: usize) -> usize {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            if left >= end {
                return at;
            }
            let right_is_smaller = right < end
                && self.heap[right].is_before(&self.heap[left].key, self.heap[left].arrival);
            let child = if right_is_smaller { right } else { left };
            if !self.heap[child].is_before(key, arrival) {
                return at;
            }
            at = child;
        }
    }
}

/// Moves without comparisons, so nothing here panics halfway.
impl<K, P> WaitHeap<K, P> {
    /// Moves the entry at `from` to `to`, an ancestor or descendant, and those between by one
    /// generation towards `from`.
    pub(super) fn shift(&mut self, from: usize, to: usize) {
        let mut at = from;
        while at > to {
            let parent = (at - 1) / 2;
            self.heap.swap(at, parent);
            self.note_index(at);
            at = parent;
        }
        // With the root as 1, the parent of a place is half of it.
        let mut below = (to + 1).ilog2().saturating_sub((at + 1).ilog2());
        while at < to {
            below -= 1;
            let child = ((to + 1) >> below) - 1;
            self.heap.swap(at, child);
            self.note_index(at);
            at = child;
        }
        self.note_index(at);
    }

    #[inline]
    fn note_index(&mut self, at: usize) {
        self.slab.at_mut(self.heap[at].slot).back = index(at);
    }

    #[inline]
    pub(super) fn index_of(&self, slot: u32) -> usize {
        self.slab.at(slot).back as usize
    }

    #[cold]
    pub(super) fn take_refused(&mut self, slot: u32) -> Entry<K> {
        let at = self.index_of(slot);
        let entry = self.refused.swap_remove(at);
        if let Some(moved) = self.refused.get(at) {
            self.slab.at_mut(moved.slot).back = index(at);
        }
        entry
    }
}

impl<K: Ord> Entry<K> {
    #[inline]
    fn is_before(&self, key: &K, arrival: i64) -> bool {
        match self.key.cmp(key) {
            Ordering::Less => true,
            Ordering::Equal => self.arrival < arrival,
            Ordering::Greater => false,
        }
    }

    #[inline]
    pub(super) fn cmp_place(&self, other: &Self) -> Ordering {
        self.key
            .cmp(&other.key)
            .then_with(|| self.arrival.cmp(&other.arrival))
    }
}

/// An index as the slots keep it.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are no more entries than slots, whose numbers are 32 bits"
)]
pub(super) fn index(at: usize) -> u32 {
    at as u32
}
