//! A lockout under threads: no lock is ever shortened by another's, and nobody waits for ever.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use async_lockout::{FifoLockout, Lockout};
use fastrand::Rng;
use testkit::{poll_n, poll_once};

const THREADS: usize = 8;
/// Longer than any round lasts.
const LONG: Duration = Duration::from_secs(1000);

fn short(rng: &mut Rng) -> Duration {
    Duration::from_nanos(rng.u64(1..300_000))
}

/// Waits in one of the colours until no lock is in force.
fn wait(lockout: &Lockout, rng: &mut Rng) {
    match rng.u8(..4) {
        0 => while lockout.wait_blocking_timeout(short(rng)).is_err() {},
        1 => {
            // Another task's waker first.
            let mut wait = lockout.wait_owned();
            if poll_once(&mut wait, Waker::noop()).is_pending() {
                async_waitlist::blocking::block_on(wait);
            }
        }
        _ => lockout.wait_blocking(),
    }
}

#[test]
fn no_lock_is_shortened_by_another() {
    stress::rounds(|rng| {
        let lockout = Lockout::new();
        stress::threads(THREADS, rng, |_, rng| {
            for _ in 0..10 {
                let duration = short(rng);
                // The tags of others come and go meanwhile.
                let mut other = lockout.tag_for(short(rng));
                let start = Instant::now();
                if rng.bool() {
                    lockout.lock_for(duration);
                    lockout.lock_for(duration / 2);
                } else {
                    let mut tag = lockout.tag_for(duration / 2);
                    tag.extend(duration);
                    // Dropped, it stays in force.
                    drop(tag);
                }
                if rng.bool() {
                    other.extend(short(rng));
                }
                other.remove();
                if rng.u8(..4) == 0 {
                    let mut given_up = lockout.wait();
                    let _ = poll_n(Pin::new(&mut given_up), Waker::noop(), 2);
                }
                wait(&lockout, rng);
                let taken = start.elapsed();
                assert!(taken >= duration, "let in after {taken:?} of {duration:?}");
            }
        });
        wait(&lockout, rng);
        assert!(!lockout.is_locked());
        assert_eq!(lockout.locked_until(), None);
    });
}

#[test]
fn whoever_waits_is_released_when_the_lock_is_taken_back() {
    stress::rounds(|rng| {
        let lockout = Lockout::new();
        let waiting = AtomicUsize::new(THREADS - 1);
        stress::threads(THREADS, rng, |thread, rng| {
            if thread > 0 {
                for _ in 0..20 {
                    wait(&lockout, rng);
                }
                waiting.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            while waiting.load(Ordering::SeqCst) > 0 {
                let tag = lockout.tag_for(LONG);
                lockout.lock_for(if rng.bool() { LONG } else { short(rng) });
                thread::yield_now();
                if rng.bool() {
                    tag.remove();
                } else {
                    drop(tag);
                }
                lockout.clear();
            }
        });
        assert!(!lockout.is_locked());
    });
}

/// Enters and leaves in one of the ways there are, or gives up.
fn visit(lockout: &FifoLockout, rng: &mut Rng) {
    let pass = match rng.u8(..8) {
        0 => lockout.try_acquire().ok(),
        1 => {
            let mut given_up = lockout.acquire();
            drop(poll_n(
                Pin::new(&mut given_up),
                Waker::noop(),
                rng.usize(..3),
            ));
            None
        }
        2 => lockout.acquire_blocking_timeout(short(rng)).ok(),
        3 => {
            lockout.wait_blocking();
            None
        }
        _ => Some(lockout.acquire_blocking()),
    };
    if let Some(pass) = pass {
        match rng.u8(..8) {
            0 => pass.relock(short(rng)),
            1..=3 => drop(pass),
            _ => pass.ok(),
        }
    }
}

#[test]
fn the_queue_of_a_fifo_lockout_never_stalls() {
    stress::rounds(|rng| {
        let lockout = FifoLockout::builder().probe(rng.bool()).build();
        stress::threads(THREADS, rng, |_, rng| {
            for _ in 0..20 {
                if rng.u8(..4) == 0 {
                    lockout.lock_for(short(rng));
                }
                visit(&lockout, rng);
            }
        });
        // Nobody is left who holds anything up.
        lockout.clear();
        lockout.acquire_blocking().ok();
        assert!(lockout.try_acquire().is_ok());
    });
}

#[test]
fn after_a_lock_those_who_queued_are_inside_one_at_a_time() {
    stress::rounds(|rng| {
        let lockout = FifoLockout::builder().probe(rng.bool()).build();
        lockout.lock_for(LONG);
        let (inside, queued) = (AtomicUsize::new(0), AtomicUsize::new(0));
        stress::threads(THREADS, rng, |thread, rng| {
            if thread == 0 {
                while queued.load(Ordering::SeqCst) < THREADS - 1 {
                    thread::yield_now();
                }
                lockout.clear();
                return;
            }
            let mut acquire = lockout.acquire_owned();
            assert!(poll_once(&mut acquire, Waker::noop()).is_pending());
            queued.fetch_add(1, Ordering::SeqCst);
            if rng.u8(..4) == 0 {
                return;
            }
            let pass = async_waitlist::blocking::block_on(acquire);
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two are inside");
            thread::yield_now();
            inside.fetch_sub(1, Ordering::SeqCst);
            if rng.bool() {
                pass.ok();
            }
        });
    });
}
