//! The delay queues from elsewhere.

mod tokio_util;

pub(super) use tokio_util::TokioUtil;
