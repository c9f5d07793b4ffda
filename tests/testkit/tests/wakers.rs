//! The wakers see what happens to them, each event once.

use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;

use testkit::{CountWaker, Drops, on_clone, on_drop, on_wake, panicking, reentrant};

#[test]
fn a_waker_sees_its_own_kind_of_event_only() {
    type Make = fn(Box<dyn Fn() + Send + Sync>) -> Waker;
    let cases: [(&str, Make, [usize; 4]); 4] = [
        ("on_wake", |f| on_wake(f), [0, 1, 2, 2]),
        ("on_clone", |f| on_clone(f), [1, 1, 1, 1]),
        ("on_drop", |f| on_drop(f), [0, 0, 1, 2]),
        ("reentrant", |f| reentrant(f), [1, 2, 3, 4]),
    ];
    for (name, make, expected) in cases {
        let (count, counter) = CountWaker::new();
        let waker = make(Box::new(move || counter.wake_by_ref()));
        let clone = waker.clone();
        let cloned = count.wakes();
        clone.wake_by_ref();
        let woken = count.wakes();
        // For `reentrant` the wake runs the callback, and the drop that goes with it, too.
        clone.wake();
        let used_up = count.wakes() - usize::from(name == "reentrant");
        drop(waker);
        let dropped = count.wakes() - usize::from(name == "reentrant");
        assert_eq!([cloned, woken, used_up, dropped], expected, "{name}");
    }
}

#[test]
fn the_callback_goes_with_the_last_clone() {
    let drops = Drops::new();
    let item = drops.item();
    let waker = on_wake(move || {
        let _ = &item;
    });
    let clones: Vec<Waker> = (0..10).map(|_| waker.clone()).collect();
    waker.wake();
    assert_eq!(drops.dropped(), 0);
    let last = thread::spawn(move || clones.into_iter().for_each(Waker::wake));
    last.join().expect("no panic");
    assert_eq!(drops.dropped(), 1);
}

#[test]
fn a_clone_is_the_same_waker_to_will_wake() {
    let waker = on_clone(|| {});
    assert!(waker.will_wake(&waker.clone()));
    assert!(!waker.will_wake(&on_clone(|| {})));
}

#[test]
fn a_reentrant_waker_does_not_run_inside_itself() {
    let (count, counter) = CountWaker::new();
    let own = Arc::new(Mutex::new(None::<Waker>));
    let seen = Arc::clone(&own);
    let waker = reentrant(move || {
        counter.wake_by_ref();
        let clone = seen.lock().expect("no panic").clone();
        if let Some(waker) = clone {
            waker.wake();
        }
    });
    *own.lock().expect("no panic") = Some(waker.clone());
    count.reset();
    waker.wake_by_ref();
    assert_eq!(count.wakes(), 1);
    // And it runs again afterwards, even if the callback has panicked.
    waker.wake_by_ref();
    assert_eq!(count.wakes(), 2);
    // Dropped after the lock, which the callback takes.
    let last = own.lock().expect("no panic").take();
    drop(last);
}

#[test]
fn a_reentrant_waker_runs_again_after_a_panic() {
    let (count, counter) = CountWaker::new();
    let waker = reentrant(move || {
        counter.wake_by_ref();
        assert!(
            thread::panicking(),
            "only a drop during unwinding gets through"
        );
    });
    for expected in 1..=2 {
        assert!(std::panic::catch_unwind(|| waker.wake_by_ref()).is_err());
        assert_eq!(count.wakes(), expected);
    }
    std::mem::forget(waker);
}

#[test]
fn a_panicking_waker_panics_whenever_it_is_woken() {
    let waker = panicking();
    drop(waker.clone());
    assert!(std::panic::catch_unwind(|| waker.wake_by_ref()).is_err());
    assert!(std::panic::catch_unwind(|| waker.wake_by_ref()).is_err());
}
