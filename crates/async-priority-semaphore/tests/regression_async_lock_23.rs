//! smol-rs/async-lock#23: a newcomer takes the permit that a waiter was woken for, again and again,
//! until "workers hung forever".

mod support;

use std::sync::Arc;
use support::{on_both, poll, queue};

on_both! {
    #[test]
    fn a_newcomer_cannot_take_a_granted_permit() {
        let semaphore = Arc::new(Semaphore::new(1));
        let mut held = semaphore.try_acquire_owned().unwrap();
        let mut workers: Vec<_> = (0..5).map(|_| semaphore.acquire_owned()).collect();
        let wakes: Vec<_> = workers.iter_mut().map(queue).collect();
        for (worker, woken) in workers.iter_mut().zip(wakes) {
            drop(held);
            assert_eq!(woken.wakes(), 1);
            // It has been woken and has not run yet.
            assert!(semaphore.try_acquire().is_err());
            assert!(semaphore.try_acquire_owned().is_err());
            assert!(poll(&mut semaphore.acquire()).is_pending());
            held = futures_lite::future::block_on(worker).unwrap();
        }
        drop(held);
        assert_eq!(semaphore.available_permits(), 1);
    }
}
