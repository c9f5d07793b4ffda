//! The timer thread and two inserters: no wake is lost, at start-up neither.
//!
//! `src/system/park.rs` is compiled into this test as it is; wheels and time are stand-ins.
//! Parking has no timeout here, so a lost wake is a deadlock, which loom finds.
//! Seen to bite, each tried by hand: without either fence; without the second look at `next`.
//!
//! `RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo test --release -p async-clock --test loom_park`
#![cfg(loom)]

#[path = "../src/system/park.rs"]
mod park;
#[path = "../src/sync.rs"]
mod sync;

use loom::thread;
use park::{Park, Work};
use std::sync::Arc;
use sync::{AtomicU64, Mutex, Ordering, Parker};

/// The tick it is all the time; earlier deadlines are due.
const NOW: u64 = 4;

struct Shard {
    /// In place of a wheel: the earliest deadline there is.
    earliest: Mutex<u64>,
    next: AtomicU64,
}

struct Timer {
    shards: Vec<Shard>,
    park: Park,
}

impl Timer {
    /// `nexts`: what is left in `next` of each shard by a timer that was cancelled since.
    fn new(nexts: &[u64]) -> Arc<Self> {
        let shards = nexts.iter().map(|next| Shard {
            earliest: Mutex::new(u64::MAX),
            next: AtomicU64::new(*next),
        });
        Arc::new(Self {
            shards: shards.collect(),
            park: Park::new(),
        })
    }

    /// Starts the thread, which runs until `goal` is reached.
    fn start(self: &Arc<Self>, goal: u64) {
        self.park.start(|| {
            let timer = Arc::clone(self);
            sync::spawn("timer", 0, move |parker| timer.run(parker, goal))
        });
    }

    /// As the driver does it.
    fn insert(self: &Arc<Self>, shard: usize, when: u64, goal: u64) {
        self.start(goal);
        let shard = &self.shards[shard];
        let lowered = {
            let mut earliest = shard.earliest.lock();
            *earliest = when.min(*earliest);
            // Relaxed: written under the lock that is held.
            let lowered = when < shard.next.load(Ordering::Relaxed);
            if lowered {
                shard.next.store(when, Ordering::Release);
            }
            lowered
        };
        if lowered {
            self.park.lowered(when);
        }
    }

    /// The thread: ends once it would park no longer than until `goal`.
    fn run(&self, parker: &Parker, goal: u64) {
        let mut turn = Turn(self);
        while self.park.turn(&mut turn) > goal {
            parker.park(None);
        }
    }
}

struct Turn<'a>(&'a Timer);

impl Work for Turn<'_> {
    fn now(&self) -> u64 {
        NOW
    }

    fn nexts(&self) -> impl Iterator<Item = &AtomicU64> {
        self.0.shards.iter().map(|shard| &shard.next)
    }

    /// No real deadline is due: this only puts a stale `next` right.
    fn serve(&mut self, shard: usize, _now: u64) {
        let shard = &self.0.shards[shard];
        let earliest = shard.earliest.lock();
        shard.next.store(*earliest, Ordering::Release);
    }
}

/// Two threads insert a timer each, as `(shard, when)`; the thread must come to know the earlier.
fn check(nexts: &'static [u64], first: (usize, u64), second: (usize, u64)) {
    loom::model(move || {
        let timer = Timer::new(nexts);
        let goal = first.1.min(second.1);
        let other = {
            let timer = Arc::clone(&timer);
            thread::spawn(move || timer.insert(first.0, first.1, goal))
        };
        timer.insert(second.0, second.1, goal);
        other.join().unwrap();
    });
}

/// As `check`, with a thread that sleeps already or is about to.
fn check_started(nexts: &'static [u64], first: (usize, u64), second: (usize, u64)) {
    loom::model(move || {
        let timer = Timer::new(nexts);
        let goal = first.1.min(second.1);
        timer.start(goal);
        let other = {
            let timer = Arc::clone(&timer);
            thread::spawn(move || timer.insert(first.0, first.1, goal))
        };
        timer.insert(second.0, second.1, goal);
        other.join().unwrap();
    });
}

const NONE: u64 = u64::MAX;

#[test]
fn timers_of_two_shards_wake_the_thread() {
    check_started(&[NONE, NONE], (0, 10), (1, 5));
}

#[test]
fn two_timers_of_one_shard_wake_the_thread() {
    check_started(&[NONE], (0, 10), (0, 5));
}

#[test]
fn a_timer_inserted_while_the_thread_corrects_a_stale_time_is_seen() {
    check_started(&[3, NONE], (0, 10), (1, 5));
}

#[test]
fn an_earlier_timer_inserted_while_the_thread_corrects_its_shard_is_seen() {
    check_started(&[3, NONE], (0, 5), (1, 10));
}

#[test]
fn timers_before_the_time_the_thread_sleeps_until_wake_it() {
    check_started(&[7, 7], (0, 5), (1, 6));
}

#[test]
fn two_first_inserters_start_one_thread_that_sees_both_shards() {
    check(&[NONE, NONE], (0, 10), (1, 5));
}

#[test]
fn two_first_inserters_of_one_shard_start_one_thread() {
    check(&[NONE], (0, 10), (0, 5));
}
