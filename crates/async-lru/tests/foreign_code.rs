//! Keys, values and closures that panic leave a map whole, and every value is dropped once.

mod support;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use async_lru::{Entry, LruCache, WeightedLruCache};
use support::foreign::{Key, Value, called, done, never_panic, panic_after, values};

fn nonzero(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Has each of the operations panic at each call of foreign code; the map is then checked and goes
/// on to be used.
fn at_every_call<M>(
    make: impl Fn() -> M,
    operations: &[fn(&mut M, u32)],
    check: impl Fn(&mut M, &str),
    fill: impl Fn(&mut M, std::ops::Range<u32>),
) {
    for (number, operation) in operations.iter().enumerate() {
        let mut panics = 0;
        for key in [2, 9] {
            for at in 0..60 {
                never_panic();
                let before = values();
                let mut map = make();
                fill(&mut map, 0..6);
                panic_after(at);
                let outcome = catch_unwind(AssertUnwindSafe(|| operation(&mut map, key)));
                never_panic();
                panics += usize::from(outcome.is_err());
                drop(outcome);
                check(
                    &mut map,
                    &format!("operation {number} with {key}, panic at {at}"),
                );
                fill(&mut map, 20..40);
                check(
                    &mut map,
                    &format!("after operation {number} with {key}, panic at {at}"),
                );
                drop(map);
                assert_eq!(values(), before, "operation {number}, panic at {at}");
            }
        }
        assert!(panics > 0, "operation {number} runs no foreign code");
    }
}

/// Every key that is listed is found, once, with its value, both ways round.
fn assert_whole(keys: &[u32], back: &[u32], mut peek: impl FnMut(&Key) -> Option<u32>, at: &str) {
    assert!(keys.iter().eq(back.iter().rev()), "{at}");
    for key in keys {
        assert_eq!(peek(&Key(*key)), Some(*key), "{at}");
    }
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), keys.len(), "a key stands twice: {at}");
}

#[test]
fn a_panic_at_any_call_leaves_the_map_whole() {
    type Map = LruCache<Key, Value>;
    let operations: &[fn(&mut Map, u32)] = &[
        |map, key| done(map.insert(Key(key), Value::new(key))),
        |map, key| done(map.remove(&Key(key))),
        |map, key| done(map.get(&Key(key)).map(|value| value.0)),
        |map, key| done(map.peek_mut(&Key(key)).map(|value| value.0)),
        |map, _| {
            map.retain(|key, _| {
                called();
                key.0 % 3 != 0
            });
        },
        |map, _| {
            let odd = |key: &Key, _: &mut Value| {
                called();
                key.0 % 2 == 1
            };
            map.extract_if(odd).for_each(drop);
        },
        |map, key| {
            map.get_or_insert_with(Key(key), || {
                called();
                Value::new(key)
            });
        },
        |map, key| {
            map.entry(Key(key)).or_insert_with(|| {
                called();
                Value::new(key)
            });
        },
        |map, key| match map.entry(Key(key)) {
            Entry::Occupied(mut entry) => done(entry.insert(Value::new(key))),
            Entry::Vacant(entry) => done(entry.insert(Value::new(key)).1),
        },
        |map, key| match map.entry(Key(key)) {
            Entry::Occupied(entry) => done(entry.remove()),
            Entry::Vacant(entry) => done(entry.into_key()),
        },
        |map, _| map.resize(nonzero(2)).for_each(drop),
        |map, _| done(map.resize(nonzero(2)).next()),
        |map, _| map.drain().for_each(drop),
        |map, _| done(map.drain().next_back()),
        |map, key| done((map.promote(&Key(key)), map.demote(&Key(key)))),
        |map, _| done(map.clone()),
        |map, _| done((map.pop_lru(), map.pop_mru())),
        |map, _| map.clear(),
    ];
    let check = |map: &mut Map, at: &str| {
        let keys: Vec<u32> = map.keys().map(|key| key.0).collect();
        let back: Vec<u32> = map.iter().rev().map(|(key, _)| key.0).collect();
        assert_eq!(keys.len(), map.len());
        assert_whole(&keys, &back, |key| map.peek(key).map(|value| value.0), at);
    };
    at_every_call(
        || LruCache::new(nonzero(6)),
        operations,
        check,
        |map, keys| keys.for_each(|key| drop(map.insert(Key(key), Value::new(key)))),
    );
}

#[test]
fn a_panic_at_any_call_leaves_a_map_with_weights_whole() {
    type Map = WeightedLruCache<Key, Value>;
    let operations: &[fn(&mut Map, u32)] = &[
        |map, key| done(map.insert(Key(key), Value::new(key))),
        |map, key| done(map.insert(Key(key), Value::new(1000))),
        |map, key| done(map.remove(&Key(key))),
        |map, key| done(map.get(&Key(key)).map(|value| value.0)),
        |map, _| {
            map.retain(|key, _| {
                called();
                key.0 % 3 != 0
            });
        },
        |map, _| map.resize(5).for_each(drop),
        |map, _| map.drain().for_each(drop),
        |map, _| map.clear(),
    ];
    let check = |map: &mut Map, at: &str| {
        let keys: Vec<u32> = map.iter().map(|(key, _)| key.0).collect();
        let back: Vec<u32> = map.iter().rev().map(|(key, _)| key.0).collect();
        assert_eq!(keys.len(), map.len());
        assert_eq!(u64::from(keys.iter().sum::<u32>()), map.weight(), "{at}");
        assert!(map.weight() <= map.max_weight(), "{at}");
        assert_whole(&keys, &back, |key| map.peek(key).map(|value| value.0), at);
    };
    let weigh = |_: &Key, value: &Value| {
        called();
        u64::from(value.0)
    };
    at_every_call(
        || WeightedLruCache::new(16, weigh as fn(&Key, &Value) -> u64),
        operations,
        check,
        |map, keys| {
            let keys = keys.map(|key| key % 16);
            keys.for_each(|key| drop(map.insert(Key(key), Value::new(key))));
        },
    );
}

#[cfg(feature = "ttl")]
#[test]
fn a_panic_at_any_call_leaves_a_map_with_expiry_whole() {
    use async_clock::ManualClock;
    use async_lru::{Lookup, TtlLruCache};
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    type Map = TtlLruCache<Key, Value, ManualClock>;
    // Odd ones have expired when the operation begins.
    let operations: &[fn(&mut Map, u32)] = &[
        |map, key| done(map.insert(Key(key), Value::new(key))),
        |map, key| done(map.insert_with_ttl(Key(key), Value::new(key), 5 * SECOND)),
        |map, key| done(map.remove(&Key(key))),
        |map, key| done(map.get(&Key(key)).map(|value| value.0)),
        |map, _| done(map.get(&Key(3)).map(|value| value.0)),
        |map, _| done(matches!(map.lookup(&Key(3)), Lookup::Expired(..))),
        |map, _| done(map.refresh(&Key(3))),
        |map, _| {
            map.retain(|key, _| {
                called();
                key.0 % 4 != 0
            });
        },
        |map, key| {
            map.get_or_insert_with(Key(key), || {
                called();
                Value::new(key)
            });
        },
        |map, _| map.resize(nonzero(2)).for_each(drop),
        |map, _| map.drain().for_each(drop),
        |map, _| map.drain_expired().for_each(drop),
        |map, _| done(map.drain_expired()),
        |map, _| done(map.purge_expired()),
        |map, _| done(map.clone()),
        |map, _| done(map.pop_lru()),
        |map, _| map.clear(),
    ];
    let check = |map: &mut Map, at: &str| {
        let keys: Vec<u32> = map.iter().map(|(key, _)| key.0).collect();
        let back: Vec<u32> = map.iter().rev().map(|(key, _)| key.0).collect();
        assert_whole(&keys, &back, |key| map.peek(key).map(|value| value.0), at);
        let expired = map.purge_expired();
        assert!(expired <= 3, "{at}");
        assert_eq!(map.len(), keys.len(), "{at}");
        assert_eq!(map.next_deadline().is_some(), !map.is_empty(), "{at}");
    };
    for idle in [Duration::MAX, 7 * SECOND] {
        at_every_call(
            || {
                let builder = TtlLruCache::builder().capacity(nonzero(6)).ttl(9 * SECOND);
                builder.idle(idle).clock(ManualClock::new()).build()
            },
            operations,
            check,
            |map, keys| {
                for key in keys.clone() {
                    let ttl = if key % 2 == 1 { SECOND } else { 8 * SECOND };
                    drop(map.insert_with_ttl(Key(key), Value::new(key), ttl));
                }
                if keys.start == 0 {
                    map.clock().advance(SECOND);
                }
            },
        );
    }
}

#[cfg(feature = "sync")]
#[test]
fn a_panic_at_any_call_leaves_a_map_for_threads_whole() {
    use async_lru::sync::LruCache;

    type Map = LruCache<Key, Value>;
    let operations: &[fn(&mut Map, u32)] = &[
        |map, key| done(map.insert(Key(key), Value::new(key))),
        |map, key| done(map.try_insert(Key(key), Value::new(key))),
        |map, key| done(map.get(&Key(key)).map(|value| value.0)),
        |map, key| {
            map.get_or_insert_with(Key(key), || {
                called();
                Value::new(key)
            });
        },
        |map, key| {
            map.update(&Key(key), |value| {
                called();
                Some(Value::new(value.0))
            });
        },
        |map, key| done(map.remove(&Key(key))),
        |map, key| done(map.get(&Key(key)).map(|cached| map.remove_if_same(&cached))),
        |map, _| {
            map.retain(|key, _| {
                called();
                key.0 % 3 != 0
            });
        },
        |map, key| done(map.get_cloned(&Key(key))),
        |map, _| done(map.resize(nonzero(2))),
        |map, _| map.clear(),
    ];
    let check = |map: &mut Map, at: &str| {
        // No lock is left locked, and nothing stands twice: as many are found as are counted.
        let found = (0..40).filter(|key| match map.get(&Key(*key)) {
            Some(value) => {
                assert_eq!(value.0, *key, "{at}");
                true
            }
            None => false,
        });
        assert_eq!(found.count(), map.stats().entries, "{at}");
        assert!(map.stats().entries <= map.capacity().get(), "{at}");
    };
    at_every_call(
        || LruCache::new(nonzero(6)),
        operations,
        check,
        |map, keys| keys.for_each(|key| drop(map.insert(Key(key), Value::new(key)))),
    );
}

#[cfg(all(feature = "sync", feature = "ttl"))]
#[test]
fn a_panic_at_any_call_leaves_a_map_for_threads_with_expiry_whole() {
    use async_clock::ManualClock;
    use async_lru::{TtlLruCache, sync};
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    struct Map {
        clock: ManualClock,
        cache: sync::TtlLruCache<Key, Value, ManualClock>,
    }

    // Odd ones have expired when the operation begins.
    let operations: &[fn(&mut Map, u32)] = &[
        |map, key| done(map.cache.insert(Key(key), Value::new(key))),
        |map, _| done(map.cache.insert(Key(3), Value::new(3))),
        |map, key| {
            let ttl = 5 * SECOND;
            done(map.cache.insert_with_ttl(Key(key), Value::new(key), ttl));
        },
        |map, key| done(map.cache.try_insert(Key(key), Value::new(key))),
        |map, _| done(map.cache.try_insert(Key(3), Value::new(3))),
        |map, key| done(map.cache.get(&Key(key)).map(|value| value.0)),
        |map, _| done(map.cache.get(&Key(3)).map(|value| value.0)),
        |map, key| {
            map.cache.get_or_insert_with(Key(key), || {
                called();
                Value::new(key)
            });
        },
        |map, key| {
            map.cache.update(&Key(key), |value| {
                called();
                Some(Value::new(value.0))
            });
        },
        |map, _| done(map.cache.refresh(&Key(3))),
        |map, key| done(map.cache.remove(&Key(key))),
        |map, _| done(map.cache.remove(&Key(3))),
        |map, key| {
            let cached = map.cache.get(&Key(key));
            done(cached.map(|cached| map.cache.remove_if_same(&cached)));
        },
        |map, _| {
            map.cache.retain(|key, _| {
                called();
                key.0 % 4 != 0
            });
        },
        |map, _| done(map.cache.resize(nonzero(2))),
        |map, _| done(map.cache.purge_expired()),
        |map, _| map.cache.clear(),
    ];
    let check = |map: &mut Map, at: &str| {
        map.cache.purge_expired();
        // No lock is left locked, and nothing stands twice: as many are found as are counted.
        let found = (0..40).filter(|key| match map.cache.get(&Key(*key)) {
            Some(value) => {
                assert_eq!(value.0, *key, "{at}");
                true
            }
            None => false,
        });
        let (found, entries) = (found.count(), map.cache.stats().entries);
        assert_eq!(found, entries, "{at}");
        assert!(entries <= map.cache.capacity().get(), "{at}");
        assert_eq!(map.cache.next_deadline().is_some(), entries != 0, "{at}");
    };
    at_every_call(
        || {
            let clock = ManualClock::new();
            let builder = TtlLruCache::builder().capacity(nonzero(6)).ttl(9 * SECOND);
            let cache = builder.clock(clock.clone()).build_sync();
            Map { clock, cache }
        },
        operations,
        check,
        |map, keys| {
            for key in keys.clone() {
                let ttl = if key % 2 == 1 { SECOND } else { 8 * SECOND };
                drop(map.cache.insert_with_ttl(Key(key), Value::new(key), ttl));
            }
            if keys.start == 0 {
                map.clock.advance(SECOND);
            }
        },
    );
}

#[test]
fn a_partly_used_or_forgotten_iterator_drops_every_pair_at_most_once() {
    never_panic();
    let before = values();
    let mut map = LruCache::new(nonzero(8));
    let fill = |map: &mut LruCache<Key, Value>| {
        (0..8).for_each(|key| drop(map.insert(Key(key), Value::new(key))));
    };
    fill(&mut map);
    drop(map.drain().nth(2));
    assert_eq!(values(), before);
    fill(&mut map);
    drop(map.resize(nonzero(3)).nth(1));
    assert_eq!((values(), map.len()), (before + 3, 3));
    map.resize(nonzero(8)).for_each(drop);
    fill(&mut map);
    std::mem::forget(map.resize(nonzero(5)));
    // Leaked, and not to be found any more.
    assert_eq!((values(), map.len()), (before + 8, 5));
    fill(&mut map);
    drop(map.into_iter().next());
    assert_eq!(values(), before + 3);
}
