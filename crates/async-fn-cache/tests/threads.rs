//! Threads that share a cache.

mod support;

use async_fn_cache::FnCache;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;
use support::{Gate, callers, nz};
use testkit::within_seconds;

/// A load that is pending a few times: woken by itself, or by another thread.
fn load(
    value: u64,
    pauses: u32,
    elsewhere: std::sync::mpsc::Sender<Waker>,
) -> impl Future<Output = u64> + Send {
    let mut polls = 0;
    poll_fn(move |cx| {
        polls += 1;
        if polls > pauses {
            return Poll::Ready(value);
        }
        let waker = cx.waker().clone();
        if polls % 2 == 0 {
            waker.wake();
        } else {
            elsewhere.send(waker).unwrap();
        }
        Poll::Pending
    })
}

/// Threads that load, leave, insert and invalidate: nobody hangs, and nobody gets another's value.
#[test]
fn threads_share_leave_and_overtake_loads() {
    within_seconds(60, || {
        let (elsewhere, wakers) = channel::<Waker>();
        let waking = thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
        let cache: FnCache<u64, u64> = FnCache::new(nz(3));
        let calls = AtomicU64::new(0);
        thread::scope(|scope| {
            for seed in 0..4 {
                let (cache, calls, elsewhere) = (&cache, &calls, elsewhere.clone());
                scope.spawn(move || {
                    let mut rng = testkit::rng(seed);
                    for _ in 0..5_000 {
                        let key = rng.u64(..5);
                        let value = key + 10 * rng.u64(..1000);
                        calls.fetch_add(1, Ordering::SeqCst);
                        let (pauses, elsewhere) = (rng.u32(..5), elsewhere.clone());
                        let init = move || load(value, pauses, elsewhere);
                        match rng.u8(..8) {
                            0 => drop(cache.insert(key, value)),
                            1 => drop(cache.invalidate(&key)),
                            2 => {
                                let limit = Duration::from_micros(rng.u64(..50));
                                if let Ok(got) = cache.get_with_blocking_timeout(key, init, limit) {
                                    assert_eq!(got % 10, key);
                                }
                            }
                            3 => {
                                let mut get = cache.refresh_with(key, init);
                                let _ = testkit::poll_n(
                                    std::pin::Pin::new(&mut get),
                                    Waker::noop(),
                                    rng.usize(..3),
                                );
                            }
                            _ => assert_eq!(cache.get_with_blocking(key, init) % 10, key),
                        }
                    }
                });
            }
        });
        drop(elsewhere);
        waking.join().unwrap();
        let stats = cache.stats();
        assert_eq!(stats.in_flight, 0);
        assert_eq!(stats.loads, stats.landed + stats.deserted);
        assert!(stats.len <= 3);
    });
}

#[test]
fn a_thousand_callers_on_several_threads_load_once() {
    within_seconds(30, || {
        const EACH: usize = 250;
        let cache: FnCache<u64, &'static str> = FnCache::default();
        let gate = Gate::new();
        let ready = Barrier::new(5);
        let got = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let all = callers(&cache, &gate, EACH);
                    ready.wait();
                    for caller in all {
                        assert_eq!(async_waitlist::blocking::block_on(caller.future), "value");
                        got.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            ready.wait();
            gate.open();
        });
        assert_eq!((gate.starts(), got.into_inner()), (1, 4 * EACH));
    });
}

/// What is read after an invalidation was loaded after it, whatever other threads do: the value is
/// the version that was current when its load began, and the versions only go up.
#[test]
fn no_value_from_before_an_invalidation_is_seen_after_it() {
    within_seconds(60, || {
        let version = Arc::new(AtomicU64::new(0));
        let cache: FnCache<(), u64> = FnCache::default();
        let done = AtomicUsize::new(0);
        let read = |cache: &FnCache<(), u64>| {
            let version = Arc::clone(&version);
            cache.get_with_blocking((), move || {
                let seen = version.load(Ordering::SeqCst);
                async move {
                    futures_lite::future::yield_now().await;
                    seen
                }
            })
        };
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while done.load(Ordering::SeqCst) == 0 {
                        let before = version.load(Ordering::SeqCst);
                        // It may be older than now, but not older than the last invalidation that
                        // returned before we began; that one came after its version.
                        let got = read(&cache);
                        assert!(got + 1 >= before, "{got} after {before}");
                    }
                });
            }
            for next in 1..=5_000 {
                version.store(next, Ordering::SeqCst);
                cache.invalidate(&());
                assert!(read(&cache) >= next, "stale");
            }
            done.store(1, Ordering::SeqCst);
        });
    });
}

/// A load is polled on the threads of all who wait, one at a time.
#[test]
fn a_load_is_polled_by_one_at_a_time() {
    within_seconds(30, || {
        for _ in 0..200 {
            let cache: FnCache<u64, u32> = FnCache::default();
            let inside = Arc::new(AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..4 {
                    let (cache, inside) = (&cache, Arc::clone(&inside));
                    scope.spawn(move || {
                        let mut polls = 0;
                        let got = cache.get_with_blocking(1, move || {
                            poll_fn(move |cx| {
                                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                                thread::yield_now();
                                inside.fetch_sub(1, Ordering::SeqCst);
                                polls += 1;
                                cx.waker().wake_by_ref();
                                if polls == 10 {
                                    Poll::Ready(7)
                                } else {
                                    Poll::Pending
                                }
                            })
                        });
                        assert_eq!(got, 7);
                    });
                }
            });
            assert_eq!(cache.stats().landed, 1);
        }
    });
}
