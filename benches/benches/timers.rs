//! Timers: what arming, polling and cancelling cost while nothing fires.

#![expect(
    clippy::disallowed_methods,
    reason = "the peers' sleeps are what ours is measured against"
)]

#[path = "shared/processor.rs"]
mod processor;

use std::cell::Cell;
use std::future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use async_io::Timer;
use benches::on_threads;
use criterion::{criterion_group, criterion_main};
use futures_timer::Delay;
use processor::{Criterion, Processor};
use testkit::{CountWaker, poll_once, poll_pinned};
use tokio::runtime::{Builder, Runtime};
use tokio::task::unconstrained;

type Bencher<'a> = criterion::Bencher<'a, Processor>;

/// A timeout that does not pass while we measure.
const FAR: Duration = Duration::from_secs(30);

/// The deadline of a timer that lives throughout, as in every program with timers: nobody's
/// thread has to be told of a later one.
const KEEP: Duration = Duration::from_secs(20);

fn waker() -> Waker {
    CountWaker::new().1
}

fn multi_thread() -> Runtime {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build();
    runtime.unwrap()
}

/// Measures while one of our timers lives.
fn on_ours(bencher: &mut Bencher<'_>, measure: impl FnOnce(&mut Bencher<'_>)) {
    let mut keep = async_clock::sleep(KEEP);
    let _ = poll_once(&mut keep, &waker());
    measure(bencher);
}

/// Measures inside a tokio runtime, outside its budget, which would make every 128th poll pending.
fn on_tokio(bencher: &mut Bencher<'_>, measure: impl FnOnce(&mut Bencher<'_>)) {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(unconstrained(async {
        let mut keep = pin!(tokio::time::sleep(KEEP));
        let _ = poll_pinned(keep.as_mut(), &waker());
        // The driver has parked, and knows of `keep`.
        tokio::time::sleep(Duration::from_millis(2)).await;
        measure(bencher);
    }));
}

/// Measures on a plain thread that has entered a runtime whose worker drives the timers.
fn on_tokio_threads(bencher: &mut Bencher<'_>, measure: impl FnOnce(&mut Bencher<'_>, &Runtime)) {
    let runtime = multi_thread();
    let _entered = runtime.enter();
    let mut keep = pin!(tokio::time::sleep(KEEP));
    let _ = poll_pinned(keep.as_mut(), &waker());
    runtime.block_on(tokio::time::sleep(Duration::from_millis(2)));
    measure(bencher, &runtime);
}

fn on_async_io(bencher: &mut Bencher<'_>, measure: impl FnOnce(&mut Bencher<'_>)) {
    let mut keep = Timer::after(KEEP);
    let _ = poll_once(&mut keep, &waker());
    measure(bencher);
}

fn on_futures_timer(bencher: &mut Bencher<'_>, measure: impl FnOnce(&mut Bencher<'_>)) {
    let mut keep = Delay::new(KEEP);
    let _ = poll_once(&mut keep, &waker());
    measure(bencher);
}

fn create_poll_cancel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timers/create_poll_cancel");
    let waker = &waker();
    group.bench_function("ours", |bencher| {
        on_ours(bencher, |bencher| {
            bencher.iter(|| poll_once(&mut async_clock::sleep(FAR), waker));
        });
    });
    group.bench_function("tokio", |bencher| {
        on_tokio(bencher, |bencher| {
            bencher.iter(|| poll_pinned(pin!(tokio::time::sleep(FAR)), waker));
        });
    });
    group.bench_function("tokio-multi-thread", |bencher| {
        on_tokio_threads(bencher, |bencher, _| {
            bencher.iter(|| poll_pinned(pin!(tokio::time::sleep(FAR)), waker));
        });
    });
    group.bench_function("async-io", |bencher| {
        on_async_io(bencher, |bencher| {
            bencher.iter(|| poll_once(&mut Timer::after(FAR), waker));
        });
    });
    group.bench_function("futures-timer", |bencher| {
        on_futures_timer(bencher, |bencher| {
            bencher.iter(|| poll_once(&mut Delay::new(FAR), waker));
        });
    });
}

fn create_poll_cancel_2_threads(criterion: &mut Criterion) {
    /// The time that one of two threads needs for `rounds` calls.
    fn each(rounds: u64, operation: impl Fn(&Waker) + Sync) -> Duration {
        on_threads(2, || {
            let waker = waker();
            (0..rounds).for_each(|_| operation(&waker));
        })
    }

    let mut group = criterion.benchmark_group("timers/create_poll_cancel_2_threads");
    group.bench_function("ours", |bencher| {
        on_ours(bencher, |bencher| {
            bencher.iter_custom(|rounds| {
                each(rounds, |waker| {
                    let _ = black_box(poll_once(&mut async_clock::sleep(FAR), waker));
                })
            });
        });
    });
    group.bench_function("tokio", |bencher| {
        on_tokio_threads(bencher, |bencher, runtime| {
            bencher.iter_custom(|rounds| {
                on_threads(2, || {
                    let _entered = runtime.enter();
                    let waker = waker();
                    for _ in 0..rounds {
                        let sleep = pin!(tokio::time::sleep(FAR));
                        let _ = black_box(poll_pinned(sleep, &waker));
                    }
                })
            });
        });
    });
    group.bench_function("async-io", |bencher| {
        on_async_io(bencher, |bencher| {
            bencher.iter_custom(|rounds| {
                each(rounds, |waker| {
                    let _ = black_box(poll_once(&mut Timer::after(FAR), waker));
                })
            });
        });
    });
    group.bench_function("futures-timer", |bencher| {
        on_futures_timer(bencher, |bencher| {
            bencher.iter_custom(|rounds| {
                each(rounds, |waker| {
                    let _ = black_box(poll_once(&mut Delay::new(FAR), waker));
                })
            });
        });
    });
}

fn create_drop_unpolled(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timers/create_drop_unpolled");
    group.bench_function("ours", |bencher| {
        on_ours(bencher, |bencher| {
            bencher.iter(|| drop(black_box(async_clock::sleep(FAR))));
        });
    });
    group.bench_function("tokio", |bencher| {
        on_tokio(bencher, |bencher| {
            bencher.iter(|| {
                black_box(pin!(tokio::time::sleep(FAR)));
            });
        });
    });
    group.bench_function("async-io", |bencher| {
        on_async_io(bencher, |bencher| {
            bencher.iter(|| drop(black_box(Timer::after(FAR))));
        });
    });
    group.bench_function("futures-timer", |bencher| {
        on_futures_timer(bencher, |bencher| {
            bencher.iter(|| drop(black_box(Delay::new(FAR))));
        });
    });
}

/// A task polls its sleep again, woken by something else.
fn repoll_pending(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timers/repoll_pending");
    let waker = &waker();
    group.bench_function("ours", |bencher| {
        let mut sleep = async_clock::sleep(FAR);
        bencher.iter(|| poll_once(&mut sleep, waker));
    });
    group.bench_function("tokio", |bencher| {
        on_tokio(bencher, |bencher| {
            let mut sleep = pin!(tokio::time::sleep(FAR));
            bencher.iter(|| poll_pinned(sleep.as_mut(), waker));
        });
    });
    group.bench_function("async-io", |bencher| {
        let mut sleep = Timer::after(FAR);
        bencher.iter(|| poll_once(&mut sleep, waker));
    });
    group.bench_function("futures-timer", |bencher| {
        let mut sleep = Delay::new(FAR);
        bencher.iter(|| poll_once(&mut sleep, waker));
    });
}

fn timeout(criterion: &mut Criterion) {
    let waker = &waker();
    {
        let mut group = criterion.benchmark_group("timers/timeout_ready");
        group.bench_function("ours", |bencher| {
            on_ours(bencher, |bencher| {
                bencher.iter(|| {
                    let timeout = pin!(async_clock::timeout(FAR, future::ready(black_box(7))));
                    poll_pinned(timeout, waker)
                });
            });
        });
        group.bench_function("tokio", |bencher| {
            on_tokio(bencher, |bencher| {
                bencher.iter(|| {
                    let timeout = pin!(tokio::time::timeout(FAR, future::ready(black_box(7))));
                    poll_pinned(timeout, waker)
                });
            });
        });
    }
    let mut group = criterion.benchmark_group("timers/timeout_one_pending_poll");
    group.bench_function("ours", |bencher| {
        on_ours(bencher, |bencher| {
            bencher.iter(|| {
                let timeout = pin!(async_clock::timeout(FAR, future::pending::<()>()));
                poll_pinned(timeout, waker)
            });
        });
    });
    group.bench_function("tokio", |bencher| {
        on_tokio(bencher, |bencher| {
            bencher.iter(|| {
                let timeout = pin!(tokio::time::timeout(FAR, future::pending::<()>()));
                poll_pinned(timeout, waker)
            });
        });
    });
}

/// The connections of the server, and the order in which they get something to read.
struct Replay {
    wakers: Vec<Waker>,
    order: Vec<usize>,
    /// Whether there is something to read on the connection that is polled.
    readable: Cell<bool>,
}

/// Ready when there is something to read.
struct Read<'a>(&'a Cell<bool>);

impl Future for Read<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// What a program writes where the crate has timers but no timeout: the future first, then the
/// timer.
struct Either<F, T>(F, T);

impl<F: Future + Unpin, T: Future + Unpin> Future for Either<F, T> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        if Pin::new(&mut self.0).poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        Pin::new(&mut self.1).poll(cx).map(|_| false)
    }
}

impl Replay {
    const CONNECTIONS: usize = 4096;

    fn new() -> Self {
        let mut order: Vec<usize> = (0..Self::CONNECTIONS).collect();
        testkit::rng(7).shuffle(&mut order);
        Self {
            wakers: (0..Self::CONNECTIONS).map(|_| waker()).collect(),
            order,
            readable: Cell::new(false),
        }
    }

    /// Each read under a timeout of its own: ready, dropped, and the next one pending.
    fn reads<'a, F: Future>(&'a self, bencher: &mut Bencher<'_>, read: impl Fn(Read<'a>) -> F) {
        let fresh = || read(Read(&self.readable));
        // Every task has its memory, where its futures follow each other.
        let mut tasks: Vec<Pin<Box<F>>> = self.wakers.iter().map(|_| Box::pin(fresh())).collect();
        for (task, waker) in tasks.iter_mut().zip(&self.wakers) {
            assert!(poll_pinned(task.as_mut(), waker).is_pending());
        }
        let mut turns = self.order.iter().cycle();
        bencher.iter(|| {
            let Some(&turn) = turns.next() else { return };
            let (task, waker) = (&mut tasks[turn], &self.wakers[turn]);
            self.readable.set(true);
            let done = poll_pinned(task.as_mut(), waker).is_ready();
            self.readable.set(false);
            task.set(fresh());
            let waits = poll_pinned(task.as_mut(), waker).is_pending();
            assert!(done && waits, "no timeout passes");
        });
    }

    /// One sleep per connection, moved on at each read and polled again.
    fn resets<F: Future>(
        &self,
        bencher: &mut Bencher<'_>,
        sleep: impl Fn() -> F,
        reset: impl Fn(Pin<&mut F>),
    ) {
        let mut tasks: Vec<Pin<Box<F>>> = self.wakers.iter().map(|_| Box::pin(sleep())).collect();
        for (task, waker) in tasks.iter_mut().zip(&self.wakers) {
            assert!(poll_pinned(task.as_mut(), waker).is_pending());
        }
        let mut turns = self.order.iter().cycle();
        bencher.iter(|| {
            let Some(&turn) = turns.next() else { return };
            let (task, waker) = (&mut tasks[turn], &self.wakers[turn]);
            reset(task.as_mut());
            let waits = poll_pinned(task.as_mut(), waker).is_pending();
            assert!(waits, "no timeout passes");
        });
    }
}

fn server_replay(criterion: &mut Criterion) {
    let replay = &Replay::new();
    let mut group = criterion.benchmark_group("timers/server_replay");
    group.bench_function("ours", |bencher| {
        on_ours(bencher, |bencher| {
            replay.reads(bencher, |read| async_clock::timeout(FAR, read));
        });
    });
    group.bench_function("tokio", |bencher| {
        on_tokio(bencher, |bencher| {
            replay.reads(bencher, |read| tokio::time::timeout(FAR, read));
        });
    });
    group.bench_function("async-io", |bencher| {
        on_async_io(bencher, |bencher| {
            replay.reads(bencher, |read| Either(read, Timer::after(FAR)));
        });
    });
    group.bench_function("futures-timer", |bencher| {
        on_futures_timer(bencher, |bencher| {
            replay.reads(bencher, |read| Either(read, Delay::new(FAR)));
        });
    });
}

fn server_replay_reset(criterion: &mut Criterion) {
    let replay = &Replay::new();
    let mut group = criterion.benchmark_group("timers/server_replay_reset");
    group.bench_function("ours", |bencher| {
        on_ours(bencher, |bencher| {
            let sleep = || async_clock::sleep(FAR);
            replay.resets(bencher, sleep, |sleep| sleep.get_mut().reset_after(FAR));
        });
    });
    group.bench_function("tokio", |bencher| {
        on_tokio(bencher, |bencher| {
            let sleep = || tokio::time::sleep(FAR);
            replay.resets(bencher, sleep, |sleep| {
                sleep.reset((Instant::now() + FAR).into());
            });
        });
    });
    group.bench_function("async-io", |bencher| {
        on_async_io(bencher, |bencher| {
            let sleep = || Timer::after(FAR);
            replay.resets(bencher, sleep, |sleep| sleep.get_mut().set_after(FAR));
        });
    });
    group.bench_function("futures-timer", |bencher| {
        on_futures_timer(bencher, |bencher| {
            let sleep = || Delay::new(FAR);
            replay.resets(bencher, sleep, |sleep| sleep.get_mut().reset(FAR));
        });
    });
}

criterion_group! {
    name = timers;
    config = processor::criterion();
    targets = create_poll_cancel, create_poll_cancel_2_threads, create_drop_unpolled,
        repoll_pending, timeout, server_replay, server_replay_reset
}
criterion_main!(timers);
