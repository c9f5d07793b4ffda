//! Ten thousand waiters at once.

use async_clock::ManualClock;
use async_lockout::{FifoLockout, Lockout};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;
use std::time::Duration;
use testkit::{on_wake, poll_once};

const SECOND: Duration = Duration::from_secs(1);
const CROWD: usize = 10_000;

fn counter() -> (Arc<AtomicUsize>, impl Fn() -> usize + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    (count, move || counted.fetch_add(1, Ordering::SeqCst))
}

#[test]
fn a_crowd_is_released_and_a_newcomer_passes_in_its_midst() {
    let clock = ManualClock::new();
    let lockout = Lockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    let (woken, wake) = counter();
    let newcomer = lockout.clone();
    let waker = on_wake(move || {
        // The mutex is free, and a newcomer need not wait for the crowd.
        if wake() % 100 == 0 {
            assert_eq!(newcomer.try_pass(), Ok(()));
            assert!(poll_once(&mut newcomer.wait(), Waker::noop()).is_ready());
        }
    });
    let mut crowd: Vec<_> = (0..CROWD).map(|_| lockout.wait()).collect();
    for wait in &mut crowd {
        assert!(poll_once(wait, &waker).is_pending());
    }
    clock.advance(SECOND);
    assert_eq!(woken.load(Ordering::SeqCst), CROWD);
    assert!(
        crowd
            .iter_mut()
            .all(|wait| poll_once(wait, &waker).is_ready())
    );
}

#[test]
fn a_lock_in_the_midst_of_the_crowd_stops_the_rest() {
    let clock = ManualClock::new();
    let lockout = Lockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    let (woken, wake) = counter();
    let locker = lockout.clone();
    let waker = on_wake(move || {
        if wake() == 0 {
            locker.lock_for(SECOND);
        }
    });
    let mut crowd: Vec<_> = (0..CROWD).map(|_| lockout.wait()).collect();
    for wait in &mut crowd {
        assert!(poll_once(wait, &waker).is_pending());
    }
    clock.advance(SECOND);
    let first = woken.load(Ordering::SeqCst);
    assert!(
        first <= 16,
        "{first} were granted under one hold of the mutex"
    );
    assert!(
        crowd
            .iter_mut()
            .all(|wait| poll_once(wait, &waker).is_pending())
    );
    clock.advance(SECOND);
    assert_eq!(woken.load(Ordering::SeqCst), first + CROWD);
    assert!(
        crowd
            .iter_mut()
            .all(|wait| poll_once(wait, &waker).is_ready())
    );
}

#[test]
fn a_queue_of_ten_thousand_drains_in_order() {
    let clock = ManualClock::new();
    let lockout = FifoLockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    let (woken, wake) = counter();
    let waker = on_wake(move || {
        wake();
    });
    let mut queue: Vec<_> = (0..CROWD).map(|_| lockout.wait()).collect();
    for wait in &mut queue {
        assert!(poll_once(wait, &waker).is_pending());
    }
    clock.advance(SECOND);
    for (index, wait) in queue.iter_mut().enumerate() {
        assert_eq!(woken.load(Ordering::SeqCst), index + 1, "one at a time");
        assert!(poll_once(wait, &waker).is_ready());
    }
}
