//! Which types may move to other threads, and how large the futures are.

use async_clock::{ManualClock, SystemClock};
use async_lockout::{
    Acquire, AcquireOwned, FifoLockout, FifoLockoutBuilder, Locked, Lockout, Pass, Tag,
    TryAcquireError, Wait, WaitOwned,
};
use std::error::Error;
use std::fmt::Debug;

testkit::assert_auto_traits! {
    Lockout: Send Sync Unpin Debug Clone Default !Copy;
    Lockout<ManualClock>: Send Sync Unpin Debug Clone;
    FifoLockout: Send Sync Unpin Debug Clone Default !Copy;
    FifoLockoutBuilder: Send Sync Unpin Debug Clone;
    Wait<'static, SystemClock>: Send Sync Unpin Debug Future !Clone;
    WaitOwned<SystemClock>: Send Sync Unpin Debug Future !Clone;
    Acquire<'static, SystemClock>: Send Sync Unpin Debug Future !Clone;
    AcquireOwned<SystemClock>: Send Sync Unpin Debug Future !Clone;
    Pass<SystemClock>: Send Sync Unpin Debug !Clone;
    Tag<SystemClock>: Send Sync Unpin Debug !Clone;
    Locked: Send Sync Unpin Debug Copy Error;
    TryAcquireError: Send Sync Unpin Debug Copy Error;
}

#[test]
fn futures_and_handles_are_small() {
    if cfg!(target_pointer_width = "64") {
        assert_eq!(size_of::<Lockout>(), 8);
        assert_eq!(size_of::<Wait<'static, SystemClock>>(), 24);
        assert_eq!(size_of::<WaitOwned<SystemClock>>(), 24);
        assert_eq!(size_of::<Acquire<'static, SystemClock>>(), 24);
        assert_eq!(size_of::<AcquireOwned<SystemClock>>(), 24);
    }
}
