//! [`Due`]: Due
//! [`Every`]: Every
//! [`Misfire`]: Misfire
//! [`Recurrence`]: Recurrence
//! [`Scheduler::cancel`]: Scheduler::cancel
//! [`Scheduler::close`]: Scheduler::close
//! [`Scheduler::close_after_drain`]: Scheduler::close_after_drain
//! [`Scheduler::join`]: Scheduler::join
//! [`Scheduler::next`]: Scheduler::next
//! [`Scheduler::reschedule`]: Scheduler::reschedule
//! [`Scheduler::schedule_every`]: Scheduler::schedule_every
//! [`Scheduler::stream`]: Scheduler::stream
//! [`Scheduler::wall_with`]: Scheduler::wall_with
//! [`Token`]: Token
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod due;
mod error;
mod heap;
mod join;
mod next;
mod queue;
mod recur;
mod scheduler;
mod shared;
mod time;
mod token;

pub use async_clock::Elapsed;
pub use due::Due;
pub use error::{ScheduleError, TryNextError};
pub use join::{Join, JoinOwned};
pub use next::{Items, Next, NextOwned};
pub use recur::{Every, Misfire, Recurrence};
pub use scheduler::Scheduler;
pub use time::{Base, TimePoint};
pub use token::Token;
