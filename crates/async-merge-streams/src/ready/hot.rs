//! The half that the merge has for itself: which sources to poll, in plain words.

use super::flags::{BITS, bits};

/// A set of positions, with a bit for each and, above that, a bit for each word that is not zero.
///
/// A source stays in it as long as it gives items, so that one which is always ready costs no
/// atomic operation.
#[derive(Debug, Default)]
pub(super) struct Hot {
    words: Vec<u64>,
    summary: Vec<u64>,
}

impl Hot {
    /// Makes room for a position.
    pub(super) fn reserve(&mut self, position: usize) {
        let word = position / BITS;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
            self.summary.resize(word / BITS + 1, 0);
        }
    }

    /// Adds positions, a word of them.
    pub(super) fn insert(&mut self, word: usize, flags: u64) {
        self.words[word] |= flags;
        self.summary[word / BITS] |= 1 << (word % BITS);
    }

    #[inline]
    pub(super) fn remove(&mut self, position: usize) {
        let word = position / BITS;
        self.words[word] &= !(1 << (position % BITS));
        if self.words[word] == 0 {
            self.summary[word / BITS] &= !(1 << (word % BITS));
        }
    }

    pub(super) fn clear(&mut self) {
        self.words.fill(0);
        self.summary.fill(0);
    }

    /// The first position that is not below `from`.
    #[inline]
    pub(super) fn next(&self, from: usize) -> Option<usize> {
        let word = from / BITS;
        if let Some(bit) = first(*self.words.get(word)?, from % BITS) {
            return Some(word * BITS + bit);
        }
        self.next_from(word + 1)
    }

    /// The first position in this word or a later one.
    fn next_from(&self, word: usize) -> Option<usize> {
        let mut group = word / BITS;
        let mut found = first(*self.summary.get(group)?, word % BITS);
        while found.is_none() {
            group += 1;
            found = first(*self.summary.get(group)?, 0);
        }
        let word = group * BITS + found?;
        first(self.words[word], 0).map(|bit| word * BITS + bit)
    }
}

/// The first bit that is not below `from`.
#[inline]
fn first(word: u64, from: usize) -> Option<usize> {
    bits(word & (!0 << from)).next()
}
