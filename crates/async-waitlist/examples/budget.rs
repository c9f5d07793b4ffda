//! A budget that is refilled from outside, as a rate limiter's is by its timer: waiters want
//! several permits each, and the refill serves them, whether they are polled or not.

use async_waitlist::{Key, Polled, Released, WaitList, WakeBatch, blocking};
use std::mem;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::thread;

/// Permits that are used up, in order of arrival.
#[derive(Debug)]
pub struct Budget {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: u32,
    /// The payload is how many permits a waiter wants.
    waiters: WaitList<u32>,
}

impl State {
    /// Serves the waiters in their order, as long as the first one fits; `false` if the batch is
    /// full before that.
    fn serve(&mut self, batch: &mut WakeBatch) -> bool {
        while let Some(left) = self.waiters.first().and_then(|&n| self.free.checked_sub(n)) {
            if batch.is_full() {
                return false;
            }
            if let Some((_, waker)) = self.waiters.grant_first() {
                self.free = left;
                batch.push(waker);
            }
        }
        true
    }
}

impl Budget {
    /// Creates a budget without permits.
    pub const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                free: 0,
                waiters: WaitList::new(),
            }),
        }
    }

    /// Adds permits and serves who waits; what the timer calls.
    ///
    /// Nobody is overtaken: a large request at the front waits for more.
    pub fn refill(&self, permits: u32) {
        self.lock().free += permits;
        WakeBatch::in_rounds(|batch| self.lock().serve(batch));
    }

    /// Spends permits, once there are so many and it is this caller's turn.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes spends nothing and gives up the place in the queue.
    pub fn spend(&self, permits: u32) -> Spend<'_> {
        Spend {
            budget: self,
            stage: Stage::Asks(permits),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics under this lock")
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

/// Completes once the permits are spent; from [`Budget::spend`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Spend<'a> {
    budget: &'a Budget,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Asks(u32),
    Waits(Key, u32),
    Done,
}

impl Future for Spend<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut spare = None; // declared before the guard: what it holds is dropped after it
        loop {
            let mut state = this.budget.lock();
            match mem::replace(&mut this.stage, Stage::Done) {
                Stage::Done => return Poll::Pending,
                Stage::Asks(permits) => {
                    if state.waiters.waiting() == 0 && permits <= state.free {
                        state.free -= permits;
                        return Poll::Ready(());
                    }
                    if let Some(waker) = spare.take() {
                        this.stage = Stage::Waits(state.waiters.insert(permits, waker), permits);
                        return Poll::Pending;
                    }
                    this.stage = Stage::Asks(permits);
                }
                Stage::Waits(key, permits) => {
                    match state.waiters.poll(&key, cx.waker(), &mut spare) {
                        Polled::Granted => {
                            let _granted = state.waiters.release(key);
                            return Poll::Ready(());
                        }
                        polled => {
                            this.stage = Stage::Waits(key, permits);
                            if polled == Polled::Waiting {
                                return Poll::Pending;
                            }
                        }
                    }
                }
            }
            drop(state);
            spare = Some(cx.waker().clone()); // unlocked: it is foreign code
        }
    }
}

impl Drop for Spend<'_> {
    fn drop(&mut self) {
        if let Stage::Waits(key, permits) = mem::replace(&mut self.stage, Stage::Done) {
            let mut state = self.budget.lock();
            let released = state.waiters.release(key);
            if let Released::Granted = released {
                state.free += permits; // granted, but not spent
            }
            drop(state);
            drop(released);
            // Even one who only waited may have held up those behind him.
            WakeBatch::in_rounds(|batch| self.budget.lock().serve(batch));
        }
    }
}

fn main() {
    static BUDGET: Budget = Budget::new();

    let large = thread::spawn(|| blocking::block_on(BUDGET.spend(30)));
    let small: Vec<_> = (0..20)
        .map(|_| thread::spawn(|| blocking::block_on(BUDGET.spend(1))))
        .collect();
    for _ in 0..10 {
        BUDGET.refill(5);
    }
    for thread in small.into_iter().chain([large]) {
        thread.join().expect("no thread panics");
    }
    assert_eq!(BUDGET.lock().free, 0);
}
