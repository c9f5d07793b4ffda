//! The maps for several threads: capacities, foreign code, and what racing callers get.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Weak};
use std::thread;

use async_lru::DefaultHashBuilder;
use async_lru::sync::{Cached, Inserted, LruCache};
use testkit::within_seconds;

fn nonzero(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn with_shards<K, V>(capacity: usize, shards: usize) -> LruCache<K, V> {
    let hasher = DefaultHashBuilder::default();
    LruCache::with_shards(nonzero(capacity), nonzero(shards), hasher)
}

/// Shards that round their part up exceed the capacity in sum, as arthurprs/quick-cache#94 did.
#[test]
fn the_shards_hold_as_many_as_the_capacity_says_and_no_more() {
    for (capacity, shards) in [
        (1, 8),
        (7, 8),
        (8, 8),
        (9, 8),
        (100, 7),
        (1000, 1),
        (1001, 16),
    ] {
        let cache = with_shards(capacity, shards);
        assert_eq!(cache.capacity().get(), capacity);
        for key in 0..20 * capacity {
            let _ = cache.insert(key, ());
            assert!(cache.stats().entries <= capacity);
        }
        assert_eq!(cache.stats().entries, capacity, "{capacity} in {shards}");
        for next in [capacity * 2 + 1, capacity] {
            let evicted = cache.resize(nonzero(next)).len();
            let there = cache.stats().entries;
            assert!(there <= next);
            assert!(next > capacity || evicted + there > capacity);
            (0..20 * next).for_each(|key| drop(cache.insert(key, ())));
            assert_eq!(
                (cache.capacity().get(), cache.stats().entries),
                (next, next)
            );
        }
    }
}

#[test]
fn every_shard_keeps_room_for_one_entry() {
    let cache = with_shards(64, 4);
    (0..1000).for_each(|key| drop(cache.insert(key, ())));
    assert_eq!(cache.resize(NonZeroUsize::MIN).len(), 60);
    assert_eq!(cache.capacity().get(), 4);
    (0..1000).for_each(|key| drop(cache.insert(key, ())));
    assert_eq!(cache.stats().entries, 4);
}

#[test]
fn a_small_map_is_one_exact_lru() {
    let cache = LruCache::new(nonzero(100));
    (0..100).for_each(|key| drop(cache.insert(key, key)));
    for key in (0..100).rev() {
        assert!(cache.get(&key).is_some());
    }
    for key in 100..200 {
        let evicted = cache.insert(key, key).evicted().unwrap();
        assert_eq!(*evicted, 199 - key);
    }
}

#[test]
fn capacity_is_never_exceeded_while_threads_insert_and_resize() {
    within_seconds(60, || {
        let cache = with_shards(50, 4);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for thread in 0..2_u64 {
                let (cache, done) = (&cache, &done);
                scope.spawn(move || {
                    (0..50_000).for_each(|key| drop(cache.insert(key * 2 + thread, ())));
                    done.store(true, Ordering::SeqCst);
                });
            }
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    for capacity in [10, 50] {
                        drop(cache.resize(nonzero(capacity)));
                        assert!(cache.stats().entries <= 50);
                    }
                }
            });
        });
        // The last insertion may have come before the last resize.
        (0..1000).for_each(|key| drop(cache.insert(key, ())));
        drop(cache.resize(nonzero(13)));
        assert_eq!((cache.stats().entries, cache.capacity().get()), (13, 13));
    });
}

#[test]
fn racing_updates_and_inserts_lose_no_change() {
    within_seconds(60, || {
        const EACH: usize = 20_000;
        let cache = LruCache::new(nonzero(1));
        let _ = cache.insert("n", 0_usize);
        let replaced = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        assert!(cache.update("n", |n| Some(n + 1)).is_some());
                    }
                });
            }
            scope.spawn(|| {
                for _ in 0..EACH {
                    // Takes all that was counted so far, and begins anew.
                    if let Inserted::Replaced(old) = cache.insert("n", 0) {
                        replaced.fetch_add(*old, Ordering::SeqCst);
                    }
                }
            });
        });
        let rest = cache.get_copied("n").unwrap();
        assert_eq!(rest + replaced.into_inner(), 2 * EACH);
    });
}

#[test]
fn racing_makers_get_one_value() {
    within_seconds(60, || {
        for round in 0..2_000 {
            let cache = LruCache::new(nonzero(1));
            let barrier = Barrier::new(2);
            let get = || {
                barrier.wait();
                cache.get_or_insert_with(round, || Arc::new(round))
            };
            let (one, other) = thread::scope(|scope| {
                let other = scope.spawn(get);
                (get(), other.join().unwrap())
            });
            assert!(one.is_same(&other));
            assert!(Arc::ptr_eq(&one, &other));
        }
    });
}

#[test]
fn an_entry_that_was_replaced_is_not_removed_by_who_saw_the_old_one() {
    let cache = LruCache::new(nonzero(2));
    let _ = cache.insert("a", 1);
    let old = cache.get("a").unwrap();
    let _ = cache.insert("a", 1);
    assert!(!cache.remove_if_same(&old));
    let new = cache.get("a").unwrap();
    assert!(cache.remove_if_same(&new));
    assert!(!cache.remove_if_same(&new));
    assert!(cache.get("a").is_none());
}

#[test]
fn a_handle_outlives_the_entry_and_the_map() {
    let cache = LruCache::new(nonzero(1));
    let _ = cache.insert("a", String::from("one"));
    let cached = cache.get("a").unwrap();
    let evicted = cache.insert("b", String::new()).evicted().unwrap();
    assert!(evicted.is_same(&cached));
    drop((cache, evicted));
    assert_eq!((*cached.key(), cached.as_str()), ("a", "one"));
    assert_eq!(cached.try_into_inner().unwrap(), ("a", String::from("one")));
}

#[test]
fn hits_misses_evictions_and_entries_are_counted() {
    let cache = LruCache::new(nonzero(2));
    for key in [1, 2, 1, 1, 3, 2] {
        cache.get_or_insert_with(key, || ());
    }
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses), (2, 4));
    assert_eq!((stats.evicted, stats.expired, stats.entries), (2, 0, 2));
}

/// Uses the map whenever it is cloned or dropped, or its number is looked at.
struct Meddler {
    cache: Weak<LruCache<u32, Meddler>>,
    number: u32,
    meddles: bool,
}

impl Meddler {
    fn meddle(&self) {
        let Some(cache) = self.cache.upgrade() else {
            return;
        };
        if self.meddles {
            let quiet = Meddler {
                cache: Weak::clone(&self.cache),
                number: self.number,
                meddles: false,
            };
            drop(cache.get(&self.number));
            drop(cache.insert(self.number + 1, quiet));
            drop(cache.remove(&(self.number + 1)));
            assert!(cache.stats().entries <= cache.capacity().get());
        }
    }
}

impl Clone for Meddler {
    fn clone(&self) -> Self {
        self.meddle();
        Self {
            cache: Weak::clone(&self.cache),
            ..*self
        }
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.meddle();
    }
}

#[test]
fn values_and_closures_may_use_the_map() {
    within_seconds(60, || {
        let cache = Arc::new(with_shards(2, 1));
        let meddler = |number| Meddler {
            cache: Arc::downgrade(&cache),
            number,
            meddles: true,
        };
        for number in 0..6 {
            drop(cache.insert(number, meddler(number))); // evicts
            drop(cache.insert(number, meddler(number))); // replaces
            drop(cache.get_cloned(&number));
            drop(cache.try_insert(number, meddler(number)));
            cache.get_or_insert_with(number + 10, || {
                meddler(number).meddle();
                meddler(number + 10)
            });
            cache.update(&(number + 10), |old| {
                old.meddle();
                Some(meddler(old.number))
            });
            cache.retain(|key, value| {
                value.meddle();
                key % 2 == 0
            });
            drop(cache.insert(number, meddler(number)));
            drop(cache.remove(&number));
            drop(cache.insert(number, meddler(number)));
            drop(cache.resize(NonZeroUsize::MIN));
            drop(cache.resize(nonzero(2)));
            drop(cache.insert(number, meddler(number)));
            cache.clear();
        }
    });
}

#[test]
fn entries_are_shared_not_cloned() {
    let cache = LruCache::new(nonzero(1));
    let made = cache.get_or_insert_with("a", || 1);
    let (got, again): (Cached<_, _>, Cached<_, _>) =
        (cache.get("a").unwrap(), cache.get("a").unwrap().clone());
    assert!(made.is_same(&got) && got.is_same(&again));
}
