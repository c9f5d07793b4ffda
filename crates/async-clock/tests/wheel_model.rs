//! Random operations on the wheel against a `BTreeMap`.
//!
//! The wheel and its slab are compiled into this test as they are.
//!
//! Seen to bite, each tried by hand: the deadline is kept on release; `unlink` or `next_tick` does
//! not look at `cascading`; `insert` or `reset` accepts `when == elapsed`; levels are scanned from
//! the top; `elapsed` stays behind after an expiry; `reset` links by the old deadline; a cascade
//! forgets the `prev` of its new head, as does a slot that is being drained; a bit outlives its
//! slot; `elapsed` goes beyond `earliest`; a page is given back while it has a live node, or takes
//! others off the list with it.
#![cfg(feature = "system")]

#[path = "../src/system/slab.rs"]
mod slab;
#[path = "../src/system/wheel.rs"]
mod wheel;

use fastrand::Rng;
use slab::PAGE;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use wheel::{HORIZON, Reset, Wheel};

/// Writes its number into the log when it is woken.
struct Writer {
    id: u64,
    log: Arc<Mutex<Vec<u64>>>,
}

impl Wake for Writer {
    fn wake(self: Arc<Self>) {
        self.log.lock().unwrap().push(self.id);
    }
}

/// What the holder of a timer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Handle {
    index: u32,
    when: u64,
}

struct Model<'a> {
    rng: &'a mut Rng,
    /// Deadlines lie up to 2^span ticks ahead.
    span: u32,
    wheel: Wheel,
    now: u64,
    log: Arc<Mutex<Vec<u64>>>,
    live: BTreeMap<u64, Handle>,
    /// Handles of timers that fired.
    stale: Vec<Handle>,
    inserted: u64,
    fired: u64,
}

impl<'a> Model<'a> {
    fn new(rng: &'a mut Rng, span: u32) -> Self {
        Self {
            rng,
            span,
            wheel: Wheel::new(),
            now: 0,
            log: Arc::default(),
            live: BTreeMap::new(),
            stale: Vec::new(),
            inserted: 0,
            fired: 0,
        }
    }

    /// A number of ticks of random size.
    fn ticks(&mut self) -> u64 {
        let bits = self.rng.u32(0..=self.span);
        self.rng.u64(0..1 << bits)
    }

    fn deadline(&mut self) -> u64 {
        match self.rng.u32(0..64) {
            0 => HORIZON - 1,
            1 => HORIZON + self.ticks(),
            _ => (self.now + self.ticks()).min(HORIZON - 1),
        }
    }

    fn pick(&mut self) -> Option<(u64, Handle)> {
        let from = self.rng.u64(0..=self.inserted);
        let mut at_or_after = self.live.range(from..).chain(&self.live);
        at_or_after.next().map(|(id, handle)| (*id, *handle))
    }

    fn insert(&mut self, when: u64) {
        self.inserted += 1;
        let id = self.inserted;
        let log = Arc::clone(&self.log);
        match self.wheel.insert(when, Arc::new(Writer { id, log }).into()) {
            Ok(index) => assert!(
                self.live.insert(id, Handle { index, when }).is_none(),
                "{id} is new"
            ),
            Err(_) => assert!(when <= self.wheel.elapsed(), "refused {when}"),
        }
    }

    fn cancel(&mut self) {
        if let Some((id, Handle { index, when })) = self.pick() {
            self.live.remove(&id);
            assert!(self.wheel.cancel(index, when).is_some(), "{id} is live");
            assert!(
                self.wheel.cancel(index, when).is_none(),
                "{id} is cancelled"
            );
        }
    }

    fn reset(&mut self) {
        let Some((id, Handle { index, when })) = self.pick() else {
            return;
        };
        let new = match self.rng.u32(0..8) {
            0 => self.now,
            1 => when,
            _ => self.deadline(),
        };
        match self.wheel.reset(index, when, new) {
            Reset::Armed => {
                self.live.insert(id, Handle { index, when: new });
            }
            Reset::Due(waker) => {
                assert!(new <= self.wheel.elapsed(), "{id} is not due at {new}");
                self.live.remove(&id);
                drop(waker);
            }
            Reset::Fired => panic!("{id} is live"),
        }
    }

    fn replace_waker(&mut self) {
        let Some((id, Handle { index, when })) = self.pick() else {
            return;
        };
        let log = Arc::clone(&self.log);
        let replaced = self
            .wheel
            .replace_waker(index, when, Arc::new(Writer { id, log }).into());
        assert!(matches!(replaced, Ok(Some(_))), "{id} is live");
    }

    /// Time goes on, by a little or over every level.
    fn expire(&mut self) {
        let step = self.ticks();
        self.now = (self.now + step).min(HORIZON - 1);
        let deadlines = self.live.values().map(|handle| handle.when);
        let earliest = deadlines.filter(|when| *when < HORIZON).min();
        assert!(
            self.wheel.next_tick() <= earliest.unwrap_or(u64::MAX),
            "would sleep past {earliest:?}"
        );
        let budget = self.rng.usize(1..=64);
        let mut due = Vec::new();
        loop {
            let bound = self.bound();
            self.wheel.expire(self.now, bound, &mut due, budget);
            assert!(due.len() <= budget, "fired beyond the budget");
            due.drain(..).for_each(Waker::wake);
            if self.wheel.next_tick() > self.now {
                break;
            }
            self.meanwhile();
        }
        assert!(self.wheel.elapsed() >= self.now);
        self.check_fired();
    }

    /// A tick no later than the earliest deadline.
    fn bound(&mut self) -> u64 {
        let log = self.log.lock().unwrap();
        let live = self.live.iter().filter(|(id, _)| !log.contains(id));
        let deadlines = live.map(|(_, handle)| handle.when);
        let earliest = deadlines.filter(|when| *when < HORIZON).min();
        let (lowest, highest) = (self.wheel.next_tick(), earliest.unwrap_or(u64::MAX));
        match self.rng.u32(0..4) {
            0 => 0,
            1 => lowest,
            2 => highest,
            _ => self.rng.u64(lowest..=highest),
        }
    }

    /// What others may do between two lock holds of one expiry.
    fn meanwhile(&mut self) {
        let log = self.log.lock().unwrap().clone();
        for id in &log {
            let Handle { index, when } = self.live[id];
            assert!(!self.wheel.is_armed(index, when), "{id} has fired");
        }
        let soon = self.wheel.elapsed() + self.rng.u64(0..3);
        self.insert(soon.min(HORIZON - 1));
        if let Some((id, Handle { index, when })) = self.pick() {
            let fired = log.contains(&id);
            assert_eq!(self.wheel.is_armed(index, when), !fired, "{id}");
            if self.rng.bool() {
                let cancelled = self.wheel.cancel(index, when);
                assert_eq!(cancelled.is_some(), !fired, "{id}");
                if !fired {
                    self.live.remove(&id);
                }
            } else {
                let later = (self.now + 1 + self.ticks()).min(HORIZON - 1);
                match self.wheel.reset(index, when, later) {
                    Reset::Fired => assert!(fired, "{id} is live"),
                    Reset::Armed => {
                        assert!(!fired, "{id} has fired");
                        self.live.insert(id, Handle { index, when: later });
                    }
                    // Nothing is after the last tick.
                    Reset::Due(_) => panic!("{later} has not passed"),
                }
            }
        }
    }

    /// Exactly the timers that are due have fired, and their handles match nothing from now on.
    fn check_fired(&mut self) {
        let mut fired = std::mem::take(&mut *self.log.lock().unwrap());
        fired.sort_unstable();
        let now = self.now;
        let due = self.live.iter().filter(|(_, handle)| handle.when <= now);
        let due: Vec<u64> = due.map(|(id, _)| *id).collect();
        assert_eq!(fired, due, "at tick {now}");
        self.fired += fired.len() as u64;
        for id in fired {
            let handle = self.live.remove(&id).unwrap();
            self.stale.push(handle);
        }
        if self.stale.len() > 1_000 {
            self.stale.drain(..500);
        }
        for &Handle { index, when } in &self.stale {
            assert!(!self.wheel.is_armed(index, when), "a stale handle matches");
        }
    }

    /// Returns how many operations there were until the last tick, and how many timers fired.
    fn run(mut self, operations: usize) -> (usize, u64) {
        let mut done = 0;
        while done < operations && self.now < HORIZON - 1 {
            done += 1;
            match self.rng.u32(0..14) {
                0..=5 => {
                    let when = self.deadline();
                    self.insert(when);
                }
                6..=7 => self.cancel(),
                8..=9 => self.reset(),
                10 => self.replace_waker(),
                _ => self.expire(),
            }
        }
        assert_eq!(self.wheel.usage().0, self.live.len());
        for Handle { index, when } in self.live.into_values() {
            assert!(self.wheel.cancel(index, when).is_some());
        }
        let (live, pages) = self.wheel.usage();
        assert_eq!(live, 0);
        assert!(pages <= 1, "{pages} pages for no timer");
        assert_eq!(self.wheel.next_tick(), u64::MAX);
        (done, self.fired)
    }
}

#[test]
fn the_wheel_agrees_with_a_sorted_map_near_and_far() {
    for span in [1, 3, 7, 13, 20, 27, 33, 42, 47] {
        testkit::with_seeds(12, |rng| {
            let (mut left, mut fired) = (5_000, 0);
            while left > 0 {
                let run = Model::new(rng, span).run(left);
                left -= run.0;
                fired += run.1;
            }
            assert!(fired > 100, "only {fired} fired");
        });
    }
}

#[test]
fn every_power_of_two_fires_at_its_tick() {
    for bits in 0..48 {
        let when = 1 << bits;
        let mut wheel = Wheel::new();
        let index = wheel.insert(when, Waker::noop().clone()).unwrap();
        let mut due = Vec::new();
        wheel.expire(when - 1, 0, &mut due, usize::MAX);
        assert!(due.is_empty(), "2^{bits} fired early");
        assert!(wheel.is_armed(index, when), "2^{bits} was lost");
        wheel.expire(when, 0, &mut due, usize::MAX);
        assert_eq!(due.len(), 1, "2^{bits} did not fire");
        assert_eq!(wheel.next_tick(), u64::MAX);
    }
}

#[test]
fn a_deadline_beyond_the_horizon_keeps_its_waker_and_never_fires() {
    let mut wheel = Wheel::new();
    let mut due = Vec::new();
    for far in [HORIZON, HORIZON + 1, u64::MAX] {
        let index = wheel.insert(far, Waker::noop().clone()).unwrap();
        assert_eq!(wheel.next_tick(), u64::MAX);
        wheel.expire(u64::MAX, 0, &mut due, usize::MAX);
        assert!(due.is_empty(), "{far} fired");
        assert!(wheel.cancel(index, far).is_some(), "{far}");
    }
}

#[test]
fn a_timer_moves_over_the_horizon_and_back() {
    let mut wheel = Wheel::new();
    let index = wheel.insert(100, Waker::noop().clone()).unwrap();
    assert!(matches!(wheel.reset(index, 100, u64::MAX), Reset::Armed));
    assert_eq!(wheel.next_tick(), u64::MAX);
    assert!(matches!(wheel.reset(index, u64::MAX, 7), Reset::Armed));
    let mut due = Vec::new();
    wheel.expire(7, 0, &mut due, usize::MAX);
    assert_eq!(due.len(), 1);
}

#[test]
fn pages_of_a_burst_are_given_back_in_any_order_of_cancelling() {
    const PAGES: usize = 20;
    testkit::with_seeds(5, |rng| {
        let mut wheel = Wheel::new();
        for round in 0..3 {
            let mut timers: Vec<(u32, u64)> = (0..(PAGES * PAGE) as u64)
                .map(|i| 1 + i * 31)
                .map(|when| (wheel.insert(when, Waker::noop().clone()).unwrap(), when))
                .collect();
            assert_eq!(wheel.usage(), (PAGES * PAGE, PAGES), "round {round}");
            match round {
                0 => {}
                1 => timers.reverse(),
                _ => rng.shuffle(&mut timers),
            }
            for (index, when) in timers {
                assert!(wheel.cancel(index, when).is_some(), "round {round}");
            }
            assert_eq!(wheel.usage(), (0, 1), "round {round}");
        }
    });
}

#[test]
fn one_timer_more_or_less_at_the_edge_of_a_page_takes_no_memory() {
    let mut wheel = Wheel::new();
    for when in 1..=PAGE as u64 {
        wheel.insert(when, Waker::noop().clone()).unwrap();
    }
    let when = 10_000;
    for _ in 0..100 {
        let index = wheel.insert(when, Waker::noop().clone()).unwrap();
        assert_eq!(wheel.usage(), (PAGE + 1, 2));
        wheel.cancel(index, when);
        assert_eq!(wheel.usage(), (PAGE, 2), "kept for the next one");
    }
}

#[test]
fn a_handle_into_a_page_that_was_given_back_has_fired() {
    let mut wheel = Wheel::new();
    let timers: Vec<u32> = (0..3 * PAGE)
        .map(|_| wheel.insert(5, Waker::noop().clone()).unwrap())
        .collect();
    let mut due = Vec::new();
    wheel.expire(5, 0, &mut due, usize::MAX);
    assert_eq!(due.len(), 3 * PAGE);
    assert_eq!(wheel.usage(), (0, 1));
    for index in timers {
        assert!(!wheel.is_armed(index, 5));
        assert!(wheel.cancel(index, 5).is_none());
        assert!(matches!(wheel.reset(index, 5, 9), Reset::Fired));
    }
}
