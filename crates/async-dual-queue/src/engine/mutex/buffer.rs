//! What the queued items are kept in.
//!
//! Memory is given back as items leave: a buffer of more than [`KEPT`] places, three quarters of
//! them empty, is halved; so a burst leaves nothing behind, and each item pays for at most one move.

use std::cmp::Ordering;
use std::collections::VecDeque;

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
            halve(&mut self.0);
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
fn halve<T>(items: &mut VecDeque<T>) {
    items.shrink_to(items.capacity() / 2);
}

struct Entry<T, P> {
    priority: P,
    arrival: u64,
    item: T,
}

impl<T, P: Ord> Entry<T, P> {
    #[inline]
    fn is_before(&self, priority: &P, arrival: u64) -> bool {
        self.cmp_place(priority, arrival) == Ordering::Less
    }

    #[inline]
    fn cmp_place(&self, priority: &P, arrival: u64) -> Ordering {
        let by_priority = self.priority.cmp(priority);
        by_priority.then_with(|| self.arrival.cmp(&arrival))
    }
}

/// Items by priority, then by arrival: a binary heap.
///
/// Every change first finds by comparisons where an entry belongs, and then moves entries without
/// comparing: a panic of `P`'s `Ord` finds the heap whole.
pub struct Heap<T, P>(Vec<Entry<T, P>>);

impl<T, P: Ord> Heap<T, P> {
    /// The ancestor of `at`, or `at` itself, where an entry of that place belongs.
    #[inline]
    fn place_above(&self, priority: &P, arrival: u64, mut at: usize) -> usize {
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.0[parent].is_before(priority, arrival) {
                break;
            }
            at = parent;
        }
        at
    }

    /// Where the last entry belongs, if it is to replace the first.
    ///
    /// Goes down along the smaller children to the bottom, and from there up: the last entry comes
    /// from the bottom and mostly belongs there, and one comparison per level is saved.
    fn place_of_last(&self) -> usize {
        let end = self.0.len() - 1;
        let (mut at, mut child) = (0, 1);
        while child + 1 < end {
            let (left, right) = (&self.0[child], &self.0[child + 1]);
            child += usize::from(right.is_before(&left.priority, left.arrival));
            at = child;
            child = 2 * at + 1;
        }
        if child < end {
            at = child;
        }
        let last = &self.0[end];
        while at > 0 && last.is_before(&self.0[at].priority, self.0[at].arrival) {
            at = (at - 1) / 2;
        }
        at
    }

    /// Moves the entry at `from` up to its ancestor `to`, and those between down.
    #[inline]
    fn raise(&mut self, from: usize, to: usize) {
        let mut at = from;
        while at > to {
            let parent = (at - 1) / 2;
            self.0.swap(at, parent);
            at = parent;
        }
    }
}

impl<T, P: Ord> Buffer<T, P> for Heap<T, P> {
    const EMPTY: Self = Self(Vec::new());

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

    fn pop(&mut self) -> Option<(T, P)> {
        if self.0.len() > 1 {
            // The last goes to its place, and each on the way from there to the top one up.
            let to = self.place_of_last();
            let end = self.0.len() - 1;
            let mut at = to;
            while at > 0 {
                self.0.swap(at, end);
                at = (at - 1) / 2;
            }
            self.0.swap(0, end);
        }
        let Entry { priority, item, .. } = self.0.pop()?;
        if is_roomy(self.0.len(), self.0.capacity()) {
            self.0.shrink_to(self.0.capacity() / 2);
        }
        Some((item, priority))
    }

    fn replace_worst(&mut self, item: T, priority: P, arrival: u64) -> (T, P) {
        // The worst is among the leaves, the second half.
        let leaves = self.0.len() / 2..self.0.len();
        let worse = |a: usize, b: usize| {
            let other = &self.0[a];
            if self.0[b].is_before(&other.priority, other.arrival) {
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
        let evicted = std::mem::replace(&mut self.0[at], entry);
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
