//! The weights of a map's entries never exceed its bound, and nothing is lost for it.

mod support;

use std::mem;

use async_lru::WeightedLruCache;
use support::Naive;

type Weighed = WeightedLruCache<u64, u64, fn(&u64, &u64) -> u64>;

/// A pair weighs as much as its value.
fn map(max_weight: u64) -> Weighed {
    WeightedLruCache::new(max_weight, |_, value| *value)
}

#[test]
fn every_operation_does_what_the_model_does() {
    testkit::with_seeds(1, |rng| {
        for max in [0, 1, 10, 100, 1000] {
            let mut bound = max;
            let mut cache = map(bound);
            let mut model = Naive::new(usize::MAX);
            for operation in 0..100_000 {
                let key = rng.u64(..60);
                match rng.u32(..16) {
                    0..=4 => assert_eq!(cache.get(&key), model.get(&key).map(|value| &*value)),
                    5 => assert_eq!(cache.peek(&key), model.peek(&key).map(|value| &*value)),
                    6..=12 => {
                        let weight = rng.u64(..=40);
                        let expected = insert(&mut model, bound, key, weight);
                        match cache.insert(key, weight) {
                            Ok(gone) => assert!(gone.eq(expected.expect("it is accepted"))),
                            Err(refused) => {
                                assert!(expected.is_none());
                                assert_eq!(refused.weight(), weight);
                                assert_eq!(refused.into_inner(), (key, weight));
                            }
                        }
                    }
                    13 => assert_eq!(cache.remove_entry(&key), model.remove(&key)),
                    14 => assert_eq!(cache.pop_lru(), model.pairs.pop()),
                    _ => whole(&mut cache, &mut model, &mut bound, max, rng),
                }
                let weight: u64 = model.pairs.iter().map(|(_, weight)| weight).sum();
                assert_eq!((cache.weight(), cache.len()), (weight, model.pairs.len()));
                assert!(weight <= bound, "{weight} of {bound}");
                if operation % 37 == 0 {
                    let pairs = model.pairs.iter().map(|(key, value)| (key, value));
                    assert!(cache.iter().eq(pairs.clone()));
                    assert!(cache.iter().rev().eq(pairs.rev()));
                }
            }
        }
    });
}

/// What goes for it, in order; none if it is refused.
fn insert(
    model: &mut Naive<u64, u64>,
    bound: u64,
    key: u64,
    weight: u64,
) -> Option<Vec<(u64, u64)>> {
    if weight > bound {
        return None;
    }
    let mut gone: Vec<_> = model.remove(&key).into_iter().collect();
    gone.extend(shrink(model, bound - weight));
    model.pairs.insert(0, (key, weight));
    Some(gone)
}

fn shrink(model: &mut Naive<u64, u64>, bound: u64) -> Vec<(u64, u64)> {
    let mut gone = Vec::new();
    while model.pairs.iter().map(|(_, weight)| weight).sum::<u64>() > bound {
        gone.extend(model.pairs.pop());
    }
    gone
}

fn whole(
    cache: &mut Weighed,
    model: &mut Naive<u64, u64>,
    bound: &mut u64,
    max: u64,
    rng: &mut fastrand::Rng,
) {
    match rng.u32(..40) {
        0 => {
            cache.clear();
            model.pairs.clear();
        }
        1 => assert!(cache.drain().eq(mem::take(&mut model.pairs))),
        2..=8 => {
            let by = rng.u64(1..4);
            cache.retain(|key, _| key % 4 != by);
            model.pairs.retain(|(key, _)| key % 4 != by);
        }
        9..=16 => {
            *bound = rng.u64(..=max);
            let expected = shrink(model, *bound);
            if rng.bool() {
                assert!(cache.resize(*bound).eq(expected));
            } else {
                assert_eq!(cache.resize(*bound).len(), expected.len());
            }
        }
        _ => {}
    }
}

#[test]
fn what_is_too_heavy_comes_back_and_changes_nothing() {
    let mut cache = map(10);
    assert!(cache.insert(1, 10).is_ok());
    for key in [1, 2] {
        let refused = cache.insert(key, 11).unwrap_err();
        assert_eq!(refused.into_inner(), (key, 11));
        assert_eq!(cache.peek(&1), Some(&10));
    }
}

#[test]
fn the_heaviest_weights_overflow_nothing() {
    let mut cache = map(u64::MAX);
    for key in 0..4 {
        assert_eq!(
            cache.insert(key, u64::MAX).unwrap().len(),
            key.min(1) as usize
        );
        assert_eq!((cache.weight(), cache.len()), (u64::MAX, 1));
    }
    let mut none = map(0);
    for key in 0..10 {
        assert_eq!(none.insert(key, 0).unwrap().len(), 0);
    }
    assert!(none.insert(1, 1).is_err());
    assert_eq!((none.weight(), none.len()), (0, 10));
}

#[test]
fn forgetting_what_went_leaves_a_whole_map() {
    let mut cache = map(10);
    for key in 0..10 {
        assert!(cache.insert(key, 1).is_ok());
    }
    mem::forget(cache.insert(10, 5));
    assert_eq!((cache.weight(), cache.len()), (10, 6));
    assert!(
        cache
            .insert(11, 6)
            .unwrap()
            .eq([(5, 1), (6, 1), (7, 1), (8, 1), (9, 1), (10, 5)])
    );
}

#[test]
fn a_pair_is_weighed_once() {
    let weighed = std::cell::Cell::new(0);
    let mut cache = WeightedLruCache::new(100, |_: &u64, value: &u64| {
        weighed.set(weighed.get() + 1);
        *value
    });
    for key in 0..20 {
        assert!(cache.insert(key, 10).is_ok());
        let _ = cache.get(&key);
    }
    cache.resize(50).for_each(drop);
    assert_eq!(weighed.get(), 20);
}
