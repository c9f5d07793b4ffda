//! What goes wrong in the FIFO lockout of the Python library this crate follows.
//!
//! There, a waiter was released by another holder's exit only, so that one which waited alone hung
//! for ever; a cancelled acquirer swallowed the cancellation and ran the protected body; and
//! locking needed a running event loop.

use async_clock::{ClockExt, ManualClock};
use async_lockout::{FifoLockout, Lockout};
use futures_lite::future::block_on;
use std::cell::Cell;
use std::pin::pin;
use std::thread;
use std::time::Duration;
use testkit::{CountWaker, poll_once, poll_pinned};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_lone_waiter_is_released_at_the_deadline() {
    let clock = ManualClock::new();
    let lockout = FifoLockout::with_clock(clock.clone());
    let (count, waker) = CountWaker::new();
    lockout.lock_for(SECOND);
    let mut acquire = lockout.acquire();
    assert!(poll_once(&mut acquire, &waker).is_pending());
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut acquire, &waker).is_ready());
}

#[test]
fn a_cancelled_waiter_never_enters() {
    let clock = ManualClock::new();
    let lockout = FifoLockout::with_clock(clock.clone());
    let entered = Cell::new(0);
    let body = || async {
        let pass = lockout.acquire().await;
        entered.set(entered.get() + 1);
        drop(pass);
    };
    lockout.lock_for(2 * SECOND);

    // Timed out while it waits, and dropped when its turn has come.
    let timed_out = clock.timeout(SECOND, body());
    assert!(block_on(clock.drive(timed_out)).is_err());
    {
        let mut dropped = pin!(body());
        let (count, waker) = CountWaker::new();
        assert!(poll_pinned(dropped.as_mut(), &waker).is_pending());
        clock.advance(SECOND);
        assert_eq!(count.wakes(), 1);
    }
    assert_eq!(entered.get(), 0);
    block_on(body());
    assert_eq!(entered.get(), 1);
}

#[test]
fn locking_needs_no_executor() {
    let lockout = Lockout::new();
    let fifo = FifoLockout::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                lockout.lock_for(60 * SECOND);
                lockout.tag_for(60 * SECOND).remove();
                fifo.lock_for(60 * SECOND);
            });
        }
    });
    assert!(lockout.is_locked() && fifo.is_locked());
}
