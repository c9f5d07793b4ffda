//! Wakers are foreign code: they may call back, be replaced, and panic.

mod support;

use async_priority_semaphore::PriorityExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;
use support::{on_both, poll, queue};
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::{CountWaker, panicking, poll_once, within_seconds};

on_both! {
    /// Everything that takes the mutex, and leaves the permits as they are.
    fn touch(semaphore: &Arc<Semaphore>) {
        drop(semaphore.try_acquire());
        drop(semaphore.try_acquire_many(0));
        drop(poll(&mut semaphore.acquire()));
        let _ = semaphore.waiting();
        let _ = format!("{semaphore:?}");
        semaphore.forget_permits(0);
        semaphore.reduce_permits(0);
        semaphore.add_permits(0);
        semaphore.assert_invariants();
    }

    fn none_free() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(0))
    }

    #[test]
    fn an_owned_acquire_is_clean() {
        Case::new("owned acquire", || {
            let semaphore = none_free();
            let fired = Arc::clone(&semaphore);
            Setup {
                future: semaphore.acquire_owned(),
                fire: Box::new(move || fired.add_permits(1)),
                touch: Arc::new(move || touch(&semaphore)),
            }
        })
        .crowd(|| {
            let semaphore = none_free();
            Crowd {
                futures: (0..40).map(|_| semaphore.acquire_owned()).collect(),
                fire: Box::new(move || semaphore.add_permits(40)),
            }
        })
        .fused()
        .check();
    }

    #[test]
    fn a_borrowed_acquire_is_clean() {
        Case::new("acquire", || {
            let semaphore = Arc::new(Semaphore::new(3));
            let held = semaphore.try_acquire_many_owned(3).unwrap();
            let leaked: &'static Arc<Semaphore> = Box::leak(Box::new(Arc::clone(&semaphore)));
            Setup {
                future: leaked.acquire_many(2),
                fire: Box::new(move || drop(held)),
                touch: Arc::new(move || touch(&semaphore)),
            }
        })
        .fused()
        .check();
    }

    #[test]
    fn an_acquire_is_clean_when_it_is_refused() {
        Case::new("acquire, refused", || {
            let semaphore = none_free();
            let closed = Arc::clone(&semaphore);
            Setup {
                future: semaphore.acquire_owned(),
                fire: Box::new(move || assert!(closed.close())),
                touch: Arc::new(move || touch(&semaphore)),
            }
        })
        .crowd(|| {
            let semaphore = none_free();
            Crowd {
                futures: (0..40).map(|_| semaphore.acquire_owned()).collect(),
                fire: Box::new(move || assert!(semaphore.close())),
            }
        })
        .fused()
        .check();
    }

    #[test]
    fn an_acquire_is_clean_behind_one_that_gives_up() {
        Case::new("acquire behind another", || {
            let semaphore = Arc::new(Semaphore::new(1));
            let mut giant = semaphore.acquire_many_owned(2);
            assert!(poll(&mut giant).is_pending());
            let mut behind = semaphore.acquire_owned();
            assert!(poll(&mut behind).is_pending());
            Setup {
                future: behind,
                fire: Box::new(move || drop(giant)),
                touch: Arc::new(move || touch(&semaphore)),
            }
        })
        .fused()
        .check();
    }

    #[test]
    fn an_acquire_with_a_priority_around_it_is_clean() {
        Case::new("acquire in a context", || {
            let semaphore = none_free();
            let fired = Arc::clone(&semaphore);
            Setup {
                future: PriorityExt::with_priority(semaphore.acquire_owned(), -1),
                fire: Box::new(move || fired.add_permits(1)),
                touch: Arc::new(move || touch(&semaphore)),
            }
        })
        .fused()
        .check();
    }

    #[test]
    fn a_permit_dropped_by_a_panic_wakes_a_panicking_waker_without_aborting() {
        for waiting in [1, 2, 40] {
            let semaphore = Arc::new(Semaphore::new(40));
            let held = semaphore.try_acquire_many_owned(40).unwrap();
            let mut waiters: Vec<_> = (0..waiting).map(|_| semaphore.acquire()).collect();
            for waiter in &mut waiters {
                assert!(poll_once(waiter, &panicking()).is_pending());
            }
            let panicked = std::thread::spawn(move || {
                let _held = held;
                panic!("the work fails, on purpose");
            });
            assert!(panicked.join().is_err());
            assert!(waiters.iter_mut().all(|waiter| poll(waiter).is_ready()));
            semaphore.assert_invariants();
        }
    }

    #[test]
    fn the_panic_of_a_waker_goes_on_where_it_was_woken() {
        let semaphore = Semaphore::new(0);
        let (mut bad, mut good) = (semaphore.acquire(), semaphore.acquire());
        assert!(poll_once(&mut bad, &panicking()).is_pending());
        let woken = queue(&mut good);
        assert!(catch_unwind(AssertUnwindSafe(|| semaphore.add_permits(2))).is_err());
        assert_eq!(woken.wakes(), 1);
        assert!(poll(&mut bad).is_ready());
        assert!(poll(&mut good).is_ready());
        assert_eq!(semaphore.available_permits(), 2);
        semaphore.assert_invariants();
    }

    #[test]
    fn an_acquire_that_gives_up_hands_a_panic_on_and_loses_nothing() {
        let semaphore = Semaphore::new(1);
        let held = semaphore.try_acquire().unwrap();
        let (mut granted, mut behind) = (semaphore.acquire(), semaphore.acquire());
        assert!(poll(&mut granted).is_pending());
        assert!(poll_once(&mut behind, &panicking()).is_pending());
        drop(held);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(granted))).is_err());
        assert!(poll(&mut behind).is_ready());
        assert_eq!(semaphore.available_permits(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn a_waker_may_do_everything_there_is() {
        within_seconds(30, || {
            let semaphore = Arc::new(Semaphore::new(2));
            let held = semaphore.try_acquire_many(2).unwrap();
            let inner = Arc::clone(&semaphore);
            let busy = testkit::reentrant(move || {
                touch(&inner);
                inner.add_permits(1);
                inner.reduce_permits(1);
                let mut acquire = inner.acquire_owned();
                let mut other = inner.acquire_many_owned(2);
                drop((poll(&mut acquire), poll(&mut other)));
                drop((acquire, other));
            });
            let mut waiters: Vec<_> = (0..5).map(|_| semaphore.acquire()).collect();
            for waiter in &mut waiters {
                assert!(poll_once(waiter, &busy).is_pending());
            }
            drop(waiters.remove(1));
            drop(held);
            for mut waiter in waiters {
                assert!(poll_once(&mut waiter, &busy).is_ready());
            }
            assert_eq!((semaphore.available_permits(), semaphore.waiting()), (2, 0));
            semaphore.assert_invariants();
        });
    }

    #[test]
    fn a_waiter_is_woken_once() {
        let semaphore = Semaphore::new(0);
        let mut acquire = semaphore.acquire_many(3);
        let (count, waker) = CountWaker::new();
        for _ in 0..3 {
            assert!(poll_once(&mut acquire, &waker).is_pending());
            semaphore.add_permits(1);
        }
        semaphore.add_permits(5);
        assert_eq!(count.wakes(), 1);
        assert!(poll_once(&mut acquire, &waker).is_ready());
        assert!(poll_once(&mut acquire, &waker).is_pending(), "it is fused");
        assert!(poll_once(&mut acquire, Waker::noop()).is_pending());
    }
}
