//! Keys, values and closures that panic leave the map whole; bad hashes only make it slow.

use async_lru::LruCache;
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// How many calls of foreign code are left before one panics.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Counts a call of foreign code, and panics at the one that was chosen.
fn called() {
    let left = LEFT.get();
    LEFT.set(left.saturating_sub(1));
    assert!(left != 0, "on purpose");
}

/// All keys have one of two hashes.
#[derive(Debug, Clone)]
struct Key(u32);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        called();
        (self.0 % 2).hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        called();
        self.0 == other.0
    }
}

impl Eq for Key {}

#[derive(Debug)]
struct Value(u32);

impl Drop for Value {
    fn drop(&mut self) {
        // A second panic would abort.
        if !std::thread::panicking() {
            called();
        }
    }
}

/// One of the operations, by number.
fn operate(cache: &mut LruCache<Key, Value>, operation: u32, key: u32) {
    match operation {
        0 => drop(cache.insert(Key(key), Value(key))),
        1 => drop(cache.remove(&Key(key))),
        2 => drop(cache.get(&Key(key)).map(|value| value.0)),
        3 => cache.retain(|key, _| {
            called();
            key.0 % 3 != 0
        }),
        4 => {
            cache.get_or_insert_with(Key(key), || {
                called();
                Value(key)
            });
        }
        5 => cache.resize(NonZeroUsize::new(2).unwrap()).for_each(drop),
        6 => cache.drain().for_each(drop),
        _ => cache.clear(),
    }
}

#[test]
fn a_panic_at_any_call_leaves_the_map_whole() {
    const EACH: u32 = 8;
    for operation in 0..EACH {
        for at in 0..40 {
            LEFT.set(usize::MAX);
            let mut cache = LruCache::new(NonZeroUsize::new(6).unwrap());
            for key in 0..6 {
                drop(cache.insert(Key(key), Value(key)));
            }
            LEFT.set(at);
            let panicked = catch_unwind(AssertUnwindSafe(|| operate(&mut cache, operation, 9)));
            LEFT.set(usize::MAX);

            // Every key that is listed is found, once, with its value, both ways round.
            let keys: Vec<u32> = cache.keys().map(|key| key.0).collect();
            let mut back: Vec<u32> = cache.iter().rev().map(|(key, _)| key.0).collect();
            back.reverse();
            assert_eq!(keys, back, "operation {operation}, panic at {at}");
            assert_eq!(keys.len(), cache.len());
            for key in &keys {
                let found = cache.peek(&Key(*key)).map(|value| value.0);
                assert_eq!(found, Some(*key), "operation {operation}, panic at {at}");
            }
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), keys.len(), "a key stands twice");
            // And it goes on working.
            for key in 20..40 {
                drop(cache.insert(Key(key), Value(key)));
            }
            assert!(cache.contains_key(&Key(39)));
            drop(panicked);
        }
    }
}

/// The original kept the order of insertion: what was read went all the same.
#[test]
fn what_was_read_stays() {
    let mut cache = LruCache::new(NonZeroUsize::new(2).unwrap());
    let _ = cache.insert(1, "one");
    let _ = cache.insert(2, "two");
    assert_eq!(cache.get(&1), Some(&"one"));
    assert_eq!(cache.insert(3, "three").evicted(), Some((2, "two")));
}
