//! [`Backoff`]: blocking::Backoff
//! [`Key`]: Key
//! [`Polled`]: Polled
//! [`Released`]: Released
//! [`WaitHeap`]: WaitHeap
//! [`WaitList`]: WaitList
//! [`WakeBatch`]: WakeBatch
//! [`WakeBatch::in_rounds`]: WakeBatch::in_rounds
//! [`block_on`]: blocking::block_on
//! [`block_on_deadline`]: blocking::block_on_deadline
//! [`block_on_timeout`]: blocking::block_on_timeout
//! [`poll`]: WaitList::poll
//! [`quietly`]: quietly()
//! [`release`]: WaitList::release
//! [`requeue_front`]: WaitList::requeue_front
//! [`shrink`]: WaitList::shrink
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod blocking;
mod key;
mod quietly;
mod slab;
#[doc(hidden)]
pub mod sync;
mod trash;
mod wait_heap;
mod wait_list;
mod wake_batch;

pub use key::{Key, Polled, Released};
pub use quietly::quietly;
pub use trash::Trash;
pub use wait_heap::WaitHeap;
pub use wait_list::{Iter, WaitList};
pub use wake_batch::WakeBatch;
