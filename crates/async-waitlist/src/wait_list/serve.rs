//! What a primitive does to its waiters: it grants, nudges, puts back, and refuses.

use std::mem;
use std::task::Waker;

use super::WaitList;
use crate::key::Key;
use crate::slab::NIL;
use crate::wake_batch::WakeBatch;

impl<P> WaitList<P> {
    /// Grants the first in the order: takes it out, and returns its payload and its waker.
    ///
    /// There is no waker if the waiter was nudged and has not polled since: a wake is on its way.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let _first = list.insert("first", Waker::noop().clone());
    /// let _second = list.insert("second", Waker::noop().clone());
    /// let (payload, waker) = list.grant_first().unwrap();
    /// assert_eq!(payload, "first");
    /// waker.unwrap().wake(); // after unlocking
    /// ```
    #[inline]
    pub fn grant_first(&mut self) -> Option<(P, Option<Waker>)> {
        let head = self.head;
        if head == NIL {
            return None;
        }
        self.unlink(head);
        Some(self.slab.grant(head))
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
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let _first = list.insert("first", Waker::noop().clone());
    /// let second = list.insert("second", Waker::noop().clone());
    /// assert_eq!(list.grant(&second).unwrap().0, "second");
    /// assert!(list.grant(&second).is_none());
    /// ```
    #[track_caller]
    pub fn grant(&mut self, key: &Key) -> Option<(P, Option<Waker>)> {
        let (slot, status) = self.slab.find(key);
        if !status.in_order() {
            return None;
        }
        self.unlink(slot);
        Some(self.slab.grant(slot))
    }

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
    /// use async_waitlist::{Polled, WaitList};
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let key = list.insert((), Waker::noop().clone());
    /// list.nudge(&key).unwrap().wake(); // after unlocking
    /// assert!(list.nudge(&key).is_none()); // it has been woken and did not poll since
    /// assert_eq!(list.waiting(), 1);
    ///
    /// let mut spare = Some(Waker::noop().clone());
    /// assert_eq!(list.poll(&key, Waker::noop(), &mut spare), Polled::Waiting);
    /// assert!(list.nudge(&key).is_some());
    /// # drop(list.release(key));
    /// ```
    #[track_caller]
    pub fn nudge(&mut self, key: &Key) -> Option<Waker> {
        let (slot, _) = self.slab.find(key);
        self.slab.nudge(slot)
    }

    /// Nudges the first in the order that is not nudged yet.
    ///
    /// Takes time in the number of nudged waiters ahead of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use testkit::CountWaker;
    ///
    /// let ((_, first), (_, second)) = (CountWaker::new(), CountWaker::new());
    /// let mut list = WaitList::new();
    /// let _keys = [&first, &second].map(|waker| list.insert((), waker.clone()));
    /// assert!(list.nudge_first().unwrap().will_wake(&first));
    /// assert!(list.nudge_first().unwrap().will_wake(&second));
    /// assert!(list.nudge_first().is_none());
    /// ```
    pub fn nudge_first(&mut self) -> Option<Waker> {
        let mut at = self.head;
        while at != NIL {
            let waker = self.slab.nudge(at);
            if waker.is_some() {
                return waker;
            }
            at = self.slab.at(at).next;
        }
        None
    }

    /// Puts a granted waiter back, ahead of all: another has taken what it was granted for.
    ///
    /// # Panics
    ///
    /// If the waiter is not granted, or if `key` is the key of another list.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WaitList;
    /// use std::task::Waker;
    ///
    /// let mut list = WaitList::new();
    /// let first = list.insert("first", Waker::noop().clone());
    /// let _second = list.insert("second", Waker::noop().clone());
    /// let (payload, _) = list.grant_first().unwrap();
    /// list.requeue_front(&first, payload, Waker::noop().clone());
    /// assert_eq!(list.first(), Some(&"first"));
    /// ```
    #[track_caller]
    pub fn requeue_front(&mut self, key: &Key, payload: P, waker: Waker) {
        let slot = self.slab.requeue(key, payload, waker);
        let head = mem::replace(&mut self.head, slot);
        let place = self.slab.at_mut(slot);
        place.back = NIL;
        place.next = head;
        if head == NIL {
            self.tail = slot;
        } else {
            self.slab.at_mut(head).back = slot;
        }
    }

    /// Grants waiters in their order until the batch is full; `false` if some are left.
    ///
    /// Only for payloads that are `Copy`: they are forgotten, and so must not need to be dropped.
    /// Call it with [`WakeBatch::in_rounds`], which unlocks and wakes between the rounds.
    /// Whoever arrives between two rounds is granted too; where that matters, count
    /// [`waiting`](Self::waiting) first and call [`grant_first`](Self::grant_first) so many times.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::{WaitList, WakeBatch};
    /// use std::sync::Mutex;
    ///
    /// let (woken, waker) = testkit::CountWaker::new();
    /// let list = Mutex::new(WaitList::new());
    /// let _keys = [(); 100].map(|()| list.lock().unwrap().insert((), waker.clone()));
    ///
    /// WakeBatch::in_rounds(|batch| list.lock().unwrap().grant_all(batch));
    /// assert_eq!(woken.wakes(), 100);
    /// assert_eq!(list.lock().unwrap().granted(), 100);
    /// ```
    #[must_use = "`false` means that some are left"]
    pub fn grant_all(&mut self, batch: &mut WakeBatch) -> bool
    where
        P: Copy,
    {
        while self.head != NIL {
            if batch.is_full() {
                return false;
            }
            if let Some((_, waker)) = self.grant_first() {
                batch.push(waker);
            }
        }
        true
    }

    /// Refuses waiters in their order until the batch is full; `false` if some are left.
    ///
    /// Their payloads stay in their slots, and go back to their owners when these release.
    /// Mark the primitive as closed before the first round, so that nobody arrives between two.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::{Polled, Released, WaitList, WakeBatch};
    /// use std::sync::Mutex;
    /// use std::task::Waker;
    ///
    /// let list = Mutex::new(WaitList::new());
    /// let key = list.lock().unwrap().insert("item", Waker::noop().clone());
    /// WakeBatch::in_rounds(|batch| list.lock().unwrap().refuse_all(batch));
    ///
    /// let mut list = list.lock().unwrap();
    /// assert_eq!(list.poll(&key, Waker::noop(), &mut None), Polled::Refused);
    /// assert!(matches!(list.release(key), Released::Refused("item")));
    /// ```
    #[must_use = "`false` means that some are left"]
    pub fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
        self.refuse_where(batch, |_| true)
    }

    /// Refuses the waiters whose payload fits `unwanted`, in their order, until the batch is full;
    /// `false` if some may be left.
    ///
    /// Each round walks the list from its front. `unwanted` runs under the caller's lock.
    ///
    /// # Examples
    ///
    /// A limit was lowered, and those who want more than it allows will never be served:
    ///
    /// ```
    /// use async_waitlist::{WaitList, WakeBatch};
    /// use std::sync::Mutex;
    /// use std::task::Waker;
    ///
    /// let list = Mutex::new(WaitList::new());
    /// let keys = [1, 9, 2].map(|n| list.lock().unwrap().insert(n, Waker::noop().clone()));
    /// WakeBatch::in_rounds(|batch| list.lock().unwrap().refuse_where(batch, |&n| n > 5));
    /// assert!(list.lock().unwrap().iter().eq(&[1, 2]));
    /// # drop(keys);
    /// ```
    #[must_use = "`false` means that some are left"]
    pub fn refuse_where(
        &mut self,
        batch: &mut WakeBatch,
        mut unwanted: impl FnMut(&P) -> bool,
    ) -> bool {
        let mut at = self.head;
        while at != NIL {
            let slot = self.slab.at(at);
            let next = slot.next;
            if slot.payload().is_some_and(&mut unwanted) {
                if batch.is_full() {
                    return false;
                }
                self.unlink(at);
                batch.push(self.slab.refuse(at));
            }
            at = next;
        }
        true
    }
}
