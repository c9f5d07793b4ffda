//! A hash table of slot numbers: one cache line per lookup, and no tombstones.
//!
//! ```text
//! chunk (64 bytes, one cache line): 12 tags of 8 bits, which places are in use (16 bits),
//!                                   how many slots passed (16 bits), 12 slot numbers of 32 bits
//! ```
//!
//! A hash has a *home*, the chunk that its upper bits name, and a *tag*, made of its lower bits.
//! A lookup compares all tags of a chunk at once, and asks the caller about those that agree.
//! A slot that finds its home full goes to the next chunk with a free place, and is counted in each
//! chunk that it passes; so a lookup knows where to stop, and a removal leaves nothing behind: the
//! table never has to be cleaned, however many slots come and go.
//!
//! This is the scheme of F14 (Bronson and Shi, "Open-sourcing F14 for faster, more memory-efficient
//! hash tables", 2019), with homes by multiplication, so that the number of chunks need not be a
//! power of two.
//! Tags are compared by the vectors of `wide`.
//! Words of 64 bits instead, and nine places in use for seven, were measured on 2026-11-25 (2 shared
//! cores, a loop of lookups and one of evictions at 1,000 entries of `u64`): 15 against 10 ns for a
//! lookup, 65 against 22 for an eviction, for 2 bytes per entry less.
//!
//! # Invariants
//!
//! 1. A place is in use if its bit in the state says so; its tag counts only then.
//! 2. Every slot stands once in the table, in its home or behind; all chunks from its home up to
//!    the one that it stands in have counted it, or have lost count.
//! 3. There is a free place whenever a slot is entered.

use alloc::vec::Vec;

use wide::u8x16;

use crate::ring::Slot;

/// Places in a chunk.
const PLACES: usize = 12;

/// Places in use per chunk on average, when the table is full.
///
/// Of twelve: more have more slots stand outside their homes. An eviction at 1,000 entries of `u64`
/// took 24 ns with five or six, 29 with seven, 33 with eight and 51 with nine; from six to five costs
/// 2 bytes per entry, and a lookup gains nothing (2026-11-26, 2 shared cores, `cargo bench -p benches
/// --bench lru`).
const USED: usize = 6;

/// One slot that passed a chunk.
const ONE_PASSED: u32 = 1 << 16;

/// So many that the chunk has lost count.
const MANY_PASSED: u32 = 0xffff * ONE_PASSED;

#[derive(Clone, Debug)]
pub(crate) struct Table {
    chunks: Vec<Chunk>,
}

#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Chunk {
    /// Twelve tags, then the state, lowest byte first.
    ///
    /// Bits 0 to 11 of the state: the place of that number is in use; set by `insert`, cleared by
    /// `remove`. Bits 12 to 15: none. Bits 16 to 31: how many slots passed, not counted further
    /// than [`MANY_PASSED`], at which it stays.
    head: [u8; 16],
    slots: [Slot; PLACES],
}

const _: () = assert!(size_of::<Chunk>() == 64);

/// Places of a chunk: bit n for place n.
#[derive(Clone, Copy)]
struct Places(u32);

/// What a look at a home says.
pub(crate) enum Found {
    Here(Slot),
    Nowhere,
    /// The first of those in its home that have its tag is another one, or some have passed its
    /// home: [`Table::search`] knows.
    Elsewhere,
}

/// The tag of a hash.
#[inline]
fn tag(hash: u32) -> u8 {
    let [low, ..] = hash.to_le_bytes();
    low
}

impl Chunk {
    const EMPTY: Self = Self {
        head: [0; 16],
        slots: [0; PLACES],
    };

    #[inline]
    fn state(&self) -> u32 {
        let [.., a, b, c, d] = self.head;
        u32::from_le_bytes([a, b, c, d])
    }

    #[inline]
    fn set_state(&mut self, state: u32) {
        let [.., a, b, c, d] = &mut self.head;
        [*a, *b, *c, *d] = state.to_le_bytes();
    }

    /// Whether slots have passed.
    #[inline]
    fn is_passed(&self) -> bool {
        self.state() >= ONE_PASSED
    }

    #[inline]
    fn pass(&mut self) {
        let state = self.state();
        if state < MANY_PASSED {
            self.set_state(state + ONE_PASSED);
        }
    }

    #[inline]
    fn unpass(&mut self) {
        let state = self.state();
        if state < MANY_PASSED {
            self.set_state(state - ONE_PASSED);
        }
    }

    /// The places in use that have this tag.
    #[inline]
    #[expect(clippy::cast_sign_loss, reason = "they are sixteen bits")]
    fn places(&self, tag: u8) -> Places {
        let same = u8x16::new(self.head).cmp_eq(u8x16::splat(tag)).move_mask();
        Places(same as u32 & self.state())
    }

    /// A free place.
    #[inline]
    fn free_place(&self) -> Option<usize> {
        Places(!self.state()).next()
    }

    /// The place of a slot, if it stands here.
    #[inline]
    fn find(&self, hash: u32, slot: Slot) -> Option<usize> {
        let mut places = self.places(tag(hash));
        while let Some(place) = places.next() {
            if self.slots[place] == slot {
                return Some(place);
            }
        }
        None
    }
}

impl Places {
    /// Takes the first place out.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        let place = self.0.trailing_zeros() as usize;
        if place >= PLACES {
            return None;
        }
        self.0 &= self.0.wrapping_sub(1);
        Some(place)
    }
}

impl Table {
    pub(crate) const fn new() -> Self {
        Self { chunks: Vec::new() }
    }

    /// A table for so many slots.
    pub(crate) fn with_room(slots: usize) -> Self {
        let mut chunks = Vec::new();
        chunks.resize(slots.div_ceil(USED), Chunk::EMPTY);
        Self { chunks }
    }

    /// The number of slots for which there is room.
    pub(crate) fn room(&self) -> usize {
        self.chunks.len() * USED
    }

    /// The bytes allocated.
    pub(crate) fn allocated(&self) -> usize {
        self.chunks.capacity() * size_of::<Chunk>()
    }

    /// Forgets all slots; the memory stays.
    pub(crate) fn clear(&mut self) {
        self.chunks.fill(Chunk::EMPTY);
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        // Both factors are below 2^32: there are fewer chunks than slots.
        ((u64::from(hash) * self.chunks.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, chunk: usize) -> usize {
        if chunk + 1 == self.chunks.len() {
            0
        } else {
            chunk + 1
        }
    }

    /// The slot with that hash that pleases `is_it`, which is asked about others too; if it is the
    /// first in its home that has its tag, as nearly all are.
    #[inline]
    pub(crate) fn find(&self, hash: u32, is_it: impl FnOnce(Slot) -> bool) -> Found {
        let Some(chunk) = self.chunks.get(self.home(hash)) else {
            return Found::Nowhere;
        };
        let Some(place) = chunk.places(tag(hash)).next() else {
            return if chunk.is_passed() {
                Found::Elsewhere
            } else {
                Found::Nowhere
            };
        };
        let slot = chunk.slots[place];
        if is_it(slot) {
            Found::Here(slot)
        } else {
            Found::Elsewhere
        }
    }

    /// As [`find`](Self::find), in all places where the slot may be.
    pub(crate) fn search(&self, hash: u32, mut is_it: impl FnMut(Slot) -> bool) -> Option<Slot> {
        let home = self.home(hash);
        let mut at = home;
        loop {
            let chunk = &self.chunks[at];
            let mut places = chunk.places(tag(hash));
            while let Some(place) = places.next() {
                let slot = chunk.slots[place];
                if is_it(slot) {
                    return Some(slot);
                }
            }
            at = self.after(at);
            // All chunks may have been passed by slots that are gone or elsewhere.
            if !chunk.is_passed() || at == home {
                return None;
            }
        }
    }

    /// Enters a slot.
    #[inline]
    pub(crate) fn insert(&mut self, hash: u32, slot: Slot) {
        let mut at = self.home(hash);
        loop {
            let chunk = &mut self.chunks[at];
            if let Some(place) = chunk.free_place() {
                chunk.head[place] = tag(hash);
                chunk.set_state(chunk.state() | 1 << place);
                chunk.slots[place] = slot;
                return;
            }
            chunk.pass();
            at = self.after(at); // comes to an end: #3
        }
    }

    /// Removes a slot that is there.
    #[inline]
    pub(crate) fn remove(&mut self, hash: u32, slot: Slot) {
        let mut at = self.home(hash);
        loop {
            let chunk = &mut self.chunks[at];
            if let Some(place) = chunk.find(hash, slot) {
                chunk.set_state(chunk.state() & !(1 << place));
                return;
            }
            chunk.unpass();
            at = self.after(at); // comes to an end: #2
        }
    }

    /// Gives a slot that is there another number.
    pub(crate) fn rename(&mut self, hash: u32, from: Slot, to: Slot) {
        let mut at = self.home(hash);
        loop {
            let chunk = &mut self.chunks[at];
            if let Some(place) = chunk.find(hash, from) {
                chunk.slots[place] = to;
                return;
            }
            at = self.after(at); // comes to an end: #2
        }
    }
}
