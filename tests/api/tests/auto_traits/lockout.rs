//! async-lockout.

use super::*;
use async_lockout::{
    Acquire, AcquireOwned, FifoLockout, FifoLockoutBuilder, Locked, Lockout, Pass, Tag,
    TryAcquireError, Wait, WaitOwned,
};

// Lockouts are handles.
assert_auto_traits! {
    Lockout: Send Sync Unpin Clone !Copy Default Debug;
    Lockout<ManualClock>: Send Sync Unpin Clone !Copy Default Debug;
    FifoLockout: Send Sync Unpin Clone !Copy Default Debug;
    FifoLockout<ManualClock>: Send Sync Unpin Clone !Copy Default Debug;
    FifoLockoutBuilder<ManualClock>: Send Sync Unpin Debug;
}

assert_auto_traits! {
    Wait<'static, SystemClock>: Send Sync Unpin !Clone Debug Future;
    WaitOwned<ManualClock>: Send Sync Unpin !Clone Debug Future;
    Acquire<'static, SystemClock>: Send Sync Unpin !Clone Debug Future;
    AcquireOwned<ManualClock>: Send Sync Unpin !Clone Debug Future;
}

// A pass is one turn, a tag one lock.
assert_auto_traits! {
    Pass<SystemClock>: Send Sync Unpin !Clone Debug;
    Tag<SystemClock>: Send Sync Unpin !Clone Debug;
    Locked: Send Sync Unpin Copy Debug PartialEq Display StdError;
    TryAcquireError: Send Sync Unpin Copy Debug PartialEq Display StdError;
}
