//! Queues between threads, and between a thread and a task: time on the wall, on all processors and
//! on one.

use std::hint::black_box;
use std::sync::{Barrier, mpsc as std_mpsc};
use std::thread;
use std::time::{Duration, Instant};

use benches::channels::{AsyncRecv, AsyncSend, BlockingRecv, BlockingSend, Outcome, fifo, ring};
use benches::{Figures, figure, in_turns, nanos_each};
use cpu_time::{ProcessTime, ThreadTime};
use crossfire::mpmc as crossfire_mpmc;
use tokio::runtime::Builder;

fn main() {
    let figures = Figures::from_args();
    figures.in_each_regime(|regime| {
        // As its docs advise.
        crossfire::detect_backoff_cfg();
        for (producers, consumers) in [(1, 1), (2, 2), (4, 4)] {
            threads(&figures, regime, producers, consumers);
        }
        rendezvous(&figures, regime);
        round_trip(&figures, regime);
    });
    if !figures.is_pinned() {
        timed_wait(&figures);
    }
}

/// The name of a contender, and its experiment.
type Contender<'a, const VALUES: usize> = (&'a str, &'a dyn Fn() -> [f64; VALUES]);

/// Prints time on the wall and processor time, both per item.
fn say(figures: &Figures, scenario: &str, contenders: &[Contender<'_, 2>]) {
    let processor = format!("{scenario}_cpu");
    if !figures.want(&[scenario, &processor]) {
        return;
    }
    for (contender, [wall, cpu]) in in_turns(figures.size(15, 5), contenders) {
        figure(scenario, contender, wall, "ns");
        figure(&processor, contender, cpu, "ns");
    }
}

/// What a thread took for its part.
struct Part {
    begun: Instant,
    ended: Instant,
    processor: Duration,
}

/// Does a part of the work once all threads are there.
fn part(ready: &Barrier, work: impl FnOnce()) -> Part {
    ready.wait();
    let (processor, begun) = (ThreadTime::now(), Instant::now());
    work();
    Part {
        begun,
        ended: Instant::now(),
        processor: processor.elapsed(),
    }
}

/// Nanoseconds per item on the wall, from the first that begins to the last that ends, and of
/// processor time.
fn per_item(parts: &[Part], items: usize) -> [f64; 2] {
    let begun = parts.iter().map(|part| part.begun).min().unwrap();
    let ended = parts.iter().map(|part| part.ended).max().unwrap();
    let processor = parts.iter().map(|part| part.processor).sum();
    [ended - begun, processor].map(|spent| nanos_each(spent, items))
}

/// Every thread sends or receives its part of the items, and is done with its end of the queue then.
fn passed<S: BlockingSend<u64>, R: BlockingRecv<u64>>(
    items: usize,
    senders: Vec<S>,
    receivers: Vec<R>,
) -> [f64; 2] {
    let ready = &Barrier::new(senders.len() + receivers.len());
    let (each_sends, each_receives) = (items / senders.len(), items / receivers.len());
    let parts: Vec<Part> = thread::scope(|scope| {
        let send = |sender: S| {
            let all = move || (0..each_sends as u64).for_each(|item| sender.put_blocking(item));
            scope.spawn(move || part(ready, all))
        };
        let receive = |receiver: R| {
            let all =
                move || (0..each_receives).for_each(|_| _ = black_box(receiver.get_blocking()));
            scope.spawn(move || part(ready, all))
        };
        let senders = senders.into_iter().map(send);
        let running: Vec<_> = senders.chain(receivers.into_iter().map(receive)).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    per_item(&parts, items)
}

fn many<S, R>((sender, receiver): (S, R), producers: usize, consumers: usize) -> [f64; 2]
where
    S: BlockingSend<u64> + Clone,
    R: BlockingRecv<u64> + Clone,
{
    passed(40_000, vec![sender; producers], vec![receiver; consumers])
}

fn threads(figures: &Figures, regime: &str, producers: usize, consumers: usize) {
    const CAPACITY: usize = 128;

    let scenario = format!("queue_threads/{producers}p{consumers}c_{regime}");
    let (p, c) = (producers, consumers);
    say(
        figures,
        &scenario,
        &[
            ("ours", &|| many(ring(CAPACITY), p, c)),
            ("ours-mutex", &|| many(fifo(CAPACITY), p, c)),
            ("async-channel", &|| {
                many(async_channel::bounded(CAPACITY), p, c)
            }),
            ("crossbeam-channel", &|| {
                many(crossbeam_channel::bounded(CAPACITY), p, c)
            }),
            ("crossfire", &|| {
                many(crossfire_mpmc::bounded_blocking(CAPACITY), p, c)
            }),
            ("flume", &|| many(flume::bounded(CAPACITY), p, c)),
            ("kanal", &|| many(kanal::bounded_async(CAPACITY), p, c)),
            ("loole", &|| many(loole::bounded(CAPACITY), p, c)),
        ],
    );
}

/// Each item goes from hand to hand, from one thread to another.
fn hand<S: BlockingSend<u64>, R: BlockingRecv<u64>>((sender, receiver): (S, R)) -> [f64; 2] {
    passed(1000, vec![sender], vec![receiver])
}

fn rendezvous(figures: &Figures, regime: &str) {
    say(
        figures,
        &format!("queue_threads/rendezvous_{regime}"),
        &[
            ("ours", &|| hand(fifo(0))),
            ("crossbeam-channel", &|| hand(crossbeam_channel::bounded(0))),
            ("flume", &|| hand(flume::bounded(0))),
            ("kanal", &|| hand(kanal::bounded_async(0))),
            ("loole", &|| hand(loole::bounded(0))),
            ("std", &|| hand(std_mpsc::sync_channel(0))),
        ],
    );
}

/// A thread sends to a task and waits for the answer.
fn trips<S: BlockingSend<u64>, R: BlockingRecv<u64>>(
    (there, asked): (S, impl AsyncRecv<u64> + Send),
    (answer, back): (impl AsyncSend<u64> + Send, R),
) -> [f64; 2] {
    const TRIPS: usize = 1000;

    let ready = &Barrier::new(2);
    thread::scope(|scope| {
        let answering = scope.spawn(move || {
            let runtime = Builder::new_current_thread().build().unwrap();
            let mut asked = asked;
            part(ready, || {
                runtime.block_on(async {
                    for _ in 0..TRIPS {
                        let question = asked.get_async().await.expected();
                        answer.put_async(question).await.expected();
                    }
                });
            })
        });
        let asking = part(ready, || {
            for question in 0..TRIPS as u64 {
                there.put_blocking(question);
                assert_eq!(back.get_blocking(), question);
            }
        });
        per_item(&[asking, answering.join().unwrap()], TRIPS)
    })
}

fn round_trip(figures: &Figures, regime: &str) {
    let crossfire = || {
        trips(
            crossfire_mpmc::bounded_blocking_async(1),
            crossfire_mpmc::bounded_async_blocking(1),
        )
    };
    say(
        figures,
        &format!("queue_threads/round_trip_{regime}"),
        &[
            ("ours", &|| trips(ring(1), ring(1))),
            ("ours-mutex", &|| trips(fifo(1), fifo(1))),
            ("async-channel", &|| {
                trips(async_channel::bounded(1), async_channel::bounded(1))
            }),
            ("crossfire", &crossfire),
            ("flume", &|| trips(flume::bounded(1), flume::bounded(1))),
            ("kanal", &|| {
                trips(kanal::bounded_async(1), kanal::bounded_async(1))
            }),
            ("loole", &|| trips(loole::bounded(1), loole::bounded(1))),
        ],
    );
}

/// The processor time of a thread that waits for nothing.
fn timed_wait(figures: &Figures) {
    const WAIT: Duration = Duration::from_millis(300);

    let scenario = "queue_threads/timed_wait_300ms_cpu";
    if !figures.want(&[scenario]) {
        return;
    }
    let say = |contender, wait: &dyn Fn() -> bool| {
        let (processor, begun) = (ProcessTime::now(), Instant::now());
        let timed_out = wait();
        let spent = nanos_each(processor.elapsed(), 1);
        assert!(
            timed_out && begun.elapsed() >= WAIT,
            "{contender} did not wait"
        );
        figure(scenario, contender, spent, "ns");
    };
    let (_sender, receiver) = ring::<u64>(128);
    say("ours", &|| receiver.recv_blocking_timeout(WAIT).is_err());
    let (_sender, receiver) = fifo::<u64>(128);
    say("ours-mutex", &|| {
        receiver.recv_blocking_timeout(WAIT).is_err()
    });
    let (_sender, receiver) = crossbeam_channel::bounded::<u64>(128);
    say("crossbeam-channel", &|| {
        receiver.recv_timeout(WAIT).is_err()
    });
    let (_sender, receiver) = crossfire_mpmc::bounded_blocking::<u64>(128);
    say("crossfire", &|| receiver.recv_timeout(WAIT).is_err());
    let (_sender, receiver) = flume::bounded::<u64>(128);
    say("flume", &|| receiver.recv_timeout(WAIT).is_err());
    let (_sender, receiver) = kanal::bounded::<u64>(128);
    say("kanal", &|| receiver.recv_timeout(WAIT).is_err());
    let (_sender, receiver) = loole::bounded::<u64>(128);
    say("loole", &|| receiver.recv_timeout(WAIT).is_err());
    let (_sender, receiver) = std_mpsc::sync_channel::<u64>(128);
    say("std", &|| receiver.recv_timeout(WAIT).is_err());
}
