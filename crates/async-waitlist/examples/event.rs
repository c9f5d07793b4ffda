//! An event: everybody waits until it is set, and setting it wakes all in batches.

use async_waitlist::{Key, Polled, WaitList, WakeBatch, blocking};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

/// Unset at first; set once and for all.
#[derive(Debug)]
pub struct Event {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    set: bool,
    waiters: WaitList<()>,
}

impl Event {
    /// Creates an event that is not set.
    pub const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                set: false,
                waiters: WaitList::new(),
            }),
        }
    }

    /// Sets the event and wakes all who wait.
    pub fn set(&self) {
        // First the flag, so that nobody comes to wait between two rounds.
        self.lock().set = true;
        // Sixteen at a time: locked while they are granted, unlocked while they are woken.
        WakeBatch::in_rounds(|batch| self.lock().waiters.grant_all(batch));
    }

    /// Waits until the event is set.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes loses nothing.
    pub fn wait(&self) -> Wait<'_> {
        Wait {
            event: self,
            key: None,
        }
    }

    /// Waits for so long at most; tells whether the event was set.
    pub fn wait_blocking_timeout(&self, limit: Duration) -> bool {
        blocking::block_on_timeout(&mut self.wait(), limit).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics under this lock")
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

/// Completes once the event is set; from [`Event::wait`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Wait<'a> {
    event: &'a Event,
    key: Option<Key>,
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut spare = None; // declared before the guard: what it holds is dropped after it
        loop {
            let mut state = this.event.lock();
            if state.set {
                return Poll::Ready(()); // the key, if there is one, is released by `drop`
            }
            if let Some(key) = &this.key {
                if state.waiters.poll(key, cx.waker(), &mut spare) == Polled::Waiting {
                    return Poll::Pending;
                }
            } else if let Some(waker) = spare.take() {
                this.key = Some(state.waiters.insert((), waker));
                return Poll::Pending;
            }
            drop(state);
            spare = Some(cx.waker().clone()); // unlocked: it is foreign code
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let mut state = self.event.lock();
            let released = state.waiters.release(key);
            let trash = state.waiters.shrink();
            drop(state);
            drop((released, trash)); // nothing is passed on: the event stays set for all
        }
    }
}

fn main() {
    static EVENT: Event = Event::new();

    assert!(!EVENT.wait_blocking_timeout(Duration::from_millis(1)));

    let waiters: Vec<_> = (0..20)
        .map(|_| thread::spawn(|| blocking::block_on(EVENT.wait())))
        .collect();
    EVENT.set();
    for waiter in waiters {
        waiter.join().expect("no waiter panics");
    }
    assert!(EVENT.wait_blocking_timeout(Duration::ZERO));
    assert_eq!(EVENT.lock().waiters.granted(), 0);
}
