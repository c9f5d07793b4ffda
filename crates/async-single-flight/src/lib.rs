#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod cycle;
mod error;
pub mod flight;
mod relay;

pub use error::LoadError;
