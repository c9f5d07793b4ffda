//! Semaphores: a permit that is free, permits for which many wait, and waiters who give up.

#[path = "shared/processor.rs"]
mod processor;

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use async_priority_semaphore::{PrioritySemaphore, Semaphore};
use benches::tasks::{Tasks, yield_now};
use criterion::{BatchSize, Throughput, criterion_group, criterion_main};
use processor::{Criterion, Processor};
use ranked_semaphore::RankedSemaphore;
use testkit::{CountWaker, poll_pinned};

type Group<'a> = criterion::BenchmarkGroup<'a, Processor>;

/// More than one, so that no peer is on the path that it keeps for the last permit.
const FREE: usize = 4;

/// A benchmark of an operation on a semaphore with free permits.
macro_rules! free {
    ($group:expr, $contender:literal, $semaphore:expr, |$s:ident| $operation:expr) => {{
        let $s = $semaphore;
        $group.bench_function($contender, |bencher| {
            bencher.iter(|| drop(black_box($operation)));
        });
    }};
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
    free!(group, "ours", Semaphore::new(FREE), |s| now(
        s.acquire(),
        waker
    )
    .unwrap());
    peers_await(&mut group, waker);
    group.finish();
    let mut group = criterion.benchmark_group("semaphore/uncontended_await_priority");
    free!(group, "ours", PrioritySemaphore::new(FREE), |s| now(
        s.acquire(),
        waker
    )
    .unwrap());
    peers_await(&mut group, waker);
}

fn peers_await(group: &mut Group<'_>, waker: &Waker) {
    free!(group, "tokio", tokio::sync::Semaphore::new(FREE), |s| now(
        s.acquire(),
        waker
    )
    .unwrap());
    free!(group, "async-lock", async_lock::Semaphore::new(FREE), |s| {
        now(s.acquire(), waker)
    });
    free!(group, "asyncband", asyncband(FREE), |s| now(
        s.acquire(1),
        waker
    ));
    free!(group, "async-weighted-semaphore", weighted(FREE), |s| {
        now(s.acquire(1), waker).unwrap()
    });
    free!(group, "priority-semaphore", by_priority(FREE), |s| now(
        s.acquire(0),
        waker
    )
    .unwrap());
    free!(group, "ranked-semaphore", ranked(FREE), |s| now(
        s.acquire(),
        waker
    )
    .unwrap());
}

fn uncontended_owned(criterion: &mut Criterion) {
    let waker = &CountWaker::new().1;
    let mut group = criterion.benchmark_group("semaphore/uncontended_owned");
    free!(group, "ours", Arc::new(Semaphore::new(FREE)), |s| {
        now(s.acquire_owned(), waker).unwrap()
    });
    free!(
        group,
        "tokio",
        Arc::new(tokio::sync::Semaphore::new(FREE)),
        |s| { now(Arc::clone(&s).acquire_owned(), waker).unwrap() }
    );
    free!(
        group,
        "async-lock",
        Arc::new(async_lock::Semaphore::new(FREE)),
        |s| { now(s.acquire_arc(), waker) }
    );
    free!(group, "asyncband", Arc::new(asyncband(FREE)), |s| {
        now(Arc::clone(&s).acquire_owned(1), waker)
    });
    free!(
        group,
        "async-weighted-semaphore",
        Arc::new(weighted(FREE)),
        |s| { now(s.acquire_arc(1), waker).unwrap() }
    );
    free!(group, "priority-semaphore", by_priority(FREE), |s| now(
        s.acquire(0),
        waker
    )
    .unwrap());
    free!(group, "ranked-semaphore", Arc::new(ranked(FREE)), |s| {
        now(Arc::clone(&s).acquire_owned(), waker).unwrap()
    });
}

fn uncontended_try(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("semaphore/uncontended_try");
    free!(group, "ours", Semaphore::new(FREE), |s| s
        .try_acquire()
        .unwrap());
    free!(group, "tokio", tokio::sync::Semaphore::new(FREE), |s| s
        .try_acquire()
        .unwrap());
    free!(group, "async-lock", async_lock::Semaphore::new(FREE), |s| s
        .try_acquire()
        .unwrap());
    free!(group, "asyncband", asyncband(FREE), |s| s
        .try_acquire(1)
        .unwrap());
    free!(group, "async-weighted-semaphore", weighted(FREE), |s| s
        .try_acquire(1)
        .unwrap());
    free!(group, "priority-semaphore", by_priority(FREE), |s| s
        .try_acquire(0)
        .unwrap());
    free!(group, "ranked-semaphore", ranked(FREE), |s| s
        .try_acquire()
        .unwrap());
}

fn uncontended_blocking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("semaphore/uncontended_blocking");
    free!(group, "ours", Semaphore::new(FREE), |s| s
        .acquire_blocking()
        .unwrap());
    free!(group, "tokio", tokio::sync::Semaphore::new(FREE), |s| s
        .blocking_acquire()
        .unwrap());
    free!(group, "async-lock", async_lock::Semaphore::new(FREE), |s| s
        .acquire_blocking());
}

/// How many tasks there are, how many permits, and how often each task acquires.
#[derive(Clone, Copy)]
struct Scene {
    tasks: usize,
    permits: usize,
    rounds: usize,
}

/// A benchmark of tasks that acquire, let the others run, and release.
macro_rules! tasks {
    ($group:expr, $contender:literal, $scene:ident, |$permits:ident| $semaphore:expr,
     |$s:ident, $task:ident| $acquire:expr) => {{
        let $permits = $scene.permits;
        let semaphore = $semaphore;
        $group.throughput(Throughput::Elements(($scene.tasks * $scene.rounds) as u64));
        $group.bench_function($contender, |bencher| {
            let make = || {
                Tasks::new($scene.tasks, |$task| {
                    let $s = &semaphore;
                    async move {
                        for _ in 0..$scene.rounds {
                            let permit = $acquire;
                            yield_now().await;
                            drop(permit);
                        }
                    }
                })
            };
            bencher.iter_batched_ref(make, Tasks::run, BatchSize::PerIteration);
        });
    }};
}

/// Four priorities.
fn priority(task: usize) -> i32 {
    i32::try_from(task % 4).unwrap_or_default()
}

fn many_tasks(criterion: &mut Criterion) {
    let one = Scene {
        tasks: 64,
        permits: 1,
        rounds: 50,
    };
    let sixteen = Scene {
        tasks: 10_000,
        permits: 16,
        rounds: 1,
    };
    for (name, scene) in [
        ("64_tasks_1_permit", one),
        ("10k_waiters_16_permits", sixteen),
    ] {
        let mut group = criterion.benchmark_group(format!("semaphore/{name}"));
        tasks!(group, "ours", scene, |n| Semaphore::new(n), |s, _task| s
            .acquire()
            .await);
        peers_tasks(&mut group, scene);
        group.finish();
        let mut group = criterion.benchmark_group(format!("semaphore/{name}_priority"));
        tasks!(
            group,
            "ours",
            scene,
            |n| PrioritySemaphore::new(n),
            |s, task| s.acquire_with(priority(task)).await
        );
        peers_tasks(&mut group, scene);
    }
}

/// Those that know priorities use them.
fn peers_tasks(group: &mut Group<'_>, scene: Scene) {
    tasks!(
        group,
        "tokio",
        scene,
        |n| tokio::sync::Semaphore::new(n),
        |s, _task| s.acquire().await
    );
    tasks!(
        group,
        "async-lock",
        scene,
        |n| async_lock::Semaphore::new(n),
        |s, _task| s.acquire().await
    );
    tasks!(group, "asyncband", scene, |n| asyncband(n), |s, _task| s
        .acquire(1)
        .await);
    tasks!(
        group,
        "async-weighted-semaphore",
        scene,
        |n| weighted(n),
        |s, _task| s.acquire(1).await
    );
    tasks!(
        group,
        "priority-semaphore",
        scene,
        |n| by_priority(n),
        |s, task| s.acquire(priority(task)).await
    );
    tasks!(
        group,
        "ranked-semaphore",
        scene,
        |n| ranked(n),
        |s, task| s.acquire_with_priority(priority(task) as isize).await
    );
}

/// Each task wants eight of sixteen permits at once.
fn eight_at_once(criterion: &mut Criterion) {
    let scene = Scene {
        tasks: 64,
        permits: 16,
        rounds: 50,
    };
    for name in [
        "semaphore/eight_at_once",
        "semaphore/eight_at_once_priority",
    ] {
        let mut group = criterion.benchmark_group(name);
        if name.ends_with("priority") {
            tasks!(
                group,
                "ours",
                scene,
                |n| PrioritySemaphore::new(n),
                |s, task| s.acquire_many(8).with_priority(priority(task)).await
            );
        } else {
            tasks!(group, "ours", scene, |n| Semaphore::new(n), |s, _task| {
                s.acquire_many(8).await
            });
        }
        tasks!(
            group,
            "tokio",
            scene,
            |n| tokio::sync::Semaphore::new(n),
            |s, _task| s.acquire_many(8).await
        );
        tasks!(group, "asyncband", scene, |n| asyncband(n), |s, _task| s
            .acquire(8)
            .await);
        tasks!(
            group,
            "async-weighted-semaphore",
            scene,
            |n| weighted(n),
            |s, _task| s.acquire(8).await
        );
        tasks!(
            group,
            "ranked-semaphore",
            scene,
            |n| ranked(n),
            |s, task| {
                s.acquire_many_with_priority(priority(task) as isize, 8)
                    .await
            }
        );
    }
}

/// Each acquire is preceded by one that is given up after a poll.
macro_rules! half_cancelled {
    ($group:expr, $contender:literal, |$permits:ident| $semaphore:expr,
     |$s:ident, $task:ident| $acquire:expr) => {{
        let scene = Scene {
            tasks: 64,
            permits: 1,
            rounds: 50,
        };
        tasks!(
            $group,
            $contender,
            scene,
            |$permits| $semaphore,
            |$s, $task| {
                poll_and_drop($acquire).await;
                $acquire.await
            }
        );
    }};
}

async fn poll_and_drop<F: Future>(future: F) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        drop(future.as_mut().poll(cx));
        Poll::Ready(())
    })
    .await;
}

/// Without `ranked-semaphore`: it loses permits here.
fn half_are_cancelled(criterion: &mut Criterion) {
    for name in [
        "semaphore/half_cancelled",
        "semaphore/half_cancelled_priority",
    ] {
        let mut group = criterion.benchmark_group(name);
        if name.ends_with("priority") {
            half_cancelled!(group, "ours", |n| PrioritySemaphore::new(n), |s, task| {
                s.acquire_with(priority(task))
            });
        } else {
            half_cancelled!(group, "ours", |n| Semaphore::new(n), |s, _task| s.acquire());
        }
        half_cancelled!(
            group,
            "tokio",
            |n| tokio::sync::Semaphore::new(n),
            |s, _task| s.acquire()
        );
        half_cancelled!(
            group,
            "async-lock",
            |n| async_lock::Semaphore::new(n),
            |s, _task| s.acquire()
        );
        half_cancelled!(group, "asyncband", |n| asyncband(n), |s, _task| s
            .acquire(1));
        half_cancelled!(
            group,
            "async-weighted-semaphore",
            |n| weighted(n),
            |s, _task| s.acquire(1)
        );
        half_cancelled!(
            group,
            "priority-semaphore",
            |n| by_priority(n),
            |s, task| s.acquire(priority(task))
        );
    }
}

fn asyncband(permits: usize) -> asyncband::semaphore::Semaphore {
    asyncband::semaphore::Semaphore::new(permits)
}

fn weighted(permits: usize) -> async_weighted_semaphore::Semaphore {
    async_weighted_semaphore::Semaphore::new(permits)
}

fn by_priority(permits: usize) -> Arc<priority_semaphore::PrioritySemaphore> {
    Arc::new(priority_semaphore::PrioritySemaphore::new(permits))
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
