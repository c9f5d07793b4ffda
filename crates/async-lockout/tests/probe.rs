//! After a lockout a single `Pass` is out, until one says that all is well.

use async_clock::ManualClock;
use async_lockout::{FifoLockout, Pass};
use futures_lite::future::block_on;
use std::task::{Poll, Waker};
use std::time::Duration;
use testkit::{CountWaker, poll_once};

const SECOND: Duration = Duration::from_secs(1);

fn lockout() -> (FifoLockout<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    let builder = FifoLockout::builder().probe(true).clock(clock.clone());
    (builder.build(), clock)
}

fn lock_out(lockout: &FifoLockout<ManualClock>, clock: &ManualClock) {
    lockout.lock_for(SECOND);
    clock.advance(SECOND);
}

fn acquired<F: Future<Output = Pass<ManualClock>> + Unpin>(future: &mut F) -> Pass<ManualClock> {
    match poll_once(future, Waker::noop()) {
        Poll::Ready(pass) => pass,
        Poll::Pending => panic!("it is its turn"),
    }
}

#[test]
fn without_a_lockout_nobody_probes() {
    let (lockout, _clock) = lockout();
    let passes = [
        lockout.try_acquire().unwrap(),
        lockout.try_acquire().unwrap(),
    ];
    assert!(passes.iter().all(|pass| !pass.is_probe()));
}

#[test]
fn one_pass_is_out_until_ok() {
    let (lockout, clock) = lockout();
    let (_, waker) = CountWaker::new();
    lockout.lock_for(SECOND);
    let mut waiters: Vec<_> = (0..3).map(|_| lockout.acquire()).collect();
    for waiter in &mut waiters {
        assert!(poll_once(waiter, &waker).is_pending());
    }
    clock.advance(SECOND);
    let probe = acquired(&mut waiters[0]);
    assert!(probe.is_probe());
    assert!(poll_once(&mut waiters[1], &waker).is_pending());
    assert!(lockout.try_acquire().unwrap_err().is_queued());
    probe.ok();
    // The queue goes on one by one, and no longer on trial.
    let second = acquired(&mut waiters[1]);
    assert!(!second.is_probe());
    assert!(poll_once(&mut waiters[2], &waker).is_pending());
    drop(second);
    drop(acquired(&mut waiters[2]));
    let both = [
        lockout.try_acquire().unwrap(),
        lockout.try_acquire().unwrap(),
    ];
    assert!(both.iter().all(|pass| !pass.is_probe()));
}

#[test]
fn dropped_without_ok_the_next_one_probes() {
    let (lockout, clock) = lockout();
    let (count, waker) = CountWaker::new();
    lock_out(&lockout, &clock);
    let probe = lockout.try_acquire().unwrap();
    let mut next = lockout.acquire();
    assert!(poll_once(&mut next, &waker).is_pending());
    drop(probe);
    assert_eq!(count.wakes(), 1);
    let next = acquired(&mut next);
    assert!(next.is_probe());
    assert!(lockout.try_acquire().unwrap_err().is_queued());
    drop(next);
    let newcomer = lockout.try_acquire().unwrap();
    assert!(newcomer.is_probe());
    assert!(lockout.try_acquire().is_err());
}

#[test]
fn a_probe_may_lock_again() {
    let (lockout, clock) = lockout();
    let (count, waker) = CountWaker::new();
    lock_out(&lockout, &clock);
    let probe = lockout.try_acquire().unwrap();
    let mut next = lockout.acquire();
    assert!(poll_once(&mut next, &waker).is_pending());
    probe.relock(2 * SECOND);
    assert!(lockout.try_acquire().unwrap_err().is_locked());
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 0);
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 1);
    let next = acquired(&mut next);
    assert!(next.is_probe());
    next.ok();
    drop([
        lockout.try_acquire().unwrap(),
        lockout.try_acquire().unwrap(),
    ]);
}

#[test]
fn the_word_of_a_pass_from_before_the_lockout_does_not_count() {
    let (lockout, clock) = lockout();
    let old = lockout.try_acquire().unwrap();
    lock_out(&lockout, &clock);
    old.ok();
    let probe = lockout.try_acquire().unwrap();
    assert!(probe.is_probe());
    // A second lockout runs out while the first probe is out: its word is out of date, too.
    lock_out(&lockout, &clock);
    assert!(
        lockout.try_acquire().unwrap_err().is_queued(),
        "one at a time"
    );
    probe.ok();
    let probe = lockout.try_acquire().unwrap();
    assert!(probe.is_probe());
    probe.ok();
    assert!(!lockout.try_acquire().unwrap().is_probe());
}

#[test]
fn a_lock_lifted_by_hand_needs_no_probe() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    lockout.clear();
    assert!(!lockout.try_acquire().unwrap().is_probe());
    lockout.tag_for(SECOND).remove();
    assert!(!lockout.try_acquire().unwrap().is_probe());
    // A tag that ran out is a lockout as any other, also if it is removed afterwards.
    let tag = lockout.tag_for(SECOND);
    clock.advance(SECOND);
    tag.remove();
    assert!(lockout.try_acquire().unwrap().is_probe());
}

#[test]
fn clear_ends_the_probing() {
    let (lockout, clock) = lockout();
    lock_out(&lockout, &clock);
    let probe = lockout.try_acquire().unwrap();
    assert!(lockout.try_acquire().is_err());
    lockout.clear();
    let pass = lockout.try_acquire().unwrap();
    assert!(!pass.is_probe());
    // The old probe has no say in the next trial, and still takes its turn.
    lock_out(&lockout, &clock);
    assert!(lockout.try_acquire().unwrap_err().is_queued());
    probe.ok();
    assert!(lockout.try_acquire().unwrap().is_probe());
}

#[test]
fn a_wait_enters_in_its_turn_and_leaves_the_trial_to_the_next() {
    let (lockout, clock) = lockout();
    let (_, waker) = CountWaker::new();
    lock_out(&lockout, &clock);
    block_on(lockout.wait());
    assert_eq!(lockout.try_pass(), Ok(()));
    let probe = lockout.try_acquire().unwrap();
    assert!(probe.is_probe());
    assert!(lockout.try_pass().unwrap_err().is_queued());
    let (mut wait, mut acquire) = (lockout.wait(), lockout.acquire());
    assert!(poll_once(&mut wait, &waker).is_pending());
    assert!(poll_once(&mut acquire, &waker).is_pending());
    drop(probe);
    assert!(poll_once(&mut wait, &waker).is_ready());
    assert!(acquired(&mut acquire).is_probe());
}

#[test]
fn a_dropped_waiter_hands_the_probe_on() {
    let (lockout, clock) = lockout();
    let (_, waker) = CountWaker::new();
    lockout.lock_for(SECOND);
    let (mut first, mut second) = (lockout.acquire(), lockout.acquire());
    assert!(poll_once(&mut first, &waker).is_pending());
    assert!(poll_once(&mut second, &waker).is_pending());
    clock.advance(SECOND);
    drop(first); // granted, not claimed
    assert!(acquired(&mut second).is_probe());
}
