//! What allocates, and what does not.

mod support;

use async_ratelimiter::{Gcra, Keyed, QuantizedLog, SlidingLog};
use std::time::Duration;
use support::{SECOND, limiter, limiter_with, n, poll};
use testkit::count_allocations;

#[global_allocator]
static ALLOC: testkit::CountingAllocator = testkit::CountingAllocator::new();

#[test]
fn a_limiter_is_one_allocation() {
    let clock = async_clock::ManualClock::new();
    let made = count_allocations(|| {
        let builder = async_ratelimiter::RateLimiter::builder(n(u32::MAX), SECOND);
        std::mem::forget(builder.clock(clock.clone()).build());
    });
    assert_eq!(made.calls, 1);
    assert!(made.bytes < 1024, "{made:?}");
}

#[test]
fn granting_and_denying_settle_down_to_no_allocations() {
    let (limiter, clock) = limiter(100, SECOND);
    let round = || {
        for _ in 0..150 {
            let _ = limiter.try_acquire();
        }
        clock.advance(SECOND);
    };
    round();
    let settled = count_allocations(|| (0..10).for_each(|_| round()));
    assert_eq!(settled.calls, 0);
}

#[test]
fn waiting_settles_down_to_no_allocations_of_the_limiter() {
    let (limiter, clock) = limiter(1, SECOND);
    let wait = || {
        let mut waiter = limiter.acquire();
        while poll(&mut waiter).is_pending() {
            clock.advance(SECOND);
        }
    };
    wait();
    wait();
    let settled = count_allocations(|| (0..100).for_each(|_| wait()));
    // The manual clock's map takes a node for each timer; the limiter itself takes nothing.
    assert!(settled.calls <= 100, "{settled:?}");
    assert!(settled.live_bytes <= 0, "{settled:?}");
}

#[test]
fn gcra_never_allocates() {
    let (limiter, clock) = limiter_with(Gcra::never_exceed(n(50)), 100, SECOND);
    let used = count_allocations(|| {
        for _ in 0..1000 {
            let _ = limiter.try_acquire();
            clock.advance(SECOND / 500);
        }
    });
    assert_eq!(used.calls, 0);
}

#[test]
fn the_quantized_log_allocates_once() {
    let (limiter, clock) = limiter_with(QuantizedLog::new(), u32::MAX, SECOND);
    let used = count_allocations(|| {
        for _ in 0..1000 {
            limiter.try_acquire_many(1_000_000).unwrap();
            clock.advance(SECOND / 500);
        }
    });
    assert_eq!((used.calls, used.bytes), (1, 257 * 4));
}

#[test]
fn memory_follows_the_stamps_in_the_window() {
    let (limiter, clock) = limiter_with(SlidingLog::new(), u32::MAX, SECOND);
    let burst = count_allocations(|| {
        for _ in 0..100_000 {
            limiter.try_acquire().unwrap();
            clock.advance(Duration::from_nanos(1));
        }
    });
    assert!(burst.live_bytes >= 16 * 100_000);
    assert!(burst.live_bytes <= 2 * 16 * 131_072, "{burst:?}");
    let after = count_allocations(|| {
        for _ in 0..20 {
            clock.advance(SECOND);
            limiter.try_acquire().unwrap();
            let _ = limiter.stats();
        }
    });
    assert!(
        burst.live_bytes + after.live_bytes < 4096,
        "{burst:?} {after:?}"
    );
}

#[test]
fn a_crowd_of_waiters_leaves_no_memory_behind() {
    let (limiter, _clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let crowd = count_allocations(|| {
        let mut waiters: Vec<_> = (0..10_000).map(|_| limiter.acquire()).collect();
        for waiter in &mut waiters {
            assert!(poll(waiter).is_pending());
        }
    });
    assert!(crowd.live_bytes < 8192, "{crowd:?}");
}

#[test]
fn keys_that_are_gone_leave_no_memory_behind() {
    let clock = async_clock::ManualClock::new();
    let keyed = Keyed::<u64>::builder(n(2), SECOND)
        .clock(clock.clone())
        .build();
    let used = count_allocations(|| {
        for key in 0..200_000 {
            keyed.try_acquire(&key).unwrap();
            if key % 1000 == 0 {
                clock.advance(SECOND / 10);
            }
        }
    });
    assert!(keyed.len() < 40_000, "{} keys", keyed.len());
    assert!(used.live_bytes < 8_000_000, "{used:?}");
    // Ten keys in use: the others go, as the hand of each shard comes round on new keys.
    for round in 0..50_000_u64 {
        let _ = keyed.try_acquire(&(u64::MAX - round % 10));
        let _ = keyed.try_acquire(&(2_000_000 + round));
        clock.advance(SECOND);
    }
    assert!(keyed.len() < 100, "{} keys", keyed.len());
}
