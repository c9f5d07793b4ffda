//! boinkor-net/governor#16, #39, #219: a token bucket of `n` that refills `n` per period lets
//! through up to 2 n − 1 in one period: n at once, and n − 1 refilled within it.

mod support;

use async_clock::Clock;
use async_ratelimiter::{Gcra, Policy, QuantizedLog, SlidingLog};
use support::{SECOND, densest, limiter_with, n, nanos};

/// Takes all that is free, every 10 ms, beginning with a full bucket.
fn most_in_a_second<P: Policy>(policy: P) -> usize {
    let (limiter, clock) = limiter_with(policy, 100, SECOND);
    let start = clock.now();
    let mut stamps = Vec::new();
    for _ in 0..300 {
        while limiter.try_acquire().is_ok() {
            stamps.push(nanos(&clock, start));
        }
        clock.advance(SECOND / 100);
    }
    densest(&stamps, 1_000_000_000)
}

#[test]
fn a_hundred_per_second_are_never_a_hundred_and_ninety_nine() {
    assert_eq!(most_in_a_second(SlidingLog::new()), 100);
    assert_eq!(most_in_a_second(QuantizedLog::new()), 100);
    assert_eq!(most_in_a_second(Gcra::never_exceed(n(100))), 100);
    assert_eq!(most_in_a_second(Gcra::never_exceed(n(10))), 100);
    // The trace does bite: this policy is the bucket, and documented as such.
    assert_eq!(most_in_a_second(Gcra::smooth(n(100))), 199);
}
