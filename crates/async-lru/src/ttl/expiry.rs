//! When the pairs of a map expire: deadlines, and for each kind of them an index that has the
//! earliest one first.
//!
//! Times are nanoseconds since the map was made, and never go back.
//!
//! # Invariants
//!
//! 1. A slot whose deadline follows from the map's own lifetime is in `written`, in the order of the
//!    writes and therefore of the deadlines. There are none if that lifetime has no end.
//! 2. A slot with a lifetime of its own is in `timed`, unless that has no end.
//! 3. So the indexes have no more entries than there are slots.
//! 4. If there is an `idle` time, the slots' last uses are ordered as the slots in the map's order
//!    of use, whose last slot is therefore the first to have been idle for too long.

use alloc::vec::Vec;
use std::time::Instant;

use super::heap::Heap;
use super::time::TimeLine;
use crate::extra::{Aging, Extra};
use crate::ring::{Ring, Slot, index};

/// The end of what has none.
pub(crate) const NEVER: u64 = u64::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Expiry {
    time: TimeLine,
    /// The lifetime of a pair for which no other is given.
    ttl: u64,
    /// How long a pair lives without being used.
    idle: u64,
    /// Of each slot, whatever it follows from.
    deadlines: Vec<u64>,
    /// Of each slot, if there is an `idle` time.
    uses: Vec<u64>,
    written: Ring,
    timed: Heap,
}

impl Expiry {
    /// Of a map that is made at `start`.
    pub(crate) const fn new(ttl: u64, idle: u64, start: Instant) -> Self {
        Self {
            time: TimeLine::new(start),
            ttl,
            idle,
            deadlines: Vec::new(),
            uses: Vec::new(),
            written: Ring::new(),
            timed: Heap::new(),
        }
    }

    #[inline]
    fn has_idle(&self) -> bool {
        self.idle != NEVER
    }

    /// When that slot expires if it is not used again.
    #[inline]
    pub(crate) fn deadline(&self, slot: Slot) -> u64 {
        let deadline = self.deadlines[index(slot) - 1];
        if self.has_idle() {
            let used = self.uses[index(slot) - 1];
            deadline.min(used.saturating_add(self.idle))
        } else {
            deadline
        }
    }

    /// The slot that expires first, and when; `last` is the least recently used one.
    fn soonest(&self, last: Slot) -> Option<(u64, Slot)> {
        let written = Some(self.written.first()).filter(|slot| *slot != 0);
        let idle = Some(last).filter(|slot| *slot != 0 && self.has_idle()); // #4
        let candidates = [written, self.timed.first(), idle];
        candidates
            .into_iter()
            .flatten()
            .map(|slot| (self.deadline(slot), slot))
            .min()
            .filter(|(at, _)| *at != NEVER)
    }

    /// When a slot expires first; `last` is the least recently used one.
    pub(crate) fn next_deadline(&self, last: Slot) -> Option<Instant> {
        let (at, _) = self.soonest(last)?;
        self.time.instant(at)
    }

    /// The number of an instant.
    #[inline]
    pub(crate) fn at(&self, now: Instant) -> u64 {
        self.time.at(now)
    }
}

impl Aging for Expiry {
    type Instant = Instant;

    type Now = u64;

    /// The map's own lifetime, if none.
    type Ttl = Option<u64>;

    #[inline]
    fn advance(&mut self, instant: Instant) -> u64 {
        self.time.advance(instant)
    }

    #[inline]
    fn is_expired(&self, slot: Slot, now: u64) -> bool {
        self.deadline(slot) <= now
    }

    #[inline]
    fn write(&mut self, slot: Slot, now: u64, ttl: Option<u64>) {
        let deadline = now.saturating_add(ttl.unwrap_or(self.ttl));
        self.deadlines[index(slot) - 1] = deadline;
        if self.has_idle() {
            self.uses[index(slot) - 1] = now;
        }
        if self.ttl != NEVER {
            self.written.unlink(slot);
            if ttl.is_none() {
                self.written.link_last(slot); // #1
            }
        }
        if ttl.is_some() && deadline != NEVER {
            self.timed.set(slot, &self.deadlines); // #2
        } else {
            self.timed.remove(slot, &self.deadlines);
        }
    }

    #[inline]
    fn touch(&mut self, slot: Slot, now: u64) {
        if self.has_idle() {
            self.uses[index(slot) - 1] = now;
        }
    }

    #[inline]
    fn expired(&self, last: Slot, now: u64) -> Option<Slot> {
        let (at, slot) = self.soonest(last)?;
        (at <= now).then_some(slot)
    }
}

impl Extra for Expiry {
    #[inline]
    fn push(&mut self) {
        self.deadlines.push(NEVER);
        if self.has_idle() {
            self.uses.push(0);
        }
        if self.ttl != NEVER {
            self.written.push();
        }
        self.timed.push();
    }

    fn swap_remove(&mut self, slot: Slot) {
        self.timed.remove(slot, &self.deadlines);
        self.timed.swap_remove(slot);
        self.deadlines.swap_remove(index(slot) - 1);
        if self.has_idle() {
            self.uses.swap_remove(index(slot) - 1);
        }
        if self.ttl != NEVER {
            self.written.unlink(slot);
            self.written.swap_remove(slot);
        }
    }

    fn swap(&mut self, a: Slot, b: Slot) {
        self.deadlines.swap(index(a) - 1, index(b) - 1);
        if self.has_idle() {
            self.uses.swap(index(a) - 1, index(b) - 1);
        }
        if self.ttl != NEVER {
            self.written.swap(a, b);
        }
        self.timed.swap(a, b);
    }

    fn clear(&mut self) {
        self.deadlines.clear();
        self.uses.clear();
        self.written.clear();
        self.timed.clear();
    }

    fn reserve_exact(&mut self, slots: usize) {
        let more = slots.saturating_sub(self.deadlines.len());
        self.deadlines.reserve_exact(more);
        if self.has_idle() {
            self.uses.reserve_exact(more);
        }
        if self.ttl != NEVER {
            self.written.reserve_exact(slots);
        }
    }

    fn shrink_to_fit(&mut self) {
        self.deadlines.shrink_to_fit();
        self.uses.shrink_to_fit();
        self.written.shrink_to_fit();
        self.timed.shrink_to_fit();
    }

    fn allocated(&self) -> usize {
        (self.deadlines.capacity() + self.uses.capacity()) * size_of::<u64>()
            + self.written.allocated()
            + self.timed.allocated()
    }
}
