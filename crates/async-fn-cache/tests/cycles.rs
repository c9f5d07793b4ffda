//! Loads that wait for loads: rings are refused, and nothing else is.

mod support;

use async_fn_cache::{FnCache, Get, LoadError};
use async_single_flight::cycle::Edge;
use futures_lite::future::{or, zip};
use std::future;
use std::task::Poll;
use support::{Caller, Gate, nesting};
use testkit::within_seconds;

type Texts = FnCache<u32, String>;

fn text(result: Result<String, LoadError>) -> String {
    result.unwrap_or_else(|error| error.to_string())
}

/// jaemk/cached#174, al8n/stretto#30, dialog-db/dialog-db#491: a function that calls itself with the
/// same arguments hangs.
#[test]
fn regression_cached_174_a_load_of_its_own_key_is_refused() {
    let _turn = nesting();
    let cache = Texts::default();
    let inner = cache.clone();
    let mut caller = Caller::new(cache.get_with(1, move || async move {
        text(inner.get_checked_with(1, || async { String::new() }).await)
    }));
    assert_eq!(
        caller.poll(),
        Poll::Ready("the load waits for itself".to_owned())
    );
    // What the load makes of that is kept, as it is its value.
    assert!(cache.try_get(&1).is_ok());
    assert_eq!((Edge::count(), cache.stats().in_flight), (0, 0));
}

#[test]
fn a_wait_that_is_not_checked_panics_and_nothing_is_kept() {
    let _turn = nesting();
    let cache = Texts::default();
    let inner = cache.clone();
    let mut caller = Caller::new(cache.get_checked_with(1, move || async move {
        inner.get_with(1, || async { String::new() }).await
    }));
    let expected = LoadError::Panicked("the load waits for itself".into());
    assert_eq!(caller.poll(), Poll::Ready(Err(expected)));
    assert_eq!((cache.stats().len, cache.stats().in_flight), (0, 0));
    assert_eq!(Edge::count(), 0);
}

#[test]
fn a_ring_over_two_caches_that_different_callers_drive_is_refused() {
    let _turn = nesting();
    let (one, two, gate) = (Texts::default(), Texts::default(), Gate::new());
    let (inner, wait) = (two.clone(), gate.load("go"));
    let mut first = Caller::new(one.get_with(1, move || async move {
        wait().await;
        text(inner.get_checked_with(2, || async { String::new() }).await)
    }));
    first.poll_pending();
    let inner = one.clone();
    let mut second = Caller::new(two.get_with(2, move || async move {
        inner.get_with(1, || async { String::new() }).await + ", as 2 says"
    }));
    second.poll_pending();
    assert_eq!(Edge::count(), 1);
    gate.open();
    assert_eq!(
        first.poll(),
        Poll::Ready("the load waits for itself".to_owned())
    );
    assert_eq!(
        second.poll(),
        Poll::Ready("the load waits for itself, as 2 says".to_owned())
    );
    assert_eq!(Edge::count(), 0);
}

#[test]
fn a_blocking_call_inside_its_own_load_is_refused() {
    let _turn = nesting();
    within_seconds(10, || {
        let cache = Texts::default();
        let inner = cache.clone();
        let mut caller = Caller::new(cache.get_checked_with(1, move || async move {
            inner.get_with_blocking(1, || async { String::new() })
        }));
        assert!(matches!(
            caller.poll(),
            Poll::Ready(Err(LoadError::Panicked(_)))
        ));
        assert_eq!(Edge::count(), 0);
    });
}

#[test]
fn a_diamond_and_a_race_are_no_rings() {
    let _turn = nesting();
    let cache = Texts::default();
    let leaf = |cache: Texts| async move { cache.get_with(4, || async { "leaf".into() }).await };
    let inner = cache.clone();
    let mut caller = Caller::new(cache.get_with(1, move || async move {
        let (left, right) = (inner.clone(), inner.clone());
        let left = inner.get_with(2, move || leaf(left));
        let right = inner.get_with(3, move || leaf(right));
        let (left, right) = zip(left, right).await;
        let never = inner.get_with(5, future::pending);
        let raced = or(never, async { ", raced".to_owned() }).await;
        left + &right + &raced
    }));
    assert_eq!(caller.poll(), Poll::Ready("leafleaf, raced".to_owned()));
    assert_eq!((Edge::count(), cache.stats().loads), (0, 5));
}

fn fibonacci(cache: &FnCache<u64, u64>, n: u64) -> Get<u64, u64> {
    let inner = cache.clone();
    cache.get_with(n, move || async move {
        match n {
            0 | 1 => n,
            _ => fibonacci(&inner, n - 1).await + fibonacci(&inner, n - 2).await,
        }
    })
}

#[test]
fn a_load_may_wait_for_loads_of_other_keys() {
    let _turn = nesting();
    let cache: FnCache<u64, u64> = FnCache::default();
    assert_eq!(
        Caller::new(fibonacci(&cache, 50)).poll(),
        Poll::Ready(12_586_269_025)
    );
    assert_eq!((cache.stats().loads, Edge::count()), (51, 0));
}
