//! How many values are kept, and which.

mod support;

use async_fn_cache::FnCache;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Strings, get, nz};

/// The keys that are loaded when these are asked for one after another.
fn loaded(capacity: usize, keys: &[u64]) -> Vec<u64> {
    let cache: FnCache<u64, u64> = FnCache::new(nz(capacity));
    let mut loaded = Vec::new();
    for &key in keys {
        let before = cache.stats().loads;
        assert_eq!(get(&cache, key, key), key);
        if cache.stats().loads > before {
            loaded.push(key);
        }
    }
    loaded
}

/// In the Python original a hit does not promote, so that its cache is first in, first out.
#[test]
fn regression_original_1_a_hit_makes_a_value_the_most_recently_used() {
    assert_eq!(loaded(2, &[1, 2, 1, 1, 1, 3, 1]), [1, 2, 3]);
}

#[test]
fn the_least_recently_used_value_goes() {
    assert_eq!(loaded(3, &[1, 2, 3, 1, 4, 2, 1]), [1, 2, 3, 4, 2]);
    assert_eq!(loaded(1, &[1, 1, 2, 2, 1]), [1, 2, 1]);
}

#[test]
fn try_get_and_insert_promote_too() {
    let cache: Strings = FnCache::new(nz(2));
    cache.insert(1, "one");
    cache.insert(2, "two");
    assert_eq!(cache.try_get(&1), Ok("one"));
    cache.insert(3, "three");
    assert!(cache.try_get(&2).is_err());
    cache.insert(1, "uno");
    cache.insert(4, "four");
    assert_eq!(
        (cache.try_get(&1), cache.try_get(&3).is_err()),
        (Ok("uno"), true)
    );
    assert_eq!(cache.stats().evicted, 2);
}

/// arthurprs/quick-cache#94: rounding per shard made the whole larger than the capacity.
#[test]
fn regression_quick_cache_94_the_capacity_is_never_exceeded() {
    for (capacity, shards) in [
        (1, 64),
        (63, 64),
        (100, 2),
        (1000, 4),
        (1003, 8),
        (4099, 64),
    ] {
        let cache: FnCache<u64, u64> = FnCache::builder()
            .capacity(nz(capacity))
            .shards(nz(shards))
            .build();
        for key in 0..3 * capacity as u64 {
            cache.insert(key, key);
            assert!(key % 97 != 0 || cache.stats().len <= capacity);
        }
        assert_eq!(cache.stats().len, capacity, "{capacity} in {shards} shards");
    }
}

#[test]
fn a_small_cache_is_one_exact_order_whatever_the_shards() {
    let cache: FnCache<u64, u64> = FnCache::builder()
        .capacity(nz(127))
        .shards(nz(1024))
        .build();
    for key in 0..127 {
        cache.insert(key, key);
    }
    for key in 127..254 {
        cache.insert(key, key);
        assert!(cache.try_get(&(key - 127)).is_err(), "the oldest");
        assert_eq!(cache.stats().len, 127);
    }
}

#[test]
fn evicted_values_are_dropped() {
    struct Guard(Arc<AtomicUsize>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    let alive = Arc::new(AtomicUsize::new(0));
    let cache: FnCache<u64, Arc<Guard>> = FnCache::new(nz(10));
    for key in 0..100 {
        alive.fetch_add(1, Ordering::SeqCst);
        cache.insert(key, Arc::new(Guard(Arc::clone(&alive))));
        let expected = usize::try_from(key + 1).unwrap().min(10);
        assert_eq!(alive.load(Ordering::SeqCst), expected);
    }
    drop(cache);
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn an_unbounded_cache_keeps_everything() {
    let cache: FnCache<u64, u64> = FnCache::default();
    for key in 0..10_000 {
        cache.insert(key, key);
    }
    assert_eq!(cache.stats().len, 10_000);
    assert_eq!(cache.try_get(&0), Ok(0));
    let cache: FnCache<u64, u64> = FnCache::new(nz(usize::MAX));
    cache.insert(1, 1);
    assert_eq!(cache.try_get(&1), Ok(1));
}
