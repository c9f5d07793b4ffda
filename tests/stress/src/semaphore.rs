//! A semaphore on `async-waitlist`, small enough to be seen through.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_waitlist::sync::Mutex;
use async_waitlist::{Key, Polled, Released, WaitList, WakeBatch};

/// Permits for those who ask first.
///
/// Strictly in order: nobody passes a waiter, not even one that asks for more than is free.
#[derive(Debug)]
pub struct Semaphore {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: u32,
    closed: bool,
    /// The permits that each waits for.
    waiters: WaitList<u32>,
}

/// The semaphore was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl Semaphore {
    /// Returns a semaphore with so many free permits.
    #[must_use]
    pub fn new(permits: u32) -> Arc<Self> {
        let state = State {
            free: permits,
            closed: false,
            waiters: WaitList::new(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
        })
    }

    /// Takes permits if nobody waits and there are enough.
    #[must_use]
    pub fn try_acquire(self: &Arc<Self>, permits: u32) -> Option<Permit> {
        let mut state = self.state.lock();
        if state.closed || !state.take(permits) {
            return None;
        }
        Some(Permit {
            semaphore: Arc::clone(self),
            permits,
        })
    }

    /// Waits for permits.
    pub fn acquire(self: &Arc<Self>, permits: u32) -> Acquire {
        Acquire {
            semaphore: Arc::clone(self),
            permits,
            key: None,
            done: false,
        }
    }

    /// Refuses all who wait and all who come.
    pub fn close(&self) {
        self.state.lock().closed = true;
        WakeBatch::in_rounds(|batch| self.state.lock().waiters.refuse_all(batch));
    }

    /// Returns how many permits are free, and asserts that nobody waits and no grant is unclaimed.
    ///
    /// # Panics
    ///
    /// If that is not so.
    #[must_use]
    pub fn idle(&self) -> u32 {
        let state = self.state.lock();
        state.waiters.assert_invariants();
        assert_eq!((state.waiters.waiting(), state.waiters.granted()), (0, 0));
        state.free
    }

    fn give_back(&self, permits: u32) {
        self.state.lock().free += permits;
        self.grant();
    }

    /// Grants those at the head for whom there is enough.
    fn grant(&self) {
        WakeBatch::in_rounds(|batch| self.state.lock().grant(batch));
    }
}

impl State {
    /// For a newcomer: nobody may wait.
    fn take(&mut self, permits: u32) -> bool {
        let enough = self.waiters.waiting() == 0 && self.free >= permits;
        if enough {
            self.free -= permits;
        }
        enough
    }

    /// Returns false if the batch is full before all is done.
    fn grant(&mut self, batch: &mut WakeBatch) -> bool {
        while self
            .waiters
            .first()
            .is_some_and(|&permits| permits <= self.free)
        {
            if batch.is_full() {
                return false;
            }
            if let Some((permits, waker)) = self.waiters.grant_first() {
                self.free -= permits;
                batch.push(waker);
            }
        }
        true
    }
}

/// Permits; they go back when it is dropped.
#[derive(Debug)]
#[must_use = "dropping it gives the permits back"]
pub struct Permit {
    semaphore: Arc<Semaphore>,
    permits: u32,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.semaphore.give_back(self.permits);
    }
}

/// The future of [`Semaphore::acquire`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Acquire {
    semaphore: Arc<Semaphore>,
    permits: u32,
    /// Its place, from the first pending poll on.
    key: Option<Key>,
    done: bool,
}

impl Acquire {
    fn ready(&mut self, granted: bool) -> Poll<Result<Permit, Closed>> {
        self.done = true;
        let (semaphore, permits) = (Arc::clone(&self.semaphore), self.permits);
        Poll::Ready(if granted {
            Ok(Permit { semaphore, permits })
        } else {
            Err(Closed)
        })
    }
}

impl Future for Acquire {
    type Output = Result<Permit, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.done {
            return Poll::Pending;
        }
        let semaphore = Arc::clone(&self.semaphore);
        // Declared before the guard, so that the waker in it is dropped after the guard.
        let mut spare = None;
        loop {
            let mut state = semaphore.state.lock();
            if let Some(key) = &self.key {
                match state.waiters.poll(key, cx.waker(), &mut spare) {
                    Polled::Waiting => return Poll::Pending,
                    Polled::NeedsWaker => {}
                    Polled::Granted | Polled::Refused => {
                        let key = self.key.take().expect("it was polled with");
                        let released = state.waiters.release(key);
                        drop(state);
                        return self.ready(released.is_granted());
                    }
                }
            } else if state.closed {
                return self.ready(false);
            } else if state.take(self.permits) {
                return self.ready(true);
            } else if let Some(waker) = spare.take() {
                self.key = Some(state.waiters.insert(self.permits, waker));
                return Poll::Pending;
            }
            drop(state);
            // A waker is cloned outside the lock.
            spare = Some(cx.waker().clone());
        }
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else {
            return;
        };
        let released = self.semaphore.state.lock().waiters.release(key);
        match released {
            // Nobody took the grant: it goes on.
            Released::Granted => self.semaphore.give_back(self.permits),
            // It may have stood in front of those who ask for less.
            Released::Waiting(..) => self.semaphore.grant(),
            Released::Refused(_) => {}
        }
    }
}
