//! All kinds of queues: each item is received, given back or left, once, whatever is cancelled.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::{Poll, Waker};

use async_dual_queue::{
    Fifo, FifoQueue, Lifo, LifoQueue, Order, Priority, PriorityQueue, Queue, RecvFuture, Ring,
    RingQueue, SendFuture,
};
use testkit::{CountWaker, poll_once};

use crate::operations::Operations;

/// What the target asks of a kind of queue.
trait Kind: Order {
    fn send(queue: &Queue<u64, Self>, id: u64) -> SendFuture<'_, u64, Self>;
    fn try_send(queue: &Queue<u64, Self>, id: u64) -> Result<(), u64>;
    fn id(message: Self::Message<u64>) -> u64;
    fn resize(queue: &Queue<u64, Self>, capacity: usize);
}

macro_rules! unranked {
    ($order:ty, |$queue:ident, $capacity:ident| $resize:expr) => {
        impl Kind for $order {
            fn send(queue: &Queue<u64, Self>, id: u64) -> SendFuture<'_, u64, Self> {
                queue.send(id)
            }
            fn try_send(queue: &Queue<u64, Self>, id: u64) -> Result<(), u64> {
                queue.try_send(id).map_err(|error| error.into_inner())
            }
            fn id(message: u64) -> u64 {
                message
            }
            fn resize($queue: &Queue<u64, Self>, $capacity: usize) {
                $resize
            }
        }
    };
}

unranked!(Fifo, |queue, capacity| queue.set_capacity(capacity));
unranked!(Lifo, |queue, capacity| queue.set_capacity(capacity));
unranked!(Ring, |_queue, _capacity| ());

impl Kind for Priority<u64> {
    fn send(queue: &Queue<u64, Self>, id: u64) -> SendFuture<'_, u64, Self> {
        queue.send(id, id * 7 % 4)
    }
    fn try_send(queue: &Queue<u64, Self>, id: u64) -> Result<(), u64> {
        let sent = queue.try_send(id, id * 7 % 4);
        sent.map_err(|error| error.into_inner().0)
    }
    fn id((id, _): (u64, u64)) -> u64 {
        id
    }
    fn resize(queue: &Queue<u64, Self>, capacity: usize) {
        queue.set_capacity(capacity);
    }
}

pub(crate) fn fifo(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let queue = FifoQueue::bounded(operations.below(4));
    run(&mut operations, &queue);
}

pub(crate) fn lifo(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let queue = LifoQueue::bounded(operations.below(4));
    run(&mut operations, &queue);
}

pub(crate) fn by_priority(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let queue = PriorityQueue::bounded(operations.below(4));
    run(&mut operations, &queue);
}

pub(crate) fn ring(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let capacity = NonZeroUsize::MIN.saturating_add(operations.below(3));
    run(&mut operations, &RingQueue::with_capacity(capacity));
}

enum Pending<'a, K: Kind> {
    Recv(RecvFuture<'a, u64, K>),
    Send(SendFuture<'a, u64, K>, u64),
}

struct Task<'a, K: Kind> {
    future: Pending<'a, K>,
    polled: bool,
    woken: Arc<CountWaker>,
    waker: Waker,
}

struct Run<'a, K: Kind> {
    queue: &'a Queue<u64, K>,
    tasks: Vec<Task<'a, K>>,
    ids: u64,
    /// Accepted and not taken out yet.
    inside: BTreeSet<u64>,
}

fn run<K: Kind>(operations: &mut Operations<'_>, queue: &Queue<u64, K>) {
    let mut run = Run {
        queue,
        tasks: Vec::new(),
        ids: 0,
        inside: BTreeSet::new(),
    };
    while let Some(operation) = operations.next() {
        run.step(operation, operations);
        queue.assert_invariants();
    }
    run.wake_up();
    while let Some(task) = run.tasks.pop() {
        run.cancel(task);
        queue.assert_invariants();
    }
    for message in queue.drain() {
        run.leaves(K::id(message));
    }
    assert!(run.inside.is_empty(), "lost: {:?}", run.inside);
}

impl<'a, K: Kind> Run<'a, K> {
    fn step(&mut self, operation: u8, operations: &mut Operations<'_>) {
        let queue = self.queue;
        match operation % 16 {
            0..=1 => self.add(Pending::Recv(queue.recv())),
            2..=3 => {
                self.ids += 1;
                self.add(Pending::Send(K::send(queue, self.ids), self.ids));
            }
            4..=7 if !self.tasks.is_empty() => self.poll(operations.below(self.tasks.len())),
            8..=9 if !self.tasks.is_empty() => {
                let task = self.tasks.swap_remove(operations.below(self.tasks.len()));
                self.cancel(task);
            }
            10 => {
                self.ids += 1;
                match K::try_send(queue, self.ids) {
                    Ok(()) => self.enters(self.ids),
                    Err(back) => assert_eq!(back, self.ids),
                }
            }
            11..=12 => {
                if let Ok(id) = queue.try_recv() {
                    self.leaves(id);
                }
            }
            13 => K::resize(queue, operations.below(4)),
            14 => {
                let (mut out, max) = (Vec::new(), operations.below(3));
                let max = NonZeroUsize::MIN.saturating_add(max);
                let received = queue.try_recv_many(&mut out, max).unwrap_or(0);
                assert!(received == out.len() && received <= max.get());
                for id in out {
                    self.leaves(id);
                }
            }
            15 => match operations.below(32) {
                0 => drop(queue.close()),
                1 => {
                    for message in queue.close_now() {
                        self.leaves(K::id(message));
                    }
                }
                2 => {
                    for message in queue.drain() {
                        self.leaves(K::id(message));
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn add(&mut self, future: Pending<'a, K>) {
        let (woken, waker) = CountWaker::new();
        self.tasks.push(Task {
            future,
            polled: false,
            woken,
            waker,
        });
    }

    fn enters(&mut self, id: u64) {
        assert!(self.inside.insert(id), "{id} entered twice");
    }

    fn leaves(&mut self, id: u64) {
        assert!(self.inside.remove(&id), "{id} left, but was not there");
    }

    fn poll(&mut self, at: usize) {
        let task = &mut self.tasks[at];
        let first = !task.polled;
        task.polled = true;
        task.woken.reset();
        let done = match &mut task.future {
            Pending::Recv(recv) => match poll_once(recv, &task.waker) {
                Poll::Ready(Ok(id)) => {
                    self.leaves(id);
                    true
                }
                polled => polled.is_ready(),
            },
            Pending::Send(send, id) => {
                let id = *id;
                let polled = poll_once(send, &task.waker);
                // A parked item may be received at any time.
                if first {
                    self.enters(id);
                }
                if let Poll::Ready(Err(error)) = &polled {
                    let _: &async_dual_queue::SendError<_> = error;
                    self.leaves(id);
                }
                polled.is_ready()
            }
        };
        if done {
            drop(self.tasks.swap_remove(at));
        }
    }

    fn cancel(&mut self, task: Task<'_, K>) {
        if let Pending::Send(send, id) = task.future {
            if let Some(message) = send.cancel() {
                assert_eq!(K::id(message), id);
                if task.polled {
                    self.leaves(id);
                }
            }
        }
    }

    /// Polls only who was woken or is new; then nobody sleeps beside what he waits for.
    fn wake_up(&mut self) {
        let is_due = |task: &Task<'_, K>| !task.polled || task.woken.wakes() > 0;
        while let Some(at) = self.tasks.iter().position(is_due) {
            self.poll(at);
            self.queue.assert_invariants();
        }
        let is_receive = |task: &Task<'_, K>| matches!(task.future, Pending::Recv(_));
        let waits = self.tasks.iter().any(is_receive);
        assert!(!waits || self.inside.is_empty(), "a receiver sleeps");
        assert!(
            !waits || !self.queue.is_closed(),
            "a receiver missed the end"
        );
    }
}
