//! The semaphores from elsewhere, a file each.

mod async_lock;
mod asyncband;
mod priority_semaphore;
mod ranked;
mod tokio;
mod weighted;

pub(super) use async_lock::AsyncLock;
pub(super) use asyncband::Asyncband;
pub(super) use priority_semaphore::PrioritySemaphore;
pub(super) use ranked::Ranked;
pub(super) use tokio::Tokio;
pub(super) use weighted::Weighted;
