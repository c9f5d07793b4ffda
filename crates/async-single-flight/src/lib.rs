//! [`DefaultHashBuilder`]: DefaultHashBuilder
//! [`Elapsed`]: Elapsed
//! [`Equivalent`]: Equivalent
//! [`Group`]: Group
//! [`Group::try_join`]: Group::try_join
//! [`Group::work`]: Group::work
//! [`Group::work_checked`]: Group::work_checked
//! [`GroupBuilder::fan_out`]: GroupBuilder::fan_out
//! [`LoadError`]: LoadError
//! [`LoadError::Cycle`]: LoadError::Cycle
//! [`Work`]: Work
//! [`WorkChecked`]: WorkChecked
//! [`cycle`]: cycle
//! [`flight`]: flight
//! [`store`]: store
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
