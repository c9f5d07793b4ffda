//! The words, the mutex and the alarm under every interleaving of a few threads.
//!
//! To see the models bite, break the code by hand:
//!
//! | change | what fails |
//! |---|---|
//! | `plain` is loaded before `tagged` | `a_plain_lock_and_the_removal_of_a_tag_leave_no_gap` |
//! | `tagged` is loaded or stored relaxed | the same |
//! | `plain` is forgotten while a tag is in force | `a_lock_that_runs_out_under_a_tag_leaves_no_gap` |
//! | the clock is read after the words | the same |
//! | `plain` is forgotten by a store | `forgetting_an_expired_lock_forgets_no_new_one` |
//! | `line` is set after the words are lowered | `of_two_newcomers_after_a_lockout_one_probes` |
//! | `plain` is loaded relaxed | the same |
//! | a dropped tag is forgotten | `a_tag_that_is_dropped_is_in_force_all_the_time` |
//! | the alarm does not wish anew for a longer lock | `a_waiter_a_longer_lock_and_the_end_of_the_first` |
//! | a dropped waiter keeps its turn | `a_waiter_that_is_dropped_hands_its_turn_on` |
//! | one that is locked again keeps its turn | `a_lock_between_grant_and_claim_keeps_the_place` |
#![cfg(loom)]

use async_lockout::{FifoLockout, Lockout};
use loom::future::block_on;
use loom::thread;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;
use testkit::ModelledClock;

const NANO: Duration = Duration::from_nanos(1);

fn poll<F: Future + Unpin>(future: &mut F) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    pin!(future).poll(&mut cx).is_ready()
}

#[test]
fn a_plain_lock_and_the_removal_of_a_tag_leave_no_gap() {
    loom::model(|| {
        let lockout = Lockout::with_clock(ModelledClock::new());
        let tag = lockout.tag_for(Duration::MAX);
        let other = lockout.clone();
        let thread = thread::spawn(move || {
            other.lock_for(NANO);
            tag.remove();
        });
        assert!(lockout.try_pass().is_err());
        thread.join().unwrap();
        assert!(lockout.is_locked());
    });
}

#[test]
fn a_plain_lock_and_the_removal_of_a_tag_let_no_waiter_through() {
    loom::model(|| {
        let lockout = Lockout::with_clock(ModelledClock::new());
        let tag = lockout.tag_for(Duration::MAX);
        let other = lockout.clone();
        let thread = thread::spawn(move || {
            other.lock_for(NANO);
            tag.remove();
        });
        let mut wait = lockout.wait();
        assert!(!poll(&mut wait));
        assert!(!poll(&mut wait));
        thread.join().unwrap();
    });
}

#[test]
fn a_lock_that_runs_out_under_a_tag_leaves_no_gap() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(NANO);
        let other = lockout.clone();
        let thread = thread::spawn(move || {
            let tag = other.tag_for(2 * NANO);
            clock.advance(NANO);
            // Takes note of the lock that has run out.
            assert!(!poll(&mut other.wait()));
            tag
        });
        assert!(lockout.try_pass().is_err());
        drop(thread.join().unwrap());
    });
}

#[test]
fn a_tag_that_is_dropped_is_in_force_all_the_time() {
    loom::model(|| {
        let lockout = Lockout::with_clock(ModelledClock::new());
        let (tag, other) = (lockout.tag_for(2 * NANO), lockout.tag_for(NANO));
        let thread = thread::spawn(move || {
            drop(tag);
            other.remove();
        });
        assert!(lockout.try_pass().is_err());
        thread.join().unwrap();
        assert!(lockout.is_locked());
    });
}

#[test]
fn forgetting_an_expired_lock_forgets_no_new_one() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(NANO);
        clock.advance(NANO);
        let other = lockout.clone();
        let thread = thread::spawn(move || other.try_pass().is_ok());
        lockout.lock_for(NANO);
        assert!(lockout.is_locked());
        thread.join().unwrap();
        assert!(lockout.is_locked());
    });
}

#[test]
fn a_waiter_and_the_end_of_its_lock() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(NANO);
        let thread = thread::spawn(move || clock.advance(NANO));
        block_on(lockout.wait());
        assert!(!lockout.is_locked());
        thread.join().unwrap();
    });
}

#[test]
fn a_waiter_and_a_clear() {
    loom::model(|| {
        let lockout = Lockout::with_clock(ModelledClock::new());
        lockout.lock_for(Duration::MAX);
        let other = lockout.clone();
        let thread = thread::spawn(move || other.clear());
        block_on(lockout.wait());
        thread.join().unwrap();
    });
}

#[test]
fn a_waiter_and_a_removed_tag_over_a_lock_that_runs_out() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(NANO);
        let tag = lockout.tag_for(Duration::MAX);
        let thread = thread::spawn(move || {
            tag.remove();
            clock.advance(NANO);
        });
        block_on(lockout.wait());
        thread.join().unwrap();
    });
}

#[test]
fn a_waiter_a_longer_lock_and_the_end_of_the_first() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = Lockout::with_clock(clock.clone());
        lockout.lock_for(NANO);
        let other = lockout.clone();
        let thread = thread::spawn(move || {
            other.lock_for(2 * NANO);
            clock.advance(NANO);
            clock.advance(NANO);
        });
        block_on(lockout.wait());
        thread.join().unwrap();
    });
}

#[test]
fn two_in_line_hand_the_turn_on() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = FifoLockout::with_clock(clock.clone());
        lockout.lock_for(NANO);
        let mut first = lockout.acquire_owned();
        assert!(!poll(&mut first));
        let thread = thread::spawn(move || drop(block_on(first)));
        let mut second = lockout.acquire();
        let early = poll(&mut second);
        clock.advance(NANO);
        if !early {
            drop(block_on(second));
        }
        thread.join().unwrap();
    });
}

#[test]
fn a_waiter_that_is_dropped_hands_its_turn_on() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = FifoLockout::with_clock(clock.clone());
        lockout.lock_for(NANO);
        let (mut first, mut second) = (lockout.wait_owned(), lockout.wait_owned());
        assert!(!poll(&mut first));
        assert!(!poll(&mut second));
        let thread = thread::spawn(move || drop(first)); // waiting or granted
        clock.advance(NANO);
        block_on(second);
        thread.join().unwrap();
    });
}

#[test]
fn a_lock_between_grant_and_claim_keeps_the_place() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = FifoLockout::with_clock(clock.clone());
        lockout.lock_for(NANO);
        let mut wait = lockout.wait_owned();
        assert!(!poll(&mut wait));
        clock.advance(NANO); // granted
        let other = lockout.clone();
        let thread = thread::spawn(move || {
            other.lock_for(NANO);
            clock.advance(NANO);
        });
        block_on(wait);
        thread.join().unwrap();
        assert!(lockout.try_pass().is_ok());
    });
}

#[test]
fn of_two_newcomers_after_a_lockout_one_probes() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = FifoLockout::builder()
            .probe(true)
            .clock(clock.clone())
            .build();
        lockout.lock_for(NANO);
        clock.advance(NANO);
        let other = lockout.clone();
        let thread = thread::spawn(move || other.try_acquire());
        let (mine, theirs) = (lockout.try_acquire(), thread.join().unwrap());
        assert_eq!(
            u32::from(mine.is_ok()) + u32::from(theirs.is_ok()),
            1,
            "one pass at a time"
        );
    });
}

#[test]
fn a_probe_that_ends_lets_a_newcomer_in() {
    loom::model(|| {
        let clock = ModelledClock::new();
        let lockout = FifoLockout::builder()
            .probe(true)
            .clock(clock.clone())
            .build();
        lockout.lock_for(NANO);
        clock.advance(NANO);
        let probe = lockout.try_acquire().unwrap();
        let thread = thread::spawn(move || probe.ok());
        drop(block_on(lockout.acquire()));
        thread.join().unwrap();
    });
}
