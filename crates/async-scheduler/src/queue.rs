//! The items that are pending: payloads in slots, and a heap of who is next.
//!
//! # Invariants
//!
//! 1. The slots in the heap are those whose body is `Once` or `Recurs`.
//! 2. A slot that is `Away` is one whose recurrence is being asked, without the lock. It counts as
//!    pending and is not in the heap.
//! 3. A token reaches its own item only: a slot carries the generation of its one item, and 0
//!    while free.
//!
//! Nothing here runs foreign code: payloads and rules are moved in and out, and dropped by callers
//! once they have unlocked.

use crate::heap::{DueCount, Heap, SLOTS};
use crate::recur::Rule;
use crate::token::Token;
use std::mem;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

/// The end of the list of free slots.
const NIL: u32 = u32::MAX;

/// Queues with room for up to this many items keep it when they fall empty.
const KEPT: usize = 64;

/// An item that recurs, on its way in or out.
pub(crate) struct Recurring<T, At> {
    pub(crate) payload: T,
    pub(crate) rule: Box<dyn Rule<T, At>>,
}

/// What a slot holds.
enum Body<T, At> {
    /// Nothing; the next free slot.
    Free(u32),
    Once(T),
    Recurs(Box<Recurring<T, At>>),
    Away,
}

struct Slot<T, At> {
    generation: u32,
    body: Body<T, At>,
}

/// See the [module](self).
pub(crate) struct Queue<T, At> {
    slots: Vec<Slot<T, At>>,
    heap: Heap,
    free: u32,
    /// Of the last insertion.
    generation: u32,
    len: usize,
}

/// What is scheduled.
pub(crate) enum Item<T, At> {
    Once(T),
    Recurs(Box<Recurring<T, At>>),
}

impl<T, At> Item<T, At> {
    /// The payload; drops the rule, if there is one.
    pub(crate) fn into_payload(self) -> T {
        match self {
            Self::Once(payload) => payload,
            Self::Recurs(recurring) => recurring.payload,
        }
    }
}

/// An item that has been taken out, being due.
pub(crate) struct Taken<T, At> {
    pub(crate) token: Token,
    pub(crate) key: u64,
    /// If it recurs, its slot is `Away` until it is put back or given up.
    pub(crate) item: Item<T, At>,
}

impl<T, At> Queue<T, At> {
    pub(crate) fn new() -> Self {
        /// Where the generations of the next queue begin.
        static BEGIN: AtomicU32 = AtomicU32::new(1);
        /// 2^32 divided by the golden ratio: the beginnings lie far apart.
        const STRIDE: u32 = 0x9e37_79b1;
        Self {
            slots: Vec::new(),
            heap: Heap::new(),
            free: NIL,
            // Relaxed: only the number matters.
            generation: BEGIN.fetch_add(STRIDE, Ordering::Relaxed),
            len: 0,
        }
    }

    /// How many items are pending, those away among them.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn insert(&mut self, key: u64, item: Item<T, At>) -> Token {
        // Past 0, which means free.
        let generation =
            NonZeroU32::new(self.generation.wrapping_add(1)).unwrap_or(NonZeroU32::MIN);
        self.generation = generation.get();
        let new = Slot {
            generation: generation.get(),
            body: item.into(),
        };
        let slot = self.free;
        let slot = if slot == NIL {
            self.grow(new)
        } else {
            let place = &mut self.slots[slot as usize];
            if let Body::Free(next) = place.body {
                self.free = next;
            }
            *place = new; // what was there is free: nothing is dropped
            slot
        };
        self.len += 1;
        self.heap.insert(key, slot);
        Token { slot, generation }
    }

    #[inline]
    #[track_caller]
    fn grow(&mut self, new: Slot<T, At>) -> u32 {
        let slot = u32::try_from(self.slots.len()).unwrap_or(NIL);
        assert!(slot < SLOTS, "four thousand million items are pending");
        self.slots.push(new);
        slot
    }

    /// The slot of a token, if its item is pending.
    #[inline]
    fn find(&self, token: Token) -> Option<&Slot<T, At>> {
        let slot = self.slots.get(token.slot as usize)?;
        (slot.generation == token.generation.get()).then_some(slot) // #3
    }

    /// Frees a slot and returns what was in it.
    #[inline]
    fn vacate(&mut self, slot: u32) -> Body<T, At> {
        let place = &mut self.slots[slot as usize];
        place.generation = 0;
        let body = mem::replace(&mut place.body, Body::Free(self.free));
        self.free = slot;
        self.len -= 1;
        body
    }

    /// Takes an item out; of one that is away there is nothing to return, but it ends.
    #[inline]
    pub(crate) fn remove(&mut self, token: Token) -> Option<Item<T, At>> {
        self.find(token)?;
        self.heap.remove(token.slot);
        self.vacate(token.slot).into()
    }

    /// Moves an item to another time; false if it is not pending, or away.
    #[inline]
    pub(crate) fn reschedule(&mut self, token: Token, key: u64) -> bool {
        self.find(token).is_some() && self.heap.change(token.slot, key)
    }

    /// The earliest key.
    #[inline]
    pub(crate) fn first_key(&self) -> Option<u64> {
        self.heap.first().map(|(key, _)| key)
    }

    /// As [`Heap::due`].
    pub(crate) fn due(&self, now: u64, limit: usize) -> DueCount {
        self.heap.due(now, limit)
    }

    /// Takes the first item out, if it is due at `now`; one that recurs leaves its slot away,
    /// unless it is its `last` occurrence.
    #[inline]
    pub(crate) fn take_due(&mut self, now: u64, last: bool) -> Option<Taken<T, At>> {
        let (key, slot) = self.heap.take_due(now)?;
        let place = &mut self.slots[slot as usize];
        let generation = NonZeroU32::new(place.generation)?; // which it has, being in the heap
        let item: Option<Item<T, At>> = match &place.body {
            Body::Recurs(_) if !last => mem::replace(&mut place.body, Body::Away).into(),
            _ => self.vacate(slot).into(),
        };
        let token = Token { slot, generation };
        item.map(|item| Taken { token, key, item })
    }

    /// Puts an item that is away back; gives it back if it was cancelled meanwhile.
    pub(crate) fn put_back(
        &mut self,
        token: Token,
        key: u64,
        recurring: Box<Recurring<T, At>>,
    ) -> Result<(), Box<Recurring<T, At>>> {
        if self.find(token).is_none() {
            return Err(recurring);
        }
        let place = &mut self.slots[token.slot as usize];
        place.body = Body::Recurs(recurring); // over `Away`: nothing is dropped
        self.heap.insert(key, token.slot);
        Ok(())
    }

    /// Takes everything out, and the memory with it.
    pub(crate) fn drain(&mut self) -> Drained<T, At> {
        self.free = NIL;
        self.len = 0;
        Drained {
            slots: mem::take(&mut self.slots),
            heap: mem::replace(&mut self.heap, Heap::new()),
        }
    }

    /// Gives up the memory if nothing is pending and there is much of it.
    #[inline]
    pub(crate) fn shrink(&mut self) -> Option<Drained<T, At>> {
        let much = self.len == 0 && self.slots.capacity() > KEPT;
        much.then(|| self.drain())
    }
}

/// What was in a queue; to be taken apart and dropped without the lock.
pub(crate) struct Drained<T, At> {
    slots: Vec<Slot<T, At>>,
    heap: Heap,
}

impl<T, At> Drained<T, At> {
    /// The payloads in their order.
    pub(crate) fn into_payloads(mut self) -> Vec<T> {
        let slots = &mut self.slots;
        let order = self.heap.drain();
        order
            .filter_map(|slot| {
                let body = &mut slots[slot as usize].body;
                Option::from(mem::replace(body, Body::Free(NIL)))
            })
            .map(Item::into_payload)
            .collect()
    }
}

impl<T, At> From<Item<T, At>> for Body<T, At> {
    #[inline]
    fn from(item: Item<T, At>) -> Self {
        match item {
            Item::Once(payload) => Self::Once(payload),
            Item::Recurs(recurring) => Self::Recurs(recurring),
        }
    }
}

impl<T, At> From<Body<T, At>> for Option<Item<T, At>> {
    #[inline]
    fn from(body: Body<T, At>) -> Self {
        match body {
            Body::Once(payload) => Some(Item::Once(payload)),
            Body::Recurs(recurring) => Some(Item::Recurs(recurring)),
            Body::Free(_) | Body::Away => None,
        }
    }
}
