//! What the model drives: both lists behind one trait, and values that notice when foreign code runs
//! inside a list.

use async_waitlist::{Key, Polled, Released, WaitHeap, WaitList, WakeBatch};
use std::cell::Cell;
use std::mem;
use std::task::Waker;
use std::thread;

thread_local! {
    /// Whether a method of a list is running: nothing of ours may be called meanwhile.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn inside<T>(method: impl FnOnce() -> T) -> T {
    INSIDE.set(true);
    let result = method();
    INSIDE.set(false);
    result
}

fn assert_outside(what: &str) {
    assert!(!INSIDE.get() || thread::panicking(), "{what} inside a list");
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Payload(pub(crate) u64);

impl Drop for Payload {
    fn drop(&mut self) {
        assert_outside("a payload was dropped");
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(pub(crate) u8);

impl Drop for Rank {
    fn drop(&mut self) {
        assert_outside("a rank was dropped");
    }
}

pub(crate) fn waker() -> Waker {
    testkit::reentrant(|| assert_outside("a waker was woken, cloned or dropped"))
}

/// What both lists can do. The FIFO list has one rank, 0.
pub(crate) trait Subject: Default {
    const RANKS: u8;

    fn insert(&mut self, rank: Rank, payload: Payload, waker: Waker) -> Key;
    fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled;
    fn first(&mut self) -> Option<(u8, u64)>;
    fn first_mut(&mut self) -> Option<&mut Payload>;
    fn payload(&self, key: &Key) -> Option<&Payload>;
    fn payload_mut(&mut self, key: &Key) -> Option<&mut Payload>;
    fn grant_first(&mut self) -> Option<(Rank, Payload, Option<Waker>)>;
    fn grant(&mut self, key: &Key) -> Option<(Rank, Payload, Option<Waker>)>;
    fn nudge(&mut self, key: &Key) -> Option<Waker>;
    fn nudge_first(&mut self) -> Option<Waker>;
    fn requeue_front(&mut self, key: &Key, rank: Rank, payload: Payload, waker: Waker);
    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool;
    /// Refuses those with an odd payload; `None` if the list can't.
    fn refuse_odd(&mut self, batch: &mut WakeBatch) -> Option<bool>;
    /// `None` if the list has no ranks.
    fn set_rank(&mut self, key: &Key, rank: Rank) -> Option<Result<Rank, Rank>>;
    fn release(&mut self, key: Key) -> Released<(Rank, Payload)>;
    fn shrinks(&mut self) -> bool;
    fn waiting(&self) -> usize;
    fn granted(&self) -> usize;
    /// The payloads in order; `None` if the list can't tell.
    fn in_order(&self) -> Option<Vec<u64>>;
    fn assert_invariants(&self);
}

impl Subject for WaitList<Payload> {
    const RANKS: u8 = 1;

    fn insert(&mut self, rank: Rank, payload: Payload, waker: Waker) -> Key {
        mem::forget(rank);
        self.insert(payload, waker)
    }
    fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled {
        self.poll(key, current, spare)
    }
    fn first(&mut self) -> Option<(u8, u64)> {
        WaitList::first(self).map(|payload| (0, payload.0))
    }
    fn first_mut(&mut self) -> Option<&mut Payload> {
        self.first_mut()
    }
    fn payload(&self, key: &Key) -> Option<&Payload> {
        self.payload(key)
    }
    fn payload_mut(&mut self, key: &Key) -> Option<&mut Payload> {
        self.payload_mut(key)
    }
    fn grant_first(&mut self) -> Option<(Rank, Payload, Option<Waker>)> {
        self.grant_first()
            .map(|(payload, waker)| (Rank(0), payload, waker))
    }
    fn grant(&mut self, key: &Key) -> Option<(Rank, Payload, Option<Waker>)> {
        self.grant(key)
            .map(|(payload, waker)| (Rank(0), payload, waker))
    }
    fn nudge(&mut self, key: &Key) -> Option<Waker> {
        self.nudge(key)
    }
    fn nudge_first(&mut self) -> Option<Waker> {
        self.nudge_first()
    }
    fn requeue_front(&mut self, key: &Key, rank: Rank, payload: Payload, waker: Waker) {
        mem::forget(rank);
        self.requeue_front(key, payload, waker);
    }
    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
        self.refuse_all(batch)
    }
    fn refuse_odd(&mut self, batch: &mut WakeBatch) -> Option<bool> {
        Some(self.refuse_where(batch, |payload| payload.0 % 2 == 1))
    }
    fn set_rank(&mut self, _: &Key, rank: Rank) -> Option<Result<Rank, Rank>> {
        mem::forget(rank);
        None
    }
    fn release(&mut self, key: Key) -> Released<(Rank, Payload)> {
        match self.release(key) {
            Released::Waiting(payload, waker) => Released::Waiting((Rank(0), payload), waker),
            Released::Refused(payload) => Released::Refused((Rank(0), payload)),
            Released::Granted => Released::Granted,
        }
    }
    fn shrinks(&mut self) -> bool {
        self.shrink().is_some()
    }
    fn waiting(&self) -> usize {
        self.waiting()
    }
    fn granted(&self) -> usize {
        self.granted()
    }
    fn in_order(&self) -> Option<Vec<u64>> {
        let walk = self.iter();
        assert_eq!(walk.len(), self.waiting());
        Some(walk.map(|payload| payload.0).collect())
    }
    fn assert_invariants(&self) {
        self.assert_invariants();
    }
}

impl Subject for WaitHeap<Rank, Payload> {
    const RANKS: u8 = 4;

    fn insert(&mut self, rank: Rank, payload: Payload, waker: Waker) -> Key {
        self.insert(rank, payload, waker)
    }
    fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled {
        self.poll(key, current, spare)
    }
    fn first(&mut self) -> Option<(u8, u64)> {
        let rank = self.first_key()?.0;
        Some((rank, WaitHeap::first(self)?.0))
    }
    fn first_mut(&mut self) -> Option<&mut Payload> {
        self.first_mut()
    }
    fn payload(&self, key: &Key) -> Option<&Payload> {
        self.payload(key)
    }
    fn payload_mut(&mut self, key: &Key) -> Option<&mut Payload> {
        self.payload_mut(key)
    }
    fn grant_first(&mut self) -> Option<(Rank, Payload, Option<Waker>)> {
        self.grant_first()
    }
    fn grant(&mut self, key: &Key) -> Option<(Rank, Payload, Option<Waker>)> {
        self.grant(key)
    }
    fn nudge(&mut self, key: &Key) -> Option<Waker> {
        self.nudge(key)
    }
    fn nudge_first(&mut self) -> Option<Waker> {
        self.nudge_first()
    }
    fn requeue_front(&mut self, key: &Key, rank: Rank, payload: Payload, waker: Waker) {
        self.requeue_front(key, rank, payload, waker);
    }
    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
        self.refuse_all(batch)
    }
    fn refuse_odd(&mut self, _: &mut WakeBatch) -> Option<bool> {
        None
    }
    fn set_rank(&mut self, key: &Key, rank: Rank) -> Option<Result<Rank, Rank>> {
        Some(self.set_key(key, rank))
    }
    fn release(&mut self, key: Key) -> Released<(Rank, Payload)> {
        self.release(key)
    }
    fn shrinks(&mut self) -> bool {
        self.shrink().is_some()
    }
    fn waiting(&self) -> usize {
        self.waiting()
    }
    fn granted(&self) -> usize {
        self.granted()
    }
    fn in_order(&self) -> Option<Vec<u64>> {
        None
    }
    fn assert_invariants(&self) {
        self.assert_invariants();
    }
}
