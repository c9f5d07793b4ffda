//! What each slot weighs.
//!
//! # Invariants
//!
//! 1. `total` is the sum of `each`, and no more than a `u64` holds: the map makes room before it
//!    adds to it.

use alloc::vec::Vec;

use crate::extra::Extra;
use crate::ring::{Slot, index};

#[derive(Debug)]
pub(super) struct Weights {
    each: Vec<u64>,
    total: u64,
}

impl Weights {
    pub(super) const fn new() -> Self {
        Self {
            each: Vec::new(),
            total: 0,
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Notes the weight of a slot that has none yet.
    pub(super) fn set(&mut self, slot: Slot, weight: u64) {
        self.each[index(slot) - 1] = weight;
        self.total += weight; // #1
    }
}

impl Extra for Weights {
    fn push(&mut self) {
        self.each.push(0);
    }

    fn swap_remove(&mut self, slot: Slot) {
        self.total -= self.each.swap_remove(index(slot) - 1);
    }

    fn swap(&mut self, a: Slot, b: Slot) {
        self.each.swap(index(a) - 1, index(b) - 1);
    }

    fn clear(&mut self) {
        self.each.clear();
        self.total = 0;
    }

    fn reserve_exact(&mut self, slots: usize) {
        self.each
            .reserve_exact(slots.saturating_sub(self.each.len()));
    }

    fn shrink_to_fit(&mut self) {
        self.each.shrink_to_fit();
    }

    fn allocated(&self) -> usize {
        self.each.capacity() * size_of::<u64>()
    }
}
