//! What the Python original gets wrong, by the numbers of the notes on it; each was seen there.

use std::num::NonZeroUsize;
use std::time::Duration;

use async_clock::ManualClock;
use async_lru::{Inserted, LruCache, TtlLruCache};

const SECOND: Duration = Duration::from_secs(1);

fn nonzero(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Which keys a cache of two computes for these calls.
fn computed(mut get: impl FnMut(u32, &mut dyn FnMut())) -> Vec<u32> {
    let mut computed = Vec::new();
    for key in [1, 2, 1, 1, 1, 3, 1] {
        let mut made = false;
        get(key, &mut || made = true);
        computed.extend(made.then_some(key));
    }
    computed
}

#[test]
fn o1_a_hit_makes_a_key_the_most_recently_used() {
    let mut plain = LruCache::new(nonzero(2));
    let keys = computed(|key, made| {
        plain.get_or_insert_with(key, made);
    });
    assert_eq!(keys, [1, 2, 3]);
    let mut timed = TtlLruCache::new(nonzero(2), Duration::MAX);
    let keys = computed(|key, made| {
        timed.get_or_insert_with(key, made);
    });
    assert_eq!(keys, [1, 2, 3]);
}

#[test]
fn o1_an_overwrite_makes_a_key_the_most_recently_used() {
    let mut plain = LruCache::new(nonzero(2));
    let mut timed = TtlLruCache::new(nonzero(2), Duration::MAX);
    for key in ["a", "b", "a"] {
        let _ = plain.insert(key, 1);
        let _ = timed.insert(key, 1);
    }
    assert_eq!(plain.insert("c", 1), Inserted::Evicted("b", 1));
    assert_eq!(timed.insert("c", 1), Inserted::Evicted("b", 1));
}

#[test]
fn o4_the_deadline_of_an_entry_that_is_gone_does_nothing_to_its_successor() {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder().capacity(nonzero(1)).ttl(2 * SECOND);
    let mut cache = builder.clock(clock.clone()).build();
    let _ = cache.insert(1, "first");
    clock.advance(SECOND);
    let _ = cache.insert(2, "evicts it");
    let _ = cache.insert(1, "second");
    clock.advance(SECOND); // now the first one's time would be up
    assert_eq!(cache.purge_expired(), 0);
    assert_eq!(cache.get(&1), Some(&"second"));

    assert_eq!(cache.remove(&1), Some("second"));
    let _ = cache.insert_with_ttl(1, "third", 3 * SECOND);
    clock.advance(SECOND); // and the second one's
    assert_eq!(cache.get(&1), Some(&"third"));
}

#[test]
fn o5_entries_expire_without_anything_that_runs() {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder().ttl(SECOND).clock(clock.clone());
    // Made on a thread that is gone by then, so nothing of it can be what counts the time.
    let mut cache = std::thread::spawn(move || {
        let mut cache = builder.build();
        let _ = cache.insert(1, "one");
        cache
    })
    .join()
    .unwrap();
    clock.advance(SECOND);
    assert_eq!(cache.get(&1), None);
}

#[test]
fn o7_overwriting_a_key_does_not_make_the_index_grow() {
    let mut cache = TtlLruCache::new(nonzero(10), SECOND);
    let mut after_the_first = 0;
    for write in 0..100_000_u64 {
        let _ = cache.insert(1, write);
        let _ = cache.insert_with_ttl(2, write, 2 * SECOND);
        let _ = cache.insert_with_ttl(3, write, SECOND * (write % 7) as u32);
        if write == 0 {
            after_the_first = cache.allocation_size();
        }
    }
    assert_eq!(cache.allocation_size(), after_the_first);
}

#[test]
fn o8_a_map_of_one_entry_works() {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder().capacity(nonzero(1)).ttl(SECOND);
    let mut cache = builder.clock(clock.clone()).build();
    assert_eq!(cache.insert(1, "one"), Inserted::New);
    assert_eq!(cache.insert(2, "two"), Inserted::Evicted(1, "one"));
    clock.advance(SECOND);
    assert_eq!(cache.insert(3, "three"), Inserted::Expired(2, "two"));
    assert_eq!(cache.get(&3), Some(&"three"));
}

#[test]
fn o9_reading_an_expired_entry_removes_it_instead_of_a_live_one() {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder()
        .capacity(nonzero(2))
        .purge_per_write(0);
    let mut cache = builder.clock(clock.clone()).build();
    let _ = cache.insert_with_ttl(1, "expired", SECOND);
    let _ = cache.insert_with_ttl(2, "live", 9 * SECOND);
    clock.advance(SECOND);
    assert_eq!(cache.get(&1), None);
    assert_eq!(cache.len(), 1);
    assert_eq!(cache.insert(3, "new"), Inserted::New);
    assert_eq!(cache.get(&2), Some(&"live"));
}
