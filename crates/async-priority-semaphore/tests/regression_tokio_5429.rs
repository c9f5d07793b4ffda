//! tokio-rs/tokio#5429: a waker that is replaced is dropped under the lock, and deadlocks if its
//! destructor uses the semaphore. async-lock, mea and priority-semaphore do so today, and
//! async-lock wakes under its lock as well.

mod support;

use std::sync::Arc;
use support::{on_both, queue};
use testkit::{on_drop, on_wake, poll_once, within_seconds};

on_both! {
    fn touch(semaphore: &Semaphore) {
        semaphore.add_permits(1);
        if let Ok(permit) = semaphore.try_acquire() {
            permit.forget();
        }
    }

    #[test]
    fn a_replaced_waker_may_call_back() {
        within_seconds(10, || {
            let semaphore = Arc::new(Semaphore::new(0));
            let inner = Arc::clone(&semaphore);
            let stale = on_drop(move || touch(&inner));
            let mut acquire = semaphore.acquire_many(5);
            assert!(poll_once(&mut acquire, &stale).is_pending());
            drop(stale);
            let woken = queue(&mut acquire);
            semaphore.add_permits(5);
            assert_eq!(woken.wakes(), 1);
        });
    }

    #[test]
    fn waking_may_call_back() {
        within_seconds(10, || {
            let semaphore = Arc::new(Semaphore::new(0));
            let inner = Arc::clone(&semaphore);
            let mut acquire = semaphore.acquire();
            let calls_back = on_wake(move || touch(&inner));
            assert!(poll_once(&mut acquire, &calls_back).is_pending());
            semaphore.add_permits(1);
            assert!(poll_once(&mut acquire, &calls_back).is_ready());
        });
    }
}
