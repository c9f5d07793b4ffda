//! Waiting on plain threads, by the cache's clock.

mod support;

use async_clock::{Clock, ManualClock};
use async_fn_cache::{Elapsed, FnCache};
use std::future;
use std::thread;
use std::time::Duration;
use support::{Gate, SECOND, Timed};
use testkit::within_seconds;

#[test]
fn a_limit_is_one_of_the_caches_clock() {
    within_seconds(10, || {
        let clock = ManualClock::new();
        let cache: Timed = FnCache::builder().clock(clock.clone()).build();
        let (one, two) = (cache.clone(), cache.clone());
        let deadline = clock.now() + SECOND;
        let threads = [
            thread::spawn(move || one.get_with_blocking_timeout(1, future::pending, SECOND)),
            thread::spawn(move || two.get_with_blocking_deadline(1, future::pending, deadline)),
        ];
        futures_lite::future::block_on(clock.wait_for_timers(2));
        assert_eq!((cache.stats().loads, cache.stats().joins), (1, 1));
        clock.advance(SECOND);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), Err(Elapsed));
        }
        assert_eq!(cache.stats().in_flight, 0);
    });
}

#[test]
fn what_is_ready_at_the_limit_is_had() {
    let clock = ManualClock::new();
    let cache: Timed = FnCache::builder().clock(clock.clone()).build();
    let ready = || async { "value" };
    assert_eq!(
        cache.get_with_blocking_timeout(1, ready, Duration::ZERO),
        Ok("value")
    );
    assert_eq!(
        cache.get_with_blocking_deadline(2, ready, clock.now()),
        Ok("value")
    );
    assert_eq!(
        cache.get_with_blocking_timeout(3, ready, Duration::MAX),
        Ok("value")
    );
}

/// A caller that gives up costs the others nothing.
#[test]
fn the_load_goes_on_for_those_who_wait_longer() {
    within_seconds(10, || {
        let clock = ManualClock::new();
        let cache: Timed = FnCache::builder().clock(clock.clone()).build();
        let gate = Gate::new();
        let (short, long) = (cache.clone(), cache.clone());
        let (one, two) = (gate.load("value"), gate.load("value"));
        let short = thread::spawn(move || short.get_with_blocking_timeout(1, one, SECOND));
        let long = thread::spawn(move || long.get_with_blocking_timeout(1, two, 2 * SECOND));
        futures_lite::future::block_on(clock.wait_for_timers(2));
        clock.advance(SECOND);
        assert_eq!(short.join().unwrap(), Err(Elapsed));
        gate.open();
        assert_eq!(long.join().unwrap(), Ok("value"));
        assert_eq!(gate.starts(), 1);
    });
}

#[test]
fn a_wrapped_function_has_all_colours() {
    let square = FnCache::builder().wrap_value(|n: u64| async move { n * n });
    assert_eq!(square.get_blocking(2), 4);
    assert_eq!(square.get_blocking_timeout(3, Duration::ZERO), Ok(9));
    assert_eq!(
        square.get_blocking_deadline(4, std::time::Instant::now()),
        Ok(16)
    );
    assert_eq!(square.try_get(&4), Ok(16));
    assert_eq!(futures_lite::future::block_on(square.get(5)), 25);
    assert_eq!(
        futures_lite::future::block_on(square.get_checked(6)),
        Ok(36)
    );
}
