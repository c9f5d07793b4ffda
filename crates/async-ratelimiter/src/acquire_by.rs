//! `AcquireBy`: waits for permits if they come in time.

use crate::error::AcquireByError;
use crate::policy::Policy;
use crate::shared::Claim;
use crate::ticket::{Handle, Ticket};
use async_clock::{Clock, ClockExt, Sleep};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

/// Waits for permits if they come in time; the future of [`RateLimiter::acquire_by`].
///
/// The first poll works out when the permits would be granted, and refuses at once if that is after
/// the deadline.
/// If they come later than expected, because an earlier request claims late, the deadline ends the
/// wait; a grant after it is given back.
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Errors
///
/// [`AcquireByError`]: those of [`Acquire`](crate::Acquire), or the permits would come too late.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ManualClock};
/// use async_ratelimiter::{AcquireByError, RateLimiter};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let per = Duration::from_secs(10);
/// let limiter = RateLimiter::builder(NonZeroU32::MIN, per).clock(clock.clone()).build();
/// limiter.try_acquire().unwrap();
///
/// let start = clock.now();
/// let in_vain = limiter.acquire_by(start + Duration::from_secs(9));
/// assert_eq!(
///     futures_lite::future::block_on(in_vain), // no time passes
///     Err(AcquireByError::WouldExceed { ready_at: Some(start + per) }),
/// );
/// ```
///
/// [`RateLimiter::acquire_by`]: crate::RateLimiter::acquire_by
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct AcquireBy<'a, P: Policy, C: Clock> {
    handle: Handle<'a, P, C>,
    ticket: Ticket,
    deadline: Instant,
    /// `None` until it waits.
    sleep: Option<Sleep<C>>,
}

impl<'a, P: Policy, C: Clock> AcquireBy<'a, P, C> {
    pub(crate) fn new(handle: Handle<'a, P, C>, permits: u32, deadline: Instant) -> Self {
        let ticket = Ticket::new(permits, Claim::Stamp);
        Self {
            handle,
            ticket,
            deadline,
            sleep: None,
        }
    }

    /// The instant after which it grants nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let deadline = Instant::now();
    /// assert_eq!(limiter.acquire_by(deadline).deadline(), deadline);
    /// ```
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl<P: Policy, C: Clock> Future for AcquireBy<'_, P, C> {
    type Output = Result<(), AcquireByError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        let shared = me.handle.shared();
        if me.ticket.is_done() {
            return Poll::Pending;
        }
        let end = shared.epoch.end(me.deadline);
        let outcome = match me.ticket.poll(shared, end, cx) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => {
                let sleep = me
                    .sleep
                    .get_or_insert_with(|| shared.clock.sleep_until(me.deadline));
                if Pin::new(sleep).poll(cx).is_pending() {
                    return Poll::Pending;
                }
                me.ticket.leave(shared, end)
            }
        };
        me.sleep = None;
        let outcome = outcome.map(|_stamp| ());
        Poll::Ready(outcome.map_err(|short| AcquireByError::from_shortfall(&short, shared.epoch)))
    }
}

impl<P: Policy, C: Clock> Drop for AcquireBy<'_, P, C> {
    fn drop(&mut self) {
        self.ticket.cancel(self.handle.shared());
    }
}

impl<P: Policy, C: Clock> fmt::Debug for AcquireBy<'_, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcquireBy")
            .field("ticket", &self.ticket)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
