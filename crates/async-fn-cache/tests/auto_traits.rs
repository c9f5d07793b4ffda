//! Which types may move to other threads.

use async_clock::{ManualClock, SystemClock};
use async_fn_cache::{
    By, ByArgs, CachedFn, FnCache, FnCacheBuilder, Get, GetChecked, Keep, KeyedBuilder,
    LocalCachedFn, LocalFnCache, LocalGet, LocalGetChecked, Stats, TryGetError, TtlFrom,
};
use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;
use std::rc::Rc;

type F = fn(u64) -> std::future::Ready<u64>;

testkit::assert_auto_traits! {
    FnCache<String, String>: Send Sync Unpin Clone Default Debug !Copy;
    FnCache<u64, u64, ManualClock>: Send Sync Unpin Clone Debug;
    FnCache<u64, Rc<u64>>: !Send !Sync Unpin Clone Debug;
    FnCache<Rc<u64>, u64>: !Send !Sync Unpin Clone Debug;
    Get<String, String>: Send Sync Unpin Debug Future !Clone;
    Get<u64, Rc<u64>>: !Send !Sync Unpin Debug !Future;
    GetChecked<String, String>: Send Sync Unpin Debug Future !Clone;
    CachedFn<u64, u64, F>: Send Sync Unpin Clone Debug !Copy;
    LocalFnCache<u64, u64>: !Send !Sync Unpin Clone Debug !Copy;
    LocalGet<u64, Rc<u64>>: !Send !Sync Unpin Debug Future !Clone;
    LocalGetChecked<Rc<u64>, u64>: !Send !Sync Unpin Debug Future !Clone;
    LocalCachedFn<u64, u64, F>: !Send !Sync Unpin Clone Debug !Copy;
    FnCacheBuilder<u64, u64, SystemClock>: Send Sync Unpin Debug !Clone;
    KeyedBuilder<u64, fn(&u64) -> u64, u64, u64>: Send Sync Unpin Debug !Clone;
    ByArgs: Send Sync Unpin Copy Default Debug;
    By<fn(&u64) -> u64>: Send Sync Unpin Copy Debug;
    Keep: Send Sync Unpin Copy Default Debug Eq Hash;
    TtlFrom: Send Sync Unpin Copy Default Debug Eq Hash;
    Stats: Send Sync Unpin Copy Default Debug Eq;
    TryGetError: Send Sync Unpin Copy Debug Eq Hash Error;
}
