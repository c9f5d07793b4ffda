//! Many slots at once.

use alloc::vec::{self, Vec};

use super::Slots;
use crate::extra::Extra;
use crate::ring::{Slot, index, slot};

impl<K, V, X: Extra> Slots<K, V, X> {
    /// Removes all; the memory stays.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.order.clear();
        self.extra.clear();
        self.hashes.clear();
        self.pairs.clear();
    }

    /// Renumbers the slots by their order, forgets all but `kept`, and lends the pairs: the most
    /// recently used first, those that were not kept at the end.
    fn sort_and_keep(&mut self, kept: usize) -> &mut Vec<(K, V)> {
        let (hashes, pairs, extra) = (&mut self.hashes, &mut self.pairs, &mut self.extra);
        self.order.sort(|a, b| {
            hashes.swap(index(a) - 1, index(b) - 1);
            pairs.swap(index(a) - 1, index(b) - 1);
            extra.swap(a, b);
        });
        for last in (kept..self.pairs.len()).rev() {
            self.extra.swap_remove(slot(last + 1));
        }
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
    ///
    /// They are out even if the iterator is forgotten.
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

    /// Removes and returns the first pair, from the slot `at` on, that pleases `is_it`; `at` then
    /// is the next slot to look at, 0 at the end.
    pub(crate) fn extract_next(
        &mut self,
        at: &mut Slot,
        mut is_it: impl FnMut(&K, &mut V) -> bool,
    ) -> Option<(K, V)> {
        while *at != 0 {
            let slot = *at;
            let (key, value) = self.pair_mut(slot);
            let is_it = is_it(key, value);
            let next = self.order.next(slot);
            if is_it {
                // The last slot takes the number of the removed one.
                *at = if index(next) == self.len() {
                    slot
                } else {
                    next
                };
                return Some(self.remove(slot));
            }
            *at = next;
        }
        None
    }
}
