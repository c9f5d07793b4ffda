//! The parked senders, each with its item in its slot.

use async_waitlist::{Key, Polled, Released, Trash, WaitHeap, WaitList, WakeBatch};
use std::cmp::Ordering;
use std::task::Waker;

/// A parked item, on its way out: the item, its rank, and when it was parked.
pub(super) type Parked<T, R> = (T, R, u64);

/// The parked senders in the order in which room is given to them.
pub trait Line<T, R> {
    /// One without senders, and without memory.
    const EMPTY: Self;

    /// Memory on its way out of the lock.
    type Trash;

    /// Parks an item at its place.
    fn insert(&mut self, item: T, rank: R, arrival: u64, waker: Waker) -> Key;

    /// Reads the state of a sender and sets its waker, in one step.
    fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled;

    /// How many items are parked.
    fn waiting(&self) -> usize;

    /// The first item, its rank and its arrival.
    fn first(&self) -> Option<(&T, &R, u64)>;

    /// Takes the first item out and grants its sender.
    fn grant_first(&mut self) -> Option<(Parked<T, R>, Option<Waker>)>;

    /// Refuses senders until the batch is full; `false` if some are left.
    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool;

    /// Frees a sender's slot.
    fn release(&mut self, key: Key) -> Released<(T, R)>;

    /// Gives up the memory, if it is much and nobody is parked.
    fn shrink(&mut self) -> Option<Self::Trash>;

    /// Checks the list's own invariants.
    fn assert_invariants(&self);
}

/// First come, first served.
pub struct ByArrival<T>(WaitList<(T, u64)>);

impl<T> Line<T, ()> for ByArrival<T> {
    const EMPTY: Self = Self(WaitList::new());

    type Trash = Trash<(T, u64)>;

    #[inline]
    fn insert(&mut self, item: T, (): (), arrival: u64, waker: Waker) -> Key {
        self.0.insert((item, arrival), waker)
    }

    #[inline]
    fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled {
        self.0.poll(key, current, spare)
    }

    #[inline]
    fn waiting(&self) -> usize {
        self.0.waiting()
    }

    #[inline]
    fn first(&self) -> Option<(&T, &(), u64)> {
        self.0.first().map(|(item, arrival)| (item, &(), *arrival))
    }

    #[inline]
    fn grant_first(&mut self) -> Option<(Parked<T, ()>, Option<Waker>)> {
        let ((item, arrival), waker) = self.0.grant_first()?;
        Some(((item, (), arrival), waker))
    }

    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
        self.0.refuse_all(batch)
    }

    #[inline]
    fn release(&mut self, key: Key) -> Released<(T, ())> {
        self.0.release(key).map(|(item, _)| (item, ()))
    }

    #[inline]
    fn shrink(&mut self) -> Option<Self::Trash> {
        self.0.shrink()
    }

    fn assert_invariants(&self) {
        self.0.assert_invariants();
    }
}

/// The place of a parked item: by priority, then by arrival.
pub struct Place<P> {
    priority: P,
    arrival: u64,
}

impl<P: Ord> Ord for Place<P> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let by_priority = self.priority.cmp(&other.priority);
        by_priority.then_with(|| self.arrival.cmp(&other.arrival))
    }
}

impl<P: Ord> PartialOrd for Place<P> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P: Ord> PartialEq for Place<P> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<P: Ord> Eq for Place<P> {}

/// The most urgent first.
pub struct ByRank<T, P>(WaitHeap<Place<P>, T>);

impl<T, P: Ord> Line<T, P> for ByRank<T, P> {
    const EMPTY: Self = Self(WaitHeap::new());

    type Trash = Trash<T, Place<P>>;

    fn insert(&mut self, item: T, priority: P, arrival: u64, waker: Waker) -> Key {
        self.0.insert(Place { priority, arrival }, item, waker)
    }

    fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled {
        self.0.poll(key, current, spare)
    }

    #[inline]
    fn waiting(&self) -> usize {
        self.0.waiting()
    }

    #[inline]
    fn first(&self) -> Option<(&T, &P, u64)> {
        let Place { priority, arrival } = self.0.first_key()?;
        Some((self.0.first()?, priority, *arrival))
    }

    fn grant_first(&mut self) -> Option<(Parked<T, P>, Option<Waker>)> {
        let (Place { priority, arrival }, item, waker) = self.0.grant_first()?;
        Some(((item, priority, arrival), waker))
    }

    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
        self.0.refuse_all(batch)
    }

    fn release(&mut self, key: Key) -> Released<(T, P)> {
        let released = self.0.release(key);
        released.map(|(place, item)| (item, place.priority))
    }

    #[inline]
    fn shrink(&mut self) -> Option<Self::Trash> {
        self.0.shrink()
    }

    fn assert_invariants(&self) {
        self.0.assert_invariants();
    }
}
