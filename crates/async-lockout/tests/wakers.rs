//! Wakers are foreign code: they may call back, be replaced, and panic.

use async_clock::ManualClock;
use async_lockout::{FifoLockout, Lockout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::{CountWaker, on_wake, panicking, poll_once, within_seconds};

const SECOND: Duration = Duration::from_secs(1);

fn locked() -> (Lockout<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    let lockout = Lockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    (lockout, clock)
}

fn fifo_locked() -> (FifoLockout<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    let lockout = FifoLockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    (lockout, clock)
}

/// Everything that takes the mutex and leaves the lock as it is.
fn touch(lockout: &Lockout<ManualClock>) {
    let _ = lockout.try_pass();
    lockout.tag_for(Duration::ZERO).remove();
    let mut tag = lockout.tag_for(Duration::from_nanos(1));
    tag.extend(Duration::from_nanos(2));
    tag.remove();
    drop(lockout.tag_for(Duration::ZERO));
    let _ = poll_once(&mut lockout.wait(), Waker::noop());
    let _ = format!("{lockout:?}");
}

fn fifo_touch(lockout: &FifoLockout<ManualClock>) {
    drop(lockout.try_acquire());
    lockout.tag_for(Duration::ZERO).remove();
    drop(lockout.tag_for(Duration::ZERO));
    let _ = poll_once(&mut lockout.wait(), Waker::noop());
    let _ = poll_once(&mut lockout.acquire(), Waker::noop());
    let _ = format!("{lockout:?}");
}

#[test]
fn wait_is_clean() {
    Case::new("wait at the end of a lock", || {
        let (lockout, clock) = locked();
        Setup {
            future: lockout.wait_owned(),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || touch(&lockout)),
        }
    })
    .crowd(|| {
        let (lockout, clock) = locked();
        Crowd {
            futures: (0..40).map(|_| lockout.wait_owned()).collect(),
            fire: Box::new(move || clock.advance(SECOND)),
        }
    })
    .fused()
    .check();
}

#[test]
fn wait_is_clean_when_cleared() {
    Case::new("wait, cleared", || {
        let (lockout, _clock) = locked();
        let cleared = lockout.clone();
        Setup {
            future: lockout.wait_owned(),
            fire: Box::new(move || cleared.clear()),
            touch: Arc::new(move || touch(&lockout)),
        }
    })
    .crowd(|| {
        let clock = ManualClock::new();
        let lockout = Lockout::with_clock(clock);
        let tag = lockout.tag_for(Duration::MAX);
        Crowd {
            futures: (0..40).map(|_| lockout.wait_owned()).collect(),
            fire: Box::new(move || tag.remove()),
        }
    })
    .fused()
    .check();
}

#[test]
fn a_borrowed_wait_is_clean() {
    Case::new("wait, borrowed", || {
        let (lockout, clock) = locked();
        let leaked: &'static Lockout<ManualClock> = Box::leak(Box::new(lockout.clone()));
        Setup {
            future: leaked.wait(),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || touch(&lockout)),
        }
    })
    .fused()
    .check();
}

#[test]
fn fifo_wait_is_clean() {
    Case::new("FIFO wait", || {
        let (lockout, clock) = fifo_locked();
        Setup {
            future: lockout.wait_owned(),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || fifo_touch(&lockout)),
        }
    })
    .fused()
    .check();
}

#[test]
fn fifo_acquire_is_clean() {
    Case::new("FIFO acquire", || {
        let (lockout, clock) = fifo_locked();
        Setup {
            future: lockout.acquire_owned(),
            fire: Box::new(move || clock.advance(SECOND)),
            touch: Arc::new(move || fifo_touch(&lockout)),
        }
    })
    .fused()
    .check();
}

#[test]
fn fifo_acquire_behind_a_pass_is_clean() {
    Case::new("FIFO acquire behind a pass", || {
        let (lockout, clock) = fifo_locked();
        let mut ahead = lockout.acquire_owned();
        assert!(poll_once(&mut ahead, Waker::noop()).is_pending());
        let mut behind = lockout.acquire_owned();
        assert!(poll_once(&mut behind, Waker::noop()).is_pending());
        clock.advance(SECOND);
        let pass = futures_lite::future::block_on(ahead);
        Setup {
            future: behind,
            fire: Box::new(move || pass.ok()),
            touch: Arc::new(move || fifo_touch(&lockout)),
        }
    })
    .fused()
    .check();
}

#[test]
fn the_panic_of_the_next_one_does_not_reach_who_is_let_in() {
    let (lockout, clock) = fifo_locked();
    let (_, waker) = CountWaker::new();
    let mut queue: Vec<_> = (0..3).map(|_| lockout.wait()).collect();
    assert!(poll_once(&mut queue[0], &waker).is_pending());
    assert!(poll_once(&mut queue[1], &panicking()).is_pending());
    assert!(poll_once(&mut queue[2], &waker).is_pending());
    clock.advance(SECOND);
    assert!(poll_once(&mut queue[0], &waker).is_ready()); // wakes the second
    assert!(poll_once(&mut queue[1], &waker).is_ready());
    assert!(poll_once(&mut queue[2], &waker).is_ready());
}

#[test]
fn a_pass_dropped_by_a_panic_wakes_a_panicking_waker_without_aborting() {
    let (lockout, clock) = fifo_locked();
    let (_, waker) = CountWaker::new();
    let (mut first, mut second) = (lockout.acquire(), lockout.acquire());
    assert!(poll_once(&mut first, &waker).is_pending());
    assert!(poll_once(&mut second, &panicking()).is_pending());
    clock.advance(SECOND);
    let pass = futures_lite::future::block_on(first);
    let panicked = std::thread::spawn(move || {
        let _pass = pass;
        panic!("the request fails, on purpose");
    });
    assert!(panicked.join().is_err());
    assert!(poll_once(&mut second, &waker).is_ready());
}

#[test]
fn a_panic_of_the_next_one_goes_on_in_ok_and_keeps_the_turn() {
    let (lockout, clock) = fifo_locked();
    let (_, waker) = CountWaker::new();
    let (mut first, mut second) = (lockout.acquire(), lockout.wait());
    assert!(poll_once(&mut first, &waker).is_pending());
    assert!(poll_once(&mut second, &panicking()).is_pending());
    clock.advance(SECOND);
    let pass = futures_lite::future::block_on(first);
    let said = catch_unwind(AssertUnwindSafe(|| pass.ok()));
    assert!(said.is_err(), "the panic goes on");
    assert!(poll_once(&mut second, &waker).is_ready());
}

#[test]
fn a_panic_in_mid_drain_does_not_lose_the_alarm() {
    within_seconds(30, || {
        let (lockout, clock) = locked();
        let locker = lockout.clone();
        let locks_again = on_wake(move || locker.lock_for(SECOND));
        let (count, waker) = CountWaker::new();
        let mut waiters: Vec<_> = (0..40).map(|_| lockout.wait()).collect();
        for (index, wait) in waiters.iter_mut().enumerate() {
            let panics = panicking();
            let waker = match index {
                0 => &panics,
                1 => &locks_again,
                _ => &waker,
            };
            assert!(poll_once(wait, waker).is_pending());
        }
        clock.advance(SECOND);
        assert!(lockout.is_locked());
        assert!(count.wakes() < 38, "the rest is stopped");
        for wait in waiters.iter_mut().take(2) {
            assert!(poll_once(wait, &waker).is_pending());
        }
        clock.advance(SECOND);
        assert!(
            waiters
                .iter_mut()
                .all(|wait| poll_once(wait, &waker).is_ready())
        );
        assert!(count.wakes() >= 38, "all were woken");
    });
}

#[test]
fn a_waker_may_lock_clear_and_wait() {
    within_seconds(30, || {
        let (lockout, clock) = fifo_locked();
        let inner = lockout.clone();
        let busy = testkit::reentrant(move || {
            let tag = inner.tag_for(SECOND);
            let _ = poll_once(&mut inner.wait(), Waker::noop());
            tag.remove();
            let _ = poll_once(&mut inner.acquire(), Waker::noop());
        });
        let (mut first, mut second) = (lockout.wait(), lockout.wait());
        assert!(poll_once(&mut first, &busy).is_pending());
        assert!(poll_once(&mut second, &busy).is_pending());
        clock.advance(SECOND);
        assert!(poll_once(&mut first, &busy).is_ready());
        assert!(poll_once(&mut second, &busy).is_ready());
    });
}
