//! async-ratelimiter.

use super::*;
use async_ratelimiter::{
    Acquire, AcquireBy, AcquireByError, AcquireError, AcquireGuard, AcquireTimeoutError, Builder,
    Gcra, Guard, Keyed, KeyedAcquire, KeyedAcquireBy, KeyedBuilder, Policy, QuantizedLog,
    RateLimiter, Ready, Reservation, RetryAfter, SlidingLog, Stats, TryAcquireError,
};

// Limiters are handles.
assert_auto_traits! {
    RateLimiter: Send Sync Unpin Clone !Copy Debug;
    RateLimiter<Gcra, ManualClock>: Send Sync Unpin Clone !Copy Debug;
    Builder<SlidingLog, SystemClock>: Send Sync Unpin Clone Debug;
    SlidingLog: Send Sync Unpin Copy Default Debug Policy;
    QuantizedLog: Send Sync Unpin Copy Default Debug Policy;
    Gcra: Send Sync Unpin Copy !Default Debug Policy;
}

assert_auto_traits! {
    Acquire<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
    Acquire<'static, QuantizedLog, ManualClock>: Send Sync Unpin !Clone Debug Future;
    AcquireBy<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
    AcquireGuard<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
    Ready<'static, 'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
}

// Keyed limiters are as their keys are.
assert_auto_traits! {
    Keyed<String>: Send Sync Unpin Clone !Copy Debug;
    Keyed<Local>: !Send !Sync Unpin Clone Debug;
    KeyedBuilder<String, SlidingLog, SystemClock>: Send Sync Unpin Debug;
    KeyedAcquire<'static, String, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
    KeyedAcquire<'static, Local, SlidingLog, SystemClock>: !Send !Sync Unpin Debug Future;
    KeyedAcquireBy<'static, String, Gcra, ManualClock>: Send Sync Unpin !Clone Debug Future;
}

// A permit is counted once.
assert_auto_traits! {
    Guard<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug;
    Reservation<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug;
}

assert_auto_traits! {
    RetryAfter: Send Sync Unpin Copy Debug PartialEq Hash;
    Stats: Send Sync Unpin Copy Debug PartialEq;
    AcquireError: Send Sync Unpin Copy Debug PartialEq Display StdError;
    TryAcquireError: Send Sync Unpin Copy Debug PartialEq Display StdError;
    AcquireByError: Send Sync Unpin Copy Debug PartialEq Display StdError;
    AcquireTimeoutError: Send Sync Unpin Copy Debug PartialEq Display StdError;
}
