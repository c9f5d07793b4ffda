//! What goes wrong in the priority semaphore of the Python library that this crate follows.
//!
//! There, the number was checked and lowered outside the lock, so that two could be let in for one,
//! and a release between the check and the wait woke nobody; one that was cancelled stayed in the
//! heap; ties were ordered by a clock of floating point; and each check looked at all who wait.

mod support;

use async_priority_semaphore::PrioritySemaphore;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use support::{poll, queue};
use testkit::within_seconds;

#[test]
fn ties_keep_arrival_order() {
    let semaphore = PrioritySemaphore::new(0);
    // Far more than a clock could tell apart.
    let mut waiters: Vec<_> = (0..5000).map(|_| semaphore.acquire_with(1)).collect();
    let wakes: Vec<_> = waiters.iter_mut().map(queue).collect();
    semaphore.add_permits(2500);
    assert!(wakes[..2500].iter().all(|each| each.wakes() == 1));
    assert!(wakes[2500..].iter().all(|each| each.wakes() == 0));
}

#[test]
fn no_more_are_let_in_than_there_are_permits() {
    within_seconds(30, || {
        let (semaphore, inside) = (PrioritySemaphore::new(1), AtomicUsize::new(0));
        thread::scope(|scope| {
            for priority in 0..6 {
                let (semaphore, inside) = (&semaphore, &inside);
                scope.spawn(move || {
                    for _ in 0..300 {
                        let permit = semaphore.acquire_with(priority).blocking().unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two are inside");
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(permit);
                    }
                });
            }
        });
        assert_eq!(semaphore.available_permits(), 1);
    });
}

#[test]
fn a_cancelled_waiter_is_gone_at_once() {
    let semaphore = PrioritySemaphore::new(0);
    let mut urgent = semaphore.acquire_with(-1);
    assert!(poll(&mut urgent).is_pending());
    let mut other = semaphore.acquire();
    let woken = queue(&mut other);
    drop(urgent);
    assert_eq!(semaphore.waiting(), 1);
    semaphore.add_permits(1);
    assert_eq!(woken.wakes(), 1);
}
