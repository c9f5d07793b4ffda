//! What queues and handles offer: written once, as macros, and expanded for [`Queue`] and for the
//! handle of the side that it concerns.
//!
//! [`Queue`]: crate::Queue

mod common;
mod ranked;
mod receiving;
mod reserving;
mod sending;
