//! The program under test, beside the reference.

use std::cell::RefCell;
use std::future;
use std::mem;
use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use async_clock::{Clock, ManualClock};
use async_waterfall::{
    Batch, Cause, Event, FlushError, Overflow, PutError, PutOwned, Stop, Submit, Waterfall,
};
use fastrand::Rng;
use testkit::{CountWaker, Drops, Item, poll_once};

use super::checks::{check_put, check_report, check_submit};
use super::reference::{Config, Place, Reference};

/// An item, which is dropped exactly once.
#[derive(Debug)]
pub(crate) struct Thing {
    pub(crate) id: u32,
    weight: u32,
    _item: Item,
}

pub(crate) type Error = &'static str;
type Handle = Waterfall<Thing, u32, Error, ManualClock>;

/// How a call is to end.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Good,
    /// 0: an error, 1: a panic, 2: too few replies; after taking so many items.
    Bad(u8, usize),
}

#[derive(Debug)]
enum Log {
    Dispatched(usize, Cause),
    Called(Vec<u32>),
    Ended(Vec<u32>, Option<(u8, usize)>),
}

#[derive(Default)]
struct Call {
    items: Vec<u32>,
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

enum Waiting {
    Put(u32, PutOwned<Thing, u32, Error, ManualClock>),
    Submit(u32, Submit<Thing, u32, Error, ManualClock>),
    /// With the items that were accepted and not settled when it began.
    Flush(
        Vec<u32>,
        Pin<Box<dyn Future<Output = Result<(), FlushError>>>>,
    ),
    /// With its deadline.
    Stop(Box<Stop<Thing, u32, Error, ManualClock>>, Option<Instant>),
}

struct Task {
    waiting: Waiting,
    count: Arc<CountWaker>,
    waker: Waker,
    /// Whether it was polled, and so will be woken.
    begun: bool,
}

pub(crate) struct World {
    clock: ManualClock,
    handle: Option<Handle>,
    driver: Option<Pin<Box<dyn Future<Output = ()>>>>,
    driver_count: Arc<CountWaker>,
    driver_waker: Waker,
    seen: usize,
    log: Arc<Mutex<Vec<Log>>>,
    calls: Rc<RefCell<Vec<Rc<RefCell<Call>>>>>,
    tasks: Vec<Task>,
    reference: Reference,
    weights: Vec<u32>,
    drops: Drops,
}

fn config(rng: &mut Rng) -> Config {
    let waits = [0, 5, 10, 20, u64::MAX];
    let overflows = [Overflow::Wait, Overflow::Reject, Overflow::DropOldest];
    Config {
        max_items: rng.usize(1..5),
        max_wait: Duration::from_nanos(waits[rng.usize(..5)]),
        max_weight: rng.bool().then(|| rng.u32(1..8)),
        capacity: rng.usize(1..12),
        overflow: overflows[rng.usize(..3)],
        max_in_flight: rng.usize(1..4),
        retries: rng.u32(..3),
        delay: Duration::from_nanos(rng.u64(..10)),
    }
}

impl World {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let config = config(rng);
        let clock = ManualClock::new();
        let log = Arc::new(Mutex::new(Vec::new()));
        let calls = Rc::new(RefCell::new(Vec::new()));
        let number = |n| NonZeroUsize::new(n).unwrap();
        let observed = Arc::clone(&log);
        let (retries, delay) = (config.retries, config.delay);
        let mut builder = Waterfall::builder(number(config.max_items), config.max_wait)
            .capacity(number(config.capacity))
            .overflow(config.overflow)
            .max_in_flight(number(config.max_in_flight))
            .retry(move |attempt, _| (attempt <= retries).then_some(delay))
            .observe(move |event| {
                if let Event::Dispatched { items, cause, .. } = event {
                    observed.lock().unwrap().push(Log::Dispatched(items, cause));
                }
            })
            .clock(clock.clone());
        if let Some(limit) = config.max_weight {
            let limit = NonZeroU32::new(limit).unwrap();
            builder = builder.max_weight(limit, |thing: &Thing| thing.weight);
        }
        let (called, logged) = (Rc::clone(&calls), Arc::clone(&log));
        let (handle, driver) = builder.build(move |batch: Batch<Thing>| {
            let items: Vec<u32> = batch.as_slice().iter().map(|thing| thing.id).collect();
            logged.lock().unwrap().push(Log::Called(items.clone()));
            let call = Rc::new(RefCell::new(Call {
                items,
                ..Call::default()
            }));
            called.borrow_mut().push(Rc::clone(&call));
            run(call, batch, Arc::clone(&logged))
        });
        let (driver_count, driver_waker) = CountWaker::new();
        let mut world = Self {
            clock,
            handle: Some(handle),
            driver: Some(Box::pin(driver)),
            driver_count,
            driver_waker,
            seen: 0,
            log,
            calls,
            tasks: Vec::new(),
            reference: Reference::new(config),
            weights: Vec::new(),
            drops: Drops::new(),
        };
        world.poll_driver();
        world
    }

    fn thing(&mut self, rng: &mut Rng) -> Thing {
        let id = u32::try_from(self.weights.len()).unwrap();
        let weight = rng.u32(..5);
        self.weights.push(weight);
        self.reference.set(id, Place::Outside);
        Thing {
            id,
            weight,
            _item: self.drops.item(),
        }
    }

    fn add(&mut self, waiting: Waiting, begun: bool) {
        let (count, waker) = CountWaker::new();
        self.tasks.push(Task {
            waiting,
            count,
            waker,
            begun,
        });
    }

    pub(crate) fn step(&mut self, rng: &mut Rng) {
        match rng.u32(..100) {
            0..20 => self.put(rng),
            20..45 => self.submit(rng),
            45..60 => self.advance(rng),
            60..80 => self.end_call(rng),
            80..88 => self.drop_a_task(rng),
            88..93 => {
                let Some(handle) = self.handle.clone() else {
                    return;
                };
                let flush = Box::pin(async move { handle.flush().await });
                self.add(Waiting::Flush(Vec::new(), flush), false);
            }
            93..95 => self.stop(rng),
            95 => self.drop_the_driver(rng),
            96 => {
                if let (Some(handle), 0) = (&self.handle, rng.u8(..4)) {
                    handle.close();
                    self.reference.close();
                }
            }
            97 => self.poll_driver(), // for nothing
            _ => {}
        }
    }

    fn drop_the_driver(&mut self, rng: &mut Rng) {
        if rng.u8(..4) == 0 {
            self.driver = None;
            if !(self.reference.closed && self.is_empty()) {
                self.reference.give_up();
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.reference.batches.is_empty() && self.reference.running.is_empty()
    }

    fn put(&mut self, rng: &mut Rng) {
        let Some(handle) = self.handle.clone() else {
            return;
        };
        let thing = self.thing(rng);
        let id = thing.id;
        self.reference.puts.push(id);
        if rng.bool() {
            self.add(Waiting::Put(id, handle.put_owned(thing)), false);
            return;
        }
        let now = self.clock.now();
        self.reference.offer(id, thing.weight, now, false);
        match (handle.try_put(thing), self.reference.places[&id]) {
            (Ok(()), Place::Queued) => {}
            (Err(PutError::Full(thing)), Place::Full)
            | (Err(PutError::Stopped(thing)), Place::Refused) => assert_eq!(thing.id, id),
            (result, place) => panic!("{id}: {result:?} at {place:?}"),
        }
    }

    fn submit(&mut self, rng: &mut Rng) {
        let Some(handle) = self.handle.clone() else {
            return;
        };
        let thing = self.thing(rng);
        let id = thing.id;
        if rng.u8(..3) > 0 {
            self.add(Waiting::Submit(id, handle.submit(thing)), false);
            return;
        }
        let now = self.clock.now();
        self.reference.offer(id, thing.weight, now, false);
        match (handle.try_submit(thing), self.reference.places[&id]) {
            // No waker is known yet, so that it is polled without a wake.
            (Ok(submit), Place::Queued) => self.add(Waiting::Submit(id, submit), false),
            (Err(PutError::Full(thing)), Place::Full)
            | (Err(PutError::Stopped(thing)), Place::Refused) => assert_eq!(thing.id, id),
            (result, place) => panic!("{id}: {result:?} at {place:?}"),
        }
    }

    fn advance(&mut self, rng: &mut Rng) {
        let by = Duration::from_nanos(rng.u64(1..8));
        let target = self.clock.now() + by;
        // Deadline by deadline, as an executor that is quick enough would see it.
        while self.clock.next_deadline().is_some_and(|at| at <= target) {
            self.clock.advance_to_next();
            self.check();
        }
        self.clock.advance(target - self.clock.now());
    }

    fn end_call(&mut self, rng: &mut Rng) {
        let calls = self.calls.borrow();
        let open: Vec<_> = calls
            .iter()
            .filter(|call| call.borrow().outcome.is_none())
            .collect();
        if open.is_empty() {
            return;
        }
        let call = open[rng.usize(..open.len())];
        let taken = rng.usize(..=call.borrow().items.len());
        let outcome = match rng.u8(..6) {
            n @ 0..3 => Outcome::Bad(n, taken),
            _ => Outcome::Good,
        };
        call.borrow_mut().outcome = Some(outcome);
        let waker = call.borrow_mut().waker.take();
        drop(calls);
        waker.into_iter().for_each(Waker::wake);
    }

    fn drop_a_task(&mut self, rng: &mut Rng) {
        if self.tasks.is_empty() {
            return;
        }
        let task = self.tasks.swap_remove(rng.usize(..self.tasks.len()));
        let (id, back) = match task.waiting {
            Waiting::Put(id, put) => {
                let refused = self.reference.places[&id] == Place::Refused;
                let expected = self.reference.take_back(id) || refused || !task.begun;
                (id, rng.bool().then(|| (put.cancel(), expected)))
            }
            Waiting::Submit(id, submit) => {
                let place = self.reference.places[&id];
                let answered = matches!(place, Place::Evicted | Place::Stopped | Place::Refused);
                let outside = place == Place::Outside;
                let expected = self.reference.take_back(id) || answered || outside;
                (id, rng.bool().then(|| (submit.cancel(), expected)))
            }
            Waiting::Flush(..) | Waiting::Stop(..) => return,
        };
        if let Some((item, expected)) = back {
            assert_eq!(item.is_some(), expected, "{id}");
            assert!(item.is_none_or(|item| item.id == id));
        }
    }

    fn stop(&mut self, rng: &mut Rng) {
        let Some(handle) = self.handle.clone() else {
            return;
        };
        if rng.u8(..3) > 0 {
            return;
        }
        let limit = [Duration::from_nanos(rng.u64(..30)), Duration::MAX][rng.usize(..2)];
        let at = self.clock.now().checked_add(limit);
        let stop = Box::new(handle.stop(limit));
        self.add(Waiting::Stop(stop, at), false);
    }

    fn poll_driver(&mut self) {
        self.seen = self.driver_count.wakes();
        let Some(driver) = &mut self.driver else {
            return;
        };
        let done = testkit::poll_pinned(driver.as_mut(), &self.driver_waker).is_ready();
        let now = self.clock.now();
        for entry in mem::take(&mut *self.log.lock().unwrap()) {
            match entry {
                Log::Dispatched(count, cause) => self.reference.dispatch(count, cause, now),
                Log::Called(items) => self.reference.called(&items, now),
                // What was given up before it was polled has no effect.
                Log::Ended(..) if self.reference.given_up => {}
                Log::Ended(items, failure) => self.reference.ended(&items, failure, now),
            }
        }
        let over = self.reference.closed && self.is_empty();
        assert_eq!(done, over || self.reference.given_up, "the end");
        if done {
            self.driver = None;
        }
    }

    /// Runs everything that was woken, and looks at all there is to see.
    pub(crate) fn check(&mut self) {
        loop {
            let mut moved = false;
            while self.driver.is_some() && self.driver_count.wakes() > self.seen {
                self.poll_driver();
                moved = true;
            }
            for at in (0..self.tasks.len()).rev() {
                moved |= self.poll_task(at);
            }
            if !moved {
                break;
            }
        }
        if let Some(handle) = &self.handle {
            assert_eq!(handle.counts(), self.reference.counts());
            assert_eq!(handle.is_closed(), self.reference.closed);
        }
        let reference = &self.reference;
        let now = self.clock.now();
        let room = reference.queued() < reference.config.capacity;
        assert!(
            reference.parked.is_empty() || !room,
            "#6: somebody waits although there is room"
        );
        if self.driver.is_some() {
            let free = reference.running.len() < reference.config.max_in_flight;
            let late = reference
                .batches
                .iter()
                .find(|batch| reference.is_due(batch, now));
            assert!(!free || late.is_none(), "a batch does not go: {late:?}");
            let late = |at: Instant| at <= now;
            let idle = reference
                .running
                .iter()
                .find(|run| run.retry_at.is_some_and(late));
            assert!(idle.is_none(), "not tried again: {idle:?}");
        }
    }

    /// Polls a task and compares what it says; whether it has got anywhere.
    ///
    /// It may be polled for nothing, but whatever is ready must have been woken.
    fn poll_task(&mut self, at: usize) -> bool {
        let now = self.clock.now();
        let task = &mut self.tasks[at];
        let first = !mem::replace(&mut task.begun, true);
        let woken = task.count.wakes() > 0;
        task.count.reset();
        let reference = &mut self.reference;
        if first {
            match task.waiting {
                Waiting::Put(id, _) | Waiting::Submit(id, _) => {
                    if reference.places[&id] == Place::Outside {
                        reference.offer(id, self.weights[id as usize], now, true);
                    }
                }
                Waiting::Flush(..) => reference.hurry(),
                Waiting::Stop(..) => reference.close(),
            }
        }
        let unsettled = |reference: &Reference| {
            let mut ids = reference.places.keys();
            ids.any(|id| !reference.is_settled(*id))
        };
        let ready = match &mut task.waiting {
            Waiting::Put(id, put) => {
                let polled = poll_once(put, &task.waker);
                check_put(*id, reference.places[id], polled)
            }
            Waiting::Submit(id, submit) => {
                let place = reference.places[id];
                let polled = poll_once(submit, &task.waker);
                if place == Place::Failed(u8::MAX) && self.driver.is_some() && polled.is_pending() {
                    false // the driver will say so when it gives up
                } else {
                    check_submit(*id, place, polled)
                }
            }
            Waiting::Flush(before, flush) => {
                if first {
                    let ids = reference.places.keys().copied();
                    before.extend(ids.filter(|&id| !reference.is_settled(id)));
                }
                match testkit::poll_pinned(flush.as_mut(), &task.waker) {
                    Poll::Pending => {
                        assert!(!reference.given_up && unsettled(reference), "a flush hangs");
                        false
                    }
                    Poll::Ready(Ok(())) => {
                        let settled = before.iter().all(|&id| reference.is_settled(id));
                        assert!(settled, "a flush has missed something: {before:?}");
                        true
                    }
                    Poll::Ready(Err(error)) => {
                        assert_eq!(error, FlushError::Stopped);
                        assert!(reference.given_up);
                        true
                    }
                }
            }
            Waiting::Stop(stop, limit) => {
                let over = limit.is_some_and(|limit| limit <= now);
                if over && !reference.given_up && unsettled(reference) {
                    reference.give_up();
                }
                match poll_once(&mut **stop, &task.waker) {
                    Poll::Pending => {
                        assert!(unsettled(reference), "a stop hangs");
                        false
                    }
                    Poll::Ready(report) => {
                        assert!(!unsettled(reference), "a stop ends early");
                        check_report(&report, reference);
                        true
                    }
                }
            }
        };
        assert!(!ready || first || woken, "it was not woken: {reference:?}");
        if ready {
            drop(self.tasks.swap_remove(at));
        }
        ready || first
    }

    /// Everything goes, in some order, and nothing is left.
    pub(crate) fn end(mut self, rng: &mut Rng) {
        if let (Some(handle), true) = (&self.handle, rng.bool()) {
            handle.close();
            self.reference.close();
            for _ in 0..1000 {
                for call in &*self.calls.borrow() {
                    let waker = call.borrow_mut().waker.take();
                    call.borrow_mut().outcome.get_or_insert(Outcome::Good);
                    waker.into_iter().for_each(Waker::wake);
                }
                self.check();
                if self.driver.is_none() {
                    break;
                }
                self.clock.advance(Duration::from_nanos(5));
            }
            assert!(self.driver.is_none(), "the driver does not end");
            assert!(self.tasks.is_empty(), "somebody waits for ever");
        }
        match rng.u8(..3) {
            0 => self.tasks.clear(),
            1 => self.handle = None,
            _ => self.driver = None,
        }
        self.driver = None;
        self.tasks.clear();
        self.handle = None;
        self.calls.borrow_mut().clear();
        assert_eq!(self.drops.live(), 0, "an item is lost");
    }
}

/// The callback's future: waits for its outcome, and says so before it returns.
async fn run(
    call: Rc<RefCell<Call>>,
    mut batch: Batch<Thing>,
    log: Arc<Mutex<Vec<Log>>>,
) -> Result<Vec<u32>, Error> {
    let outcome = future::poll_fn(|cx| {
        let mut call = call.borrow_mut();
        if call.outcome.is_none() {
            call.waker = Some(cx.waker().clone());
        }
        call.outcome.map_or(Poll::Pending, Poll::Ready)
    })
    .await;
    let items = call.borrow().items.clone();
    let ended = |failure| log.lock().unwrap().push(Log::Ended(items.clone(), failure));
    let Outcome::Bad(number, taken) = outcome else {
        ended(None);
        return Ok(items.iter().map(|id| 10 * id).collect());
    };
    batch.by_ref().take(taken).for_each(drop);
    ended(Some((number, taken)));
    match number {
        0 => Err("no route"),
        1 => resume_unwind(Box::new("bang")), // without the hook's output
        _ => Ok(Vec::new()),
    }
}
