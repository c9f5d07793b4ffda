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
mod policy;

pub use async_clock::Elapsed;
pub use async_single_flight::store::Stats;
pub use async_single_flight::{DefaultHashBuilder, Equivalent, LoadError};
pub use builder::FnCacheBuilder;
pub use cache::{FnCache, Get, GetChecked};
pub use cached_fn::{CachedFn, Fallible, KeyedBuilder};
pub use error::TryGetError;
pub use key::{By, ByArgs, KeyOf};
pub use policy::{Keep, TtlFrom};
