#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod cycle;
mod error;
pub mod flight;
mod group;
mod relay;
pub mod store;

pub use async_clock::Elapsed;
pub use async_lru::{DefaultHashBuilder, Equivalent};
pub use error::LoadError;
pub use group::{Group, GroupBuilder, Work, WorkChecked};
