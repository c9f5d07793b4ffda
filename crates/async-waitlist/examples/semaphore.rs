//! A whole primitive on a wait list: one permit in order of arrival, for tasks and threads alike.

use async_waitlist::{Key, Polled, WaitList, blocking};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::thread;

/// One permit, for whoever asked first.
#[derive(Debug)]
pub struct Semaphore {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: bool,
    waiters: WaitList<()>, // inside the mutex that the primitive has anyway
}

impl Semaphore {
    /// Creates a semaphore whose permit is free.
    pub const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                free: true,
                waiters: WaitList::new(),
            }),
        }
    }

    /// Waits for the permit.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    pub fn acquire(&self) -> Acquire<'_> {
        Acquire {
            semaphore: self,
            key: None,
            done: false,
        }
    }

    /// Waits for the permit on a plain thread.
    pub fn acquire_blocking(&self) -> Permit<'_> {
        blocking::block_on(self.acquire()) // one code path for tasks and threads
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics under this lock")
    }

    fn give_back(&self) {
        let mut state = self.lock();
        let granted = state.waiters.grant_first(); // from hand to hand, so no newcomer gets between
        state.free = granted.is_none();
        let trash = state.waiters.shrink();
        drop(state);
        drop(trash);
        if let Some(((), Some(waker))) = granted {
            waker.wake(); // unlocked: it is foreign code
        }
    }
}

impl Default for Semaphore {
    fn default() -> Self {
        Self::new()
    }
}

/// Waits for the permit, fused; from [`Semaphore::acquire`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Acquire<'a> {
    semaphore: &'a Semaphore,
    key: Option<Key>, // while it waits
    done: bool,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit<'a>> {
        let this = self.get_mut();
        let mut spare = None; // declared before the guard: what it holds is dropped after it
        loop {
            let mut state = this.semaphore.lock();
            match this.key.take() {
                None if this.done => return Poll::Pending,
                None if state.free => {
                    state.free = false;
                    this.done = true;
                    return Poll::Ready(Permit(this.semaphore));
                }
                None => {
                    if let Some(waker) = spare.take() {
                        this.key = Some(state.waiters.insert((), waker));
                        return Poll::Pending;
                    }
                }
                Some(key) => match state.waiters.poll(&key, cx.waker(), &mut spare) {
                    Polled::Granted => {
                        let _granted = state.waiters.release(key);
                        this.done = true;
                        return Poll::Ready(Permit(this.semaphore));
                    }
                    polled => {
                        this.key = Some(key);
                        if polled == Polled::Waiting {
                            return Poll::Pending;
                        }
                    }
                },
            }
            drop(state);
            spare = Some(cx.waker().clone()); // unlocked: it is foreign code
        }
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let released = self.semaphore.lock().waiters.release(key);
            if released.is_granted() {
                self.semaphore.give_back(); // a grant that nobody takes is passed on
            }
        } // what `released` held is dropped here, unlocked
    }
}

/// The permit; given back when dropped.
#[must_use = "dropping the permit gives it back"]
#[derive(Debug)]
pub struct Permit<'a>(&'a Semaphore);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

fn main() {
    static SEMAPHORE: Semaphore = Semaphore::new();
    static LOG: Mutex<Vec<u32>> = Mutex::new(Vec::new());

    let permit = SEMAPHORE.acquire_blocking();
    let mut given_up = SEMAPHORE.acquire();
    let waker = std::task::Waker::noop();
    assert!(
        Pin::new(&mut given_up)
            .poll(&mut Context::from_waker(waker))
            .is_pending()
    );

    let threads = [1, 2, 3].map(|n| {
        thread::spawn(move || {
            let _permit = SEMAPHORE.acquire_blocking();
            let mut log = LOG.lock().expect("nobody panics");
            log.extend([n, n]);
        })
    });
    drop(permit); // goes to `given_up`, which stands first
    drop(given_up); // and from there to the threads

    for thread in threads {
        thread.join().expect("no thread panics");
    }
    let log = LOG.lock().expect("nobody panics");
    assert_eq!(log.len(), 6);
    assert!(log.chunks(2).all(|pair| pair[0] == pair[1]));
}
