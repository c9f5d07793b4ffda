//! Queues with one thread, where receivers and senders wait for each other.

#[path = "shared/brief.rs"]
mod brief;
#[path = "shared/processor.rs"]
mod processor;

use std::pin::pin;
use std::time::Duration;

use benches::channels::{AsyncRecv, AsyncSend, Outcome, TrySend, fifo, ring};
use brief::{Group, brief};
use cpu_time::ProcessTime;
use criterion::{Throughput, criterion_group, criterion_main};
use crossfire::mpmc as crossfire;
use event_listener::Event;
use processor::Criterion;
use smol::LocalExecutor;
use testkit::{CountWaker, poll_once, poll_pinned};
use tokio::runtime::Builder;
use tokio::sync::mpsc as tokio_mpsc;
use tokio::task::LocalSet;

/// A receive that has to wait, and is woken by what is sent.
fn pending(
    group: &mut Group<'_>,
    contender: &str,
    (sender, mut receiver): (impl TrySend<u64>, impl AsyncRecv<u64>),
) {
    let waker = CountWaker::new().1;
    group.bench_function(contender, |bencher| {
        bencher.iter(|| {
            let mut receive = pin!(receiver.get_async());
            assert!(poll_pinned(receive.as_mut(), &waker).is_pending());
            sender.put(1);
            assert!(poll_pinned(receive, &waker).is_ready());
        });
    });
}

fn receive_pending(criterion: &mut Criterion) {
    let group = &mut brief(criterion, "queue/receive_pending");
    pending(group, "ours", ring(128));
    pending(group, "ours-mutex", fifo(128));
    pending(group, "async-channel", async_channel::bounded(128));
    pending(group, "asyncband", asyncband::mpmc::bounded(128));
    pending(group, "crossfire", crossfire::bounded_async(128));
    pending(group, "flume", flume::bounded(128));
    pending(group, "kanal", kanal::bounded_async(128));
    pending(group, "loole", loole::bounded(128));
    pending(group, "tokio", tokio_mpsc::channel(128));
    // What others are built on, with nothing to send.
    let waker = CountWaker::new().1;
    group.bench_function("event-listener", |bencher| {
        let event = Event::new();
        bencher.iter(|| {
            let mut wait = event.listen();
            let waits = poll_once(&mut wait, &waker).is_pending();
            event.notify(1);
            assert!(waits && poll_once(&mut wait, &waker).is_ready());
        });
    });
}

/// A receive that gives up, behind a hundred others that wait.
fn cancelled<R: AsyncRecv<u64> + Clone>(
    group: &mut Group<'_>,
    contender: &str,
    (_sender, mut receiver): (impl Sized, R),
) {
    let waker = CountWaker::new().1;
    let mut others = vec![receiver.clone(); 100];
    let mut waiting: Vec<_> = others
        .iter_mut()
        .map(|other| Box::pin(other.get_async()))
        .collect();
    for other in &mut waiting {
        assert!(poll_once(other, &waker).is_pending());
    }
    group.bench_function(contender, |bencher| {
        bencher.iter(|| assert!(poll_pinned(pin!(receiver.get_async()), &waker).is_pending()));
    });
}

fn receive_cancelled(criterion: &mut Criterion) {
    let group = &mut brief(criterion, "queue/receive_cancelled_behind_100");
    cancelled(group, "ours", ring(128));
    cancelled(group, "ours-mutex", fifo(128));
    cancelled(group, "async-channel", async_channel::bounded::<u64>(128));
    cancelled(group, "asyncband", asyncband::mpmc::bounded::<u64>(128));
    cancelled(group, "crossfire", crossfire::bounded_async::<u64>(128));
    cancelled(group, "flume", flume::bounded::<u64>(128));
    cancelled(group, "kanal", kanal::bounded_async::<u64>(128));
    cancelled(group, "loole", loole::bounded::<u64>(128));
}

const WAITING: usize = 1000;

/// Many receivers that wait and give up, the first to come first; per receiver.
fn all_dropped<R: AsyncRecv<u64> + Clone>(
    group: &mut Group<'_>,
    contender: &str,
    (_sender, receiver): (impl Sized, R),
) {
    let waker = CountWaker::new().1;
    let mut receivers = vec![receiver; WAITING];
    group.bench_function(contender, |bencher| {
        bencher.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                let mut waiting: Vec<_> = receivers
                    .iter_mut()
                    .map(|receiver| Box::pin(receiver.get_async()))
                    .collect();
                for receive in &mut waiting {
                    assert!(poll_once(receive, &waker).is_pending());
                }
                let begun = ProcessTime::now();
                drop(waiting);
                spent += begun.elapsed();
            }
            spent
        });
    });
}

fn waiting_receivers_dropped(criterion: &mut Criterion) {
    let group = &mut brief(criterion, "queue/1000_waiting_receivers_dropped");
    group.throughput(Throughput::Elements(WAITING as u64));
    all_dropped(group, "ours", ring(128));
    all_dropped(group, "ours-mutex", fifo(128));
    all_dropped(group, "async-channel", async_channel::bounded::<u64>(128));
    all_dropped(group, "asyncband", asyncband::mpmc::bounded::<u64>(128));
    all_dropped(group, "crossfire", crossfire::bounded_async::<u64>(128));
    all_dropped(group, "flume", flume::bounded::<u64>(128));
    all_dropped(group, "kanal", kanal::bounded_async::<u64>(128));
    all_dropped(group, "loole", loole::bounded::<u64>(128));
}

/// Items per run of two tasks.
const ITEMS: u64 = 10_000;

async fn send_all(sender: impl AsyncSend<u64>) {
    for item in 0..ITEMS {
        sender.put_async(item).await.expected();
    }
}

async fn receive_all(mut receiver: impl AsyncRecv<u64>) {
    for item in 0..ITEMS {
        assert_eq!(receiver.get_async().await.expected(), item);
    }
}

/// Two tasks of a thread of tokio's.
fn on_tokio<S: AsyncSend<u64>, R: AsyncRecv<u64>>(
    group: &mut Group<'_>,
    contender: &str,
    pair: impl Fn(usize) -> (S, R),
) {
    let runtime = Builder::new_current_thread().build().unwrap();
    group.bench_function(contender, |bencher| {
        bencher.iter(|| {
            let (sender, receiver) = pair(128);
            let tasks = LocalSet::new();
            tasks.spawn_local(receive_all(receiver));
            tasks.spawn_local(send_all(sender));
            runtime.block_on(tasks);
        });
    });
}

/// Two tasks of a thread of smol's.
fn on_smol<S: AsyncSend<u64>, R: AsyncRecv<u64>>(
    group: &mut Group<'_>,
    contender: &str,
    pair: impl Fn(usize) -> (S, R),
) {
    group.bench_function(contender, |bencher| {
        bencher.iter(|| {
            let (sender, receiver) = pair(128);
            let executor = LocalExecutor::new();
            let receiving = executor.spawn(receive_all(receiver));
            let sending = executor.spawn(send_all(sender));
            smol::future::block_on(executor.run(async {
                sending.await;
                receiving.await;
            }));
        });
    });
}

fn two_tasks(criterion: &mut Criterion) {
    {
        let group = &mut brief(criterion, "queue/two_tasks_tokio");
        group.throughput(Throughput::Elements(ITEMS));
        on_tokio(group, "ours", ring);
        on_tokio(group, "ours-mutex", fifo);
        on_tokio(group, "async-channel", async_channel::bounded);
        on_tokio(group, "asyncband", asyncband::mpmc::bounded);
        on_tokio(group, "crossfire", crossfire::bounded_async);
        on_tokio(group, "flume", flume::bounded);
        on_tokio(group, "kanal", kanal::bounded_async);
        on_tokio(group, "loole", loole::bounded);
        on_tokio(group, "tokio", tokio_mpsc::channel);
    }
    let group = &mut brief(criterion, "queue/two_tasks_smol");
    group.throughput(Throughput::Elements(ITEMS));
    on_smol(group, "ours", ring);
    on_smol(group, "ours-mutex", fifo);
    on_smol(group, "async-channel", async_channel::bounded);
    on_smol(group, "asyncband", asyncband::mpmc::bounded);
    on_smol(group, "crossfire", crossfire::bounded_async);
    on_smol(group, "flume", flume::bounded);
    on_smol(group, "kanal", kanal::bounded_async);
    on_smol(group, "loole", loole::bounded);
    on_smol(group, "tokio", tokio_mpsc::channel);
}

criterion_group! {
    name = queue;
    config = processor::criterion();
    targets = receive_pending, receive_cancelled, waiting_receivers_dropped, two_tasks
}
criterion_main!(queue);
