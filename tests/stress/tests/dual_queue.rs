//! `async-dual-queue`: whatever is sent is received once, in whatever colour, and nobody sleeps on.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use async_dual_queue::{Fifo, Order, Priority, Queue, Ring, TryRecvError};
use async_waitlist::blocking::block_on;
use fastrand::Rng;
use testkit::poll_once;

const PRODUCERS: usize = 4;
const CONSUMERS: usize = 3;
const SENDS: u64 = 60;

fn moment(rng: &mut Rng) -> Duration {
    Duration::from_micros(rng.u64(..=50))
}

/// What the orders have different signatures for.
trait Ends: Sync {
    type Order: Order;

    fn queue(&self) -> &Queue<u64, Self::Order>;

    /// Sends in one of the ways; true if the item was sent.
    fn send_somehow(&self, item: u64, rng: &mut Rng) -> bool;

    fn take_all(&self) -> Vec<u64>;
}

macro_rules! ends {
    ($order:ty, |$rng:ident| $($rank:expr)?, |$message:ident| $item:expr) => {
        impl Ends for Queue<u64, $order> {
            type Order = $order;

            fn queue(&self) -> &Self {
                self
            }

            fn send_somehow(&self, item: u64, $rng: &mut Rng) -> bool {
                match $rng.u8(..8) {
                    0 => self.try_send(item $(, $rank)?).is_ok(),
                    1 => {
                        let limit = moment($rng);
                        self.send_blocking_timeout(item $(, $rank)?, limit).is_ok()
                    }
                    2 => {
                        let mut send = self.send(item $(, $rank)?);
                        if let Poll::Ready(sent) = poll_once(&mut send, Waker::noop()) {
                            return sent.is_ok();
                        }
                        thread::yield_now();
                        send.cancel().is_none()
                    }
                    3..=4 => self.send_blocking(item $(, $rank)?).is_ok(),
                    _ => block_on(self.send(item $(, $rank)?)).is_ok(),
                }
            }

            fn take_all(&self) -> Vec<u64> {
                self.drain().into_iter().map(|$message| $item).collect()
            }
        }
    };
}

ends!(Fifo, |rng|, |message| message);
ends!(Ring, |rng|, |message| message);
ends!(Priority<u8>, |rng| rng.u8(..3), |message| message.0);

/// Receives in one of the ways; false once the queue is closed and empty.
fn receive_somehow<Q: Ends>(ends: &Q, out: &mut Vec<u64>, rng: &mut Rng) -> bool {
    let queue = ends.queue();
    let many = NonZeroUsize::MIN.saturating_add(rng.usize(..4));
    match rng.u8(..9) {
        0 => match queue.try_recv() {
            Ok(item) => out.push(item),
            Err(TryRecvError::Empty) => thread::yield_now(),
            Err(TryRecvError::Closed) => return false,
        },
        1 => match queue.recv_blocking_timeout(moment(rng)) {
            Ok(item) => out.push(item),
            Err(error) => return error.is_timeout(),
        },
        2 => {
            let mut recv = queue.recv();
            for _ in 0..rng.u8(1..3) {
                if let Poll::Ready(received) = poll_once(&mut recv, Waker::noop()) {
                    let received = received.map(|item| out.push(item));
                    return received.is_ok();
                }
                thread::yield_now();
            }
        }
        3 => return block_on(queue.recv_many(out, many)).is_ok(),
        4 => {
            let received = queue.recv_many_blocking_timeout(out, many, moment(rng));
            return received.map_or_else(|error| error.is_timeout(), |count| count > 0);
        }
        5 => out.extend(ends.take_all()),
        6 => match queue.recv_blocking() {
            Ok(item) => out.push(item),
            Err(_) => return false,
        },
        _ => match block_on(queue.recv()) {
            Ok(item) => out.push(item),
            Err(_) => return false,
        },
    }
    true
}

/// Each consumer sees the items of each producer in the order in which they were sent.
fn assert_in_order(items: &[u64]) {
    let mut last = [None; PRODUCERS];
    for item in items {
        let (producer, number) = ((item >> 32) as usize, item & 0xffff_ffff);
        assert!(
            last[producer] < Some(number),
            "{producer} sent {number} earlier"
        );
        last[producer] = Some(number);
    }
}

/// Everybody sends and receives at once; the last producer closes, and the consumers end.
fn conserve<Q: Ends + Send + 'static>(is_fifo: bool, make: impl Fn() -> Q + Send + 'static) {
    stress::rounds(move |rng| {
        let ends = make();
        let producing = AtomicUsize::new(PRODUCERS);
        let (sent, sent_count) = (AtomicU64::new(0), AtomicUsize::new(0));
        let (received, received_count) = (AtomicU64::new(0), AtomicUsize::new(0));
        stress::threads(PRODUCERS + CONSUMERS, rng, |thread, rng| {
            if thread < PRODUCERS {
                for number in 0..SENDS {
                    let item = (thread as u64) << 32 | number;
                    if ends.send_somehow(item, rng) {
                        sent.fetch_add(item, Ordering::SeqCst);
                        sent_count.fetch_add(1, Ordering::SeqCst);
                    }
                }
                if producing.fetch_sub(1, Ordering::SeqCst) == 1 {
                    assert!(ends.queue().close());
                }
            } else {
                let mut items = Vec::new();
                while receive_somehow(&ends, &mut items, rng) {}
                if is_fifo {
                    assert_in_order(&items);
                }
                received.fetch_add(items.iter().sum(), Ordering::SeqCst);
                received_count.fetch_add(items.len(), Ordering::SeqCst);
            }
        });
        assert_eq!(received_count.into_inner(), sent_count.into_inner());
        assert_eq!(received.into_inner(), sent.into_inner());
        let queue = ends.queue();
        queue.assert_invariants();
        assert_eq!(
            (
                queue.len(),
                queue.waiting_senders(),
                queue.waiting_receivers()
            ),
            (0, 0, 0)
        );
    });
}

fn ring(capacity: usize) -> Queue<u64, Ring> {
    Queue::with_capacity(NonZeroUsize::new(capacity).expect("not zero"))
}

#[test]
fn a_rendezvous_conserves_its_items() {
    conserve(true, Queue::<u64, Fifo>::rendezvous);
}

#[test]
fn a_fifo_queue_of_one_conserves_its_items() {
    conserve(true, || Queue::<u64, Fifo>::bounded(1));
}

#[test]
fn a_fifo_queue_of_three_conserves_its_items() {
    conserve(true, || Queue::<u64, Fifo>::bounded(3));
}

#[test]
fn a_priority_queue_conserves_its_items() {
    conserve(false, || Queue::<u64, Priority<u8>>::bounded(3));
}

#[test]
fn a_ring_of_one_conserves_its_items() {
    conserve(true, || ring(1));
}

#[test]
fn a_ring_of_eight_conserves_its_items() {
    conserve(true, || ring(8));
}
