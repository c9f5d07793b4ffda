//! temporal#9286, and cudf-spark#11389 likewise: the order is kept among those who wait, and
//! forgotten in the try or the fast path.

mod support;

use async_priority_semaphore::{PrioritySemaphore, context};
use std::sync::Arc;
use std::time::Duration;
use support::{on_both, poll};

on_both! {
    #[test]
    fn try_acquire_respects_the_queue() {
        let semaphore = Arc::new(Semaphore::new(1));
        let mut both = semaphore.acquire_many(2);
        assert!(poll(&mut both).is_pending());
        assert_eq!(semaphore.available_permits(), 1, "one is free");
        assert!(semaphore.try_acquire().unwrap_err().is_no_permits());
        assert!(semaphore.try_acquire_owned().unwrap_err().is_no_permits());
        assert!(semaphore.acquire_blocking_timeout(Duration::ZERO).is_err());
        assert!(poll(&mut semaphore.acquire()).is_pending());
        drop(both);
        assert!(semaphore.try_acquire().is_ok());
    }
}

#[test]
fn try_acquire_respects_the_priority() {
    let semaphore = PrioritySemaphore::new(1);
    let mut both = semaphore.acquire_many(2).with_priority(3);
    assert!(poll(&mut both).is_pending());
    for (priority, takes) in [(4, false), (3, false), (2, true), (i32::MIN, true)] {
        assert_eq!(
            semaphore.try_acquire_with(priority).is_ok(),
            takes,
            "{priority}"
        );
        let tried = context::scope(priority, || semaphore.try_acquire().is_ok());
        assert_eq!(tried, takes, "{priority} by context");
    }
}
