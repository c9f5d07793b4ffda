//! `AsyncIoClock`: timers of async-io's reactor.

use crate::clock::{Clock, Timer, WallClock};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::{Instant, SystemTime};

/// A clock on the reactor of async-io, which applications on smol and async-std run anyway.
///
/// Saves the thread of [`SystemClock`](crate::SystemClock) in such a program; each timer costs more
/// there.
///
/// # Examples
///
/// ```
/// use async_clock::{AsyncIoClock, ClockExt};
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// futures_lite::future::block_on(AsyncIoClock.sleep(Duration::from_millis(5)));
/// assert!(start.elapsed() >= Duration::from_millis(5));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AsyncIoClock;

impl Clock for AsyncIoClock {
    type Timer = AsyncIoTimer;

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn arm(&self, at: Instant, waker: &Waker) -> AsyncIoTimer {
        let timer = async_io::Timer::at(at);
        let mut timer = AsyncIoTimer {
            timer,
            waker: waker.clone(),
            deadline: at,
            fired: false,
        };
        timer.register();
        if timer.fired {
            timer.waker.wake_by_ref();
        }
        timer
    }
}

impl WallClock for AsyncIoClock {
    fn system_now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A timer of an [`AsyncIoClock`].
///
/// # Examples
///
/// ```
/// use async_clock::{AsyncIoClock, Clock, Timer};
/// use std::task::Waker;
///
/// assert!(AsyncIoClock.arm(AsyncIoClock.now(), Waker::noop()).is_fired());
/// ```
#[must_use = "dropping a timer cancels it"]
pub struct AsyncIoTimer {
    timer: async_io::Timer,
    /// The one that is registered.
    waker: Waker,
    deadline: Instant,
    /// Seen by one of our polls.
    fired: bool,
}

impl AsyncIoTimer {
    fn register(&mut self) {
        let mut cx = Context::from_waker(&self.waker);
        self.fired = Pin::new(&mut self.timer).poll(&mut cx).is_ready();
    }
}

impl Timer for AsyncIoTimer {
    fn poll_fired(&mut self, waker: &Waker) -> bool {
        if !self.fired {
            self.waker.clone_from(waker);
            self.register();
        }
        self.fired
    }

    /// The reactor does not tell which wakers it has called, so a timer that is due has fired.
    fn is_fired(&self) -> bool {
        self.fired || Instant::now() >= self.deadline
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn reset(&mut self, at: Instant) -> bool {
        if self.is_fired() {
            return false;
        }
        self.deadline = at;
        self.timer.set_at(at);
        self.register();
        if self.fired {
            self.waker.wake_by_ref();
        }
        true
    }
}

impl fmt::Debug for AsyncIoTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncIoTimer")
            .field("deadline", &self.deadline)
            .field("fired", &self.is_fired())
            .finish_non_exhaustive()
    }
}
