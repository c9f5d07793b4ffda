//! How long values live, to the nanosecond.

mod support;

use async_clock::{Clock, ClockExt, ManualClock, ManualTimer};
use async_fn_cache::{FnCache, Keep, TryGetError, TtlFrom};
use futures_lite::future::block_on;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use support::{Caller, Gate, NANO, SECOND, Timed, get, nz};

const TTL: Duration = Duration::from_secs(5);

fn timed() -> (ManualClock, Timed) {
    let clock = ManualClock::new();
    let cache = FnCache::builder().ttl(TTL).clock(clock.clone()).build();
    (clock, cache)
}

#[test]
fn a_value_lives_as_long_as_configured() {
    let (clock, cache) = timed();
    assert_eq!(get(&cache, 1, "first"), "first");
    clock.advance(TTL.saturating_sub(NANO));
    assert_eq!(get(&cache, 1, "unused"), "first");
    clock.advance(NANO);
    assert_eq!(cache.try_get(&1), Err(TryGetError::Vacant));
    assert_eq!(get(&cache, 1, "second"), "second");
    assert_eq!(cache.stats().expired, 1);
}

/// Caffeine#191: time to live began with the load, so that slow loads lived shorter, or never.
#[test]
fn regression_caffeine_191_a_life_begins_when_the_load_ends() {
    let (clock, cache) = timed();
    let slow = clock.sleep(10 * SECOND);
    let load = cache.get_with(1, || async {
        slow.await;
        "value"
    });
    assert_eq!(block_on(clock.drive(load)), "value");
    clock.advance(TTL.saturating_sub(NANO));
    assert_eq!(cache.try_get(&1), Ok("value"));
    clock.advance(NANO);
    assert!(cache.try_get(&1).is_err());
}

#[test]
fn counted_from_the_start_a_life_begins_with_the_first_poll() {
    let clock = ManualClock::new();
    let cache: Timed = FnCache::builder()
        .ttl(TTL)
        .ttl_from(TtlFrom::Start)
        .clock(clock.clone())
        .build();
    for (takes, kept_for) in [(0, 5), (3, 2), (4, 1)] {
        let gate = Gate::new();
        let mut caller = Caller::new(cache.get_with(takes, gate.load("value")));
        clock.advance(SECOND); // claimed, and nobody polls
        caller.poll_pending();
        clock.advance(Duration::from_secs(takes));
        gate.open();
        assert!(caller.poll().is_ready());
        clock.advance(Duration::from_secs(kept_for).saturating_sub(NANO));
        assert_eq!(cache.try_get(&takes), Ok("value"), "{takes}");
        clock.advance(NANO);
        assert!(cache.try_get(&takes).is_err(), "{takes}");
    }
}

#[test]
fn counted_from_the_start_a_load_that_takes_longer_is_not_kept() {
    let clock = ManualClock::new();
    let builder = FnCache::builder().ttl(TTL).ttl_from(TtlFrom::Start);
    let cache: Timed = builder.clock(clock.clone()).build();
    for takes in [TTL, 2 * TTL] {
        let gate = Gate::new();
        let mut callers = support::callers(&cache, &gate, 2);
        clock.advance(takes);
        gate.open();
        for caller in &mut callers {
            assert_eq!(caller.poll(), Poll::Ready("value"));
        }
        assert_eq!((cache.stats().len, cache.stats().in_flight), (0, 0));
    }
}

/// Caffeine#625.
#[test]
fn regression_caffeine_625_with_a_ttl_of_zero_callers_still_share_a_load() {
    let clock = ManualClock::new();
    let cache: Timed = FnCache::builder().ttl(Duration::ZERO).clock(clock).build();
    let gate = Gate::new();
    let mut all = support::callers(&cache, &gate, 3);
    gate.open();
    for caller in &mut all {
        assert_eq!(caller.poll(), Poll::Ready("value"));
    }
    assert_eq!((gate.starts(), cache.stats().len), (1, 0));
    assert_eq!(get(&cache, 1, "next"), "next");
    cache.insert(1, "inserted");
    assert_eq!(cache.stats().len, 0);
}

/// jaemk/cached 3.x: `Duration::MAX` overflowed.
#[test]
fn regression_cached_3_durations_too_long_are_for_ever() {
    let clock = ManualClock::new();
    for ttl in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
        let builder = FnCache::builder().ttl(ttl).stale_for(Duration::MAX);
        let cache: Timed = builder.clock(clock.clone()).build();
        assert_eq!(get(&cache, 1, "value"), "value");
        cache.insert(2, "two");
        clock.advance(Duration::from_secs(1 << 30));
        assert_eq!(
            (cache.try_get(&1), cache.try_get(&2)),
            (Ok("value"), Ok("two"))
        );
    }
}

/// The Python original has a timer per key: it kills the value that is there when it fires, which
/// may be a later one (aio-libs/async-lru#480 too).
#[test]
fn regression_original_4_the_end_of_one_value_does_not_touch_the_next() {
    let clock = ManualClock::new();
    let builder = FnCache::builder().capacity(nz(1)).ttl(TTL);
    let cache: Timed = builder.clock(clock.clone()).build();
    assert_eq!(get(&cache, 1, "first"), "first");
    clock.advance(4 * SECOND);
    assert_eq!(get(&cache, 2, "other"), "other"); // evicts it
    assert_eq!(get(&cache, 1, "second"), "second");
    clock.advance(4 * SECOND); // the first one's time is over
    assert_eq!(get(&cache, 1, "third"), "second");
    // And the same by overwriting and by invalidating.
    cache.insert(1, "inserted");
    clock.advance(SECOND);
    assert_eq!(cache.try_get(&1), Ok("inserted"));
    cache.invalidate(&1);
    assert_eq!(get(&cache, 1, "fourth"), "fourth");
    clock.advance(TTL.saturating_sub(NANO));
    assert_eq!(cache.try_get(&1), Ok("fourth"));
}

/// The Python original and aio-libs/async-lru keep an expiry entry per write: one key overwritten
/// 100,000 times is 100,000 of them.
#[test]
fn regression_original_7_overwriting_one_key_takes_no_memory() {
    let (clock, cache) = timed();
    for _ in 0..100_000 {
        cache.insert(1, "value");
        clock.advance(NANO);
    }
    assert_eq!(cache.stats().len, 1);
}

/// In the Python original a TTL cache of size 1 raises a math error.
#[test]
fn regression_original_8_a_cache_for_one_value_has_a_ttl_too() {
    let clock = ManualClock::new();
    let cache: Timed = FnCache::builder()
        .capacity(nz(1))
        .ttl(TTL)
        .clock(clock.clone())
        .build();
    for key in 0..10 {
        assert_eq!(get(&cache, key, "value"), "value");
        clock.advance(SECOND);
    }
    assert_eq!(cache.stats().len, 1);
}

/// In the Python original, reading a value whose time is over makes it the most recent, and a live
/// one is evicted for it.
#[test]
fn regression_original_9_no_live_value_is_evicted_for_one_whose_time_is_over() {
    let clock = ManualClock::new();
    let cache: Timed = FnCache::builder()
        .capacity(nz(2))
        .ttl(TTL)
        .clock(clock.clone())
        .build();
    cache.insert(1, "one");
    clock.advance(3 * SECOND);
    cache.insert(2, "two");
    clock.advance(2 * SECOND);
    assert!(cache.try_get(&1).is_err());
    cache.insert(3, "three");
    assert_eq!(
        (cache.try_get(&2), cache.try_get(&3)),
        (Ok("two"), Ok("three"))
    );
    assert_eq!(cache.stats().evicted, 0);
}

/// Without being read, too: it goes before a live one that was used less recently.
#[test]
fn a_value_whose_time_is_over_goes_first() {
    let clock = ManualClock::new();
    let cache: FnCache<u64, u64, ManualClock> = FnCache::builder()
        .capacity(nz(2))
        .keep(|_, value| Keep::For(Duration::from_secs(*value)))
        .clock(clock.clone())
        .build();
    assert_eq!(get(&cache, 1, 9), 9);
    assert_eq!(get(&cache, 2, 2), 2);
    clock.advance(2 * SECOND);
    assert_eq!(get(&cache, 3, 9), 9);
    assert_eq!((cache.try_get(&1), cache.try_get(&3)), (Ok(9), Ok(9)));
    assert_eq!((cache.stats().expired, cache.stats().evicted), (1, 0));
}

/// Nobody asks for them any more, and no timer runs: those that come clear them away.
#[test]
fn values_whose_time_is_over_are_cleared_by_those_that_come() {
    let clock = ManualClock::new();
    let cache: Timed = FnCache::builder()
        .ttl(TTL)
        .shards(nz(1))
        .clock(clock.clone())
        .build();
    for key in 0..1000 {
        cache.insert(key, "old");
        clock.advance(NANO);
    }
    clock.advance(TTL);
    for key in 1000..1400 {
        assert_eq!(get(&cache, key, "new"), "new");
    }
    let stats = cache.stats();
    assert_eq!((stats.len, stats.expired), (600, 800));
    for key in 1400..1500 {
        cache.insert(key, "new");
    }
    assert_eq!((cache.stats().len, cache.stats().evicted), (500, 0));
}

/// Lives of all lengths in any order of coming, going and being overwritten: at each capacity, none
/// is evicted as long as another one's time is over.
#[test]
fn no_live_value_is_evicted_while_there_is_one_whose_time_is_over() {
    testkit::with_seeds(50, |rng| {
        let (clock, capacity) = (ManualClock::new(), rng.usize(1..60));
        let cache: FnCache<u64, u64, ManualClock> = FnCache::builder()
            .capacity(nz(capacity))
            .keep(|_, value| Keep::For(Duration::from_secs(*value)))
            .clock(clock.clone())
            .build();
        let start = clock.now();
        let mut ends = std::collections::HashMap::new();
        for _ in 0..500 {
            let (key, life) = (rng.u64(..80), rng.u64(1..40));
            let now = (clock.now() - start).as_secs();
            ends.retain(|_, end| *end > now);
            match rng.u8(..8) {
                0 => clock.advance(SECOND),
                1 => {
                    cache.invalidate(&key);
                    ends.remove(&key);
                }
                _ => {
                    let evicted = cache.stats().evicted;
                    let refresh = cache.refresh_with(key, move || ready(life));
                    assert_eq!(block_on(refresh), life);
                    ends.insert(key, now + life);
                    let more = cache.stats().evicted - evicted;
                    let needed = ends.len().saturating_sub(capacity);
                    assert_eq!(more, needed as u64);
                    if more > 0 {
                        ends.retain(|key, _| cache.try_get(key).is_ok());
                        assert_eq!(ends.len(), capacity);
                    }
                }
            }
        }
    });
}

/// A clock that counts how often it is asked.
#[derive(Clone)]
struct Asked(ManualClock, Arc<AtomicUsize>);

impl Clock for Asked {
    type Timer = ManualTimer;

    fn now(&self) -> Instant {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.now()
    }

    fn arm(&self, at: Instant, waker: &Waker) -> ManualTimer {
        self.0.arm(at, waker)
    }
}

#[test]
fn a_clock_is_not_asked_as_long_as_no_life_ends() {
    let clock = Asked(ManualClock::new(), Arc::default());
    let asked = || clock.1.load(Ordering::SeqCst);
    let cache: FnCache<u64, u64, Asked> = FnCache::builder()
        .keep(|key, _| {
            if *key == 9 {
                Keep::For(TTL)
            } else {
                Keep::AsConfigured
            }
        })
        .clock(clock.clone())
        .build();
    let before = asked();
    for key in 0..9 {
        get(&cache, key, key);
        get(&cache, key, key);
        cache.insert(key, key);
        let _ = cache.try_get(&key);
    }
    assert_eq!(asked(), before);
    get(&cache, 9, 9);
    clock.0.advance(TTL);
    assert!(cache.try_get(&9).is_err());
    assert_eq!(cache.try_get(&8), Ok(8));
}

#[test]
fn a_rule_decides_on_each_value() {
    let clock = ManualClock::new();
    let cache: FnCache<u64, u64, ManualClock> = FnCache::builder()
        .ttl(TTL)
        .keep(|key, value| match (key, value) {
            (1, _) => Keep::AsConfigured,
            (_, 0) => Keep::Not,
            (_, seconds) => Keep::For(Duration::from_secs(*seconds)),
        })
        .clock(clock.clone())
        .build();
    for (key, value) in [(1, 0), (2, 0), (3, 2), (4, 20)] {
        assert_eq!(get(&cache, key, value), value);
    }
    let there = || [1, 2, 3, 4].map(|key| cache.try_get(&key).is_ok());
    assert_eq!(there(), [true, false, true, true]);
    clock.advance(2 * SECOND);
    assert_eq!(there(), [true, false, false, true]);
    clock.advance(3 * SECOND);
    assert_eq!(there(), [false, false, false, true]);
    clock.advance(15 * SECOND);
    assert_eq!(there(), [false; 4]);
    // Zero is not at all, and an insert is not asked about.
    cache.insert(2, 0);
    assert_eq!(cache.try_get(&2), Ok(0));
}

/// The Python original keeps errors for ever.
#[test]
fn regression_original_11_errors_are_not_kept_unless_asked() {
    let clock = ManualClock::new();
    let calls = Arc::new(AtomicU32::new(0));
    let make = |keep: Option<Duration>| {
        let calls = Arc::clone(&calls);
        let builder = FnCache::builder().clock(clock.clone());
        let builder = match keep {
            Some(ttl) => builder.cache_errors(ttl),
            None => builder,
        };
        builder.wrap(move |()| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            async move { if call % 2 == 0 { Err(call) } else { Ok(call) } }
        })
    };
    let evicts = make(None);
    assert_eq!(
        [(); 4].map(|()| evicts.get_blocking(())),
        [Err(0), Ok(1), Ok(1), Ok(1)]
    );
    calls.store(0, Ordering::SeqCst);
    let keeps = make(Some(SECOND));
    assert_eq!([(); 2].map(|()| keeps.get_blocking(())), [Err(0), Err(0)]);
    clock.advance(SECOND);
    assert_eq!([(); 2].map(|()| keeps.get_blocking(())), [Ok(1), Ok(1)]);
}

/// moka#497: an error came as `Arc<E>`, which nobody could unwrap.
#[test]
fn regression_moka_497_all_callers_of_one_load_get_the_same_error_itself() {
    let gate = Gate::new();
    let cache: FnCache<u64, Result<(), String>> = FnCache::builder().evict_errors().build();
    let mut all: Vec<_> = Vec::new();
    for _ in 0..3 {
        let load = gate.load("down");
        let get = cache.get_with(1, || async { Err(load().await.to_owned()) });
        let mut caller = Caller::new(get);
        caller.poll_pending();
        all.push(caller);
    }
    gate.open();
    for caller in &mut all {
        assert_eq!(caller.poll(), Poll::Ready(Err("down".to_owned())));
    }
    assert_eq!((gate.starts(), cache.stats().len), (1, 0));
}

mod stale {
    use super::*;

    const STALE: Duration = Duration::from_secs(2);

    fn stale() -> (ManualClock, Timed) {
        let clock = ManualClock::new();
        let builder = FnCache::builder().ttl(TTL).stale_for(STALE);
        let cache = builder.clock(clock.clone()).build();
        (clock, cache)
    }

    #[test]
    fn one_caller_loads_anew_and_the_others_get_the_old_value() {
        let (clock, cache) = stale();
        assert_eq!(get(&cache, 1, "old"), "old");
        clock.advance(TTL.saturating_sub(NANO));
        assert_eq!(get(&cache, 1, "unused"), "old");
        clock.advance(NANO);
        let gate = Gate::new();
        let mut loads = support::callers(&cache, &gate, 1).remove(0);
        for _ in 0..3 {
            assert_eq!(get(&cache, 1, "unused"), "old");
        }
        gate.open();
        assert_eq!(loads.poll(), Poll::Ready("value"));
        assert_eq!((gate.starts(), get(&cache, 1, "unused")), (1, "value"));
        clock.advance(TTL.saturating_sub(NANO));
        assert_eq!(get(&cache, 1, "unused"), "value");
    }

    #[test]
    fn try_get_gets_a_stale_value() {
        let (clock, cache) = stale();
        get(&cache, 1, "old");
        clock.advance((TTL + STALE).saturating_sub(NANO));
        assert_eq!(cache.try_get(&1), Ok("old"));
        clock.advance(NANO);
        assert!(cache.try_get(&1).is_err());
    }

    /// Caffeine#282, #373: a reload that hangs must not keep the old value alive.
    #[test]
    fn regression_caffeine_282_the_end_of_a_value_comes_whatever_its_reload_does() {
        let (clock, cache) = stale();
        get(&cache, 1, "old");
        clock.advance(TTL);
        let gate = Gate::new();
        let mut loads = support::callers(&cache, &gate, 1).remove(0);
        clock.advance(STALE);
        assert_eq!(cache.try_get(&1), Err(TryGetError::InFlight));
        let mut joins = support::callers(&cache, &gate, 1).remove(0);
        gate.open();
        assert_eq!(
            (loads.poll(), joins.poll()),
            (Poll::Ready("value"), Poll::Ready("value"))
        );
        assert_eq!(gate.starts(), 1);
    }

    #[test]
    fn if_the_caller_that_loads_is_dropped_the_next_one_loads() {
        let (clock, cache) = stale();
        get(&cache, 1, "old");
        clock.advance(TTL);
        let gate = Gate::new();
        drop(support::callers(&cache, &gate, 1));
        assert_eq!(get(&cache, 1, "new"), "new");
        assert_eq!((gate.drops(), cache.try_get(&1)), (1, Ok("new")));
    }

    #[test]
    fn a_reload_that_fails_leaves_the_old_value_until_its_end() {
        let clock = ManualClock::new();
        let cache: FnCache<u64, Result<u32, &str>, ManualClock> = FnCache::builder()
            .ttl(TTL)
            .stale_for(STALE)
            .evict_errors()
            .clock(clock.clone())
            .build();
        assert_eq!(get(&cache, 1, Ok(1)), Ok(1));
        clock.advance(TTL);
        assert_eq!(get(&cache, 1, Err("down")), Err("down"));
        assert_eq!(cache.try_get(&1), Ok(Ok(1)));
        clock.advance(STALE);
        assert!(cache.try_get(&1).is_err());
    }

    #[test]
    fn an_insert_during_a_reload_wins() {
        let (clock, cache) = stale();
        get(&cache, 1, "old");
        clock.advance(TTL);
        let gate = Gate::new();
        let mut loads = support::callers(&cache, &gate, 1).remove(0);
        assert_eq!(cache.insert(1, "inserted"), Some("old"));
        gate.open();
        assert_eq!(loads.poll(), Poll::Ready("value"));
        assert_eq!(cache.try_get(&1), Ok("inserted"));
    }

    #[test]
    fn with_a_ttl_of_zero_every_reload_serves_the_value_before() {
        let clock = ManualClock::new();
        let builder = FnCache::builder().ttl(Duration::ZERO).stale_for(STALE);
        let cache: Timed = builder.clock(clock).build();
        assert_eq!(get(&cache, 1, "first"), "first");
        let gate = Gate::new();
        let mut loads = support::callers(&cache, &gate, 1).remove(0);
        assert_eq!(get(&cache, 1, "unused"), "first");
        gate.open();
        assert_eq!(loads.poll(), Poll::Ready("value"));
        assert_eq!(get(&cache, 1, "third"), "third");
    }
}
