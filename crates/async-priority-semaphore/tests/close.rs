//! Closing: who is refused, and who is not any more.

mod support;

use async_priority_semaphore::{AcquireError, AcquireTimeoutError, TryAcquireError};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use support::{on_both, poll, queue};

on_both! {
    #[test]
    fn all_who_wait_are_refused() {
        let semaphore = Semaphore::new(1);
        let mut waiters: Vec<_> = (0..40).map(|_| semaphore.acquire_many(2)).collect();
        let wakes: Vec<_> = waiters.iter_mut().map(queue).collect();
        assert!(semaphore.close());
        assert!(wakes.iter().all(|each| each.wakes() == 1));
        assert_eq!(semaphore.waiting(), 0);
        for waiter in &mut waiters {
            let Poll::Ready(Err(AcquireError)) = poll(waiter) else {
                panic!("it is not refused");
            };
            assert!(poll(waiter).is_pending(), "it is fused");
        }
        assert_eq!(semaphore.available_permits(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn all_who_come_are_refused_even_where_permits_are_free() {
        let semaphore = Arc::new(Semaphore::new(3));
        assert!(semaphore.close() && semaphore.is_closed());
        assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
        assert_eq!(semaphore.try_acquire_many(9).unwrap_err(), TryAcquireError::Closed);
        assert_eq!(semaphore.try_acquire_many(0).unwrap_err(), TryAcquireError::Closed);
        assert_eq!(semaphore.try_acquire_owned().unwrap_err(), TryAcquireError::Closed);
        assert!(matches!(poll(&mut semaphore.acquire()), Poll::Ready(Err(AcquireError))));
        assert!(matches!(poll(&mut semaphore.acquire_owned()), Poll::Ready(Err(AcquireError))));
        assert_eq!(semaphore.acquire_blocking().unwrap_err(), AcquireError);
        let late = semaphore.acquire_blocking_timeout(Duration::MAX);
        assert_eq!(late.unwrap_err(), AcquireTimeoutError::Closed);
        semaphore.assert_invariants();
    }

    #[test]
    fn closing_again_changes_nothing() {
        let semaphore = Semaphore::new(3);
        assert!(semaphore.close());
        assert!(!semaphore.close());
        assert!(semaphore.is_closed());
    }

    #[test]
    fn what_was_granted_before_stays_granted() {
        let semaphore = Semaphore::new(0);
        let (mut granted, mut waits) = (semaphore.acquire(), semaphore.acquire());
        let wakes = [queue(&mut granted), queue(&mut waits)];
        semaphore.add_permits(1);
        semaphore.close();
        assert_eq!(wakes.map(|each| each.wakes()), [1, 1]);
        let Poll::Ready(Ok(permit)) = poll(&mut granted) else {
            panic!("the grant is gone");
        };
        assert!(matches!(poll(&mut waits), Poll::Ready(Err(AcquireError))));
        drop(permit);
        assert_eq!(semaphore.available_permits(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn permits_are_counted_on() {
        let semaphore = Semaphore::new(5);
        let mut held = semaphore.try_acquire_many(3).unwrap();
        semaphore.close();
        drop(held.split(1));
        assert_eq!(semaphore.available_permits(), 3);
        semaphore.add_permits(1);
        assert_eq!(semaphore.forget_permits(2), 2);
        semaphore.reduce_permits(3); // one of it is owed
        drop(held);
        assert_eq!(semaphore.available_permits(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn a_grant_that_is_given_up_after_closing_goes_to_nobody() {
        let semaphore = Semaphore::new(0);
        let (mut granted, mut waits) = (semaphore.acquire(), semaphore.acquire());
        assert!(poll(&mut granted).is_pending());
        let woken = queue(&mut waits);
        semaphore.add_permits(1);
        semaphore.close();
        drop(granted);
        assert_eq!((woken.wakes(), semaphore.available_permits()), (1, 1));
        assert!(matches!(poll(&mut waits), Poll::Ready(Err(AcquireError))));
        semaphore.assert_invariants();
    }

    #[test]
    fn refused_ones_may_be_dropped_unpolled() {
        let semaphore = Semaphore::new(0);
        let mut waiters: Vec<_> = (0..100).map(|_| semaphore.acquire()).collect();
        for waiter in &mut waiters {
            assert!(poll(waiter).is_pending());
        }
        semaphore.close();
        drop(waiters);
        semaphore.assert_invariants();
    }

    /// Between two rounds of waking, some of those who wait are not refused yet.
    #[test]
    fn nothing_is_granted_while_it_closes() {
        let semaphore = Arc::new(Semaphore::new(0));
        let mut waiters: Vec<_> = (0..50).map(|_| semaphore.acquire()).collect();
        let gives = Arc::clone(&semaphore);
        let waker = testkit::on_wake(move || gives.add_permits(1));
        for waiter in &mut waiters {
            assert!(testkit::poll_once(waiter, &waker).is_pending());
        }
        semaphore.close();
        assert_eq!(semaphore.available_permits(), 50);
        for mut waiter in waiters {
            assert!(matches!(poll(&mut waiter), Poll::Ready(Err(AcquireError))));
        }
        semaphore.assert_invariants();
    }

    #[test]
    fn a_waker_may_close() {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = semaphore.try_acquire().unwrap();
        let (mut first, mut second) = (semaphore.acquire(), semaphore.acquire());
        let closed = Arc::clone(&semaphore);
        let waker = testkit::on_wake(move || assert!(closed.close()));
        assert!(testkit::poll_once(&mut first, &waker).is_pending());
        let woken = queue(&mut second);
        drop(permit);
        assert_eq!(woken.wakes(), 1);
        assert!(matches!(poll(&mut first), Poll::Ready(Ok(_))));
        assert!(matches!(poll(&mut second), Poll::Ready(Err(AcquireError))));
    }
}
