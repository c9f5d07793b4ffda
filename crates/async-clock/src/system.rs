//! `SystemClock`: the time of the system, and one timer for the whole process.
//!
//! From the top: `timer` is a handle, `driver` the shards and the thread, `park` the protocol by
//! which the thread sleeps, `wheel` the structure of a shard, `slab` its memory.

mod driver;
mod park;
mod slab;
mod timer;
mod wheel;

pub use self::timer::SystemTimer;

use crate::clock::{Clock, WallClock};
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};

/// The time of the system, with timers that work under every executor and under none.
///
/// Never early; typically 50 to 120 µs late on Linux, more on a busy machine.
/// Timers are served in ticks of 4.096 µs, rounded up; the order within a tick is unspecified.
/// Huge durations never end and never panic: a deadline 36 years or more after the first use of
/// the clock in this process never comes.
///
/// One thread, named `async-clock`, serves all timers of the process.
/// It starts with the first timer that is registered, sleeps until the earliest deadline, and is
/// woken only for a new earliest one; cancelling a timer never wakes it.
/// The clock itself has no size.
///
/// # Wakers run on the timer thread
///
/// Those of executors only put a task into a queue.
/// Long work inside a custom waker delays every timer of the process, and deep calls inside it find
/// a stack of 256 KiB.
/// A waker that panics harms no other timer.
///
/// # What time it is
///
/// Time is monotonic, that of [`Instant`]: it stands still while the system is suspended on Linux
/// and macOS, not on Windows.
///
/// # Processes
///
/// A `fork`ed child has no timer thread, so its timers do not fire.
/// Two incompatible versions of this crate in one process run two threads.
///
/// # Panics
///
/// [`Clock::arm`] panics if it is the first to need the thread and the system refuses to start
/// it; nothing is registered then, and the next one tries again.
///
/// # Runtime compatibility
///
/// Any executor, several at once, or none. Needs threads and 64-bit atomics.
///
/// # Examples
///
/// ```
/// use async_clock::{ClockExt, SystemClock};
/// use std::time::{Duration, Instant};
///
/// let before = Instant::now();
/// let wait = Duration::from_millis(2);
/// futures_lite::future::block_on(SystemClock.sleep(wait));
/// assert!(before.elapsed() >= wait);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    type Timer = SystemTimer;

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn arm(&self, at: Instant, waker: &Waker) -> SystemTimer {
        SystemTimer::arm(at, waker)
    }

    /// Rounds up to a multiple of the largest power of two of ticks that is within `slack`, so that
    /// timers that lie close together fire together.
    fn coalesce(&self, at: Instant, slack: Duration) -> Instant {
        driver::driver().coalesced(at, slack)
    }
}

impl WallClock for SystemClock {
    fn system_now(&self) -> SystemTime {
        SystemTime::now()
    }
}
