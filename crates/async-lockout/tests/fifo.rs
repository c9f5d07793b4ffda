//! First come, first served: order, slow start, and what stops it.

use async_clock::{ClockExt, ManualClock};
use async_lockout::{FifoLockout, Pass, TryAcquireError};
use futures_lite::future::block_on;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;
use testkit::{CountWaker, poll_once};

const SECOND: Duration = Duration::from_secs(1);

fn lockout() -> (FifoLockout<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    (FifoLockout::with_clock(clock.clone()), clock)
}

/// Futures that wait, in the order of their first polls.
struct Queue<F> {
    waiting: Vec<Option<F>>,
    wakers: Vec<(Arc<CountWaker>, Waker)>,
}

impl<F: Future + Unpin> Queue<F> {
    fn of(futures: impl IntoIterator<Item = F>) -> Self {
        let waiting: Vec<_> = futures.into_iter().map(Some).collect();
        let wakers = waiting.iter().map(|_| CountWaker::new()).collect();
        let mut queue = Self { waiting, wakers };
        for index in 0..queue.waiting.len() {
            assert!(queue.poll(index).is_pending());
        }
        queue
    }

    fn poll(&mut self, index: usize) -> Poll<F::Output> {
        let future = self.waiting[index].as_mut().expect("it waits");
        let polled = poll_once(future, &self.wakers[index].1);
        if polled.is_ready() {
            self.waiting[index] = None;
        }
        polled
    }

    /// Polls all, last first: whoever could overtake would.
    fn entering(&mut self) -> Vec<(usize, F::Output)> {
        let mut entered = Vec::new();
        for index in (0..self.waiting.len()).rev() {
            if self.waiting[index].is_some() {
                if let Poll::Ready(output) = self.poll(index) {
                    entered.push((index, output));
                }
            }
        }
        entered
    }

    fn woken(&self) -> Vec<usize> {
        let wakes = self.wakers.iter().map(|(count, _)| count.wakes());
        let woken = wakes.enumerate().filter(|(_, wakes)| *wakes > 0);
        woken.map(|(index, _)| index).collect()
    }
}

#[test]
fn entry_is_free_while_there_is_no_lock() {
    let (lockout, _clock) = lockout();
    assert_eq!(lockout.try_pass(), Ok(()));
    let passes: Vec<Pass<_>> = (0..5).map(|_| lockout.try_acquire().unwrap()).collect();
    block_on(lockout.wait());
    block_on(lockout.acquire()).ok();
    assert!(passes.iter().all(|pass| !pass.is_probe()));
}

#[test]
fn wait_admits_the_next_when_the_one_before_has_claimed() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of((0..5).map(|_| lockout.wait()));
    clock.advance(SECOND);
    for next in 0..5 {
        assert_eq!(queue.woken(), (0..=next).collect::<Vec<_>>());
        let entered: Vec<_> = queue
            .entering()
            .into_iter()
            .map(|(index, ())| index)
            .collect();
        assert_eq!(entered, [next], "one at a time, in order");
    }
    assert!(queue.wakers.iter().all(|(count, _)| count.wakes() == 1));
    assert_eq!(lockout.try_pass(), Ok(()));
}

#[test]
fn acquire_admits_the_next_when_the_pass_before_is_dropped() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of((0..5).map(|_| lockout.acquire()));
    clock.advance(SECOND);
    for next in 0..5 {
        assert_eq!(queue.woken(), (0..=next).collect::<Vec<_>>());
        let mut entered = queue.entering();
        assert_eq!(entered.len(), 1);
        let (index, pass) = entered.remove(0);
        assert_eq!(index, next);
        assert!(queue.entering().is_empty(), "a pass is out");
        if next % 2 == 0 {
            pass.ok();
        } else {
            drop(pass);
        }
    }
}

#[test]
fn waits_and_acquires_stand_in_one_queue() {
    let (lockout, clock) = lockout();
    let (_, waker) = CountWaker::new();
    lockout.lock_for(SECOND);
    let (mut a, mut b, mut c) = (lockout.acquire(), lockout.wait(), lockout.acquire());
    assert!(poll_once(&mut a, &waker).is_pending());
    assert!(poll_once(&mut b, &waker).is_pending());
    assert!(poll_once(&mut c, &waker).is_pending());
    clock.advance(SECOND);
    assert!(poll_once(&mut b, &waker).is_pending());
    let Poll::Ready(first) = poll_once(&mut a, &waker) else {
        panic!("the first is admitted");
    };
    assert!(poll_once(&mut b, &waker).is_pending());
    drop(first);
    assert!(poll_once(&mut c, &waker).is_pending());
    assert!(poll_once(&mut b, &waker).is_ready());
    assert!(poll_once(&mut c, &waker).is_ready());
}

#[test]
fn newcomers_go_behind_the_queue() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of((0..2).map(|_| lockout.acquire()));
    clock.advance(SECOND);
    // The first is granted and has not claimed; then it is in and the second waits.
    assert_eq!(lockout.try_acquire().unwrap_err(), TryAcquireError::Queued);
    assert_eq!(lockout.try_pass(), Err(TryAcquireError::Queued));
    let mut newcomer = Queue::of([lockout.acquire()]);
    let (_, first) = queue.entering().remove(0);
    assert_eq!(lockout.try_pass(), Err(TryAcquireError::Queued));
    drop(first);
    assert!(
        newcomer.entering().is_empty(),
        "the second of the queue goes first"
    );
    drop(queue.entering());
    assert_eq!(newcomer.entering().len(), 1);
}

#[test]
fn once_the_queue_is_empty_entry_is_free() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of([lockout.acquire()]);
    clock.advance(SECOND);
    let last = queue.entering();
    assert_eq!(last.len(), 1);
    // The last of the queue is still in, and holds nobody up.
    let pass = lockout.try_acquire().unwrap();
    block_on(lockout.wait());
    drop((pass, last));
}

#[test]
fn a_lock_in_mid_drain_admits_exactly_those_who_have_claimed() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of((0..6).map(|_| lockout.wait()));
    clock.advance(SECOND);
    assert_eq!(queue.entering().len(), 1);
    assert_eq!(queue.entering().len(), 1);
    lockout.lock_for(SECOND); // the second 429; number 2 has been woken
    assert_eq!(queue.woken(), [0, 1, 2]);
    assert!(queue.entering().is_empty());
    clock.advance(SECOND);
    for next in 2..6 {
        assert_eq!(queue.entering(), [(next, ())], "the places are kept");
    }
}

#[test]
fn a_lock_imposed_by_a_pass_stops_the_rest() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of((0..3).map(|_| lockout.acquire()));
    clock.advance(SECOND);
    let (_, pass) = queue.entering().remove(0);
    pass.relock(2 * SECOND);
    assert_eq!(queue.woken(), [0]);
    clock.advance(SECOND);
    assert!(queue.entering().is_empty());
    clock.advance(SECOND);
    assert_eq!(queue.woken(), [0, 1]);
    let (index, pass) = queue.entering().remove(0);
    assert_eq!(index, 1);
    drop(pass);
    assert_eq!(queue.entering().len(), 1);
}

#[test]
fn a_pass_from_before_the_lock_holds_its_queue_up_and_no_other() {
    let (lockout, clock) = lockout();
    let free = lockout.try_acquire().unwrap(); // without waiting: nobody waits for it
    lockout.lock_for(SECOND);
    let mut queue = Queue::of([lockout.acquire(), lockout.acquire()]);
    clock.advance(SECOND);
    let (_, slow) = queue.entering().remove(0);
    lockout.lock_for(SECOND);
    clock.advance(SECOND);
    assert!(
        queue.entering().is_empty(),
        "the pass of the queue is still out"
    );
    drop(slow);
    assert_eq!(queue.entering().len(), 1);
    drop(free);
}

#[test]
fn shortening_admits_early_and_one_at_a_time() {
    let (lockout, _clock) = lockout();
    lockout.lock_for(9 * SECOND);
    let mut queue = Queue::of((0..3).map(|_| lockout.wait()));
    lockout.clear();
    assert_eq!(queue.woken(), [0]);
    for next in 0..3 {
        assert_eq!(queue.entering(), [(next, ())]);
    }

    let tag = lockout.tag_for(9 * SECOND);
    let mut queue = Queue::of((0..2).map(|_| lockout.wait()));
    tag.remove();
    assert_eq!(queue.entering(), [(0, ())]);
    assert_eq!(queue.entering(), [(1, ())]);
}

#[test]
fn a_longer_lock_wakes_nobody_at_the_old_end() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of([lockout.wait()]);
    lockout.lock_for(3 * SECOND);
    clock.advance(2 * SECOND);
    assert!(queue.woken().is_empty());
    clock.advance(SECOND);
    assert_eq!(queue.entering(), [(0, ())]);
}

#[test]
fn errors_tell_a_lock_from_a_queue() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of([lockout.wait()]);
    let locked = lockout.try_acquire().unwrap_err();
    assert!(locked.is_locked() && !locked.is_queued());
    assert_eq!(locked.to_string(), "locked for another 1s");
    clock.advance(SECOND);
    let queued = lockout.try_acquire().unwrap_err();
    assert!(queued.is_queued() && !queued.is_locked());
    assert_eq!(queued.to_string(), "others go first");
    assert_eq!(queue.entering(), [(0, ())]);
}

#[test]
fn deadlines_come_from_the_clock() {
    let (lockout, clock) = lockout();
    lockout.lock_for(5 * SECOND);
    let early = clock.timeout(4 * SECOND, lockout.acquire());
    assert!(block_on(clock.drive(early)).is_err());
    let just = clock.timeout(SECOND, lockout.acquire());
    assert!(
        block_on(clock.drive(just)).is_ok(),
        "a turn that comes just then counts"
    );
}

#[test]
fn a_pass_outlives_the_handle_and_moves_to_other_threads() {
    let (lockout, clock) = lockout();
    lockout.lock_for(SECOND);
    let mut queue = Queue::of([lockout.acquire_owned(), lockout.acquire_owned()]);
    drop(lockout);
    clock.advance(SECOND);
    let (_, pass) = queue.entering().remove(0);
    std::thread::spawn(move || drop(pass)).join().unwrap();
    assert_eq!(queue.entering().len(), 1);
}
