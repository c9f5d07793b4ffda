//! Which types may move to other threads, and how large the futures are.

use async_single_flight::cycle::{Edge, LoadId, Polling};
use async_single_flight::store::{Lifetime, Place, Stats};
use async_single_flight::{Group, GroupBuilder, LoadError, Work, WorkChecked};
use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;
use std::rc::Rc;

testkit::assert_auto_traits! {
    Group<String, String>: Send Sync Unpin Clone Default Debug !Copy;
    Group<u64, Rc<u64>>: !Send !Sync Unpin Clone Debug;
    GroupBuilder<u64, u64>: Send Sync Unpin Debug;
    Work<String, String>: Send Sync Unpin Debug Future !Clone;
    WorkChecked<String, String>: Send Sync Unpin Debug Future !Clone;
    Work<u64, Rc<u64>>: !Send !Sync Unpin Debug !Future;
    LoadError: Send Sync Unpin Clone Debug Eq Hash Error !Copy;
    LoadId: Send Sync Unpin Copy Debug Eq Hash;
    Polling: !Send !Sync Unpin Debug !Clone;
    Edge: Send Sync Unpin Debug !Clone;
    Place<u64>: Send Sync Unpin Copy Debug;
    Lifetime: Send Sync Unpin Copy Debug Eq;
    Stats: Send Sync Unpin Copy Debug Default Eq;
}

#[test]
fn futures_are_small() {
    if cfg!(target_pointer_width = "64") {
        assert_eq!(size_of::<Work<String, [u8; 1000]>>(), 40);
        assert_eq!(size_of::<WorkChecked<String, [u8; 1000]>>(), 40);
    }
}
