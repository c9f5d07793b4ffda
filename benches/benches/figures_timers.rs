//! Timers in bulk, and when they fire: one experiment each, the peers in turns.

#![expect(
    clippy::disallowed_methods,
    reason = "the peers' sleeps are what ours is measured against"
)]

use std::pin::Pin;
use std::task::Waker;
use std::time::{Duration, Instant};

use async_io::Timer;
use benches::{Figures, LastWake, figure, float, median, nanos_each, settle, sleeps_of};
use cpu_time::ProcessTime;
use futures_timer::Delay;
use testkit::{CountWaker, poll_once};
use tokio::runtime::{Builder, Runtime};

/// A timeout that does not pass while we measure.
const FAR: Duration = Duration::from_secs(30);

type Boxed = Pin<Box<tokio::time::Sleep>>;

/// tokio's sleep can't be moved once it has been polled, so many of them are boxed.
fn boxed(duration: Duration) -> Boxed {
    Box::pin(tokio::time::sleep(duration))
}

fn main() {
    let figures = Figures::from_args();
    let driven = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let _entered = driven.enter();
    for (name, timers) in [("1k", 1_000), ("100k", 100_000), ("1m", 1_000_000)] {
        let scenario = |what| format!("timers/{what}_{name}");
        let (insert, cancel) = (scenario("insert"), scenario("cancel"));
        if figures.want(&[&insert, &cancel]) {
            // Small numbers are over at once, so they are measured more often.
            let repetitions = (10_000 / timers).clamp(1, 9);
            let many = Many::new(timers);
            let measure = |contender: &str, once: &dyn Fn() -> Spent| {
                let spent: Vec<Spent> = (0..repetitions).map(|_| once()).collect();
                let middle = |of: fn(&Spent) -> f64| median(spent.iter().map(of).collect());
                figure(&insert, contender, middle(|spent| spent.insert), "ns");
                figure(&cancel, contender, middle(|spent| spent.cancel), "ns");
                if timers == 1_000_000 {
                    let whole = middle(|spent| spent.processor);
                    figure("timers/insert_cancel_1m_cpu", contender, whole, "ns");
                }
            };
            measure("ours", &|| many.measure(async_clock::sleep));
            measure("tokio", &|| many.measure(boxed));
            measure("async-io", &|| many.measure(Timer::after));
            measure("futures-timer", &|| many.measure(Delay::new));
        }
    }
    if figures.want(&["timers/500k_due_at_once"]) {
        let say = |contender, late| figure("timers/500k_due_at_once", contender, late, "ns");
        say("ours", last_wake(async_clock::sleep));
        say("tokio", last_wake(boxed));
        say("async-io", last_wake(Timer::after));
        say("futures-timer", last_wake(Delay::new));
    }
    lateness(&figures);
    if figures.want(&["timers/thread_wakes"]) {
        let rounds = figures.size(4000, 1000);
        let say = |contender, wakes| figure("timers/thread_wakes", contender, wakes, "wakes");
        say("ours", wakes("async-clock", rounds, async_clock::sleep));
        say("tokio", wakes("tokio-rt-worker", rounds, boxed));
        say("async-io", wakes("async-io", rounds, Timer::after));
        say("futures-timer", wakes("futures-timer", rounds, Delay::new));
    }
}

/// Deadlines of many timers, and the order in which they are cancelled.
struct Many {
    durations: Vec<Duration>,
    order: Vec<usize>,
}

/// Nanoseconds per timer.
struct Spent {
    insert: f64,
    cancel: f64,
    /// Both, with what the threads in the background did for it.
    processor: f64,
}

impl Many {
    fn new(timers: usize) -> Self {
        let mut random = testkit::rng(11);
        let durations =
            (0..timers).map(|_| Duration::from_micros(random.u64(30_000_000..90_000_000)));
        let durations = durations.collect();
        let mut order: Vec<usize> = (0..timers).collect();
        random.shuffle(&mut order);
        Self { durations, order }
    }

    fn measure<F: Future + Unpin>(&self, make: impl Fn(Duration) -> F) -> Spent {
        let timers = self.order.len();
        let (_count, waker) = CountWaker::new();
        let mut keep = make(Duration::from_secs(20));
        assert!(poll_once(&mut keep, &waker).is_pending());
        settle();
        let processor = ProcessTime::now();
        let begun = Instant::now();
        let mut all: Vec<Option<F>> = Vec::with_capacity(timers);
        for &duration in &self.durations {
            let mut timer = make(duration);
            let _ = poll_once(&mut timer, &waker);
            all.push(Some(timer));
        }
        let insert = begun.elapsed();
        settle();
        let begun = Instant::now();
        for &index in &self.order {
            all[index] = None;
        }
        let cancel = begun.elapsed();
        settle();
        let processor = processor.elapsed();
        Spent {
            insert: nanos_each(insert, timers),
            cancel: nanos_each(cancel, timers),
            processor: nanos_each(processor, timers),
        }
    }
}

/// How many nanoseconds after their common deadline the last of 500 000 timers is woken.
fn last_wake<F: Future + Unpin>(make: impl Fn(Duration) -> F) -> f64 {
    const TIMERS: usize = 500_000;

    let mut lead = Duration::from_millis(600);
    loop {
        let (last, waker) = LastWake::after(TIMERS);
        let begun = Instant::now();
        let deadline = begun + lead;
        let arm = |_| {
            let mut timer = make(deadline.saturating_duration_since(Instant::now()));
            let waits = poll_once(&mut timer, &waker).is_pending();
            waits.then_some(timer)
        };
        let timers: Option<Vec<F>> = (0..TIMERS).map(arm).collect();
        // Those with a queue get as long again to work it off.
        let in_time = lead > 2 * begun.elapsed();
        if in_time && timers.is_some() {
            let woken = last.wait(Duration::from_secs(60));
            return nanos_each(woken.saturating_duration_since(deadline), 1);
        }
        drop(timers);
        settle();
        lead *= 2;
    }
}

/// The median lateness of sleeps of 2 to 5 ms.
fn lateness(figures: &Figures) {
    let sleeps = figures.size(100, 30);
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let late = |sleep: &dyn Fn(Duration)| {
        let mut random = testkit::rng(13);
        let each = |_| {
            let duration = Duration::from_micros(random.u64(2_000..5_000));
            let begun = Instant::now();
            sleep(duration);
            let late = begun.elapsed().checked_sub(duration);
            nanos_each(late.expect("a sleep ended early"), 1)
        };
        median((0..sleeps).map(each).collect())
    };
    if figures.want(&["timers/lateness"]) {
        let say = |contender, late| figure("timers/lateness", contender, late, "ns");
        say(
            "ours",
            late(&|duration| block_on(async_clock::sleep(duration))),
        );
        say(
            "tokio",
            late(&|duration| on(&runtime, async { tokio::time::sleep(duration).await })),
        );
        // Its own `block_on` waits in the reactor itself.
        say(
            "async-io",
            late(&|duration| {
                async_io::block_on(Timer::after(duration));
            }),
        );
        say(
            "futures-timer",
            late(&|duration| block_on(Delay::new(duration))),
        );
    }
    if figures.want(&["timers/lateness_under_tokio"]) {
        let say = |contender, late| figure("timers/lateness_under_tokio", contender, late, "ns");
        say(
            "ours",
            late(&|duration| on(&runtime, async_clock::sleep(duration))),
        );
        say(
            "tokio",
            late(&|duration| on(&runtime, async { tokio::time::sleep(duration).await })),
        );
        say(
            "async-io",
            late(&|duration| {
                on(&runtime, Timer::after(duration));
            }),
        );
        say(
            "futures-timer",
            late(&|duration| on(&runtime, Delay::new(duration))),
        );
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    async_waitlist::blocking::block_on(future)
}

fn on<F: Future>(runtime: &Runtime, future: F) -> F::Output {
    runtime.block_on(future)
}

/// How often the thread of that name goes to sleep, hence was woken, per create + poll + cancel.
fn wakes<F: Future + Unpin>(thread: &str, rounds: usize, make: impl Fn(Duration) -> F) -> f64 {
    /// Long enough for the thread to fall asleep again.
    const PAUSE: Duration = Duration::from_micros(150);

    let waker: Waker = CountWaker::new().1;
    let mut keep = make(FAR);
    assert!(poll_once(&mut keep, &waker).is_pending());
    settle();
    let before = sleeps_of(thread);
    for _ in 0..rounds {
        let _ = poll_once(&mut make(FAR), &waker);
        let begun = Instant::now();
        while begun.elapsed() < PAUSE {
            std::hint::spin_loop();
        }
    }
    float(sleeps_of(thread) - before) / float(rounds)
}
