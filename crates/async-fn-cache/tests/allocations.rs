//! What is allocated: nothing for a hit, two allocations for a load, and nothing that stays.

use async_fn_cache::{FnCache, FnCacheBuilder, Get, GetChecked, LocalGet};
use std::future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;
use testkit::{CountingAllocator, count_allocations, poll_once};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

fn cache(capacity: usize) -> FnCache<u64, u64> {
    FnCache::new(NonZeroUsize::new(capacity).unwrap())
}

fn load(cache: &FnCache<u64, u64>, key: u64) {
    let mut get = cache.get_with(key, move || future::ready(key));
    assert!(poll_once(&mut get, Waker::noop()).is_ready());
}

#[test]
fn a_hit_allocates_nothing() {
    let cache = cache(100);
    let numbers = FnCache::builder().wrap_value(|n: u64| future::ready(n));
    load(&cache, 1);
    numbers.get_blocking(1);
    let allocations = count_allocations(|| {
        for _ in 0..100 {
            load(&cache, 1);
            assert_eq!(cache.try_get(&1), Ok(1));
            assert!(poll_once(&mut numbers.get(1), Waker::noop()).is_ready());
        }
    });
    assert_eq!(allocations.calls, 0);
}

#[test]
fn a_load_that_is_ready_allocates_twice() {
    let cache = cache(1000);
    (0..2000).for_each(|key| load(&cache, key)); // full: its tables are grown
    let allocations = count_allocations(|| {
        (2000..2100).for_each(|key| load(&cache, key));
    });
    assert_eq!(allocations.calls, 200);
    assert_eq!(allocations.live_bytes, 0, "each evicts another");
}

#[test]
fn a_load_that_is_pending_allocates_once_more_for_whoever_sleeps() {
    let cache = cache(1000);
    (0..2000).for_each(|key| load(&cache, key));
    let allocations = count_allocations(|| {
        let mut get = cache.get_with(3000, future::pending);
        for _ in 0..10 {
            assert!(poll_once(&mut get, Waker::noop()).is_pending());
        }
    });
    assert_eq!((allocations.calls, allocations.live_bytes), (3, 0));
}

#[test]
fn callers_that_join_allocate_for_their_list_only() {
    let cache = cache(1000);
    let mut first = cache.get_with(1, future::pending);
    assert!(poll_once(&mut first, Waker::noop()).is_pending());
    let mut all: Vec<Get<u64, u64>> = Vec::with_capacity(1000);
    let allocations = count_allocations(|| {
        for _ in 0..1000 {
            let mut get = cache.get_with(1, future::pending);
            assert!(poll_once(&mut get, Waker::noop()).is_pending());
            all.push(get);
        }
    });
    assert!(allocations.calls < 15, "{allocations:?}");
}

/// ihciah/singleflight-async#5: a dead entry for each key whose callers were all cancelled.
#[test]
fn regression_singleflight_async_5_cancelled_keys_leave_nothing_behind() {
    let cache: FnCache<u64, u64> = FnCache::builder().build();
    let round = |from: u64| {
        for key in from..from + 100_000 {
            let mut get = cache.get_with(key, future::pending);
            assert!(poll_once(&mut get, Waker::noop()).is_pending());
        }
    };
    round(0);
    assert_eq!(count_allocations(|| round(100_000)).live_bytes, 0);
}

#[test]
fn a_burst_of_loads_gives_its_memory_back() {
    let cache: FnCache<u64, u64> = FnCache::builder().build();
    let allocations = count_allocations(|| {
        let all: Vec<_> = (0..100_000)
            .map(|key| cache.get_with(key, future::pending))
            .collect();
        assert_eq!(cache.stats().in_flight, 100_000);
        drop(all);
    });
    assert!(allocations.live_bytes < 20_000, "{allocations:?}");
}

/// moka-rs/moka#329, #535: memory that was never given back.
#[test]
fn regression_moka_329_a_cache_that_is_gone_leaves_nothing_behind() {
    let allocations = count_allocations(|| {
        let cache = cache(500);
        (0..2000).for_each(|key| load(&cache, key));
        let pending = cache.get_with(5000, future::pending);
        cache.insert(1, 1);
        cache.invalidate(&1);
        cache.invalidate_if(|key, _| key % 2 == 0);
        drop(cache);
        drop(pending);
    });
    assert_eq!(allocations.live_bytes, 0);
}

/// In the Python original the expiry heap grows with every write.
#[test]
fn regression_original_7_writes_of_one_key_take_no_memory() {
    let clock = async_clock::ManualClock::new();
    let cache: FnCache<u64, u64, _> = FnCache::builder()
        .ttl(Duration::from_secs(1))
        .clock(clock.clone())
        .build();
    cache.insert(1, 1);
    cache.insert(1, 1);
    let allocations = count_allocations(|| {
        for _ in 0..10_000 {
            cache.insert(1, 1);
            clock.advance(Duration::from_nanos(1));
        }
    });
    assert_eq!(allocations.live_bytes, 0);
}

#[test]
fn futures_are_small() {
    if cfg!(target_pointer_width = "64") {
        assert!(size_of::<Get<String, Arc<str>>>() <= 64);
        assert!(size_of::<Get<u64, u64>>() <= 64);
        assert!(size_of::<GetChecked<u64, Result<String, String>>>() <= 64);
        assert!(size_of::<LocalGet<u64, u64>>() <= 64);
    }
}

/// What a load needed while it was pending does not stay with its value.
#[test]
fn a_value_that_was_waited_for_is_no_larger_than_another() {
    let measure = |waits: usize| {
        let cache = cache(100);
        let allocations = count_allocations(|| {
            for key in 0..100 {
                let load = move || async move {
                    for _ in 0..waits {
                        futures_lite::future::yield_now().await;
                    }
                    key
                };
                let mut both = vec![cache.get_with(key, load), cache.get_with(key, load)];
                while !both.is_empty() {
                    both.retain_mut(|get| poll_once(get, Waker::noop()).is_pending());
                }
            }
        });
        assert_eq!(cache.stats().len, 100);
        allocations.live_bytes
    };
    assert_eq!(measure(1), measure(0));
}

/// What stays beside a key and a value that are kept.
#[test]
fn an_entry_is_small() {
    const VALUES: usize = 10_000;
    let each = |builder: FnCacheBuilder<u64, u64>| {
        // A single shard, as keys do not spread evenly over several, and one of them would evict.
        let cache = builder
            .capacity(NonZeroUsize::new(VALUES).unwrap())
            .shards(NonZeroUsize::MIN)
            .build();
        let allocations = count_allocations(|| {
            (0..VALUES as u64).for_each(|key| load(&cache, key));
            assert_eq!(cache.stats().len, VALUES);
        });
        let all = usize::try_from(allocations.live_bytes).expect("entries take memory");
        all / VALUES - size_of::<[u64; 2]>()
    };
    let endless = each(FnCache::builder());
    let timed = each(FnCache::builder().ttl(Duration::from_secs(3600)));
    assert!(
        endless <= 150 && timed <= 150 + 72,
        "{endless} and {timed} bytes"
    );
}
