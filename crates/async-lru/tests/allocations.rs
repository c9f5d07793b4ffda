//! A full map allocates nothing, and churn does not make it grow.

use async_lru::LruCache;
use std::num::NonZeroUsize;
use testkit::{CountingAllocator, count_allocations};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

#[test]
fn a_full_map_allocates_nothing() {
    const CAPACITY: u64 = 1000;
    let capacity = NonZeroUsize::new(1000).unwrap();
    let mut cache = LruCache::new(capacity);
    for key in 0..4 * CAPACITY {
        let _ = cache.insert(key, key);
    }
    let size = cache.allocation_size();
    let counted = count_allocations(|| {
        for key in 0..100 * CAPACITY {
            let _ = cache.insert(key, key);
            assert!(cache.get(&key).is_some());
        }
    });
    assert_eq!(counted.calls, 0);
    assert_eq!(cache.allocation_size(), size);
}

#[test]
fn an_empty_map_has_allocated_nothing() {
    let capacity = NonZeroUsize::new(1 << 20).unwrap();
    // The first hasher of a process makes its seeds.
    drop(LruCache::<u64, u64>::new(capacity));
    let counted = count_allocations(|| LruCache::<u64, u64>::new(capacity));
    assert_eq!(counted.calls, 0);
    assert_eq!(LruCache::<u64, u64>::new(capacity).allocation_size(), 0);
}

#[test]
fn a_full_map_with_weights_allocates_nothing() {
    let mut cache = async_lru::WeightedLruCache::new(1000, |_: &u64, weight: &u64| *weight);
    let mut insert = |keys: std::ops::Range<u64>| {
        for key in keys {
            assert!(cache.insert(key, 1 + key % 7).is_ok());
        }
        cache.len()
    };
    insert(0..4000);
    assert_eq!(count_allocations(|| insert(4000..20_000)).calls, 0);
}

#[cfg(feature = "ttl")]
#[test]
fn a_full_map_with_expiry_allocates_nothing() {
    use std::time::Duration;

    let capacity = NonZeroUsize::new(1000).unwrap();
    let mut cache = async_lru::TtlLruCache::new(capacity, Duration::from_secs(60));
    let mut insert = |keys: std::ops::Range<u64>| {
        for key in keys {
            let _ = cache.insert(key, key);
            let _ = cache.insert_with_ttl(key % 500, key, Duration::from_secs(1 + key % 9));
            assert!(cache.get(&key).is_some());
        }
        cache.allocation_size()
    };
    let size = insert(0..4000);
    let mut after = 0;
    let counted = count_allocations(|| after = insert(4000..20_000));
    assert_eq!((counted.calls, after), (0, size));
}

#[cfg(feature = "sync")]
#[test]
fn a_shared_entry_is_one_allocation_and_a_hit_none() {
    let cache = async_lru::sync::LruCache::new(NonZeroUsize::new(1000).unwrap());
    let insert = |keys: std::ops::Range<u64>| {
        keys.for_each(|key| drop(cache.insert(key, key)));
    };
    insert(0..4000);
    assert_eq!(count_allocations(|| insert(4000..5000)).calls, 1000);
    let hits = count_allocations(|| {
        for key in 4000..5000 {
            drop(cache.get(&key));
            let _ = cache.get_copied(&key);
        }
    });
    assert_eq!(hits.calls, 0);
}
