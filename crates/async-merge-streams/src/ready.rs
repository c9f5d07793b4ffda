//! Which sources may have an item: what their wakers say, and in whose turn.

mod flags;
mod hot;

use std::sync::Arc;
use std::task::Waker;

use flags::{BITS, Root, Segment};
use hot::Hot;

/// The sources to poll, in turns, and the wakers that say so.
///
/// Position 0 to 63 are segment 0, and each further segment has as many as all before it, so that
/// wakers keep what they point to when there are more sources.
#[derive(Debug)]
pub(crate) struct ReadySet {
    root: Arc<Root>,
    segments: Vec<Arc<Segment>>,
    hot: Hot,
    /// Whose turn it is: nobody below it is polled again in this round.
    cursor: usize,
}

impl ReadySet {
    pub(crate) fn new() -> Self {
        Self {
            root: Arc::new(Root::new()),
            segments: Vec::new(),
            hot: Hot::default(),
            cursor: 0,
        }
    }

    /// The waker of the source at a position; positions are made in ascending order.
    pub(crate) fn waker(&mut self, position: usize) -> Waker {
        self.hot.reserve(position);
        let (number, place) = locate(position);
        if number == self.segments.len() {
            let words = first_word(number).max(1);
            let bit = u32::try_from(number).expect("there are fewer segments than bits");
            let segment = Segment::new(Arc::clone(&self.root), bit, words);
            self.segments.push(Arc::new(segment));
        }
        flags::waker(&self.segments[number], place)
    }

    /// Whose turn is next; at the end of a round, what was woken meanwhile joins if `renew` says so.
    ///
    /// It stays its turn until [`advance`](Self::advance).
    #[inline]
    pub(crate) fn next(&mut self, renew: bool) -> Option<usize> {
        let next = self.rest();
        if next.is_some() {
            return next;
        }
        self.next_round(renew)
    }

    #[inline]
    fn next_round(&mut self, renew: bool) -> Option<usize> {
        self.rewind();
        if renew {
            self.take();
        }
        self.rest()
    }

    /// Whose turn is next in this round.
    #[inline]
    pub(crate) fn rest(&self) -> Option<usize> {
        self.hot.next(self.cursor)
    }

    /// Begins a round.
    #[inline]
    pub(crate) fn rewind(&mut self) {
        self.cursor = 0;
    }

    /// Ends the turn of a position.
    #[inline]
    pub(crate) fn advance(&mut self, position: usize) {
        self.cursor = position + 1;
    }

    /// Has a position polled no more until it is woken.
    #[inline]
    pub(crate) fn cool(&mut self, position: usize) {
        self.hot.remove(position);
    }

    /// The same for all.
    pub(crate) fn cool_all(&mut self) {
        self.hot.clear();
    }

    /// Whether a position was woken since the last [`take`](Self::take).
    pub(crate) fn is_woken(&self, position: usize) -> bool {
        let (number, place) = locate(position);
        self.segments[number].is_flagged(place)
    }

    /// Lets those that were woken have their turns.
    #[inline]
    pub(crate) fn take(&mut self) {
        if self.root.is_touched() {
            self.take_touched();
        }
    }

    fn take_touched(&mut self) {
        for number in flags::bits(self.root.take()) {
            let first = first_word(number);
            self.segments[number].take(|word, flags| self.hot.insert(first + word, flags));
        }
    }

    /// Has `parent` woken when a source is; false if one was already.
    pub(crate) fn park(&self, parent: &Waker) -> bool {
        self.root.park(parent)
    }
}

impl Drop for ReadySet {
    fn drop(&mut self) {
        // The wakers of the sources live as long as anybody likes; the task shall not.
        self.root.leave();
    }
}

/// The segment of a position, and the place in it.
fn locate(position: usize) -> (usize, usize) {
    let word = position / BITS;
    let number = (usize::BITS - word.leading_zeros()) as usize;
    (number, position - first_word(number) * BITS)
}

/// The number of the first word of a segment: as many as the segments before it have.
fn first_word(segment: usize) -> usize {
    (1 << segment) >> 1
}

#[cfg(test)]
mod tests {
    use super::{BITS, first_word, locate};

    #[test]
    fn segments_adjoin() {
        let mut expected = (0, 0);
        for position in 0..100 * BITS {
            assert_eq!(locate(position), expected, "{position}");
            let (number, place) = expected;
            let words = first_word(number).max(1);
            expected = if place + 1 == words * BITS {
                (number + 1, 0)
            } else {
                (number, place + 1)
            };
        }
    }
}
