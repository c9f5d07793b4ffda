//! What queues take of memory, and whom they wake.

use std::cmp::Reverse;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Poll, Waker};

use async_dual_queue::{FifoQueue, PriorityQueue};
use benches::channels::{AsyncRecv, AsyncSend, Outcome, TryRecv, TrySend, fifo, ring};
use benches::{Figures, figure, float};
use crossfire::mpmc as crossfire;
use event_listener::Event;
use testkit::{CountWaker, count_allocations, live_bytes, poll_once, poll_pinned};
use tokio::sync::mpsc as tokio;

#[global_allocator]
static ALLOCATOR: testkit::CountingAllocator = testkit::CountingAllocator::new();

fn main() {
    let figures = Figures::from_args();
    allocations(&figures);
    handles(&figures);
    waiters(&figures);
    burst(&figures);
    wakes(&figures);
}

fn waker() -> Waker {
    CountWaker::new().1
}

/// Prints how many allocations the operation needs on the thread that does it.
fn counted(scenario: &str, contender: &str, mut operation: impl FnMut()) {
    const OPERATIONS: usize = 1000;

    // What is allocated once and kept has been by then.
    (0..20 * OPERATIONS).for_each(|_| operation());
    let counted = count_allocations(|| (0..OPERATIONS).for_each(|_| operation()));
    let each = float(counted.calls) / float(OPERATIONS);
    figure(scenario, contender, each, "allocations");
}

fn tries(
    scenario: &str,
    contender: &str,
    (sender, mut receiver): (impl TrySend<u64>, impl TryRecv<u64>),
) {
    counted(scenario, contender, || {
        sender.put(1);
        black_box(receiver.get());
    });
}

fn awaits(
    scenario: &str,
    contender: &str,
    (sender, mut receiver): (impl AsyncSend<u64>, impl AsyncRecv<u64>),
) {
    let waker = waker();
    counted(scenario, contender, || {
        assert!(poll_pinned(pin!(sender.put_async(1)), &waker).is_ready());
        assert!(poll_pinned(pin!(receiver.get_async()), &waker).is_ready());
    });
}

fn pending(
    scenario: &str,
    contender: &str,
    (sender, mut receiver): (impl TrySend<u64>, impl AsyncRecv<u64>),
) {
    let waker = waker();
    counted(scenario, contender, || {
        let mut receive = pin!(receiver.get_async());
        assert!(poll_pinned(receive.as_mut(), &waker).is_pending());
        sender.put(1);
        assert!(poll_pinned(receive, &waker).is_ready());
    });
}

fn allocations(figures: &Figures) {
    let scenario = "queue/bounded_128_try";
    if figures.want(&[scenario]) {
        tries(scenario, "ours", ring(128));
        tries(scenario, "ours-mutex", fifo(128));
        tries(scenario, "async-channel", async_channel::bounded(128));
        tries(scenario, "asyncband", asyncband::mpmc::bounded(128));
        tries(
            scenario,
            "crossbeam-channel",
            crossbeam_channel::bounded(128),
        );
        tries(scenario, "crossfire", crossfire::bounded_async(128));
        tries(scenario, "flume", flume::bounded(128));
        tries(scenario, "kanal", kanal::bounded_async(128));
        tries(scenario, "loole", loole::bounded(128));
        tries(scenario, "tokio", tokio::channel(128));
    }
    let scenario = "queue/bounded_128_await";
    if figures.want(&[scenario]) {
        awaits(scenario, "ours", ring(128));
        awaits(scenario, "ours-mutex", fifo(128));
        awaits(scenario, "async-channel", async_channel::bounded(128));
        awaits(scenario, "asyncband", asyncband::mpmc::bounded(128));
        awaits(scenario, "crossfire", crossfire::bounded_async(128));
        awaits(scenario, "flume", flume::bounded(128));
        awaits(scenario, "kanal", kanal::bounded_async(128));
        awaits(scenario, "loole", loole::bounded(128));
        awaits(scenario, "tokio", tokio::channel(128));
    }
    let scenario = "queue/unbounded_await";
    if figures.want(&[scenario]) {
        awaits(scenario, "ours", FifoQueue::unbounded().into_channel());
        awaits(scenario, "async-channel", async_channel::unbounded());
        awaits(scenario, "crossfire", crossfire::unbounded_async());
        awaits(scenario, "flume", flume::unbounded());
        awaits(scenario, "kanal", kanal::unbounded_async());
        awaits(scenario, "loole", loole::unbounded());
        awaits(scenario, "tokio", tokio::unbounded_channel());
    }
    let scenario = "queue/priority_1000_await";
    if figures.want(&[scenario]) {
        awaits(scenario, "ours", PriorityQueue::unbounded().into_channel());
        awaits(
            scenario,
            "async-priority-channel",
            async_priority_channel::unbounded(),
        );
        awaits(
            scenario,
            "priority-channel",
            priority_channel::bounded(2000),
        );
    }
    let scenario = "queue/receive_pending";
    if figures.want(&[scenario]) {
        pending(scenario, "ours", ring(128));
        pending(scenario, "ours-mutex", fifo(128));
        pending(scenario, "async-channel", async_channel::bounded(128));
        pending(scenario, "asyncband", asyncband::mpmc::bounded(128));
        pending(scenario, "crossfire", crossfire::bounded_async(128));
        pending(scenario, "flume", flume::bounded(128));
        pending(scenario, "kanal", kanal::bounded_async(128));
        pending(scenario, "loole", loole::bounded(128));
        pending(scenario, "tokio", tokio::channel(128));
        let (event, waker) = (Event::new(), waker());
        counted(scenario, "event-listener", || {
            let mut wait = event.listen();
            assert!(poll_once(&mut wait, &waker).is_pending());
            event.notify(1);
            assert!(poll_once(&mut wait, &waker).is_ready());
        });
    }
}

/// The sizes of what users hold, and what a queue takes that nothing was sent through.
fn handles(figures: &Figures) {
    if figures.want(&[
        "queue_memory/sender",
        "queue_memory/receiver",
        "queue_memory/send_future_of_u64",
        "queue_memory/receive_future_of_u64",
        "queue_memory/empty_bounded_128",
    ]) {
        sizes("ours", || ring(128));
        sizes("ours-mutex", || fifo(128));
        sizes("async-channel", || async_channel::bounded(128));
        sizes("asyncband", || asyncband::mpmc::bounded(128));
        sizes("crossfire", || crossfire::bounded_async(128));
        sizes("flume", || flume::bounded(128));
        sizes("kanal", || kanal::bounded_async(128));
        sizes("loole", || loole::bounded(128));
        sizes("tokio", || tokio::channel(128));
    }
}

fn sizes<S: AsyncSend<u64>, R: AsyncRecv<u64>>(contender: &str, pair: impl Fn() -> (S, R)) {
    let before = live_bytes();
    let (sender, mut receiver) = pair();
    let empty = live_bytes() - before;
    let say = |what: &str, bytes: usize| {
        figure(
            &format!("queue_memory/{what}"),
            contender,
            float(bytes),
            "bytes",
        );
    };
    say("sender", size_of::<S>());
    say("receiver", size_of::<R>());
    say("send_future_of_u64", size_of_val(&sender.put_async(1)));
    say("receive_future_of_u64", size_of_val(&receiver.get_async()));
    say("empty_bounded_128", empty);
}

const WAITERS: usize = 1000;

/// Bytes per future that waits, itself included.
fn bytes_each<F: Future>(futures: impl Iterator<Item = F>) -> f64 {
    let waker = waker();
    let before = live_bytes();
    let mut waiting = Vec::with_capacity(WAITERS);
    for future in futures {
        let mut future = Box::pin(future);
        assert!(poll_once(&mut future, &waker).is_pending());
        waiting.push(future);
    }
    let bytes = float(live_bytes() - before) / float(waiting.len());
    // The pointer to the box stands in for the place in a task, and is not counted.
    bytes - float(size_of::<Pin<Box<()>>>())
}

fn receivers<R: AsyncRecv<u64> + Clone>(contender: &str, (_sender, receiver): (impl Sized, R)) {
    let mut receivers = vec![receiver; WAITERS];
    let each = bytes_each(receivers.iter_mut().map(AsyncRecv::get_async));
    figure("queue_memory/waiting_receiver", contender, each, "bytes");
}

fn senders<S: AsyncSend<u64> + TrySend<u64>>(
    contender: &str,
    (sender, _receiver): (S, impl Sized),
) {
    sender.put(1);
    let each = bytes_each((0..WAITERS as u64).map(|item| sender.put_async(item)));
    figure("queue_memory/waiting_sender", contender, each, "bytes");
}

fn waiters(figures: &Figures) {
    if figures.want(&["queue_memory/waiting_receiver"]) {
        receivers("ours", ring(128));
        receivers("ours-mutex", fifo(128));
        receivers("async-channel", async_channel::bounded::<u64>(128));
        receivers("asyncband", asyncband::mpmc::bounded::<u64>(128));
        receivers("crossfire", crossfire::bounded_async::<u64>(128));
        receivers("flume", flume::bounded::<u64>(128));
        receivers("kanal", kanal::bounded_async::<u64>(128));
        receivers("loole", loole::bounded::<u64>(128));
    }
    if figures.want(&["queue_memory/waiting_sender"]) {
        senders("ours", ring(1));
        senders("ours-mutex", fifo(1));
        senders("async-channel", async_channel::bounded(1));
        senders("asyncband", asyncband::mpmc::bounded(1));
        senders("crossfire", crossfire::bounded_async(1));
        senders("flume", flume::bounded(1));
        senders("kanal", kanal::bounded_async(1));
        senders("loole", loole::bounded(1));
        senders("tokio", tokio::channel(1));
    }
}

/// What remains of many items that were sent before the first was received.
fn burst(figures: &Figures) {
    let scenario = "queue_memory/after_a_burst_of_100k";
    if figures.want(&[scenario]) {
        remains(scenario, "ours", || FifoQueue::unbounded().into_channel());
        remains(scenario, "async-channel", async_channel::unbounded);
        remains(scenario, "crossbeam-channel", crossbeam_channel::unbounded);
        remains(scenario, "crossfire", crossfire::unbounded_async);
        remains(scenario, "flume", flume::unbounded);
        remains(scenario, "kanal", kanal::unbounded_async);
        remains(scenario, "loole", loole::unbounded);
        remains(scenario, "tokio", tokio::unbounded_channel);
    }
}

fn remains<S: TrySend<u64>, R: TryRecv<u64>>(
    scenario: &str,
    contender: &str,
    pair: impl Fn() -> (S, R),
) {
    const ITEMS: u64 = 100_000;

    let before = live_bytes();
    let (sender, mut receiver) = pair();
    (0..ITEMS).for_each(|item| sender.put(item));
    (0..ITEMS).for_each(|item| assert_eq!(receiver.get(), item));
    let bytes = live_bytes() - before;
    figure(scenario, contender, float(bytes), "bytes");
}

/// How many of many that wait are woken when one item is sent.
fn wakes(figures: &Figures) {
    let scenario = "queue/wakes_per_send_100_waiting";
    if figures.want(&[scenario]) {
        woken(scenario, "ours", ring(128));
        woken(scenario, "ours-mutex", fifo(128));
        woken(scenario, "async-channel", async_channel::unbounded());
        woken(scenario, "asyncband", asyncband::mpmc::bounded(128));
        woken(scenario, "crossfire", crossfire::bounded_async(128));
        woken(scenario, "flume", flume::bounded(128));
        woken(scenario, "kanal", kanal::bounded_async(128));
        woken(scenario, "loole", loole::bounded(128));
    }
    let scenario = "queue/priority_wakes_per_send_100_waiting";
    if figures.want(&[scenario]) {
        woken(scenario, "ours", PriorityQueue::unbounded().into_channel());
        let pair = async_priority_channel::unbounded::<u64, Reverse<u64>>();
        woken(scenario, "async-priority-channel", pair);
        woken(scenario, "priority-channel", priority_channel::bounded(128));
    }
}

fn woken<R: AsyncRecv<u64> + Clone>(
    scenario: &str,
    contender: &str,
    (sender, receiver): (impl TrySend<u64>, R),
) {
    let (count, waker) = CountWaker::new();
    let mut receivers = vec![receiver; 100];
    let mut waiting: Vec<_> = receivers
        .iter_mut()
        .map(|receiver| Box::pin(receiver.get_async()))
        .collect();
    for receive in &mut waiting {
        assert!(poll_once(receive, &waker).is_pending());
    }
    sender.put(1);
    figure(scenario, contender, float(count.wakes()), "wakes");
    let gone_out: Vec<u64> = waiting
        .iter_mut()
        .filter_map(|receive| match poll_once(receive, &waker) {
            Poll::Ready(outcome) => Some(outcome.expected()),
            Poll::Pending => None,
        })
        .collect();
    assert_eq!(gone_out, [1], "{contender}");
}
