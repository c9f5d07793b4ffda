//! Semaphores: a permit that is free, permits for which many wait, and waiters who give up.

#[path = "shared/processor.rs"]
mod processor;

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use async_lock::Semaphore as AsyncLock;
use async_priority_semaphore::{PrioritySemaphore, Semaphore};
use async_weighted_semaphore::Semaphore as Weighted;
use asyncband::semaphore::Semaphore as Asyncband;
use benches::tasks::{Tasks, yield_now};
use criterion::{BatchSize, Throughput, criterion_group, criterion_main};
use priority_semaphore::PrioritySemaphore as ByPriority;
use processor::{Criterion, Processor};
use ranked_semaphore::RankedSemaphore;
use testkit::{CountWaker, poll_pinned};
use tokio::sync::Semaphore as Tokio;

type Group<'a> = criterion::BenchmarkGroup<'a, Processor>;

/// More than one, so that no peer is on the path that it keeps for the last permit.
const FREE: usize = 4;

/// Benchmarks of an operation on semaphores with free permits, a row for each contender.
macro_rules! free {
    ($group:expr; $($contender:literal, $new:expr, $s:ident => $operation:expr;)+) => {
        $({
            let $s = $new;
            $group.bench_function($contender, |bencher| {
                bencher.iter(|| drop(black_box($operation)));
            });
        })+
    };
}

/// Polls a future that is ready at once.
fn now<F: Future>(future: F, waker: &Waker) -> F::Output {
    match poll_pinned(pin!(future), waker) {
        Poll::Ready(permit) => permit,
        Poll::Pending => unreachable!("permits are free"),
    }
}

fn uncontended_await(criterion: &mut Criterion) {
    let waker = &CountWaker::new().1;
    let mut group = criterion.benchmark_group("semaphore/uncontended_await");
    free! { group; "ours", Semaphore::new(FREE), s => now(s.acquire(), waker).unwrap(); }
    peers_await(&mut group, waker);
    group.finish();
    let mut group = criterion.benchmark_group("semaphore/uncontended_await_priority");
    free! { group; "ours", PrioritySemaphore::new(FREE), s => now(s.acquire(), waker).unwrap(); }
    peers_await(&mut group, waker);
}

fn peers_await(group: &mut Group<'_>, waker: &Waker) {
    free! { group;
        "tokio", Tokio::new(FREE), s => now(s.acquire(), waker).unwrap();
        "async-lock", AsyncLock::new(FREE), s => now(s.acquire(), waker);
        "asyncband", Asyncband::new(FREE), s => now(s.acquire(1), waker);
        "async-weighted-semaphore", Weighted::new(FREE), s => now(s.acquire(1), waker).unwrap();
        "priority-semaphore", by_priority(FREE), s => now(s.acquire(0), waker).unwrap();
        "ranked-semaphore", ranked(FREE), s => now(s.acquire(), waker).unwrap();
    }
}

fn uncontended_owned(criterion: &mut Criterion) {
    let waker = &CountWaker::new().1;
    let mut group = criterion.benchmark_group("semaphore/uncontended_owned");
    free! { group;
        "ours", Arc::new(Semaphore::new(FREE)), s => now(s.acquire_owned(), waker).unwrap();
        "tokio", Arc::new(Tokio::new(FREE)), s =>
            now(Arc::clone(&s).acquire_owned(), waker).unwrap();
        "async-lock", Arc::new(AsyncLock::new(FREE)), s => now(s.acquire_arc(), waker);
        "asyncband", Arc::new(Asyncband::new(FREE)), s =>
            now(Arc::clone(&s).acquire_owned(1), waker);
        "async-weighted-semaphore", Arc::new(Weighted::new(FREE)), s =>
            now(s.acquire_arc(1), waker).unwrap();
        "priority-semaphore", by_priority(FREE), s => now(s.acquire(0), waker).unwrap();
        "ranked-semaphore", Arc::new(ranked(FREE)), s =>
            now(Arc::clone(&s).acquire_owned(), waker).unwrap();
    }
}

fn uncontended_try(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("semaphore/uncontended_try");
    free! { group;
        "ours", Semaphore::new(FREE), s => s.try_acquire().unwrap();
        "tokio", Tokio::new(FREE), s => s.try_acquire().unwrap();
        "async-lock", AsyncLock::new(FREE), s => s.try_acquire().unwrap();
        "asyncband", Asyncband::new(FREE), s => s.try_acquire(1).unwrap();
        "async-weighted-semaphore", Weighted::new(FREE), s => s.try_acquire(1).unwrap();
        "priority-semaphore", by_priority(FREE), s => s.try_acquire(0).unwrap();
        "ranked-semaphore", ranked(FREE), s => s.try_acquire().unwrap();
    }
}

fn uncontended_blocking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("semaphore/uncontended_blocking");
    free! { group;
        "ours", Semaphore::new(FREE), s => s.acquire_blocking().unwrap();
        "tokio", Tokio::new(FREE), s => s.blocking_acquire().unwrap();
        "async-lock", AsyncLock::new(FREE), s => s.acquire_blocking();
    }
}

/// How many tasks there are, how many permits, and how often each task acquires.
#[derive(Clone, Copy)]
struct Scene {
    tasks: usize,
    permits: usize,
    rounds: usize,
}

/// Benchmarks of tasks that acquire, let the others run, and release; a row for each contender.
macro_rules! tasks {
    ($group:expr, $scene:expr; $($contender:literal, $new:expr, $s:ident, $task:ident =>
     $acquire:expr;)+) => {
        $({
            let Scene { tasks, permits, rounds } = $scene;
            let semaphore = $new(permits);
            $group.throughput(Throughput::Elements((tasks * rounds) as u64));
            $group.bench_function($contender, |bencher| {
                let make = || {
                    Tasks::new(tasks, |$task| {
                        let $s = &semaphore;
                        async move {
                            for _ in 0..rounds {
                                let permit = $acquire;
                                yield_now().await;
                                drop(permit);
                            }
                        }
                    })
                };
                bencher.iter_batched_ref(make, Tasks::run, BatchSize::PerIteration);
            });
        })+
    };
}

/// Four priorities.
fn priority(task: usize) -> i32 {
    i32::try_from(task % 4).unwrap_or_default()
}

fn many_tasks(criterion: &mut Criterion) {
    #[rustfmt::skip]
    let scenes = [
        ("64_tasks_1_permit", Scene { tasks: 64, permits: 1, rounds: 50 }),
        ("10k_waiters_16_permits", Scene { tasks: 10_000, permits: 16, rounds: 1 }),
    ];
    for (name, scene) in scenes {
        let mut group = criterion.benchmark_group(format!("semaphore/{name}"));
        tasks! { group, scene; "ours", Semaphore::new, s, _task => s.acquire().await; }
        peers_tasks(&mut group, scene);
        group.finish();
        let mut group = criterion.benchmark_group(format!("semaphore/{name}_priority"));
        tasks! { group, scene;
            "ours", PrioritySemaphore::new, s, task => s.acquire_with(priority(task)).await;
        }
        peers_tasks(&mut group, scene);
    }
}

/// Those that know priorities use them.
fn peers_tasks(group: &mut Group<'_>, scene: Scene) {
    tasks! { group, scene;
        "tokio", Tokio::new, s, _task => s.acquire().await;
        "async-lock", AsyncLock::new, s, _task => s.acquire().await;
        "asyncband", Asyncband::new, s, _task => s.acquire(1).await;
        "async-weighted-semaphore", Weighted::new, s, _task => s.acquire(1).await;
        "priority-semaphore", by_priority, s, task => s.acquire(priority(task)).await;
        "ranked-semaphore", ranked, s, task =>
            s.acquire_with_priority(priority(task) as isize).await;
    }
}

/// Each task wants eight of sixteen permits at once.
const EIGHT_EACH: Scene = Scene {
    tasks: 64,
    permits: 16,
    rounds: 50,
};

fn eight_at_once(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("semaphore/eight_at_once");
    tasks! { group, EIGHT_EACH;
        "ours", Semaphore::new, s, _task => s.acquire_many(8).await;
    }
    peers_eight(&mut group);
    group.finish();
    let mut group = criterion.benchmark_group("semaphore/eight_at_once_priority");
    tasks! { group, EIGHT_EACH;
        "ours", PrioritySemaphore::new, s, task =>
            s.acquire_many(8).with_priority(priority(task)).await;
    }
    peers_eight(&mut group);
}

fn peers_eight(group: &mut Group<'_>) {
    tasks! { group, EIGHT_EACH;
        "tokio", Tokio::new, s, _task => s.acquire_many(8).await;
        "asyncband", Asyncband::new, s, _task => s.acquire(8).await;
        "async-weighted-semaphore", Weighted::new, s, _task => s.acquire(8).await;
        "ranked-semaphore", ranked, s, task =>
            s.acquire_many_with_priority(priority(task) as isize, 8).await;
    }
}

/// Each acquire comes after one that is given up after a poll.
const ONE_EACH: Scene = Scene {
    tasks: 64,
    permits: 1,
    rounds: 50,
};

async fn give_up<F: Future>(future: F) {
    let mut future = pin!(future);
    let polled = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
    drop(polled);
}

fn half_are_cancelled(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("semaphore/half_cancelled");
    tasks! { group, ONE_EACH;
        "ours", Semaphore::new, s, _task => { give_up(s.acquire()).await; s.acquire().await };
    }
    peers_cancelled(&mut group);
    group.finish();
    let mut group = criterion.benchmark_group("semaphore/half_cancelled_priority");
    tasks! { group, ONE_EACH;
        "ours", PrioritySemaphore::new, s, task => {
            give_up(s.acquire_with(priority(task))).await;
            s.acquire_with(priority(task)).await
        };
    }
    peers_cancelled(&mut group);
}

/// Without `ranked-semaphore`: it loses permits here.
fn peers_cancelled(group: &mut Group<'_>) {
    tasks! { group, ONE_EACH;
        "tokio", Tokio::new, s, _task => { give_up(s.acquire()).await; s.acquire().await };
        "async-lock", AsyncLock::new, s, _task => { give_up(s.acquire()).await; s.acquire().await };
        "asyncband", Asyncband::new, s, _task => { give_up(s.acquire(1)).await; s.acquire(1).await };
        "async-weighted-semaphore", Weighted::new, s, _task => {
            give_up(s.acquire(1)).await;
            s.acquire(1).await
        };
        "priority-semaphore", by_priority, s, task => {
            give_up(s.acquire(priority(task))).await;
            s.acquire(priority(task)).await
        };
    }
}

fn by_priority(permits: usize) -> Arc<ByPriority> {
    Arc::new(ByPriority::new(permits))
}

fn ranked(permits: usize) -> RankedSemaphore {
    RankedSemaphore::new_fifo(permits)
}

criterion_group! {
    name = semaphore;
    config = processor::criterion();
    targets = uncontended_await, uncontended_owned, uncontended_try, uncontended_blocking,
        many_tasks, eight_at_once, half_are_cancelled
}
criterion_main!(semaphore);
