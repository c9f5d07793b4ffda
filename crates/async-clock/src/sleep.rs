//! `Sleep`: a future that is ready once its clock has reached an instant.

use crate::clock::{Clock, Timer};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// Waits until an instant of its clock.
///
/// Created by [`ClockExt::sleep`] and [`ClockExt::sleep_until`](crate::ClockExt::sleep_until), or by
/// the free functions of the same names on [`SystemClock`](crate::SystemClock).
/// The deadline is fixed at creation, not at the first poll; the timer is registered with the clock
/// at the first poll that finds it pending.
/// A `Sleep` is `Unpin` and needs no allocation of its own; on the system clock it has 32 bytes.
///
/// Never early.
/// A deadline that no instant can represent means never.
/// Polling a completed `Sleep` is harmless: it stays ready.
///
/// # Cancel safety
///
/// Dropping the future before it completes loses nothing; the timer is cancelled.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ClockExt, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let mut sleep = clock.sleep(Duration::from_secs(1));
/// assert_eq!(sleep.deadline(), Some(clock.now() + Duration::from_secs(1)));
/// futures_lite::future::block_on(clock.drive(&mut sleep));
/// assert!(sleep.is_elapsed());
/// ```
///
/// [`ClockExt::sleep`]: crate::ClockExt::sleep
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Sleep<C: Clock> {
    clock: C,
    state: State<C::Timer>,
}

/// Moves: `Until` and `Ahead` → `Armed` or `Elapsed` at a poll; `Armed` → `Elapsed` at a poll.
/// `reset` leads from any state to `Until`, `Ahead` or `Never`, or leaves `Armed` as it is.
///
/// Kept to the size of the timer: the other variants fit into its niche.
enum State<T> {
    /// Not registered; may have passed, so the first poll looks at the clock.
    Until(Instant),
    /// Not registered; was ahead when the clock was last read, so the first poll does not read it.
    Ahead(Instant),
    /// Registered.
    Armed(T),
    /// Ready for good.
    Elapsed(Instant),
    /// Pending for good.
    Never,
}

impl<C: Clock> Sleep<C> {
    /// Creates a sleep that never ends, until it is [reset](Self::reset).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ManualClock, Sleep};
    ///
    /// let sleep = Sleep::never(ManualClock::new());
    /// assert_eq!(sleep.deadline(), None);
    /// ```
    pub const fn never(clock: C) -> Self {
        let state = State::Never;
        Self { clock, state }
    }

    #[inline]
    pub(crate) fn until(clock: C, at: Instant) -> Self {
        let state = State::Until(at);
        Self { clock, state }
    }

    #[inline]
    pub(crate) fn after(clock: C, duration: Duration) -> Self {
        let state = State::after(&clock, duration);
        Self { clock, state }
    }

    /// The instant this sleep ends at, or `None` for one that never ends.
    ///
    /// With [slack](Self::with_slack) it is the instant the clock chose.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// assert!(clock.sleep(Duration::from_secs(9)).deadline().is_some());
    /// assert!(clock.sleep(Duration::MAX).deadline().is_none());
    /// ```
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Until(at) | State::Ahead(at) | State::Elapsed(at) => Some(*at),
            State::Armed(timer) => Some(timer.deadline()),
            State::Never => None,
        }
    }

    /// Whether the deadline has passed.
    ///
    /// Reads the clock if the sleep has not been polled yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let sleep = clock.sleep(Duration::from_millis(5));
    /// clock.advance(Duration::from_millis(4));
    /// assert!(!sleep.is_elapsed());
    /// clock.advance(Duration::from_millis(1));
    /// assert!(sleep.is_elapsed());
    /// ```
    pub fn is_elapsed(&self) -> bool {
        match &self.state {
            State::Until(at) | State::Ahead(at) => self.clock.now() >= *at,
            State::Armed(timer) => timer.is_fired(),
            State::Elapsed(_) => true,
            State::Never => false,
        }
    }

    /// Moves the deadline to `at`, whether the sleep has completed or not.
    ///
    /// A task that waits for the sleep goes on waiting for the new deadline, and is woken if that
    /// has passed already.
    /// Only a sleep that [never ends](Self::deadline) keeps no waker: the task that waits for it has
    /// to poll it again after the reset.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let mut sleep = clock.sleep(Duration::from_secs(1));
    /// sleep.reset(clock.now() + Duration::from_secs(3));
    /// clock.advance(Duration::from_secs(2));
    /// assert!(!sleep.is_elapsed());
    /// ```
    pub fn reset(&mut self, at: Instant) {
        self.set(State::Until(at));
    }

    /// Moves the deadline to `duration` from now, like [`reset`](Self::reset).
    ///
    /// A duration that leads past every instant means never; the waker of a waiting task is dropped
    /// then.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let mut idle = clock.sleep(Duration::from_secs(30));
    /// clock.advance(Duration::from_secs(29));
    /// idle.reset_after(Duration::from_secs(30)); // something happened
    /// assert_eq!(idle.deadline(), Some(clock.now() + Duration::from_secs(30)));
    /// ```
    pub fn reset_after(&mut self, duration: Duration) {
        self.set(State::after(&self.clock, duration));
    }

    /// Allows the sleep to end up to `slack` late.
    ///
    /// The clock may then let timers that lie close together end at the same instant, with one wake
    /// of its thread for all.
    /// On [`SystemClock`](crate::SystemClock) this helps when many timers are really awaited;
    /// timeouts that are mostly cancelled gain nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, SystemClock};
    /// use std::time::Duration;
    ///
    /// let (wait, slack) = (Duration::from_secs(60), Duration::from_secs(1));
    /// let before = SystemClock.now();
    /// let sleep = SystemClock.sleep(wait).with_slack(slack);
    /// let at = sleep.deadline().unwrap();
    /// assert!(at >= before + wait && at <= SystemClock.now() + wait + slack);
    /// ```
    pub fn with_slack(mut self, slack: Duration) -> Self {
        match &mut self.state {
            State::Until(at) | State::Ahead(at) => *at = self.clock.coalesce(*at, slack),
            State::Armed(timer) => {
                let at = self.clock.coalesce(timer.deadline(), slack);
                self.reset(at);
            }
            State::Elapsed(_) | State::Never => {}
        }
        self
    }

    pub(crate) fn clock(&self) -> &C {
        &self.clock
    }

    /// `new` is one of `Until`, `Ahead`, `Elapsed`, `Never`.
    fn set(&mut self, new: State<C::Timer>) {
        if let (State::Armed(timer), State::Until(at) | State::Ahead(at) | State::Elapsed(at)) =
            (&mut self.state, &new)
        {
            // Keeps the waker of the waiting task; false means that it has been called, so that
            // task will poll and register anew.
            if timer.reset(*at) {
                return;
            }
        }
        self.state = new;
    }
}

impl<T> State<T> {
    #[inline]
    fn after(clock: &impl Clock, duration: Duration) -> Self {
        match clock.now().checked_add(duration) {
            Some(at) if duration.is_zero() => State::Elapsed(at),
            Some(at) => State::Ahead(at),
            None => State::Never,
        }
    }
}

impl<C: Clock> Future for Sleep<C> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let me = self.get_mut();
        if let State::Armed(timer) = &mut me.state {
            if !timer.poll_fired(cx.waker()) {
                return Poll::Pending;
            }
            me.fired();
            return Poll::Ready(());
        }
        me.poll_unarmed(cx.waker())
    }
}

impl<C: Clock> Sleep<C> {
    /// Out of line: a poll that stays pending carries none of it.
    #[cold]
    fn fired(&mut self) {
        if let State::Armed(timer) = &self.state {
            self.state = State::Elapsed(timer.deadline());
        }
    }

    /// The first poll, or one that has nothing to wait for; apart from `poll`, which is inlined.
    fn poll_unarmed(&mut self, waker: &Waker) -> Poll<()> {
        let at = match self.state {
            State::Ahead(at) => at,
            State::Until(at) => {
                if self.clock.now() >= at {
                    self.state = State::Elapsed(at);
                    return Poll::Ready(());
                }
                at
            }
            State::Elapsed(_) => return Poll::Ready(()),
            State::Armed(_) | State::Never => return Poll::Pending,
        };
        self.state = State::Armed(self.clock.arm(at, waker));
        Poll::Pending
    }
}

impl<C: Clock> Unpin for Sleep<C> {}

impl<C: Clock> fmt::Debug for Sleep<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep")
            .field("deadline", &self.deadline())
            .field("elapsed", &matches!(self.state, State::Elapsed(_)))
            .finish_non_exhaustive()
    }
}
