//! Wakers and items are foreign code: they may call back, be replaced, and panic.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};

use async_dual_queue::{
    Fifo, FifoQueue, LifoQueue, Order, PriorityQueue, Queue, Sender, Unranked, WeakSender,
};
use futures_util::Stream;
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::{CountWaker, panicking, poll_once, within_seconds};

/// More than one batch of wakers.
const CROWD: usize = 40;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Takes the locks and leaves the queue as it is.
fn look<T, O: Order>(queue: &Queue<T, O>) {
    let _ = (queue.len(), queue.is_full(), queue.is_closed());
    let _ = (queue.waiting_senders(), queue.waiting_receivers());
    let _ = poll_once(&mut queue.closed(), Waker::noop());
    let _ = format!("{queue:?}");
}

/// Comes and goes where receivers wait, and gives back what it took.
fn touch_empty<O: Unranked>(queue: &Queue<u32, O>) {
    look(queue);
    if let Poll::Ready(Ok(item)) = poll_once(&mut queue.recv(), Waker::noop()) {
        let _ = queue.try_send(item);
    }
}

/// Comes and goes where senders wait.
fn touch_full<O: Unranked>(queue: &Queue<u32, O>) {
    look(queue);
    let _ = queue.try_send(8);
    let _ = poll_once(&mut queue.send(9), Waker::noop());
}

fn recv_case<O: Unranked>(name: &'static str, empty: fn() -> Queue<u32, O>)
where
    Queue<u32, O>: Sync,
{
    Case::new(name, move || {
        let queue = leak(empty());
        Setup {
            future: queue.recv(),
            fire: Box::new(|| {
                let _ = queue.try_send(1);
            }),
            touch: Arc::new(|| touch_empty(queue)),
        }
    })
    .crowd(move || {
        let queue = leak(empty());
        Crowd {
            futures: (0..CROWD).map(|_| queue.recv()).collect(),
            fire: Box::new(|| {
                let _ = queue.close();
            }),
        }
    })
    .fused()
    .check();
}

fn send_case<O: Unranked>(name: &'static str, full: fn() -> Queue<u32, O>)
where
    Queue<u32, O>: Sync,
{
    Case::new(name, move || {
        let queue = leak(full());
        Setup {
            future: queue.send(2),
            fire: Box::new(|| {
                let _ = queue.try_recv();
            }),
            touch: Arc::new(|| touch_full(queue)),
        }
    })
    .crowd(move || {
        let queue = leak(full());
        Crowd {
            futures: (0..CROWD).map(|_| queue.send(2)).collect(),
            fire: Box::new(|| drop(queue.close_now())),
        }
    })
    .fused()
    .check();
}

fn closed_case<O: Unranked>(name: &'static str, open: fn() -> Queue<u32, O>)
where
    Queue<u32, O>: Sync,
{
    Case::new(name, move || {
        let queue = leak(open());
        Setup {
            future: queue.closed(),
            fire: Box::new(|| {
                let _ = queue.close();
            }),
            touch: Arc::new(|| touch_empty(queue)),
        }
    })
    .crowd(move || {
        let queue = leak(open());
        Crowd {
            futures: (0..CROWD).map(|_| queue.closed()).collect(),
            fire: Box::new(|| {
                let _ = queue.close();
            }),
        }
    })
    .fused()
    .check();
}

fn full_fifo() -> FifoQueue<u32> {
    let queue = FifoQueue::bounded(1);
    queue.try_send(1).expect("there is room");
    queue
}

fn full_priority() -> PriorityQueue<u32, u8> {
    let queue = PriorityQueue::bounded(1);
    queue.try_send(1, 1).expect("there is room");
    queue
}

#[test]
fn recv_is_clean() {
    recv_case("FIFO recv", || FifoQueue::bounded(4));
    recv_case("LIFO recv", LifoQueue::unbounded);
}

#[test]
fn recv_owned_is_clean() {
    Case::new("recv_owned", || {
        let (sender, receiver) = FifoQueue::bounded(4).into_channel();
        let seen = sender.clone();
        Setup {
            future: receiver.recv_owned(),
            fire: Box::new(move || {
                let _ = sender.try_send(1);
            }),
            touch: Arc::new(move || {
                let _ = (seen.len(), seen.waiting_receivers());
            }),
        }
    })
    .crowd(|| {
        let (sender, receiver) = FifoQueue::<u32>::bounded(4).into_channel();
        Crowd {
            futures: (0..CROWD).map(|_| receiver.recv_owned()).collect(),
            fire: Box::new(move || drop(sender)),
        }
    })
    .fused()
    .check();
}

#[test]
fn recv_with_priority_is_clean() {
    Case::new("recv_with_priority", || {
        let queue = leak(PriorityQueue::<u32, u8>::bounded(4));
        Setup {
            future: queue.recv_with_priority(),
            fire: Box::new(|| {
                let _ = queue.try_send(1, 1);
            }),
            touch: Arc::new(|| look(queue)),
        }
    })
    .crowd(|| {
        let queue = leak(PriorityQueue::<u32, u8>::bounded(4));
        Crowd {
            futures: (0..CROWD).map(|_| queue.recv_with_priority()).collect(),
            fire: Box::new(|| {
                let _ = queue.close();
            }),
        }
    })
    .fused()
    .check();
}

#[test]
fn recv_many_is_clean() {
    Case::new("recv_many", || {
        let queue = leak(FifoQueue::bounded(4));
        Setup {
            future: queue.recv_many(Box::leak(Box::default()), NonZeroUsize::MAX),
            fire: Box::new(|| {
                let _ = queue.try_send(1);
            }),
            touch: Arc::new(|| touch_empty(queue)),
        }
    })
    .crowd(|| {
        let queue = leak(FifoQueue::<u32>::bounded(4));
        let recv = |_| queue.recv_many(Box::leak(Box::default()), NonZeroUsize::MAX);
        Crowd {
            futures: (0..CROWD).map(recv).collect(),
            fire: Box::new(|| {
                let _ = queue.close();
            }),
        }
    })
    .fused()
    .check();
}

#[test]
fn send_is_clean() {
    send_case("FIFO send", full_fifo);
    send_case("rendezvous send", FifoQueue::rendezvous);
}

#[test]
fn a_send_with_a_priority_is_clean() {
    Case::new("priority send", || {
        let queue = leak(full_priority());
        Setup {
            future: queue.send(2, 2),
            fire: Box::new(|| {
                let _ = queue.try_recv();
            }),
            touch: Arc::new(|| {
                look(queue);
                let _ = poll_once(&mut queue.send(3, 3), Waker::noop());
            }),
        }
    })
    .crowd(|| {
        let queue = leak(full_priority());
        Crowd {
            futures: (0..CROWD).map(|_| queue.send(2, 2)).collect(),
            fire: Box::new(|| drop(queue.close_now())),
        }
    })
    .fused()
    .check();
}

#[test]
fn send_owned_is_clean() {
    Case::new("send_owned", || {
        let (sender, receiver) = full_fifo().into_channel();
        let seen = receiver.clone();
        Setup {
            future: sender.send_owned(2),
            fire: Box::new(move || {
                let _ = receiver.try_recv();
            }),
            touch: Arc::new(move || {
                let _ = (seen.len(), seen.waiting_senders());
            }),
        }
    })
    .crowd(|| {
        let (sender, receiver) = full_fifo().into_channel();
        Crowd {
            futures: (0..CROWD).map(|_| sender.send_owned(2)).collect(),
            fire: Box::new(move || drop(receiver)),
        }
    })
    .fused()
    .check();
}

#[test]
fn reserve_is_clean() {
    Case::new("reserve", || {
        let queue = leak(full_fifo());
        Setup {
            future: queue.reserve(),
            fire: Box::new(|| {
                let _ = queue.try_recv();
            }),
            touch: Arc::new(|| {
                touch_full(queue);
                drop(queue.try_reserve());
                let _ = poll_once(&mut queue.reserve(), Waker::noop());
            }),
        }
    })
    .crowd(|| {
        let queue = leak(full_fifo());
        Crowd {
            futures: (0..CROWD).map(|_| queue.reserve()).collect(),
            fire: Box::new(|| {
                let _ = queue.close();
            }),
        }
    })
    .fused()
    .check();
}

#[test]
fn closed_is_clean() {
    closed_case("closed", || FifoQueue::bounded(4));
}

/// The next item of a receiver as a stream; owns the receiver, and may be polled again.
fn next<S: Stream + Unpin>(mut stream: S) -> impl Future<Output = Option<S::Item>> {
    poll_fn(move |cx| Pin::new(&mut stream).poll_next(cx))
}

#[test]
fn the_stream_is_clean() {
    Case::new("stream", || {
        let (sender, receiver) = FifoQueue::<u32>::bounded(4).into_channel();
        let seen = sender.clone();
        Setup {
            future: next(receiver),
            fire: Box::new(move || {
                let _ = sender.try_send(1);
            }),
            touch: Arc::new(move || {
                let _ = (seen.len(), seen.waiting_receivers());
            }),
        }
    })
    .crowd(|| {
        let (sender, receiver) = FifoQueue::<u32>::bounded(4).into_channel();
        Crowd {
            futures: (0..CROWD).map(|_| next(receiver.clone())).collect(),
            fire: Box::new(move || drop(sender)),
        }
    })
    .check();
}

#[cfg(feature = "sink")]
#[test]
fn the_sink_is_clean() {
    use futures_util::Sink;

    Case::new("sink", || {
        let (sender, receiver) = full_fifo().into_channel();
        let seen = receiver.clone();
        let mut sink = sender.into_sink();
        Pin::new(&mut sink).start_send(2).expect("it is open");
        Setup {
            future: poll_fn(move |cx| Pin::new(&mut sink).poll_flush(cx)),
            fire: Box::new(move || {
                let _ = receiver.try_recv();
            }),
            touch: Arc::new(move || {
                let _ = (seen.len(), seen.waiting_senders());
            }),
        }
    })
    .check();
}

#[cfg(feature = "ring")]
mod ring {
    use super::*;
    use async_dual_queue::RingQueue;

    fn of(capacity: usize) -> RingQueue<u32> {
        RingQueue::with_capacity(NonZeroUsize::new(capacity).expect("not zero"))
    }

    fn full() -> RingQueue<u32> {
        let queue = of(1);
        queue.try_send(1).expect("there is room");
        queue
    }

    #[test]
    fn recv_is_clean() {
        recv_case("ring recv", || of(4));
    }

    #[test]
    fn send_is_clean() {
        send_case("ring send", full);
    }

    #[test]
    fn closed_is_clean() {
        closed_case("ring closed", || of(4));
    }
}

/// An item that calls back into its queue when it is dropped.
struct Caller(Arc<Calls>);

#[derive(Default)]
struct Calls {
    queue: FifoQueue<Caller>,
    count: AtomicUsize,
}

impl Drop for Caller {
    fn drop(&mut self) {
        look(&self.0.queue);
        self.0.count.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_dropped_item_may_call_back() {
    within_seconds(10, || {
        let calls = Arc::new(Calls {
            queue: FifoQueue::bounded(1),
            count: AtomicUsize::new(0),
        });
        let (queue, count) = (&calls.queue, || calls.count.load(Ordering::SeqCst));
        let item = || Caller(Arc::clone(&calls));
        assert!(queue.try_send(item()).is_ok());
        let mut parked = queue.send(item());
        assert!(poll_once(&mut parked, Waker::noop()).is_pending());
        drop(parked);
        assert_eq!(count(), 1, "the dropped send");
        drop(queue.force_send(item()));
        assert_eq!(count(), 2, "the victim");
        assert_eq!(queue.clear(), 1);
        assert_eq!(count(), 3, "what was cleared");
        assert!(queue.try_send(item()).is_ok());
        drop(queue.close_now());
        assert_eq!(count(), 4, "what was left");
        drop(queue.try_send(item()));
        assert_eq!(count(), 5, "what was refused");
    });
}

/// The same through handles: an item that knows its own channel.
struct Holder {
    channel: WeakSender<Holder, Fifo>,
    _counted: testkit::Item,
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Some(sender) = self.channel.upgrade() {
            look_through(&sender);
        }
    }
}

fn look_through<T, O: Order>(sender: &Sender<T, O>) {
    let _ = (sender.len(), sender.is_closed(), sender.receiver_count());
}

#[test]
fn an_item_dropped_with_the_last_receiver_may_call_back() {
    within_seconds(10, || {
        let drops = testkit::Drops::new();
        let (sender, receiver) = FifoQueue::bounded(1).into_channel();
        let item = || Holder {
            channel: sender.downgrade(),
            _counted: drops.item(),
        };
        assert!(sender.try_send(item()).is_ok());
        let mut parked = sender.send(item());
        assert!(poll_once(&mut parked, Waker::noop()).is_pending());
        drop(receiver);
        assert_eq!(drops.dropped(), 1, "the queued one");
        assert!(matches!(
            poll_once(&mut parked, Waker::noop()),
            Poll::Ready(Err(_))
        ));
        assert_eq!(drops.live(), 0, "the parked one came back");
    });
}

#[test]
fn a_panicking_waker_does_not_lose_the_item_it_was_woken_for() {
    let queue = FifoQueue::bounded(4);
    let (count, waker) = CountWaker::new();
    let (mut first, mut second) = (queue.recv(), queue.recv());
    assert!(poll_once(&mut first, &panicking()).is_pending());
    assert!(poll_once(&mut second, &waker).is_pending());
    let sent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| queue.try_send(1)));
    assert!(sent.is_err(), "the panic goes on in the call that woke");
    assert_eq!(queue.len(), 1);
    drop(first);
    assert_eq!(count.wakes(), 1, "the wake-up is passed on");
    assert_eq!(poll_once(&mut second, &waker), Poll::Ready(Ok(1)));
}
