//! Waiting for the end of a lock, all together.

use async_clock::{Clock, ClockExt, ManualClock, SystemClock};
use async_lockout::Lockout;
use futures_lite::future::block_on;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use testkit::{CountWaker, poll_once, within_seconds};

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);
const ALMOST: Duration = Duration::from_nanos(999_999_999);

fn lockout() -> (Lockout<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    (Lockout::with_clock(clock.clone()), clock)
}

#[test]
fn who_finds_no_lock_does_not_wait() {
    let (lockout, clock) = lockout();
    let (count, waker) = CountWaker::new();
    assert!(poll_once(&mut lockout.wait(), &waker).is_ready());
    lockout.lock_for(SECOND);
    clock.advance(SECOND);
    assert!(poll_once(&mut lockout.wait(), &waker).is_ready());
    assert_eq!((count.wakes(), clock.pending()), (0, 0));
}

#[test]
fn all_waiters_are_woken_once_when_the_lock_ends() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut waiters: Vec<_> = (0..40)
        .map(|_| (lockout.wait(), CountWaker::new()))
        .collect();
    for (wait, (_, waker)) in &mut waiters {
        assert!(poll_once(wait, waker).is_pending());
    }
    assert_eq!(clock.pending(), 1, "one timer serves all");
    clock.advance(ALMOST);
    assert!(waiters.iter().all(|(_, (count, _))| count.wakes() == 0));
    clock.advance(NANO);
    assert!(waiters.iter().all(|(_, (count, _))| count.wakes() == 1));
    for (wait, (_, waker)) in &mut waiters {
        assert!(poll_once(wait, waker).is_ready());
    }
}

#[test]
fn a_lock_imposed_after_the_wake_up_keeps_the_waiter_waiting() {
    let (lockout, clock) = lockout();
    let (count, waker) = CountWaker::new();
    let mut wait = lockout.wait();
    lockout.lock_for(SECOND);
    assert!(poll_once(&mut wait, &waker).is_pending());
    for round in 1..=3 {
        clock.advance(SECOND);
        assert_eq!(count.wakes(), round);
        lockout.lock_for(SECOND);
        assert!(poll_once(&mut wait, &waker).is_pending(), "round {round}");
    }
    clock.advance(SECOND);
    assert!(poll_once(&mut wait, &waker).is_ready());
}

#[test]
fn a_longer_lock_wakes_nobody_at_the_old_end() {
    let (lockout, clock) = lockout();
    let (count, waker) = CountWaker::new();
    let mut wait = lockout.wait();
    lockout.lock_for(SECOND);
    assert!(poll_once(&mut wait, &waker).is_pending());
    lockout.lock_for(3 * SECOND);
    clock.advance(2 * SECOND);
    assert_eq!(count.wakes(), 0);
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut wait, &waker).is_ready());
}

#[test]
fn shortening_wakes_early() {
    let (lockout, clock) = lockout();
    let (count, waker) = CountWaker::new();

    lockout.lock_for(9 * SECOND);
    let mut wait = lockout.wait();
    assert!(poll_once(&mut wait, &waker).is_pending());
    lockout.clear();
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut wait, &waker).is_ready());

    count.reset();
    let tag = lockout.tag_for(9 * SECOND);
    let mut wait = lockout.wait();
    assert!(poll_once(&mut wait, &waker).is_pending());
    tag.remove();
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut wait, &waker).is_ready());

    // To an earlier end, not to none.
    count.reset();
    let tag = lockout.tag_for(9 * SECOND);
    let mut wait = lockout.wait();
    assert!(poll_once(&mut wait, &waker).is_pending());
    lockout.lock_for(2 * SECOND);
    tag.remove();
    assert_eq!(count.wakes(), 0);
    clock.advance(2 * SECOND);
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut wait, &waker).is_ready());
}

#[test]
fn a_late_timer_holds_nobody_who_polls() {
    let (lockout, clock) = lockout();
    let (count, waker) = CountWaker::new();
    let waiters = Arc::new(Mutex::new(Vec::new()));
    // Armed first, so that it fires first, at the very end of the lock.
    let polled = testkit::on_wake({
        let (waiters, waker) = (Arc::clone(&waiters), waker.clone());
        move || {
            let mut waiters = waiters.lock().unwrap();
            waiters.retain_mut(|wait| poll_once(wait, &waker).is_pending());
        }
    });
    let _timer = clock.arm(clock.now() + SECOND, &polled);
    lockout.lock_for(SECOND);
    for _ in 0..20 {
        let mut wait = lockout.wait_owned();
        assert!(poll_once(&mut wait, &waker).is_pending());
        waiters.lock().unwrap().push(wait);
    }
    clock.advance(SECOND);
    assert_eq!(waiters.lock().unwrap().len(), 0);
    assert_eq!(count.wakes(), 0, "they entered before their timer fired");
}

#[test]
fn deadlines_come_from_the_clock() {
    let (lockout, clock) = lockout();
    lockout.lock_for(5 * SECOND);
    let early = clock.timeout(4 * SECOND, lockout.wait());
    assert!(block_on(clock.drive(early)).is_err());
    let just = clock.timeout(SECOND, lockout.wait());
    assert!(
        block_on(clock.drive(just)).is_ok(),
        "a lock that ends just then has ended"
    );
}

#[test]
fn an_owned_wait_outlives_the_handle() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let wait = lockout.wait_owned();
    drop(lockout);
    block_on(clock.drive(wait));
}

#[test]
fn a_far_lock_keeps_nothing_alive() {
    let clock = ManualClock::new();
    let lockout = Lockout::with_clock(clock.clone());
    lockout.lock_for(3600 * SECOND);
    let (_, waker) = CountWaker::new();
    let mut wait = lockout.wait_owned();
    assert!(poll_once(&mut wait, &waker).is_pending());
    assert_eq!(clock.pending(), 1);
    drop(wait);
    drop(lockout);
    assert_eq!(clock.pending(), 0, "the timer went with the last handle");
}

#[test]
fn on_the_systems_clock_a_wait_is_never_early() {
    within_seconds(60, || {
        let lockout = Lockout::<SystemClock>::new();
        for _ in 0..20 {
            let end = Instant::now() + Duration::from_millis(2);
            lockout.lock_until(end);
            block_on(lockout.wait());
            assert!(Instant::now() >= end);
        }
    });
}
