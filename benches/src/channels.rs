//! Channels of all peers behind the same traits, so that each scenario is written once.
//!
//! All of it is generic, hence compiled where it is measured: nothing stands between the benchmark
//! and the call of the peer.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard};

use async_dual_queue::{Fifo, FifoQueue, Lifo, Priority, Receiver, Ring, RingQueue, Sender};

/// What is sent; to a priority queue with itself as the priority, the least first.
pub trait Item: Copy + Debug + Ord + Send + Unpin + 'static {}

impl<T: Copy + Debug + Ord + Send + Unpin + 'static> Item for T {}

/// The outcome of an operation that has to succeed.
pub trait Outcome<T> {
    /// What it succeeded with.
    ///
    /// # Panics
    ///
    /// If it did not.
    fn expected(self) -> T;
}

impl<T, E: Debug> Outcome<T> for Result<T, E> {
    #[inline]
    fn expected(self) -> T {
        self.unwrap()
    }
}

impl<T> Outcome<T> for Option<T> {
    #[inline]
    fn expected(self) -> T {
        self.unwrap()
    }
}

/// A sender of a channel that has room.
pub trait TrySend<T> {
    /// Sends without waiting.
    fn put(&self, item: T);
}

/// A receiver of a channel that has something.
pub trait TryRecv<T> {
    /// Receives without waiting.
    fn get(&mut self) -> T;
}

/// A sender for tasks.
pub trait AsyncSend<T>: 'static {
    /// The peer's own future.
    fn put_async(&self, item: T) -> impl Future<Output: Outcome<()>>;
}

/// A receiver for tasks.
pub trait AsyncRecv<T>: 'static {
    /// The peer's own future.
    fn get_async(&mut self) -> impl Future<Output: Outcome<T>>;
}

/// A sender for threads.
pub trait BlockingSend<T>: Send + 'static {
    /// Sends, blocking the thread until there is room.
    fn put_blocking(&self, item: T);
}

/// A receiver for threads.
pub trait BlockingRecv<T>: Send + 'static {
    /// Receives, blocking the thread until something is there.
    fn get_blocking(&self) -> T;
}

macro_rules! tries {
    ($sender:ty: |$s:ident, $item:ident| $send:expr, $receiver:ty: |$r:ident| $recv:expr) => {
        impl<T: Item> TrySend<T> for $sender {
            #[inline]
            fn put(&self, $item: T) {
                let $s = self;
                $send;
            }
        }

        impl<T: Item> TryRecv<T> for $receiver {
            #[inline]
            fn get(&mut self) -> T {
                let $r = self;
                $recv
            }
        }
    };
}

macro_rules! awaits {
    ($sender:ty: |$s:ident, $item:ident| $send:expr, $receiver:ty: |$r:ident| $recv:expr) => {
        impl<T: Item> AsyncSend<T> for $sender {
            #[inline]
            fn put_async(&self, $item: T) -> impl Future<Output: Outcome<()>> {
                let $s = self;
                $send
            }
        }

        impl<T: Item> AsyncRecv<T> for $receiver {
            #[inline]
            fn get_async(&mut self) -> impl Future<Output: Outcome<T>> {
                let $r = self;
                $recv
            }
        }
    };
}

macro_rules! blocks {
    ($sender:ty: |$s:ident, $item:ident| $send:expr, $receiver:ty: |$r:ident| $recv:expr) => {
        impl<T: Item> BlockingSend<T> for $sender {
            #[inline]
            fn put_blocking(&self, $item: T) {
                let $s = self;
                $send;
            }
        }

        impl<T: Item> BlockingRecv<T> for $receiver {
            #[inline]
            fn get_blocking(&self) -> T {
                let $r = self;
                $recv
            }
        }
    };
}

/// Ours on the ring.
///
/// # Panics
///
/// If the capacity is zero, which a ring can't have.
pub fn ring<T>(capacity: usize) -> (Sender<T, Ring>, Receiver<T, Ring>) {
    RingQueue::with_capacity(capacity.try_into().unwrap()).into_channel()
}

/// Ours behind the mutex.
pub fn fifo<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    FifoQueue::bounded(capacity).into_channel()
}

macro_rules! ours {
    ($($order:ty)*) => {
        $(
            tries! {
                Sender<T, $order>: |s, item| s.try_send(item).unwrap(),
                Receiver<T, $order>: |r| r.try_recv().unwrap()
            }
            awaits! {
                Sender<T, $order>: |s, item| s.send(item),
                Receiver<T, $order>: |r| r.recv()
            }
            blocks! {
                Sender<T, $order>: |s, item| s.send_blocking(item).unwrap(),
                Receiver<T, $order>: |r| r.recv_blocking().unwrap()
            }
        )*
    };
}

ours! { Fifo Lifo Ring }

tries! {
    Sender<T, Priority<T>>: |s, item| s.try_send(item, item).unwrap(),
    Receiver<T, Priority<T>>: |r| r.try_recv().unwrap()
}
awaits! {
    Sender<T, Priority<T>>: |s, item| s.send(item, item),
    Receiver<T, Priority<T>>: |r| r.recv()
}

tries! {
    async_channel::Sender<T>: |s, item| s.try_send(item).unwrap(),
    async_channel::Receiver<T>: |r| r.try_recv().unwrap()
}
awaits! {
    async_channel::Sender<T>: |s, item| s.send(item),
    async_channel::Receiver<T>: |r| r.recv()
}
blocks! {
    async_channel::Sender<T>: |s, item| s.send_blocking(item).unwrap(),
    async_channel::Receiver<T>: |r| r.recv_blocking().unwrap()
}

tries! {
    asyncband::mpmc::BoundedSender<T>: |s, item| s.try_send(item).unwrap(),
    asyncband::mpmc::BoundedReceiver<T>: |r| r.try_recv().unwrap()
}
awaits! {
    asyncband::mpmc::BoundedSender<T>: |s, item| s.send(item),
    asyncband::mpmc::BoundedReceiver<T>: |r| r.recv()
}

tries! {
    crossbeam_channel::Sender<T>: |s, item| s.try_send(item).unwrap(),
    crossbeam_channel::Receiver<T>: |r| r.try_recv().unwrap()
}
blocks! {
    crossbeam_channel::Sender<T>: |s, item| s.send(item).unwrap(),
    crossbeam_channel::Receiver<T>: |r| r.recv().unwrap()
}

/// What crossfire's handles of bounded channels are called.
type Array<T> = crossfire::mpmc::Array<T>;
/// What crossfire's handles of unbounded channels are called.
type List<T> = crossfire::mpmc::List<T>;

tries! {
    crossfire::MAsyncTx<Array<T>>: |s, item| s.try_send(item).unwrap(),
    crossfire::MAsyncRx<Array<T>>: |r| r.try_recv().unwrap()
}
awaits! {
    crossfire::MAsyncTx<Array<T>>: |s, item| s.send(item),
    crossfire::MAsyncRx<Array<T>>: |r| r.recv()
}
blocks! {
    crossfire::MTx<Array<T>>: |s, item| s.send(item).unwrap(),
    crossfire::MRx<Array<T>>: |r| r.recv().unwrap()
}
tries! {
    crossfire::MTx<List<T>>: |s, item| s.try_send(item).unwrap(),
    crossfire::MAsyncRx<List<T>>: |r| r.try_recv().unwrap()
}
// The senders of its unbounded channels have no futures.
awaits! {
    crossfire::MTx<List<T>>: |s, item| std::future::ready(s.send(item)),
    crossfire::MAsyncRx<List<T>>: |r| r.recv()
}

tries! {
    flume::Sender<T>: |s, item| s.try_send(item).unwrap(),
    flume::Receiver<T>: |r| r.try_recv().unwrap()
}
awaits! {
    flume::Sender<T>: |s, item| s.send_async(item),
    flume::Receiver<T>: |r| r.recv_async()
}
blocks! {
    flume::Sender<T>: |s, item| s.send(item).unwrap(),
    flume::Receiver<T>: |r| r.recv().unwrap()
}

tries! {
    kanal::AsyncSender<T>: |s, item| assert!(s.try_send(item).unwrap()),
    kanal::AsyncReceiver<T>: |r| r.try_recv().unwrap().unwrap()
}
awaits! {
    kanal::AsyncSender<T>: |s, item| s.send(item),
    kanal::AsyncReceiver<T>: |r| r.recv()
}
blocks! {
    kanal::AsyncSender<T>: |s, item| s.as_sync().send(item).unwrap(),
    kanal::AsyncReceiver<T>: |r| r.as_sync().recv().unwrap()
}

tries! {
    loole::Sender<T>: |s, item| s.try_send(item).unwrap(),
    loole::Receiver<T>: |r| r.try_recv().unwrap()
}
awaits! {
    loole::Sender<T>: |s, item| s.send_async(item),
    loole::Receiver<T>: |r| r.recv_async()
}
blocks! {
    loole::Sender<T>: |s, item| s.send(item).unwrap(),
    loole::Receiver<T>: |r| r.recv().unwrap()
}

tries! {
    tokio::sync::mpsc::Sender<T>: |s, item| s.try_send(item).unwrap(),
    tokio::sync::mpsc::Receiver<T>: |r| r.try_recv().unwrap()
}
awaits! {
    tokio::sync::mpsc::Sender<T>: |s, item| s.send(item),
    tokio::sync::mpsc::Receiver<T>: |r| r.recv()
}
tries! {
    tokio::sync::mpsc::UnboundedSender<T>: |s, item| s.send(item).unwrap(),
    tokio::sync::mpsc::UnboundedReceiver<T>: |r| r.try_recv().unwrap()
}
awaits! {
    tokio::sync::mpsc::UnboundedSender<T>: |s, item| std::future::ready(s.send(item)),
    tokio::sync::mpsc::UnboundedReceiver<T>: |r| r.recv()
}

blocks! {
    std::sync::mpsc::SyncSender<T>: |s, item| s.send(item).unwrap(),
    std::sync::mpsc::Receiver<T>: |r| r.recv().unwrap()
}

tries! {
    async_priority_channel::Sender<T, Reverse<T>>: |s, item| s.try_send(item, Reverse(item)).unwrap(),
    async_priority_channel::Receiver<T, Reverse<T>>: |r| r.try_recv().unwrap().0
}
awaits! {
    async_priority_channel::Sender<T, Reverse<T>>: |s, item| s.send(item, Reverse(item)),
    async_priority_channel::Receiver<T, Reverse<T>>: |r| r.recv()
}

tries! {
    priority_channel::Sender<T, Reverse<T>>: |s, item| s.try_send(item, Reverse(item)).unwrap(),
    priority_channel::Receiver<T, Reverse<T>>: |r| r.try_recv().unwrap().0
}
awaits! {
    priority_channel::Sender<T, Reverse<T>>: |s, item| s.send(item, Reverse(item)),
    priority_channel::Receiver<T, Reverse<T>>: |r| r.recv()
}

/// The outcome of receiving from those that give the priority back too.
impl<T, P, E: Debug> Outcome<T> for Result<(T, P), E> {
    #[inline]
    fn expected(self) -> T {
        self.unwrap().0
    }
}

/// The least that can stand between threads in the place of a queue: nobody can wait for it.
#[derive(Debug)]
pub struct Locked<Q>(Arc<Mutex<Q>>);

impl<Q: Default> Locked<Q> {
    /// Both ends of an empty one.
    pub fn new() -> (Self, Self) {
        let queue = Arc::new(Mutex::new(Q::default()));
        (Self(Arc::clone(&queue)), Self(queue))
    }
}

impl<Q> Locked<Q> {
    fn lock(&self) -> MutexGuard<'_, Q> {
        self.0.lock().unwrap()
    }
}

tries! {
    Locked<Vec<T>>: |s, item| s.lock().push(item),
    Locked<Vec<T>>: |r| r.lock().pop().unwrap()
}
tries! {
    Locked<VecDeque<T>>: |s, item| s.lock().push_back(item),
    Locked<VecDeque<T>>: |r| r.lock().pop_front().unwrap()
}
// Among equals the first to come is the first to go.
tries! {
    Locked<(BinaryHeap<Reverse<(T, u64)>>, u64)>: |s, item| {
        let (heap, sequence) = &mut *s.lock();
        *sequence += 1;
        heap.push(Reverse((item, *sequence)));
    },
    Locked<(BinaryHeap<Reverse<(T, u64)>>, u64)>: |r| r.lock().0.pop().unwrap().0.0
}
