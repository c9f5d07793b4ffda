//! async-lru.

use super::*;
use async_lru::{
    DefaultHashBuilder, DefaultHasher, Drain, Entry, Evicted, ExtractIf, Inserted, IntoIter, Iter,
    IterMut, Keys, LruCache, OccupiedEntry, VacantEntry, Values,
};
use std::hash::{BuildHasher, Hasher};

// A map is as its keys and values are.
assert_auto_traits! {
    LruCache<u64, String>: Send Sync Unpin Clone !Copy Debug;
    LruCache<Local, u64>: !Send !Sync Unpin Clone;
    LruCache<u64, SendOnly>: Send !Sync Unpin !Copy;
    DefaultHashBuilder: Send Sync Unpin Clone Default Debug BuildHasher;
    DefaultHasher: Send Sync Unpin Clone Debug Hasher;
    Inserted<u64, String>: Send Sync Unpin Clone Debug PartialEq Hash;
}

assert_auto_traits! {
    Iter<'static, u64, String>: Send Sync Unpin Clone Debug Iterator;
    Iter<'static, u64, SendOnly>: !Send !Sync Unpin Iterator;
    IterMut<'static, u64, String>: Send Sync Unpin !Clone Debug Iterator;
    Keys<'static, u64, String>: Send Sync Unpin Debug Iterator;
    Values<'static, u64, String>: Send Sync Unpin Debug Iterator;
    IntoIter<u64, String>: Send Sync Unpin Debug Iterator;
    Drain<'static, u64, String>: Send Sync Unpin !Clone Debug Iterator;
    Evicted<'static, u64, String>: Send Sync Unpin !Clone Debug Iterator;
    ExtractIf<'static, u64, String, fn(&u64, &mut String) -> bool>: Send Sync Unpin Iterator;
    Entry<'static, u64, String>: Send Sync Unpin !Clone Debug;
    OccupiedEntry<'static, u64, String>: Send Sync Unpin !Clone Debug;
    VacantEntry<'static, u64, String>: Send Sync Unpin !Clone Debug;
}
