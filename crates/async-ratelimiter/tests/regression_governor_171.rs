//! boinkor-net/governor#171: the state of keys that never come again stays for ever, unless the
//! user sweeps.

mod support;

use async_clock::ManualClock;
use async_ratelimiter::Keyed;
use support::{SECOND, n};

#[test]
fn one_shot_keys_are_forgotten_while_others_come() {
    let clock = ManualClock::new();
    let keyed = Keyed::<u64>::builder(n(5), SECOND)
        .clock(clock.clone())
        .build();
    let mut most = 0;
    for key in 0..300_000 {
        keyed.try_acquire(&key).unwrap();
        clock.advance(SECOND / 1000);
        most = most.max(keyed.len());
    }
    // 2000 of them are younger than two periods.
    assert!(most < 12_000, "{most}");
}

#[test]
fn a_crowd_of_keys_is_forgotten_while_a_few_known_ones_are_used() {
    let clock = ManualClock::new();
    let keyed = Keyed::<u64>::builder(n(5), SECOND)
        .clock(clock.clone())
        .build();
    for key in 0..100_000 {
        keyed.try_acquire(&key).unwrap();
    }
    assert_eq!(keyed.len(), 100_000);
    clock.advance(10 * SECOND);
    for round in 0..1_000_000 {
        let _ = keyed.try_acquire(&(round % 64));
    }
    // Some shards may have had no use at all.
    assert!(keyed.len() < 25_000, "{}", keyed.len());
}
