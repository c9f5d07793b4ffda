//! The priority of whatever runs: it nests, moves with its future, and survives panics.

mod support;

use async_priority_semaphore::context::{PriorityExt, current, scope};
use async_priority_semaphore::{PrioritySemaphore, with_priority_sync};
use futures_lite::future::{block_on, poll_once, yield_now, zip};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::thread;
use support::{poll, queue};

#[test]
fn it_is_zero_where_nobody_has_set_one() {
    assert_eq!(current(), 0);
    assert_eq!(thread::spawn(current).join().unwrap(), 0);
}

#[test]
fn scopes_nest() {
    let seen = scope(5, || {
        let inner = with_priority_sync(-7, || (current(), scope(i32::MIN, current), current()));
        (inner, current())
    });
    assert_eq!(seen, ((-7, i32::MIN, -7), 5));
    assert_eq!(current(), 0);
}

#[test]
fn futures_nest() {
    let seen = block_on(
        async {
            let before = current();
            let inner = async {
                yield_now().await;
                current()
            };
            let inner = inner.with_priority(2).await;
            yield_now().await;
            (before, inner, current())
        }
        .with_priority(1),
    );
    assert_eq!(seen, (1, 2, 1));
    assert_eq!(current(), 0);
}

#[test]
fn a_future_in_a_scope_sees_its_own_and_leaves_the_outer_one() {
    scope(9, || {
        assert_eq!(block_on(async { current() }.with_priority(1)), 1);
        assert_eq!(current(), 9);
    });
}

#[test]
fn two_futures_that_take_turns_do_not_see_each_other() {
    let watch = |priority| {
        async move {
            for _ in 0..5 {
                assert_eq!(current(), priority);
                yield_now().await;
            }
        }
        .with_priority(priority)
    };
    block_on(zip(watch(1), zip(watch(2), watch(3))));
    assert_eq!(current(), 0);
}

#[test]
fn it_moves_with_the_future_from_thread_to_thread() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let mut task = Box::pin(
        async move {
            for _ in 0..4 {
                noted
                    .lock()
                    .unwrap()
                    .push((current(), thread::current().id()));
                yield_now().await;
            }
        }
        .with_priority(-3),
    );
    for turn in 0..5 {
        let moved = thread::spawn(move || {
            let done = scope(turn, || block_on(poll_once(&mut task)).is_some());
            assert_eq!((done, current()), (turn == 4, 0));
            task
        });
        task = moved.join().unwrap();
    }
    let seen = seen.lock().unwrap();
    assert!(seen.iter().all(|(priority, _)| *priority == -3));
    let threads: std::collections::HashSet<_> = seen.iter().map(|(_, id)| id).collect();
    assert_eq!(threads.len(), 4);
}

#[test]
fn a_panic_brings_the_outer_one_back() {
    scope(4, || {
        let panicked = catch_unwind(|| scope(-1, || panic!("on purpose")));
        assert_eq!((panicked.is_err(), current()), (true, 4));

        let mut future = Box::pin(async { panic!("on purpose") }.with_priority(-1));
        let polled = catch_unwind(AssertUnwindSafe(|| {
            testkit::poll_pinned(future.as_mut(), Waker::noop()).is_ready()
        }));
        assert_eq!((polled.is_err(), current()), (true, 4));
        drop(future);
        assert_eq!(current(), 4);
    });
}

/// Notes the priority that it is dropped with.
struct Notes(Arc<Mutex<Vec<i32>>>);

impl Drop for Notes {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(current());
    }
}

#[test]
fn destructors_run_with_it_too() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let make = || {
        let notes = Notes(Arc::clone(&seen));
        async move {
            yield_now().await;
            drop(notes);
        }
        .with_priority(6)
    };
    drop(make()); // unpolled
    let mut half = Box::pin(make());
    assert!(testkit::poll_pinned(half.as_mut(), Waker::noop()).is_pending());
    drop(half);
    block_on(make());
    let held = Notes(Arc::clone(&seen));
    let mut done = Box::pin(
        std::future::poll_fn(move |_| {
            let _held = &held;
            std::task::Poll::Ready(())
        })
        .with_priority(6),
    );
    assert!(testkit::poll_pinned(done.as_mut(), Waker::noop()).is_ready());
    assert_eq!(
        *seen.lock().unwrap(),
        [6, 6, 6, 6],
        "dropped as soon as it is done"
    );
    assert!(
        testkit::poll_pinned(done.as_mut(), Waker::noop()).is_pending(),
        "it is fused"
    );
}

#[test]
fn a_task_inherits_it_only_if_asked_to() {
    scope(-5, || {
        let (mine, theirs) = (async { current() }.inherit_priority(), async { current() });
        assert_eq!(mine.priority(), -5);
        let threads = (
            thread::spawn(|| block_on(mine)),
            thread::spawn(|| block_on(theirs)),
        );
        assert_eq!(threads.0.join().unwrap(), -5);
        assert_eq!(threads.1.join().unwrap(), 0);
    });
    // What counts is the moment of the call.
    let inherits = scope(3, || async { current() }.inherit_priority());
    assert_eq!(scope(8, || block_on(inherits)), 3);
}

#[test]
fn an_acquire_reads_it_at_its_first_poll() {
    let semaphore = PrioritySemaphore::new(0);
    let mut zero = semaphore.acquire();
    let zero_woken = queue(&mut zero);
    let mut urgent = scope(99, || semaphore.acquire());
    let urgent_woken = scope(-1, || queue(&mut urgent));
    // Later polls change nothing.
    drop(scope(50, || poll(&mut urgent)));
    let urgent_woken_last = scope(50, || queue(&mut urgent));
    semaphore.add_permits(1);
    assert_eq!(zero_woken.wakes(), 0);
    assert_eq!((urgent_woken.wakes(), urgent_woken_last.wakes()), (0, 1));
}

#[test]
fn what_a_request_says_itself_counts_more() {
    let semaphore = PrioritySemaphore::new(0);
    let mut zero = semaphore.acquire();
    let zero_woken = queue(&mut zero);
    let mut low = semaphore.acquire_with(7);
    scope(-9, || assert!(poll(&mut low).is_pending()));
    let mut low_too =
        Box::pin(async { semaphore.acquire().with_priority(7).await.map(drop) }.with_priority(-9));
    assert!(testkit::poll_pinned(low_too.as_mut(), Waker::noop()).is_pending());
    semaphore.add_permits(1);
    assert_eq!(zero_woken.wakes(), 1);
}

#[test]
fn a_try_reads_it_too() {
    let semaphore = Arc::new(PrioritySemaphore::new(1));
    let mut both = semaphore.acquire_many(2);
    assert!(poll(&mut both).is_pending());
    assert!(semaphore.try_acquire().is_err());
    assert!(scope(-1, || semaphore.try_acquire().is_ok()));
    assert!(scope(-1, || semaphore.try_acquire_many_owned(1).is_ok()));
    assert!(scope(-1, || semaphore.try_acquire_with(0).is_err()));
    assert!(scope(1, || semaphore.try_acquire_with(-1).is_ok()));
}
