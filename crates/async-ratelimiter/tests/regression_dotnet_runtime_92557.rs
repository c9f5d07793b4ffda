//! dotnet/runtime#92557, #129036, #131225: the time to retry after was missing, or that of a whole
//! window, or of another request.

mod support;

use async_ratelimiter::{Gcra, Policy, QuantizedLog, SlidingLog};
use std::time::Duration;
use support::{NANO, SECOND, limiter_with, n};

fn check<P: Policy>(policy: P) {
    let (limiter, clock) = limiter_with(policy, 4, SECOND);
    limiter.try_acquire_many(2).unwrap();
    clock.advance(Duration::from_millis(250));
    let _ = limiter.try_acquire_many(2);
    for permits in [1, 2, 3] {
        let Some(retry) = limiter
            .try_acquire_many(permits)
            .map_or_else(|denied| denied.retry_after(), |()| None)
        else {
            continue;
        };
        assert_eq!(retry, limiter.retry_after(permits));
        clock.advance(retry.after.checked_sub(NANO).unwrap());
        assert!(
            limiter.try_acquire_many(permits).is_err(),
            "{permits} too early"
        );
        clock.advance(NANO);
        assert!(
            limiter.try_acquire_many(permits).is_ok(),
            "{permits} in time"
        );
    }
}

#[test]
fn a_denied_request_is_granted_exactly_when_it_was_told() {
    check(SlidingLog::new());
    check(QuantizedLog::new());
    check(Gcra::never_exceed(n(3)));
    check(Gcra::smooth(n(4)));
}
