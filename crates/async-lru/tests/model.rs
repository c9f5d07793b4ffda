//! A million random operations, each compared with a vector in the order of use.

mod support;

use std::hash::BuildHasher;
use std::num::NonZeroUsize;

use async_lru::{Entry, Inserted, LruCache};
use fastrand::Rng;
use support::{CONSTANT, IDENTITY, Naive, SAME_LOW_BITS, SAME_TOP_BITS, hashers};

/// Per hasher and capacity; there are seven capacities.
const OPERATIONS: usize = 150_000;

/// Capacities at and beside the sizes at which tables are full, and keys to go with them.
const SIZES: [(usize, u64); 7] = [
    (1, 3),
    (2, 4),
    (7, 12),
    (14, 40),
    (28, 60),
    (37, 80),
    (112, 300),
];

#[test]
fn every_operation_does_what_the_model_does() {
    compare_all(&async_lru::DefaultHashBuilder::default(), OPERATIONS);
}

#[test]
fn keys_that_all_have_the_same_hash_are_told_apart() {
    compare_all(&hashers::<CONSTANT>(), OPERATIONS / 10);
}

#[test]
fn keys_that_begin_at_the_same_bucket_are_told_apart() {
    compare_all(&hashers::<SAME_LOW_BITS>(), OPERATIONS / 10);
}

#[test]
fn keys_with_the_same_tag_are_told_apart() {
    compare_all(&hashers::<SAME_TOP_BITS>(), OPERATIONS / 10);
}

#[test]
fn keys_that_are_their_own_hashes_are_told_apart() {
    compare_all(&hashers::<IDENTITY>(), OPERATIONS / 10);
}

fn compare_all<S: BuildHasher + Clone>(hasher: &S, operations: usize) {
    testkit::with_seeds(1, |rng| {
        for (capacity, keys) in SIZES {
            compare(hasher.clone(), capacity, keys, operations, rng);
        }
    });
}

fn compare<S: BuildHasher + Clone>(
    hasher: S,
    capacity: usize,
    keys: u64,
    operations: usize,
    rng: &mut Rng,
) {
    let nonzero = |n| NonZeroUsize::new(n).unwrap();
    let mut cache = LruCache::with_hasher(nonzero(capacity), hasher);
    let mut model = Naive::new(capacity);
    let largest = capacity;
    for value in 0..operations {
        let key = rng.u64(..keys);
        match rng.u32(..32) {
            0..=7 => {
                assert_eq!(cache.get(&key).copied(), model.get(&key).copied());
            }
            8 => match (cache.get_mut(&key), model.get(&key)) {
                (None, None) => {}
                (Some(ours), Some(theirs)) => {
                    assert_eq!(ours, theirs);
                    (*ours, *theirs) = (value, value);
                }
                (ours, theirs) => panic!("{ours:?}, {theirs:?}"),
            },
            9 => assert_eq!(cache.peek(&key), model.peek(&key).map(|value| &*value)),
            10 => assert_eq!(cache.peek_mut(&key), model.peek(&key)),
            11 => assert_eq!(cache.contains_key(&key), model.place(&key).is_some()),
            12..=20 => {
                let expected = match model.insert(key, value) {
                    (Some(old), _) => Inserted::Replaced(old),
                    (None, Some((key, value))) => Inserted::Evicted(key, value),
                    (None, None) => Inserted::New,
                };
                assert_eq!(cache.insert(key, value), expected);
            }
            21 => {
                let there = model.get(&key).copied();
                let expected = there.unwrap_or(value);
                let evicted = if there.is_none() {
                    model.insert(key, value).1
                } else {
                    None
                };
                match cache.entry(key) {
                    Entry::Occupied(entry) => assert_eq!(Some(*entry.get()), there),
                    Entry::Vacant(entry) => {
                        assert_eq!(there, None);
                        let (inserted, taken) = entry.insert(value);
                        assert_eq!((*inserted, taken), (expected, evicted));
                    }
                }
            }
            22 => {
                let there = model.get(&key).copied();
                if there.is_none() {
                    model.insert(key, value);
                }
                let expected = there.unwrap_or(value);
                assert_eq!(*cache.get_or_insert_with(key, || value), expected);
            }
            23..=25 => assert_eq!(cache.remove_entry(&key), model.remove(&key)),
            26 => {
                if rng.bool() {
                    assert_eq!(cache.pop_lru(), model.pairs.pop());
                } else {
                    let first = (!model.pairs.is_empty()).then(|| model.pairs.remove(0));
                    assert_eq!(cache.pop_mru(), first);
                }
            }
            27 => {
                let place = model.place(&key);
                if rng.bool() {
                    model.get(&key);
                    assert_eq!(cache.promote(&key), place.is_some());
                } else {
                    let removed = model.remove(&key);
                    model.pairs.extend(removed);
                    assert_eq!(cache.demote(&key), place.is_some());
                }
            }
            28 => {
                for (_, value) in &mut model.pairs {
                    *value += 1;
                }
                let mut back = rng.clone();
                let mut pairs = cache.iter_mut();
                while let Some((_, value)) = if back.bool() {
                    pairs.next()
                } else {
                    pairs.next_back()
                } {
                    *value += 1;
                }
            }
            _ => whole(&mut cache, &mut model, largest, rng),
        }
        assert_eq!(cache.len(), model.pairs.len());
        if value % 37 == 0 {
            check(&cache, &model);
        }
    }
    check(&cache, &model);
    assert!(cache.into_iter().eq(model.pairs));
}

/// What touches many entries.
fn whole<S: BuildHasher + Clone>(
    cache: &mut LruCache<u64, usize, S>,
    model: &mut Naive<u64, usize>,
    largest: usize,
    rng: &mut Rng,
) {
    match rng.u32(..160) {
        0 => {
            cache.clear();
            model.pairs.clear();
        }
        1..=2 => {
            let expected = std::mem::take(&mut model.pairs);
            assert!(cache.drain().eq(expected));
        }
        3..=4 => {
            *cache = cache.clone();
        }
        5..=8 => cache.shrink_to_fit(),
        9..=30 => {
            let (by, rest) = (rng.u64(1..5), rng.u64(..5));
            model.pairs.retain(|(key, _)| key % by != rest);
            cache.retain(|key, _| key % by != rest);
        }
        31..=50 => {
            let (by, rest) = (rng.u64(1..5), rng.u64(..5));
            let most = rng.usize(..5);
            let mut expected = Vec::new();
            model.pairs.retain(|pair| {
                let is_it = expected.len() < most && pair.0 % by == rest;
                if is_it {
                    expected.push(*pair);
                }
                !is_it
            });
            assert!(
                cache
                    .extract_if(|key, _| key % by == rest)
                    .take(most)
                    .eq(expected)
            );
        }
        51..=80 => {
            let capacity = rng.usize(1..=largest);
            let expected = model.resize(capacity);
            let capacity = NonZeroUsize::new(capacity).unwrap();
            if rng.bool() {
                assert!(cache.resize(capacity).eq(expected));
            } else {
                let evicted = cache.resize(capacity);
                assert_eq!(evicted.len(), expected.len());
            }
            assert_eq!(cache.capacity(), capacity);
        }
        _ => check(cache, model),
    }
}

fn check<S>(cache: &LruCache<u64, usize, S>, model: &Naive<u64, usize>) {
    let pairs = model.pairs.iter().map(|(key, value)| (key, value));
    assert!(cache.iter().eq(pairs.clone()));
    assert!(cache.iter().rev().eq(pairs.clone().rev()));
    assert_eq!(cache.peek_lru(), pairs.clone().next_back());
    assert_eq!(cache.peek_mru(), pairs.clone().next());
    assert_eq!(cache.iter().len(), model.pairs.len());
    assert!(cache.keys().eq(pairs.clone().map(|(key, _)| key)));
    assert!(cache.values().eq(pairs.map(|(_, value)| value)));
}
