//! The half that the wakers share with the merge: which sources were woken, and whom to tell.
//!
//! A source has a bit in a word, its *flag*; the words stand in segments, and a segment has a bit
//! in the state of the root.
//! Where a segment has several words, a *summary* with a bit per word stands between the two.
//! Wakers set bits from below, [`Segment::take`] and [`Root::take`] clear them from above.
//!
//! # Invariants
//!
//! 1. Whoever makes a word, or a part of a summary, out of zero announces it one level up, after
//!    that; nobody else does. So what is not zero is announced, or about to be, or about to be
//!    taken by somebody who has read the announcement.
//! 2. Only the merge takes, so there is one taker.
//! 3. `PARKED` is set after the parent was registered, and the one waker that finds it set and no
//!    segment announced is the one that wakes. So a parent is woken once per registration.
//! 4. While `PARKED` is set and no parent is registered, somebody has taken the parent after its
//!    registration and wakes it: a poll is due, and it begins by taking.
//!
//! Why 4 holds although a waker may be late:
//!
//! 1. A waker finds `PARKED`, and halts before it takes the parent.
//! 2. The merge is polled for some other reason, takes all flags, finds nothing to give, registers
//!    another parent, and sets `PARKED` again.
//! 3. The waker goes on and takes the *new* parent. A second one finds `PARKED` and no parent.
//! 4. The first wakes the new parent, whose poll takes the flag of the second.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Wake, Waker};

use crate::sync::{AtomicU64, Mutex};

/// The bits of a word.
pub(super) const BITS: usize = u64::BITS as usize;

/// A parent is registered and waits for a flag.
const PARKED: u64 = 1 << 63;

/// What all wakers of a merge have in common.
#[derive(Debug)]
pub(super) struct Root {
    /// | bits | meaning | set by | cleared by | may coexist with |
    /// |---|---|---|---|---|
    /// | 0 to 62 | that segment has flags | the waker of its first flag | `take` | all |
    /// | 63, `PARKED` | the parent waits | `park` | `take` | all |
    state: AtomicU64,
    /// Who polled last, until it is woken.
    parent: Mutex<Option<Waker>>,
}

impl Root {
    pub(super) fn new() -> Self {
        Self {
            state: AtomicU64::new(0),
            parent: Mutex::new(None),
        }
    }

    /// Says that a segment has a flag, and wakes the parent if it waits for that (#3).
    fn announce(&self, segment: u32) {
        if self.state.fetch_or(1 << segment, Ordering::AcqRel) == PARKED {
            let parent = self.parent.lock().take();
            if let Some(parent) = parent {
                parent.wake();
            }
        }
    }

    /// Whether there may be something to take.
    ///
    /// An old answer delays what was set meanwhile; the poll that ends with `park` takes it.
    #[inline]
    pub(super) fn is_touched(&self) -> bool {
        self.state.load(Ordering::Acquire) != 0
    }

    /// Takes the segments with flags: a bit for each.
    pub(super) fn take(&self) -> u64 {
        self.state.swap(0, Ordering::AcqRel) & !PARKED
    }

    /// Has `parent` woken by the next flag; false if there are flags already.
    pub(super) fn park(&self, parent: &Waker) -> bool {
        let is_same = |known: &Waker| known.will_wake(parent);
        let is_known = self.parent.lock().as_ref().is_some_and(is_same);
        if !is_known {
            // Foreign code, before the lock and after it.
            let parent = parent.clone();
            let replaced = self.parent.lock().replace(parent);
            drop(replaced);
        }
        self.state.fetch_or(PARKED, Ordering::AcqRel) & !PARKED == 0
    }

    /// Forgets the parent.
    pub(super) fn leave(&self) {
        let parent = self.parent.lock().take();
        drop(parent);
    }
}

/// The flags of some sources.
#[derive(Debug)]
pub(super) struct Segment {
    root: Arc<Root>,
    number: u32,
    /// A flag per source.
    words: Box<[AtomicU64]>,
    /// A bit per word; empty if there is only one word.
    summary: Box<[AtomicU64]>,
}

impl Segment {
    pub(super) fn new(root: Arc<Root>, number: u32, words: usize) -> Self {
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        let summary = if words == 1 { 0 } else { words.div_ceil(BITS) };
        Self {
            root,
            number,
            words: zeros(words),
            summary: zeros(summary),
        }
    }

    /// Sets the flag of the source at `place` (#1).
    fn flag(&self, place: usize) {
        let (word, bit) = (place / BITS, place % BITS);
        if self.words[word].fetch_or(1 << bit, Ordering::AcqRel) != 0 {
            return;
        }
        if let Some(summary) = self.summary.get(word / BITS) {
            if summary.fetch_or(1 << (word % BITS), Ordering::AcqRel) != 0 {
                return;
            }
        }
        self.root.announce(self.number);
    }

    /// Whether the flag of the source at `place` is set.
    pub(super) fn is_flagged(&self, place: usize) -> bool {
        self.words[place / BITS].load(Ordering::Acquire) & (1 << (place % BITS)) != 0
    }

    /// Clears all flags and passes them on: the number of the word, and its flags.
    pub(super) fn take(&self, mut pass: impl FnMut(usize, u64)) {
        let mut take_word = |word: usize| match self.words[word].swap(0, Ordering::AcqRel) {
            0 => {}
            flags => pass(word, flags),
        };
        if self.summary.is_empty() {
            take_word(0);
        }
        for (at, summary) in self.summary.iter().enumerate() {
            // What was announced in the root is seen: the announcement was acquired.
            if summary.load(Ordering::Acquire) != 0 {
                for word in bits(summary.swap(0, Ordering::AcqRel)) {
                    take_word(at * BITS + word);
                }
            }
        }
    }
}

/// The numbers of the bits that are set.
#[inline]
pub(super) fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        // The lowest bit is cleared; zero stays zero.
        word &= word.wrapping_sub(1);
        (bit < u64::BITS).then_some(bit as usize)
    })
}

/// What a source is polled with.
struct SourceWaker {
    segment: Arc<Segment>,
    /// In the segment.
    place: usize,
}

impl Wake for SourceWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.segment.flag(self.place);
    }
}

/// The waker of the source at `place` of the segment.
pub(super) fn waker(segment: &Arc<Segment>, place: usize) -> Waker {
    let segment = Arc::clone(segment);
    Arc::new(SourceWaker { segment, place }).into()
}
