//! What is kept, under every interleaving of a load that ends and what overtakes it.
//!
//! The hand-over of a load between its callers is modelled in `async-single-flight`, with two breaks
//! that `one_that_has_the_value_of_a_load_refreshes_it` catches too.
//!
//! To see the models bite, break `store/shard.rs` there by hand:
//!
//! | change | what fails |
//! |---|---|
//! | a load is filed when it lands, though it is in flight no more | `an_insert_wins_over_a_load_that_ends` and three more |
//! | it is taken off in one critical section and filed in a second one | the same, and `of_two_callers_one_loads` |
//! | an insert lets go of no load | `an_insert_wins_over_a_load_that_ends`, `a_refresh_and_an_insert` |
//! | a removal lets go of no load | `an_invalidation_wins_over_a_load_that_ends` |
//! | `remove_if`, or `clear`, lets go of no load | `everything_is_invalidated_while_a_load_ends` |
//! | what is ready is looked for in one critical section and what is in flight in a second one | `of_two_callers_one_loads` |
#![cfg(loom)]

use async_fn_cache::{FnCache, Get};
use loom::future::block_on;
use loom::thread;
use std::future::ready;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::num::NonZeroUsize;

type Hashers = BuildHasherDefault<DefaultHasher>;
type Cache = FnCache<u8, u8, async_clock::SystemClock, Hashers>;

/// One shard and no random seed: nothing but the threads' order differs from run to run.
fn cache() -> Cache {
    FnCache::builder()
        .capacity(NonZeroUsize::MIN)
        .shards(NonZeroUsize::MIN)
        .hasher(Hashers::default())
        .build()
}

fn get(cache: &Cache, value: u8) -> Get<u8, u8> {
    cache.get_with(1, move || ready(value))
}

#[test]
fn an_insert_wins_over_a_load_that_ends() {
    loom::model(|| {
        let cache = cache();
        let load = get(&cache, 1);
        let thread = thread::spawn(move || block_on(load));
        cache.insert(1, 2);
        assert_eq!(cache.try_get(&1), Ok(2));
        assert_eq!(thread.join().unwrap(), 1);
        assert_eq!((cache.try_get(&1), cache.stats().in_flight), (Ok(2), 0));
    });
}

#[test]
fn an_invalidation_wins_over_a_load_that_ends() {
    loom::model(|| {
        let cache = cache();
        let load = get(&cache, 1);
        let thread = thread::spawn(move || block_on(load));
        assert!(cache.invalidate(&1));
        assert_eq!(block_on(get(&cache, 2)), 2);
        assert_eq!(thread.join().unwrap(), 1);
        assert_eq!((cache.try_get(&1), cache.stats().in_flight), (Ok(2), 0));
    });
}

#[test]
fn everything_is_invalidated_while_a_load_ends() {
    for all in [true, false] {
        loom::model(move || {
            let cache = cache();
            let load = get(&cache, 1);
            let thread = thread::spawn(move || block_on(load));
            if all {
                cache.invalidate_all();
            } else {
                cache.invalidate_if(|_, value| *value == 1);
            }
            assert_eq!(block_on(get(&cache, 2)), 2);
            assert_eq!(thread.join().unwrap(), 1);
            assert_eq!(cache.try_get(&1), Ok(2));
        });
    }
}

#[test]
fn of_two_callers_one_loads() {
    loom::model(|| {
        let cache = cache();
        let other = cache.clone();
        let thread = thread::spawn(move || block_on(get(&other, 1)));
        let mine = block_on(get(&cache, 2));
        assert_eq!(thread.join().unwrap(), mine);
        let stats = cache.stats();
        assert_eq!(
            (stats.loads, stats.hits + stats.joins, stats.len),
            (1, 1, 1)
        );
    });
}

#[test]
fn a_refresh_and_an_insert() {
    loom::model(|| {
        let cache = cache();
        cache.insert(1, 1);
        let refresh = cache.refresh_with(1, || ready(2));
        let thread = thread::spawn(move || block_on(refresh));
        let seen = cache.try_get(&1).unwrap();
        assert!(seen == 1 || seen == 2);
        let before = cache.insert(1, 3).unwrap();
        assert!(before >= seen && before < 3, "{before} after {seen}");
        assert_eq!(thread.join().unwrap(), 2);
        assert_eq!(cache.try_get(&1), Ok(3));
    });
}

/// The value of one key is evicted by another, which lands at the same time.
#[test]
fn two_loads_land_in_a_cache_for_one() {
    loom::model(|| {
        let cache = cache();
        let other = cache.get_with(2, || ready(2));
        let thread = thread::spawn(move || block_on(other));
        assert_eq!(block_on(get(&cache, 1)), 1);
        assert_eq!(thread.join().unwrap(), 2);
        let stats = cache.stats();
        assert_eq!((stats.len, stats.evicted, stats.in_flight), (1, 1, 0));
    });
}

#[test]
fn a_caller_leaves_while_another_one_comes() {
    loom::model(|| {
        let cache = cache();
        let leaves = get(&cache, 1);
        let thread = thread::spawn(move || drop(leaves));
        let got = block_on(get(&cache, 2));
        thread.join().unwrap();
        assert_eq!((cache.try_get(&1), cache.stats().in_flight), (Ok(got), 0));
        let stats = cache.stats();
        assert_eq!(stats.loads, stats.landed + stats.deserted);
    });
}

/// Who has the value of a load finds it in the cache, and may have it loaded anew.
#[test]
fn one_that_has_the_value_of_a_load_refreshes_it() {
    loom::model(|| {
        let cache = cache();
        let (first, second) = (get(&cache, 1), get(&cache, 1));
        let thread = thread::spawn(move || block_on(first));
        // An outcome is not loom's: without this, it would never be looked at between two steps of
        // the other thread.
        thread::yield_now();
        assert_eq!(block_on(second), 1);
        assert_eq!(cache.try_get(&1), Ok(1));
        assert_eq!(block_on(cache.refresh_with(1, || ready(2))), 2);
        assert_eq!((thread.join().unwrap(), cache.try_get(&1)), (1, Ok(2)));
    });
}
