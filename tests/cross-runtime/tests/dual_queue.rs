//! `async-dual-queue`, on every runtime and on all of them at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::Waker;
use std::thread;

use async_dual_queue::{FifoQueue, PriorityQueue, RingQueue};
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use futures_lite::StreamExt;
use testkit::{poll_once, within_seconds};

on_every_runtime! {
    async fn what_is_sent_is_received(runtime) {
        let (sender, receiver) = FifoQueue::bounded(2).into_channel();
        let producer = runtime.spawn(async move {
            for item in 0..100 {
                sender.send(item).await.expect("it is open");
            }
        });
        for item in 0..100 {
            assert_eq!(receiver.recv().await, Ok(item));
        }
        producer.await;
        assert!(receiver.recv().await.is_err());
    }

    async fn a_full_queue_holds_the_sender_back(runtime) {
        let (sender, receiver) = FifoQueue::bounded(1).into_channel();
        sender.send(1).await.expect("it is open");
        let mut send = sender.send_owned(2);
        assert!(poll_once(&mut send, Waker::noop()).is_pending());
        let producer = runtime.spawn(send);
        assert_eq!((receiver.len(), receiver.waiting_senders()), (2, 1));
        assert_eq!(receiver.recv().await, Ok(1));
        producer.await.expect("there is room");
        assert_eq!(receiver.recv().await, Ok(2));
    }

    async fn a_close_ends_those_who_wait(runtime) {
        let (sender, receiver) = FifoQueue::<u32>::bounded(1).into_channel();
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let mut recv = receiver.recv_owned();
                assert!(poll_once(&mut recv, Waker::noop()).is_pending());
                runtime.spawn(recv)
            })
            .collect();
        let watcher = sender.clone();
        let watch = runtime.spawn(async move { watcher.closed().await });
        assert!(sender.close());
        for task in tasks {
            assert!(task.await.is_err());
        }
        watch.await;
    }

    async fn a_stream_ends_with_the_last_sender(runtime) {
        let capacity = NonZeroUsize::new(4).expect("not zero");
        let (sender, receiver) = RingQueue::with_capacity(capacity).into_channel();
        let producer = runtime.spawn(async move {
            for item in 0..100 {
                sender.send(item).await.expect("it is open");
            }
        });
        assert!(receiver.collect::<Vec<u32>>().await.into_iter().eq(0..100));
        producer.await;
    }

    async fn the_most_urgent_comes_first(runtime) {
        let (sender, receiver) = PriorityQueue::bounded(3).into_channel();
        for priority in [3, 1, 2] {
            sender.send(priority, priority).await.expect("it is open");
        }
        let mut parked = sender.send_owned(0, 0);
        assert!(poll_once(&mut parked, Waker::noop()).is_pending());
        let producer = runtime.spawn(parked);
        for priority in 0..=3 {
            assert_eq!(receiver.recv_with_priority().await, Ok((priority, priority)));
        }
        producer.await.expect("it was received");
    }
}

const EACH: u64 = 300;

/// What one runtime has sent and received.
type Sums = (u64, u64);

/// Sends from a task and receives in another, on all runtimes and a plain thread: as many items
/// as were sent are received, whoever sent them.
macro_rules! one_queue_serves_all {
    ($make:expr $(, $rank:expr)?) => {
        let queue = Arc::new($make);
        let plain_queue = Arc::clone(&queue);
        let plain = thread::spawn(move || {
            let sending = Arc::clone(&plain_queue);
            let sender = thread::spawn(move || {
                for item in 0..EACH {
                    sending.send_blocking(item $(, $rank(item))?).expect("it is open");
                }
            });
            let received: u64 = (0..EACH)
                .map(|_| plain_queue.recv_blocking().expect("it is open"))
                .sum();
            sender.join().expect("no panic");
            ((0..EACH).sum::<u64>(), received)
        });
        let shared = Arc::clone(&queue);
        let sums: Vec<Sums> = on_all_at_once(move |runtime| {
            let queue = Arc::clone(&shared);
            async move {
                let base = (runtime as u64 + 1) * 1_000_000;
                let sending = Arc::clone(&queue);
                let sender = runtime.spawn(async move {
                    let mut sum = 0;
                    for item in base..base + EACH {
                        sending.send(item $(, $rank(item))?).await.expect("it is open");
                        sum += item;
                    }
                    sum
                });
                let mut received = 0;
                for _ in 0..EACH {
                    received += queue.recv().await.expect("it is open");
                }
                (sender.await, received)
            }
        });
        within_seconds(10, move || {
            let plain = plain.join().expect("no panic");
            assert_eq!(sums.len(), Runtime::ALL.len());
            let sent: u64 = sums.iter().map(|sums| sums.0).sum();
            let received: u64 = sums.iter().map(|sums| sums.1).sum();
            assert_eq!(sent + plain.0, received + plain.1);
            assert_eq!((queue.len(), queue.waiting_senders()), (0, 0));
            queue.assert_invariants();
        });
    };
}

#[test]
fn one_fifo_queue_serves_all_runtimes() {
    one_queue_serves_all!(FifoQueue::bounded(3));
}

#[test]
fn one_priority_queue_serves_all_runtimes() {
    one_queue_serves_all!(PriorityQueue::bounded(3), |item| item % 5);
}

#[test]
fn one_ring_serves_all_runtimes() {
    let capacity = NonZeroUsize::new(4).expect("not zero");
    one_queue_serves_all!(RingQueue::with_capacity(capacity));
}
