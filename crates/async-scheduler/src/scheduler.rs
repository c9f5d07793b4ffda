//! `Scheduler`: the handle, and how items get in and out of it.

mod consume;
mod end;

use crate::error::ScheduleError;
use crate::queue::{Item, Recurring};
use crate::recur::{Misfire, Recurrence, Recurs};
use crate::shared::Shared;
use crate::time::Base;
use crate::token::Token;
use async_clock::{Clock, SystemClock, WallClock};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Yields payloads at the times they are scheduled for.
///
/// A handle: clones share one scheduler.
/// `At` is the base of its times, [`Instant`] or [`SystemTime`]: those of the one can't be mixed
/// with those of the other.
///
/// Any number of consumers, tasks and threads, take items with [`next`](Self::next) or
/// [`stream`](Self::stream), each item exactly once.
/// Consumers hold handles of their own, so a stream does not end because the others are gone:
/// [`close`](Self::close) the scheduler.
///
/// An item stays cancellable until the very poll that yields it.
///
/// # Fairness
///
/// Items come in the order of their times, and at equal times in the order in which they were
/// scheduled.
/// Consumers that wait are woken in the order in which they began to, one for each item that is
/// due; the first that polls then takes the first item.
/// One that was woken, and is neither polled nor dropped, keeps no item to itself, but the wake-up
/// of another consumer.
///
/// # Runtime compatibility
///
/// Any executor, several at once, or none: the clock's timer wakes the consumers.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_scheduler::Scheduler;
/// use futures_lite::StreamExt;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let scheduler = Scheduler::with_clock(clock.clone());
/// let minutes = |n: u64| Duration::from_secs(60 * n);
/// scheduler.schedule_in(minutes(3), "tea").unwrap();
/// scheduler.schedule_in(minutes(8), "egg").unwrap();
/// let toast = scheduler.schedule_in(minutes(2), "toast").unwrap();
/// assert_eq!(scheduler.cancel(toast), Some("toast"));
///
/// scheduler.close_after_drain();
/// let items = scheduler.stream().map(|due| due.into_inner()).collect::<Vec<_>>();
/// assert_eq!(futures_lite::future::block_on(clock.drive(items)), ["tea", "egg"]);
/// ```
pub struct Scheduler<T: Send + 'static, At: Base<C> = Instant, C: Clock = SystemClock> {
    shared: Arc<Shared<T, At, C>>,
}

/// How often a scheduler of times of day looks at the clock, unless told otherwise.
const LOOK: Duration = Duration::from_secs(1);

/// Looking more often than this is of no use, and zero would be a busy loop.
const SHORTEST_LOOK: Duration = Duration::from_millis(1);

impl<T: Send + 'static> Scheduler<T> {
    /// Creates a scheduler of [`Instant`]s, on the system's clock.
    ///
    /// Nothing moves these but time itself: no setting of the clock, no daylight saving.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    ///
    /// let scheduler = Scheduler::<u32>::new();
    /// assert!(scheduler.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }
}

impl<T: Send + 'static, C: Clock> Scheduler<T, Instant, C> {
    /// Creates a scheduler of [`Instant`]s, on the given clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_scheduler::Scheduler;
    ///
    /// let scheduler = Scheduler::<u32, _, _>::with_clock(ManualClock::new());
    /// assert!(scheduler.is_empty());
    /// ```
    #[must_use]
    pub fn with_clock(clock: C) -> Self {
        let shared = Shared::new(clock, Duration::MAX);
        Self { shared }
    }
}

impl<T: Send + 'static> Scheduler<T, SystemTime> {
    /// Creates a scheduler of times of day, on the system's clock.
    ///
    /// See [`wall_with`](Self::wall_with) for what happens when the clock is set.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let scheduler = Scheduler::wall();
    /// let at = SystemTime::now() + Duration::from_millis(1);
    /// scheduler.schedule_at(at, "tea").unwrap();
    /// let due = scheduler.next_blocking().unwrap();
    /// assert_eq!(due.scheduled_for(), at);
    /// ```
    #[must_use]
    pub fn wall() -> Self {
        Self::wall_with_clock(SystemClock)
    }
}

impl<T: Send + 'static, C: WallClock> Scheduler<T, SystemTime, C> {
    /// Creates a scheduler of times of day, on the given clock.
    ///
    /// It looks at the clock once a second; see [`wall_with`](Self::wall_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_scheduler::Scheduler;
    ///
    /// let scheduler = Scheduler::<u32, _, _>::wall_with_clock(ManualClock::new());
    /// assert!(scheduler.is_empty());
    /// ```
    #[must_use]
    pub fn wall_with_clock(clock: C) -> Self {
        Self::wall_with(clock, LOOK)
    }

    /// Creates a scheduler of times of day, on the given clock, that notices within `look` when that
    /// clock is set.
    ///
    /// While an item is pending and somebody waits for it, a timer fires every `look`, or when the
    /// first item comes due if that is sooner.
    /// [`Duration::MAX`] never looks before that: a clock that is set forward then goes unnoticed
    /// until the timer fires.
    /// What is below a millisecond counts as one.
    ///
    /// - Set forward, or the machine was suspended: all that is now due is yielded, in the order of
    ///   its times, each with its true [`late_by`](crate::Due::late_by).
    /// - Set back: items that have not been yielded wait for their time to come again. Those that
    ///   have been yielded don't return.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ManualClock, WallClock};
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let hour = Duration::from_secs(3600);
    /// let clock = ManualClock::new();
    /// let scheduler = Scheduler::wall_with(clock.clone(), Duration::from_secs(5));
    /// scheduler.schedule_at(clock.system_now() + hour, "tea").unwrap();
    ///
    /// clock.jump_wall_forward(3 * hour);
    /// let due = futures_lite::future::block_on(clock.drive(scheduler.next())).unwrap();
    /// assert_eq!(due.late_by(), 2 * hour);
    /// ```
    #[must_use]
    pub fn wall_with(clock: C, look: Duration) -> Self {
        let shared = Shared::new(clock, look.max(SHORTEST_LOOK));
        Self { shared }
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Scheduler<T, At, C> {
    /// Schedules `payload` for `at`; one in the past is due at once.
    ///
    /// There is no horizon, but a time more than 292 years after the scheduler was created never
    /// comes, and one more than that before counts as 292 years ago.
    /// Takes time in the logarithm of the items pending, at worst, and constant time on average.
    ///
    /// # Errors
    ///
    /// [`ScheduleError::Closed`] gives the payload back.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Instant;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_at(Instant::now(), "now").unwrap();
    /// assert_eq!(*scheduler.try_next().unwrap(), "now");
    /// ```
    #[inline]
    pub fn schedule_at(&self, at: At, payload: T) -> Result<Token, ScheduleError<T>> {
        self.insert(Some(at), payload)
    }

    /// Schedules `payload` for `delay` from now.
    ///
    /// A delay that leads past every time never ends: the item stays until it is cancelled or moved.
    ///
    /// # Errors
    ///
    /// [`ScheduleError::Closed`] gives the payload back.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_millis(1), "soon").unwrap();
    /// scheduler.schedule_in(Duration::MAX, "never").unwrap();
    /// assert_eq!(*scheduler.next_blocking().unwrap(), "soon");
    /// assert_eq!(scheduler.peek(), None);
    /// assert_eq!(scheduler.clear(), ["never"]);
    /// ```
    pub fn schedule_in(&self, delay: Duration, payload: T) -> Result<Token, ScheduleError<T>> {
        self.insert(self.shared.now().time.plus(delay), payload)
    }

    #[inline]
    fn insert(&self, at: Option<At>, payload: T) -> Result<Token, ScheduleError<T>> {
        let inserted = self.shared.insert(at, Item::Once(payload));
        inserted.map_err(|item| ScheduleError::Closed(item.into_payload()))
    }

    /// Schedules clones of `payload` for all occurrences of `recurrence`.
    ///
    /// The next occurrence is worked out when one is yielded, so there is one pending at a time, and
    /// one token for all of them.
    /// `misfire` says what becomes of those that were missed.
    ///
    /// # Panics
    ///
    /// If `recurrence` does. When it panics later, or the payload's `clone` does, the item ends, and
    /// the panic goes on in whoever polled.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`], which gives the payload back: the scheduler is closed, or the recurrence
    /// has no occurrence.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_scheduler::{Every, Misfire, Scheduler};
    /// use futures_lite::StreamExt;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let scheduler = Scheduler::with_clock(clock.clone());
    /// let minute = Duration::from_secs(60);
    /// scheduler.schedule_every(Every::new(minute), Misfire::coalesce(), "tick").unwrap();
    ///
    /// let mut ticks = scheduler.stream();
    /// let three = async {
    ///     let first = ticks.next().await.unwrap().scheduled_for();
    ///     ticks.next().await;
    ///     ticks.next().await.unwrap().scheduled_for() - first
    /// };
    /// assert_eq!(futures_lite::future::block_on(clock.drive(three)), 2 * minute);
    /// ```
    pub fn schedule_every(
        &self,
        recurrence: impl Recurrence<At> + 'static,
        misfire: Misfire,
        payload: T,
    ) -> Result<Token, ScheduleError<T>>
    where
        T: Clone,
    {
        let mut rule = Box::new(Recurs {
            recurrence,
            misfire,
        });
        let Some(first) = rule.recurrence.first(self.shared.now().time) else {
            return Err(ScheduleError::NoOccurrence(payload));
        };
        let item = Item::Recurs(Box::new(Recurring { payload, rule }));
        let inserted = self.shared.insert(Some(first), item);
        inserted.map_err(|item| ScheduleError::Closed(item.into_payload()))
    }

    /// Takes an item out and returns its payload; `None` if it is not pending.
    ///
    /// Of cancelling an item and yielding it, exactly one succeeds.
    /// One that recurs ends with this.
    /// While an occurrence of it is being handed out, which asks the recurrence, there is no payload
    /// to return: the result then is `None`, that occurrence is yielded, and none follows.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// let token = scheduler.schedule_in(Duration::ZERO, 7).unwrap();
    /// assert_eq!(scheduler.cancel(token), Some(7)); // though it is due
    /// assert_eq!(scheduler.cancel(token), None);
    /// assert!(scheduler.try_next().unwrap_err().is_empty());
    /// ```
    #[inline]
    pub fn cancel(&self, token: Token) -> Option<T> {
        self.shared.cancel(token)
    }

    /// Moves an item to another time, behind those that are there; false if it is not pending.
    ///
    /// One that recurs comes at that time and goes on from there.
    /// It can't be moved while an occurrence of it is being handed out.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::{Duration, Instant};
    ///
    /// let scheduler = Scheduler::new();
    /// let token = scheduler.schedule_in(Duration::from_secs(60), 7).unwrap();
    /// assert!(scheduler.reschedule(token, Instant::now()));
    /// assert_eq!(*scheduler.try_next().unwrap(), 7);
    /// assert!(!scheduler.reschedule(token, Instant::now()));
    /// ```
    #[inline]
    pub fn reschedule(&self, token: Token, at: At) -> bool {
        self.shared.reschedule(token, Some(at))
    }

    /// As [`reschedule`](Self::reschedule), to `delay` from now.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// let token = scheduler.schedule_in(Duration::from_secs(60), 7).unwrap();
    /// assert!(scheduler.reschedule_in(token, Duration::MAX)); // never, for now
    /// assert_eq!(scheduler.peek(), None);
    /// assert_eq!(scheduler.len(), 1);
    /// ```
    pub fn reschedule_in(&self, token: Token, delay: Duration) -> bool {
        let at = self.shared.now().time.plus(delay);
        self.shared.reschedule(token, at)
    }

    /// The time of the first item that is pending; `None` if there is none that ever comes due.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::{Duration, Instant};
    ///
    /// let scheduler = Scheduler::new();
    /// let at = Instant::now() + Duration::from_secs(60);
    /// scheduler.schedule_at(at + Duration::from_secs(1), 'b').unwrap();
    /// scheduler.schedule_at(at, 'a').unwrap();
    /// assert_eq!(scheduler.peek(), Some(at));
    /// ```
    pub fn peek(&self) -> Option<At> {
        self.shared.first_time(&self.shared.state.lock())
    }

    /// How many items are pending; one that recurs counts as one.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_secs(60), 7).unwrap();
    /// assert_eq!(scheduler.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.shared.state.lock().queue.len()
    }

    /// Whether nothing is pending.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    ///
    /// assert!(Scheduler::<u32>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes all pending items out and returns their payloads in order; those that never come due
    /// are last.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_secs(8), "egg").unwrap();
    /// scheduler.schedule_in(Duration::from_secs(3), "tea").unwrap();
    /// assert_eq!(scheduler.clear(), ["tea", "egg"]);
    /// assert!(scheduler.is_empty() && !scheduler.is_closed());
    /// ```
    pub fn clear(&self) -> Vec<T> {
        self.shared.clear(false)
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Clone for Scheduler<T, At, C> {
    fn clone(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        Self { shared }
    }
}

impl<T: Send + 'static, C: Clock + Default> Default for Scheduler<T, Instant, C> {
    fn default() -> Self {
        Self::with_clock(C::default())
    }
}

impl<T: Send + 'static, C: WallClock + Default> Default for Scheduler<T, SystemTime, C> {
    fn default() -> Self {
        Self::wall_with_clock(C::default())
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> fmt::Debug for Scheduler<T, At, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, closed) = {
            let state = self.shared.state.lock();
            (state.queue.len(), state.closed)
        };
        f.debug_struct("Scheduler")
            .field("len", &len)
            .field("closed", &closed)
            .finish_non_exhaustive()
    }
}
