//! `RateLimiter`: `n` per period, for tasks and threads.

mod blocking;
mod control;
mod guarded;

use crate::acquire::Acquire;
use crate::acquire_by::AcquireBy;
use crate::builder::Builder;
use crate::error::{AcquireError, TryAcquireError};
use crate::policy::{Policy, SlidingLog};
use crate::reserve::Reservation;
use crate::shared::{Claim, Shared};
use crate::ticket::Handle;
use async_clock::{Clock, SystemClock};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Grants `n` permits per period, first come, first served; a handle that is cheap to clone.
///
/// **The guarantee** (of [`SlidingLog`], [`Gcra::never_exceed`] and [`QuantizedLog`]): *each permit
/// has a stamp, which is a reading of the limiter's clock made inside the call that hands it out;
/// and no half-open window of length `per` on that clock, wherever it begins, holds more than `n`
/// stamps.*
///
/// The call that hands it out is the try, or the poll that returns `Ready(Ok(()))`: a future that
/// was granted and is polled late is stamped late.
/// For a [`Guard`](crate::Guard) the stamp is made by its drop.
/// Permits taken back by [`refund`](Self::refund) don't count; [`reset`](Self::reset) and the
/// changes of limit and period begin anew in the way that their docs say.
///
/// All clones are the same limiter; it lives as long as one of them, or one of their futures.
/// Dropping the last handle does nothing else.
///
/// # Fairness
///
/// Strict order of the first polls.
/// Nobody overtakes: not a smaller request, not a try.
/// A request that is granted and whose future is kept, but not polled, keeps its permits, and
/// others wait for them (a "futurelock", for instance a future in a `select!` whose other branch
/// runs); it delays them by its own permits and no more.
///
/// # Runtime compatibility
///
/// Any executor, or none. Waiters are granted by whoever frees a permit, and by the clock; there
/// is no task and nothing polls.
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
/// let two = NonZeroU32::new(2).unwrap();
/// let limiter = RateLimiter::builder(two, Duration::from_secs(1)).clock(clock.clone()).build();
///
/// let start = clock.now();
/// futures_lite::future::block_on(clock.drive(async {
///     for second in [0, 0, 1, 1, 2] {
///         limiter.acquire().await.unwrap();
///         assert_eq!(clock.now() - start, Duration::from_secs(second));
///     }
/// }));
/// ```
///
/// [`Gcra::never_exceed`]: crate::Gcra::never_exceed
/// [`QuantizedLog`]: crate::QuantizedLog
pub struct RateLimiter<P: Policy = SlidingLog, C: Clock = SystemClock> {
    shared: Arc<Shared<P, C>>,
}

impl RateLimiter {
    /// Creates a limiter of `n` per `per` on the system's clock.
    ///
    /// # Panics
    ///
    /// If `per` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(100).unwrap(), Duration::from_secs(1));
    /// assert!(limiter.try_acquire().is_ok());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(n: NonZeroU32, per: Duration) -> Self {
        Self::builder(n, per).build()
    }

    /// Starts to configure a limiter of `n` per `per`.
    ///
    /// A period of 584 years or more, [`Duration::MAX`] included, never ends: the limiter then
    /// grants `n` permits in all.
    ///
    /// # Panics
    ///
    /// If `per` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let once = RateLimiter::builder(NonZeroU32::MIN, Duration::MAX).build();
    /// assert!(once.try_acquire().is_ok());
    /// assert_eq!(once.retry_after(1).at, None);
    /// ```
    #[track_caller]
    pub fn builder(n: NonZeroU32, per: Duration) -> Builder<SlidingLog, SystemClock> {
        Builder::new(n, per)
    }
}

impl<P: Policy, C: Clock> RateLimiter<P, C> {
    pub(crate) fn from_shared(shared: Arc<Shared<P, C>>) -> Self {
        Self { shared }
    }

    fn borrowed(&self) -> Handle<'_, P, C> {
        Handle::Borrowed(&self.shared)
    }

    fn owned(&self) -> Handle<'static, P, C> {
        Handle::Owned(self.shared.clone())
    }

    /// Takes a permit now, or says when to try again.
    ///
    /// Fails while anybody waits.
    /// As long as permits are free and nobody waits it takes no lock, but for one call in 64.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`]: no permit is free, or the limiter is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// assert!(limiter.try_acquire().is_ok());
    /// assert!(limiter.try_acquire().unwrap_err().is_limited());
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<(), TryAcquireError> {
        self.shared.try_acquire(1, Claim::Stamp)
    }

    /// Takes `permits` at once, or none.
    ///
    /// Zero permits are always granted, unless the limiter is closed.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`]: they are not free, the limiter is closed, or they are more than it can
    /// ever grant at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{RateLimiter, TryAcquireError};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(10).unwrap(), Duration::from_secs(60));
    /// assert_eq!(limiter.try_acquire_many(11), Err(TryAcquireError::ExceedsLimit));
    /// assert_eq!(limiter.try_acquire_many(7), Ok(()));
    /// assert!(limiter.try_acquire_many(4).unwrap_err().is_limited());
    /// assert_eq!(limiter.try_acquire_many(3), Ok(()));
    /// ```
    #[inline]
    pub fn try_acquire_many(&self, permits: u32) -> Result<(), TryAcquireError> {
        self.shared.try_acquire(permits, Claim::Stamp)
    }

    /// Takes as many permits as are free, `most` at most, and says how many; 0 while anybody waits
    /// and once the limiter is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(10).unwrap(), Duration::from_secs(60));
    /// assert_eq!(limiter.try_acquire_up_to(7), 7);
    /// assert_eq!(limiter.try_acquire_up_to(7), 3);
    /// assert_eq!(limiter.try_acquire_up_to(7), 0);
    /// ```
    pub fn try_acquire_up_to(&self, most: u32) -> u32 {
        self.shared
            .update(self.shared.now(), |state| state.grant_up_to(most))
    }

    /// Waits for a permit.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Fairness
    ///
    /// First come, first served, by the first poll.
    ///
    /// # Errors
    ///
    /// [`AcquireError`]: the limiter is closed, or the queue is full.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(10).unwrap(), Duration::from_millis(1));
    /// futures_lite::future::block_on(async {
    ///     for _ in 0..30 {
    ///         limiter.acquire().await.unwrap();
    ///     }
    /// });
    /// assert_eq!(limiter.stats().granted, 30);
    /// ```
    #[inline]
    pub fn acquire(&self) -> Acquire<'_, P, C> {
        Acquire::new(self.borrowed(), 1)
    }

    /// As [`acquire`](Self::acquire), with a future that owns its handle.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    ///     std::thread::spawn(|| futures_lite::future::block_on(task)).join().unwrap();
    /// }
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let permit = limiter.acquire_owned();
    /// spawn(async { permit.await.unwrap() });
    /// ```
    pub fn acquire_owned(&self) -> Acquire<'static, P, C> {
        Acquire::new(self.owned(), 1)
    }

    /// Waits for `permits` at once; those behind wait until they are granted.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Fairness
    ///
    /// First come, first served, by the first poll: smaller requests don't overtake it.
    ///
    /// # Errors
    ///
    /// [`AcquireError`]: the limiter is closed, the queue is full, or `permits` are more than can
    /// ever be granted at once.
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
    /// let (five, per) = (NonZeroU32::new(5).unwrap(), Duration::from_secs(1));
    /// let limiter = RateLimiter::builder(five, per).clock(clock.clone()).build();
    /// limiter.try_acquire_many(3).unwrap();
    /// let start = clock.now();
    /// futures_lite::future::block_on(clock.drive(limiter.acquire_many(4))).unwrap();
    /// assert_eq!(clock.now() - start, per);
    /// ```
    pub fn acquire_many(&self, permits: u32) -> Acquire<'_, P, C> {
        Acquire::new(self.borrowed(), permits)
    }

    /// As [`acquire_many`](Self::acquire_many), with a future that owns its handle.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::new(5).unwrap(), Duration::from_secs(1));
    /// let permits = limiter.acquire_many_owned(5);
    /// drop(limiter); // the future keeps it
    /// assert!(futures_lite::future::block_on(permits).is_ok());
    /// ```
    pub fn acquire_many_owned(&self, permits: u32) -> Acquire<'static, P, C> {
        Acquire::new(self.owned(), permits)
    }

    /// Waits for a permit if it can be granted until `deadline`, and fails at once if not.
    ///
    /// The first poll simulates the queue, in a walk over the waiters and the stamps they wait for,
    /// and refuses right away if this request would be granted after `deadline`.
    /// It is never granted late: if those in front take longer than the simulation supposed, it
    /// fails at the deadline.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// [`AcquireByError`](crate::AcquireByError): those of [`acquire`](Self::acquire), and
    /// `WouldExceed` with the instant at which the permit would have been granted.
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
    /// let due = clock.now() + per;
    /// let just_before = limiter.acquire_by(due - Duration::from_nanos(1));
    /// assert!(futures_lite::future::block_on(just_before).unwrap_err().is_would_exceed());
    /// futures_lite::future::block_on(clock.drive(limiter.acquire_by(due))).unwrap();
    /// ```
    pub fn acquire_by(&self, deadline: Instant) -> AcquireBy<'_, P, C> {
        AcquireBy::new(self.borrowed(), 1, deadline)
    }

    /// As [`acquire_by`](Self::acquire_by), for `permits` at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// As [`acquire_by`](Self::acquire_by), and `ExceedsLimit`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{AcquireByError, RateLimiter};
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let too_many = limiter.acquire_many_by(2, Instant::now() + Duration::from_secs(5));
    /// let refused = futures_lite::future::block_on(too_many);
    /// assert_eq!(refused, Err(AcquireByError::ExceedsLimit));
    /// ```
    pub fn acquire_many_by(&self, permits: u32, deadline: Instant) -> AcquireBy<'_, P, C> {
        AcquireBy::new(self.borrowed(), permits, deadline)
    }

    /// As [`acquire_many_by`](Self::acquire_many_by), with a future that owns its handle.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// As [`acquire_many_by`](Self::acquire_many_by).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let permit = limiter.acquire_by_owned(1, Instant::now() + Duration::from_secs(5));
    /// drop(limiter);
    /// assert!(futures_lite::future::block_on(permit).is_ok());
    /// ```
    pub fn acquire_by_owned(&self, permits: u32, deadline: Instant) -> AcquireBy<'static, P, C> {
        AcquireBy::new(self.owned(), permits, deadline)
    }

    /// Takes a place in the queue now, to be waited for later; granted at once if the permits are
    /// free.
    ///
    /// # Fairness
    ///
    /// As if a future of [`acquire_many`](Self::acquire_many) had been polled here.
    ///
    /// # Errors
    ///
    /// As [`acquire_many`](Self::acquire_many).
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
    /// let places: Vec<_> = (0..3).map(|_| limiter.reserve(1).unwrap()).collect();
    /// let start = clock.now();
    /// // Only the first is granted; the others wait for a period after its stamp, and the next.
    /// assert_eq!(places[2].ready_at(), Some(start + 2 * per));
    /// ```
    pub fn reserve(&self, permits: u32) -> Result<Reservation<'_, P, C>, AcquireError> {
        Reservation::new(self.borrowed(), permits)
    }

    /// As [`reserve`](Self::reserve), with a reservation that owns its handle.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::RateLimiter;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let limiter = RateLimiter::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let mut place = limiter.reserve_owned(1).unwrap();
    /// std::thread::spawn(move || place.ready_blocking()).join().unwrap().unwrap();
    /// ```
    pub fn reserve_owned(&self, permits: u32) -> Result<Reservation<'static, P, C>, AcquireError> {
        Reservation::new(self.owned(), permits)
    }
}

impl<P: Policy, C: Clock> Clone for RateLimiter<P, C> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<P: Policy, C: Clock> fmt::Debug for RateLimiter<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Copied out first: the formatter is foreign code.
        let (policy, stats) = self
            .shared
            .peek(|state| (state.policy().clone(), state.outline()));
        f.debug_struct("RateLimiter")
            .field("policy", &policy)
            .field("limit", &stats.limit)
            .field("per", &stats.per)
            .field("waiting", &stats.waiting)
            .finish_non_exhaustive()
    }
}
