//! `Reservation`: a place in the queue that is taken before anybody waits.

use crate::error::{AcquireError, AcquireTimeoutError};
use crate::policy::Policy;
use crate::shared::Claim;
use crate::ticket::{Handle, Ticket};
use crate::time::NEVER;
use async_clock::{Clock, ClockExt};
use async_waitlist::blocking::block_on;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// A place in the queue, by [`RateLimiter::reserve`]; the permits are taken by
/// [`ready`](Self::ready).
///
/// Like a future that was polled and is kept, it holds the permits once they are granted, until
/// they are taken or it is dropped: nobody else has them meanwhile.
///
/// Dropping it before `ready` has completed gives the place or the permits back.
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
/// limiter.try_acquire().unwrap();
///
/// let mut place = limiter.reserve(1).unwrap();
/// assert_eq!(place.ready_at(), Some(clock.now() + per));
/// assert!(limiter.try_acquire().is_err()); // behind it
/// futures_lite::future::block_on(clock.drive(place.ready())).unwrap();
/// ```
///
/// [`RateLimiter::reserve`]: crate::RateLimiter::reserve
#[must_use = "dropping it gives the place back"]
pub struct Reservation<'a, P: Policy, C: Clock> {
    handle: Handle<'a, P, C>,
    ticket: Ticket,
    /// Granted, held, and not taken.
    holds: bool,
    ready_at: Option<Instant>,
}

impl<'a, P: Policy, C: Clock> Reservation<'a, P, C> {
    pub(crate) fn new(handle: Handle<'a, P, C>, permits: u32) -> Result<Self, AcquireError> {
        let shared = handle.shared();
        let now = shared.now();
        let mut ticket = Ticket::new(permits, Claim::Hold);
        let (at, polled) = ticket.reserve(shared, now, Waker::noop().clone());
        let ready_at = shared.epoch.instant(at);
        let holds = match polled {
            Poll::Pending => false,
            Poll::Ready(Ok(_)) => true,
            Poll::Ready(Err(short)) => return Err(AcquireError::from_shortfall(&short)),
        };
        Ok(Self {
            handle,
            ticket,
            holds,
            ready_at,
        })
    }

    /// When the permits were expected when the place was taken; `None` for never.
    ///
    /// Supposes that all who were granted claim at once and that nobody gives up: it is earlier if
    /// somebody in front gives up, later if somebody in front claims late.
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
    /// assert_eq!(limiter.reserve(1).unwrap().ready_at(), Some(clock.now()));
    /// ```
    pub fn ready_at(&self) -> Option<Instant> {
        self.ready_at
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
    /// assert_eq!(limiter.reserve(1).unwrap().permits(), 1);
    /// ```
    pub fn permits(&self) -> u32 {
        self.ticket.permits()
    }

    /// Waits for the permits and takes them; they are stamped when the future returns
    /// `Ready(Ok(()))`.
    ///
    /// Once that has happened, further calls stay pending.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes loses nothing: the reservation keeps the place.
    ///
    /// # Errors
    ///
    /// The limiter was closed, or its limit lowered below the request, while this waited.
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
    /// let mut place = limiter.reserve(1).unwrap();
    /// clock.advance(5 * per);
    /// futures_lite::future::block_on(place.ready()).unwrap(); // stamped now
    /// assert_eq!(limiter.retry_after(1).after, per);
    /// ```
    pub fn ready(&mut self) -> Ready<'_, 'a, P, C> {
        Ready { reservation: self }
    }

    /// As [`ready`](Self::ready), for a plain thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permits are there.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_millis(1));
    /// limiter.try_acquire().unwrap();
    /// let mut place = limiter.reserve(1).unwrap();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| place.ready_blocking().unwrap());
    /// });
    /// ```
    pub fn ready_blocking(&mut self) -> Result<(), AcquireError> {
        block_on(self.ready())
    }

    /// As [`ready_blocking`](Self::ready_blocking), for `timeout` at most on the limiter's clock.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permits are there or the time is over.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready), and [`AcquireTimeoutError::Timeout`]; the place is kept then.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{AcquireTimeoutError, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// limiter.try_acquire().unwrap();
    /// let mut place = limiter.reserve(1).unwrap();
    /// let result = place.ready_blocking_timeout(Duration::from_millis(1));
    /// assert_eq!(result, Err(AcquireTimeoutError::Timeout));
    /// ```
    pub fn ready_blocking_timeout(&mut self, timeout: Duration) -> Result<(), AcquireTimeoutError> {
        let clock = self.handle.shared().clock.clone();
        timed(block_on(clock.timeout(timeout, self.ready())))
    }

    /// As [`ready_blocking`](Self::ready_blocking), until `deadline` at most on the limiter's
    /// clock.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the permits are there or the deadline has passed.
    ///
    /// # Errors
    ///
    /// As [`ready_blocking_timeout`](Self::ready_blocking_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// let mut place = limiter.reserve(1).unwrap();
    /// place.ready_blocking_deadline(Instant::now()).unwrap(); // ready already
    /// ```
    pub fn ready_blocking_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<(), AcquireTimeoutError> {
        let clock = self.handle.shared().clock.clone();
        timed(block_on(clock.timeout_at(deadline, self.ready())))
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AcquireError>> {
        let shared = self.handle.shared();
        if !self.holds {
            match self.ticket.poll(shared, NEVER, cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(_)) => self.holds = true,
                Poll::Ready(Err(short)) => {
                    return Poll::Ready(Err(AcquireError::from_shortfall(&short)));
                }
            }
        }
        self.holds = false;
        shared.update(shared.now(), |state| {
            state.stamp_held(self.ticket.permits());
        });
        Poll::Ready(Ok(()))
    }
}

impl<P: Policy, C: Clock> Drop for Reservation<'_, P, C> {
    fn drop(&mut self) {
        let shared = self.handle.shared();
        if self.holds {
            shared.update(shared.now(), |state| state.give_back(self.ticket.permits()));
        } else {
            self.ticket.cancel(shared);
        }
    }
}

impl<P: Policy, C: Clock> fmt::Debug for Reservation<'_, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("ticket", &self.ticket)
            .field("holds", &self.holds)
            .field("ready_at", &self.ready_at)
            .finish_non_exhaustive()
    }
}

/// Waits for the permits of a [`Reservation`]; the future of [`Reservation::ready`].
///
/// # Cancel safety
///
/// Dropping it loses nothing: the reservation keeps the place.
///
/// # Examples
///
/// ```
/// use async_ratelimiter::RateLimiter;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
/// let mut place = limiter.reserve(1).unwrap();
/// drop(place.ready()); // the place stays
/// assert_eq!(limiter.stats().reserved, 1);
/// assert!(futures_lite::future::block_on(place.ready()).is_ok());
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Ready<'r, 'a, P: Policy, C: Clock> {
    reservation: &'r mut Reservation<'a, P, C>,
}

impl<P: Policy, C: Clock> Future for Ready<'_, '_, P, C> {
    type Output = Result<(), AcquireError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().reservation.poll_ready(cx)
    }
}

impl<P: Policy, C: Clock> fmt::Debug for Ready<'_, '_, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready")
            .field("reservation", &self.reservation)
            .finish()
    }
}

/// What came of a wait with a limit.
pub(crate) fn timed<T>(
    result: Result<Result<T, AcquireError>, async_clock::Elapsed>,
) -> Result<T, AcquireTimeoutError> {
    match result {
        Ok(result) => result.map_err(AcquireTimeoutError::from),
        Err(async_clock::Elapsed) => Err(AcquireTimeoutError::Timeout),
    }
}
