//! `async-fn-cache` and `async-single-flight`, on every runtime and on all of them at once.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use async_clock::{ClockExt, ManualClock, timeout};
use async_fn_cache::{FnCache, LocalFnCache};
use async_single_flight::Group;
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use futures_lite::future::yield_now;
use testkit::{poll_once, within_seconds};

const SECOND: Duration = Duration::from_secs(1);

/// What a load waits for, and how often it was begun.
#[derive(Clone, Default)]
struct Gate(Arc<Inner>);

#[derive(Default)]
struct Inner {
    open: AtomicBool,
    waker: Mutex<Option<Waker>>,
    starts: AtomicUsize,
}

impl Gate {
    fn open(&self) {
        self.0.open.store(true, Ordering::SeqCst);
        let waker = self.0.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn load(self) -> u64 {
        self.0.starts.fetch_add(1, Ordering::SeqCst);
        poll_fn(|cx| {
            let _replaced = self.0.waker.lock().unwrap().replace(cx.waker().clone());
            if self.0.open.load(Ordering::SeqCst) {
                Poll::Ready(7)
            } else {
                Poll::Pending
            }
        })
        .await
    }

    fn starts(&self) -> usize {
        self.0.starts.load(Ordering::SeqCst)
    }
}

fn get(cache: &FnCache<u64, u64>, gate: &Gate) -> async_fn_cache::Get<u64, u64> {
    let gate = gate.clone();
    cache.get_with(1, || gate.load())
}

on_every_runtime! {
    async fn a_hundred_tasks_share_a_load(runtime) {
        let (cache, gate) = (FnCache::default(), Gate::default());
        let mut first = get(&cache, &gate);
        assert!(futures_lite::future::poll_once(&mut first).await.is_none());
        let tasks: Vec<_> = (0..100).map(|_| runtime.spawn(get(&cache, &gate))).collect();
        yield_now().await;
        gate.open();
        for task in tasks {
            assert_eq!(task.await, 7);
        }
        // Never polled again, and there all the same.
        assert_eq!(first.await, 7);
        assert_eq!((gate.starts(), cache.try_get(&1)), (1, Ok(7)));
    }

    async fn a_task_that_gives_up_hands_its_load_on(runtime) {
        let (cache, gate) = (FnCache::default(), Gate::default());
        let given_up = runtime.spawn(timeout(Duration::from_millis(5), get(&cache, &gate)));
        let mut stays = get(&cache, &gate);
        assert!(given_up.await.is_err());
        assert!(futures_lite::future::poll_once(&mut stays).await.is_none());
        gate.open();
        assert_eq!((stays.await, gate.starts()), (7, 1));
    }

    async fn a_task_that_is_alive_and_not_polled_holds_nobody_up(runtime) {
        let (cache, gate) = (FnCache::default(), Gate::default());
        let mut idle = get(&cache, &gate);
        assert!(futures_lite::future::poll_once(&mut idle).await.is_none());
        let task = runtime.spawn(get(&cache, &gate));
        gate.open(); // wakes us, and we don't look at it
        assert_eq!(task.await, 7);
        drop(idle);
    }

    async fn lives_end_by_the_clock() {
        let clock = ManualClock::new();
        let cache = FnCache::builder().ttl(SECOND).clock(clock.clone()).build();
        let slow = clock.sleep(5 * SECOND);
        let load = cache.get_with(1, || async { slow.await; 1 });
        assert_eq!(clock.drive(load).await, 1);
        assert_eq!(cache.get_with(1, || async { 2 }).await, 1);
        clock.advance(SECOND);
        assert_eq!(cache.get_with(1, || async { 3 }).await, 3);
    }

    async fn a_blocked_thread_and_a_task_share_a_load(runtime) {
        let (cache, gate) = (FnCache::default(), Gate::default());
        let task = runtime.spawn(get(&cache, &gate));
        let (blocked, inside) = (cache.clone(), gate.clone());
        let (report, ended) = channel();
        let thread = thread::spawn(move || {
            report.send(blocked.get_with_blocking(1, || inside.load())).unwrap();
        });
        while cache.stats().loads + cache.stats().joins < 2 {
            yield_now().await;
        }
        gate.open();
        assert_eq!(task.await, 7);
        thread.join().unwrap();
        assert_eq!((ended.try_recv(), gate.starts()), (Ok(7), 1));
    }

    async fn a_group_coalesces_and_forgets(runtime) {
        let (group, loads) = (Group::new(), Arc::new(AtomicUsize::new(0)));
        for round in 1..=3 {
            let call = |_| {
                let loads = Arc::clone(&loads);
                group.work("key", move || async move {
                    let load = loads.fetch_add(1, Ordering::SeqCst) + 1;
                    yield_now().await;
                    load
                })
            };
            // All of them have come before one is polled: later they would find nothing.
            let calls: Vec<_> = (0..20).map(call).collect();
            let tasks: Vec<_> = calls.into_iter().map(|call| runtime.spawn(call)).collect();
            for task in tasks {
                assert_eq!(task.await, round);
            }
        }
        assert_eq!(group.in_flight(), 0);
    }

    async fn loads_may_wait_for_loads(runtime) {
        fn fibonacci(cache: &FnCache<u64, u64>, n: u64) -> async_fn_cache::Get<u64, u64> {
            let inner = cache.clone();
            cache.get_with(n, move || async move {
                yield_now().await;
                match n {
                    0 | 1 => n,
                    _ => fibonacci(&inner, n - 1).await + fibonacci(&inner, n - 2).await,
                }
            })
        }
        let cache = FnCache::default();
        let tasks: Vec<_> = (40..50).map(|n| runtime.spawn(fibonacci(&cache, n))).collect();
        for task in tasks {
            assert!(task.await > 100_000_000);
        }
        assert_eq!(cache.stats().loads, 50);
    }
}

/// One load, whose callers are on all runtimes and on a plain thread.
#[test]
fn one_load_is_driven_by_all_runtimes() {
    let (cache, gate) = (FnCache::default(), Gate::default());
    let ticks = Arc::new(AtomicUsize::new(0));
    let (shared, inside, counted) = (cache.clone(), gate.clone(), Arc::clone(&ticks));
    let wait = move |_| {
        let (gate, ticks) = (inside.clone(), Arc::clone(&counted));
        shared.get_with(1, move || async move {
            for _ in 0..100 {
                ticks.fetch_add(1, Ordering::SeqCst);
                yield_now().await;
            }
            gate.load().await
        })
    };
    let plain = thread::spawn({
        let wait = wait.clone();
        move || cross_runtime::block_on(wait(Runtime::BlockOn))
    });
    let opener = thread::spawn(move || {
        let all = Runtime::ALL.len() as u64 + 1;
        while cache.stats().loads + cache.stats().joins < all || gate.starts() == 0 {
            thread::yield_now();
        }
        gate.open();
        (cache.stats().loads, gate.starts())
    });
    assert_eq!(on_all_at_once(wait), [7; Runtime::ALL.len()]);
    within_seconds(10, move || {
        assert_eq!(plain.join().unwrap(), 7);
        assert_eq!(opener.join().unwrap(), (1, 1));
    });
    assert_eq!(ticks.load(Ordering::SeqCst), 100);
}

/// In the Python original, callers on other loops are cancelled when the loop of the loader is shut
/// down, and the key is poisoned.
#[test]
fn regression_original_12_a_load_goes_on_when_the_runtime_that_began_it_is_shut_down() {
    within_seconds(30, || {
        let (cache, gate) = (FnCache::default(), Gate::default());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let task = runtime.spawn(get(&cache, &gate));
        runtime.block_on(async {
            while gate.starts() == 0 {
                tokio::task::yield_now().await;
            }
        });
        let mut other = get(&cache, &gate);
        assert!(poll_once(&mut other, Waker::noop()).is_pending());
        runtime.shutdown_background();
        drop(task);
        let thread = thread::spawn(move || smol::block_on(other));
        gate.open();
        assert_eq!(thread.join().unwrap(), 7);
        assert_eq!(gate.starts(), 1);
    });
}

/// Loads that need the runtime's own, non-`Send` tasks.
#[test]
fn a_local_cache_serves_the_tasks_of_a_local_set() {
    within_seconds(30, || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async {
            let cache: LocalFnCache<u64, std::rc::Rc<u64>> = FnCache::builder().build_local();
            let tasks: Vec<_> = (0..20)
                .map(|_| {
                    let cache = cache.clone();
                    tokio::task::spawn_local(async move {
                        let load = || async {
                            tokio::task::yield_now().await;
                            std::rc::Rc::new(7)
                        };
                        *cache.get_with(1, load).await
                    })
                })
                .collect();
            for task in tasks {
                assert_eq!(task.await.unwrap(), 7);
            }
            assert_eq!(cache.stats().loads, 1);
        });
    });
}
