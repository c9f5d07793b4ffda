//! What the tests of this workspace share: wakers that call back, polling by hand, a watchdog,
//! counted allocations, seeds, and a suite that every future of ours has to pass.
//!
//! It depends on no crate of ours and on no runtime, so each crate can take it as a
//! dev-dependency, with `--cfg loom` too.
//!
//! | to show that | use |
//! |---|---|
//! | a future wakes whom it should, and runs no foreign code under a lock | [`hygiene::Case`] |
//! | dropping a future after any number of polls loses nothing | [`drop_after_each_poll`] |
//! | a wake-up comes, or doesn't | [`CountWaker`], [`poll_once`] |
//! | the order in which tasks run doesn't matter | [`RandomOrder`] |
//! | a test that goes wrong ends all the same | [`within_seconds`], [`watchdog`](watchdog()) |
//! | a path allocates nothing, memory comes back | [`count_allocations`], [`live_bytes`] |
//! | a value is dropped, once | [`Drops`] |
//! | a type is `Send`, or is not | [`assert_auto_traits!`] |
//! | something holds for random programs, repeatably | [`with_seeds`], [`with_seeds_for`] |
//!
//! # Unsafe code
//!
//! Two files have some, for std offers these two things in no other way: `alloc.rs` (a global
//! allocator) and `raw_waker.rs` (a waker whose clones and drops can be seen).
//!
//! # Examples
//!
//! ```
//! use std::future;
//! use std::time::Duration;
//! use testkit::{CountWaker, poll_once, watchdog};
//!
//! let woken = watchdog(Duration::from_secs(10), || {
//!     let (count, waker) = CountWaker::new();
//!     assert!(poll_once(&mut future::pending::<()>(), &waker).is_pending());
//!     count.wakes()
//! });
//! assert_eq!(woken, 0);
//! ```

#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "a global allocator is an unsafe trait")]
mod alloc;
mod auto_traits;
mod drops;
mod executor;
pub mod hygiene;
#[cfg(loom)]
mod modelled_clock;
mod poll;
#[expect(
    unsafe_code,
    reason = "only a vtable sees a waker being cloned or dropped"
)]
mod raw_waker;
mod seeds;
mod waker;
mod watchdog;

pub use alloc::{Allocations, CountingAllocator, count_allocations, live_bytes};
pub use drops::{Drops, Item};
pub use executor::{RandomOrder, TaskId};
#[cfg(loom)]
pub use modelled_clock::{ModelledClock, ModelledTimer};
pub use poll::{drop_after_each_poll, poll_n, poll_once, poll_pinned};
pub use seeds::{rng, seeds, with_seeds, with_seeds_for};
pub use waker::{CountWaker, on_clone, on_drop, on_wake, panicking, reentrant};
pub use watchdog::{watchdog, within_seconds};
