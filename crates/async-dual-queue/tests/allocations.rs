//! What is allocated: nothing on the way, and nothing that stays.

use std::num::NonZeroUsize;
use std::task::{Poll, Waker};

use async_dual_queue::{FifoQueue, LifoQueue, PriorityQueue, Queue, Unranked};
use testkit::{CountingAllocator, Drops, count_allocations, poll_once};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

/// A try, an await and a blocking pair, none of which has to wait.
fn exchange<O: Unranked>(queue: &Queue<u64, O>) {
    assert!(queue.try_send(1).is_ok());
    assert_eq!(queue.try_recv(), Ok(1));
    assert!(poll_once(&mut queue.send(2), Waker::noop()).is_ready());
    assert_eq!(
        poll_once(&mut queue.recv(), Waker::noop()),
        Poll::Ready(Ok(2))
    );
    assert!(queue.send_blocking(3).is_ok());
    assert_eq!(queue.recv_blocking(), Ok(3));
}

/// A receive that waits for a send, and a send that waits for a receive.
fn exchange_waiting<O: Unranked>(queue: &Queue<u64, O>) {
    let mut recv = queue.recv();
    assert!(poll_once(&mut recv, Waker::noop()).is_pending());
    assert!(queue.try_send(1).is_ok());
    assert_eq!(poll_once(&mut recv, Waker::noop()), Poll::Ready(Ok(1)));
    let capacity = queue.capacity().expect("a limit");
    for _ in 0..capacity {
        assert!(queue.try_send(2).is_ok());
    }
    let mut send = queue.send(3);
    assert!(poll_once(&mut send, Waker::noop()).is_pending());
    assert!(queue.try_recv().is_ok());
    assert!(poll_once(&mut send, Waker::noop()).is_ready());
    for _ in 0..capacity {
        assert!(queue.try_recv().is_ok());
    }
}

fn exchange_ranked(queue: &PriorityQueue<u64, u8>) {
    assert!(queue.try_send(1, 1).is_ok());
    assert_eq!(queue.try_recv(), Ok(1));
    assert!(poll_once(&mut queue.send(2, 2), Waker::noop()).is_ready());
    let received = poll_once(&mut queue.recv_with_priority(), Waker::noop());
    assert_eq!(received, Poll::Ready(Ok((2, 2))));
    assert!(queue.send_blocking(3, 3).is_ok());
    assert_eq!(queue.recv_blocking(), Ok(3));
}

fn exchange_ranked_waiting(queue: &PriorityQueue<u64, u8>) {
    let mut recv = queue.recv();
    assert!(poll_once(&mut recv, Waker::noop()).is_pending());
    assert!(queue.try_send(1, 1).is_ok());
    assert_eq!(poll_once(&mut recv, Waker::noop()), Poll::Ready(Ok(1)));
    for _ in 0..queue.capacity().expect("a limit") {
        assert!(queue.try_send(2, 2).is_ok());
    }
    let mut send = queue.send(3, 3);
    assert!(poll_once(&mut send, Waker::noop()).is_pending());
    assert_eq!(queue.try_recv(), Ok(2));
    assert!(poll_once(&mut send, Waker::noop()).is_ready());
    assert!(queue.try_iter().count() > 0);
}

/// Runs once to warm up, and then counts.
#[track_caller]
fn allocates_only_to_warm_up(mut round: impl FnMut()) {
    round();
    let allocations = count_allocations(|| (0..100).for_each(|_| round()));
    assert_eq!(allocations.calls, 0, "{allocations:?}");
}

#[test]
fn what_need_not_wait_allocates_nothing() {
    let (fifo, lifo) = (FifoQueue::bounded(2), LifoQueue::bounded(2));
    allocates_only_to_warm_up(|| exchange(&fifo));
    allocates_only_to_warm_up(|| exchange(&lifo));
    let ranked = PriorityQueue::bounded(2);
    allocates_only_to_warm_up(|| exchange_ranked(&ranked));
}

#[test]
fn waiting_again_allocates_nothing() {
    let (fifo, lifo) = (FifoQueue::bounded(2), LifoQueue::bounded(2));
    allocates_only_to_warm_up(|| exchange_waiting(&fifo));
    allocates_only_to_warm_up(|| exchange_waiting(&lifo));
    let ranked = PriorityQueue::bounded(2);
    allocates_only_to_warm_up(|| exchange_ranked_waiting(&ranked));
}

#[cfg(feature = "ring")]
#[test]
fn a_ring_allocates_nothing_after_the_first_wait() {
    let capacity = NonZeroUsize::new(2).expect("not zero");
    let ring = async_dual_queue::RingQueue::with_capacity(capacity);
    let allocations = count_allocations(|| exchange(&ring));
    assert_eq!(allocations.calls, 0, "its buffer is there from the start");
    allocates_only_to_warm_up(|| exchange_waiting(&ring));
}

#[test]
fn the_memory_of_a_burst_is_given_back() {
    const BURST: u64 = 100_000;
    let (fifo, ranked) = (FifoQueue::unbounded(), PriorityQueue::unbounded());
    let allocations = count_allocations(|| {
        for item in 0..BURST {
            assert!(fifo.try_send(item).is_ok());
            assert!(ranked.try_send(item, item).is_ok());
        }
        for item in 0..BURST {
            assert_eq!(fifo.try_recv(), Ok(item));
            assert_eq!(ranked.try_recv(), Ok(item));
        }
    });
    assert!(
        allocations.bytes > 2_400_000,
        "a burst needs memory: {allocations:?}"
    );
    assert!(allocations.live_bytes < 10_000, "{allocations:?}");
}

#[test]
fn cancelled_waits_leave_nothing_behind() {
    let (empty, full) = (FifoQueue::<u64>::bounded(1), FifoQueue::bounded(1));
    assert!(full.try_send(1).is_ok());
    let cancel = || {
        assert!(poll_once(&mut empty.recv(), Waker::noop()).is_pending());
        assert!(poll_once(&mut full.send(2), Waker::noop()).is_pending());
        assert!(poll_once(&mut full.reserve(), Waker::noop()).is_pending());
        assert!(poll_once(&mut full.closed(), Waker::noop()).is_pending());
    };
    cancel();
    let allocations = count_allocations(|| (0..100_000).for_each(|_| cancel()));
    assert_eq!((allocations.calls, allocations.live_bytes), (0, 0));
}

#[test]
fn items_are_dropped_with_their_queue_once() {
    let drops = Drops::new();
    let queue = FifoQueue::unbounded();
    for _ in 0..10 {
        assert!(queue.try_send(drops.item()).is_ok());
    }
    drop(queue.try_recv());
    assert_eq!((drops.live(), drops.dropped()), (9, 1));
    assert_eq!(queue.clear(), 9);
    assert_eq!(drops.live(), 0);
    assert!(queue.try_send(drops.item()).is_ok());
    drop(queue);
    assert_eq!((drops.live(), drops.dropped()), (0, 11));
}

#[test]
fn items_are_dropped_with_the_last_receiver_once() {
    let drops = Drops::new();
    let (sender, receiver) = PriorityQueue::bounded(2).into_channel();
    assert!(sender.try_send(drops.item(), 1).is_ok());
    assert!(sender.try_send(drops.item(), 2).is_ok());
    drop(receiver);
    assert_eq!((drops.live(), drops.dropped()), (0, 2));
    assert!(sender.try_send(drops.item(), 3).is_err());
    assert_eq!((drops.live(), drops.dropped()), (0, 3));
}
