//! Both semaphores under threads: permits are conserved, nobody sleeps beside a free one, and no
//! more are held than there are.
//!
//! The tests were seen to fail, by hand, with the semaphores broken: see the table in
//! `crates/async-priority-semaphore/tests/loom.rs`.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use async_priority_semaphore::context::scope;
use async_priority_semaphore::{
    Acquire, AcquireError, AcquireOwned, AcquireTimeoutError, Aging, AnySemaphore, OwnedPermit,
    Permit, PrioritySemaphore, Semaphore, Ties,
};
use async_waitlist::blocking::block_on;
use fastrand::Rng;
use testkit::{poll_n, poll_once};

const THREADS: usize = 8;
const PERMITS: usize = 5;

/// Counts what is held, and never finds more than there is.
#[derive(Default)]
struct Held(AtomicUsize);

impl Held {
    fn hold(&self, permits: usize) {
        let held = self.0.fetch_add(permits, Ordering::SeqCst) + permits;
        assert!(held <= PERMITS, "{held} permits are held");
        thread::yield_now();
        self.0.fetch_sub(permits, Ordering::SeqCst);
    }
}

/// What the tests ask of a semaphore.
trait Subject: AnySemaphore + Sized + 'static {
    fn make(permits: usize, rng: &mut Rng) -> Arc<Self>;
    fn acquire(&self, permits: u32, rng: &mut Rng) -> Acquire<'_, Self>;
    fn acquire_owned(self: &Arc<Self>, rng: &mut Rng) -> AcquireOwned<Self>;
    fn try_acquire(self: &Arc<Self>, permits: u32) -> Option<OwnedPermit<Self>>;
    fn change(acquire: &mut Acquire<'_, Self>, rng: &mut Rng);
    fn reduce_and_add(&self, permits: usize);
    fn close(&self) -> bool;
    /// Free permits, once nothing is under way.
    fn idle(&self) -> usize;
}

macro_rules! common {
    () => {
        fn try_acquire(self: &Arc<Self>, permits: u32) -> Option<OwnedPermit<Self>> {
            self.try_acquire_many_owned(permits).ok()
        }
        fn reduce_and_add(&self, permits: usize) {
            self.reduce_permits(permits);
            thread::yield_now();
            self.add_permits(permits);
        }
        fn close(&self) -> bool {
            self.close()
        }
        fn idle(&self) -> usize {
            self.assert_invariants();
            assert_eq!(self.waiting(), 0);
            self.available_permits()
        }
    };
}

impl Subject for Semaphore {
    common!();
    fn make(permits: usize, _: &mut Rng) -> Arc<Self> {
        Arc::new(Self::new(permits))
    }
    fn acquire(&self, permits: u32, _: &mut Rng) -> Acquire<'_, Self> {
        self.acquire_many(permits)
    }
    fn acquire_owned(self: &Arc<Self>, _: &mut Rng) -> AcquireOwned<Self> {
        self.acquire_owned()
    }
    fn change(_: &mut Acquire<'_, Self>, _: &mut Rng) {}
}

impl Subject for PrioritySemaphore {
    common!();
    fn make(permits: usize, rng: &mut Rng) -> Arc<Self> {
        let aging = match rng.u32(..3) {
            0 => Aging::None,
            step => Aging::Arrivals(step.try_into().expect("not zero")),
        };
        let ties = if rng.bool() { Ties::Fifo } else { Ties::Lifo };
        Arc::new(Self::builder(permits).aging(aging).ties(ties).build())
    }
    fn acquire(&self, permits: u32, rng: &mut Rng) -> Acquire<'_, Self> {
        let acquire = self.acquire_many(permits);
        // More than there are queues for, now and then.
        acquire.with_priority(if rng.bool() {
            rng.i32(..3)
        } else {
            rng.i32(0..20)
        })
    }
    fn acquire_owned(self: &Arc<Self>, rng: &mut Rng) -> AcquireOwned<Self> {
        self.acquire_owned().with_priority(rng.i32(0..3))
    }
    fn change(acquire: &mut Acquire<'_, Self>, rng: &mut Rng) {
        acquire.set_priority(rng.i32(0..20));
    }
}

/// Polls a few times with a waker that does nothing, and drops what comes.
fn abandon<S: Subject>(mut acquire: Acquire<'_, S>, rng: &mut Rng) {
    drop(poll_n(
        Pin::new(&mut acquire),
        Waker::noop(),
        rng.usize(0..3),
    ));
    if rng.bool() {
        S::change(&mut acquire, rng);
        thread::yield_now();
    }
}

/// One of the ways to ask for permits; some of them may end without.
fn ask<S: Subject>(semaphore: &Arc<S>, held: &Held, rng: &mut Rng) -> Result<(), AcquireError> {
    let permits = rng.u32(1..=5);
    let mut acquire = semaphore.acquire(permits, rng);
    let limit = Duration::from_micros(rng.u64(..50));
    let permit: Option<Permit<'_, S>> = match rng.u8(..12) {
        0..=1 => {
            if let Some(permit) = scope(rng.i32(0..3), || semaphore.try_acquire(permits)) {
                held.hold(permit.num_permits());
            }
            None
        }
        2..=3 => {
            abandon(acquire, rng);
            None
        }
        4..=5 => match acquire.blocking_timeout(limit) {
            Ok(permit) => Some(permit),
            Err(AcquireTimeoutError::Timeout) => None,
            Err(AcquireTimeoutError::Closed) => return Err(AcquireError),
        },
        // Another task's waker first, and another place.
        6..=7 => match poll_once(&mut acquire, Waker::noop()) {
            Poll::Ready(permit) => Some(permit?),
            Poll::Pending => {
                S::change(&mut acquire, rng);
                Some(acquire.blocking()?)
            }
        },
        8 => {
            semaphore.reduce_and_add(rng.usize(..3));
            None
        }
        _ => Some(block_on(acquire)?),
    };
    if let Some(mut permit) = permit {
        let part = permit.split(rng.usize(..=permit.num_permits()));
        held.hold(permit.num_permits());
        drop(part);
    }
    Ok(())
}

fn permits_are_conserved<S: Subject>() {
    stress::rounds(|rng| {
        let (semaphore, held) = (S::make(PERMITS, rng), Held::default());
        stress::threads(THREADS, rng, |_, rng| {
            for _ in 0..50 {
                assert_eq!(ask(&semaphore, &held, rng), Ok(()));
            }
        });
        assert_eq!(semaphore.idle(), PERMITS);
    });
}

fn a_close_in_the_middle_refuses_everybody_and_loses_no_permit<S: Subject>() {
    stress::rounds(|rng| {
        let (semaphore, held) = (S::make(PERMITS, rng), Held::default());
        let before = rng.usize(..50);
        stress::threads(THREADS, rng, |thread, rng| {
            for round in 0..50 {
                if thread == 0 && round == before {
                    assert!(semaphore.close());
                }
                if ask(&semaphore, &held, rng).is_err() {
                    break;
                }
            }
        });
        assert!(block_on(semaphore.acquire(1, rng)).is_err());
        assert_eq!(semaphore.idle(), PERMITS);
    });
}

fn futures_that_wander_between_threads_lose_nothing<S: Subject>() {
    stress::rounds(|rng| {
        let semaphore = S::make(2, rng);
        let (sender, receiver) = channel::<AcquireOwned<S>>();
        let (sender, receiver) = (Mutex::new(sender), Mutex::new(receiver));
        stress::threads(THREADS, rng, |_, rng| {
            // Kept for a while, so that others have to wait.
            let mut kept = None;
            for _ in 0..50 {
                let mut acquire = semaphore.acquire_owned(rng);
                match poll_once(&mut acquire, Waker::noop()) {
                    Poll::Ready(permit) => kept = Some(permit.expect("it is open")),
                    // Another thread's waker will replace this one, or its drop pass the grant on.
                    Poll::Pending => {
                        let sender = sender.lock().expect("no panic");
                        sender.send(acquire).expect("the receiver is here");
                    }
                }
                let taken = receiver.lock().expect("no panic").try_recv();
                if let Ok(taken) = taken {
                    // Not for ever: one that was granted may lie in the channel.
                    let limit = Duration::from_micros(rng.u64(..50));
                    if let Ok(permit) = taken.blocking_timeout(limit) {
                        kept = Some(permit);
                    }
                }
                if rng.bool() {
                    kept = None;
                }
            }
            drop(kept);
        });
        drop(receiver);
        assert_eq!(semaphore.idle(), 2);
    });
}

fn a_giant_that_gives_up_lets_the_others_by<S: Subject>() {
    stress::rounds(|rng| {
        let semaphore = S::make(PERMITS, rng);
        let held = semaphore.try_acquire(1).expect("all are free");
        stress::threads(THREADS, rng, |thread, rng| {
            for _ in 0..30 {
                if thread % 2 == 0 {
                    // As long as one permit is held, this can't be granted.
                    let giant = semaphore.acquire(5, rng);
                    let limit = Duration::from_micros(rng.u64(..50));
                    assert!(giant.blocking_timeout(limit).is_err());
                } else {
                    let permits = rng.u32(1..5);
                    drop(semaphore.acquire(permits, rng).blocking());
                }
            }
        });
        drop(held);
        assert_eq!(semaphore.idle(), PERMITS);
    });
}

macro_rules! on_both {
    ($($name:ident)+) => {
        mod fifo {
            $(#[test] fn $name() { super::$name::<super::Semaphore>(); })+
        }
        mod by_priority {
            $(#[test] fn $name() { super::$name::<super::PrioritySemaphore>(); })+
        }
    };
}

on_both! {
    permits_are_conserved
    a_close_in_the_middle_refuses_everybody_and_loses_no_permit
    futures_that_wander_between_threads_lose_nothing
    a_giant_that_gives_up_lets_the_others_by
}
