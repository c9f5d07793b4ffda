//! Slots in the order of their deadlines: for those whose lifetimes differ.
//!
//! # Invariants
//!
//! 1. A slot's deadline is no earlier than that of the slot a level above, at a quarter of its
//!    place.
//! 2. `places` is empty, or has the place of every slot in `slots`, plus one; 0 for those that are
//!    not in it.

use alloc::vec::Vec;

use crate::ring::{Slot, index};

/// Children of a node: four are faster than two, since they stand side by side.
const CHILDREN: usize = 4;

/// The deadlines stand outside, one per slot of the map.
#[derive(Clone, Debug, Default)]
pub(super) struct Heap {
    slots: Vec<Slot>,
    places: Vec<u32>,
}

impl Heap {
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            places: Vec::new(),
        }
    }

    /// The slot with the earliest deadline.
    pub(super) fn first(&self) -> Option<Slot> {
        self.slots.first().copied()
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.places.clear();
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.slots.shrink_to_fit();
        self.places.shrink_to_fit();
    }

    pub(super) fn allocated(&self) -> usize {
        (self.slots.capacity() + self.places.capacity()) * size_of::<u32>()
    }

    /// Takes note of a new slot of the map.
    #[inline]
    pub(super) fn push(&mut self) {
        if !self.places.is_empty() {
            self.places.push(0);
        }
    }

    /// Enters a slot, which is not in it, or whose deadline has changed.
    pub(super) fn set(&mut self, slot: Slot, deadlines: &[u64]) {
        if self.places.is_empty() {
            self.places.resize(deadlines.len(), 0);
        }
        let at = self.place(slot).unwrap_or_else(|| {
            self.slots.push(slot);
            self.note(self.slots.len() - 1);
            self.slots.len() - 1
        });
        self.settle(at, deadlines);
    }

    /// Takes a slot out, if it is in.
    pub(super) fn remove(&mut self, slot: Slot, deadlines: &[u64]) {
        let Some(at) = self.place(slot) else {
            return;
        };
        self.places[index(slot) - 1] = 0;
        self.slots.swap_remove(at);
        if at < self.slots.len() {
            self.note(at);
            self.settle(at, deadlines);
        }
    }

    /// Removes a slot of the map, which is not in the heap; the last one takes its number.
    pub(super) fn swap_remove(&mut self, slot: Slot) {
        if self.places.is_empty() {
            return;
        }
        self.places.swap_remove(index(slot) - 1);
        self.renumber(slot);
    }

    /// Has two slots change their numbers.
    pub(super) fn swap(&mut self, a: Slot, b: Slot) {
        if !self.places.is_empty() {
            self.places.swap(index(a) - 1, index(b) - 1);
            self.renumber(a);
            self.renumber(b);
        }
    }

    /// Writes the slot's number at the place that the slot has.
    fn renumber(&mut self, slot: Slot) {
        if let Some(at) = self.place(slot) {
            self.slots[at] = slot;
        }
    }

    fn place(&self, slot: Slot) -> Option<usize> {
        let place = *self.places.get(index(slot) - 1)?;
        (place as usize).checked_sub(1)
    }

    /// Writes down the place of the slot that stands there.
    fn note(&mut self, at: usize) {
        // #2
        self.places[index(self.slots[at]) - 1] = crate::ring::slot(at + 1);
    }

    fn swap_places(&mut self, a: usize, b: usize) {
        self.slots.swap(a, b);
        self.note(a);
        self.note(b);
    }

    /// Moves a slot up or down to where its deadline belongs (#1).
    fn settle(&mut self, mut at: usize, deadlines: &[u64]) {
        let deadline = |slots: &[Slot], at: usize| deadlines[index(slots[at]) - 1];
        while at > 0 {
            let above = (at - 1) / CHILDREN;
            if deadline(&self.slots, above) <= deadline(&self.slots, at) {
                break;
            }
            self.swap_places(above, at);
            at = above;
        }
        loop {
            let below = CHILDREN * at + 1..self.slots.len().min(CHILDREN * at + 1 + CHILDREN);
            let Some(first) = below.min_by_key(|below| deadline(&self.slots, *below)) else {
                return;
            };
            if deadline(&self.slots, at) <= deadline(&self.slots, first) {
                return;
            }
            self.swap_places(first, at);
            at = first;
        }
    }
}
