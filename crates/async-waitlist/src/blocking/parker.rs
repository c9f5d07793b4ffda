//! What puts a thread to sleep, and the waker that ends its sleep.
//!
//! Each parker has a condition variable of its own and leaves `std::thread::park` alone.
//! A thread has a single `park` token: it would be shared with the user's code, and a token that
//! the user's code left while we slept would melt into ours and could not be told apart, and so
//! not be given back.

#[cfg(not(loom))]
use std::cell::Cell;
use std::sync::{Arc, PoisonError};
use std::task::{Wake, Waker};
use std::time::Instant;

#[cfg(loom)]
use loom::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(loom))]
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::sync::atomic::{AtomicU8, Ordering};

/// Neither woken nor asleep.
const EMPTY: u8 = 0;
/// Woken since the last poll began. Set by any waker; cleared by the parker's thread.
const NOTIFIED: u8 = 1;
/// Asleep, or on the way: only set, from `EMPTY`, by the parker's thread under `lock`; replaced by
/// the waker that has to end the sleep, or by the thread itself when its time is up.
const PARKED: u8 = 2;

struct Parker {
    state: AtomicU8,
    /// Held from before `PARKED` is set until the thread waits on `ended`, so that who finds
    /// `PARKED` and then takes the lock notifies a thread that waits already.
    lock: Mutex<()>,
    ended: Condvar,
}

impl Parker {
    fn new() -> Self {
        Self {
            state: AtomicU8::new(EMPTY),
            lock: Mutex::new(()),
            ended: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the wake-up, if there was one.
    fn take_notified(&self) -> bool {
        // Acquire on failure: pairs with nothing, there was no wake.
        let taken =
            self.state
                .compare_exchange(NOTIFIED, EMPTY, Ordering::AcqRel, Ordering::Acquire);
        taken.is_ok()
    }

    /// Announces the sleep; `false` if there was a wake-up, which is taken.
    fn announce(&self) -> bool {
        // Acquire on failure: pairs with the swap in `wake_by_ref`, as the swap below does.
        let parked =
            self.state
                .compare_exchange(EMPTY, PARKED, Ordering::AcqRel, Ordering::Acquire);
        if parked.is_err() {
            // A swap and not a store: it sees what came before the newest of several wakes.
            self.state.swap(EMPTY, Ordering::AcqRel);
        }
        parked.is_ok()
    }

    fn park(&self) {
        if self.take_notified() {
            return;
        }
        let mut guard = self.lock();
        if !self.announce() {
            return;
        }
        while !self.take_notified() {
            guard = self
                .ended
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    #[cfg(not(loom))]
    fn park_until(&self, at: Instant) {
        if self.take_notified() {
            return;
        }
        let mut guard = self.lock();
        if !self.announce() {
            return;
        }
        while !self.take_notified() {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // `PARKED` or, by a wake that came just now, `NOTIFIED`: the poll that follows
                // serves both.
                self.state.swap(EMPTY, Ordering::AcqRel);
                return;
            }
            (guard, _) = self
                .ended
                .wait_timeout(guard, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// loom has no time: a deadline is past from the beginning, or never comes.
    #[cfg(loom)]
    fn park_until(&self, at: Instant) {
        if at > Instant::now() {
            self.park();
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(NOTIFIED, Ordering::AcqRel) == PARKED {
            // Waits for the thread to be asleep, so that the notification is not too early; and
            // notifies unlocked, so that the thread does not wake only to wait for the lock.
            drop(self.lock());
            self.ended.notify_one();
        }
    }
}

type Cached = (Arc<Parker>, Waker);

// loom's threads share the thread that runs the model, so there each call makes its own.
#[cfg(not(loom))]
thread_local! {
    /// Taken while in use: a nested call makes its own instead of taking the outer one's wake-ups.
    static PARKER: Cell<Option<Cached>> = const { Cell::new(None) };
}

/// The thread's parker, taken for one call and put back when that ends, also by a panic.
pub(super) struct Borrowed(Option<Cached>);

impl Borrowed {
    pub(super) fn take() -> Self {
        let cached = cached().unwrap_or_else(|| {
            let parker = Arc::new(Parker::new());
            (parker.clone(), Waker::from(parker))
        });
        // A waker of an earlier call may still be about; its wake is not for this one.
        cached.0.state.swap(EMPTY, Ordering::AcqRel);
        Self(Some(cached))
    }

    pub(super) fn waker(&self) -> &Waker {
        &self.get().1
    }

    /// Sleeps until the waker is called, or not at all if it was since the last sleep.
    pub(super) fn park(&self) {
        self.get().0.park();
    }

    /// The same, but sleeps until `at` at most; tells whether that is past.
    pub(super) fn park_until(&self, at: Instant) -> bool {
        self.get().0.park_until(at);
        // Looked at even after a wake-up: a future that wakes itself without end is late some day.
        Instant::now() >= at
    }

    fn get(&self) -> &Cached {
        self.0.as_ref().expect("only `drop` takes it out")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        put_back(self.0.take());
    }
}

// While the thread's variables are torn down there is no cache, and each call makes its own.
#[cfg(not(loom))]
fn cached() -> Option<Cached> {
    PARKER.try_with(Cell::take).ok().flatten()
}

#[cfg(not(loom))]
fn put_back(cached: Option<Cached>) {
    // Replaces the parker that a nested call has left there, if any.
    drop(PARKER.try_with(|parker| parker.replace(cached)));
}

#[cfg(loom)]
fn cached() -> Option<Cached> {
    None
}

#[cfg(loom)]
fn put_back(_: Option<Cached>) {}
