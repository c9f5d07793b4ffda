//! udoprog/leaky-bucket: one of the waiting tasks coordinates the others, and when it is not polled
//! any more (its `block_forever` example) nobody is granted anything.

mod support;

use support::{SECOND, limiter, poll};

#[test]
fn a_forgotten_waiter_costs_only_its_permits() {
    let (limiter, clock) = limiter(3, SECOND);
    limiter.try_acquire_many(3).unwrap();
    let mut forgotten = limiter.acquire_owned();
    assert!(poll(&mut forgotten).is_pending());
    std::mem::forget(forgotten);
    let mut others: Vec<_> = (0..6).map(|_| limiter.acquire()).collect();
    for other in &mut others {
        assert!(poll(other).is_pending());
    }
    // Of three permits per second one is gone for good.
    for pair in others.chunks_mut(2) {
        clock.advance(SECOND);
        for other in pair {
            assert!(poll(other).is_ready());
        }
    }
}

#[test]
fn a_waiter_that_is_kept_and_not_polled_does_not_block_the_others() {
    let (limiter, clock) = limiter(2, SECOND);
    limiter.try_acquire_many(2).unwrap();
    let mut idle = limiter.acquire();
    assert!(poll(&mut idle).is_pending());
    for _ in 0..10 {
        let mut other = limiter.acquire();
        assert!(poll(&mut other).is_pending());
        clock.advance(SECOND);
        assert!(poll(&mut other).is_ready());
    }
    assert!(poll(&mut idle).is_ready(), "its permit was kept for it");
}
