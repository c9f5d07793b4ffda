//! What happens to a load that is overtaken: by an insert, an invalidation, a refresh, an eviction.

mod support;

use async_fn_cache::{FnCache, TryGetError};
use std::task::Poll;
use support::{Caller, Gate, Strings, callers, get, nz};

const READY: Poll<&str> = Poll::Ready("value");

/// At which point of a load's life something happens.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Claimed,
    Polled,
    Opened,
}

const PHASES: [Phase; 3] = [Phase::Claimed, Phase::Polled, Phase::Opened];

/// A load in that phase, and its caller.
fn load_in(
    phase: Phase,
    cache: &Strings,
) -> (
    std::sync::Arc<Gate>,
    Caller<async_fn_cache::Get<u64, &'static str>>,
) {
    let gate = Gate::new();
    let mut caller = Caller::new(cache.get_with(1, gate.load("value")));
    if !matches!(phase, Phase::Claimed) {
        caller.poll_pending();
    }
    if matches!(phase, Phase::Opened) {
        gate.open();
    }
    (gate, caller)
}

fn finish(gate: &Gate, mut caller: Caller<async_fn_cache::Get<u64, &'static str>>) {
    gate.open();
    assert_eq!(caller.poll(), READY, "its callers get its value");
}

/// moka: the load that was invalidated puts its value into the cache afterwards (google/guava#1881).
#[test]
fn regression_guava_1881_an_invalidated_load_is_not_kept() {
    for phase in PHASES {
        let cache = Strings::default();
        let (gate, caller) = load_in(phase, &cache);
        assert!(cache.invalidate(&1));
        assert_eq!(cache.try_get(&1), Err(TryGetError::Vacant), "{phase:?}");
        finish(&gate, caller);
        assert_eq!(cache.try_get(&1), Err(TryGetError::Vacant), "{phase:?}");
    }
}

#[test]
fn whoever_comes_after_an_invalidation_loads_anew() {
    for phase in PHASES {
        let cache = Strings::default();
        let (gate, caller) = load_in(phase, &cache);
        cache.invalidate(&1);
        let new = Gate::new();
        let mut later = Caller::new(cache.get_with(1, new.load("new")));
        finish(&gate, caller);
        later.poll_pending();
        new.open();
        assert_eq!(later.poll(), Poll::Ready("new"), "{phase:?}");
        assert_eq!(cache.try_get(&1), Ok("new"), "{phase:?}");
    }
}

/// The other order: the new load ends first, and the old one must not take its place.
#[test]
fn an_old_load_does_not_overwrite_a_new_one() {
    for phase in PHASES {
        let cache = Strings::default();
        let (gate, caller) = load_in(phase, &cache);
        cache.invalidate(&1);
        assert_eq!(get(&cache, 1, "new"), "new");
        finish(&gate, caller);
        assert_eq!(cache.try_get(&1), Ok("new"), "{phase:?}");
    }
}

/// moka: an insert during a load is overwritten by the load, which is older.
#[test]
fn an_insert_during_a_load_wins() {
    for phase in PHASES {
        let cache = Strings::default();
        let (gate, caller) = load_in(phase, &cache);
        assert_eq!(cache.insert(1, "inserted"), None);
        assert_eq!(cache.try_get(&1), Ok("inserted"), "{phase:?}");
        finish(&gate, caller);
        assert_eq!(cache.try_get(&1), Ok("inserted"), "{phase:?}");
    }
}

#[test]
fn everything_that_is_invalidated_takes_the_loads_along() {
    for phase in PHASES {
        for all in [true, false] {
            let cache = Strings::default();
            cache.insert(2, "two");
            let (gate, caller) = load_in(phase, &cache);
            if all {
                cache.invalidate_all();
            } else {
                cache.invalidate_if(|key, _| *key == 2);
            }
            finish(&gate, caller);
            assert_eq!(cache.stats().len, 0, "{phase:?}");
        }
    }
}

#[test]
fn an_overtaken_load_is_dropped_with_its_last_caller() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let all = callers(&cache, &gate, 2);
    cache.insert(1, "inserted");
    drop(all);
    assert_eq!((gate.drops(), cache.try_get(&1)), (1, Ok("inserted")));
}

#[test]
fn a_refresh_serves_the_old_value_until_it_lands() {
    let (cache, gate) = (Strings::default(), Gate::new());
    cache.insert(1, "old");
    let mut refresh = Caller::new(cache.refresh_with(1, gate.load("value")));
    refresh.poll_pending();
    assert_eq!(get(&cache, 1, "unused"), "old");
    assert_eq!(cache.try_get(&1), Ok("old"));
    gate.open();
    assert_eq!(refresh.poll(), READY);
    assert_eq!(cache.try_get(&1), Ok("value"));
    assert_eq!((cache.stats().len, cache.stats().in_flight), (1, 0));
}

#[test]
fn refreshes_of_one_key_share_a_load() {
    let (cache, gate) = (Strings::default(), Gate::new());
    cache.insert(1, "old");
    let mut one = Caller::new(cache.refresh_with(1, gate.load("value")));
    let mut two = Caller::new(cache.refresh_with(1, gate.load("value")));
    one.poll_pending();
    gate.open();
    assert_eq!((one.poll(), two.poll()), (READY, READY));
    assert_eq!(gate.starts(), 1);
}

#[test]
fn a_refresh_that_fails_leaves_the_old_value() {
    let cache: FnCache<u64, Result<u32, &str>> = FnCache::builder().evict_errors().build();
    cache.insert(1, Ok(1));
    let mut refresh = Caller::new(cache.refresh_with(1, || async { Err("down") }));
    assert_eq!(refresh.poll(), Poll::Ready(Err("down")));
    assert_eq!(cache.try_get(&1), Ok(Ok(1)));
    let mut refresh = Caller::new(cache.refresh_with(1, || async { panic!("worse") }));
    assert_eq!(refresh.poll_panicking(), "worse");
    assert_eq!(cache.try_get(&1), Ok(Ok(1)));
    drop(cache.refresh_with(1, || async { Ok(2) }));
    assert_eq!(cache.try_get(&1), Ok(Ok(1)));
}

/// Caffeine#193.
#[test]
fn regression_caffeine_193_what_happens_during_a_refresh_wins() {
    for insert in [true, false] {
        let (cache, gate) = (Strings::default(), Gate::new());
        cache.insert(1, "old");
        let mut refresh = Caller::new(cache.refresh_with(1, gate.load("value")));
        refresh.poll_pending();
        let expected = if insert {
            cache.insert(1, "inserted");
            Ok("inserted")
        } else {
            cache.invalidate(&1);
            Err(TryGetError::Vacant)
        };
        gate.open();
        assert_eq!(refresh.poll(), READY);
        assert_eq!(cache.try_get(&1), expected);
    }
}

/// In the Python original, loads on their way are evicted: at a size of 1, the calls 1, 2, 1 load 1
/// twice.
#[test]
fn regression_original_10_loads_on_their_way_are_not_evicted_and_do_not_count() {
    let cache: Strings = FnCache::new(nz(1));
    let (one, two) = (Gate::new(), Gate::new());
    let mut first = Caller::new(cache.get_with(1, one.load("one")));
    let mut second = Caller::new(cache.get_with(2, two.load("two")));
    first.poll_pending();
    second.poll_pending();
    assert_eq!(get(&cache, 3, "three"), "three");
    let mut again = Caller::new(cache.get_with(1, one.load("unused")));
    again.poll_pending();
    one.open();
    two.open();
    assert_eq!(
        (first.poll(), again.poll()),
        (Poll::Ready("one"), Poll::Ready("one"))
    );
    assert_eq!(second.poll(), Poll::Ready("two"));
    assert_eq!((one.starts(), cache.stats().len), (1, 1));
    assert_eq!(cache.try_get(&2), Ok("two"));
}

#[test]
fn the_value_that_a_refresh_replaces_may_be_evicted_meanwhile() {
    let (cache, gate): (Strings, _) = (FnCache::new(nz(1)), Gate::new());
    cache.insert(1, "old");
    let mut refresh = Caller::new(cache.refresh_with(1, gate.load("value")));
    refresh.poll_pending();
    cache.insert(2, "two");
    gate.open();
    assert_eq!(refresh.poll(), READY);
    assert_eq!((cache.try_get(&1), cache.stats().len), (Ok("value"), 1));
}
