//! `Acquire`: waits for permits.

use crate::error::AcquireError;
use crate::policy::Policy;
use crate::shared::Claim;
use crate::ticket::{Handle, Ticket};
use crate::time::NEVER;
use async_clock::Clock;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Waits for permits, first come, first served; the future of [`RateLimiter::acquire`].
///
/// The place in the queue is taken at the first poll.
/// The permits are stamped by the poll that returns `Ready(Ok(()))`.
/// Polling again after that is harmless and stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
/// Permits that were granted and not taken yet go to the next waiter.
///
/// # Errors
///
/// [`AcquireError`]: the limiter is closed, the request is larger than the limit, or the queue is
/// full.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ManualClock};
/// use async_ratelimiter::RateLimiter;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let per = Duration::from_secs(1);
/// let limiter = RateLimiter::builder(NonZeroU32::MIN, per).clock(clock.clone()).build();
/// let start = clock.now();
/// futures_lite::future::block_on(clock.drive(async {
///     for _ in 0..3 {
///         limiter.acquire().await.unwrap();
///     }
/// }));
/// assert_eq!(clock.now() - start, 2 * per);
/// ```
///
/// [`RateLimiter::acquire`]: crate::RateLimiter::acquire
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Acquire<'a, P: Policy, C: Clock> {
    handle: Handle<'a, P, C>,
    ticket: Ticket,
}

impl<'a, P: Policy, C: Clock> Acquire<'a, P, C> {
    #[inline]
    pub(crate) fn new(handle: Handle<'a, P, C>, permits: u32) -> Self {
        Self {
            handle,
            ticket: Ticket::new(permits, Claim::Stamp),
        }
    }

    /// How many permits it asks for.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// assert_eq!(limiter.acquire().permits(), 1);
    /// ```
    pub fn permits(&self) -> u32 {
        self.ticket.permits()
    }
}

impl<P: Policy, C: Clock> Future for Acquire<'_, P, C> {
    type Output = Result<(), AcquireError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        let polled = me.ticket.poll(me.handle.shared(), NEVER, cx);
        polled.map(|outcome| {
            outcome
                .map(|_stamp| ())
                .map_err(|short| AcquireError::from_shortfall(&short))
        })
    }
}

impl<P: Policy, C: Clock> Drop for Acquire<'_, P, C> {
    fn drop(&mut self) {
        self.ticket.cancel(self.handle.shared());
    }
}

impl<P: Policy, C: Clock> fmt::Debug for Acquire<'_, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}
