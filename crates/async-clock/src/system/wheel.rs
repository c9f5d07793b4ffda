//! Hierarchical timing wheel: the structure alone, without clock or threads.
//!
//! Eight levels of 64 slots; a slot of level `l` spans `64^l` ticks.
//! A timer sits at the level of the highest base-64 digit in which its deadline differs from
//! `elapsed`, in the slot that this digit of the deadline says.
//! As time enters a slot above level 0 its timers move to lower levels; most are cancelled before.
//! After Varghese and Lauck, *Hashed and Hierarchical Timing Wheels* (1987), scheme 7.
//!
//! # Invariants
//!
//! 1. *The deadline is the generation.* A timer with deadline W fires only once `elapsed >= W`, and
//!    `insert` and `reset` refuse deadlines `<= elapsed`. So after it has fired no node ever holds
//!    W again, and a handle `(index, W)` whose node says something else has fired.
//!    (A free node says 0, which no timer has; a cancelled timer has no handle any more.)
//! 2. *The slot follows from `(elapsed, when)`.* `elapsed` enters an occupied slot above level 0
//!    only after its whole list was moved to `cascading`. So while a node is linked in a slot, its
//!    digits above its level stay equal to those of `elapsed`, and `bucket(elapsed, when)` keeps
//!    its value.
//! 3. In an occupied slot of level `l` the digit `l` of the deadlines is greater than that of
//!    `elapsed`; on level 0 it may be equal, while a slot is being drained. So levels never wrap:
//!    the lowest set bit of a level is its first slot, and each level comes before those above.
//! 4. A bit of `occupied` is set exactly if the head of its slot is not `NIL`.
//! 5. A node whose deadline is at or beyond `HORIZON` is linked nowhere: it only keeps its waker.

use super::slab::{NIL, Node, Slab};
use std::mem;
use std::task::Waker;

const LEVELS: usize = 8;
const SLOTS: usize = 64;

/// First tick the levels can't hold. A timer this far away never fires.
pub(crate) const HORIZON: u64 = 1 << 48;

#[derive(Debug)]
pub(crate) struct Wheel {
    /// All timers with deadlines up to this tick have fired, or are about to in this very tick.
    elapsed: u64,
    /// Rest of a slot that is moving down; not `NIL` only if the budget cut that short.
    cascading: u32,
    /// A bit per slot, a word per level; see #4.
    occupied: [u64; LEVELS],
    slab: Slab,
    /// First node of each slot, level by level.
    heads: [u32; LEVELS * SLOTS],
}

/// What became of a timer that was reset.
#[derive(Debug)]
pub(crate) enum Reset {
    /// Linked for the new deadline, with the same waker.
    Armed,
    /// The new deadline has passed: removed. This is its waker.
    Due(Waker),
    /// It had fired before.
    Fired,
}

/// Position of a slot in `heads`; beyond its end for a deadline that never comes (#5).
#[expect(
    clippy::cast_possible_truncation,
    reason = "a slot is below 64, whatever the width of `usize`"
)]
#[inline]
fn bucket(elapsed: u64, when: u64) -> usize {
    let differing = (elapsed ^ when) | (SLOTS as u64 - 1);
    let level = differing.ilog2() / 6;
    let slot = (when >> (6 * level)) & (SLOTS as u64 - 1);
    (level as usize * SLOTS) | slot as usize
}

impl Wheel {
    pub(crate) const fn new() -> Self {
        Self {
            elapsed: 0,
            cascading: NIL,
            occupied: [0; LEVELS],
            slab: Slab::new(),
            heads: [NIL; LEVELS * SLOTS],
        }
    }

    #[inline]
    pub(crate) fn elapsed(&self) -> u64 {
        self.elapsed
    }

    /// Adds a timer and returns its index; hands the waker back when `when` has passed.
    #[inline]
    pub(crate) fn insert(&mut self, when: u64, waker: Waker) -> Result<u32, Waker> {
        if when <= self.elapsed {
            return Err(waker); // #1
        }
        let bucket = bucket(self.elapsed, when);
        let next = self.heads.get(bucket).copied().unwrap_or(NIL);
        let waker = Some(waker);
        let prev = NIL;
        let index = self.slab.insert(Node {
            when,
            waker,
            next,
            prev,
        });
        self.put_first(bucket, index, next);
        Ok(index)
    }

    /// Removes a timer that has not fired, and returns its waker.
    #[inline]
    pub(crate) fn cancel(&mut self, index: u32, when: u64) -> Option<Waker> {
        let node = self.slab.remove_if(index, when)?;
        self.unlink(index, when, node.next, node.prev);
        node.waker
    }

    /// Whether the timer has not fired.
    pub(crate) fn is_armed(&mut self, index: u32, when: u64) -> bool {
        self.slab.find(index, when).is_some()
    }

    /// Stores another waker and returns the old one; hands the new one back when the timer has
    /// fired.
    pub(crate) fn replace_waker(
        &mut self,
        index: u32,
        when: u64,
        waker: Waker,
    ) -> Result<Option<Waker>, Waker> {
        match self.slab.find(index, when) {
            Some(node) => Ok(node.waker.replace(waker)),
            None => Err(waker),
        }
    }

    /// Moves a timer from deadline `when` to `new`.
    pub(crate) fn reset(&mut self, index: u32, when: u64, new: u64) -> Reset {
        if new <= self.elapsed {
            // #1
            return self.cancel(index, when).map_or(Reset::Fired, Reset::Due);
        }
        let Some(node) = self.slab.find(index, when) else {
            return Reset::Fired;
        };
        node.when = new;
        let (next, prev) = (node.next, node.prev);
        self.unlink(index, when, next, prev);
        self.link(index, new);
        Reset::Armed
    }

    /// A tick no later than the earliest deadline, `u64::MAX` if there is none.
    /// After a complete `expire(now)` it is later than `now`, else not.
    pub(crate) fn next_tick(&self) -> u64 {
        if self.cascading != NIL {
            return self.elapsed;
        }
        self.first_slot().map_or(u64::MAX, |(_, tick)| tick)
    }

    /// Puts the wakers of what is due at `now` into `due`, in the order of their ticks.
    /// Touches at most `budget` nodes.
    ///
    /// No deadline is before `earliest`, which spares the levels above it: timers that were
    /// inserted long ago for the same instant move down once and not level by level.
    pub(crate) fn expire(
        &mut self,
        now: u64,
        earliest: u64,
        due: &mut Vec<Waker>,
        mut budget: usize,
    ) {
        let now = now.min(HORIZON - 1);
        let earliest = earliest.min(now);
        loop {
            while self.cascading != NIL {
                if budget == 0 {
                    return;
                }
                budget -= 1;
                self.cascade_one(due);
            }
            let Some((bucket, tick)) = self.first_slot() else {
                break;
            };
            if tick > now {
                break;
            }
            // Within the slot: it holds a deadline, which is not before `earliest`.
            self.elapsed = tick.max(earliest);
            if bucket >= SLOTS {
                self.cascading = mem::replace(&mut self.heads[bucket], NIL); // #2
                self.vacate(bucket);
                continue;
            }
            while self.heads[bucket] != NIL {
                if budget == 0 {
                    return;
                }
                budget -= 1;
                self.fire_first(bucket, due);
            }
        }
        self.elapsed = self.elapsed.max(now);
    }

    /// Moves the first node of `cascading` to a lower level, or fires it.
    #[inline]
    fn cascade_one(&mut self, due: &mut Vec<Waker>) {
        let index = self.cascading;
        let node = self.slab.node(index);
        let (when, next) = (node.when, node.next);
        if when <= self.elapsed {
            due.extend(self.slab.remove_if(index, when).and_then(|node| node.waker));
        } else {
            let bucket = bucket(self.elapsed, when);
            let head = self.heads[bucket]; // Before the horizon (#5), since it was in a slot.
            node.next = head; // `prev` is `NIL` already.
            self.put_first(bucket, index, head);
        }
        self.cascading = next;
        if next != NIL {
            self.slab.node(next).prev = NIL;
        }
    }

    /// Fires the first node of a slot of level 0, whose tick is `elapsed` (#3).
    #[inline]
    fn fire_first(&mut self, bucket: usize, due: &mut Vec<Waker>) {
        let fired = self.slab.remove_if(self.heads[bucket], self.elapsed);
        debug_assert!(fired.is_some(), "#3: due in another tick");
        let Some(Node { waker, next, .. }) = fired else {
            return self.vacate(bucket);
        };
        due.extend(waker);
        self.heads[bucket] = next;
        if next == NIL {
            self.vacate(bucket);
        } else {
            self.slab.node(next).prev = NIL;
        }
    }

    /// The first occupied slot in the order of time, and its first tick.
    #[inline]
    fn first_slot(&self) -> Option<(usize, u64)> {
        let level = self.occupied.iter().position(|&slots| slots != 0)?;
        let slot = self.occupied[level].trailing_zeros() as usize; // #3
        let shift = 6 * level;
        let above = !0 << shift << 6;
        let tick = (self.elapsed & above) | ((slot as u64) << shift);
        debug_assert!(tick >= self.elapsed, "#3");
        Some((level * SLOTS + slot, tick))
    }

    fn link(&mut self, index: u32, when: u64) {
        let bucket = bucket(self.elapsed, when);
        let next = self.heads.get(bucket).copied().unwrap_or(NIL);
        let node = self.slab.node(index);
        node.next = next;
        node.prev = NIL;
        self.put_first(bucket, index, next);
    }

    /// Makes a node the head of its slot; `next` was the head before.
    #[inline]
    fn put_first(&mut self, bucket: usize, index: u32, next: u32) {
        let Some(head) = self.heads.get_mut(bucket) else {
            return; // #5
        };
        *head = index;
        self.occupied[bucket / SLOTS] |= 1 << (bucket % SLOTS);
        if next != NIL {
            self.slab.node(next).prev = index;
        }
    }

    /// Takes a node with these links out of its list.
    #[inline]
    fn unlink(&mut self, index: u32, when: u64, next: u32, prev: u32) {
        if next != NIL {
            self.slab.node(next).prev = prev;
        }
        if prev != NIL {
            self.slab.node(prev).next = next;
            return;
        }
        if self.cascading == index {
            self.cascading = next;
            return;
        }
        let bucket = bucket(self.elapsed, when); // #2
        let Some(head) = self.heads.get_mut(bucket) else {
            return; // #5
        };
        debug_assert_eq!(*head, index, "#2");
        *head = next;
        if next == NIL {
            self.vacate(bucket);
        }
    }

    /// Clears the bit of a slot that has become empty (#4).
    #[inline]
    fn vacate(&mut self, bucket: usize) {
        self.occupied[bucket / SLOTS] &= !(1 << (bucket % SLOTS));
    }

    /// Live timers and pages that have memory.
    #[allow(
        dead_code,
        reason = "for the test of the wheel, which compiles this file by itself"
    )]
    pub(crate) fn usage(&self) -> (usize, usize) {
        self.slab.usage()
    }
}
