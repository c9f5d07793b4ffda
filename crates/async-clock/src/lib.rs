//! [`Alarm`]: alarm::Alarm
//! [`Clock`]: Clock
//! [`ClockExt`]: ClockExt
//! [`Interval`]: Interval
//! [`ManualClock`]: ManualClock
//! [`ManualClock::drive`]: ManualClock::drive
//! [`MissedTick`]: MissedTick
//! [`Sleep`]: Sleep
//! [`SystemClock`]: SystemClock
//! [`Timeout`]: Timeout
//! [`Timeout::into_inner`]: Timeout::into_inner
//! [`sleep`]: sleep()
//! [`timeout`]: timeout()
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod alarm;
mod clock;
mod ext;
#[cfg(feature = "system")]
mod free;
mod interval;
#[cfg(feature = "manual")]
mod manual;
mod sleep;
#[cfg(feature = "system")]
mod sync;
#[cfg(feature = "system")]
mod system;
mod timeout;

#[cfg(feature = "async-io")]
mod async_io_clock;
#[cfg(feature = "tokio")]
mod tokio_clock;

#[cfg(feature = "async-io")]
pub use async_io_clock::{AsyncIoClock, AsyncIoTimer};
pub use clock::{Clock, Timer, WallClock};
pub use ext::ClockExt;
#[cfg(feature = "system")]
pub use free::{interval, interval_at, sleep, sleep_until, timeout, timeout_at};
pub use interval::{Interval, MissedTick, NextTick, Tick};
#[cfg(feature = "manual")]
pub use manual::{AdvanceYielding, Drive, ManualClock, ManualTimer, WaitForTimers};
pub use sleep::Sleep;
#[cfg(feature = "system")]
pub use system::{SystemClock, SystemTimer};
pub use timeout::{Elapsed, Timeout};
#[cfg(feature = "tokio")]
pub use tokio_clock::{TokioClock, TokioTimer};
