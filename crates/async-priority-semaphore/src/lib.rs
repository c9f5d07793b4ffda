//! [`Acquire::blocking`]: Acquire::blocking
//! [`Acquire::set_priority`]: Acquire::set_priority
//! [`Acquire::with_priority`]: Acquire::with_priority
//! [`Aging::Arrivals`]: Aging::Arrivals
//! [`OwnedPermit`]: OwnedPermit
//! [`Permit`]: Permit
//! [`Permit::forget`]: Permit::forget
//! [`Permit::merge`]: Permit::merge
//! [`Permit::split`]: Permit::split
//! [`PriorityExt`]: PriorityExt
//! [`PrioritySemaphore`]: PrioritySemaphore
//! [`Semaphore`]: Semaphore
//! [`WithPriority`]: context::WithPriority
//! [`acquire`]: PrioritySemaphore::acquire
//! [`acquire_many`]: PrioritySemaphore::acquire_many
//! [`acquire_with`]: PrioritySemaphore::acquire_with
//! [`add_permits`]: Semaphore::add_permits
//! [`available_permits`]: Semaphore::available_permits
//! [`close`]: Semaphore::close
//! [`context`]: context
//! [`context::scope`]: context::scope
//! [`forget_permits`]: Semaphore::forget_permits
//! [`is_closed`]: Semaphore::is_closed
//! [`reduce_permits`]: Semaphore::reduce_permits
//! [`try_acquire`]: PrioritySemaphore::try_acquire
//! [`waiting`]: Semaphore::waiting
//! [`with_priority_sync`]: with_priority_sync
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod acquire;
mod acquire_owned;
mod any_semaphore;
pub mod context;
mod error;
mod line;
mod owned_permit;
mod permit;
mod pool;
mod priority_semaphore;
mod semaphore;
mod ticket;

pub use acquire::Acquire;
pub use acquire_owned::AcquireOwned;
pub use any_semaphore::AnySemaphore;
#[doc(inline)]
pub use context::{PriorityExt, scope as with_priority_sync};
pub use error::{AcquireError, AcquireTimeoutError, TryAcquireError};
pub use owned_permit::OwnedPermit;
pub use permit::Permit;
pub use priority_semaphore::{Aging, PrioritySemaphore, PrioritySemaphoreBuilder, Ties};
pub use semaphore::Semaphore;

/// How urgent somebody is: the lower, the more urgent; 0 by default.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{Priority, context};
///
/// const BACKGROUND: Priority = 10;
/// assert_eq!(context::scope(BACKGROUND, context::current), 10);
/// assert_eq!(context::current(), 0);
/// ```
pub type Priority = i32;

/// The most permits that can be free, or owed, at a time: `usize::MAX >> 2`.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{MAX_PERMITS, Semaphore};
///
/// let semaphore = Semaphore::new(MAX_PERMITS);
/// assert_eq!(semaphore.available_permits(), usize::MAX >> 2);
/// ```
pub const MAX_PERMITS: usize = usize::MAX >> pool::SHIFT;
