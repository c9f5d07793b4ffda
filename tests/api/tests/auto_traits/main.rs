//! The table of traits: every public type of every crate, with what it has and what it must not
//! have. A wrong row does not compile. A file per crate.

mod clock;
mod dual_queue;
mod fn_cache;
mod lockout;
mod lru;
mod merge_streams;
mod priority_semaphore;
mod ratelimiter;
mod scheduler;
mod single_flight;
mod spawn;
mod waitlist;
mod waterfall;

use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::future::{Pending, Ready};
use std::hash::Hash;
use std::marker::PhantomPinned;
use std::rc::Rc;

use async_clock::{ManualClock, SystemClock};
use testkit::assert_auto_traits;

/// Neither `Send` nor `Sync`.
type Local = Rc<()>;
/// `Send`, not `Sync`.
type SendOnly = Cell<()>;
/// Not `Unpin`.
type Pinned = PhantomPinned;
/// A future that is none of the three.
type LocalFuture = std::pin::Pin<Box<dyn Future<Output = ()>>>;
