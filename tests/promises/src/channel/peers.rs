//! The channels from elsewhere, a file each.

mod async_channel;
mod async_priority_channel;
mod asyncband;
mod crossbeam;
mod crossfire;
mod flume;
mod kanal;
mod loole;
mod priority_channel;
mod tokio;

pub(super) use async_channel::AsyncChannel;
pub(super) use async_priority_channel::AsyncPriorityChannel;
pub(super) use asyncband::Asyncband;
pub(super) use crossbeam::Crossbeam;
pub(super) use crossfire::Crossfire;
pub(super) use flume::Flume;
pub(super) use kanal::Kanal;
pub(super) use loole::Loole;
pub(super) use priority_channel::PriorityChannel;
pub(super) use tokio::Tokio;
