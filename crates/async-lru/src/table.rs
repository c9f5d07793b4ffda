//! A hash table of slot numbers: one cache line per lookup, and no tombstones.
//!
//! ```text
//! chunk (64 bytes, one cache line): 12 tags of 8 bits, a count, 12 slot numbers
//! ```
//!
//! A hash of 32 bits has a *home*, the chunk that its upper bits name, and a *tag*, its lower bits.
//! A lookup compares all tags of a chunk at once, and asks the caller about those that agree.
//! An entry that finds its home full goes to the next chunk with a free place, and is counted in
//! each chunk that it passes; so a lookup knows where to stop, and a removal leaves nothing behind:
//! the table never has to be cleaned, however many entries come and go.
//!
//! The layout is that of F14 (Bronson and Shi, "Open-sourcing F14 for faster, more memory-efficient
//! hash tables", 2019), with homes by multiplication, so that the number of chunks need not be a
//! power of two.
//!
//! # Invariants
//!
//! 1. A place whose tag is 0 is free.
//! 2. Every slot stands once in the table, in its home or behind; all chunks from its home up to
//!    the one that it stands in have counted it.
//! 3. There is a free place whenever a slot is entered.

use alloc::vec::Vec;

use crate::ring::Slot;

/// Places in a chunk.
const PLACES: usize = 12;

/// Places in use per chunk, at most and on average.
///
/// Of 12: more would save little memory, and have more slots stand outside their homes.
const USED: usize = 9;

#[derive(Clone, Debug)]
pub(crate) struct Table {
    chunks: Vec<Chunk>,
}

#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Chunk {
    tags: [u8; PLACES],
    /// The slots that passed this chunk because it was full.
    passed: u32,
    slots: [Slot; PLACES],
}

const _: () = assert!(size_of::<Chunk>() == 64);

/// Places of a chunk, as bits: 8n + 7 for place n, 8n + 6 for place n + 8.
#[derive(Clone, Copy)]
struct Places(u64);

/// What a look at a home says.
pub(crate) enum Found {
    Here(Slot),
    Nowhere,
    /// In its home it is not, but others have passed it.
    PerhapsBehind,
}

/// The lowest bits of eight bytes.
const LOW: u64 = 0x0101_0101_0101_0101;

/// The tag of a hash, never 0.
#[inline]
fn tag(hash: u32) -> u8 {
    let [low, ..] = hash.to_le_bytes();
    low.max(1)
}

impl Chunk {
    const EMPTY: Self = Self {
        tags: [0; PLACES],
        passed: 0,
        slots: [0; PLACES],
    };

    /// The places with that tag.
    #[inline]
    fn places(&self, tag: u8) -> Places {
        let word = |at: usize| {
            u64::from(u32::from_le_bytes(
                [0, 1, 2, 3].map(|byte| self.tags[at + byte]),
            ))
        };
        let sought = LOW * u64::from(tag);
        // The top bit of each byte that is 0: adding carries into it if any of the others is set.
        let zeros = |word: u64| !(((word & !(LOW << 7)) + !(LOW << 7)) | word) & (LOW << 7);
        let in_low = zeros((word(0) | word(4) << 32) ^ sought);
        let in_high = zeros(word(8) ^ sought & 0xffff_ffff) & 0x8080_8080;
        Places(in_low | in_high >> 1)
    }
}

impl Places {
    /// Takes the first place out.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros();
        self.0 &= self.0 - 1;
        Some((bit >> 3 | (!bit & 1) << 3) as usize)
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

    /// The slot in its home with that hash that pleases `is_it`, which is asked about others too.
    #[inline]
    pub(crate) fn find(&self, hash: u32, mut is_it: impl FnMut(Slot) -> bool) -> Found {
        let Some(chunk) = self.chunks.get(self.home(hash)) else {
            return Found::Nowhere;
        };
        let mut places = chunk.places(tag(hash));
        while let Some(place) = places.next() {
            let slot = chunk.slots[place];
            if is_it(slot) {
                return Found::Here(slot);
            }
        }
        if chunk.passed == 0 {
            Found::Nowhere
        } else {
            Found::PerhapsBehind
        }
    }

    /// As [`find`](Self::find), behind the home.
    pub(crate) fn find_behind(
        &self,
        hash: u32,
        mut is_it: impl FnMut(Slot) -> bool,
    ) -> Option<Slot> {
        let home = self.home(hash);
        let mut at = self.after(home);
        // All chunks may have been passed by slots that are elsewhere: once round is enough.
        while at != home {
            let chunk = &self.chunks[at];
            let mut places = chunk.places(tag(hash));
            while let Some(place) = places.next() {
                let slot = chunk.slots[place];
                if is_it(slot) {
                    return Some(slot);
                }
            }
            if chunk.passed == 0 {
                return None;
            }
            at = self.after(at);
        }
        None
    }

    /// Enters a slot.
    #[inline]
    pub(crate) fn insert(&mut self, hash: u32, slot: Slot) {
        let mut at = self.home(hash);
        loop {
            let chunk = &mut self.chunks[at];
            if let Some(place) = chunk.places(0).next() {
                chunk.tags[place] = tag(hash);
                chunk.slots[place] = slot;
                return;
            }
            chunk.passed += 1;
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
                chunk.tags[place] = 0;
                return;
            }
            chunk.passed -= 1;
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

impl Chunk {
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
