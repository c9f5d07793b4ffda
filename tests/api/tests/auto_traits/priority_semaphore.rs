//! async-priority-semaphore.

use super::*;
use async_priority_semaphore::context::WithPriority;
use async_priority_semaphore::{
    Acquire, AcquireError, AcquireOwned, AcquireTimeoutError, Aging, AnySemaphore, OwnedPermit,
    Permit, PrioritySemaphore, PrioritySemaphoreBuilder, Semaphore, Ties, TryAcquireError,
};

// Shared by reference or in an `Arc`.
assert_auto_traits! {
    Semaphore: Send Sync Unpin !Clone !Default Debug AnySemaphore;
    PrioritySemaphore: Send Sync Unpin !Clone !Default Debug AnySemaphore;
    PrioritySemaphoreBuilder: Send Sync Unpin Clone Debug;
    Aging: Send Sync Unpin Copy Default Debug PartialEq Hash;
    Ties: Send Sync Unpin Copy Default Debug PartialEq Hash;
}

assert_auto_traits! {
    Acquire<'static>: Send Sync Unpin !Clone Debug Future;
    Acquire<'static, PrioritySemaphore>: Send Sync Unpin !Clone Debug Future;
    AcquireOwned: Send Sync Unpin !Clone Debug Future;
    AcquireOwned<PrioritySemaphore>: Send Sync Unpin !Clone Debug Future;
    WithPriority<Ready<()>>: Send Sync Unpin !Clone Debug Future;
    WithPriority<LocalFuture>: !Send !Sync Unpin Future;
    WithPriority<Pinned>: Send Sync !Unpin Debug !Future;
    WithPriority<SendOnly>: Send !Sync Unpin Debug !Future;
}

// A permit is given back once.
assert_auto_traits! {
    Permit<'static>: Send Sync Unpin !Clone Debug;
    Permit<'static, PrioritySemaphore>: Send Sync Unpin !Clone Debug;
    OwnedPermit: Send Sync Unpin !Clone Debug;
    OwnedPermit<PrioritySemaphore>: Send Sync Unpin !Clone Debug;
    AcquireError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    TryAcquireError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    AcquireTimeoutError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
}
