//! async-single-flight.

use super::*;
use async_single_flight::cycle::{Edge, LoadId, Polling};
use async_single_flight::flight::{Berth, Flight, LocalFlight, Slot, Unfiled, Wait};
use async_single_flight::store::{
    Entered, Filed, Found, Gone, Lifetime, Place, Removed, Stats, Store,
};
use async_single_flight::{Group, GroupBuilder, LoadError, Work, WorkChecked};
use std::sync::Arc;

/// Where the flights of the table are filed.
struct Nowhere;

impl Berth for Nowhere {
    type Slot = Arc<Flight<Self>>;
    type Tag = Place<u64>;
    type Value = u64;

    fn land(&mut self, _flight: &Self::Slot) {}
    fn crash(&mut self, _flight: &Self::Slot) {}
    fn desert(&mut self, _flight: &Self::Slot) {}
}

struct LocalNowhere;

impl Berth for LocalNowhere {
    type Slot = Rc<LocalFlight<Self>>;
    type Tag = Place<u64>;
    type Value = u64;

    fn land(&mut self, _flight: &Self::Slot) {}
    fn crash(&mut self, _flight: &Self::Slot) {}
    fn desert(&mut self, _flight: &Self::Slot) {}
}

// Groups are handles, and as their keys and values are.
assert_auto_traits! {
    Group<String, String>: Send Sync Unpin Clone !Copy Default Debug;
    Group<u64, Local>: !Send !Sync Unpin Clone Debug;
    Group<Local, u64>: !Send !Sync Unpin Clone Debug;
    GroupBuilder<u64, u64>: Send Sync Unpin !Clone Debug;
}

// Futures that own what they need, and only run what may go to other threads.
assert_auto_traits! {
    Work<String, String>: Send Sync Unpin !Clone Debug Future;
    WorkChecked<String, String>: Send Sync Unpin !Clone Debug Future;
    Work<u64, Local>: !Send !Sync Unpin Debug !Future;
    Wait<Arc<Flight<Nowhere>>>: Send Sync Unpin !Clone Debug Future;
    Wait<Rc<LocalFlight<LocalNowhere>>>: !Send !Sync Unpin Debug Future;
}

assert_auto_traits! {
    Flight<Nowhere>: Send Sync !Clone Debug;
    LocalFlight<LocalNowhere>: !Send !Sync !Clone Debug;
    Arc<Flight<Nowhere>>: Slot Filed;
    Rc<LocalFlight<LocalNowhere>>: Slot Filed;
    Store<Arc<Flight<Nowhere>>>: Send Sync !Clone Debug;
    Store<Rc<LocalFlight<LocalNowhere>>>: !Send !Sync Debug;
    Unfiled<Local, Local>: Send Sync Unpin !Clone Default Debug;
    Entered<u64>: Send Sync Unpin Debug;
    Found<u64>: Send Sync Unpin Debug;
    Gone<u64>: Send Sync Unpin Debug;
    Removed<u64>: Send Sync Unpin Debug;
    Lifetime: Send Sync Unpin Copy Debug PartialEq;
    Place<u64>: Send Sync Unpin Copy Debug;
    Stats: Send Sync Unpin Copy Default Debug PartialEq;
}

// What is noted in a thread's storage stays on that thread.
assert_auto_traits! {
    Polling: !Send !Sync !Clone Debug;
    Edge: Send Sync Unpin !Clone Debug;
    LoadId: Send Sync Unpin Copy Debug PartialEq Hash;
    LoadError: Send Sync Unpin Clone !Copy Debug PartialEq Hash Display StdError;
}
