//! [`FifoLockout`]: FifoLockout
//! [`FifoLockoutBuilder::probe`]: FifoLockoutBuilder::probe
//! [`Lockout`]: Lockout
//! [`Lockout::clear`]: Lockout::clear
//! [`Lockout::lock_for`]: Lockout::lock_for
//! [`Lockout::tag_for`]: Lockout::tag_for
//! [`Lockout::wait`]: Lockout::wait
//! [`Pass`]: Pass
//! [`Pass::ok`]: Pass::ok
//! [`Tag`]: Tag
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod fifo;
mod gate;
mod lockout;
mod pass;
mod tag;
mod wait;
mod words;

pub use async_clock::Elapsed;
pub use error::{Locked, TryAcquireError};
pub use fifo::{FifoLockout, FifoLockoutBuilder};
pub use lockout::Lockout;
pub use pass::Pass;
pub use tag::Tag;
pub use wait::{Acquire, AcquireOwned, Wait, WaitOwned};
