//! `Token`: names one scheduled item.

use std::fmt;
use std::num::NonZeroU32;

/// Names one scheduled item, for [`cancel`](crate::Scheduler::cancel) and
/// [`reschedule`](crate::Scheduler::reschedule).
///
/// Eight bytes, and `Copy`: a token that outlives its item is harmless, and finds nothing.
/// Those of an item that recurs stay valid from one occurrence to the next.
/// A token is of use with the scheduler that it is from; another one does not know it, unless by
/// chance (one case in about four thousand million).
///
/// # Examples
///
/// ```
/// use async_scheduler::{Scheduler, Token};
/// use std::time::Duration;
///
/// let scheduler = Scheduler::new();
/// let token: Token = scheduler.schedule_in(Duration::from_secs(60), "tea").unwrap();
/// assert_eq!(scheduler.cancel(token), Some("tea"));
/// assert_eq!(scheduler.cancel(token), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    pub(crate) slot: u32,
    pub(crate) generation: NonZeroU32,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}.{})", self.slot, self.generation)
    }
}
