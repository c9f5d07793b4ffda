//! async-fn-cache.

use super::*;
use async_fn_cache::{
    By, ByArgs, CachedFn, FnCache, FnCacheBuilder, Get, GetChecked, Keep, KeyedBuilder,
    LocalCachedFn, LocalFnCache, LocalGet, LocalGetChecked, TryGetError, TtlFrom,
};

type Function = fn(u64) -> Ready<u64>;

// Caches are handles, and as their keys and values are.
assert_auto_traits! {
    FnCache<String, String>: Send Sync Unpin Clone !Copy Default Debug;
    FnCache<u64, u64, ManualClock>: Send Sync Unpin Clone !Copy Debug;
    FnCache<u64, Local>: !Send !Sync Unpin Clone Debug;
    FnCache<Local, u64>: !Send !Sync Unpin Clone Debug;
    CachedFn<u64, u64, Function>: Send Sync Unpin Clone !Copy Debug;
    LocalFnCache<u64, u64>: !Send !Sync Unpin Clone !Copy Debug;
    LocalCachedFn<u64, u64, Function>: !Send !Sync Unpin Clone !Copy Debug;
}

assert_auto_traits! {
    Get<String, String>: Send Sync Unpin !Clone Debug Future;
    GetChecked<String, String>: Send Sync Unpin !Clone Debug Future;
    Get<u64, Local>: !Send !Sync Unpin Debug !Future;
    LocalGet<Local, Local>: !Send !Sync Unpin !Clone Debug Future;
    LocalGetChecked<Local, Local>: !Send !Sync Unpin !Clone Debug Future;
}

assert_auto_traits! {
    FnCacheBuilder<u64, u64, SystemClock>: Send Sync Unpin !Clone Debug;
    FnCacheBuilder<u64, Local, SystemClock>: Send Sync Unpin !Clone Debug;
    KeyedBuilder<u64, fn(&u64) -> u64, u64, u64>: Send Sync Unpin !Clone Debug;
    ByArgs: Send Sync Unpin Copy Default Debug;
    By<fn(&u64) -> u64>: Send Sync Unpin Copy Debug;
    Keep: Send Sync Unpin Copy Default Debug PartialEq Hash;
    TtlFrom: Send Sync Unpin Copy Default Debug PartialEq Hash;
    TryGetError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
}
