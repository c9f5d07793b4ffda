//! The clock of the models that loom runs.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use async_clock::{Clock, Timer};
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicU64, Ordering};

/// A clock that loom sees through: time moves when told, on whatever thread.
///
/// Its timers serve alarms, which do not poll them.
#[derive(Clone)]
pub struct ModelledClock(Arc<Line>);

struct Line {
    base: Instant,
    now: AtomicU64,
    timers: Mutex<Timers>,
}

#[derive(Default)]
struct Timers {
    next: u64,
    armed: Vec<(u64, Instant, Waker)>,
}

/// The timer of a [`ModelledClock`].
pub struct ModelledTimer {
    line: Arc<Line>,
    id: u64,
    at: Instant,
}

impl ModelledClock {
    /// A clock that stands still until it is [moved](Self::advance).
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Line {
            base: Instant::now(),
            now: AtomicU64::new(0),
            timers: Mutex::new(Timers::default()),
        }))
    }

    /// Moves the time, and wakes whoever is due.
    ///
    /// # Panics
    ///
    /// When `by` has more nanoseconds than 64 bits can count, or a timer's waker panics.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).expect("models move by little");
        self.0.now.fetch_add(by, Ordering::SeqCst);
        let now = self.now();
        let due: Vec<_> = {
            let mut timers = self.0.timers.lock().expect("nobody panics in here");
            let (due, armed) = timers.armed.drain(..).partition(|(_, at, _)| *at <= now);
            timers.armed = armed;
            due
        };
        for (_, _, waker) in due {
            waker.wake();
        }
    }
}

impl Default for ModelledClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ModelledClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelledClock").finish_non_exhaustive()
    }
}

impl Line {
    /// Arms, or calls at once: the time is read under the lock that `advance` takes after setting
    /// it, so that no timer is overlooked.
    fn arm(&self, clock: &ModelledClock, at: Instant, waker: Waker) -> u64 {
        let mut timers = self.timers.lock().expect("nobody panics in here");
        timers.next += 1;
        let id = timers.next;
        if at <= clock.now() {
            drop(timers);
            waker.wake();
        } else {
            timers.armed.push((id, at, waker));
        }
        id
    }

    fn disarm(&self, id: u64) -> Option<Waker> {
        let mut timers = self.timers.lock().expect("nobody panics in here");
        let index = timers.armed.iter().position(|(armed, ..)| *armed == id)?;
        Some(timers.armed.swap_remove(index).2)
    }
}

impl Clock for ModelledClock {
    type Timer = ModelledTimer;

    fn now(&self) -> Instant {
        // Not a load: that would hide those of other threads from loom 0.7, which remembers the
        // last access to a word only and tries a write before no other.
        let now = self.0.now.fetch_add(0, Ordering::SeqCst);
        self.0.base + Duration::from_nanos(now)
    }

    fn arm(&self, at: Instant, waker: &Waker) -> ModelledTimer {
        let id = self.0.arm(self, at, waker.clone());
        let line = Arc::clone(&self.0);
        ModelledTimer { line, id, at }
    }
}

impl Timer for ModelledTimer {
    fn poll_fired(&mut self, _waker: &Waker) -> bool {
        unreachable!("an alarm does not poll its timer")
    }

    fn is_fired(&self) -> bool {
        unreachable!("an alarm does not poll its timer")
    }

    fn deadline(&self) -> Instant {
        self.at
    }

    fn reset(&mut self, at: Instant) -> bool {
        let Some(waker) = self.line.disarm(self.id) else {
            return false;
        };
        self.id = self
            .line
            .arm(&ModelledClock(Arc::clone(&self.line)), at, waker);
        self.at = at;
        true
    }
}

impl Drop for ModelledTimer {
    fn drop(&mut self) {
        drop(self.line.disarm(self.id));
    }
}

impl fmt::Debug for ModelledTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelledTimer").finish_non_exhaustive()
    }
}
