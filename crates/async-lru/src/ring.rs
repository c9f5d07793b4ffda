//! A ring of slots: one order on them, kept in links of eight bytes.
//!
//! # Invariants
//!
//! 1. `links` is empty, or `links[0]` is the sentinel: its `next` is the first slot, its `prev` the
//!    last, and it is both its own when there is none.
//! 2. Following `next` from the sentinel comes to every slot in the ring once and then back; `prev`
//!    is the way back.
//! 3. A slot that is not in the ring is linked to itself.

use alloc::vec::Vec;

/// A slot's number: one more than its place in the arrays, since 0 is the sentinel.
pub(crate) type Slot = u32;

/// The order of the slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ring {
    links: Vec<Link>,
}

/// Eight of them fill a cache line.
#[derive(Clone, Copy, Debug)]
struct Link {
    prev: Slot,
    next: Slot,
}

#[inline]
pub(crate) fn index(slot: Slot) -> usize {
    slot as usize
}

/// The slot with that number.
///
/// Its caller has seen to it that there are no more than 2^32 - 2.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "slots are counted in 32 bits"
)]
pub(crate) fn slot(index: usize) -> Slot {
    index as Slot
}

impl Ring {
    pub(crate) const fn new() -> Self {
        Self { links: Vec::new() }
    }

    /// Makes room for exactly so many slots.
    pub(crate) fn reserve_exact(&mut self, slots: usize) {
        self.links
            .reserve_exact((slots + 1).saturating_sub(self.links.len()));
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.links.shrink_to_fit();
    }

    pub(crate) fn clear(&mut self) {
        self.links.clear();
    }

    /// The bytes allocated.
    pub(crate) fn allocated(&self) -> usize {
        self.links.capacity() * size_of::<Link>()
    }

    /// Keeps that many slots of a ring that is sorted.
    pub(crate) fn truncate(&mut self, slots: usize) {
        self.links.truncate(slots + 1);
        if let Some(last) = self.links.last_mut() {
            last.next = 0;
            self.links[0].prev = slot(slots);
        }
    }

    /// The first slot, 0 if there is none.
    #[inline]
    pub(crate) fn first(&self) -> Slot {
        self.links.first().map_or(0, |sentinel| sentinel.next)
    }

    /// The last slot, 0 if there is none.
    #[inline]
    pub(crate) fn last(&self) -> Slot {
        self.links.first().map_or(0, |sentinel| sentinel.prev)
    }

    /// The slot after that one, 0 after the last.
    #[inline]
    pub(crate) fn next(&self, slot: Slot) -> Slot {
        self.links[index(slot)].next
    }

    /// The slot before that one, 0 before the first.
    #[inline]
    pub(crate) fn prev(&self, slot: Slot) -> Slot {
        self.links[index(slot)].prev
    }

    /// Adds a slot, the next number, outside the ring.
    #[inline]
    pub(crate) fn push(&mut self) {
        if self.links.is_empty() {
            self.links.push(Link { prev: 0, next: 0 });
        }
        let slot = slot(self.links.len());
        self.links.push(Link {
            prev: slot,
            next: slot,
        });
    }

    /// Links a slot that is not in the ring, as the first.
    #[inline]
    pub(crate) fn link_first(&mut self, slot: Slot) {
        let links = &mut self.links[..];
        let first = links[0].next;
        links[0].next = slot;
        links[index(slot)] = Link {
            prev: 0,
            next: first,
        };
        links[index(first)].prev = slot;
    }

    /// Links a slot that is not in the ring, as the last.
    #[inline]
    pub(crate) fn link_last(&mut self, slot: Slot) {
        let links = &mut self.links[..];
        let last = links[0].prev;
        links[0].prev = slot;
        links[index(slot)] = Link {
            prev: last,
            next: 0,
        };
        links[index(last)].next = slot;
    }

    /// Takes a slot out of the ring, if it is in.
    #[inline]
    pub(crate) fn unlink(&mut self, slot: Slot) {
        let links = &mut self.links[..];
        let Link { prev, next } = links[index(slot)];
        links[index(prev)].next = next;
        links[index(next)].prev = prev;
        links[index(slot)] = Link {
            prev: slot,
            next: slot,
        };
    }

    /// Makes a slot of the ring the first.
    #[inline]
    pub(crate) fn promote(&mut self, slot: Slot) {
        let links = &mut self.links[..];
        let Link { prev, next } = links[index(slot)];
        if prev == 0 {
            return;
        }
        links[index(prev)].next = next;
        links[index(next)].prev = prev;
        let first = links[0].next;
        links[0].next = slot;
        links[index(slot)] = Link {
            prev: 0,
            next: first,
        };
        links[index(first)].prev = slot;
    }

    /// Makes a slot of the ring the last.
    pub(crate) fn demote(&mut self, slot: Slot) {
        self.unlink(slot);
        self.link_last(slot);
    }

    /// Removes a slot that is not in the ring; the last one takes its number.
    #[inline]
    pub(crate) fn swap_remove(&mut self, slot: Slot) {
        let moved = self.links.pop().unwrap_or(Link { prev: 0, next: 0 });
        let links = &mut self.links[..];
        if index(slot) == links.len() {
            return;
        }
        let last = links.len();
        links[index(slot)] = moved;
        if index(moved.prev) == last {
            // #3: the moved slot was in no ring.
            links[index(slot)] = Link {
                prev: slot,
                next: slot,
            };
        } else {
            links[index(moved.prev)].next = slot;
            links[index(moved.next)].prev = slot;
        }
    }

    /// Has two slots change their numbers.
    #[cfg(feature = "ttl")]
    pub(crate) fn swap(&mut self, a: Slot, b: Slot) {
        let links = &mut self.links[..];
        let renamed = |slot| match slot {
            _ if slot == a => b,
            _ if slot == b => a,
            _ => slot,
        };
        let renamed = |link: Link| Link {
            prev: renamed(link.prev),
            next: renamed(link.next),
        };
        let (of_a, of_b) = (renamed(links[index(a)]), renamed(links[index(b)]));
        (links[index(a)], links[index(b)]) = (of_b, of_a);
        for slot in [a, b] {
            let Link { prev, next } = links[index(slot)];
            links[index(prev)].next = slot;
            links[index(next)].prev = slot;
        }
    }

    /// Renumbers the slots, all of which are in the ring, so that their numbers follow their order:
    /// `swap` is called for each two that change places.
    ///
    /// The algorithm is `MacLaren`'s (Knuth, The Art of Computer Programming 3, 5.2, exercise 12):
    /// in place, and each slot is swapped once at most.
    pub(crate) fn sort(&mut self, mut swap: impl FnMut(Slot, Slot)) {
        let links = &mut self.links[..];
        let slots = slot(links.len().saturating_sub(1));
        if slots == 0 {
            return;
        }
        let mut from = links[0].next;
        for to in 1..=slots {
            // What stood at a place that is done already has left its new number there.
            while from < to {
                from = links[index(from)].next;
            }
            let following = links[index(from)].next;
            if from != to {
                swap(from, to);
                links[index(from)].next = links[index(to)].next;
            }
            links[index(to)].next = from;
            from = following;
        }
        for to in 1..=slots {
            links[index(to)] = Link {
                prev: to - 1,
                next: if to == slots { 0 } else { to + 1 },
            };
        }
        links[0] = Link {
            prev: slots,
            next: 1,
        };
    }
}

#[cfg(test)]
mod tests {
    //! What can't be told apart from outside: slots in no ring, and the numbers themselves.

    use super::{Ring, Slot, index};
    use alloc::vec::Vec;

    fn order(ring: &Ring) -> Vec<Slot> {
        let mut order = Vec::new();
        let mut at = ring.first();
        while at != 0 {
            order.push(at);
            at = ring.next(at);
        }
        let mut back = Vec::new();
        let mut at = ring.last();
        while at != 0 {
            back.push(at);
            at = ring.prev(at);
        }
        back.reverse();
        assert_eq!(order, back);
        order
    }

    fn ring(of: &[Slot]) -> Ring {
        let mut ring = Ring::new();
        for _ in of {
            ring.push();
        }
        for slot in of {
            ring.link_last(*slot);
        }
        ring
    }

    #[test]
    fn an_empty_ring_has_neither_end() {
        assert_eq!((Ring::new().first(), Ring::new().last()), (0, 0));
        let mut ring = ring(&[1]);
        ring.unlink(1);
        ring.swap_remove(1);
        assert_eq!((ring.first(), ring.last()), (0, 0));
    }

    #[test]
    fn the_last_slot_takes_the_number_of_a_removed_one() {
        for removed in 1..=4 {
            let mut ring = ring(&[3, 1, 4, 2]);
            ring.unlink(removed);
            ring.swap_remove(removed);
            let left = [3, 1, 4, 2].into_iter().filter(|slot| *slot != removed);
            let renamed = left.map(|slot| if slot == 4 { removed } else { slot });
            assert_eq!(order(&ring), renamed.collect::<Vec<_>>(), "{removed}");
        }
    }

    #[test]
    fn a_slot_in_no_ring_moves_and_stays_in_none() {
        let mut ring = ring(&[2, 1, 3]);
        ring.unlink(3);
        ring.unlink(1);
        ring.swap_remove(1);
        assert_eq!(order(&ring), [2]);
        ring.link_first(1);
        assert_eq!(order(&ring), [1, 2]);
    }

    #[test]
    fn sorting_numbers_the_slots_by_their_order() {
        testkit::with_seeds(200, |rng| {
            let mut slots: Vec<Slot> = (1..=rng.u32(..40)).collect();
            rng.shuffle(&mut slots);
            let mut ring = ring(&slots);
            // What stands in the slots: the place that it should come to.
            let mut places: Vec<Slot> = slots.clone();
            for (place, slot) in (1..).zip(&slots) {
                places[index(*slot) - 1] = place;
            }
            ring.sort(|a, b| places.swap(index(a) - 1, index(b) - 1));
            assert!(places.is_sorted(), "{slots:?}: {places:?}");
            assert!(order(&ring).is_sorted());
        });
    }
}
