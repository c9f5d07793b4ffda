//! What other queues get wrong, each as a promise of ours.
//!
//! The names of the crates are those of which the behaviour was seen; `cargo xtask promises` runs
//! the same probes against them.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use async_dual_queue::{Fairness, FifoQueue, PriorityQueue, RecvError, TryRecvError, TrySendError};
use testkit::{CountWaker, Drops, panicking, poll_once, within_seconds};

/// kanal loses the item that it has handed to a receive which is then dropped (kanal#24, #50).
#[test]
fn a_cancelled_receive_loses_no_item() {
    let queue = FifoQueue::bounded(1);
    for n in 0..200 {
        let mut recv = queue.recv();
        assert!(poll_once(&mut recv, Waker::noop()).is_pending());
        queue.try_send(n).unwrap();
        drop(recv);
        assert_eq!(queue.try_recv(), Ok(n));
    }
}

/// And does not wake the next receiver.
#[test]
fn a_cancelled_receive_passes_its_wake_on() {
    let queue = FifoQueue::bounded(1);
    let (count, waker) = CountWaker::new();
    let (mut first, mut second) = (queue.recv(), queue.recv());
    assert!(poll_once(&mut first, Waker::noop()).is_pending());
    assert!(poll_once(&mut second, &waker).is_pending());
    queue.try_send(7).unwrap();
    assert_eq!(count.wakes(), 0);
    drop(first);
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll_once(&mut second, &waker), Poll::Ready(Ok(7)));
}

/// kanal wakes only the first waker of a pending send.
#[test]
fn the_last_waker_is_woken() {
    let queue = FifoQueue::bounded(1);
    queue.try_send(1).unwrap();
    let ((old_count, old), (new_count, new)) = (CountWaker::new(), CountWaker::new());
    let mut send = queue.send(2);
    assert!(poll_once(&mut send, &old).is_pending());
    assert!(poll_once(&mut send, &new).is_pending());
    assert_eq!(queue.try_recv(), Ok(1));
    assert_eq!((old_count.wakes(), new_count.wakes()), (0, 1));
}

/// kanal destroys what is buffered when it is closed.
#[test]
fn close_keeps_what_is_buffered() {
    let queue = FifoQueue::bounded(2);
    queue.try_send(1).unwrap();
    queue.try_send(2).unwrap();
    let mut parked = queue.send(3);
    assert!(poll_once(&mut parked, Waker::noop()).is_pending());
    queue.close();
    assert_eq!([(); 3].map(|()| queue.try_recv()), [Ok(1), Ok(2), Ok(3)]);
    assert_eq!(queue.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(poll_once(&mut parked, Waker::noop()), Poll::Ready(Ok(())));
}

/// flume, loole and kanal say that a rendezvous send has succeeded though nobody took the item.
#[test]
fn rendezvous_completes_only_when_taken() {
    let queue = FifoQueue::rendezvous();
    let mut recv = queue.recv();
    assert!(poll_once(&mut recv, Waker::noop()).is_pending());
    assert_eq!(queue.try_send(1), Err(TrySendError::Full(1)));
    let mut send = queue.send(2);
    assert!(poll_once(&mut send, Waker::noop()).is_pending());
    drop(recv); // woken, and gone
    assert!(poll_once(&mut send, Waker::noop()).is_pending());
    assert_eq!(queue.try_recv(), Ok(2));
    assert_eq!(poll_once(&mut send, Waker::noop()), Poll::Ready(Ok(())));
}

/// A rendezvous send that is cancelled comes back, where kanal loses it.
#[test]
fn a_cancelled_rendezvous_comes_back() {
    let queue = FifoQueue::rendezvous();
    let mut recv = queue.recv();
    assert!(poll_once(&mut recv, Waker::noop()).is_pending());
    let mut send = queue.send(7);
    assert!(poll_once(&mut send, Waker::noop()).is_pending());
    assert_eq!(send.cancel(), Some(7));
    assert!(poll_once(&mut recv, Waker::noop()).is_pending());
    queue.assert_invariants();
}

/// async-priority-channel wakes a hundred receivers for one item; async-channel#57 is alike.
#[test]
fn one_send_wakes_one() {
    let queue = PriorityQueue::unbounded();
    let (count, waker) = CountWaker::new();
    let mut receives: Vec<_> = (0..100).map(|_| queue.recv()).collect();
    for recv in &mut receives {
        assert!(poll_once(recv, &waker).is_pending());
    }
    for sent in 1..=100 {
        queue.try_send(sent, 0).unwrap();
        assert_eq!(count.wakes(), sent);
    }
}

/// kanal#53 spins through a timed wait: 300 ms of processor time in 300 ms.
#[test]
fn a_timed_wait_sleeps() {
    const WAIT: Duration = Duration::from_millis(300);
    let queue = FifoQueue::<u32>::bounded(1);
    let before = cpu_time();
    let begun = Instant::now();
    assert!(queue.recv_blocking_timeout(WAIT).is_err());
    assert!(begun.elapsed() >= WAIT);
    if let (Some(before), Some(after)) = (before, cpu_time()) {
        let spent = after.saturating_sub(before);
        assert!(spent < WAIT / 50, "{spent:?} of processor time");
    }
}

/// The processor time of this thread, where there is procfs.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// async-channel#45, #49: a waiter that is alive and never polled blocks everybody.
#[test]
fn an_unpolled_sender_holds_nobody_up() {
    let queue = FifoQueue::bounded(1);
    queue.try_send(1).unwrap();
    let mut idle = queue.send(2);
    assert!(poll_once(&mut idle, Waker::noop()).is_pending());
    assert_eq!(queue.try_recv(), Ok(1)); // admits 2, and wakes `idle`, which nobody polls
    assert_eq!(queue.try_recv(), Ok(2));
    queue.try_send(3).unwrap();
    assert_eq!(queue.try_recv(), Ok(3));
}

/// Nor does a receiver that was woken and is not polled, unless strictness is asked for.
#[test]
fn an_unpolled_receiver_holds_nobody_up() {
    for fairness in [Fairness::WorkConserving, Fairness::Strict] {
        let queue = FifoQueue::bounded(1).with_fairness(fairness);
        let mut idle = queue.recv();
        assert!(poll_once(&mut idle, Waker::noop()).is_pending());
        queue.try_send(1).unwrap();
        let newcomer = queue.try_recv();
        assert_eq!(newcomer.is_ok(), fairness == Fairness::WorkConserving);
        if fairness == Fairness::Strict {
            std::mem::forget(idle); // keeps the item, as documented
            assert_eq!(queue.drain(), [1]);
        }
    }
}

/// A send that is forgotten while it waits is delivered all the same.
#[test]
fn a_forgotten_send_is_delivered() {
    let queue = FifoQueue::bounded(1);
    queue.try_send(1).unwrap();
    let mut send = queue.send(2);
    assert!(poll_once(&mut send, Waker::noop()).is_pending());
    std::mem::forget(send);
    assert_eq!([queue.try_recv(), queue.try_recv()], [Ok(1), Ok(2)]);
}

/// async-channel#87: a cancelled send loses its value.
#[test]
fn cancel_returns_the_item() {
    let queue = PriorityQueue::bounded(1);
    queue.try_send("first", 5).unwrap();
    let mut parked = queue.send("second", 1);
    assert!(poll_once(&mut parked, Waker::noop()).is_pending());
    assert!(parked.is_parked());
    assert_eq!(parked.cancel(), Some(("second", 1)));
    assert_eq!(
        queue.send("never polled", 3).cancel(),
        Some(("never polled", 3))
    );
    assert_eq!(queue.drain(), [("first", 5)]);
}

/// crossfire leaks the item of a send that is dropped before it is polled.
#[test]
fn every_item_is_dropped_once() {
    let drops = Drops::new();
    {
        let (sender, receiver) = FifoQueue::bounded(1).into_channel();
        drop(sender.send(drops.item())); // not polled
        sender.try_send(drops.item()).unwrap();
        let mut parked = sender.send(drops.item());
        assert!(poll_once(&mut parked, Waker::noop()).is_pending());
        drop(receiver);
        assert_eq!(drops.live(), 1); // the parked one, which comes back
        let Poll::Ready(Err(error)) = poll_once(&mut parked, Waker::noop()) else {
            panic!("the last receiver is gone");
        };
        drop(error);
        assert_eq!(drops.live(), 0);
    }
    assert_eq!(drops.dropped(), 3);
}

/// An early form of this design: two receivers wait, and the second of two items was parked; it
/// moved into the buffer and woke nobody.
#[test]
fn a_parked_item_wakes_the_second_receiver() {
    let queue = FifoQueue::bounded(1);
    let ((first_count, first), (second_count, second)) = (CountWaker::new(), CountWaker::new());
    let (mut one, mut two) = (queue.recv(), queue.recv());
    assert!(poll_once(&mut one, &first).is_pending());
    assert!(poll_once(&mut two, &second).is_pending());
    queue.try_send(1).unwrap();
    let mut parked = queue.send(2);
    assert!(poll_once(&mut parked, Waker::noop()).is_pending());
    assert_eq!((first_count.wakes(), second_count.wakes()), (1, 1));
    assert_eq!(poll_once(&mut one, &first), Poll::Ready(Ok(1)));
    assert_eq!(poll_once(&mut two, &second), Poll::Ready(Ok(2)));
}

/// loole drops the item of a cancelled send under its lock; so may not we.
#[test]
fn a_dropped_item_may_call_back() {
    struct CallsBack(Arc<FifoQueue<Self>>);
    impl Drop for CallsBack {
        fn drop(&mut self) {
            let _ = self.0.len();
            let _ = self.0.is_closed();
            let _ = self.0.try_recv();
        }
    }

    within_seconds(10, || {
        let queue = Arc::new(FifoQueue::bounded(1));
        let item = || CallsBack(Arc::clone(&queue));
        queue.try_send(item()).ok().unwrap();
        let mut send = queue.send(item());
        assert!(poll_once(&mut send, Waker::noop()).is_pending());
        drop(send);
        drop(queue.force_send(item()));
        queue.try_send(item()).ok();
        assert!(queue.clear() <= 1);
        queue.try_send(item()).ok().unwrap();
        drop(queue.close_now());
    });
}

/// The Python original: a waker that panics keeps nobody else from being woken at the end.
#[test]
fn a_panicking_waker_harms_nobody_else() {
    let queue = FifoQueue::<u32>::bounded(1);
    let (count, waker) = CountWaker::new();
    let (mut one, mut two, mut three) = (queue.recv(), queue.recv(), queue.recv());
    assert!(poll_once(&mut one, &waker).is_pending());
    assert!(poll_once(&mut two, &panicking()).is_pending());
    assert!(poll_once(&mut three, &waker).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| queue.close())).is_err());
    assert_eq!(count.wakes(), 2);
    assert_eq!(poll_once(&mut three, &waker), Poll::Ready(Err(RecvError)));
}

/// A comparison that panics leaves the queue whole and unlocked.
#[test]
fn a_panicking_order_leaves_the_queue_whole() {
    #[derive(PartialEq, Eq)]
    struct Fragile(u8);
    impl PartialOrd for Fragile {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Fragile {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            assert!(self.0 != 13 && other.0 != 13, "on purpose");
            self.0.cmp(&other.0)
        }
    }

    within_seconds(10, || {
        let queue = PriorityQueue::bounded(3);
        for n in [5, 1, 3] {
            queue.try_send(n, Fragile(n)).unwrap();
        }
        let mut parked = queue.send(4, Fragile(4));
        assert!(poll_once(&mut parked, Waker::noop()).is_pending());
        let unlucky = catch_unwind(AssertUnwindSafe(|| {
            queue.force_send(13, Fragile(13)).is_ok()
        }));
        assert!(unlucky.is_err());
        let mut unlucky = queue.send(13, Fragile(13));
        let polled = catch_unwind(AssertUnwindSafe(|| poll_once(&mut unlucky, Waker::noop())));
        assert!(polled.is_err());
        queue.assert_invariants();
        assert!(queue.try_iter().eq([1, 3, 4, 5]));
    });
}

/// Deadlines in the past and past every clock.
#[test]
fn extreme_deadlines() {
    let queue = FifoQueue::bounded(1);
    let past = Instant::now().checked_sub(Duration::from_secs(1));
    let past = past.unwrap_or_else(Instant::now);
    assert!(queue.recv_blocking_deadline(past).unwrap_err().is_timeout());
    queue.try_send(1).unwrap();
    assert!(
        queue
            .send_blocking_deadline(2, past)
            .unwrap_err()
            .is_timeout()
    );
    assert_eq!(queue.recv_blocking_deadline(past), Ok(1));
    thread::scope(|scope| {
        let receives = scope.spawn(|| queue.recv_blocking_timeout(Duration::MAX));
        queue.send_blocking_timeout(3, Duration::MAX).unwrap();
        assert_eq!(receives.join().unwrap(), Ok(3));
    });
    assert!(
        queue
            .recv_blocking_timeout(Duration::ZERO)
            .unwrap_err()
            .is_timeout()
    );
    let max = NonZeroUsize::MAX;
    let nothing = queue.recv_many_blocking_timeout(&mut Vec::new(), max, Duration::ZERO);
    assert!(nothing.unwrap_err().is_timeout());
}

/// Threads that wait on both sides of a rendezvous, for many rounds.
#[test]
fn a_rendezvous_of_threads_never_sleeps_on() {
    within_seconds(20, || {
        let queue = FifoQueue::rendezvous();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..5_000).for_each(|n| queue.send_blocking(n).unwrap()));
            }
            let sums = [(); 2].map(|()| {
                scope.spawn(|| {
                    (0..5_000)
                        .map(|_| queue.recv_blocking().unwrap())
                        .sum::<u64>()
                })
            });
            let sum: u64 = sums.map(|sum| sum.join().unwrap()).iter().sum();
            assert_eq!(sum, 2 * (0..5_000).sum::<u64>());
        });
    });
}
