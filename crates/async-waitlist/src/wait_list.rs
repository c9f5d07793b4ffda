//! First come, first served: a doubly linked list through the slots.

use std::fmt;
use std::task::Waker;

use crate::key::{Key, Polled, Released};
use crate::slab::{NIL, Slab};
use crate::trash::Trash;

mod iter;
mod serve;

pub use iter::Iter;

/// A list of waiters, first come, first served, that lives inside the mutex of a primitive.
///
/// `P` is what a waiter leaves with the list while it waits: `()`, how many permits it wants, the
/// item it sends.
/// Every operation takes constant time, except where its docs say otherwise.
/// Nothing is allocated before the first [`insert`](Self::insert), and afterwards only when more
/// wait at once than ever before.
///
/// No method wakes, clones or drops a waker, or drops a payload, so all may be called under a lock;
/// what they return has to be woken or dropped after unlocking.
/// The rules of use are in the [crate's documentation](crate#rules-of-use).
///
/// # Fairness
///
/// [`grant_first`](Self::grant_first) grants in the order of `insert`, with those first that
/// [`requeue_front`](Self::requeue_front) put back.
///
/// # Panics
///
/// Methods that take a [`Key`] panic if it is the key of another list.
/// `insert` panics at 2³² − 1 waiters.
///
/// # Examples
///
/// ```
/// use async_waitlist::{Polled, WaitList};
///
/// let (woken, waker) = testkit::CountWaker::new();
/// let mut list = WaitList::new();
/// let key = list.insert(3, waker.clone());
/// assert_eq!(list.poll(&key, &waker, &mut None), Polled::Waiting);
///
/// let (permits, to_wake) = list.grant_first().unwrap();
/// assert_eq!(permits, 3);
/// to_wake.unwrap().wake();
/// assert_eq!(woken.wakes(), 1);
///
/// assert_eq!(list.poll(&key, &waker, &mut None), Polled::Granted);
/// assert!(list.release(key).is_granted());
/// ```
///
/// # Implementation notes
///
/// The waiters stand in one vector, and links are indices: no `unsafe`, and futures that are
/// `Unpin` because they own a [`Key`] and no node.
/// A slot is 32 bytes for `P = ()` and 40 for `P = u32` on 64-bit targets.
/// The invariants are those of the slots: exactly the waiting are linked (#1), the counts are exact
/// (#2), a slot lives until its key is released (#3), a key reaches its own slot only (#4).
pub struct WaitList<P> {
    slab: Slab<P>,
    head: u32,
    tail: u32,
}

impl<P> WaitList<P> {
    /// Creates an empty list, without allocating.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use std::sync::Mutex;
    ///
    /// static WAITERS: Mutex<WaitList<()>> = Mutex::new(WaitList::new());
    /// assert_eq!(WAITERS.lock().unwrap().waiting(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            slab: Slab::new(),
            head: NIL,
            tail: NIL,
        }
    }

    /// Counts the waiters that stand in the order: those neither granted nor refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let _first = list.insert((), Waker::noop().clone());
    /// let _second = list.insert((), Waker::noop().clone());
    /// list.grant_first();
    /// assert_eq!((list.waiting(), list.granted()), (1, 1));
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
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let key = list.insert((), Waker::noop().clone());
    /// list.grant_first();
    /// assert_eq!(list.granted(), 1);
    /// assert!(list.release(key).is_granted());
    /// assert_eq!(list.granted(), 0);
    /// ```
    #[inline]
    pub fn granted(&self) -> usize {
        self.slab.granted()
    }

    /// Enqueues a waiter at the back.
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
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let key = list.insert("payload", Waker::noop().clone());
    /// assert_eq!(list.first(), Some(&"payload"));
    /// assert_eq!(list.release(key).into_payload(), Some("payload"));
    /// ```
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, payload: P, waker: Waker) -> Key {
        let key = self.slab.insert(payload, waker);
        self.link_back(key.slot);
        key
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
    /// use async_waitlist::{Polled, WaitList};
    /// use testkit::CountWaker;
    ///
    /// let (_, old) = CountWaker::new();
    /// let (_, new) = CountWaker::new();
    /// let mut list = WaitList::new();
    /// let key = list.insert((), old.clone());
    ///
    /// let mut spare = None;
    /// assert_eq!(list.poll(&key, &new, &mut spare), Polled::NeedsWaker);
    /// spare = Some(new.clone());
    /// assert_eq!(list.poll(&key, &new, &mut spare), Polled::Waiting);
    /// assert!(spare.unwrap().will_wake(&old));
    /// # drop(list.release(key));
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
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// assert_eq!(list.first(), None);
    /// let _key = list.insert(8, Waker::noop().clone());
    /// let fits = list.first().is_some_and(|&permits| permits <= 5);
    /// assert!(!fits);
    /// ```
    #[inline]
    pub fn first(&self) -> Option<&P> {
        if self.head == NIL {
            return None;
        }
        self.slab.at(self.head).payload()
    }

    /// Lends the payload of the first in the order, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let _key = list.insert(8, Waker::noop().clone());
    /// *list.first_mut().unwrap() -= 5;
    /// assert_eq!(list.first(), Some(&3));
    /// ```
    #[inline]
    pub fn first_mut(&mut self) -> Option<&mut P> {
        if self.head == NIL {
            return None;
        }
        self.slab.at_mut(self.head).payload_mut()
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
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let key = list.insert("item", Waker::noop().clone());
    /// assert_eq!(list.payload(&key), Some(&"item"));
    /// list.grant_first();
    /// assert_eq!(list.payload(&key), None);
    /// # drop(list.release(key));
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
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let key = list.insert(1, Waker::noop().clone());
    /// if let Some(permits) = list.payload_mut(&key) {
    ///     *permits = 2;
    /// }
    /// assert_eq!(list.release(key).into_payload(), Some(2));
    /// ```
    #[inline]
    #[track_caller]
    pub fn payload_mut(&mut self, key: &Key) -> Option<&mut P> {
        let (slot, _) = self.slab.find(key);
        self.slab.at_mut(slot).payload_mut()
    }

    /// Lends the payloads of all in the order, first to last.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let _keys = [2, 5].map(|permits| list.insert(permits, Waker::noop().clone()));
    /// let wanted: u32 = list.iter().sum();
    /// assert_eq!(wanted, 7);
    /// ```
    pub fn iter(&self) -> Iter<'_, P> {
        Iter {
            list: self,
            next: self.head,
            left: self.waiting(),
        }
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
    /// use async_waitlist::{Released, WaitList};
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let key = list.insert("item", Waker::noop().clone());
    /// let released = list.release(key);
    /// assert!(matches!(released, Released::Waiting("item", Some(_))));
    /// drop(released); // after unlocking
    /// ```
    #[inline]
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the key names nothing any more once its slot is free"
    )]
    pub fn release(&mut self, key: Key) -> Released<P> {
        let (slot, status) = self.slab.find(&key);
        if status.in_order() {
            self.unlink(slot);
        }
        self.slab.release(slot)
    }

    /// Gives up the memory if no slot is in use and there is room for more than 64.
    ///
    /// Call it after [`release`](Self::release), and drop what it returns after unlocking.
    /// It is one comparison as long as there is nothing to do.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// for key in [(); 100].map(|()| list.insert((), Waker::noop().clone())) {
    ///     assert!(list.shrink().is_none());
    ///     drop(list.release(key));
    /// }
    /// drop(list.shrink().unwrap()); // after unlocking
    /// ```
    #[inline]
    pub fn shrink(&mut self) -> Option<Trash<P>> {
        let slots = self.slab.shrink()?;
        Some(Trash::of_list(slots))
    }

    /// Checks every invariant, in time linear in the number of slots; for the tests of primitives.
    ///
    /// # Panics
    ///
    /// If one is broken, which would be a bug of this crate.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let _key = list.insert((), Waker::noop().clone());
    /// list.assert_invariants();
    /// ```
    pub fn assert_invariants(&self) {
        let in_order = self.slab.assert_invariants();
        let (mut at, mut back, mut linked) = (self.head, NIL, 0);
        while at != NIL {
            let slot = self.slab.at(at);
            assert!(slot.status().in_order(), "#1: {slot:?} is linked");
            assert_eq!(slot.back, back, "the back link of {at}");
            linked += 1;
            assert!(
                linked <= in_order,
                "#1: more are linked than wait, or the list is a ring"
            );
            (back, at) = (at, slot.next);
        }
        assert_eq!(linked, in_order, "#1: some wait and are not linked");
        assert_eq!(self.tail, back, "the tail");
    }

    #[inline]
    fn link_back(&mut self, slot: u32) {
        // A fresh slot has no links.
        let tail = std::mem::replace(&mut self.tail, slot);
        if tail == NIL {
            self.head = slot;
        } else {
            self.slab.at_mut(slot).back = tail;
            self.slab.at_mut(tail).next = slot;
        }
    }

    #[inline]
    fn unlink(&mut self, slot: u32) {
        let slot = self.slab.at(slot);
        let (back, next) = (slot.back, slot.next);
        if back == NIL {
            self.head = next;
        } else {
            self.slab.at_mut(back).next = next;
        }
        if next == NIL {
            self.tail = back;
        } else {
            self.slab.at_mut(next).back = back;
        }
    }
}

impl<P> Default for WaitList<P> {
    fn default() -> Self {
        Self::new()
    }
}

// Written out: the counts, without asking for `P: Debug`.
impl<P> fmt::Debug for WaitList<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitList")
            .field("waiting", &self.waiting())
            .field("granted", &self.granted())
            .field("refused", &self.slab.refused())
            .finish_non_exhaustive()
    }
}
