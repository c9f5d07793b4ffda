//! `async-priority-semaphore`, on every runtime and on all of them at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use async_clock::timeout;
use async_priority_semaphore::context::{PriorityExt, current, scope};
use async_priority_semaphore::{
    AcquireError, AcquireOwned, Aging, Priority, PrioritySemaphore, Semaphore,
};
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use futures_lite::future::yield_now;
use testkit::{poll_once, within_seconds};

const SHORT: Duration = Duration::from_millis(5);
const HOUR: Duration = Duration::from_secs(3600);

/// Acquires in the order of their first polls.
fn queued<F: Future + Unpin>(count: usize, acquire: impl Fn(usize) -> F) -> Vec<F> {
    let mut waiters: Vec<F> = (0..count).map(acquire).collect();
    for waiter in &mut waiters {
        assert!(poll_once(waiter, Waker::noop()).is_pending());
    }
    waiters
}

on_every_runtime! {
    async fn no_more_tasks_are_in_than_there_are_permits(runtime) {
        let semaphore = Arc::new(Semaphore::new(3));
        let inside = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (semaphore, inside) = (Arc::clone(&semaphore), Arc::clone(&inside));
                runtime.spawn(async move {
                    for _ in 0..20 {
                        let permit = semaphore.acquire().await.unwrap();
                        assert!(inside.fetch_add(1, Ordering::SeqCst) < 3);
                        yield_now().await;
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(permit);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await;
        }
        assert_eq!((semaphore.available_permits(), semaphore.waiting()), (3, 0));
        semaphore.assert_invariants();
    }

    async fn tasks_are_served_in_the_order_in_which_they_came(runtime) {
        let semaphore = Arc::new(Semaphore::new(0));
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = queued(20, |_| semaphore.acquire_owned())
            .into_iter()
            .enumerate()
            .map(|(number, acquire)| {
                let order = Arc::clone(&order);
                runtime.spawn(async move {
                    let permit = acquire.await.unwrap();
                    order.lock().unwrap().push(number);
                    yield_now().await;
                    drop(permit);
                })
            })
            .collect();
        semaphore.add_permits(1);
        for task in tasks {
            task.await;
        }
        assert!(order.lock().unwrap().iter().copied().eq(0..20));
    }

    async fn the_most_urgent_task_is_served_first(runtime) {
        let semaphore = Arc::new(PrioritySemaphore::new(0));
        let order = Arc::new(Mutex::new(Vec::new()));
        let priority = |number: usize| i32::try_from(number * 7 % 20).unwrap() - 10;
        let tasks: Vec<_> = queued(20, |number| {
            semaphore.acquire_owned().with_priority(priority(number))
        })
        .into_iter()
        .enumerate()
        .map(|(number, acquire)| {
            let order = Arc::clone(&order);
            runtime.spawn(async move {
                let permit = acquire.await.unwrap();
                order.lock().unwrap().push(priority(number));
                drop(permit);
            })
        })
        .collect();
        semaphore.add_permits(1);
        for task in tasks {
            task.await;
        }
        assert!(order.lock().unwrap().iter().copied().eq(-10..10));
    }

    async fn a_task_keeps_its_priority_wherever_it_runs(runtime) {
        let tasks: Vec<_> = (0..20)
            .map(|priority| {
                let task = async move {
                    for _ in 0..50 {
                        assert_eq!(current(), priority);
                        yield_now().await;
                    }
                };
                runtime.spawn(task.with_priority(priority))
            })
            .collect();
        assert_eq!(current(), 0);
        for task in tasks {
            task.await;
        }
    }

    async fn a_spawned_task_inherits_only_if_asked_to(runtime) {
        let parent = async move {
            let (inherits, begins_anew) = (
                runtime.spawn(async { current() }.inherit_priority()),
                runtime.spawn(async { current() }),
            );
            (inherits.await, begins_anew.await)
        };
        assert_eq!(parent.with_priority(-4).await, (-4, 0));
    }

    async fn a_timeout_gives_up_the_place_and_nothing_else() {
        let semaphore = Semaphore::new(1);
        let mut both = semaphore.acquire_many(2);
        assert!(timeout(SHORT, &mut both).await.is_err());
        assert!(semaphore.try_acquire().is_err(), "it has kept its place");
        assert!(timeout(SHORT, both).await.is_err());
        assert!(timeout(HOUR, semaphore.acquire()).await.unwrap().is_ok());
        assert_eq!(semaphore.available_permits(), 1);
    }

    async fn a_close_releases_every_task(runtime) {
        let semaphore = Arc::new(PrioritySemaphore::new(0));
        let tasks: Vec<_> = queued(40, |_| semaphore.acquire_owned())
            .into_iter()
            .map(|acquire| runtime.spawn(async move { acquire.await.err() }))
            .collect();
        assert!(semaphore.close());
        for task in tasks {
            assert_eq!(task.await, Some(AcquireError));
        }
    }

    async fn a_blocked_thread_and_a_task_hand_a_permit_to_each_other(runtime) {
        let semaphore = Arc::new(Semaphore::new(1));
        let (blocks, (report, reports)) = (Arc::clone(&semaphore), channel());
        let thread = thread::spawn(move || {
            for _ in 0..100 {
                drop(blocks.acquire_blocking().unwrap());
                drop(blocks.acquire_blocking_timeout(HOUR).unwrap());
            }
            report.send(()).expect("the test waits");
        });
        let waits = Arc::clone(&semaphore);
        let task = runtime.spawn(async move {
            for _ in 0..200 {
                let permit = waits.acquire().await.unwrap();
                yield_now().await;
                drop(permit);
            }
        });
        task.await;
        thread.join().unwrap();
        assert_eq!(reports.try_recv(), Ok(()));
        assert_eq!(semaphore.available_permits(), 1);
    }
}

#[test]
fn one_semaphore_serves_every_runtime_and_plain_threads() {
    const PERMITS: usize = 3;
    const ROUNDS: usize = 200;
    let semaphore = Arc::new(
        PrioritySemaphore::builder(PERMITS)
            .aging(Aging::Arrivals(std::num::NonZeroU32::MIN))
            .build(),
    );
    let (inside, total) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let enter = {
        let (inside, total) = (Arc::clone(&inside), Arc::clone(&total));
        move |permits: usize| {
            let now = inside.fetch_add(permits, Ordering::SeqCst) + permits;
            assert!(now <= PERMITS, "{now} are inside");
            total.fetch_add(permits, Ordering::SeqCst);
        }
    };

    let (blocks, enters, leaves) = (Arc::clone(&semaphore), enter.clone(), Arc::clone(&inside));
    let plain = thread::spawn(move || {
        for _ in 0..ROUNDS {
            let permit = scope(-1, || blocks.acquire_blocking()).unwrap();
            enters(1);
            thread::yield_now();
            leaves.fetch_sub(1, Ordering::SeqCst);
            drop(permit);
        }
    });
    let shared = Arc::clone(&semaphore);
    on_all_at_once(move |runtime| {
        let tasks: Vec<_> = (1..=4_u32)
            .map(|number| {
                let (semaphore, enter, inside) =
                    (Arc::clone(&shared), enter.clone(), Arc::clone(&inside));
                let permits = 1 + number % 2;
                let task = async move {
                    for _ in 0..ROUNDS {
                        let permit = semaphore.acquire_many(permits).await.unwrap();
                        enter(permits as usize);
                        yield_now().await;
                        inside.fetch_sub(permits as usize, Ordering::SeqCst);
                        drop(permit);
                    }
                };
                // Not spawned before the body is polled: it is the runtime's thread then.
                move || runtime.spawn(task.with_priority(Priority::try_from(number).unwrap_or(0)))
            })
            .collect();
        async move {
            for task in tasks.into_iter().map(|spawn| spawn()).collect::<Vec<_>>() {
                task.await;
            }
        }
    });
    within_seconds(10, move || plain.join().expect("no panic"));
    let tasks = Runtime::ALL.len() * (2 + 1 + 2 + 1) * ROUNDS;
    assert_eq!(total.load(Ordering::SeqCst), tasks + ROUNDS);
    assert_eq!(
        (semaphore.available_permits(), semaphore.waiting()),
        (PERMITS, 0)
    );
    semaphore.assert_invariants();
}

#[test]
fn a_permit_goes_through_all_runtimes_in_order() {
    const EACH: usize = 6;
    let semaphore = Arc::new(Semaphore::new(0));
    // Waiter n goes to runtime n modulo their number: each turn changes the runtime.
    let mut hands: Vec<Vec<(usize, AcquireOwned)>> = Vec::new();
    hands.resize_with(Runtime::ALL.len(), Vec::new);
    let waiters = queued(EACH * Runtime::ALL.len(), |_| semaphore.acquire_owned());
    for (number, waiter) in waiters.into_iter().enumerate() {
        hands[number % Runtime::ALL.len()].push((number, waiter));
    }
    let hands = Mutex::new(hands);
    let (report, reports) = channel();
    semaphore.add_permits(1);
    on_all_at_once(move |runtime| {
        let hand = hands.lock().expect("no panic").pop().expect("one for each");
        let report = report.clone();
        async move {
            let tasks: Vec<_> = hand
                .into_iter()
                .map(|(number, acquire)| {
                    let report = report.clone();
                    runtime.spawn(async move {
                        let permit = acquire.await.expect("nobody closes it");
                        report.send(number).expect("the test receives");
                        drop(permit);
                    })
                })
                .collect();
            for task in tasks {
                task.await;
            }
        }
    });
    assert!(reports.try_iter().eq(0..EACH * Runtime::ALL.len()));
}
