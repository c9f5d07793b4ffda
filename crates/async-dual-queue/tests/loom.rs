//! Both engines under every interleaving of a few threads.
//!
//! To see the models bite, break the code by hand:
//!
//! | change | what fails |
//! |---|---|
//! | parking an item notifies no receiver (mutex) | `a_slot_that_is_dropped_goes_to_the_next` |
//! | a woken receive that is dropped notifies nobody | `a_receiver_behind_one_that_gives_up_is_woken`, by engine |
//! | a pop does not refill (ring) | `a_parked_item_wakes_the_second_receiver::ring` |
//! | a receive that is done still counts as woken when the next is looked for (ring) | the same |
//! | a slot of the ring is stamped with `Relaxed`, after a push or after a pop | ring models that pass items, such as `a_full_queue_wakes_its_sender::ring` |
//! | a pop of the ring does not see the end | `what_is_sent_before_the_end_is_received::ring` |
//! | a push into the ring does not see the end | the same |
//!
//! Not seen here: a ring without its fences, since loom's models have fences of their own where the
//! flags are (`loom_fence`).
#![cfg(loom)]

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_dual_queue::{FifoQueue, PriorityQueue, Queue, RecvError, RingQueue};
use async_dual_queue::{TryRecvError, Unranked};
use loom::future::block_on;
use loom::thread::{self, JoinHandle};

/// Makes a model of each queue of capacity 1 that is first in, first out.
macro_rules! models {
    ($($(#[$docs:meta])* fn $name:ident<$order:ident>($queue:ident) $body:block)+) => {
        $(
            mod $name {
                use super::*;

                $(#[$docs])*
                fn body<$order: Unranked<Message<u32> = u32>>($queue: Queue<u32, $order>)
                where
                    Queue<u32, $order>: Send + Sync,
                {
                    $body
                }

                #[test]
                fn mutex() {
                    loom::model(|| body(FifoQueue::bounded(1)));
                }

                #[test]
                fn ring() {
                    loom::model(|| body(RingQueue::with_capacity(NonZeroUsize::MIN)));
                }
            }
        )+
    };
}

/// Polls once, with a waker that does nothing.
fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A thread of the model.
fn start<T: 'static>(body: impl FnOnce() -> T + 'static) -> JoinHandle<T> {
    thread::spawn(body)
}

models! {
    fn a_send_wakes_a_receiver<O>(queue) {
        let queue = Arc::new(queue);
        let sender = Arc::clone(&queue);
        let sends = start(move || sender.try_send(7).unwrap());
        assert_eq!(block_on(queue.recv()), Ok(7));
        sends.join().unwrap();
        queue.assert_invariants();
    }

    fn a_full_queue_wakes_its_sender<O>(queue) {
        let queue = Arc::new(queue);
        let sender = Arc::clone(&queue);
        queue.try_send(1).unwrap();
        let sends = start(move || block_on(sender.send(2)).unwrap());
        assert_eq!(block_on(queue.recv()), Ok(1));
        assert_eq!(block_on(queue.recv()), Ok(2));
        sends.join().unwrap();
        queue.assert_invariants();
    }

    /// Two items, the second of which may be parked, and two receivers.
    fn a_parked_item_wakes_the_second_receiver<O>(queue) {
        let queue = Arc::new(queue);
        let (first, second) = (Arc::clone(&queue), Arc::clone(&queue));
        let receives = start(move || block_on(first.recv()).unwrap());
        let sends = start(move || {
            block_on(second.send(1)).unwrap();
            block_on(second.send(2)).unwrap();
        });
        let mine = block_on(queue.recv()).unwrap();
        assert_eq!(mine + receives.join().unwrap(), 3);
        sends.join().unwrap();
        queue.assert_invariants();
    }

    /// A receiver that gives up, perhaps just as it is woken.
    fn a_cancelled_receive_leaves_the_item<O>(queue) {
        let queue = Arc::new(queue);
        let (given_up, sender) = (Arc::clone(&queue), Arc::clone(&queue));
        let gives_up = start(move || {
            let mut recv = given_up.recv();
            match poll(&mut recv) {
                Poll::Ready(item) => item.ok(),
                Poll::Pending => None,
            }
        });
        let sends = start(move || sender.try_send(7).unwrap());
        match gives_up.join().unwrap() {
            Some(item) => assert_eq!(item, 7),
            None => assert_eq!(block_on(queue.recv()), Ok(7)),
        }
        sends.join().unwrap();
        queue.assert_invariants();
    }

    /// The same, with somebody behind who sleeps.
    fn a_receiver_behind_one_that_gives_up_is_woken<O>(queue) {
        let queue = Arc::new(queue);
        let mut first = queue.recv();
        assert!(poll(&mut first).is_pending());
        let (second, sender) = (Arc::clone(&queue), Arc::clone(&queue));
        let receives = start(move || block_on(second.recv()));
        let sends = start(move || sender.try_send(7).unwrap());
        drop(first);
        assert_eq!(receives.join().unwrap(), Ok(7));
        sends.join().unwrap();
        queue.assert_invariants();
    }

    fn a_send_that_is_cancelled_is_received_or_comes_back<O>(queue) {
        let queue = Arc::new(queue);
        queue.try_send(1).unwrap();
        let sender = Arc::clone(&queue);
        let sends = start(move || {
            let mut send = sender.send(2);
            if poll(&mut send).is_ready() { None } else { send.cancel() }
        });
        assert_eq!(block_on(queue.recv()), Ok(1));
        match sends.join().unwrap() {
            Some(item) => {
                assert_eq!(item, 2);
                assert_eq!(queue.try_recv(), Err(TryRecvError::Empty));
            }
            None => assert_eq!(block_on(queue.recv()), Ok(2)),
        }
        queue.assert_invariants();
    }

    fn what_is_sent_before_the_end_is_received<O>(queue) {
        let queue = Arc::new(queue);
        let (sender, closer) = (Arc::clone(&queue), Arc::clone(&queue));
        let sends = start(move || block_on(sender.send(7)));
        let closes = start(move || assert!(closer.close()));
        let received = block_on(queue.recv());
        match sends.join().unwrap() {
            Ok(()) => assert_eq!(received, Ok(7)),
            Err(error) => {
                assert_eq!(error.into_inner(), 7);
                assert_eq!(received, Err(RecvError));
            }
        }
        closes.join().unwrap();
        queue.assert_invariants();
    }

    /// A full queue is closed while a sender parks.
    fn what_is_parked_before_the_end_is_received<O>(queue) {
        let queue = Arc::new(queue);
        queue.try_send(1).unwrap();
        let (sender, closer) = (Arc::clone(&queue), Arc::clone(&queue));
        let sends = start(move || block_on(sender.send(2)).is_ok());
        let closes = start(move || assert!(closer.close()));
        assert_eq!(block_on(queue.recv()), Ok(1));
        let received = block_on(queue.recv());
        let sent = sends.join().unwrap();
        assert_eq!(received, if sent { Ok(2) } else { Err(RecvError) });
        closes.join().unwrap();
        queue.assert_invariants();
    }

    fn try_recv_meets_the_last_drop<O>(queue) {
        let (sender, receiver) = queue.into_channel();
        let sends = start(move || {
            sender.try_send(7).unwrap();
            drop(sender);
        });
        loop {
            match receiver.try_recv() {
                Ok(item) => {
                    assert_eq!(item, 7);
                    break;
                }
                Err(TryRecvError::Empty) => thread::yield_now(),
                Err(TryRecvError::Closed) => panic!("closed before the item was received"),
            }
        }
        sends.join().unwrap();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    }

    fn the_last_receiver_gives_parked_items_back<O>(queue) {
        let (sender, receiver) = queue.into_channel();
        sender.try_send(1).unwrap();
        let leaves = start(move || drop(receiver));
        assert_eq!(block_on(sender.send(2)).unwrap_err().into_inner(), 2);
        leaves.join().unwrap();
        assert!(sender.is_empty());
    }

    fn a_drain_and_a_send_lose_nothing<O>(queue) {
        let queue = Arc::new(queue);
        queue.try_send(1).unwrap();
        let sender = Arc::clone(&queue);
        let sends = start(move || block_on(sender.send(2)).unwrap());
        let mut items = queue.drain();
        while items.len() < 2 {
            items.push(block_on(queue.recv()).unwrap());
        }
        assert_eq!(items, [1, 2]);
        sends.join().unwrap();
        queue.assert_invariants();
    }
}

#[test]
fn a_rendezvous_hands_over() {
    loom::model(|| {
        let queue = Arc::new(FifoQueue::rendezvous());
        let sender = Arc::clone(&queue);
        let sends = start(move || block_on(sender.send(7)).unwrap());
        assert_eq!(block_on(queue.recv()), Ok(7));
        sends.join().unwrap();
        queue.assert_invariants();
    });
}

#[test]
fn a_rendezvous_with_a_send_that_gives_up() {
    loom::model(|| {
        let queue = Arc::new(FifoQueue::rendezvous());
        let sender = Arc::clone(&queue);
        let sends = start(move || {
            let mut send = sender.send(7);
            if poll(&mut send).is_ready() {
                None
            } else {
                send.cancel()
            }
        });
        let received = queue.try_recv();
        assert_eq!(received.is_ok(), sends.join().unwrap().is_none());
        queue.assert_invariants();
    });
}

#[test]
fn a_reservation_is_admitted_when_room_is_made() {
    loom::model(|| {
        let queue = Arc::new(FifoQueue::bounded(1));
        queue.try_send(1).unwrap();
        let sender = Arc::clone(&queue);
        let reserves = start(move || {
            let slot = block_on(sender.reserve()).unwrap();
            slot.send(2).unwrap();
        });
        assert_eq!(block_on(queue.recv()), Ok(1));
        assert_eq!(block_on(queue.recv()), Ok(2));
        reserves.join().unwrap();
        queue.assert_invariants();
    });
}

#[test]
fn a_slot_that_is_dropped_goes_to_the_next() {
    loom::model(|| {
        let queue = Arc::new(FifoQueue::bounded(1));
        let slot = queue.try_reserve().unwrap();
        let (waiting, given_up) = (Arc::clone(&queue), Arc::clone(&queue));
        let sends = start(move || block_on(waiting.send(7)).unwrap());
        let gives_up = start(move || drop(poll(&mut given_up.reserve())));
        drop(slot);
        assert_eq!(block_on(queue.recv()), Ok(7));
        sends.join().unwrap();
        gives_up.join().unwrap();
        queue.assert_invariants();
    });
}

#[test]
fn the_end_waits_for_a_slot() {
    loom::model(|| {
        let queue = Arc::new(FifoQueue::bounded(1));
        let (sender, closer) = (Arc::clone(&queue), Arc::clone(&queue));
        let reserves = start(move || match sender.try_reserve() {
            Ok(slot) => slot.send(7).is_ok(),
            Err(_) => false,
        });
        let closes = start(move || assert!(closer.close()));
        let received = block_on(queue.recv());
        let sent = reserves.join().unwrap();
        assert_eq!(received, if sent { Ok(7) } else { Err(RecvError) });
        closes.join().unwrap();
        queue.assert_invariants();
    });
}

#[test]
fn a_parked_priority_is_received() {
    loom::model(|| {
        let queue = Arc::new(PriorityQueue::bounded(1));
        queue.try_send("low", 9).unwrap();
        let sender = Arc::clone(&queue);
        let sends = start(move || block_on(sender.send("high", 1)).unwrap());
        let mut received = [
            block_on(queue.recv()).unwrap(),
            block_on(queue.recv()).unwrap(),
        ];
        received.sort_unstable();
        assert_eq!(received, ["high", "low"]);
        sends.join().unwrap();
        queue.assert_invariants();
    });
}

#[test]
fn whoever_waits_for_the_end_is_woken() {
    loom::model(|| {
        let queue = Arc::new(FifoQueue::<u32>::bounded(1));
        let closer = Arc::clone(&queue);
        let closes = start(move || assert!(closer.close()));
        block_on(queue.closed());
        closes.join().unwrap();
    });
}

/// Two threads push into a ring that is about to go round, while a third pops.
#[test]
fn the_ring_keeps_every_item() {
    loom::model(|| {
        let queue = Arc::new(RingQueue::with_capacity(NonZeroUsize::new(2).unwrap()));
        queue.try_send(0).unwrap();
        assert_eq!(queue.try_recv(), Ok(0));
        let pushes = [1, 2].map(|item| {
            let queue = Arc::clone(&queue);
            start(move || queue.try_send(item).unwrap())
        });
        let mut items: Vec<u32> = [queue.try_recv(), queue.try_recv()]
            .into_iter()
            .flatten()
            .collect();
        for push in pushes {
            push.join().unwrap();
        }
        items.extend(queue.drain());
        items.sort_unstable();
        assert_eq!(items, [1, 2]);
        queue.assert_invariants();
    });
}
