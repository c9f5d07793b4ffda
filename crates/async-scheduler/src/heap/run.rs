//! A run: what is due, brought into order bit by bit.
//!
//! Its entries are segments, each of which is all earlier than those before it; only the last is
//! sorted. When that has been taken, the one before it is halved until what is last is short, and
//! sorted: an incremental quicksort (Paredes and Navarro, "Optimal Incremental Sorting", 2006), so
//! that no call sorts it all.
//!
//! An entry that is taken out from the middle stays where it is, and is passed over later: it counts
//! only while the place of its slot is [`IN_RUN`].
//!
//! # Invariants
//!
//! 1. `segments` are the beginnings of the segments that are not sorted; `sorted` that of the last.
//! 2. The last entry is the earliest that counts; there is none if none counts.
//! 3. `live` of the entries count.

use super::{DueCount, Entry, IN_RUN, VACANT};

/// A segment of up to so many entries is sorted.
const SHORT: usize = 512;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Run {
    entries: Vec<Entry>,
    segments: Vec<usize>,
    sorted: usize,
    live: usize,
    /// The latest time in it when it was made.
    latest: u64,
}

impl Run {
    pub(super) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            segments: Vec::new(),
            sorted: 0,
            live: 0,
            latest: 0,
        }
    }

    /// Of entries that are nowhere else.
    pub(super) fn of(entries: Vec<Entry>, place: &mut [u32]) -> Self {
        for entry in &entries {
            place[entry.slot() as usize] = IN_RUN;
        }
        let latest = entries.iter().map(|entry| entry.time()).max();
        let mut run = Self {
            live: entries.len(),
            sorted: entries.len(),
            segments: vec![0],
            entries,
            latest: latest.unwrap_or(0),
        };
        run.tidy(place);
        run
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The earliest entry, or [`VACANT`].
    #[inline]
    pub(super) fn first(&self) -> Entry {
        self.entries.last().copied().unwrap_or(VACANT)
    }

    /// Those that count.
    pub(super) fn iter(&self, place: &[u32]) -> impl Iterator<Item = Entry> {
        let entries = self.entries.iter().copied();
        entries.filter(|entry| counts(*entry, place))
    }

    /// Leaves the entry of `slot` out, which has got another place; the memory goes with the last.
    #[inline]
    pub(super) fn remove(&mut self, slot: u32, place: &[u32]) {
        self.live -= 1;
        if self.is_empty() {
            *self = Self::new(); // and nothing is sorted that does not count
        } else if self.first().slot() == slot {
            self.tidy(place);
        }
    }

    /// Restores the second invariant.
    #[inline]
    fn tidy(&mut self, place: &[u32]) {
        loop {
            while self.entries.len() > self.sorted {
                if counts(self.first(), place) {
                    return;
                }
                self.entries.pop();
            }
            if !self.sort_more() {
                return;
            }
        }
    }

    /// Sorts the last of the segments that are not, or a part of it; false if there is none.
    #[cold]
    fn sort_more(&mut self) -> bool {
        let Some(mut begin) = self.segments.pop() else {
            return false;
        };
        while self.entries.len() - begin > SHORT {
            self.segments.push(begin);
            let half = (self.entries.len() - begin) / 2;
            self.entries[begin..].select_nth_unstable_by(half, |a, b| b.cmp(a));
            begin += half;
        }
        self.entries[begin..].sort_unstable_by(|a, b| b.cmp(a));
        self.sorted = begin;
        true
    }

    /// Counts those of a time up to `now`, and finds the first after it.
    ///
    /// Takes constant time, unless a clock was set back since they were due.
    pub(super) fn due(&self, now: u64, place: &[u32]) -> DueCount {
        if self.latest <= now {
            return DueCount {
                count: self.live,
                then: None,
            };
        }
        let later = || self.iter(place).filter(|entry| entry.time() > now);
        DueCount {
            count: self.live - later().count(),
            then: later().map(Entry::time).min(),
        }
    }

    #[cfg(test)]
    pub(super) fn check(&self, place: &[u32]) {
        assert_eq!(self.iter(place).count(), self.live);
        assert!(!self.is_empty() || self.entries.capacity() == 0);
        assert!(self.sorted <= self.entries.len());
        assert!(self.entries[self.sorted..].is_sorted_by(|a, b| a > b));
        assert!(self.segments.is_sorted());
        for begin in self.segments.iter().chain([&self.sorted]) {
            let (before, after) = self.entries.split_at(*begin);
            assert!(before.iter().min() > after.iter().max() || before.is_empty());
        }
        assert_eq!(self.first(), self.iter(place).min().unwrap_or(VACANT));
    }
}

#[inline]
fn counts(entry: Entry, place: &[u32]) -> bool {
    place[entry.slot() as usize] == IN_RUN
}
