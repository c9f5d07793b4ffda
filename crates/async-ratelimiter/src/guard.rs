//! `Guard`: a permit whose stamp is the moment it is dropped.

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

/// A permit that is stamped when the guard is dropped: it bounds the rate at the far side.
///
/// Hold it from before an operation starts until its effect is certain, say from sending a request
/// to reading the first byte of the answer.
/// Whatever instant in between the operation takes effect at, any window of the period holds at
/// most `n` effects: the permit counts while the guard is held, and for a whole period after.
/// A plain acquire bounds the instants at which it returns; the network may still deliver two
/// requests closer together than they were sent.
///
/// While `n` guards are out, nobody is granted anything.
/// A guard that is forgotten (`mem::forget`) takes its permit with it for good.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_ratelimiter::RateLimiter;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let per = Duration::from_secs(1);
/// let limiter = RateLimiter::builder(NonZeroU32::MIN, per).clock(clock.clone()).build();
///
/// let guard = limiter.try_acquire_guard().unwrap();
/// clock.advance(5 * per); // a slow operation
/// assert!(limiter.try_acquire().is_err());
/// drop(guard); // it took effect at some instant until now
/// assert_eq!(limiter.retry_after(1).after, per);
/// ```
#[must_use = "the permit is stamped when the guard is dropped"]
pub struct Guard<'a, P: Policy, C: Clock> {
    /// `None` once given back.
    handle: Option<Handle<'a, P, C>>,
}

impl<'a, P: Policy, C: Clock> Guard<'a, P, C> {
    /// The permit is held already.
    pub(crate) fn new(handle: Handle<'a, P, C>) -> Self {
        Self {
            handle: Some(handle),
        }
    }

    /// Gives the permit back without a stamp: nothing was done with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// limiter.try_acquire_guard().unwrap().give_back();
    /// assert!(limiter.try_acquire().is_ok());
    /// ```
    pub fn give_back(mut self) {
        if let Some(handle) = self.handle.take() {
            let shared = handle.shared();
            shared.update(shared.now(), |state| state.give_back(1));
        }
    }
}

impl<P: Policy, C: Clock> Drop for Guard<'_, P, C> {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            let shared = handle.shared();
            shared.update(shared.now(), |state| state.stamp_held(1));
        }
    }
}

impl<P: Policy, C: Clock> fmt::Debug for Guard<'_, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

/// Waits for a [`Guard`]; the future of [`RateLimiter::acquire_guard`].
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Errors
///
/// As [`Acquire`](crate::Acquire).
///
/// # Examples
///
/// ```
/// use async_ratelimiter::RateLimiter;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
/// futures_lite::future::block_on(async {
///     let guard = limiter.acquire_guard().await.unwrap();
///     assert_eq!(limiter.stats().reserved, 1);
///     drop(guard);
///     assert_eq!(limiter.stats().in_window, 1);
/// });
/// ```
///
/// [`RateLimiter::acquire_guard`]: crate::RateLimiter::acquire_guard
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct AcquireGuard<'a, P: Policy, C: Clock> {
    handle: Handle<'a, P, C>,
    ticket: Ticket,
}

impl<'a, P: Policy, C: Clock> AcquireGuard<'a, P, C> {
    pub(crate) fn new(handle: Handle<'a, P, C>) -> Self {
        Self {
            handle,
            ticket: Ticket::new(1, Claim::Hold),
        }
    }
}

impl<'a, P: Policy, C: Clock> Future for AcquireGuard<'a, P, C> {
    type Output = Result<Guard<'a, P, C>, AcquireError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        me.ticket
            .poll(me.handle.shared(), NEVER, cx)
            .map(|outcome| match outcome {
                Ok(_) => Ok(Guard::new(me.handle.clone())),
                Err(short) => Err(AcquireError::from_shortfall(&short)),
            })
    }
}

impl<P: Policy, C: Clock> Drop for AcquireGuard<'_, P, C> {
    fn drop(&mut self) {
        self.ticket.cancel(self.handle.shared());
    }
}

impl<P: Policy, C: Clock> fmt::Debug for AcquireGuard<'_, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcquireGuard")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}
