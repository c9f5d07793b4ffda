//! async-lru.

use super::*;
use async_lru::sync::{Cached, Occupied, Stats};
use async_lru::{
    DefaultHashBuilder, DefaultHasher, Drain, DrainExpired, Entry, Evicted, ExtractIf, Inserted,
    IntoIter, Iter, IterMut, Keys, LiveIter, Lookup, LruCache, OccupiedEntry, TooHeavy,
    TtlLruCache, TtlLruCacheBuilder, VacantEntry, Values, WeightedLruCache, sync,
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

// Its clock counts too, and the closure that weighs.
assert_auto_traits! {
    TtlLruCache<u64, String>: Send Sync Unpin Clone !Copy Debug;
    TtlLruCache<Local, u64>: !Send !Sync Unpin Clone;
    TtlLruCache<u64, SendOnly, ManualClock>: Send !Sync Unpin !Copy;
    TtlLruCacheBuilder<Local, Local>: Send Sync Unpin !Clone Debug;
    Lookup<'static, u64, String>: Send Sync Unpin Clone Debug PartialEq;
    WeightedLruCache<u64, String>: Send Sync Unpin !Clone Debug;
    WeightedLruCache<Local, u64>: !Send !Sync Unpin;
    WeightedLruCache<u64, u64, Local>: !Send !Sync Unpin;
    TooHeavy<u64, String>: Send Sync Unpin Clone Debug PartialEq Display StdError;
    TooHeavy<Local, SendOnly>: !Send !Sync Unpin Debug Display StdError;
}

// Entries are shared, so a map for threads is for keys and values that are.
assert_auto_traits! {
    sync::LruCache<u64, String>: Send Sync Unpin !Clone Debug;
    sync::LruCache<u64, SendOnly>: !Send !Sync Unpin Debug;
    sync::LruCache<Local, u64>: !Send !Sync Unpin Debug;
    sync::TtlLruCache<u64, String>: Send Sync Unpin !Clone Debug;
    sync::TtlLruCache<u64, SendOnly, ManualClock>: !Send !Sync Unpin Debug;
    sync::Inserted<u64, String>: Send Sync Unpin Clone Debug !PartialEq;
    Cached<u64, String>: Send Sync Unpin Clone !Copy Debug;
    Cached<u64, SendOnly>: !Send !Sync Unpin Clone;
    Occupied<u64, String>: Send Sync Unpin !Clone Debug Display StdError;
    Occupied<Local, SendOnly>: !Send !Sync Unpin Debug Display StdError;
    Stats: Send Sync Unpin Copy Default Debug PartialEq;
}

assert_auto_traits! {
    LiveIter<'static, u64, String>: Send Sync Unpin Clone Debug Iterator;
    LiveIter<'static, u64, SendOnly>: !Send !Sync Unpin Iterator;
    DrainExpired<'static, u64, String>: Send Sync Unpin !Clone Debug Iterator;
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
