//! The mutex that the sibling crates build on.

use async_waitlist::sync::{Arc, Mutex, thread};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

#[test]
fn one_thread_at_a_time_has_the_value() {
    static COUNT: Mutex<u32> = Mutex::new(0);
    testkit::within_seconds(20, || {
        let threads = [(); 4].map(|()| {
            thread::spawn(|| {
                for _ in 0..10_000 {
                    let mut count = COUNT.lock();
                    let before = *count;
                    *count = before + 1;
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*COUNT.lock(), 40_000);
    });
}

#[test]
fn a_panic_does_not_poison_it() {
    let mutex = Mutex::new(1);
    let panics = catch_unwind(AssertUnwindSafe(|| {
        let mut value = mutex.lock();
        *value = 2;
        resume_unwind(Box::new("while it is locked"))
    }));
    assert!(panics.is_err());
    assert_eq!(*mutex.lock(), 2);
}

#[test]
fn an_owner_needs_no_lock() {
    let mut mutex = Mutex::new(vec![1]);
    mutex.get_mut().push(2);
    assert_eq!(mutex.into_inner(), [1, 2]);
    assert_eq!(Mutex::<u32>::default().into_inner(), 0);
}

#[test]
fn printing_it_takes_no_lock_and_shows_no_value() {
    testkit::within_seconds(10, || {
        let mutex = Arc::new(Mutex::new("secret"));
        let guard = mutex.lock();
        assert_eq!(
            format!("{mutex:?} {guard:?}"),
            "Mutex { .. } MutexGuard { .. }"
        );
    });
}
