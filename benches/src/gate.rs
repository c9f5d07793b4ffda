//! A primitive to measure the wait list with: it does nothing but wait.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_waitlist::{Key, Polled, WaitList};
use parking_lot::Mutex;

/// The smallest primitive with a wait list: each call of `admit` lets one waiter through.
#[derive(Debug, Default)]
pub struct Gate(Mutex<WaitList<()>>);

impl Gate {
    /// Waits to be let through.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place, and a call of [`admit`](Self::admit) that it has not
    /// noticed.
    pub fn wait(&self) -> Wait<'_> {
        let key = None;
        Wait { gate: self, key }
    }

    /// Lets the first in the queue through, if there is one.
    pub fn admit(&self) {
        // The guard is gone before the waker is called.
        let granted = self.0.lock().grant_first();
        if let Some(((), Some(waker))) = granted {
            waker.wake();
        }
    }
}

/// Completes when [`Gate::admit`] lets it through.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Wait<'a> {
    gate: &'a Gate,
    key: Option<Key>,
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let gate = self.gate;
        let Some(key) = self.key.take() else {
            let waker = cx.waker().clone();
            self.key = Some(gate.0.lock().insert((), waker));
            return Poll::Pending;
        };
        let mut spare = None;
        loop {
            let mut waiters = gate.0.lock();
            match waiters.poll(&key, cx.waker(), &mut spare) {
                Polled::NeedsWaker => {
                    drop(waiters);
                    spare = Some(cx.waker().clone());
                }
                Polled::Waiting => {
                    self.key = Some(key);
                    return Poll::Pending;
                }
                Polled::Granted | Polled::Refused => {
                    let released = waiters.release(key);
                    drop(waiters);
                    drop(released);
                    return Poll::Ready(());
                }
            }
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let released = self.gate.0.lock().release(key);
            drop(released);
        }
    }
}
