//! Each policy against what it promises.

mod support;

use async_clock::Clock;
use async_ratelimiter::{Gcra, QuantizedLog};
use std::time::Duration;
use support::{SECOND, densest, limiter, limiter_with, n, nanos};

/// Takes whatever is free at each of `steps` instants, and says when.
fn greedy<P: async_ratelimiter::Policy>(
    policy: P,
    limit: u32,
    per: u64,
    steps: impl Iterator<Item = u64>,
) -> Vec<u64> {
    let (limiter, clock) = limiter_with(policy, limit, Duration::from_nanos(per));
    let start = clock.now();
    let mut stamps = Vec::new();
    for step in steps {
        while limiter.try_acquire().is_ok() {
            stamps.push(nanos(&clock, start));
        }
        clock.advance(Duration::from_nanos(step));
    }
    stamps
}

/// All limits up to 12, all bursts, five periods: at most n in every window, and n are reached.
#[test]
fn gcra_never_exceed_keeps_to_n_and_reaches_it() {
    for limit in 1..=12 {
        for burst in 1..=limit {
            for per in [1, 7, 60, 61, 100] {
                let policy = Gcra::never_exceed(n(burst));
                let stamps = greedy(policy, limit, per, std::iter::repeat_n(1, 400));
                let densest = densest(&stamps, per);
                let case = format!("{limit} per {per}, burst {burst}");
                assert!(densest <= limit as usize, "{case}: {densest}");
                // Steps are whole nanoseconds: with coarse ones not all of n fit.
                if per >= 60 && per % u64::from(limit - burst + 1) == 0 {
                    assert_eq!(densest, limit as usize, "{case}");
                }
            }
        }
    }
}

#[test]
fn gcra_never_exceed_keeps_to_n_on_random_traces() {
    testkit::with_seeds(300, |rng| {
        let (limit, per) = (rng.u32(1..20), rng.u64(1..500));
        let burst = n(rng.u32(1..=limit));
        let steps: Vec<u64> = (0..200).map(|_| rng.u64(..per)).collect();
        let stamps = greedy(Gcra::never_exceed(burst), limit, per, steps.into_iter());
        assert!(densest(&stamps, per) <= limit as usize);
    });
}

#[test]
fn gcra_smooth_has_the_rate_and_the_burst_it_was_given() {
    let (limit, burst, per) = (10, 4, 1000);
    let stamps = greedy(
        Gcra::smooth(n(burst)),
        limit,
        per,
        std::iter::repeat_n(1, 20_000),
    );
    assert_eq!(stamps.iter().filter(|&&stamp| stamp == 0).count(), 4);
    assert_eq!(densest(&stamps, per), 13, "burst + n - 1, as documented");
    let rest = stamps.len() - 4;
    assert_eq!(rest, 199, "then one per 100 ns");
}

/// Grant instants of the naive definition in exact fractions: a bucket of `burst` permits that
/// gains `1 / step` of one per nanosecond.
#[test]
fn gcra_is_the_token_bucket_of_the_textbook() {
    testkit::with_seeds(200, |rng| {
        let (limit, per) = (rng.u32(1..50), rng.u64(1..5000));
        let burst = rng.u32(1..10);
        let step = u128::from(per.div_ceil(u64::from(limit)));
        let (limiter, clock) =
            limiter_with(Gcra::smooth(n(burst)), limit, Duration::from_nanos(per));
        // In units of 1 / step.
        let full = u128::from(burst) * step;
        let mut tokens = full;
        for _ in 0..200 {
            let permits = rng.u32(1..=burst);
            let cost = u128::from(permits) * step;
            let fits = cost <= tokens;
            assert_eq!(limiter.try_acquire_many(permits).is_ok(), fits);
            if fits {
                tokens -= cost;
            }
            let passed = rng.u64(..2 * per);
            clock.advance(Duration::from_nanos(passed));
            tokens = full.min(tokens + u128::from(passed));
        }
    });
}

#[test]
fn gcra_does_not_fall_behind_when_permits_are_claimed_late() {
    let (limiter, clock) = limiter_with(Gcra::smooth(n(2)), 10, SECOND);
    let start = clock.now();
    limiter.try_acquire_many(2).unwrap();
    for _ in 0..100 {
        clock.advance(limiter.retry_after(1).after + Duration::from_millis(30)); // late each time
        limiter.try_acquire().unwrap();
    }
    // On schedule: 100 steps of 100 ms, and the lateness of the last.
    assert_eq!(clock.now() - start, Duration::from_millis(10_000 + 30));
}

#[test]
fn gcra_refuses_more_than_its_burst() {
    let (limiter, _clock) = limiter_with(Gcra::never_exceed(n(4)), 10, SECOND);
    assert!(
        limiter
            .try_acquire_many(5)
            .unwrap_err()
            .retry_after()
            .is_none()
    );
    let (limiter, _clock) = limiter_with(Gcra::never_exceed(n(40)), 10, SECOND);
    assert!(limiter.try_acquire_many(10).is_ok(), "a burst above n is n");
}

#[test]
fn the_quantized_log_is_a_quantum_later_at_most() {
    testkit::with_seeds(200, |rng| {
        let (limit, per) = (rng.u32(1..10), rng.u64(1..10_000));
        let quantum = per.div_ceil(256);
        let (exact, clock) = limiter(limit, Duration::from_nanos(per));
        let builder = async_ratelimiter::RateLimiter::builder(n(limit), Duration::from_nanos(per));
        let coarse = builder
            .policy(QuantizedLog::new())
            .clock(clock.clone())
            .build();
        for _ in 0..200 {
            let permits = rng.u32(1..=limit);
            if coarse.try_acquire_many(permits).is_ok() {
                exact
                    .try_acquire_many(permits)
                    .expect("never earlier than the exact one");
            }
            let (early, late) = (
                exact.retry_after(limit).after,
                coarse.retry_after(limit).after,
            );
            assert!(early <= late && late <= early + Duration::from_nanos(quantum));
            clock.advance(Duration::from_nanos(rng.u64(..per)));
        }
    });
}

#[test]
fn the_quantized_log_holds_a_full_window_of_any_age() {
    // Every quantum of the window is occupied, and time moves over all of them.
    let per = 25_600;
    let (limiter, clock) = limiter_with(QuantizedLog::new(), 1000, Duration::from_nanos(per));
    let start = clock.now();
    let mut stamps = Vec::new();
    for _ in 0..2000 {
        if limiter.try_acquire().is_ok() {
            stamps.push(nanos(&clock, start));
        }
        clock.advance(Duration::from_nanos(37));
    }
    assert!(densest(&stamps, per) <= 1000);
    assert_eq!(limiter.stats().granted, stamps.len() as u64);
}
