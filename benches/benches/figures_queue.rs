//! Queues with one thread, where nobody has to wait.

use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;

use async_dual_queue::{FifoQueue, LifoQueue, PriorityQueue};
use benches::Figures;
use benches::channels::{
    AsyncRecv, AsyncSend, Item, Locked, Outcome, TryRecv, TrySend, fifo, ring,
};
use benches::turns::Turns;
use crossfire::mpmc as crossfire;
use testkit::{CountWaker, poll_pinned};
use tokio::sync::mpsc as tokio;

/// Polls a future that has to be ready.
fn now<F: Future>(future: F, waker: &std::task::Waker) -> F::Output {
    match poll_pinned(pin!(future), waker) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("not ready"),
    }
}

/// Sends and receives by `try_`.
fn tries<T: Item>(
    turns: &mut Turns,
    contender: &'static str,
    (sender, mut receiver): (impl TrySend<T> + 'static, impl TryRecv<T> + 'static),
    item: T,
) {
    turns.add(contender, move || {
        sender.put(black_box(item));
        receiver.get()
    });
}

/// Sends and receives by futures that are ready at once.
fn awaits<T: Item>(
    turns: &mut Turns,
    contender: &'static str,
    (sender, mut receiver): (impl AsyncSend<T>, impl AsyncRecv<T>),
    item: T,
) {
    let waker = CountWaker::new().1;
    turns.add(contender, move || {
        now(sender.put_async(black_box(item)), &waker).expected();
        now(receiver.get_async(), &waker).expected()
    });
}

fn bounded_try<T: Item>(turns: &mut Turns, capacity: usize, item: T) {
    tries(turns, "ours", ring(capacity), item);
    tries(turns, "ours-mutex", fifo(capacity), item);
    tries(
        turns,
        "async-channel",
        async_channel::bounded(capacity),
        item,
    );
    tries(turns, "asyncband", asyncband::mpmc::bounded(capacity), item);
    tries(
        turns,
        "crossbeam-channel",
        crossbeam_channel::bounded(capacity),
        item,
    );
    tries(turns, "crossfire", crossfire::bounded_async(capacity), item);
    tries(turns, "flume", flume::bounded(capacity), item);
    tries(turns, "kanal", kanal::bounded_async(capacity), item);
    tries(turns, "loole", loole::bounded(capacity), item);
    tries(turns, "std-mutex", Locked::<VecDeque<T>>::new(), item);
    tries(turns, "tokio", tokio::channel(capacity), item);
}

fn bounded_await<T: Item>(turns: &mut Turns, capacity: usize, item: T) {
    awaits(turns, "ours", ring(capacity), item);
    awaits(turns, "ours-mutex", fifo(capacity), item);
    awaits(
        turns,
        "async-channel",
        async_channel::bounded(capacity),
        item,
    );
    awaits(turns, "asyncband", asyncband::mpmc::bounded(capacity), item);
    awaits(turns, "crossfire", crossfire::bounded_async(capacity), item);
    awaits(turns, "flume", flume::bounded(capacity), item);
    awaits(turns, "kanal", kanal::bounded_async(capacity), item);
    awaits(turns, "loole", loole::bounded(capacity), item);
    awaits(turns, "tokio", tokio::channel(capacity), item);
}

fn bounded<T: Item>(figures: &Figures, scenario: &str, capacity: usize, item: T) {
    Turns::take(figures, &format!("{scenario}_try"), |turns| {
        bounded_try(turns, capacity, item);
    });
    Turns::take(figures, &format!("{scenario}_await"), |turns| {
        bounded_await(turns, capacity, item);
    });
}

/// Against the peers' first in, first out, in whatever order ours gives the items out.
fn unbounded_try(turns: &mut Turns) {
    tries(turns, "async-channel", async_channel::unbounded(), 1_u64);
    tries(
        turns,
        "crossbeam-channel",
        crossbeam_channel::unbounded(),
        1_u64,
    );
    tries(turns, "crossfire", crossfire::unbounded_async(), 1_u64);
    tries(turns, "flume", flume::unbounded(), 1_u64);
    tries(turns, "kanal", kanal::unbounded_async(), 1_u64);
    tries(turns, "loole", loole::unbounded(), 1_u64);
    tries(turns, "tokio", tokio::unbounded_channel(), 1_u64);
}

fn unbounded_await(turns: &mut Turns) {
    awaits(turns, "async-channel", async_channel::unbounded(), 1_u64);
    awaits(turns, "crossfire", crossfire::unbounded_async(), 1_u64);
    awaits(turns, "flume", flume::unbounded(), 1_u64);
    awaits(turns, "kanal", kanal::unbounded_async(), 1_u64);
    awaits(turns, "loole", loole::unbounded(), 1_u64);
    awaits(turns, "tokio", tokio::unbounded_channel(), 1_u64);
}

fn unbounded(figures: &Figures) {
    Turns::take(figures, "queue/unbounded_try", |turns| {
        tries(turns, "ours", FifoQueue::unbounded().into_channel(), 1_u64);
        tries(turns, "std-mutex", Locked::<VecDeque<u64>>::new(), 1);
        unbounded_try(turns);
    });
    Turns::take(figures, "queue/unbounded_await", |turns| {
        awaits(turns, "ours", FifoQueue::unbounded().into_channel(), 1_u64);
        unbounded_await(turns);
    });
}

fn lifo(figures: &Figures) {
    Turns::take(figures, "queue/lifo_try", |turns| {
        tries(turns, "ours", LifoQueue::unbounded().into_channel(), 1_u64);
        tries(turns, "std-mutex", Locked::<Vec<u64>>::new(), 1);
        unbounded_try(turns);
    });
    Turns::take(figures, "queue/lifo_await", |turns| {
        awaits(turns, "ours", LifoQueue::unbounded().into_channel(), 1_u64);
        unbounded_await(turns);
    });
}

/// How much later than what is received the next item comes, at most.
const SPREAD: u64 = 2000;
const DEPTH: u64 = 1000;

/// Fills it, so that what is sent next belongs somewhere among what is there.
fn fill(sender: &impl TrySend<u64>, random: &mut fastrand::Rng) {
    (0..DEPTH).for_each(|_| sender.put(random.u64(..SPREAD)));
}

/// Takes the most urgent and sends one that is less so: the contents stay alike however long it runs.
fn priority_tries(
    turns: &mut Turns,
    contender: &'static str,
    (sender, mut receiver): (impl TrySend<u64> + 'static, impl TryRecv<u64> + 'static),
) {
    let mut random = testkit::rng(29);
    fill(&sender, &mut random);
    turns.add(contender, move || {
        sender.put(receiver.get() + random.u64(..SPREAD));
    });
}

fn priority_awaits(
    turns: &mut Turns,
    contender: &'static str,
    (sender, mut receiver): (impl AsyncSend<u64> + TrySend<u64>, impl AsyncRecv<u64>),
) {
    let waker = CountWaker::new().1;
    let mut random = testkit::rng(29);
    fill(&sender, &mut random);
    turns.add(contender, move || {
        let next = now(receiver.get_async(), &waker).expected() + random.u64(..SPREAD);
        now(sender.put_async(next), &waker).expected();
    });
}

fn priority(figures: &Figures) {
    Turns::take(figures, "queue/priority_1000_try", |turns| {
        priority_tries(turns, "ours", PriorityQueue::unbounded().into_channel());
        priority_tries(
            turns,
            "async-priority-channel",
            async_priority_channel::unbounded(),
        );
        priority_tries(turns, "priority-channel", priority_channel::bounded(2000));
        priority_tries(turns, "std-mutex", Locked::<(BinaryHeap<_>, u64)>::new());
    });
    Turns::take(figures, "queue/priority_1000_await", |turns| {
        priority_awaits(turns, "ours", PriorityQueue::unbounded().into_channel());
        priority_awaits(
            turns,
            "async-priority-channel",
            async_priority_channel::unbounded(),
        );
        priority_awaits(turns, "priority-channel", priority_channel::bounded(2000));
    });
}

fn main() {
    let figures = Figures::from_args();
    bounded(&figures, "queue/bounded_128", 128, 1_u64);
    bounded(&figures, "queue/bounded_1", 1, 1_u64);
    bounded(&figures, "queue/bounded_128_64_bytes", 128, [1_u64; 8]);
    unbounded(&figures);
    lifo(&figures);
    priority(&figures);
}
