//! A semaphore on `async-waitlist`: permits are conserved and nobody sleeps beside a free one.
//!
//! The tests were seen to fail, by hand, with the semaphore broken.
//! A grant that is not passed on when its future is dropped fails three of them.
//! A head that leaves without the next being looked at fails
//! `a_giant_that_gives_up_lets_the_others_by`.
//! A waker cloned under the lock fails the hygiene suite.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use async_waitlist::blocking::{block_on, block_on_timeout};
use fastrand::Rng;
use stress::{Acquire, Closed, Semaphore};
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::{poll_n, poll_once};

const THREADS: usize = 8;
const PERMITS: u32 = 5;

/// Counts what is held, and never finds more than there is.
#[derive(Default)]
struct Held(AtomicU32);

impl Held {
    fn hold(&self, permits: u32) {
        let held = self.0.fetch_add(permits, Ordering::SeqCst) + permits;
        assert!(held <= PERMITS, "{held} permits are held");
        thread::yield_now();
        self.0.fetch_sub(permits, Ordering::SeqCst);
    }
}

/// Polls a few times with a waker that does nothing, and drops what comes.
fn abandon(mut acquire: Acquire, rng: &mut Rng) {
    drop(poll_n(
        Pin::new(&mut acquire),
        Waker::noop(),
        rng.usize(0..3),
    ));
    if rng.bool() {
        thread::yield_now();
    }
}

/// One of the ways to ask for permits; most of them may end without.
fn ask(semaphore: &Arc<Semaphore>, held: &Held, rng: &mut Rng) -> Result<(), Closed> {
    let permits = rng.u32(1..=PERMITS);
    let mut acquire = semaphore.acquire(permits);
    let permit = match rng.u8(..10) {
        0..=1 => semaphore.try_acquire(permits),
        2..=3 => {
            abandon(acquire, rng);
            None
        }
        4..=5 => {
            let limit = Duration::from_micros(rng.u64(..50));
            block_on_timeout(&mut acquire, limit).transpose()?
        }
        // Another task's waker first.
        6 => match poll_once(&mut acquire, Waker::noop()) {
            Poll::Ready(result) => Some(result?),
            Poll::Pending => Some(block_on(acquire)?),
        },
        _ => Some(block_on(acquire)?),
    };
    if permit.is_some() {
        held.hold(permits);
    }
    Ok(())
}

#[test]
fn permits_are_conserved() {
    stress::rounds(|rng| {
        let (semaphore, held) = (Semaphore::new(PERMITS), Held::default());
        stress::threads(THREADS, rng, |_, rng| {
            for _ in 0..50 {
                assert_eq!(ask(&semaphore, &held, rng), Ok(()));
            }
        });
        assert_eq!(semaphore.idle(), PERMITS);
    });
}

#[test]
fn a_close_in_the_middle_refuses_everybody_and_loses_no_permit() {
    stress::rounds(|rng| {
        let (semaphore, held) = (Semaphore::new(PERMITS), Held::default());
        let before = rng.usize(..50);
        stress::threads(THREADS, rng, |thread, rng| {
            for round in 0..50 {
                if thread == 0 && round == before {
                    semaphore.close();
                }
                if ask(&semaphore, &held, rng).is_err() {
                    break;
                }
            }
        });
        assert!(matches!(block_on(semaphore.acquire(1)), Err(Closed)));
        assert_eq!(semaphore.idle(), PERMITS);
    });
}

#[test]
fn futures_that_wander_between_threads_lose_nothing() {
    stress::rounds(|rng| {
        let semaphore = Semaphore::new(2);
        let (sender, receiver) = channel::<Acquire>();
        let (sender, receiver) = (Mutex::new(sender), Mutex::new(receiver));
        stress::threads(THREADS, rng, |_, rng| {
            // Kept for a while, so that others have to wait.
            let mut kept = None;
            for _ in 0..50 {
                let mut acquire = semaphore.acquire(1);
                match poll_once(&mut acquire, Waker::noop()) {
                    Poll::Ready(permit) => kept = Some(permit),
                    // Another thread's waker will replace this one, or its drop pass the grant on.
                    Poll::Pending => {
                        let sender = sender.lock().expect("no panic");
                        sender.send(acquire).expect("the receiver is here");
                    }
                }
                let taken = receiver.lock().expect("no panic").try_recv();
                if let Ok(mut taken) = taken {
                    // Not for ever: one that was granted may lie in the channel.
                    let limit = Duration::from_micros(rng.u64(..50));
                    if let Some(permit) = block_on_timeout(&mut taken, limit) {
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

#[test]
fn a_giant_that_gives_up_lets_the_others_by() {
    stress::rounds(|rng| {
        let semaphore = Semaphore::new(PERMITS);
        let held = semaphore.try_acquire(1).expect("all are free");
        stress::threads(THREADS, rng, |thread, rng| {
            for _ in 0..30 {
                if thread % 2 == 0 {
                    // As long as one permit is held, this can't be granted.
                    let mut giant = semaphore.acquire(PERMITS);
                    let limit = Duration::from_micros(rng.u64(..50));
                    assert!(block_on_timeout(&mut giant, limit).is_none());
                } else {
                    drop(block_on(semaphore.acquire(rng.u32(1..PERMITS))));
                }
            }
        });
        drop(held);
        assert_eq!(semaphore.idle(), PERMITS);
    });
}

/// The semaphore of these tests is itself sound.
#[test]
fn the_semaphore_passes_the_hygiene_suite() {
    let setup = || {
        let semaphore = Semaphore::new(1);
        let permit = semaphore.try_acquire(1).expect("it is free");
        let touched = Arc::clone(&semaphore);
        Setup {
            future: semaphore.acquire(1),
            fire: Box::new(move || drop(permit)),
            touch: Arc::new(move || drop(touched.try_acquire(1))),
        }
    };
    let crowd = || {
        let semaphore = Semaphore::new(20);
        let permit = semaphore.try_acquire(20).expect("it is free");
        Crowd {
            futures: (0..20).map(|_| semaphore.acquire(1)).collect(),
            fire: Box::new(move || drop(permit)),
        }
    };
    Case::new("acquire", setup).crowd(crowd).fused().check();
}
