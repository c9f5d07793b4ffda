//! Whatever is dropped, at whatever moment, the next one gets in.

use async_clock::ManualClock;
use async_lockout::{FifoLockout, Lockout};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;
use testkit::{CountWaker, drop_after_each_poll, poll_once};

const SECOND: Duration = Duration::from_secs(1);

struct World {
    clock: ManualClock,
    behind: async_lockout::WaitOwned<ManualClock>,
    count: Arc<CountWaker>,
    waker: Waker,
}

impl World {
    /// The one behind gets in once the lock has ended.
    fn next_gets_in(mut self, polls: usize) {
        self.clock.advance(10 * SECOND);
        assert!(
            self.count.wakes() > 0,
            "after {polls} polls nobody woke the next"
        );
        let polled = poll_once(&mut self.behind, &self.waker);
        assert!(
            polled.is_ready(),
            "after {polls} polls the next does not get in"
        );
    }
}

/// A future of `make`, polled once so that it is ahead, and one `behind` it.
fn both<F: Future + Unpin>(
    make: impl Fn(&FifoLockout<ManualClock>) -> F,
) -> impl FnMut() -> (F, World) {
    move || {
        let clock = ManualClock::new();
        let lockout = FifoLockout::builder().clock(clock.clone()).build();
        lockout.lock_for(SECOND);
        let mut ahead = make(&lockout);
        assert!(poll_once(&mut ahead, Waker::noop()).is_pending());
        let mut behind = lockout.wait_owned();
        let (count, waker) = CountWaker::new();
        assert!(poll_once(&mut behind, &waker).is_pending());
        let world = World {
            clock,
            behind,
            count,
            waker,
        };
        (ahead, world)
    }
}

#[test]
fn a_wait_dropped_after_any_poll_hands_its_turn_on() {
    let completed = drop_after_each_poll(
        5,
        both(FifoLockout::wait_owned),
        |world| world.clock.advance(SECOND / 2),
        World::next_gets_in,
    );
    assert_eq!(completed, Some(3));
}

#[test]
fn an_acquire_dropped_after_any_poll_hands_its_turn_on() {
    let completed = drop_after_each_poll(
        5,
        both(FifoLockout::acquire_owned),
        |world| world.clock.advance(SECOND / 2),
        World::next_gets_in,
    );
    assert_eq!(completed, Some(3));
}

#[test]
fn a_granted_and_unpolled_waiter_hands_its_turn_on() {
    let clock = ManualClock::new();
    let lockout = FifoLockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    let mut waiters: Vec<_> = (0..20)
        .map(|_| {
            let mut acquire = lockout.acquire_owned();
            let (count, waker) = CountWaker::new();
            assert!(poll_once(&mut acquire, &waker).is_pending());
            (acquire, count)
        })
        .collect();
    clock.advance(SECOND);
    while !waiters.is_empty() {
        assert_eq!(waiters[0].1.wakes(), 1);
        assert!(waiters[1..].iter().all(|(_, count)| count.wakes() == 0));
        drop(waiters.remove(0));
    }
    assert_eq!(lockout.try_pass(), Ok(()), "the queue is empty");
}

#[test]
fn a_turn_given_up_under_a_new_lock_is_taken_after_it() {
    let clock = ManualClock::new();
    let lockout = FifoLockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    let (count, waker) = CountWaker::new();
    let (mut first, mut second) = (lockout.wait(), lockout.wait());
    assert!(poll_once(&mut first, Waker::noop()).is_pending());
    assert!(poll_once(&mut second, &waker).is_pending());
    clock.advance(SECOND); // grants the first
    lockout.lock_for(SECOND);
    drop(first);
    assert_eq!(count.wakes(), 0);
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut second, &waker).is_ready());
}

#[test]
fn waiters_dropped_from_the_middle_leave_the_order_as_it_is() {
    let clock = ManualClock::new();
    let lockout = FifoLockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    let mut waiters: Vec<_> = (0..9).map(|number| (number, lockout.wait())).collect();
    for (_, wait) in &mut waiters {
        assert!(poll_once(wait, Waker::noop()).is_pending());
    }
    waiters.retain(|(number, _)| number % 3 == 1);
    clock.advance(SECOND);
    let mut entered = Vec::new();
    while !waiters.is_empty() {
        let before = waiters.len();
        waiters.retain_mut(|(number, wait)| {
            let ready = poll_once(wait, Waker::noop()).is_ready();
            entered.extend(ready.then_some(*number));
            !ready
        });
        assert!(waiters.len() < before, "{} are stuck", waiters.len());
    }
    assert_eq!(entered, [1, 4, 7]);
}

#[test]
fn cancelled_waiters_leave_no_timer_that_matters() {
    let clock = ManualClock::new();
    let lockout = Lockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    let (count, waker) = CountWaker::new();
    for _ in 0..100 {
        let mut wait = lockout.wait();
        assert!(poll_once(&mut wait, &waker).is_pending());
    }
    assert_eq!(clock.pending(), 1, "one timer for all of them");
    clock.advance(SECOND);
    assert_eq!((count.wakes(), clock.pending()), (0, 0));
}

#[test]
fn a_future_dropped_before_its_first_poll_was_never_there() {
    let clock = ManualClock::new();
    let lockout = FifoLockout::with_clock(clock.clone());
    lockout.lock_for(SECOND);
    drop((lockout.wait(), lockout.acquire(), lockout.wait_owned()));
    assert_eq!(clock.pending(), 0);
    clock.advance(SECOND);
    assert_eq!(lockout.try_pass(), Ok(()));
}
