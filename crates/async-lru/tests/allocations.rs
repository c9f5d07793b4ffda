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
