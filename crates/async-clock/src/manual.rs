//! `ManualClock`: a time line that moves only when told.

mod drive;
mod line;

pub use drive::{AdvanceYielding, Drive, WaitForTimers};

use crate::clock::{Clock, Timer, WallClock};
use line::{Line, Place, lock};
use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};

/// A clock for tests: time stands still until it is advanced.
///
/// Each [`new`](Self::new) is a time line of its own; clones share it, on any thread and any
/// executor.
/// Nothing here sleeps, and nothing depends on how fast the machine is.
///
/// Advancing goes through every deadline on the way, in the order of deadline and arming; timers
/// that woken code arms inside the span are honoured as long as that code runs inside the waker.
/// Code that runs in tasks gets its turn with [`advance_yielding`](Self::advance_yielding) or
/// [`drive`](Self::drive).
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ClockExt, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let start = clock.now();
/// let work = async {
///     clock.sleep(Duration::from_secs(3600)).await;
///     "an hour later"
/// };
/// assert_eq!(futures_lite::future::block_on(clock.drive(work)), "an hour later");
/// assert_eq!(clock.now() - start, Duration::from_secs(3600));
/// ```
#[derive(Clone)]
pub struct ManualClock {
    line: Arc<Line>,
}

impl ManualClock {
    /// Creates a time line; its time of day starts at 2000-01-01 00:00 UTC.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    ///
    /// assert_eq!(ManualClock::new().pending(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(SystemTime::UNIX_EPOCH + Duration::from_secs(946_684_800))
    }

    /// Creates a time line with the given time of day.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ManualClock, WallClock};
    /// use std::time::SystemTime;
    ///
    /// let clock = ManualClock::starting_at(SystemTime::UNIX_EPOCH);
    /// assert_eq!(clock.system_now(), SystemTime::UNIX_EPOCH);
    /// ```
    #[must_use]
    pub fn starting_at(time_of_day: SystemTime) -> Self {
        Self {
            line: Arc::new(Line::new(time_of_day)),
        }
    }

    /// Moves time on by `duration`, calling what is due on the way.
    ///
    /// Wakers are called from inside, each with the clock standing at its deadline.
    /// When one panics the others are called all the same, time arrives, and the panic goes on.
    /// When two threads advance at once, time ends at the later of their targets.
    ///
    /// # Panics
    ///
    /// If no instant can represent the result, or a waker panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let before = clock.now();
    /// clock.advance(Duration::from_millis(250));
    /// assert_eq!(clock.now() - before, Duration::from_millis(250));
    /// ```
    #[track_caller]
    pub fn advance(&self, duration: Duration) {
        let target = self.target(duration);
        let mut panic = None;
        while self.line.step(target, &mut panic) {}
        line::resume(panic);
    }

    /// Like [`advance`](Self::advance), and lets other tasks run after each deadline.
    ///
    /// After each instant at which something was due the future yields once, so that on a fair
    /// executor the tasks that were woken run, and may arm further timers inside the span.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the clock at the last deadline it reached; nothing else is lost.
    ///
    /// # Panics
    ///
    /// If no instant can represent the result, or a waker panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use futures_lite::future;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let second = Duration::from_secs(1);
    /// let worker = async {
    ///     for _ in 0..3 {
    ///         clock.sleep(second).await; // armed anew after each
    ///     }
    ///     clock.now()
    /// };
    /// let start = clock.now();
    /// let (end, ()) = future::block_on(future::zip(worker, clock.advance_yielding(10 * second)));
    /// assert_eq!(end - start, 3 * second);
    /// ```
    #[track_caller]
    pub fn advance_yielding(&self, duration: Duration) -> AdvanceYielding {
        AdvanceYielding::new(self.clone(), self.target(duration))
    }

    /// Moves time on to the next deadline and calls what is due there.
    ///
    /// Returns that deadline, or `None` when nothing is armed.
    ///
    /// # Panics
    ///
    /// If a waker panics, after the others were called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    ///
    /// assert_eq!(ManualClock::new().advance_to_next(), None);
    /// ```
    pub fn advance_to_next(&self) -> Option<Instant> {
        let at = self.next_deadline()?;
        let mut panic = None;
        self.line.step(at, &mut panic);
        line::resume(panic);
        Some(at)
    }

    /// How many timers are armed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let _sleep = clock.sleep(Duration::from_secs(1));
    /// assert_eq!(clock.pending(), 0); // armed at its first poll
    /// ```
    #[must_use]
    pub fn pending(&self) -> usize {
        lock(&self.line.state).timers.len()
    }

    /// The earliest deadline that is armed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use std::task::Waker;
    ///
    /// let clock = ManualClock::new();
    /// let at = clock.now() + std::time::Duration::from_secs(2);
    /// let _timer = clock.arm(at, Waker::noop());
    /// assert_eq!(clock.next_deadline(), Some(at));
    /// ```
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        lock(&self.line.state)
            .timers
            .keys()
            .next()
            .map(|place| place.at)
    }

    /// Waits until at least `n` timers are armed.
    ///
    /// With it a test knows that tasks on other threads have come to their sleeps, without a sleep
    /// of its own.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let worker = std::thread::spawn({
    ///     let clock = clock.clone();
    ///     move || futures_lite::future::block_on(clock.sleep(Duration::from_secs(60)))
    /// });
    /// futures_lite::future::block_on(clock.wait_for_timers(1));
    /// clock.advance(Duration::from_secs(60));
    /// worker.join().unwrap();
    /// ```
    pub fn wait_for_timers(&self, n: usize) -> WaitForTimers<'_> {
        WaitForTimers::new(&self.line, n)
    }

    /// Blocks this thread until at least `n` timers are armed.
    ///
    /// # Blocking
    ///
    /// Not for async code; see [`wait_for_timers`](Self::wait_for_timers).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let worker = std::thread::spawn({
    ///     let clock = clock.clone();
    ///     move || futures_lite::future::block_on(clock.sleep(Duration::from_secs(60)))
    /// });
    /// clock.wait_for_timers_blocking(1);
    /// clock.advance(Duration::from_secs(60));
    /// worker.join().unwrap();
    /// ```
    pub fn wait_for_timers_blocking(&self, n: usize) {
        self.line.wait_blocking(n);
    }

    /// Runs `future`, and moves time on whenever it waits for nothing but this clock.
    ///
    /// Each time `future` is pending and has not been woken, time moves to the next deadline, one
    /// step per poll, so that other tasks get their turn in between.
    /// When nothing is armed it waits for a timer or for `future` to be woken from elsewhere.
    ///
    /// A future that waits for other threads while timers are armed sees time run on; use
    /// [`advance`](Self::advance) for that.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `future`; pass `&mut future` to keep it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use futures_lite::future;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let race = future::or(
    ///     async { clock.sleep(Duration::from_secs(5)).await; "slow" },
    ///     async { clock.sleep(Duration::from_secs(2)).await; "quick" },
    /// );
    /// assert_eq!(future::block_on(clock.drive(race)), "quick");
    /// ```
    pub fn drive<F: IntoFuture>(&self, future: F) -> Drive<'_, F::IntoFuture> {
        Drive::new(self, future.into_future())
    }

    /// Sets the time of day forward by `duration`, as NTP or a user does; timers don't notice.
    ///
    /// # Panics
    ///
    /// If the time of day can't be represented.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock, WallClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let (wall, monotonic) = (clock.system_now(), clock.now());
    /// clock.jump_wall_forward(Duration::from_secs(3600));
    /// assert_eq!(clock.system_now(), wall + Duration::from_secs(3600));
    /// assert_eq!(clock.now(), monotonic);
    /// ```
    #[track_caller]
    pub fn jump_wall_forward(&self, duration: Duration) {
        let jumped = lock(&self.line.state).jump(|wall| wall.checked_add(duration));
        assert!(jumped, "a time of day that can't be represented");
    }

    /// Sets the time of day back by `duration`; timers don't notice.
    ///
    /// # Panics
    ///
    /// If the time of day can't be represented.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ManualClock, WallClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let wall = clock.system_now();
    /// clock.jump_wall_back(Duration::from_secs(3600));
    /// assert_eq!(clock.system_now(), wall - Duration::from_secs(3600));
    /// ```
    #[track_caller]
    pub fn jump_wall_back(&self, duration: Duration) {
        let jumped = lock(&self.line.state).jump(|wall| wall.checked_sub(duration));
        assert!(jumped, "a time of day that can't be represented");
    }

    #[track_caller]
    fn target(&self, duration: Duration) -> Instant {
        self.now()
            .checked_add(duration)
            .expect("an instant that can't be represented")
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.line.state);
        f.debug_struct("ManualClock")
            .field("now", &state.now)
            .field("pending", &state.timers.len())
            .finish_non_exhaustive()
    }
}

impl Clock for ManualClock {
    type Timer = ManualTimer;

    fn now(&self) -> Instant {
        lock(&self.line.state).now
    }

    fn arm(&self, at: Instant, waker: &Waker) -> ManualTimer {
        let place = self.line.arm(at, waker.clone());
        ManualTimer {
            line: self.line.clone(),
            place,
        }
    }
}

impl WallClock for ManualClock {
    fn system_now(&self) -> SystemTime {
        lock(&self.line.state).wall()
    }
}

/// A timer of a [`ManualClock`].
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ManualClock, Timer};
/// use std::task::Waker;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let timer = clock.arm(clock.now() + Duration::from_secs(1), Waker::noop());
/// clock.advance(Duration::from_secs(1));
/// assert!(timer.is_fired());
/// ```
#[must_use = "dropping a timer cancels it"]
pub struct ManualTimer {
    line: Arc<Line>,
    place: Place,
}

impl Timer for ManualTimer {
    fn poll_fired(&mut self, waker: &Waker) -> bool {
        // Cloned before the lock, and the old one dropped after it.
        let mut waker = Some(waker.clone());
        let pending = match lock(&self.line.state).timers.get_mut(&self.place) {
            Some(stored) => {
                waker = waker.map(|new| std::mem::replace(stored, new));
                true
            }
            None => false,
        };
        drop(waker);
        !pending
    }

    fn is_fired(&self) -> bool {
        !lock(&self.line.state).timers.contains_key(&self.place)
    }

    fn deadline(&self) -> Instant {
        self.place.at
    }

    fn reset(&mut self, at: Instant) -> bool {
        let stored = lock(&self.line.state).timers.remove(&self.place);
        let Some(waker) = stored else { return false };
        self.place = self.line.arm(at, waker);
        true
    }
}

impl Drop for ManualTimer {
    fn drop(&mut self) {
        // The guard dies before the waker it hands out.
        let waker = lock(&self.line.state).timers.remove(&self.place);
        drop(waker);
    }
}

impl fmt::Debug for ManualTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualTimer")
            .field("deadline", &self.place.at)
            .field("fired", &self.is_fired())
            .finish_non_exhaustive()
    }
}
