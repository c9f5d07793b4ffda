//! The slots of the waiters, shared by the list and the heap: who is in which state, and no order.
//!
//! | status | in the order | waker | payload | next |
//! |---|---|---|---|---|
//! | `Waiting` | yes | `Some` | `Some` | granted, refused, nudged, released |
//! | `Nudged` | yes, its place kept | `None`: a wake is on its way | `Some` | `Waiting` at the next poll with a waker; or as `Waiting` |
//! | `Granted` | no | `None` | `None`: moved out by the granter | released, or put back to the front |
//! | `Refused` | no | `None` | `Some`: goes back to its owner | released |
//! | `Free` | – | `None` | `None` | taken by `insert`, under a new generation |
//!
//! # Invariants
//!
//! 1. Exactly the slots in the order are `Waiting` or `Nudged`.
//! 2. `waiting`, `granted` and `refused` count the slots in these states (`waiting` counts the
//!    nudged too).
//! 3. A slot lives until its key is released; a forgotten key leaks one slot and nothing else.
//! 4. A key reaches its own slot only. A slot carries the generation of its one key, and 0 while
//!    free; a key that does not fit panics, in debug and release builds alike.
//!
//! Nothing here wakes, clones or drops a waker, or drops a payload: they are moved in and out.

use std::fmt;
use std::mem;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Waker;

use crate::key::{Key, Polled, Released};

/// No slot: the end of a chain. Never an index, since a slab never has as many slots.
pub(crate) const NIL: u32 = u32::MAX;

/// Slabs of up to this many slots are kept when they fall empty.
const KEPT: usize = 64;

/// The state of a slot; see the table at the top.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Status {
    Free,
    Waiting,
    Nudged,
    Granted,
    Refused,
}

impl Status {
    /// Whether the slot has a place in the order (#1).
    #[inline]
    pub(crate) fn in_order(self) -> bool {
        matches!(self, Self::Waiting | Self::Nudged)
    }

    #[inline]
    pub(crate) fn is_refused(self) -> bool {
        self == Self::Refused
    }
}

// In this order padding costs nothing, whatever order the compiler would choose.
#[repr(C)]
pub(crate) struct Slot<P> {
    waker: Option<Waker>,
    /// That of the slot's key; 0 while free (#4).
    generation: u32,
    /// The list's next waiter; the next free slot while `Free`.
    pub(crate) next: u32,
    /// The list's previous waiter; the heap's index of the entry.
    pub(crate) back: u32,
    status: Status,
    payload: Option<P>,
}

pub(crate) struct Slab<P> {
    slots: Vec<Slot<P>>,
    /// The first free slot, chained through `next`. Last in, first out: the warm one is taken.
    free: u32,
    /// That of the newest key. It belongs to the slab and not to the slot, so that it outlives
    /// `shrink`. 0 only before the first slot.
    generation: u32,
    waiting: u32,
    granted: u32,
    refused: u32,
}

impl<P> Slab<P> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: NIL,
            generation: 0,
            waiting: 0,
            granted: 0,
            refused: 0,
        }
    }

    #[inline]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting as usize
    }

    #[inline]
    pub(crate) fn granted(&self) -> usize {
        self.granted as usize
    }

    #[inline]
    pub(crate) fn refused(&self) -> usize {
        self.refused as usize
    }

    /// Takes a slot in state `Waiting`; the caller gives it its place in the order.
    #[inline]
    #[track_caller]
    pub(crate) fn insert(&mut self, payload: P, waker: Waker) -> Key {
        let slot = if self.free == NIL {
            self.grow()
        } else {
            self.free
        };
        // Wraps past 0, which means "free". A slot has one key at a time, so the key of the same
        // generation from 2^32 insertions ago was released or is that of another slot (#4).
        let generation =
            NonZeroU32::new(self.generation.wrapping_add(1)).unwrap_or(NonZeroU32::MIN);
        self.generation = generation.get();
        let place = &mut self.slots[slot as usize];
        self.free = place.next;
        place.generation = generation.get();
        place.next = NIL;
        place.back = NIL;
        place.status = Status::Waiting;
        place.waker = Some(waker);
        place.payload = Some(payload);
        self.waiting += 1;
        Key { slot, generation }
    }

    /// The index and the state of a key's slot (#4).
    #[inline]
    #[track_caller]
    pub(crate) fn find(&self, key: &Key) -> (u32, Status) {
        match self.slots.get(key.slot as usize) {
            Some(slot) if slot.generation == key.generation.get() => (key.slot, slot.status),
            _ => wrong_key(),
        }
    }

    #[inline]
    pub(crate) fn at(&self, slot: u32) -> &Slot<P> {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, slot: u32) -> &mut Slot<P> {
        &mut self.slots[slot as usize]
    }

    #[inline]
    #[track_caller]
    pub(crate) fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled {
        let (slot, status) = self.find(key);
        let slot = self.at_mut(slot);
        match status {
            Status::Granted => Polled::Granted,
            Status::Refused => Polled::Refused,
            Status::Waiting | Status::Nudged | Status::Free => {
                if let Some(waker) = &slot.waker {
                    // Compares two pointers, no foreign code.
                    if waker.will_wake(current) {
                        return Polled::Waiting;
                    }
                }
                if spare.is_none() {
                    return Polled::NeedsWaker;
                }
                mem::swap(&mut slot.waker, spare);
                slot.status = Status::Waiting;
                Polled::Waiting
            }
        }
    }

    /// Moves a slot of the order to `Granted`; the caller takes it out of the order.
    #[inline]
    pub(crate) fn grant(&mut self, slot: u32) -> (P, Option<Waker>) {
        self.waiting -= 1;
        self.granted += 1;
        let slot = self.at_mut(slot);
        slot.status = Status::Granted;
        (taken(&mut slot.payload), slot.waker.take())
    }

    /// Moves a slot of the order to `Refused`; the caller takes it out of the order.
    pub(crate) fn refuse(&mut self, slot: u32) -> Option<Waker> {
        self.waiting -= 1;
        self.refused += 1;
        let slot = self.at_mut(slot);
        slot.status = Status::Refused;
        slot.waker.take()
    }

    /// Moves a `Waiting` slot to `Nudged`; `None` in every other state.
    #[inline]
    pub(crate) fn nudge(&mut self, slot: u32) -> Option<Waker> {
        let slot = self.at_mut(slot);
        if slot.status != Status::Waiting {
            return None;
        }
        slot.status = Status::Nudged;
        slot.waker.take()
    }

    /// Moves a `Granted` slot back to `Waiting`; the caller gives it its place in the order.
    #[track_caller]
    pub(crate) fn requeue(&mut self, key: &Key, payload: P, waker: Waker) -> u32 {
        let (index, status) = self.find(key);
        if status != Status::Granted {
            not_granted();
        }
        self.granted -= 1;
        self.waiting += 1;
        let slot = self.at_mut(index);
        slot.status = Status::Waiting;
        slot.waker = Some(waker);
        slot.payload = Some(payload);
        index
    }

    /// Frees a slot that is in no order any more, or that the caller has just taken out of it.
    #[inline]
    pub(crate) fn release(&mut self, index: u32) -> Released<P> {
        let free = mem::replace(&mut self.free, index);
        let slot = self.at_mut(index);
        slot.next = free;
        slot.generation = 0;
        let status = mem::replace(&mut slot.status, Status::Free);
        if status == Status::Granted {
            self.granted -= 1;
            return Released::Granted;
        }
        let payload = taken(&mut slot.payload);
        if status == Status::Refused {
            self.refused -= 1;
            return Released::Refused(payload);
        }
        let waker = slot.waker.take();
        self.waiting -= 1;
        Released::Waiting(payload, waker)
    }

    /// Gives the memory up if it is much and no slot is in use.
    #[inline]
    pub(crate) fn shrink(&mut self) -> Option<Vec<Slot<P>>> {
        let in_use = self.waiting + self.granted + self.refused;
        if in_use != 0 || self.slots.capacity() <= KEPT {
            return None;
        }
        self.free = NIL;
        Some(mem::take(&mut self.slots))
    }

    /// Checks #2, #4 and the table; returns how many slots say that they are in the order.
    pub(crate) fn assert_invariants(&self) -> usize {
        let count = |status| {
            self.slots
                .iter()
                .filter(|slot| slot.status == status)
                .count()
        };
        let in_order = count(Status::Waiting) + count(Status::Nudged);
        assert_eq!(self.waiting(), in_order, "#2: waiting");
        assert_eq!(self.granted(), count(Status::Granted), "#2: granted");
        assert_eq!(self.refused(), count(Status::Refused), "#2: refused");
        for slot in &self.slots {
            let Slot { status, .. } = *slot;
            assert_eq!(slot.generation == 0, status == Status::Free, "#4: {slot:?}");
            assert_eq!(
                slot.waker.is_some(),
                status == Status::Waiting,
                "waker: {slot:?}"
            );
            let keeps = status.in_order() || status == Status::Refused;
            assert_eq!(slot.payload.is_some(), keeps, "payload: {slot:?}");
        }
        let (mut at, mut free) = (self.free, 0);
        while at != NIL {
            assert_eq!(self.at(at).status, Status::Free, "the free chain, at {at}");
            free += 1;
            assert!(free <= self.slots.len(), "the free chain is a ring");
            at = self.at(at).next;
        }
        assert_eq!(free, count(Status::Free), "the free chain");
        in_order
    }

    /// Adds a free slot, outside the free chain, and says where.
    #[cold]
    #[track_caller]
    fn grow(&mut self) -> u32 {
        let slot = u32::try_from(self.slots.len()).unwrap_or(NIL);
        assert!(slot != NIL, "a wait list holds less than 2^32 - 1 waiters");
        if self.generation == 0 {
            self.generation = first_generation();
        }
        self.slots.push(Slot {
            waker: None,
            generation: 0,
            next: NIL,
            back: NIL,
            status: Status::Free,
            payload: None,
        });
        slot
    }
}

impl<P> Slot<P> {
    #[inline]
    pub(crate) fn payload(&self) -> Option<&P> {
        self.payload.as_ref()
    }

    #[inline]
    pub(crate) fn payload_mut(&mut self) -> Option<&mut P> {
        self.payload.as_mut()
    }

    #[inline]
    pub(crate) fn status(&self) -> Status {
        self.status
    }

    #[inline]
    pub(crate) fn is_nudged(&self) -> bool {
        self.status == Status::Nudged
    }
}

// Written out: the state without the payload, so that `P` need not be `Debug`.
impl<P> fmt::Debug for Slot<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("status", &self.status)
            .field("generation", &self.generation)
            .field("waker", &self.waker.is_some())
            .field("payload", &self.payload.is_some())
            .finish_non_exhaustive()
    }
}

#[inline]
fn taken<P>(payload: &mut Option<P>) -> P {
    payload
        .take()
        .expect("only a granted or free slot has no payload")
}

/// Where the generations of a slab begin: far from those of other slabs, so that a key that is
/// used with the wrong list meets another generation there.
fn first_generation() -> u32 {
    // The real atomic under loom too: it may be static, and decides nothing.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // 2^32 divided by the golden ratio: any number of first steps is spread evenly.
    // Relaxed: only the values must differ, they order nothing.
    NEXT.fetch_add(0x9E37_79B9, Ordering::Relaxed)
}

#[cold]
#[inline(never)]
#[track_caller]
fn wrong_key() -> ! {
    panic!("the key names no waiter of this list: it belongs to another one")
}

#[cold]
#[inline(never)]
#[track_caller]
fn not_granted() -> ! {
    panic!("only a granted waiter can be put back to the front")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_wrap_past_the_one_that_means_free() {
        let mut slab = Slab::new();
        let first = slab.insert((), Waker::noop().clone());
        slab.generation = u32::MAX - 1;
        let last = slab.insert((), Waker::noop().clone());
        let wrapped = slab.insert((), Waker::noop().clone());
        assert_eq!(last.generation.get(), u32::MAX);
        assert_eq!(wrapped.generation.get(), 1);
        for key in [first, last, wrapped] {
            assert_eq!(slab.find(&key).1, Status::Waiting);
            assert!(slab.release(key.slot).into_payload().is_some());
        }
        slab.assert_invariants();
    }

    #[test]
    fn generations_outlive_the_memory() {
        let mut slab = Slab::new();
        let keys: Vec<_> = (0..=KEPT)
            .map(|_| slab.insert((), Waker::noop().clone()))
            .collect();
        let newest = slab.generation;
        for key in &keys {
            drop(slab.release(key.slot));
        }
        assert!(slab.shrink().is_some());
        assert_eq!(
            slab.insert((), Waker::noop().clone()).generation.get(),
            newest + 1
        );
    }

    #[test]
    fn slots_are_compact() {
        if cfg!(target_pointer_width = "64") {
            assert_eq!(size_of::<Slot<()>>(), 32);
            assert_eq!(size_of::<Slot<u32>>(), 40);
        }
    }
}
