//! What ranked-semaphore 0.1.4 breaks on one thread: a permit that was granted to a future which is
//! then dropped is gone.
//!
//! Its races (a waker cell that is written outside the lock, a release during the first poll that
//! wakes nobody) are models of `loom.rs`.

mod support;

use support::{on_both, poll, queue};

on_both! {
    #[test]
    fn a_cancelled_grant_comes_back() {
        let semaphore = Semaphore::new(1);
        for _ in 0..10 {
            let held = semaphore.try_acquire().unwrap();
            let mut granted = semaphore.acquire();
            assert!(poll(&mut granted).is_pending());
            drop(held);
            drop(granted);
            assert_eq!(semaphore.available_permits(), 1);
        }
    }

    #[test]
    fn a_cancelled_grant_goes_to_the_next() {
        let semaphore = Semaphore::new(3);
        let held = semaphore.try_acquire_many(3).unwrap();
        let mut granted = semaphore.acquire_many(3);
        let (mut second, mut third) = (semaphore.acquire_many(2), semaphore.acquire_many(2));
        assert!(poll(&mut granted).is_pending());
        let wakes = [queue(&mut second), queue(&mut third)];
        drop(held);
        drop(granted);
        assert_eq!(wakes.map(|each| each.wakes()), [1, 0]);
        assert_eq!(semaphore.available_permits(), 1);
    }
}
