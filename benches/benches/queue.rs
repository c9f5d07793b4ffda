//! Queues with one thread, where nobody has to wait.

#[path = "shared/brief.rs"]
mod brief;
#[path = "shared/processor.rs"]
mod processor;

use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;

use async_dual_queue::{FifoQueue, LifoQueue, PriorityQueue};
use benches::channels::{
    AsyncRecv, AsyncSend, Item, Locked, Outcome, TryRecv, TrySend, fifo, ring,
};
use brief::{Group, brief};
use criterion::{criterion_group, criterion_main};
use crossfire::mpmc as crossfire;
use processor::Criterion;
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
    group: &mut Group<'_>,
    contender: &str,
    (sender, mut receiver): (impl TrySend<T>, impl TryRecv<T>),
    item: T,
) {
    group.bench_function(contender, |bencher| {
        bencher.iter(|| {
            sender.put(black_box(item));
            receiver.get()
        });
    });
}

/// Sends and receives by futures that are ready at once.
fn awaits<T: Item>(
    group: &mut Group<'_>,
    contender: &str,
    (sender, mut receiver): (impl AsyncSend<T>, impl AsyncRecv<T>),
    item: T,
) {
    let waker = CountWaker::new().1;
    group.bench_function(contender, |bencher| {
        bencher.iter(|| {
            now(sender.put_async(black_box(item)), &waker).expected();
            now(receiver.get_async(), &waker).expected()
        });
    });
}

fn bounded_try<T: Item>(mut group: Group<'_>, capacity: usize, item: T) {
    let group = &mut group;
    tries(group, "ours", ring(capacity), item);
    tries(group, "ours-mutex", fifo(capacity), item);
    tries(
        group,
        "async-channel",
        async_channel::bounded(capacity),
        item,
    );
    tries(group, "asyncband", asyncband::mpmc::bounded(capacity), item);
    tries(
        group,
        "crossbeam-channel",
        crossbeam_channel::bounded(capacity),
        item,
    );
    tries(group, "crossfire", crossfire::bounded_async(capacity), item);
    tries(group, "flume", flume::bounded(capacity), item);
    tries(group, "kanal", kanal::bounded_async(capacity), item);
    tries(group, "loole", loole::bounded(capacity), item);
    tries(group, "std-mutex", Locked::<VecDeque<T>>::new(), item);
    tries(group, "tokio", tokio::channel(capacity), item);
}

fn bounded_await<T: Item>(mut group: Group<'_>, capacity: usize, item: T) {
    let group = &mut group;
    awaits(group, "ours", ring(capacity), item);
    awaits(group, "ours-mutex", fifo(capacity), item);
    awaits(
        group,
        "async-channel",
        async_channel::bounded(capacity),
        item,
    );
    awaits(group, "asyncband", asyncband::mpmc::bounded(capacity), item);
    awaits(group, "crossfire", crossfire::bounded_async(capacity), item);
    awaits(group, "flume", flume::bounded(capacity), item);
    awaits(group, "kanal", kanal::bounded_async(capacity), item);
    awaits(group, "loole", loole::bounded(capacity), item);
    awaits(group, "tokio", tokio::channel(capacity), item);
}

fn bounded(criterion: &mut Criterion) {
    let wide = [1_u64; 8];
    bounded_try(brief(criterion, "queue/bounded_128_try"), 128, 1_u64);
    bounded_await(brief(criterion, "queue/bounded_128_await"), 128, 1_u64);
    bounded_try(brief(criterion, "queue/bounded_1_try"), 1, 1_u64);
    bounded_await(brief(criterion, "queue/bounded_1_await"), 1, 1_u64);
    bounded_try(
        brief(criterion, "queue/bounded_128_64_bytes_try"),
        128,
        wide,
    );
    bounded_await(
        brief(criterion, "queue/bounded_128_64_bytes_await"),
        128,
        wide,
    );
}

/// Against the peers' first in, first out, in whatever order ours gives the items out.
fn unbounded_try(group: &mut Group<'_>) {
    tries(group, "async-channel", async_channel::unbounded(), 1_u64);
    tries(
        group,
        "crossbeam-channel",
        crossbeam_channel::unbounded(),
        1_u64,
    );
    tries(group, "crossfire", crossfire::unbounded_async(), 1_u64);
    tries(group, "flume", flume::unbounded(), 1_u64);
    tries(group, "kanal", kanal::unbounded_async(), 1_u64);
    tries(group, "loole", loole::unbounded(), 1_u64);
    tries(group, "tokio", tokio::unbounded_channel(), 1_u64);
}

fn unbounded_await(group: &mut Group<'_>) {
    awaits(group, "async-channel", async_channel::unbounded(), 1_u64);
    awaits(group, "crossfire", crossfire::unbounded_async(), 1_u64);
    awaits(group, "flume", flume::unbounded(), 1_u64);
    awaits(group, "kanal", kanal::unbounded_async(), 1_u64);
    awaits(group, "loole", loole::unbounded(), 1_u64);
    awaits(group, "tokio", tokio::unbounded_channel(), 1_u64);
}

fn unbounded(criterion: &mut Criterion) {
    {
        let group = &mut brief(criterion, "queue/unbounded_try");
        tries(group, "ours", FifoQueue::unbounded().into_channel(), 1_u64);
        tries(group, "std-mutex", Locked::<VecDeque<u64>>::new(), 1);
        unbounded_try(group);
    }
    let group = &mut brief(criterion, "queue/unbounded_await");
    awaits(group, "ours", FifoQueue::unbounded().into_channel(), 1_u64);
    unbounded_await(group);
}

fn lifo(criterion: &mut Criterion) {
    {
        let group = &mut brief(criterion, "queue/lifo_try");
        tries(group, "ours", LifoQueue::unbounded().into_channel(), 1_u64);
        tries(group, "std-mutex", Locked::<Vec<u64>>::new(), 1);
        unbounded_try(group);
    }
    let group = &mut brief(criterion, "queue/lifo_await");
    awaits(group, "ours", LifoQueue::unbounded().into_channel(), 1_u64);
    unbounded_await(group);
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
    group: &mut Group<'_>,
    contender: &str,
    (sender, mut receiver): (impl TrySend<u64>, impl TryRecv<u64>),
) {
    let mut random = testkit::rng(29);
    fill(&sender, &mut random);
    group.bench_function(contender, |bencher| {
        bencher.iter(|| sender.put(receiver.get() + random.u64(..SPREAD)));
    });
}

fn priority_awaits(
    group: &mut Group<'_>,
    contender: &str,
    (sender, mut receiver): (impl AsyncSend<u64> + TrySend<u64>, impl AsyncRecv<u64>),
) {
    let waker = CountWaker::new().1;
    let mut random = testkit::rng(29);
    fill(&sender, &mut random);
    group.bench_function(contender, |bencher| {
        bencher.iter(|| {
            let next = now(receiver.get_async(), &waker).expected() + random.u64(..SPREAD);
            now(sender.put_async(next), &waker).expected();
        });
    });
}

fn priority(criterion: &mut Criterion) {
    {
        let group = &mut brief(criterion, "queue/priority_1000_try");
        priority_tries(group, "ours", PriorityQueue::unbounded().into_channel());
        priority_tries(
            group,
            "async-priority-channel",
            async_priority_channel::unbounded(),
        );
        priority_tries(group, "priority-channel", priority_channel::bounded(2000));
        priority_tries(group, "std-mutex", Locked::<(BinaryHeap<_>, u64)>::new());
    }
    let group = &mut brief(criterion, "queue/priority_1000_await");
    priority_awaits(group, "ours", PriorityQueue::unbounded().into_channel());
    priority_awaits(
        group,
        "async-priority-channel",
        async_priority_channel::unbounded(),
    );
    priority_awaits(group, "priority-channel", priority_channel::bounded(2000));
}

criterion_group! {
    name = queue;
    config = processor::criterion();
    targets = bounded, unbounded, lifo, priority
}
criterion_main!(queue);
