//! The map for several threads whose entries expire.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use async_clock::{Clock, ManualClock};
use async_lru::TtlLruCache;
use async_lru::sync::{self, Inserted};
use testkit::within_seconds;

const SECOND: Duration = Duration::from_secs(1);
const NANOSECOND: Duration = Duration::from_nanos(1);
/// A nanosecond less than a second.
const ALMOST: Duration = Duration::from_nanos(999_999_999);

type Cache<V> = sync::TtlLruCache<u32, V, ManualClock>;

fn map<V>(capacity: usize, shards: usize) -> (ManualClock, Cache<V>) {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder().capacity(NonZeroUsize::new(capacity).unwrap());
    let builder = builder.ttl(SECOND).clock(clock.clone());
    let cache = builder.build_sync_with_shards(NonZeroUsize::new(shards).unwrap());
    (clock, cache)
}

#[test]
fn an_entry_lives_until_the_nanosecond_before_its_deadline() {
    let (clock, cache) = map(100, 4);
    (0..100).for_each(|key| drop(cache.insert(key, key)));
    let there = cache.stats().entries;
    clock.advance(ALMOST);
    assert_eq!((0..100).filter_map(|key| cache.get(&key)).count(), there);
    clock.advance(NANOSECOND);
    assert_eq!((0..100).filter_map(|key| cache.get(&key)).count(), 0);
    let stats = cache.stats();
    assert_eq!((stats.expired, stats.entries), (there as u64, 0));
}

#[test]
fn an_expired_entry_goes_before_a_live_one_and_two_with_each_write() {
    let (clock, cache) = map(8, 1);
    (0..4).for_each(|key| drop(cache.insert_with_ttl(key, key, SECOND / 2)));
    (4..8).for_each(|key| drop(cache.insert(key, key)));
    (0..4).for_each(|key| drop(cache.get(&key)));
    clock.advance(SECOND / 2);
    assert!(matches!(cache.insert(8, 8), Inserted::Expired(old) if *old < 4));
    assert_eq!(cache.stats().entries, 6);
    assert_eq!(cache.stats().evicted, 0);
}

#[test]
fn expired_entries_are_absent_for_every_call() {
    let (clock, cache) = map(8, 1);
    (0..8).for_each(|key| drop(cache.insert(key, key)));
    clock.advance(SECOND);
    assert!(cache.get(&0).is_none());
    assert!(cache.update(&1, |_| Some(9)).is_none());
    assert!(cache.remove(&2).is_none());
    assert!(!cache.refresh(&3));
    assert_eq!(*cache.get_or_insert_with(4, || 9), 9);
    assert_eq!(*cache.try_insert(5, 9).unwrap(), 9);
    assert!(cache.insert(6, 9).replaced().is_none());
    cache.purge_expired();
    assert_eq!(cache.stats().entries, 3);
    assert_eq!(cache.stats().expired, 8);
}

#[test]
fn an_update_keeps_the_deadline_and_a_write_begins_a_new_life() {
    let (clock, cache) = map(8, 1);
    let _ = (cache.insert(1, 1), cache.insert(2, 2));
    clock.advance(SECOND / 2);
    assert_eq!(*cache.update(&1, |n| Some(n + 1)).unwrap(), 2);
    let _ = cache.insert(2, 3);
    assert_eq!(cache.next_deadline(), Some(clock.now() + SECOND / 2));
    clock.advance(SECOND / 2);
    assert_eq!(
        (cache.get_copied(&1), cache.get_copied(&2)),
        (None, Some(3))
    );
}

#[test]
fn the_next_deadline_is_the_earliest_of_all_shards() {
    let (clock, cache) = map(1000, 8);
    assert_eq!(cache.next_deadline(), None);
    for key in (1..100).rev() {
        let _ = cache.insert_with_ttl(key, (), SECOND * key);
        assert_eq!(cache.next_deadline(), Some(clock.now() + SECOND * key));
    }
    for purged in 1..100 {
        clock.advance(SECOND);
        assert_eq!(cache.purge_expired(), 1, "{purged}");
    }
    assert_eq!(cache.next_deadline(), None);
}

#[test]
fn the_life_of_a_made_value_begins_when_it_is_made() {
    let (clock, cache) = map(8, 1);
    cache.get_or_insert_with(1, || clock.advance(10 * SECOND));
    clock.advance(ALMOST);
    assert!(cache.get(&1).is_some());
    clock.advance(NANOSECOND);
    assert!(cache.get(&1).is_none());
}

/// Uses the map when it is dropped.
struct Meddler(Weak<Cache<Meddler>>);

impl Drop for Meddler {
    fn drop(&mut self) {
        if let Some(cache) = self.0.upgrade() {
            drop(cache.get(&0));
            assert!(cache.stats().entries <= 8);
            cache.refresh(&0);
        }
    }
}

#[test]
fn what_expires_is_dropped_without_a_lock() {
    within_seconds(60, || {
        let (clock, cache) = map(8, 1);
        let cache = Arc::new(cache);
        for how in 0..6 {
            let fill = |keys: std::ops::Range<u32>| {
                for key in keys {
                    drop(cache.insert(key, Meddler(Arc::downgrade(&cache))));
                }
            };
            fill(0..8);
            clock.advance(SECOND);
            match how {
                0 => drop(cache.get(&1)),
                1 => fill(8..16),
                2 => drop(cache.remove(&1)),
                3 => assert!(!cache.refresh(&1)),
                4 => assert!(cache.purge_expired() > 0),
                _ => drop(cache.try_insert(1, Meddler(Weak::new()))),
            }
            cache.clear();
        }
    });
}

#[test]
fn idle_entries_expire_in_every_shard() {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder().capacity(NonZeroUsize::new(100).unwrap());
    let cache = builder.idle(SECOND).clock(clock.clone());
    let cache = cache.build_sync_with_shards(NonZeroUsize::new(4).unwrap());
    (0..20).for_each(|key| drop(cache.insert(key, ())));
    clock.advance(SECOND / 2);
    (0..10).for_each(|key| drop(cache.get(&key)));
    clock.advance(SECOND / 2);
    assert_eq!(cache.purge_expired(), 10);
    assert!((0..10).all(|key| cache.get(&key).is_some()));
}

#[test]
fn live_entries_outlive_expired_ones_when_capacity_shrinks() {
    let (clock, cache) = map(8, 1);
    (0..4).for_each(|key| drop(cache.insert(key, key)));
    (4..8).for_each(|key| drop(cache.insert_with_ttl(key, key, SECOND / 2)));
    clock.advance(SECOND / 2);
    // The expired ones were used last.
    let evicted = cache.resize(NonZeroUsize::new(3).unwrap());
    assert_eq!(evicted.iter().map(|old| **old).collect::<Vec<_>>(), [0]);
    assert!((1..4).all(|key| cache.get(&key).is_some()));
    let stats = cache.stats();
    assert_eq!((stats.evicted, stats.expired, stats.entries), (1, 4, 3));
}

#[test]
fn retain_asks_about_no_entry_that_has_expired() {
    let (clock, cache) = map(100, 4);
    (0..10).for_each(|key| drop(cache.insert(key, key)));
    (10..20).for_each(|key| drop(cache.insert_with_ttl(key, key, SECOND / 2)));
    clock.advance(SECOND / 2);
    let mut asked = Vec::new();
    cache.retain(|key, _| {
        asked.push(*key);
        key % 2 == 0
    });
    asked.sort_unstable();
    assert!(asked.iter().copied().eq(0..10), "{asked:?}");
    assert!((0..10).all(|key| cache.get(&key).is_some() == (key % 2 == 0)));
    assert_eq!(cache.stats().expired, 10);
}

/// Looks into the map each time it is read.
#[derive(Clone)]
struct Prying {
    clock: ManualClock,
    cache: Arc<OnceLock<Weak<PriedInto>>>,
    looks: Arc<AtomicUsize>,
}

type PriedInto = sync::TtlLruCache<u32, u32, Prying>;

impl Clock for Prying {
    type Timer = <ManualClock as Clock>::Timer;

    fn now(&self) -> Instant {
        if let Some(cache) = self.cache.get().and_then(Weak::upgrade) {
            let _ = cache.stats(); // takes every lock in turn
            self.looks.fetch_add(1, Ordering::Relaxed);
        }
        self.clock.now()
    }

    fn arm(&self, at: Instant, waker: &Waker) -> Self::Timer {
        self.clock.arm(at, waker)
    }
}

#[test]
fn a_clock_may_use_the_map() {
    within_seconds(60, || {
        let clock = Prying {
            clock: ManualClock::new(),
            cache: Arc::default(),
            looks: Arc::default(),
        };
        let builder = TtlLruCache::builder().capacity(NonZeroUsize::new(8).unwrap());
        let cache: Arc<PriedInto> = Arc::new(builder.ttl(SECOND).clock(clock.clone()).build_sync());
        clock.cache.set(Arc::downgrade(&cache)).unwrap();
        let operations: [&dyn Fn(); 11] = [
            &|| drop(cache.insert(1, 1)),
            &|| drop(cache.insert_with_ttl(2, 2, SECOND)),
            &|| drop(cache.try_insert(3, 3)),
            &|| drop(cache.get(&1)),
            &|| drop(cache.get_or_insert_with(4, || 4)),
            &|| assert_eq!(*cache.update(&1, |n| Some(n + 1)).unwrap(), 2),
            &|| assert!(cache.refresh(&1)),
            &|| cache.retain(|key, _| *key != 3),
            &|| assert!(cache.remove_if_same(&cache.get(&2).unwrap())),
            &|| drop(cache.resize(NonZeroUsize::MIN)),
            &|| assert_eq!(cache.purge_expired(), 0),
        ];
        for (number, operation) in operations.iter().enumerate() {
            let before = clock.looks.load(Ordering::Relaxed);
            operation();
            assert!(clock.looks.load(Ordering::Relaxed) > before, "{number}");
        }
    });
}
