//! [`clock`]: clock
//! [`dual_queue`]: dual_queue
//! [`lockout`]: lockout
//! [`lru`]: lru
//! [`priority_semaphore`]: priority_semaphore
//! [`ratelimiter`]: ratelimiter
//! [`waitlist`]: waitlist
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "clock")]
#[doc(inline)]
pub use async_clock as clock;
#[cfg(feature = "dual-queue")]
#[doc(inline)]
pub use async_dual_queue as dual_queue;
#[cfg(feature = "lockout")]
#[doc(inline)]
pub use async_lockout as lockout;
#[cfg(feature = "lru")]
#[doc(inline)]
pub use async_lru as lru;
#[cfg(feature = "priority-semaphore")]
#[doc(inline)]
pub use async_priority_semaphore as priority_semaphore;
#[cfg(feature = "ratelimiter")]
#[doc(inline)]
pub use async_ratelimiter as ratelimiter;
#[cfg(feature = "waitlist")]
#[doc(inline)]
pub use async_waitlist as waitlist;
