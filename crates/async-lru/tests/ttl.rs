//! Entries expire at their deadlines, to the nanosecond, and what has expired gives way.

use std::num::NonZeroUsize;
use std::time::Duration;

use async_clock::{Clock, ManualClock};
use async_lru::{Inserted, Lookup, TtlLruCache};

type Cache<V> = TtlLruCache<&'static str, V, ManualClock>;

const SECOND: Duration = Duration::from_secs(1);
const NANOSECOND: Duration = Duration::from_nanos(1);
/// A nanosecond less than a second.
const ALMOST: Duration = Duration::from_nanos(999_999_999);

fn nonzero(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// A map with a common time to live of a second, which removes nothing unasked.
fn map(capacity: usize) -> (ManualClock, Cache<u32>) {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder().capacity(nonzero(capacity));
    let builder = builder.ttl(SECOND).purge_per_write(0).clock(clock.clone());
    (clock, builder.build())
}

#[test]
fn an_entry_lives_until_the_nanosecond_before_its_deadline() {
    let (clock, mut cache) = map(4);
    let _ = cache.insert("a", 1);
    clock.advance(ALMOST);
    assert_eq!(cache.get("a"), Some(&1));
    assert_eq!(cache.remaining("a"), Some(NANOSECOND));
    clock.advance(NANOSECOND);
    assert!(!cache.contains_key("a"));
    assert_eq!(cache.peek("a"), None);
    assert_eq!(cache.remaining("a"), None);
    assert_eq!(cache.get("a"), None);
}

#[test]
fn a_zero_lifetime_ends_at_once_and_the_longest_never() {
    let (clock, mut cache) = map(4);
    let _ = cache.insert_with_ttl("zero", 1, Duration::ZERO);
    let _ = cache.insert_with_ttl("longest", 2, Duration::MAX);
    assert_eq!(cache.get("zero"), None);
    for _ in 0..3 {
        clock.advance(Duration::from_secs(1_000_000_000));
        assert_eq!(cache.get("longest"), Some(&2));
    }
    assert_eq!(cache.remaining("longest"), Some(Duration::MAX));
    assert_eq!(cache.next_deadline(), None);
}

#[test]
fn huge_lifetimes_and_instants_overflow_nothing() {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder()
        .ttl(Duration::MAX)
        .idle(Duration::MAX);
    let mut cache = builder.clock(clock.clone()).build();
    let far = clock.now() + Duration::from_secs(500_000_000);
    for ttl in [u64::MAX, u64::MAX - 1, u64::MAX / 2].map(Duration::from_nanos) {
        let _ = cache.insert_with_ttl_at("a", 1, ttl, far);
        assert_eq!(cache.get_at("a", far), Some(&1));
        assert!(cache.remaining_at("a", far).is_some());
        let _ = cache.next_deadline();
    }
}

#[test]
fn time_that_goes_back_counts_as_the_latest_that_was_seen() {
    let (clock, mut cache) = map(4);
    let start = clock.now();
    let _ = cache.insert_at("a", 1, start + 5 * SECOND);
    // A second of life from the latest instant, not from the earlier one.
    let _ = cache.insert_at("b", 2, start);
    assert_eq!(cache.remaining_at("b", start), Some(SECOND));
    assert_eq!(cache.get_at("b", start + 5 * SECOND + ALMOST), Some(&2));
    assert_eq!(cache.get_at("b", start), Some(&2));
    assert_eq!(cache.get_at("b", start + 6 * SECOND), None);
    assert_eq!(cache.get_at("a", start), None);
}

#[test]
fn overwriting_begins_a_new_life() {
    let (clock, mut cache) = map(4);
    let _ = cache.insert("a", 1);
    clock.advance(SECOND / 2);
    assert_eq!(cache.insert("a", 2), Inserted::Replaced(1));
    clock.advance(ALMOST);
    assert_eq!(cache.get("a"), Some(&2));
    clock.advance(NANOSECOND);
    assert_eq!(cache.insert("a", 3), Inserted::Expired("a", 2));
}

#[test]
fn reading_and_changing_begin_no_new_life_but_refreshing_does() {
    let (clock, mut cache) = map(4);
    let _ = cache.insert("a", 1);
    let _ = cache.insert("b", 1);
    clock.advance(SECOND / 2);
    assert_eq!(cache.get("a"), Some(&1));
    *cache.get_mut("a").unwrap() += 1;
    assert!(cache.refresh("b"));
    assert!(!cache.refresh("c"));
    clock.advance(SECOND / 2);
    assert_eq!(cache.get("a"), None);
    assert_eq!(cache.get("b"), Some(&1));
    clock.advance(SECOND / 2);
    assert!(!cache.refresh("b"));
    assert!(cache.is_empty());
}

#[test]
fn a_lifetime_of_its_own_may_be_shorter_or_longer() {
    let (clock, mut cache) = map(4);
    let _ = cache.insert("common", 1);
    let _ = cache.insert_with_ttl("longer", 2, 3 * SECOND);
    let _ = cache.insert_with_ttl("shorter", 3, SECOND / 4);
    let mut deadlines = Vec::new();
    while let Some(deadline) = cache.next_deadline() {
        clock.advance(deadline.duration_since(clock.now()));
        deadlines.push(cache.pop_expired().unwrap().0);
        assert_eq!(cache.pop_expired(), None);
    }
    assert_eq!(deadlines, ["shorter", "common", "longer"]);
}

#[test]
fn an_idle_entry_expires_and_a_used_one_does_not() {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder().idle(SECOND).ttl(5 * SECOND);
    let mut cache = builder.purge_per_write(0).clock(clock.clone()).build();
    let start = clock.now();
    cache.extend([("used", 1), ("looked at", 2)]);
    for _ in 0..9 {
        clock.advance(SECOND / 2);
        assert_eq!(cache.get("used"), Some(&1));
        let _ = cache.peek("looked at");
    }
    assert_eq!(cache.peek("looked at"), None);
    assert_eq!(cache.next_deadline(), Some(start + SECOND));
    assert_eq!(cache.pop_expired(), Some(("looked at", 2)));
    // Use does not prolong the time to live.
    assert_eq!(cache.remaining("used"), Some(SECOND / 2));
    clock.advance(SECOND / 2);
    assert_eq!(cache.get("used"), None);
}

#[test]
fn an_expired_entry_goes_before_a_live_one() {
    let (clock, mut cache) = map(3);
    let _ = cache.insert_with_ttl("shortest", 1, SECOND / 4);
    let _ = cache.insert("a", 2);
    let _ = cache.insert("b", 3);
    let _ = cache.get("shortest"); // now "a" is the least recently used
    clock.advance(SECOND / 4);
    assert_eq!(cache.insert("c", 4), Inserted::Expired("shortest", 1));
    assert_eq!(cache.insert("d", 5), Inserted::Evicted("a", 2));
}

#[test]
fn a_write_removes_so_many_expired_entries_and_no_more() {
    for most in 0..4 {
        let clock = ManualClock::new();
        let builder = TtlLruCache::builder().ttl(SECOND).purge_per_write(most);
        let mut cache = builder.clock(clock.clone()).build();
        cache.extend((0..10).map(|n| (n, n)));
        clock.advance(SECOND);
        for writes in 1..=3 {
            let _ = cache.insert(100 + writes, 0);
            assert_eq!(cache.len(), 10 + writes - most * writes, "{most} per write");
        }
    }
}

#[test]
fn two_are_removed_per_write_if_nothing_is_said() {
    let clock = ManualClock::new();
    let mut cache = TtlLruCache::builder()
        .ttl(SECOND)
        .clock(clock.clone())
        .build();
    cache.extend((0..10).map(|n| (n, n)));
    clock.advance(SECOND);
    let _ = cache.insert(10, 10);
    assert_eq!(cache.len(), 9);
}

#[test]
fn the_next_deadline_is_the_earliest_of_all() {
    let (clock, mut cache) = map(8);
    let start = clock.now();
    assert_eq!(cache.next_deadline(), None);
    let _ = cache.insert("a", 1);
    assert_eq!(cache.next_deadline(), Some(start + SECOND));
    let _ = cache.insert_with_ttl("b", 1, 2 * NANOSECOND);
    assert_eq!(cache.next_deadline(), Some(start + 2 * NANOSECOND));
    assert_eq!(cache.remove("b"), Some(1));
    assert_eq!(cache.next_deadline(), Some(start + SECOND));
    clock.advance(SECOND / 2);
    let _ = cache.insert("b", 1);
    let _ = cache.insert("a", 2);
    assert_eq!(cache.next_deadline(), Some(start + SECOND * 3 / 2));
    clock.advance(10 * SECOND);
    assert_eq!(cache.next_deadline(), Some(start + SECOND * 3 / 2));
}

#[test]
fn what_has_expired_is_handed_out_by_lookup_once() {
    let (clock, mut cache) = map(4);
    let _ = cache.insert("a", 1);
    assert_eq!(cache.lookup("a"), Lookup::Live(&1));
    clock.advance(SECOND);
    assert_eq!(cache.lookup("a"), Lookup::Expired("a", 1));
    assert_eq!(cache.lookup("a"), Lookup::Absent);
}

#[test]
fn draining_the_expired_goes_on_when_it_is_dropped() {
    let (clock, mut cache) = map(8);
    for (nanos, key) in [(3, "c"), (1, "a"), (2, "b"), (9, "d")] {
        let _ = cache.insert_with_ttl(key, 1, Duration::from_nanos(nanos));
    }
    clock.advance(Duration::from_nanos(3));
    assert_eq!(cache.drain_expired().next(), Some(("a", 1)));
    assert!(cache.iter().eq([(&"d", &1)]));
    assert_eq!(cache.len(), 1);
}

#[test]
fn a_forgotten_drain_of_the_expired_leaves_a_whole_map() {
    let (clock, mut cache) = map(8);
    let _ = cache.insert("a", 1);
    let _ = cache.insert("b", 2);
    clock.advance(SECOND);
    let mut drain = cache.drain_expired();
    assert!(drain.next().is_some());
    std::mem::forget(drain);
    assert_eq!(cache.purge_expired(), 1);
    assert!(cache.is_empty());
}

#[test]
fn a_value_that_expires_at_once_is_lent_to_who_made_it() {
    let clock = ManualClock::new();
    let builder = TtlLruCache::builder().ttl(Duration::ZERO);
    let mut cache = builder.clock(clock).build();
    assert_eq!(*cache.get_or_insert_with("a", || 1), 1);
    assert_eq!(*cache.get_or_insert_with("a", || 2), 2);
}

#[test]
fn capacity_counts_only_what_lives_when_it_shrinks() {
    let (clock, mut cache) = map(4);
    let _ = cache.insert_with_ttl("dead", 0, SECOND / 2);
    let _ = cache.insert("a", 1);
    let _ = cache.insert("b", 2);
    clock.advance(SECOND / 2);
    let _ = cache.get("a");
    assert!(cache.resize(nonzero(1)).eq([("b", 2)]));
    assert!(cache.iter().eq([(&"a", &1)]));
}
