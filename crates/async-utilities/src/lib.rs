//! [`clock`]: clock
//! [`dual_queue`]: dual_queue
//! [`fn_cache`]: fn_cache
//! [`lockout`]: lockout
//! [`lru`]: lru
//! [`merge_streams`]: merge_streams
//! [`priority_semaphore`]: priority_semaphore
//! [`ratelimiter`]: ratelimiter
//! [`scheduler`]: scheduler
//! [`single_flight`]: single_flight
//! [`spawn`]: spawn
//! [`waitlist`]: waitlist
//! [`waterfall`]: waterfall
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
#[cfg(feature = "fn-cache")]
#[doc(inline)]
pub use async_fn_cache as fn_cache;
#[cfg(feature = "lockout")]
#[doc(inline)]
pub use async_lockout as lockout;
#[cfg(feature = "lru")]
#[doc(inline)]
pub use async_lru as lru;
#[cfg(feature = "merge-streams")]
#[doc(inline)]
pub use async_merge_streams as merge_streams;
#[cfg(feature = "priority-semaphore")]
#[doc(inline)]
pub use async_priority_semaphore as priority_semaphore;
#[cfg(feature = "ratelimiter")]
#[doc(inline)]
pub use async_ratelimiter as ratelimiter;
#[cfg(feature = "scheduler")]
#[doc(inline)]
pub use async_scheduler as scheduler;
#[cfg(feature = "single-flight")]
#[doc(inline)]
pub use async_single_flight as single_flight;
#[cfg(feature = "spawn")]
#[doc(inline)]
pub use async_spawn as spawn;
#[cfg(feature = "waitlist")]
#[doc(inline)]
pub use async_waitlist as waitlist;
#[cfg(feature = "waterfall")]
#[doc(inline)]
pub use async_waterfall as waterfall;
