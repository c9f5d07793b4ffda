//! Both semaphores against a list of waiters of which the first is looked for each time.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::task::{Poll, Waker};

use async_priority_semaphore::{
    Acquire, Aging, AnySemaphore, Permit, Priority, PrioritySemaphore, Semaphore, Ties,
    TryAcquireError,
};
use testkit::{CountWaker, poll_once};

use crate::operations::Operations;

/// What the target asks of a semaphore.
trait Subject: AnySemaphore + Sized {
    fn acquire(&self, permits: u32, priority: Priority) -> Acquire<'_, Self>;
    fn try_acquire(&self, priority: Priority) -> Result<Permit<'_, Self>, TryAcquireError>;
    fn set_priority(acquire: &mut Acquire<'_, Self>, priority: Priority);
    fn add(&self, permits: usize);
    fn reduce(&self, permits: usize);
    fn forget(&self, permits: usize) -> usize;
    fn close(&self);
    fn outline(&self) -> (usize, usize, bool);
}

macro_rules! common {
    () => {
        fn add(&self, permits: usize) {
            self.add_permits(permits);
        }
        fn reduce(&self, permits: usize) {
            self.reduce_permits(permits);
        }
        fn forget(&self, permits: usize) -> usize {
            self.forget_permits(permits)
        }
        fn close(&self) {
            self.close();
        }
        fn outline(&self) -> (usize, usize, bool) {
            self.assert_invariants();
            (self.available_permits(), self.waiting(), self.is_closed())
        }
    };
}

impl Subject for Semaphore {
    common!();
    fn acquire(&self, permits: u32, _: Priority) -> Acquire<'_, Self> {
        self.acquire_many(permits)
    }
    fn try_acquire(&self, _: Priority) -> Result<Permit<'_, Self>, TryAcquireError> {
        self.try_acquire()
    }
    fn set_priority(_: &mut Acquire<'_, Self>, _: Priority) {}
}

impl Subject for PrioritySemaphore {
    common!();
    fn acquire(&self, permits: u32, priority: Priority) -> Acquire<'_, Self> {
        self.acquire_many(permits).with_priority(priority)
    }
    fn try_acquire(&self, priority: Priority) -> Result<Permit<'_, Self>, TryAcquireError> {
        self.try_acquire_with(priority)
    }
    fn set_priority(acquire: &mut Acquire<'_, Self>, priority: Priority) {
        acquire.set_priority(priority);
    }
}

/// First come, first served.
pub(crate) fn fifo(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let permits = operations.below(6);
    run(
        &mut operations,
        &Semaphore::new(permits),
        permits,
        &|_, arrival| (0, arrival),
    );
}

/// By priority, with and without aging, with both kinds of ties.
pub(crate) fn by_priority(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let permits = operations.below(6);
    let builder = PrioritySemaphore::builder(permits);
    let step = u32::try_from(operations.below(5)).expect("small");
    match NonZeroU32::new(step) {
        Some(step) => {
            let semaphore = builder.aging(Aging::Arrivals(step)).build();
            run(
                &mut operations,
                &semaphore,
                permits,
                &move |priority, arrival| {
                    (
                        i64::from(priority) * i64::from(step.get()) + arrival,
                        arrival,
                    )
                },
            );
        }
        None if operations.below(2) == 0 => {
            let rank = |priority: Priority, arrival| (i64::from(priority), arrival);
            run(&mut operations, &builder.build(), permits, &rank);
        }
        None => {
            let rank = |priority: Priority, arrival: i64| (i64::from(priority), -arrival);
            run(
                &mut operations,
                &builder.ties(Ties::Lifo).build(),
                permits,
                &rank,
            );
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    New,
    Waiting(i64),
    Granted,
    Refused,
}

struct Request<'a, S: Subject> {
    acquire: Acquire<'a, S>,
    permits: u32,
    priority: Priority,
    state: State,
    woken: Arc<CountWaker>,
    waker: Waker,
}

struct Model<'a, S: Subject> {
    semaphore: &'a S,
    rank: &'a dyn Fn(Priority, i64) -> (i64, i64),
    requests: Vec<Request<'a, S>>,
    held: Vec<Permit<'a, S>>,
    free: usize,
    debt: usize,
    closed: bool,
    arrivals: i64,
}

fn run<S: Subject>(
    operations: &mut Operations<'_>,
    semaphore: &S,
    permits: usize,
    rank: &dyn Fn(Priority, i64) -> (i64, i64),
) {
    let mut model = Model {
        semaphore,
        rank,
        requests: Vec::new(),
        held: Vec::new(),
        free: permits,
        debt: 0,
        closed: false,
        arrivals: 0,
    };
    while let Some(operation) = operations.next() {
        model.step(operation, operations);
        model.check();
    }
    while let Some(request) = model.requests.pop() {
        model.give_up(request);
        model.check();
    }
    while let Some(permit) = model.held.pop() {
        model.give_back(permit);
        model.check();
    }
}

impl<'a, S: Subject> Model<'a, S> {
    fn step(&mut self, operation: u8, operations: &mut Operations<'_>) {
        let amount = operations.below(4);
        let priority = Priority::try_from(operations.below(24)).expect("small") - 12;
        let priority = if operation & 0x80 == 0 {
            priority / 6
        } else {
            priority
        };
        let at = operations.below(self.requests.len());
        match operation % 16 {
            0..=3 => {
                let permits = u32::try_from(amount).expect("small");
                let (woken, waker) = CountWaker::new();
                self.requests.push(Request {
                    acquire: self.semaphore.acquire(permits, priority),
                    permits,
                    priority,
                    state: State::New,
                    woken,
                    waker,
                });
            }
            4..=7 if !self.requests.is_empty() => self.poll(at, amount == 0),
            8..=9 if !self.requests.is_empty() => {
                let request = self.requests.swap_remove(at);
                self.give_up(request);
            }
            10 if !self.requests.is_empty() => {
                let request = &mut self.requests[at];
                S::set_priority(&mut request.acquire, priority);
                request.priority = priority;
                self.serve();
            }
            11 => self.try_acquire(priority),
            12 => {
                if let Some(permit) = self.held.pop() {
                    self.give_back(permit);
                }
            }
            13 => {
                self.semaphore.add(amount);
                self.give(amount);
            }
            14 if operation & 0x40 == 0 => {
                let taken = self.semaphore.forget(amount);
                assert_eq!(taken, amount.min(self.free));
                self.free -= taken;
            }
            14 => {
                self.semaphore.reduce(amount);
                let taken = amount.min(self.free);
                self.free -= taken;
                self.debt += amount - taken;
            }
            15 if operation == 0xff && amount == 0 => {
                self.semaphore.close();
                self.closed = true;
                for request in &mut self.requests {
                    if matches!(request.state, State::Waiting(_)) {
                        request.state = State::Refused;
                    }
                }
            }
            _ => {}
        }
    }

    fn first(&self) -> Option<(usize, (i64, i64))> {
        let waiting = self
            .requests
            .iter()
            .enumerate()
            .filter_map(|(at, request)| {
                let State::Waiting(arrival) = request.state else {
                    return None;
                };
                Some((at, (self.rank)(request.priority, arrival)))
            });
        waiting.min_by_key(|(_, rank)| *rank)
    }

    fn serve(&mut self) {
        while let Some((first, _)) = self.first().filter(|_| !self.closed) {
            let permits = self.requests[first].permits as usize;
            if permits > self.free {
                return;
            }
            self.free -= permits;
            self.requests[first].state = State::Granted;
        }
    }

    fn give(&mut self, permits: usize) {
        let paid = permits.min(self.debt);
        self.debt -= paid;
        self.free += permits - paid;
        self.serve();
    }

    fn takes(&mut self, permits: u32, priority: Priority) -> bool {
        let mine = (self.rank)(priority, self.arrivals);
        let passes = self.first().is_none_or(|(_, rank)| mine < rank);
        let takes = passes && permits as usize <= self.free;
        if takes {
            self.free -= permits as usize;
            self.arrivals += 1;
        }
        takes
    }

    fn poll(&mut self, at: usize, new_waker: bool) {
        let mut request = self.requests.swap_remove(at);
        if new_waker {
            (request.woken, request.waker) = CountWaker::new();
        }
        if request.state == State::New {
            request.state = if self.closed {
                State::Refused
            } else if self.takes(request.permits, request.priority) {
                State::Granted
            } else {
                self.arrivals += 1;
                State::Waiting(self.arrivals - 1)
            };
        }
        match (
            poll_once(&mut request.acquire, &request.waker),
            request.state,
        ) {
            (Poll::Ready(Ok(permit)), State::Granted) => self.held.push(permit),
            (Poll::Ready(Err(_)), State::Refused) => {}
            (Poll::Pending, State::Waiting(_)) => self.requests.push(request),
            (polled, state) => panic!("{polled:?} and {state:?}"),
        }
    }

    fn try_acquire(&mut self, priority: Priority) {
        let expected = if self.closed {
            Err(TryAcquireError::Closed)
        } else if self.takes(1, priority) {
            Ok(())
        } else {
            Err(TryAcquireError::NoPermits)
        };
        let tried = self.semaphore.try_acquire(priority);
        assert_eq!(tried.as_ref().map(drop).map_err(|error| *error), expected);
        self.held.extend(tried);
    }

    fn give_up(&mut self, request: Request<'a, S>) {
        drop(request.acquire);
        match request.state {
            State::Granted => self.give(request.permits as usize),
            _ => self.serve(),
        }
    }

    fn give_back(&mut self, permit: Permit<'a, S>) {
        let permits = permit.num_permits();
        drop(permit);
        self.give(permits);
    }

    fn check(&self) {
        let waits = |request: &&Request<'_, S>| matches!(request.state, State::Waiting(_));
        let waiting = self.requests.iter().filter(waits).count();
        assert_eq!(self.semaphore.outline(), (self.free, waiting, self.closed));
        for request in &self.requests {
            let woken = matches!(request.state, State::Granted | State::Refused);
            assert_eq!(request.woken.wakes() > 0, woken, "{:?}", request.state);
        }
    }
}
