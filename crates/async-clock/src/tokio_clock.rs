//! `TokioClock`: the time of a tokio runtime, paused or not.

use crate::clock::{Clock, Timer};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::task::unconstrained;
use tokio::time;

/// The clock of a tokio runtime.
///
/// Whatever runs on it stands still when that runtime's time is paused, and moves when it is
/// advanced.
/// Timers fire only while the runtime is driven, at tokio's resolution of 1 ms, and take one
/// allocation each.
///
/// # Panics
///
/// Every method panics when the runtime was built without `enable_time`, or has been shut down.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ClockExt, TokioClock};
/// use std::time::Duration;
///
/// let mut builder = tokio::runtime::Builder::new_current_thread();
/// let runtime = builder.enable_time().start_paused(true).build().unwrap();
/// runtime.block_on(async {
///     let clock = TokioClock::current();
///     let start = clock.now();
///     clock.sleep(Duration::from_secs(3600)).await; // takes no time at all
///     assert!(clock.now() - start >= Duration::from_secs(3600));
/// });
/// ```
#[derive(Clone, Debug)]
pub struct TokioClock {
    handle: Handle,
}

impl TokioClock {
    /// The clock of the given runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::TokioClock;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// let _clock = TokioClock::new(runtime.handle().clone());
    /// ```
    pub fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// The clock of the runtime this code runs on.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::TokioClock;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// runtime.block_on(async { drop(TokioClock::current()) });
    /// ```
    #[track_caller]
    pub fn current() -> Self {
        Self::new(Handle::current())
    }
}

impl Clock for TokioClock {
    type Timer = TokioTimer;

    fn now(&self) -> Instant {
        // Outside the runtime tokio does not see its paused time.
        let _entered = self.handle.enter();
        time::Instant::now().into_std()
    }

    fn arm(&self, at: Instant, waker: &Waker) -> TokioTimer {
        let sleep = {
            let _entered = self.handle.enter();
            Box::pin(time::sleep_until(at.into()))
        };
        let handle = self.handle.clone();
        let mut timer = TokioTimer {
            handle,
            sleep,
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

/// A timer of a [`TokioClock`].
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, Timer, TokioClock};
/// use std::task::Waker;
/// use std::time::Duration;
///
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// let clock = TokioClock::new(runtime.handle().clone());
/// let timer = clock.arm(clock.now() + Duration::from_secs(60), Waker::noop());
/// assert!(!timer.is_fired());
/// ```
#[must_use = "dropping a timer cancels it"]
pub struct TokioTimer {
    handle: Handle,
    sleep: Pin<Box<time::Sleep>>,
    /// The one that is registered.
    waker: Waker,
    deadline: Instant,
    /// Seen by one of our polls.
    fired: bool,
}

impl TokioTimer {
    /// Polls tokio's timer with our waker: outside the budget that would make a task yield, as a
    /// poll put off is a timer not registered.
    fn register(&mut self) {
        let _entered = self.handle.enter();
        let mut sleep = unconstrained(self.sleep.as_mut());
        let mut cx = Context::from_waker(&self.waker);
        self.fired = matches!(Pin::new(&mut sleep).poll(&mut cx), Poll::Ready(()));
    }
}

impl Timer for TokioTimer {
    fn poll_fired(&mut self, waker: &Waker) -> bool {
        if !self.fired {
            self.waker.clone_from(waker);
            self.register();
        }
        self.fired
    }

    fn is_fired(&self) -> bool {
        self.fired || self.sleep.is_elapsed()
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn reset(&mut self, at: Instant) -> bool {
        if self.is_fired() {
            return false;
        }
        self.deadline = at;
        {
            let _entered = self.handle.enter();
            self.sleep.as_mut().reset(at.into());
        }
        // If `at` has passed, tokio has called the registered waker from inside its `reset`.
        self.register();
        true
    }
}

impl fmt::Debug for TokioTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioTimer")
            .field("deadline", &self.deadline)
            .field("fired", &self.is_fired())
            .finish_non_exhaustive()
    }
}
