//! Caches under threads: one load at a time, no value of another key, nobody sleeps for ever.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use async_fn_cache::{FnCache, Keep};
use async_single_flight::Group;
use async_single_flight::cycle::Edge;
use fastrand::Rng;
use testkit::poll_n;

const THREADS: usize = 8;

/// A load that is woken by itself and from another thread, and polled by one at a time.
fn load(
    key: u64,
    rng: &mut Rng,
    elsewhere: &Sender<Waker>,
    inside: &Arc<AtomicUsize>,
) -> impl Future<Output = u64> + Send + use<> {
    let (pauses, elsewhere, inside) = (rng.u32(..6), elsewhere.clone(), Arc::clone(inside));
    let mut rng = rng.fork();
    let mut polls = 0;
    poll_fn(move |cx| {
        assert_eq!(
            inside.fetch_add(1, Ordering::SeqCst),
            0,
            "two poll one load"
        );
        polls += 1;
        let done = polls > pauses;
        if !done {
            let waker = cx.waker().clone();
            if rng.bool() {
                waker.wake();
            } else {
                elsewhere
                    .send(waker)
                    .expect("the waking thread outlives the loads");
            }
        }
        inside.fetch_sub(1, Ordering::SeqCst);
        if done {
            Poll::Ready(key)
        } else {
            Poll::Pending
        }
    })
}

/// Has a thread wake what it is sent, as long as `work` runs.
fn with_waking_thread(work: impl FnOnce(&Sender<Waker>)) {
    let (sender, wakers) = channel::<Waker>();
    thread::scope(|scope| {
        scope.spawn(|| wakers.into_iter().for_each(Waker::wake));
        work(&sender);
        drop(sender);
    });
}

fn short(rng: &mut Rng) -> Duration {
    Duration::from_nanos(rng.u64(1..200_000))
}

#[test]
fn a_group_never_loses_a_wake_up() {
    stress::rounds(|rng| {
        let group: Group<u64, u64> = Group::new();
        with_waking_thread(|elsewhere| {
            stress::threads(THREADS, rng, |_, rng| {
                for _ in 0..40 {
                    let key = rng.u64(..3);
                    let load = load(key, rng, elsewhere, &Arc::default());
                    match rng.u8(..6) {
                        0 => {
                            let mut given_up = group.work(key, || load);
                            let polls = rng.usize(..3);
                            let _ = poll_n(Pin::new(&mut given_up), Waker::noop(), polls);
                        }
                        1 => drop(group.work_blocking_timeout(key, || load, short(rng))),
                        2 => drop(group.forget(&key)),
                        _ => assert_eq!(group.work_blocking(key, || load), key),
                    }
                }
            });
        });
        assert_eq!(group.in_flight(), 0);
    });
}

#[test]
fn a_cache_stays_whole_whatever_threads_do_to_it() {
    stress::rounds(|rng| {
        let builder = FnCache::builder()
            .capacity(std::num::NonZeroUsize::new(rng.usize(1..200)).expect("not zero"))
            .stale_for(Duration::from_micros(20))
            .keep(|key, _| {
                if key % 3 == 0 {
                    Keep::For(Duration::from_micros(*key))
                } else {
                    Keep::AsConfigured
                }
            });
        let cache: FnCache<u64, u64> = builder.build();
        with_waking_thread(|elsewhere| {
            stress::threads(THREADS, rng, |_, rng| {
                for _ in 0..60 {
                    let key = rng.u64(..300).min(rng.u64(..300));
                    let load = load(key, rng, elsewhere, &Arc::default());
                    match rng.u8(..12) {
                        0 => drop(cache.insert(key, key)),
                        1 => drop(cache.invalidate(&key)),
                        2 => cache.invalidate_if(|key, value| {
                            assert_eq!(key, value);
                            key % 7 == 0
                        }),
                        3 => {
                            let mut refresh = cache.refresh_with(key, || load);
                            let polls = rng.usize(..4);
                            let _ = poll_n(Pin::new(&mut refresh), Waker::noop(), polls);
                        }
                        4 => drop(cache.get_with_blocking_timeout(key, || load, short(rng))),
                        5 => {
                            if let Ok(value) = cache.try_get(&key) {
                                assert_eq!(value, key);
                            }
                        }
                        6 if rng.u8(..20) == 0 => cache.invalidate_all(),
                        _ => assert_eq!(cache.get_with_blocking(key, || load), key),
                    }
                }
            });
        });
        let stats = cache.stats();
        assert_eq!(stats.in_flight, 0);
        assert_eq!(stats.loads, stats.landed + stats.deserted);
    });
}

/// Recursive loads on all threads, and rings of them: each ends.
#[test]
fn loads_that_wait_for_loads_end() {
    fn visit(
        group: &Group<u64, u64>,
        key: u64,
        depth: u64,
        seed: u64,
    ) -> Pin<Box<dyn Future<Output = u64> + Send>> {
        let inner = group.clone();
        let work = group.work_checked(key, move || async move {
            if depth == 0 {
                return 1;
            }
            futures_lite::future::yield_now().await;
            let next = (key + seed) % 6;
            visit(&inner, next, depth - 1, seed + 1).await
        });
        Box::pin(async move { work.await.unwrap_or(0) })
    }
    stress::rounds(|rng| {
        let group: Group<u64, u64> = Group::new();
        let ended = AtomicU64::new(0);
        stress::threads(THREADS, rng, |_, rng| {
            for _ in 0..10 {
                let visit = visit(&group, rng.u64(..6), rng.u64(..6), rng.u64(..6));
                let depth = futures_lite::future::block_on(visit);
                assert!(depth <= 1, "a leaf's value, or that of a ring");
                ended.fetch_add(1, Ordering::SeqCst);
            }
        });
        assert_eq!(ended.into_inner(), 10 * THREADS as u64);
        assert_eq!((group.in_flight(), Edge::count()), (0, 0));
    });
}
