//! Which types may be sent, shared and moved.

use async_clock::ManualClock;
use async_ratelimiter::{
    Acquire, AcquireBy, AcquireByError, AcquireError, AcquireGuard, AcquireTimeoutError, Builder,
    Gcra, Guard, Keyed, KeyedAcquire, KeyedAcquireBy, KeyedBuilder, QuantizedLog, RateLimiter,
    Ready, Reservation, RetryAfter, SlidingLog, Stats, TryAcquireError,
};
use std::cell::Cell;
use std::error::Error;
use std::marker::PhantomPinned;
use std::panic::UnwindSafe;
use std::rc::Rc;

testkit::assert_auto_traits! {
    RateLimiter: Send Sync Unpin Clone;
    RateLimiter<Gcra, ManualClock>: Send Sync Unpin Clone;
    Builder<SlidingLog, ManualClock>: Send Sync Unpin Clone;
    Acquire<'static, SlidingLog, ManualClock>: Send Sync Unpin !Clone;
    AcquireBy<'static, SlidingLog, ManualClock>: Send Sync Unpin !Clone;
    AcquireGuard<'static, QuantizedLog, ManualClock>: Send Sync Unpin !Clone;
    Guard<'static, SlidingLog, ManualClock>: Send Sync Unpin !Clone;
    Reservation<'static, SlidingLog, ManualClock>: Send Sync Unpin !Clone;
    Ready<'static, 'static, SlidingLog, ManualClock>: Send Sync Unpin !Clone;
    Keyed<String>: Send Sync Unpin Clone;
    Keyed<Rc<str>>: !Send !Sync Unpin Clone;
    Keyed<Cell<u8>>: Send Sync Unpin Clone;
    KeyedBuilder<Rc<str>, SlidingLog, ManualClock>: Send Sync Unpin !Clone;
    KeyedAcquire<'static, String, SlidingLog, ManualClock>: Send Sync Unpin !Clone;
    KeyedAcquire<'static, Rc<str>, SlidingLog, ManualClock>: !Send !Sync Unpin !Clone;
    KeyedAcquire<'static, PhantomPinned, SlidingLog, ManualClock>: Unpin;
    KeyedAcquireBy<'static, String, SlidingLog, ManualClock>: Send Sync Unpin !Clone;
    AcquireError: Send Sync Copy Error UnwindSafe;
    AcquireByError: Send Sync Copy Error UnwindSafe;
    AcquireTimeoutError: Send Sync Copy Error UnwindSafe;
    TryAcquireError: Send Sync Copy Error UnwindSafe;
    RetryAfter: Send Sync Copy UnwindSafe;
    Stats: Send Sync Copy UnwindSafe;
}

#[test]
fn futures_are_small() {
    assert!(size_of::<Acquire<'static, SlidingLog, ManualClock>>() <= 40);
    assert!(size_of::<RateLimiter>() == size_of::<usize>());
}
