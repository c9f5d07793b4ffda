//! The batchers from elsewhere, a file each.

mod batch_aint_one;
mod dataloader;

pub(super) use batch_aint_one::BatchAintOne;
pub(super) use dataloader::Dataloader;
use tokio::runtime::{Builder, Runtime};

/// One that runs on the thread of the probe, while it is asked to.
fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime")
}
