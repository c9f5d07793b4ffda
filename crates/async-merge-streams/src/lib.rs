//! [`Either`]: Either
//! [`Index`]: Index
//! [`Merge::push`]: Merge::push
//! [`Merge::remove`]: Merge::remove
//! [`MergeErrors`]: MergeErrors
//! [`OnError::Delay`]: OnError::Delay
//! [`OnError::Raise`]: OnError::Raise
//! [`TryMerge::suppress`]: TryMerge::suppress
//! [`merge`]: merge()
//! [`merge!`]: merge!
//! [`merge_batched`]: merge_batched()
//! [`try_merge`]: try_merge()
//! [`with_index`]: Merge::with_index
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batched;
mod either;
mod errors;
mod index;
mod merge;
mod ready;
mod suppress;
mod sync;
mod try_merge;
mod with_index;

pub use batched::{MergeBatched, merge_batched};
pub use either::Either;
pub use errors::MergeErrors;
pub use index::Index;
pub use merge::{Merge, merge};
pub use suppress::Suppress;
pub use try_merge::{OnError, TryMerge, try_merge};
pub use with_index::WithIndex;
