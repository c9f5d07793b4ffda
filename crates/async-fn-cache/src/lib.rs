//! [`CachedFn`]: CachedFn
//! [`CachedFn::get`]: CachedFn::get
//! [`Elapsed`]: Elapsed
//! [`Equivalent`]: Equivalent
//! [`FnCache`]: FnCache
//! [`FnCache::get_with`]: FnCache::get_with
//! [`FnCache::insert`]: FnCache::insert
//! [`FnCache::invalidate`]: FnCache::invalidate
//! [`FnCache::join`]: FnCache::join
//! [`FnCache::refresh_with`]: FnCache::refresh_with
//! [`FnCache::try_get`]: FnCache::try_get
//! [`FnCacheBuilder`]: FnCacheBuilder
//! [`FnCacheBuilder::cache_errors`]: FnCacheBuilder::cache_errors
//! [`FnCacheBuilder::capacity`]: FnCacheBuilder::capacity
//! [`FnCacheBuilder::fan_out`]: FnCacheBuilder::fan_out
//! [`FnCacheBuilder::keep`]: FnCacheBuilder::keep
//! [`FnCacheBuilder::shards`]: FnCacheBuilder::shards
//! [`FnCacheBuilder::stale_for`]: FnCacheBuilder::stale_for
//! [`FnCacheBuilder::ttl`]: FnCacheBuilder::ttl
//! [`FnCacheBuilder::wrap`]: FnCacheBuilder::wrap
//! [`Get`]: Get
//! [`GetChecked`]: GetChecked
//! [`LoadError`]: LoadError
//! [`LoadError::Cycle`]: LoadError::Cycle
//! [`LocalCachedFn`]: LocalCachedFn
//! [`LocalFnCache`]: LocalFnCache
//! [`Stats`]: Stats
//! [`TtlFrom::Start`]: TtlFrom::Start
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod cache;
mod cached_fn;
mod core;
mod error;
mod key;
mod local;
mod local_fn;
mod policy;

pub use async_clock::Elapsed;
pub use async_single_flight::store::Stats;
pub use async_single_flight::{DefaultHashBuilder, Equivalent, LoadError};
pub use builder::FnCacheBuilder;
pub use cache::{FnCache, Get, GetChecked};
pub use cached_fn::{CachedFn, Fallible, KeyedBuilder};
pub use error::TryGetError;
pub use key::{By, ByArgs, KeyOf};
pub use local::{LocalFnCache, LocalGet, LocalGetChecked};
pub use local_fn::LocalCachedFn;
pub use policy::{Keep, TtlFrom};
