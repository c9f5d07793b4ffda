#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod cache;
mod core;
mod error;
mod policy;

pub use async_clock::Elapsed;
pub use async_single_flight::store::Stats;
pub use async_single_flight::{DefaultHashBuilder, Equivalent, LoadError};
pub use builder::FnCacheBuilder;
pub use cache::{FnCache, Get, GetChecked};
pub use error::TryGetError;
pub use policy::{Keep, TtlFrom};
