//! Who is next: an 8-ary heap of 16-byte entries, exact in time and in the order of insertion.
//!
//! An entry is one number, `time · 2^64 + sequence · 2^32 + slot`, so that a comparison is a single
//! one of 128 bits, and eight children are two cache lines in a row.
//! Where each slot stands is kept beside it, four bytes each, so that taking an entry out from the
//! middle needs no search and touches no payload.
//!
//! Once a good part of the heap is due, what is due moves to a [`Run`], which brings it into order:
//! taking a hundred thousand items one by one out of a heap misses the caches at each level.
//!
//! # Invariants
//!
//! 1. No entry is less than its parent.
//! 2. `place[slot]` is the index of the slot's entry, [`IN_RUN`] if that is in the run, and
//!    [`NOWHERE`] if there is none.
//! 3. No two entries have the same sequence: before the numbers run out all entries are numbered
//!    anew, in their order.

mod run;

use run::Run;
use std::{iter, mem};

/// The children of entry `i` are `ARITY * i + 1 ..= ARITY * i + ARITY`.
///
/// With four of them, taking one of 100 000 items out of a heap took 515 ns instead of 365, as two
/// levels more miss the second-level cache (2026-11-25, 2 vCPU AMD EPYC under load, before there
/// were runs, `cargo bench -p benches --bench figures_scheduler -- fire_100k`); smaller numbers of
/// items, and the other operations, showed no difference. Neither did sixteen.
const ARITY: usize = 8;

/// A run has at least so many entries, and this part of all.
const LEAST: usize = 64;
const PART: usize = 4;

/// Neither in the heap nor in the run.
const NOWHERE: u32 = u32::MAX;

/// In the run, and not in the heap.
const IN_RUN: u32 = u32::MAX - 1;

/// Slots are below this.
pub(crate) const SLOTS: u32 = IN_RUN;

/// See the [module](self).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Entry(u128);

/// Where there is no entry: later than each.
const VACANT: Entry = Entry(u128::MAX);

impl Entry {
    #[inline]
    fn new(time: u64, sequence: u32, slot: u32) -> Self {
        Self(u128::from(time) << 64 | u128::from(sequence) << 32 | u128::from(slot))
    }

    #[inline]
    fn time(self) -> u64 {
        (self.0 >> 64) as u64
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lowest 32 bits")]
    fn slot(self) -> u32 {
        self.0 as u32
    }
}

/// The children of one entry: two lines of the cache, and not three.
#[derive(Debug)]
#[repr(align(128))]
struct Siblings([Entry; ARITY]);

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Heap {
    /// The first entry, or `VACANT`.
    root: Entry,
    /// The children of entry `i` are `below[i]`.
    below: Vec<Siblings>,
    /// Of the heap alone.
    len: usize,
    run: Run,
    place: Vec<u32>,
    /// How many more are taken before the next look for a run.
    wait: usize,
    /// Of the next insertion.
    sequence: u32,
}

/// What [`Heap::due`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DueCount {
    /// How many are due, up to the limit.
    pub(crate) count: usize,
    /// The earliest time that is not due yet; only exact if `count` is below the limit.
    pub(crate) then: Option<u64>,
}

impl Heap {
    pub(crate) const fn new() -> Self {
        Self {
            root: VACANT,
            below: Vec::new(),
            len: 0,
            run: Run::new(),
            place: Vec::new(),
            wait: LEAST,
            sequence: 0,
        }
    }

    /// The earliest entry: its time and its slot.
    #[inline]
    pub(crate) fn first(&self) -> Option<(u64, u32)> {
        let first = self.run.first().min(self.root);
        (first != VACANT).then(|| (first.time(), first.slot()))
    }

    /// Takes the earliest entry out, if its time is up to `now`: its time and its slot.
    #[inline]
    pub(crate) fn take_due(&mut self, now: u64) -> Option<(u64, u32)> {
        let (time, slot) = self.first()?;
        if time > now {
            return None;
        }
        if self.run.is_empty() {
            self.look(now);
        }
        self.place[slot as usize] = NOWHERE;
        if self.run.first() < self.root {
            self.run.remove(slot, &self.place);
        } else {
            self.remove_at(0);
        }
        Some((time, slot))
    }

    #[inline]
    pub(crate) fn contains(&self, slot: u32) -> bool {
        self.place
            .get(slot as usize)
            .is_some_and(|&place| place != NOWHERE)
    }

    /// Puts a slot that is not in the heap behind all of an equal or earlier time.
    #[inline]
    pub(crate) fn insert(&mut self, time: u64, slot: u32) {
        let entry = self.number(time, slot);
        if self.place.len() <= slot as usize {
            let room = (slot as usize + 1).next_power_of_two();
            self.place.resize(room, NOWHERE); // seldom, and not with each new slot
        }
        self.push(entry);
    }

    #[inline]
    fn push(&mut self, entry: Entry) {
        let hole = self.len;
        if hole % ARITY == 1 {
            self.below.push(Siblings([VACANT; ARITY]));
        }
        self.len += 1;
        self.sift_up(hole, entry);
    }

    /// Takes a slot out; false if it is not in the heap.
    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) -> bool {
        let Some(place) = self.place.get_mut(slot as usize) else {
            return false;
        };
        match mem::replace(place, NOWHERE) {
            NOWHERE => return false,
            IN_RUN => self.run.remove(slot, &self.place),
            hole => self.remove_at(hole as usize),
        }
        true
    }

    #[inline]
    fn remove_at(&mut self, hole: usize) {
        // The last one fills the hole, unless it is the hole.
        self.len -= 1;
        let last = mem::replace(self.at_mut(self.len), VACANT);
        if self.len % ARITY == 1 {
            self.below.pop();
        }
        if hole < self.len {
            self.settle(hole, last);
        }
    }

    /// Moves a slot to another time, behind all of an equal or earlier one; false if it is not in
    /// the heap.
    #[inline]
    pub(crate) fn change(&mut self, slot: u32, time: u64) -> bool {
        if !self.contains(slot) {
            return false;
        }
        let entry = self.number(time, slot); // which may rebuild the heap
        match self.place[slot as usize] {
            IN_RUN => {
                self.remove(slot);
                self.push(entry);
            }
            hole => self.settle(hole as usize, entry),
        }
        true
    }

    /// Counts those of a time up to `now`, at most `limit`, and finds the first time after it.
    ///
    /// Takes time in `limit`, not in the number of entries.
    pub(crate) fn due(&self, now: u64, limit: usize) -> DueCount {
        let mut found = self.run.due(now, &self.place);
        if found.count >= limit {
            found.count = limit;
            return found;
        }
        let mut at = 0;
        loop {
            match (at < self.len).then(|| self.at(at).time()) {
                Some(time) if time <= now => {
                    found.count += 1;
                    if found.count >= limit {
                        return found;
                    }
                    at = ARITY * at + 1; // down: its children may be due too
                    continue;
                }
                Some(time) => found.then = Some(found.then.map_or(time, |then| then.min(time))),
                None => {}
            }
            // On to the next sibling, or that of the nearest ancestor that has one.
            while at % ARITY == 0 {
                if at == 0 {
                    return found;
                }
                at = (at - 1) / ARITY;
            }
            at += 1;
        }
    }

    /// Empties the heap and returns its slots in their order.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = u32> {
        let entries = self.sorted();
        *self = Self {
            sequence: self.sequence,
            ..Self::new()
        };
        entries.into_iter().map(Entry::slot)
    }

    fn sorted(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.iter().collect();
        entries.extend(self.run.iter(&self.place));
        entries.sort_unstable();
        entries
    }

    /// The entry of the next insertion.
    #[inline]
    fn number(&mut self, time: u64, slot: u32) -> Entry {
        if self.sequence == u32::MAX {
            self.number_anew(); // #3
        }
        let sequence = self.sequence;
        self.sequence += 1;
        Entry::new(time, sequence, slot)
    }

    #[cold]
    fn number_anew(&mut self) {
        self.sequence = 0;
        let mut entries = self.sorted();
        for entry in &mut entries {
            *entry = Entry::new(entry.time(), self.sequence, entry.slot());
            self.sequence += 1;
        }
        self.run = Run::new();
        self.rebuild(&entries);
    }

    /// Looks for a run, unless it is too early.
    #[inline]
    fn look(&mut self, now: u64) {
        match self.wait.checked_sub(1) {
            Some(wait) => self.wait = wait,
            None => self.look_now(now),
        }
    }

    /// Moves what is due to a run, if that is a good part of all.
    ///
    /// A look that finds too little takes time in what it found, and the next one comes after as
    /// many entries are taken.
    #[cold]
    fn look_now(&mut self, now: u64) {
        let part = (self.len / PART).max(LEAST);
        let DueCount { count, .. } = self.due(now, part);
        if count < part {
            self.wait = count + LEAST;
            return;
        }
        self.wait = LEAST;
        let (due, rest): (_, Vec<_>) = self.iter().partition(|entry| entry.time() <= now);
        self.run = Run::of(due, &mut self.place);
        self.rebuild(&rest);
    }

    /// Makes a heap of these entries in the place of the one there is.
    fn rebuild(&mut self, entries: &[Entry]) {
        self.root = VACANT;
        self.below.clear();
        self.len = entries.len();
        let groups = self.len.saturating_sub(1).div_ceil(ARITY);
        self.below.resize_with(groups, || Siblings([VACANT; ARITY]));
        for (at, entry) in entries.iter().enumerate() {
            self.set(at, *entry);
        }
        for hole in (0..groups).rev() {
            self.sift_down(hole, self.at(hole));
        }
    }

    /// Puts `entry` into the hole, and moves it up or down to where it belongs.
    #[inline]
    fn settle(&mut self, hole: usize, entry: Entry) {
        if hole > 0 && entry < self.at((hole - 1) / ARITY) {
            self.sift_up(hole, entry);
        } else {
            self.sift_down(hole, entry);
        }
    }

    #[inline]
    fn sift_up(&mut self, mut hole: usize, entry: Entry) {
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            let above = self.at(parent);
            if above < entry {
                break;
            }
            self.set(hole, above);
            hole = parent;
        }
        self.set(hole, entry);
    }

    #[inline]
    fn sift_down(&mut self, mut hole: usize, entry: Entry) {
        while let Some(Siblings(children)) = self.below.get(hole) {
            let (least, below) = least_of(children);
            if entry < below {
                break;
            }
            self.set(hole, below);
            hole = ARITY * hole + 1 + least;
        }
        self.set(hole, entry);
    }

    /// All of the heap alone.
    fn iter(&self) -> impl Iterator<Item = Entry> {
        let below = self.below.iter().flat_map(|siblings| siblings.0);
        iter::once(self.root).chain(below).take(self.len)
    }

    #[inline]
    fn at(&self, at: usize) -> Entry {
        match at.checked_sub(1) {
            None => self.root,
            Some(at) => self.below[at / ARITY].0[at % ARITY],
        }
    }

    #[inline]
    fn at_mut(&mut self, at: usize) -> &mut Entry {
        match at.checked_sub(1) {
            None => &mut self.root,
            Some(at) => &mut self.below[at / ARITY].0[at % ARITY],
        }
    }

    #[inline]
    fn set(&mut self, at: usize, entry: Entry) {
        *self.at_mut(at) = entry;
        self.place[entry.slot() as usize] = index(at);
    }
}

/// The least of siblings, and which of them it is.
#[inline]
fn least_of(children: &[Entry; ARITY]) -> (usize, Entry) {
    // Pairs, pairs of pairs: no chain of comparisons that wait for each other.
    let less = |a: (usize, Entry), b: (usize, Entry)| if b.1 < a.1 { b } else { a };
    let at = |which: usize| (which, children[which]);
    let (ab, cd) = (less(at(0), at(1)), less(at(2), at(3)));
    let (ef, gh) = (less(at(4), at(5)), less(at(6), at(7)));
    less(less(ab, cd), less(ef, gh))
}

/// An index as it is kept: there are fewer entries than slots, and fewer slots than 2^32 − 1.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "bounded by the slots")]
fn index(at: usize) -> u32 {
    at as u32
}

#[cfg(test)]
mod tests;
