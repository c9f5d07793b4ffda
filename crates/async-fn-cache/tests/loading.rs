//! Loads: one per key, driven by whoever is polled; and what becomes of them.

mod support;

use async_fn_cache::{FnCache, LoadError, TryGetError};
use std::future;
use std::num::NonZeroU32;
use std::task::Poll;
use support::{Caller, Gate, Strings, callers, get};

const READY: Poll<&str> = Poll::Ready("value");

#[test]
fn nothing_runs_before_the_first_poll() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let unpolled = cache.get_with(1, gate.load("value"));
    assert_eq!((gate.starts(), cache.stats().in_flight), (0, 1));
    drop(unpolled);
    assert_eq!((gate.starts(), cache.stats().in_flight), (0, 0));
    assert_eq!(cache.stats().deserted, 1);
}

#[test]
fn a_value_is_loaded_once_and_kept() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut all = callers(&cache, &gate, 10);
    assert_eq!(cache.try_get(&1), Err(TryGetError::InFlight));
    gate.open();
    for caller in &mut all {
        assert_eq!(caller.poll(), READY);
    }
    assert_eq!(cache.try_get(&1), Ok("value"));
    assert_eq!(get(&cache, 1, "other"), "value");
    assert_eq!((gate.starts(), gate.drops()), (1, 1));
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.joins, stats.hits), (1, 9, 2));
    assert_eq!((stats.landed, stats.len, stats.in_flight), (1, 1, 0));
}

#[test]
fn a_leader_that_is_not_polled_holds_nobody_up() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut leader = Caller::new(cache.get_with(1, gate.load("value")));
    let mut follower = Caller::new(cache.get_with(1, gate.load("other")));
    follower.poll_pending();
    gate.open();
    assert_eq!(follower.poll(), READY);
    // It sees the value without having been polled before.
    assert_eq!(leader.poll(), READY);
}

#[test]
fn a_dropped_leader_hands_the_load_on_without_a_restart() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut all = callers(&cache, &gate, 3);
    drop(all.remove(0));
    gate.open();
    for caller in &mut all {
        assert_eq!(caller.poll(), READY);
    }
    assert_eq!(gate.starts(), 1);
}

#[test]
fn a_leader_cancelled_a_hundred_times_in_the_middle_starts_the_load_once() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut leader = callers(&cache, &gate, 1).remove(0);
    for _ in 0..100 {
        let follower = callers(&cache, &gate, 1).remove(0);
        gate.wake();
        leader.poll_pending();
        drop(leader);
        leader = follower;
    }
    gate.open();
    assert_eq!(leader.poll(), READY);
    assert_eq!((gate.starts(), gate.drops()), (1, 1));
}

/// hephbuild/heph#236: a caller that was woken goes, and nobody else learns of it.
#[test]
fn regression_heph_236_a_woken_caller_that_is_dropped_hands_the_wake_up_on() {
    let cache: Strings = FnCache::builder().fan_out(NonZeroU32::MIN).build();
    let gate = Gate::new();
    let mut all = callers(&cache, &gate, 101);
    gate.open();
    for dropped in 0..100 {
        let woken: Vec<usize> = (0..all.len()).filter(|&at| all[at].wakes() > 0).collect();
        assert_eq!(woken.len(), 1, "one successor, after {dropped}");
        drop(all.remove(woken[0]));
    }
    assert_eq!((all[0].wakes(), all[0].poll()), (1, READY));
    assert_eq!((gate.starts(), gate.polls()), (1, 2));
}

/// rust-lang/futures-rs#2706: the load is woken while it is polled, and whoever polled it goes.
#[test]
fn regression_futures_rs_2706_a_wake_up_during_the_poll_survives_the_poller() {
    let cache: Strings = FnCache::builder().fan_out(NonZeroU32::MIN).build();
    let mut polls = 0;
    let inner = cache.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut first = Caller::new(cache.get_with(1, move || {
        future::poll_fn(move |cx| {
            polls += 1;
            if polls > 1 {
                return READY;
            }
            cx.waker().wake_by_ref();
            // Another one comes and sleeps meanwhile, on a thread where no load is polled.
            let (inner, sender) = (inner.clone(), sender.clone());
            let comes = move || {
                let mut second = Caller::new(inner.get_with(1, || future::ready("unused")));
                second.poll_pending();
                sender.send(second).unwrap();
            };
            std::thread::spawn(comes).join().unwrap();
            Poll::Pending
        })
    }));
    first.poll_pending();
    drop(first);
    let mut second = receiver.recv().unwrap();
    assert_eq!((second.wakes(), second.poll()), (1, READY));
}

#[test]
fn the_last_caller_takes_the_load_along() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut all = callers(&cache, &gate, 2);
    all.pop();
    assert_eq!((gate.drops(), cache.stats().in_flight), (0, 1));
    all.pop();
    assert_eq!((gate.drops(), cache.stats().in_flight), (1, 0));
    assert_eq!(get(&cache, 1, "fresh"), "fresh");
}

#[test]
fn fan_out_is_as_configured() {
    for (fan_out, woken) in [(1, 0), (2, 1), (7, 6), (u32::MAX, 20)] {
        let fan_out = NonZeroU32::new(fan_out).unwrap();
        let (cache, gate) = (FnCache::builder().fan_out(fan_out).build(), Gate::new());
        let all = callers(&cache, &gate, 21);
        gate.wake();
        let followers: usize = all[1..].iter().map(Caller::wakes).sum();
        assert_eq!(followers, woken, "fan-out {fan_out}");
    }
}

#[test]
fn a_panic_reaches_every_caller_and_the_next_call_is_fresh() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut all = callers(&cache, &gate, 2);
    let mut checked = Caller::new(cache.get_checked_with(1, gate.load("unused")));
    checked.poll_pending();
    gate.blow_up();
    assert_eq!(all[0].poll_panicking(), "the load blows up");
    assert_eq!(
        all[1].poll_panicking(),
        "the load panicked: the load blows up"
    );
    let expected = LoadError::Panicked("the load blows up".into());
    assert_eq!(checked.poll(), Poll::Ready(Err(expected)));
    let stats = cache.stats();
    assert_eq!((stats.panicked, stats.len, stats.in_flight), (1, 0, 0));
    assert_eq!(get(&cache, 1, "fresh"), "fresh");
}

/// moka-rs/moka#31, #43, #59: after aborted or panicking loads the next one is retried in the place
/// of those who wait, up to 200 times, and then panics.
#[test]
fn regression_moka_31_no_number_of_panics_poisons_a_key() {
    let cache = FnCache::<u32, u32>::default();
    for _ in 0..300 {
        let mut caller = Caller::new(cache.get_checked_with(1, || async { panic!("again") }));
        assert!(matches!(
            caller.poll(),
            Poll::Ready(Err(LoadError::Panicked(_)))
        ));
        drop(Caller::new(cache.get_with(1, future::pending)));
    }
    assert_eq!(get(&cache, 1, 7), 7);
}

/// moka-rs/moka#240, tokio-rs/tokio#4496: timeouts that are shorter than the load, of callers that
/// overlap, so that somebody always waits.
#[test]
fn regression_moka_240_callers_that_time_out_one_after_another_fill_the_cache() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut waiting = callers(&cache, &gate, 2);
    for _ in 0..20 {
        waiting.extend(callers(&cache, &gate, 1));
        drop(waiting.remove(0)); // its time is over
    }
    gate.open();
    assert_eq!(waiting[0].poll(), READY);
    assert_eq!((gate.starts(), cache.try_get(&1)), (1, Ok("value")));
}

/// cloudflare/pingora#931, hephbuild/heph#241, ihciah/singleflight-async#5.
#[test]
fn regression_pingora_931_a_caller_that_is_gone_leaves_nothing_behind() {
    let cache = FnCache::<u64, u64>::default();
    let gate = Gate::new();
    for key in 0..10_000 {
        let load = gate.load("unused");
        let mut caller = Caller::new(cache.get_with(key, || async {
            load().await;
            0
        }));
        caller.poll_pending();
    }
    assert_eq!(
        (cache.stats().in_flight, cache.stats().deserted),
        (0, 10_000)
    );
    assert_eq!((gate.starts(), gate.drops()), (10_000, 10_000));
}

#[test]
fn loads_outlive_the_handles_of_their_cache() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut all = callers(&cache, &gate, 2);
    drop(cache);
    gate.open();
    assert_eq!(all[1].poll(), READY);
    assert_eq!(all[0].poll(), READY);
}

#[test]
fn join_joins_and_begins_nothing() {
    let (cache, gate) = (Strings::default(), Gate::new());
    assert!(cache.join(&1).is_none());
    let mut first = callers(&cache, &gate, 1).remove(0);
    let mut joined = Caller::new(cache.join(&1).unwrap());
    gate.open();
    assert_eq!(first.poll(), READY);
    assert!(cache.join(&1).is_none(), "it is there, not on its way");
    assert_eq!(joined.poll(), READY);
}

#[test]
fn a_get_of_a_value_that_is_there_keeps_it_whatever_happens() {
    let cache = Strings::default();
    cache.insert(1, "old");
    let mut holds = Caller::new(cache.get_with(1, || async { "unused" }));
    cache.insert(1, "new");
    cache.invalidate_all();
    assert_eq!(holds.poll(), Poll::Ready("old"));
}

#[test]
fn a_key_is_made_of_a_borrowed_one_only_to_load() {
    let cache: FnCache<String, usize> = FnCache::default();
    let length = |key: &str| {
        let own = |key: &str| key.to_owned();
        let get = cache.get_ref_with(key, own, |key| future::ready(key.len()));
        Caller::new(get).poll()
    };
    assert_eq!(length("seven"), Poll::Ready(5));
    let never = |_: &str| -> String { panic!("there is one already") };
    let get = cache.get_ref_with("seven", never, |_| -> future::Ready<usize> { panic!() });
    assert_eq!(Caller::new(get).poll(), Poll::Ready(5));
}

#[test]
fn a_panic_while_the_key_is_made_claims_nothing() {
    let cache: FnCache<String, usize> = FnCache::default();
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let own = |_: &str| -> String { panic!("no key") };
        drop(cache.get_ref_with("seven", own, |_| future::ready(5)));
    }));
    assert!(panics.is_err());
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let init = |_: &str| -> future::Ready<usize> { panic!("no load") };
        drop(cache.get_ref_with("seven", str::to_owned, init));
    }));
    assert!(panics.is_err());
    assert_eq!((cache.stats().in_flight, cache.stats().loads), (0, 0));
}
