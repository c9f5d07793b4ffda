//! Several threads, each with an executor of its own or none.

use async_clock::{ManualClock, SystemClock};
use async_lockout::{FifoLockout, Lockout, Pass};
use futures_lite::future::block_on;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;
use testkit::{poll_once, rng, seeds, within_seconds};

const SECOND: Duration = Duration::from_secs(1);
const THREADS: usize = 8;

/// Waiters that arrive one after another, each on a thread of its own, and what `enter` does with
/// them once the lock has ended; returns the order of entry.
fn order_of_entry<F>(
    make: impl Fn(&FifoLockout<ManualClock>) -> F + Send + Sync + 'static,
    enter: impl Fn(F, usize, &Mutex<Vec<usize>>) + Send + Sync + 'static,
) -> (Vec<usize>, Vec<usize>)
where
    F: Future + Unpin + Send + 'static,
{
    within_seconds(30, move || {
        let clock = ManualClock::new();
        let lockout = FifoLockout::with_clock(clock.clone());
        lockout.lock_for(SECOND);
        let (arrived, entered) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let all_here = Barrier::new(THREADS + 1);
        thread::scope(|scope| {
            for number in 0..THREADS {
                let (lockout, make, enter) = (&lockout, &make, &enter);
                let (arrived, entered, all_here) = (&arrived, &entered, &all_here);
                scope.spawn(move || {
                    let mut future = make(lockout);
                    {
                        // The first poll and its record are one step.
                        let mut arrived = arrived.lock().unwrap();
                        assert!(poll_once(&mut future, Waker::noop()).is_pending());
                        arrived.push(number);
                    }
                    all_here.wait();
                    enter(future, number, entered);
                });
            }
            all_here.wait();
            clock.advance(SECOND);
        });
        (arrived.into_inner().unwrap(), entered.into_inner().unwrap())
    })
}

#[test]
fn passes_are_given_in_the_order_of_the_first_polls() {
    for _ in 0..20 {
        let (arrived, entered) = order_of_entry(
            FifoLockout::acquire_owned,
            |acquire, number, entered: &Mutex<Vec<usize>>| {
                let pass: Pass<ManualClock> = block_on(acquire);
                entered.lock().unwrap().push(number);
                drop(pass);
            },
        );
        assert_eq!(arrived, entered);
    }
}

#[test]
fn waiters_enter_in_the_order_of_the_first_polls() {
    for _ in 0..20 {
        let (arrived, entered) = order_of_entry(
            FifoLockout::wait_owned,
            |mut wait, number, entered: &Mutex<Vec<usize>>| {
                block_on(poll_fn(|cx| {
                    // The claim and its record are one step: the next is woken inside.
                    let mut entered = entered.lock().unwrap();
                    let polled = Pin::new(&mut wait).poll(cx);
                    if polled.is_ready() {
                        entered.push(number);
                    }
                    polled
                }));
            },
        );
        assert_eq!(arrived, entered);
    }
}

#[test]
fn a_plain_lock_and_the_removal_of_a_tag_leave_no_gap() {
    within_seconds(60, || {
        let clock = ManualClock::new();
        for round in 0..100 {
            let lockout = Lockout::with_clock(clock.clone());
            let tag = lockout.tag_for(Duration::MAX);
            let (start, done) = (Barrier::new(3), AtomicBool::new(false));
            thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait();
                    lockout.lock_for(SECOND);
                    tag.remove();
                    done.store(true, Ordering::SeqCst);
                });
                for _ in 0..2 {
                    scope.spawn(|| {
                        start.wait();
                        while !done.load(Ordering::SeqCst) {
                            assert!(lockout.is_locked(), "round {round}");
                            assert!(lockout.try_pass().is_err(), "round {round}");
                            let polled = poll_once(&mut lockout.wait(), Waker::noop());
                            assert_eq!(polled, Poll::Pending, "round {round}");
                        }
                    });
                }
            });
            assert!(lockout.is_locked(), "round {round}");
        }
    });
}

#[test]
fn concurrent_locks_and_removals_leave_the_longest() {
    within_seconds(60, || {
        for round in 0..100 {
            let clock = ManualClock::new();
            let lockout = Lockout::with_clock(clock.clone());
            let tags: Vec<_> = (1..=3).map(|n| lockout.tag_for(n * SECOND)).collect();
            let start = Barrier::new(6);
            thread::scope(|scope| {
                for tag in tags {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        tag.remove();
                    });
                }
                for n in 4..=6 {
                    let (lockout, start) = (&lockout, &start);
                    scope.spawn(move || {
                        start.wait();
                        match n {
                            5 => drop(lockout.tag_for(n * SECOND)),
                            _ => lockout.lock_for(n * SECOND),
                        }
                    });
                }
            });
            clock.advance(Duration::from_nanos(5_999_999_999));
            assert!(lockout.is_locked(), "round {round}");
            clock.advance(Duration::from_nanos(1));
            assert!(!lockout.is_locked(), "round {round}");
        }
    });
}

#[test]
fn expiry_on_one_thread_never_undoes_a_lock_of_another() {
    within_seconds(60, || {
        for round in 0..200 {
            let clock = ManualClock::new();
            let lockout = Lockout::with_clock(clock.clone());
            lockout.lock_for(SECOND);
            clock.advance(SECOND);
            let start = Barrier::new(2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait();
                    let _ = lockout.try_pass(); // forgets the lock that has run out
                });
                start.wait();
                lockout.lock_for(SECOND);
            });
            assert!(lockout.is_locked(), "round {round}");
        }
    });
}

/// Random locks, tags, waits and passes on the system's clock: everybody gets in, in the end, and
/// never two probes at once.
#[test]
fn nobody_is_left_behind_under_threads() {
    within_seconds(55, || {
        let lockout = FifoLockout::<SystemClock>::builder().probe(true).build();
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for seed in seeds(4) {
                let (lockout, inside) = (&lockout, &inside);
                scope.spawn(move || {
                    let mut rng = rng(seed);
                    for _ in 0..400 {
                        match rng.u8(..8) {
                            0 => lockout.lock_for(Duration::from_micros(rng.u64(..200))),
                            1 => drop(lockout.tag_for(Duration::from_micros(rng.u64(..200)))),
                            2 => lockout.tag_for(SECOND).remove(),
                            3 => lockout.wait_blocking(),
                            4 => drop(poll_once(&mut lockout.acquire(), Waker::noop())),
                            5 => drop(lockout.acquire_blocking_timeout(Duration::from_micros(50))),
                            _ => {
                                let pass = lockout.acquire_blocking();
                                if pass.is_probe() {
                                    let others = inside.fetch_add(1, Ordering::SeqCst);
                                    assert_eq!(others, 0, "a second probe");
                                    thread::yield_now();
                                    inside.fetch_sub(1, Ordering::SeqCst);
                                }
                                if rng.bool() {
                                    pass.ok();
                                }
                            }
                        }
                    }
                });
            }
        });
        assert_eq!(inside.load(Ordering::SeqCst), 0);
        lockout.clear();
        assert_eq!(lockout.try_pass(), Ok(()), "nobody is left in the queue");
    });
}
