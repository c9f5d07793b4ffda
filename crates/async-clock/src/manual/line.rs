//! The shared state of a manual time line.

use std::any::Any;
use std::collections::BTreeMap;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Instant, SystemTime};

/// Where a timer stands: by deadline, then in the order of arming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) at: Instant,
    pub(super) seq: u64,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) now: Instant,
    /// The time of day at the instant `.0`; the rest follows from `now`.
    wall: (Instant, SystemTime),
    /// The armed timers; one that is not here has fired.
    pub(super) timers: BTreeMap<Place, Waker>,
    next_seq: u64,
    /// Futures that wait until so many timers are armed.
    pub(super) watchers: Vec<Watcher>,
    next_watcher: u64,
}

#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) id: u64,
    pub(super) n: usize,
    /// Taken by the arming that woke it.
    pub(super) waker: Option<Waker>,
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) state: Mutex<State>,
    /// Notified at every arming.
    armed: Condvar,
}

/// The first panic of a waker, kept until all have been called.
pub(super) type Payload = Option<Box<dyn Any + Send>>;

/// No user code runs under the lock, so a poisoned one is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn resume(panic: Payload) {
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}

/// Calls each of them, even if others panic.
fn wake_all(wakers: Vec<Waker>, panic: &mut Payload) {
    for waker in wakers {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
            panic.get_or_insert(payload);
        }
    }
}

impl State {
    pub(super) fn wall(&self) -> SystemTime {
        let (at, wall) = self.wall;
        wall + self.now.duration_since(at)
    }

    /// False: the new time of day can't be represented, and the old one stands.
    pub(super) fn jump(&mut self, to: impl FnOnce(SystemTime) -> Option<SystemTime>) -> bool {
        let jumped = to(self.wall());
        if let Some(wall) = jumped {
            self.wall = (self.now, wall);
        }
        jumped.is_some()
    }

    pub(super) fn watch(&mut self, n: usize, waker: Waker) -> u64 {
        let id = self.next_watcher;
        self.next_watcher += 1;
        self.watchers.push(Watcher {
            id,
            n,
            waker: Some(waker),
        });
        id
    }

    /// Returns what must be dropped unlocked.
    pub(super) fn unwatch(&mut self, id: u64) -> Option<Waker> {
        let i = self.watchers.iter().position(|watcher| watcher.id == id)?;
        self.watchers.swap_remove(i).waker
    }

    /// Everything armed for the earliest instant up to `target`; time has moved there.
    fn due(&mut self, target: Instant) -> Vec<Waker> {
        let mut due = Vec::new();
        let Some(first) = self.timers.keys().next().copied() else {
            return due;
        };
        if first.at > target {
            return due;
        }
        self.now = self.now.max(first.at);
        while let Some(entry) = self.timers.first_entry() {
            if entry.key().at != first.at {
                break;
            }
            due.push(entry.remove());
        }
        due
    }
}

impl Line {
    pub(super) fn new(time_of_day: SystemTime) -> Self {
        let now = Instant::now();
        let state = State {
            now,
            wall: (now, time_of_day),
            timers: BTreeMap::new(),
            next_seq: 0,
            watchers: Vec::new(),
            next_watcher: 0,
        };
        Self {
            state: Mutex::new(state),
            armed: Condvar::new(),
        }
    }

    /// Arms `waker`, or calls it at once if `at` has passed.
    pub(super) fn arm(&self, at: Instant, waker: Waker) -> Place {
        let mut state = lock(&self.state);
        let place = Place {
            at,
            seq: state.next_seq,
        };
        state.next_seq += 1;
        if at <= state.now {
            drop(state);
            waker.wake();
            return place;
        }
        state.timers.insert(place, waker);
        let armed = state.timers.len();
        let watching: Vec<Waker> = state
            .watchers
            .iter_mut()
            .filter(|watcher| watcher.n <= armed)
            .filter_map(|watcher| watcher.waker.take())
            .collect();
        drop(state);
        self.armed.notify_all();
        // Their panics are not the affair of whoever arms, who needs the handle of this timer.
        let mut panic = None;
        wake_all(watching, &mut panic);
        mem::forget(panic); // its destructor may panic too
        place
    }

    /// Goes to the earliest deadline up to `target` and calls what is due there, or goes to
    /// `target` if there is none. True: there was one, and there may be more.
    pub(super) fn step(&self, target: Instant, panic: &mut Payload) -> bool {
        let due = {
            let mut state = lock(&self.state);
            let due = state.due(target);
            if due.is_empty() {
                state.now = state.now.max(target);
            }
            due
        };
        let any = !due.is_empty();
        wake_all(due, panic);
        any
    }

    pub(super) fn wait_blocking(&self, n: usize) {
        let state = lock(&self.state);
        let enough = self.armed.wait_while(state, |state| state.timers.len() < n);
        drop(enough);
    }
}
