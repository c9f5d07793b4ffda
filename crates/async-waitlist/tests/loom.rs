//! Every interleaving, within the preemption bound, of two or three threads.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo nextest run --profile loom \
//!     --cargo-profile loom -p async-waitlist --test loom
//! ```
//!
//! The models bite. Each of these was tried by hand and is caught by at least one of them: a wake
//! that notifies without the parker's lock; one that publishes nothing (`Relaxed`); a sleep that
//! does not look for a wake once more; a list that keeps the first waker of a waiter; a cancelled
//! grant that is not passed on; a semaphore that unlocks between looking and waiting; one that
//! hands its permit on and keeps it.
#![cfg(loom)]

use async_waitlist::blocking::{block_on, block_on_deadline};
use async_waitlist::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use async_waitlist::sync::{Arc, Mutex, thread};
use async_waitlist::{Key, Polled, WaitList, WakeBatch};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// One permit, in order of arrival: the protocol that the README teaches.
struct Semaphore {
    state: Mutex<State>,
}

struct State {
    free: bool,
    waiters: WaitList<()>,
}

impl Semaphore {
    fn new(free: bool) -> Arc<Self> {
        let waiters = WaitList::new();
        Arc::new(Self {
            state: Mutex::new(State { free, waiters }),
        })
    }

    fn acquire(&self) -> Acquire<'_> {
        Acquire {
            semaphore: self,
            key: None,
        }
    }

    fn release(&self) {
        let mut state = self.state.lock();
        assert!(!state.free, "there is one permit");
        let granted = state.waiters.grant_first();
        state.free = granted.is_none();
        drop(state);
        if let Some(((), Some(waker))) = granted {
            waker.wake();
        }
    }

    /// Refuses all who wait, and says so to those who come.
    fn close(&self) {
        WakeBatch::in_rounds(|batch| self.state.lock().waiters.refuse_all(batch));
    }

    fn assert_idle(&self) {
        let state = self.state.lock();
        assert!(state.free);
        assert_eq!((state.waiters.waiting(), state.waiters.granted()), (0, 0));
        state.waiters.assert_invariants();
    }
}

struct Acquire<'a> {
    semaphore: &'a Semaphore,
    key: Option<Key>,
}

impl Future for Acquire<'_> {
    /// Whether the permit was granted, and not refused.
    type Output = bool;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let this = self.get_mut();
        let mut spare = None;
        loop {
            let mut state = this.semaphore.state.lock();
            match this.key.take() {
                None if state.free => {
                    state.free = false;
                    return Poll::Ready(true);
                }
                None => {
                    if let Some(waker) = spare.take() {
                        this.key = Some(state.waiters.insert((), waker));
                        return Poll::Pending;
                    }
                }
                Some(key) => match state.waiters.poll(&key, cx.waker(), &mut spare) {
                    done @ (Polled::Granted | Polled::Refused) => {
                        let released = state.waiters.release(key);
                        assert_eq!(released.is_granted(), done == Polled::Granted);
                        return Poll::Ready(released.is_granted());
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
            spare = Some(cx.waker().clone());
        }
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let released = self.semaphore.state.lock().waiters.release(key);
        if released.is_granted() {
            self.semaphore.release();
        }
    }
}

fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Ready once the flag is set; leaves its waker in the mutex before it looks.
fn flag_is_set<'a>(
    flag: &'a AtomicBool,
    waker: &'a Mutex<Option<Waker>>,
) -> impl Future<Output = ()> + Unpin + 'a {
    poll_fn(move |cx| {
        let new = Some(cx.waker().clone());
        let old = std::mem::replace(&mut *waker.lock(), new);
        drop(old);
        // Acquire pairs with the Release of the thread that sets it.
        if flag.load(Ordering::Acquire) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

type Flag = Arc<(AtomicBool, Mutex<Option<Waker>>)>;

fn set(flag: &Flag) {
    // Release pairs with the Acquire of the future.
    flag.0.store(true, Ordering::Release);
    let waker = flag.1.lock().take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[test]
fn a_wake_meets_the_sleep() {
    loom::model(|| {
        let flag = Flag::default();
        let setter = thread::spawn({
            let flag = flag.clone();
            move || set(&flag)
        });
        block_on(flag_is_set(&flag.0, &flag.1));
        setter.join().unwrap();
    });
}

#[test]
fn two_wakes_meet_the_sleep() {
    loom::model(|| {
        let count = Arc::new(AtomicUsize::new(0));
        let mut threads = Vec::new();
        block_on(poll_fn(|cx| {
            if threads.is_empty() {
                threads.extend([(); 2].map(|()| {
                    let (count, waker) = (count.clone(), cx.waker().clone());
                    thread::spawn(move || {
                        count.fetch_add(1, Ordering::AcqRel);
                        waker.wake();
                    })
                }));
            }
            if count.load(Ordering::Acquire) == 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_wake_carries_what_was_written_before_it() {
    loom::model(|| {
        let value = Arc::new(AtomicUsize::new(0));
        let mut thread = None;
        let mut polls = 0;
        block_on(poll_fn(|cx| {
            polls += 1;
            if polls > 1 {
                // Relaxed: the wake alone must order it after the store.
                assert_eq!(value.load(Ordering::Relaxed), 7);
                return Poll::Ready(());
            }
            let (value, waker) = (value.clone(), cx.waker().clone());
            thread = Some(thread::spawn(move || {
                // Relaxed: as above.
                value.store(7, Ordering::Relaxed);
                waker.wake();
            }));
            Poll::Pending
        }));
        thread.unwrap().join().unwrap();
    });
}

#[test]
fn a_nested_call_leaves_the_outer_wake_alone() {
    loom::model(|| {
        let (outer, inner) = (Flag::default(), Flag::default());
        let setter = thread::spawn({
            let (outer, inner) = (outer.clone(), inner.clone());
            move || {
                set(&outer);
                set(&inner);
            }
        });
        let mut wait = flag_is_set(&outer.0, &outer.1);
        block_on(poll_fn(|cx| {
            let polled = Pin::new(&mut wait).poll(cx);
            block_on(flag_is_set(&inner.0, &inner.1));
            polled
        }));
        setter.join().unwrap();
    });
}

#[test]
fn a_far_deadline_does_not_cost_the_wake() {
    loom::model(|| {
        let flag = Flag::default();
        let setter = thread::spawn({
            let flag = flag.clone();
            move || set(&flag)
        });
        let at = Instant::now() + Duration::from_secs(1 << 30);
        let set = block_on_deadline(&mut flag_is_set(&flag.0, &flag.1), at);
        assert!(set.is_some());
        setter.join().unwrap();
    });
}

#[test]
fn release_meets_the_first_poll() {
    loom::model(|| {
        let semaphore = Semaphore::new(false);
        let waits = thread::spawn({
            let semaphore = semaphore.clone();
            move || {
                assert!(block_on(semaphore.acquire()));
                semaphore.release();
            }
        });
        semaphore.release();
        waits.join().unwrap();
        semaphore.assert_idle();
    });
}

#[test]
fn release_meets_a_new_waker() {
    loom::model(|| {
        let semaphore = Semaphore::new(false);
        let waits = thread::spawn({
            let semaphore = semaphore.clone();
            move || {
                let mut acquire = semaphore.acquire();
                // First with a waker that wakes nobody, then with that of this thread.
                if poll_once(&mut acquire).is_pending() {
                    assert!(block_on(&mut acquire));
                }
                semaphore.release();
            }
        });
        semaphore.release();
        waits.join().unwrap();
        semaphore.assert_idle();
    });
}

#[test]
fn a_cancelled_grant_comes_back() {
    loom::model(|| {
        let semaphore = Semaphore::new(false);
        let cancels = thread::spawn({
            let semaphore = semaphore.clone();
            move || {
                if poll_once(&mut semaphore.acquire()).is_ready() {
                    semaphore.release();
                }
            }
        });
        let waits = thread::spawn({
            let semaphore = semaphore.clone();
            move || {
                assert!(block_on(semaphore.acquire()));
                semaphore.release();
            }
        });
        semaphore.release();
        cancels.join().unwrap();
        waits.join().unwrap();
        semaphore.assert_idle();
    });
}

#[test]
fn two_threads_hand_one_permit_round() {
    loom::model(|| {
        let semaphore = Semaphore::new(true);
        let other = thread::spawn({
            let semaphore = semaphore.clone();
            move || {
                assert!(block_on(semaphore.acquire()));
                semaphore.release();
            }
        });
        assert!(block_on(semaphore.acquire()));
        semaphore.release();
        other.join().unwrap();
        semaphore.assert_idle();
    });
}

#[test]
fn a_refusal_meets_a_release() {
    loom::model(|| {
        let semaphore = Semaphore::new(false);
        let mut acquire = semaphore.acquire();
        assert!(poll_once(&mut acquire).is_pending());
        let closes = thread::spawn({
            let semaphore = semaphore.clone();
            move || semaphore.close()
        });
        let releases = thread::spawn({
            let semaphore = semaphore.clone();
            move || semaphore.release()
        });
        // Whichever comes first decides; either way somebody wakes it.
        if block_on(&mut acquire) {
            semaphore.release();
        }
        closes.join().unwrap();
        releases.join().unwrap();
        drop(acquire);
        semaphore.assert_idle();
    });
}
