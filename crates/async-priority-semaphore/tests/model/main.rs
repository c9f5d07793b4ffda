//! Both semaphores against a naive model, after every step of random programs.
//!
//! The model is a list of waiters of which the first by its order is looked for each time.
//! After every step the same permits must be free, the same number must wait, and exactly those
//! must have been woken, by their last wakers, whom the model has granted or refused; the
//! semaphore's own invariants must hold, and no permit may have come or gone.
//!
//! `TESTKIT_SEED=… cargo test` repeats one program.

mod subject;

use async_priority_semaphore::{
    Aging, OwnedPermit, Priority, PrioritySemaphore, Semaphore, Ties, TryAcquireError, context,
};
use fastrand::Rng;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::task::{Poll, Waker};
use subject::{Order, Subject};
use testkit::{CountWaker, poll_once, with_seeds, within_seconds};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    New,
    Waiting { arrival: i64 },
    Granted,
    Refused,
}

struct Request<S: Subject> {
    future: S::Acquire,
    permits: u32,
    /// `None`: that of the context of its first poll.
    priority: Option<Priority>,
    state: State,
    /// That of the last poll.
    waker: (Arc<CountWaker>, Waker),
}

struct World<S: Subject> {
    semaphore: Arc<S>,
    order: Order,
    requests: Vec<Request<S>>,
    held: Vec<OwnedPermit<S>>,
    /// Taken along by futures that were forgotten.
    lost: usize,
    free: usize,
    debt: usize,
    closed: bool,
    /// What was given in total, less what was taken out of circulation; below zero if some of that
    /// was owed.
    given: i64,
    arrivals: i64,
}

impl<S: Subject> World<S> {
    fn new(order: Order, rng: &mut Rng) -> Self {
        let permits = rng.usize(..6);
        Self {
            semaphore: S::make(permits, order),
            order,
            requests: Vec::new(),
            held: Vec::new(),
            lost: 0,
            free: permits,
            debt: 0,
            closed: false,
            given: signed(permits),
            arrivals: 0,
        }
    }

    /// Whoever has the smallest is first.
    fn rank(&self, priority: Priority, arrival: i64) -> (i64, i64) {
        let priority = i64::from(priority);
        match self.order {
            Order::Fifo => (0, arrival),
            Order::Priority(Aging::Arrivals(step), _) => {
                (priority * i64::from(step.get()) + arrival, arrival)
            }
            Order::Priority(Aging::None, Ties::Fifo) => (priority, arrival),
            Order::Priority(Aging::None, Ties::Lifo) => (priority, -arrival),
        }
    }

    fn first(&self) -> Option<usize> {
        let rank = |index: &usize| match self.requests[*index] {
            Request {
                state: State::Waiting { arrival },
                priority,
                ..
            } => Some(self.rank(priority.unwrap_or_default(), arrival)),
            _ => None,
        };
        let waiting = (0..self.requests.len()).filter(|index| rank(index).is_some());
        waiting.min_by_key(rank)
    }

    /// Grants as long as the first can have what it wants.
    fn serve(&mut self) {
        while let Some(first) = self.first().filter(|_| !self.closed) {
            let request = &mut self.requests[first];
            let permits = request.permits as usize;
            if permits > self.free {
                return;
            }
            self.free -= permits;
            request.state = State::Granted;
        }
    }

    fn give(&mut self, permits: usize) {
        let paid = permits.min(self.debt);
        self.debt -= paid;
        self.free += permits - paid;
        self.serve();
    }

    /// Whether a newcomer gets permits at once.
    fn takes(&mut self, permits: u32, priority: Priority) -> bool {
        let mine = self.rank(priority, self.arrivals);
        let passes = self.first().is_none_or(|first| {
            let Request {
                state: State::Waiting { arrival },
                priority,
                ..
            } = self.requests[first]
            else {
                unreachable!("the first waits");
            };
            mine < self.rank(priority.unwrap_or_default(), arrival)
        });
        let takes = !self.closed && passes && permits as usize <= self.free;
        if takes {
            self.free -= permits as usize;
            self.arrivals += 1;
        }
        takes
    }

    fn step(&mut self, rng: &mut Rng) {
        match rng.u32(..64) {
            0..=11 => self.create(rng),
            12..=27 => self.poll(rng),
            28..=35 => self.drop_request(rng),
            36..=39 => self.try_acquire(rng),
            40..=48 => self.release(rng),
            49..=52 => self.set_priority(rng),
            53 => self.split_or_merge(rng),
            54 => self.forget(rng),
            55..=57 => {
                let permits = rng.usize(..4);
                self.semaphore.add_permits(permits);
                self.given += signed(permits);
                self.give(permits);
            }
            58..=59 => {
                let permits = rng.usize(..3);
                let taken = self.semaphore.forget_permits(permits);
                assert_eq!(taken, permits.min(self.free));
                self.free -= taken;
                self.given -= signed(taken);
            }
            60..=62 => {
                let permits = rng.usize(..3);
                self.semaphore.reduce_permits(permits);
                self.given -= signed(permits);
                let taken = permits.min(self.free);
                self.free -= taken;
                self.debt += permits - taken;
            }
            _ if rng.u32(..30) == 0 => self.close(),
            _ => {}
        }
    }

    fn create(&mut self, rng: &mut Rng) {
        let permits = if rng.bool() { 1 } else { rng.u32(..5) };
        let priority = (rng.u32(..4) > 0).then(|| some_priority(rng));
        self.requests.push(Request {
            future: self.semaphore.acquire(permits, priority),
            permits,
            priority,
            state: State::New,
            waker: CountWaker::new(),
        });
    }

    fn poll(&mut self, rng: &mut Rng) {
        let Some(index) = self.pick(rng) else { return };
        self.poll_at(index, some_priority(rng), rng.bool());
    }

    /// Polls in a context, with the waker of last time or a new one.
    fn poll_at(&mut self, index: usize, context: Priority, new_waker: bool) {
        let mut request = self.requests.swap_remove(index);
        if new_waker {
            request.waker = CountWaker::new();
        }
        if request.state == State::New {
            let priority = *request.priority.get_or_insert(context);
            request.state = if self.closed {
                State::Refused
            } else if self.takes(request.permits, priority) {
                State::Granted
            } else {
                let arrival = self.arrivals;
                self.arrivals += 1;
                State::Waiting { arrival }
            };
        }
        let waker = &request.waker.1;
        let polled = context::scope(context, || poll_once(&mut request.future, waker));
        match (polled, request.state) {
            (Poll::Ready(Ok(permit)), State::Granted) => {
                assert_eq!(permit.num_permits(), request.permits as usize);
                self.held.push(permit);
            }
            (Poll::Ready(Err(_)), State::Refused) => {}
            (Poll::Pending, State::Waiting { .. }) => self.requests.push(request),
            (polled, state) => panic!("{polled:?}, but it is {state:?}"),
        }
    }

    fn drop_request(&mut self, rng: &mut Rng) {
        let Some(index) = self.pick(rng) else { return };
        let request = self.requests.swap_remove(index);
        let permits = request.permits as usize;
        if request.state == State::Granted && rng.u32(..20) == 0 {
            std::mem::forget(request.future);
            self.lost += permits;
            return;
        }
        drop(request.future);
        match request.state {
            State::Granted => self.give(permits),
            State::Waiting { .. } => self.serve(),
            State::New | State::Refused => {}
        }
    }

    fn try_acquire(&mut self, rng: &mut Rng) {
        let (permits, priority) = (rng.u32(..3), some_priority(rng));
        let expected = if self.closed {
            Err(TryAcquireError::Closed)
        } else if self.takes(permits, priority) {
            Ok(permits as usize)
        } else {
            Err(TryAcquireError::NoPermits)
        };
        let tried = self.semaphore.try_acquire(permits, priority);
        let got = tried.as_ref().map(OwnedPermit::num_permits);
        assert_eq!(got, expected.as_ref().copied(), "{permits} of {priority}");
        self.held.extend(tried);
    }

    fn release(&mut self, rng: &mut Rng) {
        if self.held.is_empty() {
            return;
        }
        let permit = self.held.swap_remove(rng.usize(..self.held.len()));
        let permits = permit.num_permits();
        drop(permit);
        self.give(permits);
    }

    fn set_priority(&mut self, rng: &mut Rng) {
        let Some(index) = self.pick(rng) else { return };
        let request = &mut self.requests[index];
        let priority = some_priority(rng);
        S::set_priority(&mut request.future, priority);
        request.priority = Some(priority);
        self.serve();
    }

    fn split_or_merge(&mut self, rng: &mut Rng) {
        let Some(mut permit) = self.held.pop() else {
            return;
        };
        match self.held.pop() {
            Some(other) if rng.bool() => permit.merge(other),
            other => {
                self.held.extend(other);
                let (all, part) = (permit.num_permits(), rng.usize(..4));
                let split = permit.split(part);
                assert_eq!(split.is_some(), part <= all);
                self.held.extend(split);
            }
        }
        self.held.push(permit);
    }

    fn forget(&mut self, rng: &mut Rng) {
        if self.held.is_empty() {
            return;
        }
        let permit = self.held.swap_remove(rng.usize(..self.held.len()));
        self.given -= signed(permit.num_permits());
        permit.forget();
    }

    fn close(&mut self) {
        assert_eq!(self.semaphore.close(), !self.closed);
        self.closed = true;
        for request in &mut self.requests {
            if matches!(request.state, State::Waiting { .. }) {
                request.state = State::Refused;
            }
        }
    }

    fn pick(&self, rng: &mut Rng) -> Option<usize> {
        (!self.requests.is_empty()).then(|| rng.usize(..self.requests.len()))
    }

    fn check(&self) {
        let is_waiting = |state| matches!(state, State::Waiting { .. });
        let waiting = self.requests.iter().filter(|each| is_waiting(each.state));
        let outline = (self.free, waiting.count(), self.closed);
        assert_eq!(self.semaphore.outline(), outline, "free, waiting, closed");
        self.semaphore.assert_invariants();

        let granted = self
            .requests
            .iter()
            .filter(|each| each.state == State::Granted);
        let granted: usize = granted.map(|each| each.permits as usize).sum();
        let held: usize = self.held.iter().map(OwnedPermit::num_permits).sum();
        let counted = signed(self.free + granted + held + self.lost) - signed(self.debt);
        assert_eq!(counted, self.given, "#4");

        for request in &self.requests {
            let wakes = request.waker.0.wakes();
            let woken = matches!(request.state, State::Granted | State::Refused);
            assert_eq!(wakes > 0, woken, "{wakes} wakes, but {:?}", request.state);
        }
    }

    /// Whoever is woken is polled, and gives back what it gets; with enough permits nobody is left.
    fn run_out(mut self, rng: &mut Rng) {
        while !self.held.is_empty() {
            self.release(rng);
            self.check();
        }
        let most = self.requests.iter().map(|each| each.permits as usize).max();
        let enough = most.unwrap_or(0) + self.debt + self.lost;
        self.semaphore.add_permits(enough);
        self.given += signed(enough);
        self.give(enough);
        self.requests.retain(|each| each.state != State::New);
        loop {
            self.check();
            let woken = self
                .requests
                .iter()
                .position(|each| each.waker.0.wakes() > 0);
            let Some(index) = woken else { break };
            self.poll_at(index, 0, rng.bool());
            self.check();
            while !self.held.is_empty() {
                self.release(rng);
            }
        }
        assert_eq!(self.requests.len(), 0, "sleep for ever");
        assert_eq!(self.semaphore.outline().1, 0);
    }
}

fn signed(permits: usize) -> i64 {
    i64::try_from(permits).expect("there are few")
}

/// Few, so that equals are frequent; or many, so that there are more than queues.
fn some_priority(rng: &mut Rng) -> Priority {
    match rng.u32(..8) {
        0 => rng.i32(-20..20),
        1 => *rng.choice(&[Priority::MIN, Priority::MAX]).unwrap_or(&0),
        _ => rng.i32(-1..=1),
    }
}

fn programs<S: Subject>(count: usize, order: impl Fn(&mut Rng) -> Order + Send + 'static) {
    within_seconds(55, move || {
        with_seeds(count, |rng| {
            let mut world = World::<S>::new(order(rng), rng);
            for _ in 0..rng.usize(..200) {
                world.step(rng);
                world.check();
            }
            world.run_out(rng);
        });
    });
}

#[test]
fn first_come_first_served() {
    programs::<Semaphore>(4000, |_| Order::Fifo);
}

#[test]
fn by_priority() {
    programs::<PrioritySemaphore>(5000, |_| Order::Priority(Aging::None, Ties::Fifo));
}

#[test]
fn by_priority_last_come_first_served() {
    programs::<PrioritySemaphore>(3000, |_| Order::Priority(Aging::None, Ties::Lifo));
}

#[test]
fn by_priority_and_age() {
    programs::<PrioritySemaphore>(5000, |rng| {
        let steps = [1, 2, 3, 10, i32::MAX.unsigned_abs()];
        let step = NonZeroU32::new(*rng.choice(&steps).unwrap()).unwrap();
        let ties = if rng.bool() { Ties::Fifo } else { Ties::Lifo };
        Order::Priority(Aging::Arrivals(step), ties)
    });
}
