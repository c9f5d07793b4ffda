//! [`Panic`]: Panic
//! [`Panic::catch`]: Panic::catch
//! [`Panic::into_payload`]: Panic::into_payload
//! [`Panic::message`]: Panic::message
//! [`Panic::resume`]: Panic::resume
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod panic;

pub use panic::Panic;
