//! What a primitive does to its waiters: it grants, nudges, puts back, and refuses.

use std::task::Waker;

use super::{Entry, WaitHeap, index};
use crate::key::Key;
use crate::wake_batch::WakeBatch;

impl<K, P> WaitHeap<K, P> {
    /// Takes the waker of a waiter, to wake it while it keeps its place; `None` if it was nudged,
    /// granted or refused already.
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
    /// let key = heap.insert(1, (), Waker::noop().clone());
    /// heap.nudge(&key).unwrap().wake(); // after unlocking
    /// assert!(heap.nudge(&key).is_none());
    /// assert_eq!(heap.waiting(), 1);
    /// # drop(key);
    /// ```
    #[track_caller]
    pub fn nudge(&mut self, key: &Key) -> Option<Waker> {
        let (slot, _) = self.slab.find(key);
        self.slab.nudge(slot)
    }
}

impl<K: Ord, P> WaitHeap<K, P> {
    /// Grants the first in the order: takes it out, and returns its key, its payload and its waker.
    ///
    /// There is no waker if the waiter was nudged and has not polled since: a wake is on its way.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let _key = heap.insert(5, "payload", Waker::noop().clone());
    /// let (key, payload, waker) = heap.grant_first().unwrap();
    /// assert_eq!((key, payload), (5, "payload"));
    /// waker.unwrap().wake(); // after unlocking
    /// ```
    pub fn grant_first(&mut self) -> Option<(K, P, Option<Waker>)> {
        if self.heap.is_empty() {
            return None;
        }
        let Entry { key, slot, .. } = self.remove(0);
        let (payload, waker) = self.slab.grant(slot);
        Some((key, payload, waker))
    }

    /// Grants the waiter of `key`, wherever it stands; `None` if it is granted or refused already.
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
    /// let _first = heap.insert(1, "first", Waker::noop().clone());
    /// let second = heap.insert(2, "second", Waker::noop().clone());
    /// assert_eq!(heap.grant(&second).unwrap().1, "second");
    /// assert!(heap.grant(&second).is_none());
    /// ```
    #[track_caller]
    pub fn grant(&mut self, key: &Key) -> Option<(K, P, Option<Waker>)> {
        let (slot, status) = self.slab.find(key);
        if !status.in_order() {
            return None;
        }
        let Entry { key, .. } = self.remove(self.index_of(slot));
        let (payload, waker) = self.slab.grant(slot);
        Some((key, payload, waker))
    }

    /// Nudges the first in the order that is not nudged yet.
    ///
    /// Takes constant time if that is the very first, and else looks at all who wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use testkit::CountWaker;
    ///
    /// let ((_, low), (_, high)) = (CountWaker::new(), CountWaker::new());
    /// let mut heap = WaitHeap::new();
    /// let _keys = [(2, &low), (1, &high)].map(|(key, waker)| heap.insert(key, (), waker.clone()));
    /// assert!(heap.nudge_first().unwrap().will_wake(&high));
    /// assert!(heap.nudge_first().unwrap().will_wake(&low));
    /// assert!(heap.nudge_first().is_none());
    /// ```
    pub fn nudge_first(&mut self) -> Option<Waker> {
        let top = self.slab.nudge(self.heap.first()?.slot);
        if top.is_some() {
            return top;
        }
        let asleep = |entry: &&Entry<K>| !self.slab.at(entry.slot).is_nudged();
        let slot = self
            .heap
            .iter()
            .filter(asleep)
            .min_by(|a, b| a.cmp_place(b))?
            .slot;
        self.slab.nudge(slot)
    }

    /// Puts a granted waiter back, ahead of all with an equal or larger key: another has taken what
    /// it was granted for.
    ///
    /// # Panics
    ///
    /// If the waiter is not granted, or if `key` is the key of another list.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitHeap;
    /// use std::task::Waker;
    ///
    /// let mut heap = WaitHeap::new();
    /// let first = heap.insert(1, "first", Waker::noop().clone());
    /// let _second = heap.insert(1, "second", Waker::noop().clone());
    /// let (key, payload, _) = heap.grant_first().unwrap();
    /// heap.requeue_front(&first, key, payload, Waker::noop().clone());
    /// assert_eq!(heap.first(), Some(&"first"));
    /// ```
    #[track_caller]
    pub fn requeue_front(&mut self, key: &Key, new: K, payload: P, waker: Waker) {
        let arrival = self.front - 1;
        let (from, to) = self.place_of_new(&new, arrival);
        let slot = self.slab.requeue(key, payload, waker);
        self.front = arrival;
        self.push(new, arrival, slot, from, to);
    }

    /// Grants waiters in their order until the batch is full; `false` if some are left.
    ///
    /// Only for keys and payloads that are `Copy`: they are forgotten, and so must not need to be
    /// dropped.
    /// Call it with [`WakeBatch::in_rounds`], which unlocks and wakes between the rounds.
    /// Whoever arrives between two rounds is granted too.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::{WaitHeap, WakeBatch};
    /// use std::sync::Mutex;
    ///
    /// let (woken, waker) = testkit::CountWaker::new();
    /// let heap = Mutex::new(WaitHeap::new());
    /// let _keys = [3, 1, 2].map(|key| heap.lock().unwrap().insert(key, (), waker.clone()));
    /// WakeBatch::in_rounds(|batch| heap.lock().unwrap().grant_all(batch));
    /// assert_eq!(woken.wakes(), 3);
    /// ```
    #[must_use = "`false` means that some are left"]
    pub fn grant_all(&mut self, batch: &mut WakeBatch) -> bool
    where
        K: Copy,
        P: Copy,
    {
        while !self.heap.is_empty() {
            if batch.is_full() {
                return false;
            }
            if let Some((_, _, waker)) = self.grant_first() {
                batch.push(waker);
            }
        }
        true
    }

    /// Refuses waiters in their order until the batch is full; `false` if some are left.
    ///
    /// Their keys and payloads stay with the heap, and go back to their owners when these release.
    /// Mark the primitive as closed before the first round, so that nobody arrives between two.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::{Released, WaitHeap, WakeBatch};
    /// use std::sync::Mutex;
    /// use std::task::Waker;
    ///
    /// let heap = Mutex::new(WaitHeap::new());
    /// let key = heap.lock().unwrap().insert(1, "item", Waker::noop().clone());
    /// WakeBatch::in_rounds(|batch| heap.lock().unwrap().refuse_all(batch));
    /// let released = heap.lock().unwrap().release(key);
    /// assert!(matches!(released, Released::Refused((1, "item"))));
    /// ```
    #[must_use = "`false` means that some are left"]
    pub fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
        while !self.heap.is_empty() {
            if batch.is_full() {
                return false;
            }
            let entry = self.remove(0);
            self.slab.at_mut(entry.slot).back = index(self.refused.len());
            batch.push(self.slab.refuse(entry.slot));
            self.refused.push(entry);
        }
        true
    }
}
