//! The seam: what a clock must offer so that every future of this crate runs on it.

use std::fmt;
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};

/// Tells the time and calls wakers at given instants.
///
/// Whoever writes a timed primitive takes a `C: Clock` and gets the system's time in production
/// and [`ManualClock`](crate::ManualClock) in tests.
/// Futures on top of it come from [`ClockExt`](crate::ClockExt).
///
/// # Contract
///
/// 1. *Never early*: a waker is called only once `now() >= at`.
/// 2. *Once*: there is at most one call per arming. Dropping the timer cancels it, and its waker is
///    then dropped, not called; a call that is already under way may still arrive.
/// 3. *Re-entrant*: `arm` and [`Timer::reset`] may call the waker from inside the call, when `at`
///    has passed. The caller holds no lock which that waker takes.
/// 4. *No foreign code under locks*: the clock clones, calls and drops wakers outside its locks.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ClockExt, ManualClock};
/// use std::time::Duration;
///
/// /// Works on any clock.
/// async fn pause<C: Clock>(clock: &C) {
///     clock.sleep(Duration::from_secs(60)).await;
/// }
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// futures_lite::future::block_on(clock.drive(pause(&clock)));
/// assert_eq!(clock.now() - before, Duration::from_secs(60));
/// ```
pub trait Clock: Clone + Send + Sync + 'static {
    /// One armed call.
    type Timer: Timer;

    /// The current instant of this clock's time line; it never goes back.
    fn now(&self) -> Instant;

    /// Calls `waker` once, at `at` or later.
    ///
    /// The waker is cloned before any lock is taken.
    /// An instant that has passed is called at once, possibly from inside this call.
    fn arm(&self, at: Instant, waker: &Waker) -> Self::Timer;

    /// The instant to use for a timer that may be late by `slack`, in `at ..= at + slack`.
    ///
    /// A clock that can serve timers of the same instant together rounds up here; others return
    /// `at`.
    fn coalesce(&self, at: Instant, slack: Duration) -> Instant {
        let _ = slack;
        at
    }
}

/// An armed call of [`Clock::arm`]; dropping it cancels the call.
pub trait Timer: fmt::Debug + Send + Sync + Unpin + 'static {
    /// Whether the timer has fired; if not, makes `waker` the one that will be called.
    ///
    /// Both happen in one step, so that a firing can't fall between them.
    fn poll_fired(&mut self, waker: &Waker) -> bool;

    /// Whether the timer has fired.
    fn is_fired(&self) -> bool;

    /// The instant the timer is or was armed for, as far as the clock can represent it.
    ///
    /// A clock whose range is smaller than that of [`Instant`] gives the last instant it knows for
    /// one beyond it.
    fn deadline(&self) -> Instant;

    /// Moves a timer that has not fired to another instant and keeps its waker.
    ///
    /// Returns false when the timer had fired before: its waker is spent, nothing is armed, and
    /// the caller arms another.
    /// When `at` has passed the waker is called, possibly from inside this call, and the result is
    /// true.
    fn reset(&mut self, at: Instant) -> bool;
}

/// A clock that also tells the time of day.
///
/// Unlike [`Clock::now`] this may jump in both directions.
pub trait WallClock: Clock {
    /// The current time of day.
    fn system_now(&self) -> SystemTime;
}
