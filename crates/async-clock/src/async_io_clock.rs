//! `AsyncIoClock`: timers of async-io's reactor.

use crate::clock::{Clock, Timer, WallClock};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::{Instant, SystemTime};

/// A clock on the reactor of async-io, which applications on smol and async-std run anyway.
///
/// Saves the thread of [`SystemClock`](crate::SystemClock) in such a program; each timer costs more
/// there, and takes an allocation.
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
        AsyncIoTimer::new(at, waker.clone())
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
    call: Arc<Call>,
    deadline: Instant,
    /// Seen by one of our polls.
    fired: bool,
}

/// What the reactor calls, which does not tell whom it has called.
struct Call {
    waker: Waker,
    made: AtomicBool,
}

impl Call {
    fn new(waker: Waker) -> Arc<Self> {
        let made = AtomicBool::new(false);
        Arc::new(Self { waker, made })
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Release: pairs with the load in `is_fired`.
        self.made.store(true, Ordering::Release);
        self.waker.wake_by_ref();
    }
}

impl AsyncIoTimer {
    fn new(at: Instant, waker: Waker) -> Self {
        let mut timer = Self {
            timer: async_io::Timer::at(at),
            call: Call::new(waker),
            deadline: at,
            fired: false,
        };
        timer.register();
        if timer.fired {
            // It was due before the reactor came to know of it.
            timer.call.waker.wake_by_ref();
        }
        timer
    }

    fn register(&mut self) {
        let waker = Waker::from(Arc::clone(&self.call));
        let mut cx = Context::from_waker(&waker);
        self.fired = Pin::new(&mut self.timer).poll(&mut cx).is_ready();
    }
}

impl Timer for AsyncIoTimer {
    fn poll_fired(&mut self, waker: &Waker) -> bool {
        if !self.fired {
            if !self.call.waker.will_wake(waker) {
                self.call = Call::new(waker.clone());
            }
            self.register();
        }
        self.fired
    }

    fn is_fired(&self) -> bool {
        // Acquire: pairs with the store in `wake_by_ref`.
        self.fired || self.call.made.load(Ordering::Acquire)
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn reset(&mut self, at: Instant) -> bool {
        if self.is_fired() {
            return false;
        }
        // Another call: the reactor may be about to make the old one, which does not count then.
        *self = Self::new(at, self.call.waker.clone());
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
