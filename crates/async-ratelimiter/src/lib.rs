//! [`Builder`]: Builder
//! [`Clock`]: async_clock::Clock
//! [`Gcra`]: Gcra
//! [`Gcra::never_exceed`]: Gcra::never_exceed
//! [`Gcra::smooth`]: Gcra::smooth
//! [`Guard`]: Guard
//! [`Keyed`]: Keyed
//! [`QuantizedLog`]: QuantizedLog
//! [`Reservation`]: Reservation
//! [`SlidingLog`]: SlidingLog
//! [`SystemClock`]: async_clock::SystemClock
//! [`acquire`]: RateLimiter::acquire
//! [`acquire_by`]: RateLimiter::acquire_by
//! [`acquire_guard`]: RateLimiter::acquire_guard
//! [`close`]: RateLimiter::close
//! [`refund`]: RateLimiter::refund
//! [`reserve`]: RateLimiter::reserve
//! [`retry_after`]: RateLimiter::retry_after
//! [`set_limit`]: RateLimiter::set_limit
//! [`stats`]: RateLimiter::stats
//! [`try_acquire`]: RateLimiter::try_acquire
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod acquire;
mod acquire_by;
mod builder;
mod error;
mod guard;
mod keyed;
mod limiter;
mod policy;
mod reserve;
mod shared;
mod stats;
mod ticket;
mod till;
mod time;

pub use acquire::Acquire;
pub use acquire_by::AcquireBy;
pub use builder::Builder;
pub use error::{AcquireByError, AcquireError, AcquireTimeoutError, TryAcquireError};
pub use guard::{AcquireGuard, Guard};
pub use keyed::{Keyed, KeyedAcquire, KeyedAcquireBy, KeyedBuilder};
pub use limiter::RateLimiter;
pub use policy::{Gcra, Policy, QuantizedLog, SlidingLog};
pub use reserve::{Ready, Reservation};
pub use stats::{RetryAfter, Stats};
