//! async-waitlist.

use super::*;
use async_waitlist::blocking::Backoff;
use async_waitlist::sync::{Mutex, MutexGuard};
use async_waitlist::{Iter, Key, Polled, Released, Trash, WaitHeap, WaitList, WakeBatch};

// The lists follow their payloads, and hold them unpinned.
assert_auto_traits! {
    WaitList<u32>: Send Sync Unpin !Clone Default Debug;
    WaitList<SendOnly>: Send !Sync Unpin Debug;
    WaitList<Local>: !Send !Sync Unpin Debug;
    WaitHeap<u8, u32>: Send Sync Unpin !Clone Default Debug;
    WaitHeap<SendOnly, ()>: Send !Sync Unpin Debug;
    WaitHeap<u8, Local>: !Send !Sync Unpin Debug;
    WaitHeap<Local, ()>: !Send !Sync Unpin Debug;
    Iter<'static, u32>: Send Sync Unpin;
    Iter<'static, SendOnly>: !Send !Sync Unpin;
    Trash<u32>: Send Sync Unpin !Clone Debug;
    Trash<Local>: !Send !Sync Unpin Debug;
    Trash<u32, Local>: !Send !Sync Unpin Debug;
}

// One future owns a key.
assert_auto_traits! {
    Key: Send Sync Unpin !Copy !Clone Debug;
    Polled: Send Sync Unpin Copy Debug PartialEq Hash;
    Released<u32>: Send Sync Unpin !Clone Debug;
    Released<Local>: !Send !Sync Unpin Debug;
    WakeBatch: Send Sync Unpin !Clone Default Debug;
    Backoff: Send Sync Unpin Debug;
}

assert_auto_traits! {
    Mutex<u32>: Send Sync Unpin !Clone Default Debug;
    Mutex<SendOnly>: Send Sync Unpin Debug;
    Mutex<Local>: !Send !Sync Unpin Debug;
    MutexGuard<'static, u32>: !Send Sync Unpin !Clone Debug;
}
