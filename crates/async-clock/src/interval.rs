//! `Interval`: ticks on a grid, with a choice of what to do about late ones.

use crate::Sleep;
use crate::clock::Clock;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// What an [`Interval`] does when a tick is taken later than the next one was due.
///
/// That happens when the consumer is slow, or the machine was suspended.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ClockExt, ManualClock, MissedTick};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let (start, second) = (clock.now(), Duration::from_secs(1));
/// let after = |policy| {
///     let clock = clock.clone();
///     let mut interval = clock.interval_at(start, second).missed_tick(policy);
///     futures_lite::future::block_on(clock.drive(async {
///         interval.tick().await;
///         interval.tick().await.scheduled - start
///     }))
/// };
/// clock.advance(Duration::from_millis(3_500));
/// assert_eq!(after(MissedTick::Burst), second); // 1 s is still delivered, and so are 2 s and 3 s
/// assert_eq!(after(MissedTick::Skip), 4 * second); // the next on the grid
/// assert_eq!(after(MissedTick::Delay), Duration::from_millis(5_000)); // one period after this tick
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MissedTick {
    /// Leaves missed ticks out and goes on with the next one of the original grid.
    #[default]
    Skip,
    /// Delivers each missed tick at once, one after the other, until it has caught up.
    Burst,
    /// Leaves missed ticks out and starts a new grid, one period after the late tick was taken.
    Delay,
}

/// One tick of an [`Interval`].
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ClockExt, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let mut interval = clock.interval(Duration::from_secs(1));
/// let scheduled = clock.now();
/// clock.advance(Duration::from_millis(2_100));
/// let tick = futures_lite::future::block_on(interval.tick());
/// assert_eq!(tick.scheduled, scheduled);
/// assert_eq!(tick.now, clock.now());
/// assert_eq!(tick.missed, 2); // those of 1 s and 2 s will not come
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Tick {
    /// When the tick was due.
    pub scheduled: Instant,
    /// When it was taken; never before `scheduled`.
    pub now: Instant,
    /// How many ticks between this one and the next are left out; always 0 with
    /// [`MissedTick::Burst`].
    pub missed: u64,
}

/// Ticks every period; created by [`ClockExt::interval`](crate::ClockExt::interval).
///
/// A period that leads past every instant means that no further tick comes.
/// With the feature `stream` an interval is a `Stream` of [`Tick`]s that does not end.
///
/// # Examples
///
/// ```
/// use async_clock::{ClockExt, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let mut interval = clock.interval(Duration::from_millis(20));
/// futures_lite::future::block_on(clock.drive(async {
///     let first = interval.tick().await.scheduled;
///     let second = interval.tick().await.scheduled;
///     assert_eq!(second - first, interval.period());
/// }));
/// ```
#[must_use = "an interval does nothing unless its ticks are awaited"]
pub struct Interval<C: Clock> {
    /// Waits for `next`.
    sleep: Sleep<C>,
    /// The tick that comes next on the grid; kept apart from the sleep's deadline, which a clock
    /// may round.
    next: Instant,
    period: Duration,
    policy: MissedTick,
}

impl<C: Clock> Interval<C> {
    #[track_caller]
    pub(crate) fn new(sleep: Sleep<C>, first: Instant, period: Duration) -> Self {
        assert!(
            !period.is_zero(),
            "the period of an interval must not be zero"
        );
        Self {
            sleep,
            next: first,
            period,
            policy: MissedTick::default(),
        }
    }

    /// Chooses what happens to late ticks; [`MissedTick::Skip`] is the default.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock, MissedTick};
    /// use std::time::Duration;
    ///
    /// let interval = ManualClock::new().interval(Duration::from_secs(1));
    /// let interval = interval.missed_tick(MissedTick::Burst);
    /// assert_eq!(interval.period(), Duration::from_secs(1));
    /// ```
    pub fn missed_tick(mut self, policy: MissedTick) -> Self {
        self.policy = policy;
        self
    }

    /// Waits for the next tick.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes loses nothing: the tick is still to come.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let mut interval = clock.interval(Duration::from_secs(1));
    /// let tick = futures_lite::future::block_on(interval.tick());
    /// assert_eq!(tick.scheduled, clock.now());
    /// ```
    pub fn tick(&mut self) -> NextTick<'_, C> {
        NextTick { interval: self }
    }

    /// Polls for the next tick; what [`tick`](Self::tick) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::task::{Context, Waker};
    /// use std::time::Duration;
    ///
    /// let mut interval = ManualClock::new().interval(Duration::from_secs(1));
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert!(interval.poll_tick(&mut cx).is_ready());
    /// assert!(interval.poll_tick(&mut cx).is_pending());
    /// ```
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Tick> {
        ready!(Pin::new(&mut self.sleep).poll(cx));
        let (scheduled, now) = (self.next, self.sleep.clock().now());
        let missed = match self.policy {
            MissedTick::Skip | MissedTick::Delay => self.periods_in(now.duration_since(scheduled)),
            MissedTick::Burst => 0,
        };
        let next = match self.policy {
            MissedTick::Skip => self.on_grid(scheduled, now),
            MissedTick::Burst => scheduled.checked_add(self.period),
            MissedTick::Delay => now.checked_add(self.period),
        };
        if let Some(next) = next {
            self.next = next;
            self.sleep.reset(next);
        } else {
            self.sleep = Sleep::never(self.sleep.clock().clone());
        }
        Poll::Ready(Tick {
            scheduled,
            now,
            missed,
        })
    }

    /// Starts over: the next tick comes one period from now.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let mut interval = clock.interval(Duration::from_secs(10));
    /// clock.advance(Duration::from_secs(3));
    /// interval.reset();
    /// let tick = futures_lite::future::block_on(clock.drive(interval.tick()));
    /// assert_eq!(tick.scheduled, clock.now());
    /// assert_eq!(tick.missed, 0);
    /// ```
    pub fn reset(&mut self) {
        self.sleep.reset_after(self.period);
        if let Some(next) = self.sleep.deadline() {
            self.next = next;
        }
    }

    /// The time between two ticks.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let minute = Duration::from_secs(60);
    /// assert_eq!(ManualClock::new().interval(minute).period(), minute);
    /// ```
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Whole periods in `late`.
    fn periods_in(&self, late: Duration) -> u64 {
        if late < self.period {
            return 0; // the common case, without the division
        }
        u64::try_from(late.as_nanos() / self.period.as_nanos()).unwrap_or(u64::MAX)
    }

    /// The first tick of the grid through `scheduled` that lies after `now`.
    fn on_grid(&self, scheduled: Instant, now: Instant) -> Option<Instant> {
        let late = now.duration_since(scheduled);
        if late < self.period {
            return scheduled.checked_add(self.period);
        }
        let into = nanos_modulo(late, self.period);
        now.checked_add(self.period.saturating_sub(into))
    }
}

/// `a` modulo `b`, for `b` above zero.
fn nanos_modulo(a: Duration, b: Duration) -> Duration {
    const NANOS_PER_SEC: u128 = 1_000_000_000;
    let rest = a.as_nanos() % b.as_nanos();
    // Both casts fit: the rest is below `b`, whose seconds are a u64.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the rest is a Duration, being below one"
    )]
    Duration::new((rest / NANOS_PER_SEC) as u64, (rest % NANOS_PER_SEC) as u32)
}

impl<C: Clock> fmt::Debug for Interval<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interval")
            .field("next", &self.sleep.deadline())
            .field("period", &self.period)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "stream")]
impl<C: Clock> futures_core::Stream for Interval<C> {
    type Item = Tick;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Tick>> {
        self.get_mut().poll_tick(cx).map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

/// The future of [`Interval::tick`].
///
/// Polled again after it completed, it waits for the tick after.
///
/// # Cancel safety
///
/// Dropping the future before it completes loses nothing: the tick is still to come.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct NextTick<'a, C: Clock> {
    interval: &'a mut Interval<C>,
}

impl<C: Clock> Future for NextTick<'_, C> {
    type Output = Tick;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Tick> {
        self.get_mut().interval.poll_tick(cx)
    }
}

impl<C: Clock> fmt::Debug for NextTick<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextTick")
            .field("interval", &self.interval)
            .finish()
    }
}
