//! Random programs on a `FifoLockout`, against a naive model of who enters when.
//!
//! Futures are polled when they are woken, or at random; what each poll says, who is woken and what
//! `try_acquire` says must be as the model has it.

use async_clock::ManualClock;
use async_lockout::{AcquireOwned, FifoLockout, Pass, Tag, TryAcquireError, WaitOwned};
use fastrand::Rng;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;
use testkit::{CountWaker, poll_once, with_seeds};

type Id = u32;

#[derive(Default)]
struct Model {
    probe: bool,
    now: u64,
    /// Ends, with the id of the tag.
    locks: Vec<(u64, Option<Id>)>,
    queue: VecDeque<Id>,
    granted: Option<Id>,
    /// Whose pass holds the others up, and the round it probes for.
    pass: Option<(Id, Option<u32>)>,
    probing: bool,
    round: u32,
    /// Granted since their last poll.
    woken: Vec<Id>,
}

impl Model {
    fn locked(&self) -> bool {
        !self.locks.is_empty()
    }

    fn advance(&mut self, by: u64) {
        self.now += by;
        let before = self.locks.len();
        self.locks.retain(|(end, _)| *end > self.now);
        if self.probe && self.locks.len() < before {
            self.probing = true;
            self.round += 1;
        }
        self.step();
    }

    fn lock(&mut self, duration: u64, tag: Option<Id>) {
        if duration > 0 {
            self.locks.push((self.now + duration, tag));
        }
    }

    fn step(&mut self) {
        if !self.locked() && self.pass.is_none() && self.granted.is_none() {
            self.granted = self.queue.pop_front();
            self.woken.extend(self.granted);
        }
    }

    /// Whether a newcomer enters.
    fn enters(&mut self, id: Id, stays: bool) -> bool {
        let ahead = !self.queue.is_empty() || self.granted.is_some();
        if self.locked() || ahead || (self.probing && self.pass.is_some()) {
            return false;
        }
        if self.probing && stays {
            self.pass = Some((id, Some(self.round)));
        }
        true
    }

    fn poll(&mut self, id: Id, stays: bool) -> bool {
        self.woken.retain(|woken| *woken != id);
        if self.granted != Some(id) {
            return false;
        }
        self.granted = None;
        if self.locked() {
            self.queue.push_front(id);
            return false;
        }
        if stays {
            self.pass = Some((id, self.probing.then_some(self.round)));
        }
        self.step();
        true
    }

    fn give_up(&mut self, id: Id) {
        self.queue.retain(|waiting| *waiting != id);
        self.woken.retain(|woken| *woken != id);
        if self.granted == Some(id) {
            self.granted = None;
            self.step();
        }
    }

    fn leave(&mut self, id: Id, ok: bool) {
        if let Some((_, probes)) = self.pass.filter(|(holder, _)| *holder == id) {
            if ok && probes == Some(self.round) {
                self.probing = false;
            }
            self.pass = None;
            self.step();
        }
    }
}

enum Future {
    Wait(WaitOwned<ManualClock>),
    Acquire(AcquireOwned<ManualClock>),
}

struct Waiter {
    id: Id,
    future: Future,
    count: Arc<CountWaker>,
    waker: Waker,
}

impl Waiter {
    fn stays(&self) -> bool {
        matches!(self.future, Future::Acquire(_))
    }

    fn poll(&mut self) -> Poll<Option<Pass<ManualClock>>> {
        self.count.reset();
        match &mut self.future {
            Future::Wait(wait) => poll_once(wait, &self.waker).map(|()| None),
            Future::Acquire(acquire) => poll_once(acquire, &self.waker).map(Some),
        }
    }
}

struct World {
    clock: ManualClock,
    lockout: FifoLockout<ManualClock>,
    model: Model,
    waiters: Vec<Waiter>,
    passes: Vec<(Id, Pass<ManualClock>)>,
    tags: Vec<(Id, Tag<ManualClock>)>,
    last_id: Id,
}

impl World {
    fn new(probe: bool) -> Self {
        let clock = ManualClock::new();
        let builder = FifoLockout::builder().probe(probe).clock(clock.clone());
        Self {
            lockout: builder.build(),
            clock,
            model: Model {
                probe,
                ..Model::default()
            },
            waiters: Vec::new(),
            passes: Vec::new(),
            tags: Vec::new(),
            last_id: 0,
        }
    }

    fn act(&mut self, rng: &mut Rng) {
        self.last_id += 1;
        let (id, duration) = (self.last_id, rng.u64(..12));
        match rng.u8(..16) {
            0 => {
                self.lockout.lock_for(Duration::from_nanos(duration));
                self.model.lock(duration, None);
            }
            1 => {
                let tag = self.lockout.tag_for(Duration::from_nanos(duration));
                self.tags.push((id, tag));
                self.model.lock(duration, Some(id));
            }
            2 if !self.tags.is_empty() => {
                let (id, tag) = self.tags.swap_remove(rng.usize(..self.tags.len()));
                tag.remove();
                self.model.locks.retain(|(_, tag)| *tag != Some(id));
                self.model.step();
            }
            3 if rng.bool() => {
                self.lockout.clear();
                self.model.locks.clear();
                self.model.probing = false;
                self.model.step();
            }
            4..=6 => self.arrive(id, rng.bool()),
            7 => self.try_in(id, rng.bool()),
            8 | 9 if !self.waiters.is_empty() => {
                let index = rng.usize(..self.waiters.len());
                self.poll(index); // woken or not
            }
            10 if !self.waiters.is_empty() => {
                let waiter = self.waiters.swap_remove(rng.usize(..self.waiters.len()));
                let id = waiter.id;
                drop(waiter);
                self.model.give_up(id);
            }
            11 | 12 if !self.passes.is_empty() => {
                let (id, pass) = self.passes.swap_remove(rng.usize(..self.passes.len()));
                let end = rng.u8(..3);
                match end {
                    0 => pass.ok(),
                    1 => drop(pass),
                    _ => pass.relock(Duration::from_nanos(duration)),
                }
                if end == 2 {
                    self.model.lock(duration, None);
                }
                self.model.leave(id, end == 0);
            }
            _ => {
                self.clock.advance(Duration::from_nanos(duration));
                self.model.advance(duration);
            }
        }
    }

    fn arrive(&mut self, id: Id, stays: bool) {
        let (count, waker) = CountWaker::new();
        let future = if stays {
            Future::Acquire(self.lockout.acquire_owned())
        } else {
            Future::Wait(self.lockout.wait_owned())
        };
        let mut waiter = Waiter {
            id,
            future,
            count,
            waker,
        };
        let enters = self.model.enters(id, stays);
        match waiter.poll() {
            Poll::Ready(pass) => {
                assert!(enters, "{id} entered");
                self.passes.extend(pass.map(|pass| (id, pass)));
            }
            Poll::Pending => {
                assert!(!enters, "{id} was not let in");
                self.model.queue.push_back(id);
                self.waiters.push(waiter);
            }
        }
    }

    fn try_in(&mut self, id: Id, stays: bool) {
        let enters = self.model.enters(id, stays);
        let tried = if stays {
            self.lockout.try_acquire().map(Some)
        } else {
            self.lockout.try_pass().map(|()| None)
        };
        match tried {
            Ok(pass) => {
                assert!(enters, "{id} entered");
                self.passes.extend(pass.map(|pass| (id, pass)));
            }
            Err(error) => {
                assert!(!enters, "{id} was not let in: {error}");
                assert_eq!(
                    matches!(error, TryAcquireError::Locked(_)),
                    self.model.locked()
                );
            }
        }
    }

    fn poll(&mut self, index: usize) {
        let waiter = &mut self.waiters[index];
        let (id, enters) = (waiter.id, self.model.poll(waiter.id, waiter.stays()));
        match waiter.poll() {
            Poll::Ready(pass) => {
                assert!(enters, "{id} entered");
                self.passes.extend(pass.map(|pass| (id, pass)));
                self.waiters.swap_remove(index);
            }
            Poll::Pending => assert!(!enters, "it was the turn of {id}"),
        }
    }

    fn check(&self) {
        assert_eq!(self.lockout.is_locked(), self.model.locked());
        for waiter in &self.waiters {
            let woken = usize::from(self.model.woken.contains(&waiter.id));
            assert_eq!(waiter.count.wakes(), woken, "the wakes of {}", waiter.id);
        }
    }

    /// Ends all passes and locks, and polls whoever is woken: nobody is left behind.
    fn drain(mut self) {
        self.passes.clear();
        self.clock.advance(Duration::from_nanos(100));
        for _ in 0..=self.waiters.len() {
            let woken = |waiter: &Waiter| waiter.count.wakes() > 0;
            if let Some(index) = self.waiters.iter().position(woken) {
                if self.waiters[index].poll().is_ready() {
                    self.waiters.swap_remove(index);
                }
            }
        }
        assert_eq!(self.waiters.len(), 0, "some are left behind");
    }
}

fn run(probe: bool) {
    with_seeds(300, |rng| {
        let mut world = World::new(probe);
        for _ in 0..150 {
            world.act(rng);
            world.check();
            while rng.u8(..4) != 0 {
                let woken = |waiter: &Waiter| waiter.count.wakes() > 0;
                let Some(index) = world.waiters.iter().position(woken) else {
                    break;
                };
                world.poll(index);
                world.check();
            }
        }
        world.drain();
    });
}

#[test]
fn the_queue_is_that_of_the_model() {
    run(false);
}

#[test]
fn the_queue_is_that_of_the_model_with_probes() {
    run(true);
}
