//! Queues with one thread, where receivers and senders wait for each other.

use std::iter;
use std::pin::pin;
use std::time::Instant;

use benches::Figures;
use benches::channels::{AsyncRecv, AsyncSend, Outcome, TrySend, fifo, ring};
use benches::turns::Turns;
use crossfire::mpmc as crossfire;
use event_listener::Event;
use smol::LocalExecutor;
use testkit::{CountWaker, poll_once, poll_pinned};
use tokio::runtime::Builder;
use tokio::sync::mpsc as tokio_mpsc;
use tokio::task::LocalSet;

/// A receive that has to wait, and is woken by what is sent.
fn pending(
    turns: &mut Turns,
    contender: &'static str,
    (sender, mut receiver): (impl TrySend<u64> + 'static, impl AsyncRecv<u64>),
) {
    let waker = CountWaker::new().1;
    turns.add(contender, move || {
        let mut receive = pin!(receiver.get_async());
        assert!(poll_pinned(receive.as_mut(), &waker).is_pending());
        sender.put(1);
        assert!(poll_pinned(receive, &waker).is_ready());
    });
}

fn receive_pending(turns: &mut Turns) {
    // The queue that one takes by default; the ring is for those who seldom wait.
    pending(turns, "ours", fifo(128));
    pending(turns, "ours-ring", ring(128));
    pending(turns, "async-channel", async_channel::bounded(128));
    pending(turns, "asyncband", asyncband::mpmc::bounded(128));
    pending(turns, "crossfire", crossfire::bounded_async(128));
    pending(turns, "flume", flume::bounded(128));
    pending(turns, "kanal", kanal::bounded_async(128));
    pending(turns, "loole", loole::bounded(128));
    pending(turns, "tokio", tokio_mpsc::channel(128));
    // What others are built on, with nothing to send.
    let (event, waker) = (Event::new(), CountWaker::new().1);
    turns.add("event-listener", move || {
        let mut wait = event.listen();
        assert!(poll_once(&mut wait, &waker).is_pending());
        event.notify(1);
        assert!(poll_once(&mut wait, &waker).is_ready());
    });
}

/// A receive that gives up, behind a hundred others that wait.
fn cancelled<R: AsyncRecv<u64> + Clone>(
    turns: &mut Turns,
    contender: &'static str,
    (sender, mut receiver): (impl Sized + 'static, R),
) {
    let waker = CountWaker::new().1;
    let mut waiting: Vec<_> = iter::repeat_n(receiver.clone(), 100)
        .map(|mut other| Box::pin(async move { other.get_async().await.expected() }))
        .collect();
    for other in &mut waiting {
        assert!(poll_once(other, &waker).is_pending());
    }
    turns.add(contender, move || {
        let _kept = (&sender, &waiting);
        assert!(poll_pinned(pin!(receiver.get_async()), &waker).is_pending());
    });
}

fn receive_cancelled(turns: &mut Turns) {
    cancelled(turns, "ours", ring(128));
    cancelled(turns, "ours-mutex", fifo(128));
    cancelled(turns, "async-channel", async_channel::bounded::<u64>(128));
    cancelled(turns, "asyncband", asyncband::mpmc::bounded::<u64>(128));
    cancelled(turns, "crossfire", crossfire::bounded_async::<u64>(128));
    cancelled(turns, "flume", flume::bounded::<u64>(128));
    cancelled(turns, "kanal", kanal::bounded_async::<u64>(128));
    cancelled(turns, "loole", loole::bounded::<u64>(128));
}

const WAITING: usize = 1000;

/// Many receivers that wait and give up, the first to come first; per receiver.
fn all_dropped<R: AsyncRecv<u64> + Clone>(
    turns: &mut Turns,
    contender: &'static str,
    (sender, receiver): (impl Sized + 'static, R),
) {
    let waker = CountWaker::new().1;
    let mut receivers = vec![receiver; WAITING];
    let mut once = move || {
        let _kept = &sender;
        let mut waiting: Vec<_> = receivers
            .iter_mut()
            .map(|receiver| Box::pin(receiver.get_async()))
            .collect();
        for receive in &mut waiting {
            assert!(poll_once(receive, &waker).is_pending());
        }
        let begun = Instant::now();
        drop(waiting);
        begun.elapsed()
    };
    turns.add_timed(contender, move |runs| (0..runs).map(|_| once()).sum());
}

fn waiting_receivers_dropped(turns: &mut Turns) {
    all_dropped(turns, "ours", ring(128));
    all_dropped(turns, "ours-mutex", fifo(128));
    all_dropped(turns, "async-channel", async_channel::bounded::<u64>(128));
    all_dropped(turns, "asyncband", asyncband::mpmc::bounded::<u64>(128));
    all_dropped(turns, "crossfire", crossfire::bounded_async::<u64>(128));
    all_dropped(turns, "flume", flume::bounded::<u64>(128));
    all_dropped(turns, "kanal", kanal::bounded_async::<u64>(128));
    all_dropped(turns, "loole", loole::bounded::<u64>(128));
}

/// Items per run of two tasks.
const ITEMS: usize = 2000;

async fn send_all(sender: impl AsyncSend<u64>) {
    for item in 0..ITEMS as u64 {
        sender.put_async(item).await.expected();
    }
}

async fn receive_all(mut receiver: impl AsyncRecv<u64>) {
    for item in 0..ITEMS as u64 {
        assert_eq!(receiver.get_async().await.expected(), item);
    }
}

/// Two tasks of a thread of tokio's.
fn on_tokio<S: AsyncSend<u64>, R: AsyncRecv<u64>>(
    turns: &mut Turns,
    contender: &'static str,
    pair: impl Fn(usize) -> (S, R) + 'static,
) {
    let runtime = Builder::new_current_thread().build().unwrap();
    turns.add(contender, move || {
        let (sender, receiver) = pair(128);
        let tasks = LocalSet::new();
        tasks.spawn_local(receive_all(receiver));
        tasks.spawn_local(send_all(sender));
        runtime.block_on(tasks);
    });
}

/// Two tasks of a thread of smol's.
fn on_smol<S: AsyncSend<u64>, R: AsyncRecv<u64>>(
    turns: &mut Turns,
    contender: &'static str,
    pair: impl Fn(usize) -> (S, R) + 'static,
) {
    turns.add(contender, move || {
        let (sender, receiver) = pair(128);
        let executor = LocalExecutor::new();
        let receiving = executor.spawn(receive_all(receiver));
        let sending = executor.spawn(send_all(sender));
        smol::future::block_on(executor.run(async {
            sending.await;
            receiving.await;
        }));
    });
}

fn two_tasks_of_tokio(turns: &mut Turns) {
    on_tokio(turns, "ours", ring);
    on_tokio(turns, "ours-mutex", fifo);
    on_tokio(turns, "async-channel", async_channel::bounded);
    on_tokio(turns, "asyncband", asyncband::mpmc::bounded);
    on_tokio(turns, "crossfire", crossfire::bounded_async);
    on_tokio(turns, "flume", flume::bounded);
    on_tokio(turns, "kanal", kanal::bounded_async);
    on_tokio(turns, "loole", loole::bounded);
    on_tokio(turns, "tokio", tokio_mpsc::channel);
}

fn two_tasks_of_smol(turns: &mut Turns) {
    on_smol(turns, "ours", ring);
    on_smol(turns, "ours-mutex", fifo);
    on_smol(turns, "async-channel", async_channel::bounded);
    on_smol(turns, "asyncband", asyncband::mpmc::bounded);
    on_smol(turns, "crossfire", crossfire::bounded_async);
    on_smol(turns, "flume", flume::bounded);
    on_smol(turns, "kanal", kanal::bounded_async);
    on_smol(turns, "loole", loole::bounded);
    on_smol(turns, "tokio", tokio_mpsc::channel);
}

fn main() {
    let figures = Figures::from_args();
    Turns::take(&figures, "queue/receive_pending", receive_pending);
    Turns::take(
        &figures,
        "queue/receive_cancelled_behind_100",
        receive_cancelled,
    );
    let scenario = "queue/1000_waiting_receivers_dropped";
    Turns::take_each(&figures, scenario, WAITING, waiting_receivers_dropped);
    Turns::take_each(&figures, "queue/two_tasks_tokio", ITEMS, two_tasks_of_tokio);
    Turns::take_each(&figures, "queue/two_tasks_smol", ITEMS, two_tasks_of_smol);
}
