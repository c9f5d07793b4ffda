//! Random operations on both lists against a naive vector: same order, same states, same wakers,
//! nothing cloned, woken or dropped inside, and the invariants after every step.

mod subject;

use async_waitlist::{Key, Polled, Released, WaitHeap, WaitList, WakeBatch};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use subject::{Payload, Rank, Subject, inside, waker};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    /// Negative for those put back to the front.
    arrival: i64,
    payload: u64,
    /// That of the last poll.
    waker: Waker,
}

struct Model<L> {
    list: L,
    waiters: Vec<Waiter>,
    /// Their keys belong to another list.
    others: L,
    foreign: Vec<Key>,
    next: u64,
    front: i64,
}

impl<L: Subject> Model<L> {
    fn new(rng: &mut fastrand::Rng) -> Self {
        let mut others = L::default();
        let foreign = (0..rng.u64(1..8))
            .map(|n| others.insert(Rank(0), Payload(n), waker()))
            .collect();
        Self {
            list: L::default(),
            waiters: Vec::new(),
            others,
            foreign,
            next: 0,
            front: 0,
        }
    }

    /// The index of the first in the order among those that fit.
    fn first(&self, fits: impl Fn(&Waiter) -> bool) -> Option<usize> {
        let candidates = (0..self.waiters.len())
            .filter(|&at| self.waiters[at].state.in_order() && fits(&self.waiters[at]));
        candidates.min_by_key(|&at| (self.waiters[at].rank, self.waiters[at].arrival))
    }

    fn any(&self, rng: &mut fastrand::Rng) -> Option<usize> {
        (!self.waiters.is_empty()).then(|| rng.usize(..self.waiters.len()))
    }

    fn insert(&mut self, rng: &mut fastrand::Rng) {
        let (rank, payload, held) = (rng.u8(..L::RANKS), self.next, waker());
        self.next += 1;
        let clone = held.clone();
        let key = inside(|| self.list.insert(Rank(rank), Payload(payload), clone));
        self.waiters.push(Waiter {
            key,
            state: State::Waiting,
            rank,
            arrival: i64::try_from(self.next).unwrap(),
            payload,
            waker: held,
        });
    }

    fn poll(&mut self, at: usize, rng: &mut fastrand::Rng) {
        let waiter = &mut self.waiters[at];
        let same = rng.bool();
        let current = if same { waiter.waker.clone() } else { waker() };
        let mut spare = rng.bool().then(|| current.clone());
        let offered = spare.is_some();
        let polled = inside(|| self.list.poll(&waiter.key, &current, &mut spare));
        let expected = match waiter.state {
            State::Granted => Polled::Granted,
            State::Refused => Polled::Refused,
            State::Waiting if same => Polled::Waiting,
            State::Waiting | State::Nudged if offered => Polled::Waiting,
            State::Waiting | State::Nudged => Polled::NeedsWaker,
        };
        assert_eq!(polled, expected);
        if polled == Polled::Waiting {
            if waiter.state == State::Nudged {
                assert!(spare.is_none(), "there was no waker to replace");
            } else if !same {
                assert!(spare.is_some_and(|old| old.will_wake(&waiter.waker)));
            }
            waiter.state = State::Waiting;
            waiter.waker = current;
        }
    }

    fn took(&mut self, at: usize, state: State, taken: Option<&Waker>) {
        let waiter = &mut self.waiters[at];
        match taken {
            Some(taken) => assert!(taken.will_wake(&waiter.waker), "not the last waker"),
            None => assert_eq!(waiter.state, State::Nudged),
        }
        waiter.state = state;
    }

    fn granted(&mut self, at: Option<usize>, granted: Option<(Rank, Payload, Option<Waker>)>) {
        assert_eq!(at.is_some(), granted.is_some());
        let (Some(at), Some((rank, payload, waker))) = (at, granted) else {
            return;
        };
        assert_eq!(
            (rank.0, payload.0),
            (self.waiters[at].rank, self.waiters[at].payload)
        );
        self.took(at, State::Granted, waker.as_ref());
    }

    fn nudge(&mut self, at: usize) {
        let waker = inside(|| self.list.nudge(&self.waiters[at].key));
        assert_eq!(waker.is_some(), self.waiters[at].state == State::Waiting);
        if waker.is_some() {
            self.took(at, State::Nudged, waker.as_ref());
        }
    }

    fn nudge_first(&mut self) {
        let at = self.first(|waiter| waiter.state == State::Waiting);
        let waker = inside(|| self.list.nudge_first());
        assert_eq!(at.is_some(), waker.is_some());
        if let Some(at) = at {
            self.took(at, State::Nudged, waker.as_ref());
        }
    }

    fn requeue_front(&mut self, rng: &mut fastrand::Rng) {
        let (rank, payload, held) = (rng.u8(..L::RANKS), self.next, waker());
        let Some(waiter) = self.waiters.iter_mut().find(|w| w.state == State::Granted) else {
            return;
        };
        self.next += 1;
        self.front -= 1;
        let clone = held.clone();
        inside(|| {
            self.list
                .requeue_front(&waiter.key, Rank(rank), Payload(payload), clone);
        });
        let (state, arrival, waker) = (State::Waiting, self.front, held);
        (waiter.state, waiter.rank, waiter.arrival) = (state, rank, arrival);
        (waiter.payload, waiter.waker) = (payload, waker);
    }

    /// One round; the batch may hold some wakers already.
    fn refuse(&mut self, rng: &mut fastrand::Rng) {
        let odd_only = rng.bool();
        let mut batch = WakeBatch::new();
        let mut room = WakeBatch::CAPACITY;
        for _ in 0..rng.usize(..=WakeBatch::CAPACITY) {
            batch.push(Waker::noop().clone());
            room -= 1;
        }
        let done = if odd_only {
            inside(|| self.list.refuse_odd(&mut batch))
        } else {
            Some(inside(|| self.list.refuse_all(&mut batch)))
        };
        let Some(done) = done else { return };
        let mut left = false;
        while let Some(at) = self.first(|waiter| !odd_only || waiter.payload % 2 == 1) {
            if room == 0 {
                left = true;
                break;
            }
            room -= usize::from(self.waiters[at].state == State::Waiting);
            self.waiters[at].state = State::Refused;
        }
        assert_eq!(done, !left);
        assert_eq!(batch.is_full(), room == 0);
    }

    fn set_rank(&mut self, at: usize, rng: &mut fastrand::Rng) {
        let (waiter, rank) = (&mut self.waiters[at], rng.u8(..L::RANKS));
        let Some(set) = inside(|| self.list.set_rank(&waiter.key, Rank(rank))) else {
            return;
        };
        if waiter.state.in_order() {
            assert_eq!(set, Ok(Rank(waiter.rank)));
            waiter.rank = rank;
        } else {
            assert_eq!(set, Err(Rank(rank)));
        }
    }

    fn change_payload(&mut self, at: usize) {
        let waiter = &mut self.waiters[at];
        if let Some(payload) = self.list.payload_mut(&waiter.key) {
            payload.0 += 2;
            waiter.payload += 2;
        }
        if let Some(first) = self.list.first_mut() {
            first.0 += 2;
            let at = self.first(|_| true).expect("the list has a first");
            self.waiters[at].payload += 2;
        }
    }

    fn release(&mut self, at: usize) {
        let waiter = self.waiters.swap_remove(at);
        match inside(|| self.list.release(waiter.key)) {
            Released::Waiting((rank, payload), waker) => {
                assert_eq!((rank.0, payload.0), (waiter.rank, waiter.payload));
                match waker {
                    Some(waker) => assert!(waker.will_wake(&waiter.waker)),
                    None => assert_eq!(waiter.state, State::Nudged),
                }
                assert!(waiter.state.in_order());
            }
            Released::Refused((rank, payload)) => {
                assert_eq!(waiter.state, State::Refused);
                assert_eq!((rank.0, payload.0), (waiter.rank, waiter.payload));
            }
            Released::Granted => assert_eq!(waiter.state, State::Granted),
        }
    }

    /// A key of another list panics, whatever it is used for, and nothing changes.
    fn use_a_foreign_key(&mut self, rng: &mut fastrand::Rng) {
        let Some(key) = self.foreign.pop() else {
            return;
        };
        let list = &mut self.list;
        let kept = catch_unwind(AssertUnwindSafe(|| match rng.u8(..5) {
            0 => _ = list.poll(&key, Waker::noop(), &mut None),
            1 => _ = list.grant(&key),
            2 => _ = list.nudge(&key),
            3 => _ = list.payload(&key),
            _ => _ = list.release(key),
        }));
        let message = *kept
            .expect_err("a foreign key was taken")
            .downcast::<&str>()
            .unwrap();
        assert!(message.contains("belongs to another"), "{message}");
    }

    fn step(&mut self, rng: &mut fastrand::Rng) {
        let at = self.any(rng);
        match (rng.u8(..20), at) {
            (0..=4, _) | (_, None) => self.insert(rng),
            (5..=7, Some(at)) => self.poll(at, rng),
            (8..=9, _) => {
                let at = self.first(|_| true);
                let granted = inside(|| self.list.grant_first());
                self.granted(at, granted);
            }
            (10, Some(at)) => {
                let granted = inside(|| self.list.grant(&self.waiters[at].key));
                self.granted(self.waiters[at].state.in_order().then_some(at), granted);
            }
            (11, Some(at)) => self.nudge(at),
            (12, _) => self.nudge_first(),
            (13, _) => self.requeue_front(rng),
            (14, Some(at)) => self.set_rank(at, rng),
            (15, Some(at)) => self.change_payload(at),
            (16, _) if rng.u8(..8) == 0 => self.refuse(rng),
            (_, Some(at)) => self.release(at),
        }
    }

    fn check(&mut self) {
        let count = |state| self.waiters.iter().filter(|w| w.state == state).count();
        assert_eq!(
            self.list.waiting(),
            count(State::Waiting) + count(State::Nudged)
        );
        assert_eq!(self.list.granted(), count(State::Granted));
        let first = self
            .first(|_| true)
            .map(|at| (self.waiters[at].rank, self.waiters[at].payload));
        assert_eq!(self.list.first(), first);
        for waiter in &self.waiters {
            let payload = self.list.payload(&waiter.key).map(|payload| payload.0);
            let kept = waiter.state != State::Granted;
            assert_eq!(payload, kept.then_some(waiter.payload));
        }
        if let Some(in_order) = self.list.in_order() {
            let mut waiters: Vec<_> = self.waiters.iter().filter(|w| w.state.in_order()).collect();
            waiters.sort_by_key(|w| w.arrival);
            assert!(in_order.iter().eq(waiters.iter().map(|w| &w.payload)));
        }
        self.list.assert_invariants();
    }

    /// Grants all that are left, which must come in order, and empties the list.
    fn finish(mut self) {
        while let Some(at) = self.first(|_| true) {
            let granted = inside(|| self.list.grant_first());
            self.granted(Some(at), granted);
        }
        let most = self.waiters.len();
        while let Some(at) = self.waiters.len().checked_sub(1) {
            assert!(!self.list.shrinks(), "slots are in use");
            self.release(at);
        }
        self.list.assert_invariants();
        assert!(most <= 64 || self.list.shrinks());
        self.list.assert_invariants();
        self.others.assert_invariants();
    }
}

fn behaves_like_the_model<L: Subject>(histories: usize, steps: usize) {
    testkit::with_seeds(histories, |rng| {
        let mut model = Model::<L>::new(rng);
        for _ in 0..rng.usize(..steps) {
            model.step(rng);
            model.check();
        }
        model.use_a_foreign_key(rng);
        model.check();
        model.finish();
    });
}

#[test]
fn the_list_behaves_like_a_vector_of_waiters() {
    behaves_like_the_model::<WaitList<Payload>>(1500, 120);
}

#[test]
fn the_heap_behaves_like_a_vector_of_waiters() {
    behaves_like_the_model::<WaitHeap<Rank, Payload>>(1500, 120);
}

#[test]
fn the_list_keeps_its_order_with_hundreds_of_waiters() {
    behaves_like_the_model::<WaitList<Payload>>(8, 2500);
}

#[test]
fn the_heap_keeps_its_order_with_hundreds_of_waiters() {
    behaves_like_the_model::<WaitHeap<Rank, Payload>>(8, 2500);
}
