//! `Due`: an item whose time has come.

use crate::shared::Shared;
use crate::time::Base;
use crate::token::Token;
use async_clock::{Clock, SystemClock};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A payload whose time has come; as long as it lives, the work on it is not done.
///
/// Dropping it, or taking the payload out with [`into_inner`](Self::into_inner), says that the work
/// is done: [`Scheduler::join`](crate::Scheduler::join) waits for that.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_scheduler::Scheduler;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let scheduler = Scheduler::with_clock(clock.clone());
/// scheduler.schedule_in(Duration::from_secs(3), "tea".to_string()).unwrap();
///
/// let due = futures_lite::future::block_on(clock.drive(scheduler.next())).unwrap();
/// assert_eq!(due.len(), 3); // it is a `String`
/// assert!(!scheduler.is_idle());
/// drop(due);
/// assert!(scheduler.is_idle());
/// ```
#[must_use = "dropping it says that the work on it is done"]
pub struct Due<T: Send + 'static, At: Base<C> = Instant, C: Clock = SystemClock> {
    /// Taken by `into_inner` and by the drop only.
    payload: Option<T>,
    shared: Arc<Shared<T, At, C>>,
    token: Token,
    at: At,
    now: At,
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Due<T, At, C> {
    /// Stands for one that [`Shared::take`] has counted.
    #[inline]
    pub(crate) fn new(
        shared: &Arc<Shared<T, At, C>>,
        payload: T,
        token: Token,
        at: At,
        now: At,
    ) -> Self {
        Self {
            payload: Some(payload),
            shared: Arc::clone(shared),
            token,
            at,
            now,
        }
    }

    /// The time that it was scheduled for.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Instant;
    ///
    /// let (scheduler, now) = (Scheduler::new(), Instant::now());
    /// scheduler.schedule_at(now, ()).unwrap();
    /// assert_eq!(scheduler.try_next().unwrap().scheduled_for(), now);
    /// ```
    pub fn scheduled_for(&self) -> At {
        self.at
    }

    /// By how much it was late when it was yielded.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let scheduler = Scheduler::with_clock(clock.clone());
    /// scheduler.schedule_in(Duration::from_secs(1), ()).unwrap();
    /// clock.advance(Duration::from_secs(3)); // nobody polls meanwhile
    /// assert_eq!(scheduler.try_next().unwrap().late_by(), Duration::from_secs(2));
    /// ```
    pub fn late_by(&self) -> Duration {
        self.now.since(self.at)
    }

    /// The token that scheduling it returned; of use if it recurs.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::{Every, Misfire, Scheduler};
    /// use std::time::{Duration, Instant};
    ///
    /// let scheduler = Scheduler::new();
    /// let minutely = Every::starting_at(Instant::now(), Duration::from_secs(60));
    /// scheduler.schedule_every(minutely, Misfire::coalesce(), "tick").unwrap();
    ///
    /// let due = scheduler.try_next().unwrap();
    /// assert_eq!(scheduler.cancel(due.token()), Some("tick")); // the next occurrence
    /// ```
    pub fn token(&self) -> Token {
        self.token
    }

    /// Takes the payload out, and so says that the work on it is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::ZERO, 7).unwrap();
    /// assert_eq!(scheduler.try_next().unwrap().into_inner(), 7);
    /// assert!(scheduler.is_idle());
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "it is there until then")]
    pub fn into_inner(mut self) -> T {
        self.payload.take().expect("taken by this call only")
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Deref for Due<T, At, C> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.payload.as_ref().expect("taken by the last call only")
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> DerefMut for Due<T, At, C> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.payload.as_mut().expect("taken by the last call only")
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Drop for Due<T, At, C> {
    #[inline]
    fn drop(&mut self) {
        /// Counts even if the payload panics.
        struct Done<'a, T: Send + 'static, At: Base<C>, C: Clock>(&'a Arc<Shared<T, At, C>>);

        impl<T: Send + 'static, At: Base<C>, C: Clock> Drop for Done<'_, T, At, C> {
            #[inline]
            fn drop(&mut self) {
                self.0.done();
            }
        }

        let _done = Done(&self.shared);
        drop(self.payload.take());
    }
}

impl<T: Send + fmt::Debug + 'static, At: Base<C>, C: Clock> fmt::Debug for Due<T, At, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Due")
            .field("payload", &self.payload)
            .field("scheduled_for", &self.at)
            .field("late_by", &self.late_by())
            .finish_non_exhaustive()
    }
}
