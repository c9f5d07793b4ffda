//! The merges from elsewhere, a file each.

mod futures_buffered;
mod futures_concurrency;
mod futures_util;
mod tokio_stream;
mod unicycle;

pub(super) use futures_buffered::FuturesBuffered;
pub(super) use futures_concurrency::FuturesConcurrency;
pub(super) use futures_util::FuturesUtil;
pub(super) use tokio_stream::TokioStream;
pub(super) use unicycle::Unicycle;
