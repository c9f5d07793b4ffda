//! Which types may move to other threads, and how large they are.

use async_priority_semaphore::context::WithPriority;
use async_priority_semaphore::{
    Acquire, AcquireError, AcquireOwned, AcquireTimeoutError, Aging, OwnedPermit, Permit,
    PrioritySemaphore, PrioritySemaphoreBuilder, Semaphore, Ties, TryAcquireError,
};
use std::error::Error;
use std::fmt::Debug;

testkit::assert_auto_traits! {
    Semaphore: Send Sync Unpin Debug !Clone;
    PrioritySemaphore: Send Sync Unpin Debug !Clone;
    PrioritySemaphoreBuilder: Send Sync Unpin Debug Clone;
    Aging: Send Sync Unpin Debug Copy Default;
    Ties: Send Sync Unpin Debug Copy Default;
    Acquire<'static>: Send Sync Unpin Debug Future !Clone;
    Acquire<'static, PrioritySemaphore>: Send Sync Unpin Debug Future !Clone;
    AcquireOwned: Send Sync Unpin Debug Future !Clone;
    AcquireOwned<PrioritySemaphore>: Send Sync Unpin Debug Future !Clone;
    Permit<'static>: Send Sync Unpin Debug !Clone;
    Permit<'static, PrioritySemaphore>: Send Sync Unpin Debug !Clone;
    OwnedPermit: Send Sync Unpin Debug !Clone;
    OwnedPermit<PrioritySemaphore>: Send Sync Unpin Debug !Clone;
    WithPriority<std::future::Ready<()>>: Send Sync Unpin Debug Future;
    WithPriority<std::rc::Rc<()>>: !Send !Sync Unpin;
    WithPriority<std::marker::PhantomPinned>: Send Sync !Unpin;
    AcquireError: Send Sync Unpin Copy Debug Error;
    TryAcquireError: Send Sync Unpin Copy Debug Error;
    AcquireTimeoutError: Send Sync Unpin Copy Debug Error;
}

/// The README says so.
#[test]
fn futures_and_permits_are_small() {
    if cfg!(target_pointer_width = "64") {
        assert_eq!(size_of::<Semaphore>(), 80);
        assert_eq!(size_of::<PrioritySemaphore>(), 216);
        assert_eq!(size_of::<Acquire<'static>>(), 24);
        assert_eq!(size_of::<AcquireOwned>(), 24);
        assert_eq!(size_of::<Acquire<'static, PrioritySemaphore>>(), 32);
        assert_eq!(size_of::<AcquireOwned<PrioritySemaphore>>(), 32);
        assert_eq!(size_of::<Permit<'static>>(), 16);
        assert_eq!(size_of::<OwnedPermit>(), 16);
    }
}
