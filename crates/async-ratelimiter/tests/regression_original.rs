//! What went wrong in the Python original of this crate, in which a limiter was a list of stamps
//! behind a lock, polled at a granularity.

mod support;

use async_clock::Clock;
use async_ratelimiter::{RateLimiter, SlidingLog};
use std::time::Duration;
use support::{SECOND, drive, limiter, n};

/// Stamps were dropped after the loop that waited for room, and so never while anybody waited: once
/// `n` of them were there, every later acquire waited for ever.
#[test]
fn a_full_window_drains() {
    testkit::within_seconds(30, || {
        let (limiter, clock) = limiter(2, SECOND / 5);
        let start = clock.now();
        drive(&clock, async {
            for _ in 0..10 {
                limiter.acquire().await.unwrap();
            }
        });
        assert_eq!(clock.now() - start, 4 * (SECOND / 5));
    });
}

/// Looking for room and entering the stamp were two steps.
#[test]
fn concurrent_acquires_never_exceed() {
    testkit::within_seconds(30, || {
        let limiter = RateLimiter::builder(n(10), Duration::MAX)
            .policy(SlidingLog::new())
            .build();
        let granted: u32 = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let soon = Duration::from_millis(20);
                        (0..4)
                            .filter(|_| limiter.acquire_blocking_timeout(soon).is_ok())
                            .count()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| u32::try_from(thread.join().unwrap()).unwrap())
                .sum()
        });
        assert_eq!(granted, 10);
    });
}
