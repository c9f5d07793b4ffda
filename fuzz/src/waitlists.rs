//! Both lists against a vector of waiters.

use std::sync::Arc;
use std::task::Waker;

use async_waitlist::{Key, Polled, Released, WaitHeap, WaitList, WakeBatch};
use testkit::CountWaker;

use crate::operations::Operations;

/// The list of a first-come-first-served primitive: every rank is 0.
pub(crate) fn list(bytes: &[u8]) {
    run::<WaitList<u64>>(bytes);
}

/// The list of a primitive with priorities.
pub(crate) fn heap(bytes: &[u8]) {
    run::<WaitHeap<u8, u64>>(bytes);
}

/// What both lists can do.
trait List: Default {
    const RANKS: usize;
    fn insert(&mut self, rank: u8, payload: u64, waker: Waker) -> Key;
    fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled;
    fn first(&self) -> Option<u64>;
    fn grant_first(&mut self) -> Option<(u64, Option<Waker>)>;
    fn grant(&mut self, key: &Key) -> Option<(u64, Option<Waker>)>;
    fn nudge(&mut self, key: &Key) -> Option<Waker>;
    fn nudge_first(&mut self) -> Option<Waker>;
    fn requeue_front(&mut self, key: &Key, rank: u8, payload: u64, waker: Waker);
    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool;
    /// Whether the payload was still there, and how the waiter stood.
    fn release(&mut self, key: Key) -> (Option<u64>, Option<Waker>, bool);
    fn shrink(&mut self);
    fn counts(&self) -> (usize, usize);
    fn assert_invariants(&self);
}

macro_rules! common {
    () => {
        fn poll(&mut self, key: &Key, current: &Waker, spare: &mut Option<Waker>) -> Polled {
            self.poll(key, current, spare)
        }
        fn nudge(&mut self, key: &Key) -> Option<Waker> {
            self.nudge(key)
        }
        fn nudge_first(&mut self) -> Option<Waker> {
            self.nudge_first()
        }
        fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
            self.refuse_all(batch)
        }
        fn shrink(&mut self) {
            drop(self.shrink());
        }
        fn counts(&self) -> (usize, usize) {
            (self.waiting(), self.granted())
        }
        fn assert_invariants(&self) {
            self.assert_invariants();
        }
    };
}

impl List for WaitList<u64> {
    const RANKS: usize = 1;
    common!();
    fn insert(&mut self, _: u8, payload: u64, waker: Waker) -> Key {
        self.insert(payload, waker)
    }
    fn first(&self) -> Option<u64> {
        self.first().copied()
    }
    fn grant_first(&mut self) -> Option<(u64, Option<Waker>)> {
        self.grant_first()
    }
    fn grant(&mut self, key: &Key) -> Option<(u64, Option<Waker>)> {
        self.grant(key)
    }
    fn requeue_front(&mut self, key: &Key, _: u8, payload: u64, waker: Waker) {
        self.requeue_front(key, payload, waker);
    }
    fn release(&mut self, key: Key) -> (Option<u64>, Option<Waker>, bool) {
        match self.release(key) {
            Released::Waiting(payload, waker) => (Some(payload), waker, true),
            Released::Refused(payload) => (Some(payload), None, false),
            Released::Granted => (None, None, false),
        }
    }
}

impl List for WaitHeap<u8, u64> {
    const RANKS: usize = 4;
    common!();
    fn insert(&mut self, rank: u8, payload: u64, waker: Waker) -> Key {
        self.insert(rank, payload, waker)
    }
    fn first(&self) -> Option<u64> {
        self.first().copied()
    }
    fn grant_first(&mut self) -> Option<(u64, Option<Waker>)> {
        self.grant_first()
            .map(|(_, payload, waker)| (payload, waker))
    }
    fn grant(&mut self, key: &Key) -> Option<(u64, Option<Waker>)> {
        self.grant(key).map(|(_, payload, waker)| (payload, waker))
    }
    fn requeue_front(&mut self, key: &Key, rank: u8, payload: u64, waker: Waker) {
        self.requeue_front(key, rank, payload, waker);
    }
    fn release(&mut self, key: Key) -> (Option<u64>, Option<Waker>, bool) {
        match self.release(key) {
            Released::Waiting((_, payload), waker) => (Some(payload), waker, true),
            Released::Refused((_, payload)) => (Some(payload), None, false),
            Released::Granted => (None, None, false),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Nudged,
    Granted,
    Refused,
}

impl State {
    fn in_order(self) -> bool {
        matches!(self, Self::Waiting | Self::Nudged)
    }
}

/// A waiter as the model sees it.
struct Waiter {
    key: Key,
    state: State,
    rank: u8,
    /// Below zero for those put back to the front.
    arrival: i64,
    payload: u64,
    /// That of the last poll.
    waker: Waker,
    count: Arc<CountWaker>,
}

struct Model<L> {
    list: L,
    waiters: Vec<Waiter>,
    arrivals: i64,
    returns: i64,
}

fn run<L: List>(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let mut model = Model {
        list: L::default(),
        waiters: Vec::new(),
        arrivals: 0,
        returns: 0,
    };
    while let Some(operation) = operations.next() {
        model.step(operation, &mut operations);
        model.check();
    }
    while let Some(waiter) = model.waiters.pop() {
        model.list.release(waiter.key);
    }
    model.check();
}

impl<L: List> Model<L> {
    fn step(&mut self, operation: u8, operations: &mut Operations<'_>) {
        if operation % 16 < 4 || self.waiters.is_empty() {
            return self.insert(operations);
        }
        let at = operations.below(self.waiters.len());
        match operation % 16 {
            4..=6 => self.poll(at, operations),
            7 => {
                let first = self.first(|_| true);
                let granted = self.list.grant_first();
                self.granted(first, granted);
            }
            8 => {
                let granted = self.list.grant(&self.waiters[at].key);
                let expected = self.waiters[at].state.in_order().then_some(at);
                self.granted(expected, granted);
            }
            9 => {
                let nudged = self.list.nudge(&self.waiters[at].key);
                let expected = (self.waiters[at].state == State::Waiting).then_some(at);
                self.nudged(expected, nudged);
            }
            10 => {
                let expected = self.first(|waiter| waiter.state == State::Waiting);
                let nudged = self.list.nudge_first();
                self.nudged(expected, nudged);
            }
            11 => self.requeue_front(at, operations),
            12 if operation >= 128 => self.refuse_all(),
            13 => self.list.shrink(),
            _ => self.release(at),
        }
    }

    /// The first in the order among those that fit.
    fn first(&self, fits: impl Fn(&Waiter) -> bool) -> Option<usize> {
        let candidates = (0..self.waiters.len())
            .filter(|at| self.waiters[*at].state.in_order() && fits(&self.waiters[*at]));
        candidates.min_by_key(|at| (self.waiters[*at].rank, self.waiters[*at].arrival))
    }

    fn insert(&mut self, operations: &mut Operations<'_>) {
        let rank = u8::try_from(operations.below(L::RANKS)).expect("few ranks");
        let (count, waker) = CountWaker::new();
        self.arrivals += 1;
        let (arrival, payload) = (self.arrivals, self.arrivals.unsigned_abs());
        let key = self.list.insert(rank, payload, waker.clone());
        let state = State::Waiting;
        self.waiters.push(Waiter {
            key,
            state,
            rank,
            arrival,
            payload,
            waker,
            count,
        });
    }

    fn poll(&mut self, at: usize, operations: &mut Operations<'_>) {
        let waiter = &mut self.waiters[at];
        let choice = operations.below(4);
        let is_same = choice % 2 == 0;
        let (count, current) = if is_same {
            (waiter.count.clone(), waiter.waker.clone())
        } else {
            CountWaker::new()
        };
        let mut spare = (choice < 2).then(|| current.clone());
        let offered = spare.is_some();
        let expected = match waiter.state {
            State::Granted => Polled::Granted,
            State::Refused => Polled::Refused,
            State::Waiting if is_same => Polled::Waiting,
            State::Waiting | State::Nudged if offered => Polled::Waiting,
            State::Waiting | State::Nudged => Polled::NeedsWaker,
        };
        assert_eq!(self.list.poll(&waiter.key, &current, &mut spare), expected);
        if expected == Polled::Waiting {
            waiter.state = State::Waiting;
            (waiter.waker, waiter.count) = (current, count);
        }
    }

    /// The waker that came out is that of the last poll, unless a nudge took it before.
    fn takes_waker(waiter: &Waiter, waker: Option<Waker>) {
        assert_eq!(waker.is_some(), waiter.state == State::Waiting);
        if let Some(waker) = waker {
            let before = waiter.count.wakes();
            waker.wake();
            assert_eq!(
                waiter.count.wakes(),
                before + 1,
                "not the waker of the last poll"
            );
        }
    }

    fn granted(&mut self, expected: Option<usize>, granted: Option<(u64, Option<Waker>)>) {
        assert_eq!(expected.is_some(), granted.is_some());
        if let (Some(at), Some((payload, waker))) = (expected, granted) {
            assert_eq!(payload, self.waiters[at].payload);
            Self::takes_waker(&self.waiters[at], waker);
            self.waiters[at].state = State::Granted;
        }
    }

    fn nudged(&mut self, expected: Option<usize>, nudged: Option<Waker>) {
        assert_eq!(expected.is_some(), nudged.is_some());
        if let Some(at) = expected {
            Self::takes_waker(&self.waiters[at], nudged);
            self.waiters[at].state = State::Nudged;
        }
    }

    fn requeue_front(&mut self, at: usize, operations: &mut Operations<'_>) {
        let waiter = &mut self.waiters[at];
        if waiter.state != State::Granted {
            return;
        }
        self.returns -= 1;
        waiter.arrival = self.returns;
        waiter.rank = u8::try_from(operations.below(L::RANKS)).expect("few ranks");
        waiter.state = State::Waiting;
        let waker = waiter.waker.clone();
        self.list
            .requeue_front(&waiter.key, waiter.rank, waiter.payload, waker);
    }

    fn refuse_all(&mut self) {
        let before: Vec<usize> = self.waiters.iter().map(|each| each.count.wakes()).collect();
        WakeBatch::in_rounds(|batch| self.list.refuse_all(batch));
        for (waiter, before) in self.waiters.iter_mut().zip(before) {
            let woken = usize::from(waiter.state == State::Waiting);
            assert_eq!(waiter.count.wakes(), before + woken);
            if waiter.state.in_order() {
                waiter.state = State::Refused;
            }
        }
    }

    fn release(&mut self, at: usize) {
        let waiter = self.waiters.swap_remove(at);
        let (payload, waker, in_order) = self.list.release(waiter.key);
        assert_eq!(
            payload,
            (waiter.state != State::Granted).then_some(waiter.payload)
        );
        assert_eq!(waker.is_some(), waiter.state == State::Waiting);
        assert_eq!(in_order, waiter.state.in_order());
    }

    fn check(&self) {
        let waiting = self
            .waiters
            .iter()
            .filter(|each| each.state.in_order())
            .count();
        let granted = self
            .waiters
            .iter()
            .filter(|each| each.state == State::Granted)
            .count();
        assert_eq!(self.list.counts(), (waiting, granted));
        let first = self.first(|_| true).map(|at| self.waiters[at].payload);
        assert_eq!(self.list.first(), first);
        self.list.assert_invariants();
    }
}
