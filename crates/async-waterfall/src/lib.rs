//! [`Batch`]: Batch
//! [`Batch::take_all`]: Batch::take_all
//! [`Builder::capacity`]: Builder::capacity
//! [`Builder::clock`]: Builder::clock
//! [`Builder::max_in_flight`]: Builder::max_in_flight
//! [`Builder::max_weight`]: Builder::max_weight
//! [`Builder::observe`]: Builder::observe
//! [`Builder::retry`]: Builder::retry
//! [`Chunks`]: Chunks
//! [`Driver`]: Driver
//! [`Put::cancel`]: Put::cancel
//! [`Report`]: Report
//! [`Submit::cancel`]: Submit::cancel
//! [`Waterfall::counts`]: Waterfall::counts
//! [`Waterfall::flush`]: Waterfall::flush
//! [`Waterfall::put`]: Waterfall::put
//! [`Waterfall::put_owned`]: Waterfall::put_owned
//! [`Waterfall::stop`]: Waterfall::stop
//! [`Waterfall::submit`]: Waterfall::submit
//! [`Waterfall::take_undelivered`]: Waterfall::take_undelivered
//! [`chunks`]: chunks()
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod builder;
mod chunks;
mod counts;
mod driver;
mod error;
mod event;
mod flush;
mod out;
mod put;
mod replies;
mod shared;
mod slots;
mod state;
mod submit;
mod waterfall;

pub use batch::Batch;
pub use builder::{Builder, Overflow};
pub use chunks::{Chunks, chunks, chunks_with_clock};
pub use counts::{Counts, Report};
pub use driver::Driver;
pub use error::{Failure, FlushError, PutError, SubmitError};
pub use event::{Cause, Event};
pub use flush::{Flush, Stop};
pub use put::{Put, PutOwned};
pub use replies::Replies;
pub use submit::Submit;
pub use waterfall::Waterfall;
