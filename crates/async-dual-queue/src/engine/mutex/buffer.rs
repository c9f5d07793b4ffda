//! What the queued items are kept in.
//!
//! Memory is given back as items leave: a buffer of more than [`KEPT`] places, three quarters of
//! them empty, is halved; so a burst leaves nothing behind, and each item pays for at most one move.

use std::collections::VecDeque;
use std::mem;

/// Buffers of up to this many places are kept.
const KEPT: usize = 64;

/// Whether a buffer is to be halved.
#[inline]
fn is_roomy(len: usize, capacity: usize) -> bool {
    capacity > KEPT && len < capacity / 4
}

/// The queued items, in the order in which they leave.
pub trait Buffer<T, R> {
    /// One without items, and without memory.
    const EMPTY: Self;

    /// Whether items need an arrival; where not, it is taken to be 0.
    const STAMPED: bool;

    /// Adds an item; `arrival` is later than that of all before, or that of its parking.
    fn push(&mut self, item: T, rank: R, arrival: u64);

    /// Takes the next item out.
    fn pop(&mut self) -> Option<(T, R)>;

    /// Exchanges the item that is worth least for a new one, and returns it; the new one itself if
    /// there is no other, or if it is worth least.
    fn replace_worst(&mut self, item: T, rank: R, arrival: u64) -> (T, R);

    /// The next item, to be looked at.
    fn peek(&self) -> Option<(&T, &R)>;

    /// Whether the next item comes after one with this rank and arrival that is parked.
    fn is_behind(&self, rank: &R, arrival: u64) -> bool;

    /// How many items there are.
    fn len(&self) -> usize;
}

/// Which end of a [`Deque`] items leave from.
pub(super) struct DequeEnd;

impl DequeEnd {
    /// First in, first out.
    pub(super) const FRONT: bool = false;
    /// Last in, first out.
    pub(super) const BACK: bool = true;
}

/// Items without a rank.
pub struct Deque<T, const END: bool>(VecDeque<T>);

impl<T, const END: bool> Buffer<T, ()> for Deque<T, END> {
    const EMPTY: Self = Self(VecDeque::new());

    const STAMPED: bool = false;

    #[inline]
    fn push(&mut self, item: T, (): (), _: u64) {
        self.0.push_back(item);
    }

    #[inline]
    fn pop(&mut self) -> Option<(T, ())> {
        let item = if END == DequeEnd::BACK {
            self.0.pop_back()
        } else {
            self.0.pop_front()
        };
        if is_roomy(self.0.len(), self.0.capacity()) {
            halve_deque(&mut self.0);
        }
        item.map(|item| (item, ()))
    }

    fn replace_worst(&mut self, item: T, (): (), _: u64) -> (T, ()) {
        let Some(oldest) = self.0.pop_front() else {
            return (item, ());
        };
        self.0.push_back(item);
        (oldest, ())
    }

    fn peek(&self) -> Option<(&T, &())> {
        let item = if END == DequeEnd::BACK {
            self.0.back()
        } else {
            self.0.front()
        };
        item.map(|item| (item, &()))
    }

    #[inline]
    fn is_behind(&self, (): &(), _: u64) -> bool {
        self.0.is_empty()
    }

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }
}

#[cold]
fn halve_deque<T>(items: &mut VecDeque<T>) {
    items.shrink_to(items.capacity() / 2);
}

#[cold]
fn halve<T>(items: &mut Vec<T>) {
    items.shrink_to(items.capacity() / 2);
}

struct Entry<T, P> {
    priority: P,
    arrival: u64,
    item: T,
}

impl<T, P: Ord> Entry<T, P> {
    /// Whether it leaves before one of that priority and arrival.
    ///
    /// Without a branch where `P` is a number: which of two children is smaller is a coin toss, and
    /// a processor that guesses is wrong half of the time.
    #[inline]
    #[expect(clippy::needless_bitwise_bool, reason = "so that there is no branch")]
    fn is_before(&self, priority: &P, arrival: u64) -> bool {
        let is_equal = self.priority == *priority;
        (self.priority < *priority) | (is_equal & (self.arrival < arrival))
    }

    #[inline]
    fn is_ahead_of(&self, other: &Self) -> bool {
        self.is_before(&other.priority, other.arrival)
    }
}

/// How many children an entry of a [`Heap`] has: four have half the levels of two, and lie on one
/// or two cache lines.
const FAN: usize = 4;

#[inline]
fn parent(at: usize) -> usize {
    (at - 1) / FAN
}

/// Items by priority, then by arrival: a heap with four children per entry.
///
/// Every change first finds by comparisons where an entry belongs, and then moves entries without
/// comparing: a panic of `P`'s `Ord` finds the heap whole.
pub struct Heap<T, P>(Vec<Entry<T, P>>);

impl<T, P: Ord> Heap<T, P> {
    /// The ancestor of `at`, or `at` itself, where an entry of that place belongs.
    #[inline]
    fn place_above(&self, priority: &P, arrival: u64, mut at: usize) -> usize {
        while at > 0 {
            let above = parent(at);
            if self.0[above].is_before(priority, arrival) {
                break;
            }
            at = above;
        }
        at
    }

    /// Where the last entry belongs, if it is to replace the first.
    ///
    /// Goes down along the smallest children to the bottom, and from there up: the last entry comes
    /// from the bottom and mostly belongs there, and one comparison per level is saved.
    #[inline]
    fn place_of_last(&self) -> usize {
        let Some((last, rest)) = self.0.split_last() else {
            return 0;
        };
        let mut at = 0;
        loop {
            let first = FAN * at + 1;
            if let Some([a, b, c, d]) = rest.get(first..first + FAN) {
                // As a tournament: the first two comparisons do not wait for each other.
                let (x, left) = if b.is_ahead_of(a) { (b, 1) } else { (a, 0) };
                let (y, right) = if d.is_ahead_of(c) { (d, 3) } else { (c, 2) };
                at = first + if y.is_ahead_of(x) { right } else { left };
                continue;
            }
            let smaller = |a: usize, b: usize| {
                if rest[b].is_ahead_of(&rest[a]) { b } else { a }
            };
            if let Some(child) = (first..rest.len()).reduce(smaller) {
                at = child;
            }
            break;
        }
        while at > 0 && last.is_ahead_of(&rest[at]) {
            at = parent(at);
        }
        at
    }

    /// Moves the entry at `from` up to its ancestor `to`, and those between down.
    #[inline]
    fn raise(&mut self, from: usize, to: usize) {
        let mut at = from;
        while at > to {
            let above = parent(at);
            self.0.swap(at, above);
            at = above;
        }
    }
}

impl<T, P: Ord> Buffer<T, P> for Heap<T, P> {
    const EMPTY: Self = Self(Vec::new());

    const STAMPED: bool = true;

    fn push(&mut self, item: T, priority: P, arrival: u64) {
        let end = self.0.len();
        let to = self.place_above(&priority, arrival, end);
        self.0.push(Entry {
            priority,
            arrival,
            item,
        });
        self.raise(end, to);
    }

    #[inline]
    fn pop(&mut self) -> Option<(T, P)> {
        let mut at = self.place_of_last();
        let mut carried = self.0.pop()?;
        // The last goes to its place, and each from there to the top moves up by one.
        while let Some(entry) = self.0.get_mut(at) {
            mem::swap(entry, &mut carried);
            if at == 0 {
                break;
            }
            at = parent(at);
        }
        if is_roomy(self.0.len(), self.0.capacity()) {
            halve(&mut self.0);
        }
        Some((carried.item, carried.priority))
    }

    fn replace_worst(&mut self, item: T, priority: P, arrival: u64) -> (T, P) {
        // The worst is among the leaves, which come after the parent of the last.
        let leaves = match self.0.len() {
            0 | 1 => 0..self.0.len(),
            len => parent(len - 1) + 1..len,
        };
        let worse = |a: usize, b: usize| {
            if self.0[b].is_ahead_of(&self.0[a]) {
                a
            } else {
                b
            }
        };
        let last = leaves.reduce(worse);
        let Some(at) = last.filter(|at| !self.0[*at].is_before(&priority, arrival)) else {
            return (item, priority);
        };
        let to = self.place_above(&priority, arrival, at);
        let entry = Entry {
            priority,
            arrival,
            item,
        };
        let evicted = mem::replace(&mut self.0[at], entry);
        self.raise(at, to);
        (evicted.item, evicted.priority)
    }

    fn peek(&self) -> Option<(&T, &P)> {
        self.0.first().map(|entry| (&entry.item, &entry.priority))
    }

    #[inline]
    fn is_behind(&self, priority: &P, arrival: u64) -> bool {
        self.0
            .first()
            .is_none_or(|first| !first.is_before(priority, arrival))
    }

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }
}
