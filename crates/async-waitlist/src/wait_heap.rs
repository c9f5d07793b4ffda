//! The smallest key first, in order of arrival among equals: an indexed binary heap over the slots.

use std::fmt;
use std::mem;
use std::task::Waker;

use crate::key::{Key, Polled, Released};
use crate::slab::Slab;
use crate::trash::Trash;

mod order;
mod serve;

pub(crate) use order::Entry;
use order::index;

/// A list of waiters, smallest `K` first, that lives inside the mutex of a primitive.
///
/// Waiters with equal keys stand in order of arrival.
/// `P` is what a waiter leaves with the list while it waits.
/// Operations that change the order take O(log n), the others constant time, except where their
/// docs say otherwise.
/// Nothing is allocated before the first [`insert`](Self::insert), and afterwards only when more
/// wait at once than ever before.
///
/// No method wakes, clones or drops a waker, or drops a payload or a key, so all may be called
/// under a lock; what they return has to be woken or dropped after unlocking.
/// The one piece of foreign code that runs is `K`'s `Ord`, which must not call the primitive.
/// The rules of use are in the [crate's documentation](crate#rules-of-use).
///
/// # Fairness
///
/// None between different keys: as long as smaller ones arrive, larger ones wait.
/// Keys that grow with time (such as `arrival + patience`) bound the wait.
///
/// # Panics
///
/// Methods that take a [`Key`] panic if it is the key of another list.
/// `insert` panics at 2³² − 1 waiters.
/// If `K`'s `Ord` panics, the panic goes through and the heap stays as it was before the call;
/// what was passed in is dropped, and a `Key` passed to `release` leaks its slot.
///
/// # Examples
///
/// ```
/// use async_waitlist::WaitHeap;
/// use std::task::Waker;
///
/// let mut heap = WaitHeap::new();
/// let _low = heap.insert(7, "low", Waker::noop().clone());
/// let _high = heap.insert(1, "high", Waker::noop().clone());
/// let _later = heap.insert(1, "as high, but later", Waker::noop().clone());
///
/// let granted = std::iter::from_fn(|| heap.grant_first()).map(|(_, payload, _)| payload);
/// assert!(granted.eq(["high", "as high, but later", "low"]));
/// ```
///
/// # Implementation notes
///
/// The keys lie in the heap itself, so a comparison follows no index; each slot knows its place in
/// the heap, so that a cancelled waiter is taken out at once and leaves nothing behind.
/// Every change first finds by comparisons where the entry belongs, and then moves entries without
/// comparing: a panic of `K`'s `Ord` finds the heap whole.
/// The invariants are those of the slots: exactly the waiting are in the heap (#1), the counts are
/// exact (#2), a slot lives until its key is released (#3), a key reaches its own slot only (#4);
/// and no entry is smaller than its parent (#5).
pub struct WaitHeap<K, P> {
    slab: Slab<P>,
    heap: Vec<Entry<K>>,
    /// The entries of the refused, in no order: their keys wait here for `release`.
    refused: Vec<Entry<K>>,
    /// The arrival number of the next at the back, from 0 up.
    last: i64,
    /// The arrival number of the newest at the front, from 0 down.
    front: i64,
}

impl<K, P> WaitHeap<K, P> {
    /// Creates an empty heap, without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::sync::Mutex;
    ///
    /// static WAITERS: Mutex<WaitHeap<i32, ()>> = Mutex::new(WaitHeap::new());
    /// assert_eq!(WAITERS.lock().unwrap().waiting(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            slab: Slab::new(),
            heap: Vec::new(),
            refused: Vec::new(),
            last: 0,
            front: 0,
        }
    }

    /// Counts the waiters that stand in the order: those neither granted nor refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let _key = heap.insert(0, (), Waker::noop().clone());
    /// assert_eq!((heap.waiting(), heap.granted()), (1, 0));
    /// ```
    #[inline]
    pub fn waiting(&self) -> usize {
        self.slab.waiting()
    }

    /// Counts the waiters that were granted and have not been released yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let _key = heap.insert(0, (), Waker::noop().clone());
    /// heap.grant_first();
    /// assert_eq!((heap.waiting(), heap.granted()), (0, 1));
    /// ```
    #[inline]
    pub fn granted(&self) -> usize {
        self.slab.granted()
    }

    /// Reads the state of a waiter and, if it still waits, makes sure that the waker of this poll
    /// is the one that will be woken; both in one step, so that no wake-up falls between.
    ///
    /// If that needs a clone of `current` and `spare` is empty, it changes nothing and says
    /// [`NeedsWaker`](Polled::NeedsWaker): unlock, clone `current` into `spare`, lock, poll again.
    /// A replaced waker leaves through `spare`, which is declared before the lock's guard so that
    /// it is dropped after it.
    ///
    /// # Panics
    ///
    /// If `key` is the key of another list.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::{Polled, WaitHeap};
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let key = heap.insert(0, (), Waker::noop().clone());
    /// assert_eq!(heap.poll(&key, Waker::noop(), &mut None), Polled::Waiting);
    /// heap.grant_first();
    /// assert_eq!(heap.poll(&key, Waker::noop(), &mut None), Polled::Granted);
    /// # drop(key);
    /// ```
    #[inline]
    #[track_caller]
    pub fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled {
        self.slab.poll(key, current, spare)
    }

    /// Lends the payload of the first in the order.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let _key = heap.insert(1, "payload", Waker::noop().clone());
    /// assert_eq!(heap.first(), Some(&"payload"));
    /// ```
    #[inline]
    pub fn first(&self) -> Option<&P> {
        self.slab.at(self.heap.first()?.slot).payload()
    }

    /// Lends the payload of the first in the order, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let _key = heap.insert(1, 8, Waker::noop().clone());
    /// *heap.first_mut().unwrap() -= 5;
    /// assert_eq!(heap.first(), Some(&3));
    /// ```
    #[inline]
    pub fn first_mut(&mut self) -> Option<&mut P> {
        self.slab.at_mut(self.heap.first()?.slot).payload_mut()
    }

    /// Lends the key of the first in the order: the smallest.
    ///
    /// # Examples
    ///
    /// A newcomer may pass only those whose keys are larger than its own:
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let _key = heap.insert(3, (), Waker::noop().clone());
    /// let may_pass = |mine: i32| heap.first_key().is_none_or(|&first| mine < first);
    /// assert!(may_pass(2));
    /// assert!(!may_pass(3));
    /// ```
    #[inline]
    pub fn first_key(&self) -> Option<&K> {
        Some(&self.heap.first()?.key)
    }

    /// Lends the payload of a waiter; `None` once it is granted, for then it has moved out.
    ///
    /// # Panics
    ///
    /// If `key` is the key of another list.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let key = heap.insert(1, "item", Waker::noop().clone());
    /// assert_eq!(heap.payload(&key), Some(&"item"));
    /// # drop(key);
    /// ```
    #[inline]
    #[track_caller]
    pub fn payload(&self, key: &Key) -> Option<&P> {
        let (slot, _) = self.slab.find(key);
        self.slab.at(slot).payload()
    }

    /// Lends the payload of a waiter, to be changed; `None` once it is granted.
    ///
    /// # Panics
    ///
    /// If `key` is the key of another list.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let key = heap.insert(1, 4, Waker::noop().clone());
    /// *heap.payload_mut(&key).unwrap() = 5;
    /// assert_eq!(heap.first(), Some(&5));
    /// # drop(key);
    /// ```
    #[inline]
    #[track_caller]
    pub fn payload_mut(&mut self, key: &Key) -> Option<&mut P> {
        let (slot, _) = self.slab.find(key);
        self.slab.at_mut(slot).payload_mut()
    }

    /// Gives up the memory if no slot is in use and there is room for more than 64.
    ///
    /// Call it after [`release`](Self::release), and drop what it returns after unlocking.
    /// It is one comparison as long as there is nothing to do.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// for key in [(); 100].map(|()| heap.insert(0, (), Waker::noop().clone())) {
    ///     assert!(heap.shrink().is_none());
    ///     drop(heap.release(key));
    /// }
    /// drop(heap.shrink().unwrap()); // after unlocking
    /// ```
    #[inline]
    pub fn shrink(&mut self) -> Option<Trash<P, K>> {
        let slots = self.slab.shrink()?;
        // No slot is in use, so nobody is in the heap (#1) or refused (#2).
        Some(Trash::of_heap(
            slots,
            mem::take(&mut self.heap),
            mem::take(&mut self.refused),
        ))
    }
}

impl<K: Ord, P> WaitHeap<K, P> {
    /// Enqueues a waiter behind all whose key is smaller or equal.
    ///
    /// Clone the waker before locking.
    ///
    /// # Panics
    ///
    /// At 2³² − 1 waiters.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let key = heap.insert(5, "payload", Waker::noop().clone());
    /// assert_eq!(heap.first_key(), Some(&5));
    /// assert_eq!(heap.release(key).into_payload(), Some((5, "payload")));
    /// ```
    #[track_caller]
    pub fn insert(&mut self, key: K, payload: P, waker: Waker) -> Key {
        let arrival = self.last;
        let (from, to) = self.place_of_new(&key, arrival);
        let name = self.slab.insert(payload, waker);
        self.last += 1;
        self.push(key, arrival, name.slot, from, to);
        name
    }

    /// Gives a waiter another key and the place that comes with it; it keeps its arrival.
    ///
    /// Hands back what is to be dropped after unlocking: the old key as `Ok`, or, if the waiter is
    /// granted or refused already, the new one as `Err`.
    ///
    /// # Panics
    ///
    /// If `key` is the key of another list.
    ///
    /// # Errors
    ///
    /// The new key, if the waiter does not stand in the order any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let _first = heap.insert(1, "first", Waker::noop().clone());
    /// let second = heap.insert(2, "second", Waker::noop().clone());
    /// assert_eq!(heap.set_key(&second, 0), Ok(2));
    /// assert_eq!(heap.first(), Some(&"second"));
    ///
    /// heap.grant(&second);
    /// assert_eq!(heap.set_key(&second, 9), Err(9));
    /// ```
    #[track_caller]
    pub fn set_key(&mut self, key: &Key, new: K) -> Result<K, K> {
        let (slot, status) = self.slab.find(key);
        if !status.in_order() {
            return Err(new);
        }
        let at = self.index_of(slot);
        let arrival = self.heap[at].arrival;
        let to = self.place_in(&new, arrival, at, self.heap.len());
        let old = mem::replace(&mut self.heap[at].key, new);
        self.shift(at, to);
        Ok(old)
    }

    /// Frees the slot of a waiter, in whatever state it is, and returns what was in it.
    ///
    /// # Panics
    ///
    /// If `key` is the key of another list.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::{Released, WaitHeap};
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let key = heap.insert(1, "item", Waker::noop().clone());
    /// let released = heap.release(key);
    /// assert!(matches!(released, Released::Waiting((1, "item"), Some(_))));
    /// drop(released); // after unlocking
    /// ```
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the key names nothing any more once its slot is free"
    )]
    pub fn release(&mut self, key: Key) -> Released<(K, P)> {
        let (slot, status) = self.slab.find(&key);
        let entry = if status.in_order() {
            self.remove(self.index_of(slot))
        } else if status.is_refused() {
            self.take_refused(slot)
        } else {
            let _granted = self.slab.release(slot);
            return Released::Granted;
        };
        self.slab.release(slot).map(|payload| (entry.key, payload))
    }

    /// Checks every invariant, in time linear in the number of slots; for the tests of primitives.
    ///
    /// # Panics
    ///
    /// If one is broken, which would be a bug of this crate or of `K`'s `Ord`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let _key = heap.insert(1, (), Waker::noop().clone());
    /// heap.assert_invariants();
    /// ```
    pub fn assert_invariants(&self) {
        let in_order = self.slab.assert_invariants();
        assert_eq!(self.heap.len(), in_order, "#1");
        assert_eq!(
            self.refused.len(),
            self.slab.refused(),
            "#2: the keys of the refused"
        );
        for (at, entry) in self.heap.iter().enumerate() {
            let slot = self.slab.at(entry.slot);
            assert!(slot.status().in_order(), "#1: {slot:?} is in the heap");
            assert_eq!(slot.back, index(at), "the index in slot {}", entry.slot);
            let parent = &self.heap[at.saturating_sub(1) / 2];
            assert!(
                at == 0 || parent.cmp_place(entry).is_lt(),
                "#5: the entry at {at}"
            );
        }
        for (at, entry) in self.refused.iter().enumerate() {
            let slot = self.slab.at(entry.slot);
            assert!(slot.status().is_refused(), "{slot:?} is among the refused");
            assert_eq!(slot.back, index(at), "the index in slot {}", entry.slot);
        }
    }
}

impl<K, P> Default for WaitHeap<K, P> {
    fn default() -> Self {
        Self::new()
    }
}

// Written out: the counts, without asking for `K: Debug` and `P: Debug`.
impl<K, P> fmt::Debug for WaitHeap<K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitHeap")
            .field("waiting", &self.waiting())
            .field("granted", &self.granted())
            .field("refused", &self.slab.refused())
            .finish_non_exhaustive()
    }
}
