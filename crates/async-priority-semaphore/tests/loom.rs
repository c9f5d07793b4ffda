//! The word and the lock under every interleaving of a few threads.
//!
//! To see the models bite, break the code by hand:
//!
//! | change | what fails |
//! |---|---|
#![cfg(loom)]

use async_priority_semaphore::{PrioritySemaphore, Semaphore};
use loom::future::block_on;
use loom::thread;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// The same models of both semaphores.
macro_rules! on_both {
    ($($test:item)+) => {
        mod fifo {
            use super::*;
            type Semaphore = super::Semaphore;
            $($test)+
        }
        mod by_priority {
            use super::*;
            type Semaphore = super::PrioritySemaphore;
            $($test)+
        }
    };
}

on_both! {
    fn permits(permits: usize) -> (Arc<Semaphore>, Arc<Semaphore>) {
        let semaphore = Arc::new(Semaphore::new(permits));
        (Arc::clone(&semaphore), semaphore)
    }

    fn assert_idle(semaphore: &Semaphore, free: usize) {
        semaphore.assert_invariants();
        assert_eq!((semaphore.available_permits(), semaphore.waiting()), (free, 0));
    }

    /// The sum of what the fast paths and the lock do to the word is right.
    #[test]
    fn two_take_turns() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let thread = thread::spawn(move || drop(block_on(other.acquire()).unwrap()));
            drop(block_on(semaphore.acquire()).unwrap());
            thread.join().unwrap();
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn three_take_turns() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let another = Arc::clone(&other);
            let threads = [
                thread::spawn(move || drop(block_on(other.acquire()).unwrap())),
                thread::spawn(move || drop(block_on(another.acquire()).unwrap())),
            ];
            drop(block_on(semaphore.acquire()).unwrap());
            for thread in threads {
                thread.join().unwrap();
            }
            assert_idle(&semaphore, 1);
        });
    }

    /// A release falls between the fast path and the wait of a first poll.
    #[test]
    fn release_meets_first_poll() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let held = semaphore.try_acquire_owned().unwrap();
            let thread = thread::spawn(move || drop(block_on(other.acquire()).unwrap()));
            drop(held);
            thread.join().unwrap();
            assert_idle(&semaphore, 1);
        });
    }

    /// A release meets a poll that brings another waker: loom's task.
    #[test]
    fn release_meets_a_new_waker() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let held = semaphore.try_acquire_owned().unwrap();
            let mut acquire = other.acquire_owned();
            assert!(poll(&mut acquire).is_pending());
            let thread = thread::spawn(move || drop(block_on(acquire).unwrap()));
            drop(held);
            thread.join().unwrap();
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn release_meets_a_waiter_that_gives_up() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let held = semaphore.try_acquire_owned().unwrap();
            let (mut first, mut second) = (other.acquire_owned(), semaphore.acquire());
            assert!(poll(&mut first).is_pending());
            assert!(poll(&mut second).is_pending());
            let threads = [
                thread::spawn(move || drop(first)), // waiting, or granted
                thread::spawn(move || drop(held)),
            ];
            drop(block_on(second).unwrap());
            for thread in threads {
                thread.join().unwrap();
            }
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn a_first_poll_that_gives_up_meets_a_release() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let held = semaphore.try_acquire_owned().unwrap();
            let thread = thread::spawn(move || drop(poll(&mut other.acquire())));
            drop(held);
            thread.join().unwrap();
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn close_meets_a_waiter_and_a_release() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let held = semaphore.try_acquire_owned().unwrap();
            let mut acquire = other.acquire_owned();
            assert!(poll(&mut acquire).is_pending());
            let thread = thread::spawn(move || drop(block_on(acquire)));
            drop(held);
            assert!(semaphore.close());
            thread.join().unwrap();
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn close_meets_a_first_poll() {
        loom::model(|| {
            let (semaphore, other) = permits(0);
            let thread = thread::spawn(move || block_on(other.acquire()).is_err());
            assert!(semaphore.close());
            assert!(thread.join().unwrap());
            assert_idle(&semaphore, 0);
        });
    }

    /// One of two closes it, and neither loses a waiter.
    #[test]
    fn close_meets_close() {
        loom::model(|| {
            let (semaphore, other) = permits(0);
            let mut acquire = semaphore.acquire();
            assert!(poll(&mut acquire).is_pending());
            let thread = thread::spawn(move || other.close());
            let mine = semaphore.close();
            assert!(block_on(acquire).is_err());
            assert!(mine != thread.join().unwrap());
            assert_idle(&semaphore, 0);
        });
    }

    /// After `close` has returned nobody gets a permit, and before that they are counted.
    #[test]
    fn close_meets_a_try() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let thread = thread::spawn(move || drop(other.try_acquire()));
            semaphore.close();
            assert!(semaphore.try_acquire().unwrap_err().is_closed());
            thread.join().unwrap();
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn reduce_meets_a_release_and_a_first_poll() {
        loom::model(|| {
            let (semaphore, other) = permits(2);
            let held = semaphore.try_acquire_many_owned(2).unwrap();
            let thread = thread::spawn(move || drop(block_on(other.acquire()).unwrap()));
            semaphore.reduce_permits(1);
            drop(held);
            thread.join().unwrap();
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn reduce_meets_an_acquire_on_the_fast_path() {
        loom::model(|| {
            let (semaphore, other) = permits(2);
            let thread = thread::spawn(move || drop(block_on(other.acquire()).unwrap()));
            semaphore.reduce_permits(1);
            thread.join().unwrap();
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn forget_meets_add() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let thread = thread::spawn(move || other.add_permits(1));
            let taken = semaphore.forget_permits(2);
            thread.join().unwrap();
            assert_idle(&semaphore, 2 - taken);
        });
    }

    /// A try fails only for want of permits, also while the lock's holder has closed the fast path.
    #[test]
    fn a_try_meets_one_that_need_not_wait_after_all() {
        loom::model(|| {
            let (semaphore, other) = permits(3);
            let thread = thread::spawn(move || {
                other.reduce_permits(1); // takes the lock, and leaves no debt
            });
            assert!(semaphore.try_acquire().is_ok());
            thread.join().unwrap();
            assert_idle(&semaphore, 2);
        });
    }

    #[test]
    fn several_permits_at_once_meet_single_ones() {
        loom::model(|| {
            let (semaphore, other) = permits(2);
            let thread = thread::spawn(move || drop(block_on(other.acquire_many(2)).unwrap()));
            drop(block_on(semaphore.acquire()).unwrap());
            thread.join().unwrap();
            assert_idle(&semaphore, 2);
        });
    }

    /// What one did before it gave the permit back, the next one sees.
    #[test]
    fn a_permit_carries_what_was_done_with_it() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let value = Arc::new(loom::cell::UnsafeCell::new(0));
            let theirs = Arc::clone(&value);
            let thread = thread::spawn(move || {
                let permit = block_on(other.acquire()).unwrap();
                theirs.with_mut(|_| ());
                drop(permit);
            });
            let permit = block_on(semaphore.acquire()).unwrap();
            value.with_mut(|_| ());
            drop(permit);
            thread.join().unwrap();
        });
    }

    /// The permit comes back while somebody waits, and is free again when that one gives up.
    #[test]
    fn a_permit_carries_it_past_a_waiter_that_gives_up() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let another = Arc::clone(&other);
            let value = Arc::new(loom::cell::UnsafeCell::new(0));
            let theirs = Arc::clone(&value);
            let held = semaphore.try_acquire_owned().unwrap();
            value.with_mut(|_| ());
            let threads = [
                thread::spawn(move || drop(poll(&mut other.acquire()))),
                thread::spawn(move || {
                    if let Ok(permit) = another.try_acquire() {
                        theirs.with_mut(|_| ());
                        drop(permit);
                    }
                }),
            ];
            value.with_mut(|_| ());
            drop(held);
            for thread in threads {
                thread.join().unwrap();
            }
            assert_idle(&semaphore, 1);
        });
    }

    #[test]
    fn a_try_carries_it_too() {
        loom::model(|| {
            let (semaphore, other) = permits(1);
            let value = Arc::new(loom::cell::UnsafeCell::new(0));
            let theirs = Arc::clone(&value);
            let thread = thread::spawn(move || {
                if let Ok(permit) = other.try_acquire() {
                    theirs.with_mut(|_| ());
                    drop(permit);
                }
            });
            if let Ok(permit) = semaphore.try_acquire() {
                value.with_mut(|_| ());
                drop(permit);
            }
            thread.join().unwrap();
        });
    }
}

#[test]
fn set_priority_meets_a_release() {
    loom::model(|| {
        let semaphore = Arc::new(PrioritySemaphore::new(1));
        let held = semaphore.try_acquire_owned().unwrap();
        let (mut first, mut second) = (semaphore.acquire_owned(), semaphore.acquire());
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        let threads = [
            thread::spawn(move || {
                first.set_priority(1);
                drop(block_on(first).unwrap());
            }),
            thread::spawn(move || drop(held)),
        ];
        drop(block_on(second).unwrap());
        for thread in threads {
            thread.join().unwrap();
        }
        semaphore.assert_invariants();
        assert_eq!(semaphore.available_permits(), 1);
    });
}

#[test]
fn set_priority_meets_close() {
    loom::model(|| {
        let semaphore = Arc::new(PrioritySemaphore::new(0));
        let mut acquire = semaphore.acquire_owned();
        assert!(poll(&mut acquire).is_pending());
        let thread = thread::spawn(move || {
            acquire.set_priority(-1);
            block_on(acquire).is_err()
        });
        semaphore.close();
        assert!(thread.join().unwrap());
        semaphore.assert_invariants();
    });
}

#[test]
fn an_urgent_newcomer_meets_a_large_waiter_and_a_release() {
    loom::model(|| {
        let semaphore = Arc::new(PrioritySemaphore::new(2));
        let held = semaphore.try_acquire_owned().unwrap();
        let mut large = semaphore.acquire_many_owned(2);
        assert!(poll(&mut large).is_pending());
        let other = Arc::clone(&semaphore);
        let threads = [
            thread::spawn(move || drop(block_on(other.acquire_with(-1)).unwrap())),
            thread::spawn(move || drop(held)),
        ];
        drop(block_on(large).unwrap());
        for thread in threads {
            thread.join().unwrap();
        }
        semaphore.assert_invariants();
        assert_eq!(semaphore.available_permits(), 2);
    });
}
