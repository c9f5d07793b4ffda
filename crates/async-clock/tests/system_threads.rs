//! Many threads on one clock: nothing is lost, nothing stays behind.
#![cfg(feature = "system")]

use async_clock::{Clock, SystemClock, SystemTimer, Timer};
use fastrand::Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};
use testkit::{CountWaker, watchdog, with_seeds};

const THREADS: usize = 8;
const OPERATIONS: usize = 100_000;
const PATIENCE: Duration = Duration::from_secs(40);

/// Unparks a thread when it is woken.
struct Unpark(thread::Thread, AtomicUsize);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.unpark();
    }
}

struct Actor {
    rng: Rng,
    mine: Arc<Unpark>,
    waker: Waker,
    others: Waker,
    held: Vec<SystemTimer>,
    to: Vec<Sender<SystemTimer>>,
    from: Receiver<SystemTimer>,
    awaited: usize,
}

impl Actor {
    fn instant(&mut self) -> Instant {
        let nanos = match self.rng.u32(0..8) {
            0 => 0,
            1..=5 => self.rng.u64(0..3_000_000),
            6 => self.rng.u64(0..100_000_000),
            _ => self.rng.u64(..),
        };
        let now = Instant::now();
        now.checked_add(Duration::from_nanos(nanos)).unwrap_or(now)
    }

    fn step(&mut self) {
        let pick = self.rng.usize(..self.held.len().max(1));
        match self.rng.u32(0..16) {
            0..=5 => {
                let at = self.instant();
                let waker = if self.rng.bool() {
                    &self.waker
                } else {
                    &self.others
                };
                self.held.push(SystemClock.arm(at, waker));
            }
            6..=9 if !self.held.is_empty() => drop(self.held.swap_remove(pick)),
            10..=11 if !self.held.is_empty() => {
                let at = self.instant();
                let was_fired = self.held[pick].is_fired();
                let moved = self.held[pick].reset(at);
                assert!(!(was_fired && moved), "a timer fired and was moved");
            }
            12..=13 if !self.held.is_empty() => {
                let waker = if self.rng.bool() {
                    &self.waker
                } else {
                    &self.others
                };
                let timer = &mut self.held[pick];
                if timer.poll_fired(waker) {
                    assert!(Instant::now() >= timer.deadline(), "early");
                }
            }
            14 if !self.held.is_empty() => {
                let timer = self.held.swap_remove(pick);
                let to = self.rng.usize(..self.to.len());
                // Another thread that has finished takes no more.
                let _ = self.to[to].send(timer);
            }
            _ => self.held.extend(self.from.try_recv()),
        }
        if self.held.len() > 500 {
            self.held.truncate(100);
        }
    }

    /// Waits for a timer as an executor does; a lost wake is a panic.
    fn wait_for_one(&mut self) {
        let at = Instant::now() + Duration::from_nanos(self.rng.u64(0..500_000));
        let first = if self.rng.bool() {
            &self.waker
        } else {
            &self.others
        };
        let mut timer = SystemClock.arm(at, first);
        loop {
            let before = self.mine.1.load(Ordering::SeqCst);
            if timer.poll_fired(&self.waker) {
                break;
            }
            while self.mine.1.load(Ordering::SeqCst) == before {
                thread::park_timeout(PATIENCE);
                assert!(at.elapsed() < PATIENCE, "a wake was lost");
            }
        }
        assert!(Instant::now() >= at, "early");
        self.awaited += 1;
    }
}

#[test]
fn mixed_operations_of_many_threads_lose_no_wake_and_leave_no_timer() {
    watchdog(Duration::from_secs(55), || with_seeds(1, run));
}

fn run(rng: &mut Rng) {
    let (count, others) = CountWaker::new();
    let (to, from): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| channel()).unzip();
    let actors: Vec<_> = from
        .into_iter()
        .map(|from| {
            let (rng, to, others) = (rng.fork(), to.clone(), others.clone());
            thread::spawn(move || act(rng, others, to, from))
        })
        .collect();
    drop(to);
    let wakers: Vec<_> = actors
        .into_iter()
        .map(|actor| actor.join().unwrap())
        .collect();
    // Every timer was dropped, some of them in a channel: the clock holds no clone of any waker,
    // but for those of a batch that it is calling at this moment.
    let start = Instant::now();
    while Arc::strong_count(&count) > 2 || wakers.iter().any(|waker| Arc::strong_count(waker) > 1) {
        assert!(start.elapsed() < PATIENCE, "a timer stayed behind");
        thread::yield_now();
    }
    drop(others);
}

/// The body of a thread; what it returns is referred to by no one but the clock.
fn act(
    rng: Rng,
    others: Waker,
    to: Vec<Sender<SystemTimer>>,
    from: Receiver<SystemTimer>,
) -> Arc<Unpark> {
    let mine = Arc::new(Unpark(thread::current(), AtomicUsize::new(0)));
    let mut actor = Actor {
        rng,
        waker: Arc::clone(&mine).into(),
        mine,
        others,
        held: Vec::new(),
        to,
        from,
        awaited: 0,
    };
    for i in 0..OPERATIONS {
        actor.step();
        if i % 500 == 0 {
            actor.wait_for_one();
        }
    }
    assert_eq!(actor.awaited, OPERATIONS / 500);
    actor.mine
}
