//! A batch wakes everybody, in order, whatever a waker does and however the batch ends.

use async_waitlist::{WaitHeap, WaitList, WakeBatch};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use testkit::{CountWaker, on_wake};

/// Wakers that write down in which order they are woken.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<usize>>>);

impl Log {
    fn waker(&self, n: usize) -> Waker {
        let log = self.clone();
        on_wake(move || log.0.lock().unwrap().push(n))
    }

    fn panicking(&self, n: usize) -> Waker {
        let log = self.clone();
        on_wake(move || {
            log.0.lock().unwrap().push(n);
            resume_unwind(Box::new(n));
        })
    }

    fn taken(&self) -> Vec<usize> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn panic_of<T>(body: impl FnOnce() -> T) -> Box<dyn Any + Send> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(_) => panic!("it did not panic"),
        Err(panic) => panic,
    }
}

#[test]
fn wakes_in_the_order_of_pushing_and_once() {
    let (log, mut batch) = (Log::default(), WakeBatch::new());
    for n in 0..WakeBatch::CAPACITY {
        assert!(!batch.is_full());
        batch.push(log.waker(n));
        batch.push(if batch.is_full() { continue } else { None });
    }
    assert!(batch.is_full());
    batch.wake_all();
    assert!(batch.is_empty());
    assert!(log.taken().into_iter().eq(0..WakeBatch::CAPACITY));
    batch.wake_all();
    drop(batch);
    assert!(log.taken().is_empty());
}

#[test]
fn goes_on_after_a_panicking_waker_and_resumes_the_first_panic() {
    let (log, mut batch) = (Log::default(), WakeBatch::new());
    for n in 0..6 {
        batch.push(if n == 1 || n == 4 {
            log.panicking(n)
        } else {
            log.waker(n)
        });
    }
    let panic = panic_of(|| batch.wake_all());
    assert_eq!(panic.downcast_ref(), Some(&1_usize));
    assert_eq!(log.taken(), [0, 1, 2, 3, 4, 5]);

    // The panic has been passed on, and the batch can be used again.
    batch.push(log.waker(7));
    batch.wake_all();
    assert_eq!(log.taken(), [7]);
}

#[test]
fn a_panic_that_panics_when_dropped_stops_nothing() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            resume_unwind(Box::new(Self));
        }
    }

    let (log, mut batch) = (Log::default(), WakeBatch::new());
    batch.push(log.panicking(0));
    batch.push(on_wake(|| resume_unwind(Box::new(Bomb))));
    batch.push(log.waker(2));
    let panic = panic_of(|| batch.wake_all());
    assert_eq!(panic.downcast_ref(), Some(&0_usize));
    assert_eq!(log.taken(), [0, 2]);
}

#[test]
fn a_dropped_batch_wakes() {
    let (log, mut batch) = (Log::default(), WakeBatch::new());
    batch.push(log.waker(0));
    batch.push(log.waker(1));
    drop(batch);
    assert_eq!(log.taken(), [0, 1]);
}

#[test]
fn a_dropped_batch_resumes_the_first_panic() {
    let (log, mut batch) = (Log::default(), WakeBatch::new());
    batch.push(log.panicking(0));
    batch.push(log.panicking(1));
    let panic = panic_of(|| drop(batch));
    assert_eq!(panic.downcast_ref(), Some(&0_usize));
    assert_eq!(log.taken(), [0, 1]);
}

#[test]
fn a_batch_dropped_by_a_panic_wakes_and_keeps_that_panic() {
    let log = Log::default();
    let panic = panic_of(|| {
        let mut batch = WakeBatch::new();
        batch.push(log.panicking(0));
        batch.push(log.waker(1));
        resume_unwind(Box::new("the first panic"));
    });
    assert_eq!(panic.downcast_ref(), Some(&"the first panic"));
    assert_eq!(log.taken(), [0, 1]);
}

#[test]
fn a_full_batch_refuses_another_waker_and_still_wakes_all() {
    let (log, mut batch) = (Log::default(), WakeBatch::new());
    (0..WakeBatch::CAPACITY).for_each(|n| batch.push(log.waker(n)));
    let panic = panic_of(|| batch.push(None));
    assert_eq!(panic.downcast_ref(), Some(&"the wake batch is full"));
    panic_of(|| batch.push(log.waker(99)));
    batch.wake_all();
    assert_eq!(log.taken().len(), WakeBatch::CAPACITY);
}

#[test]
fn rounds_go_on_until_all_are_woken_with_the_first_panic_at_the_very_end() {
    let log = Log::default();
    let list = Mutex::new(WaitList::new());
    let keys: Vec<_> = (0..100)
        .map(|n| {
            let waker = if n % 30 == 3 {
                log.panicking(n)
            } else {
                log.waker(n)
            };
            list.lock().unwrap().insert((), waker)
        })
        .collect();
    let panic = panic_of(|| WakeBatch::in_rounds(|batch| list.lock().unwrap().grant_all(batch)));
    assert_eq!(panic.downcast_ref(), Some(&3_usize));
    assert!(log.taken().into_iter().eq(0..100));
    let mut list = list.lock().unwrap();
    assert_eq!((list.waiting(), list.granted()), (0, 100));
    assert!(keys.into_iter().all(|key| list.release(key).is_granted()));
}

#[test]
fn rounds_wake_what_was_collected_when_filling_panics() {
    let (woken, waker) = CountWaker::new();
    panic_of(|| {
        WakeBatch::in_rounds(|batch| {
            batch.push(waker.clone());
            panic!("the primitive panics")
        });
    });
    assert_eq!(woken.wakes(), 1);
}

#[test]
fn wakers_may_lock_between_the_rounds() {
    testkit::within_seconds(10, || {
        let list = Arc::new(Mutex::new(WaitList::new()));
        let keys: Vec<_> = (0..40)
            .map(|_| {
                let reached = Arc::clone(&list);
                let waker = on_wake(move || assert!(reached.lock().unwrap().granted() > 0));
                list.lock().unwrap().insert((), waker)
            })
            .collect();
        WakeBatch::in_rounds(|batch| list.lock().unwrap().grant_all(batch));
        assert_eq!(list.lock().unwrap().granted(), keys.len());
    });
}

#[test]
fn a_heap_is_granted_and_refused_in_its_order() {
    let log = Log::default();
    for refuse in [false, true] {
        let mut heap = WaitHeap::new();
        let keys: Vec<_> = (0..50)
            .map(|n| heap.insert(n % 5, n, log.waker(n)))
            .collect();
        WakeBatch::in_rounds(|batch| {
            if refuse {
                heap.refuse_all(batch)
            } else {
                heap.grant_all(batch)
            }
        });
        let mut expected: Vec<_> = (0..50).collect();
        expected.sort_by_key(|n| n % 5);
        assert_eq!(log.taken(), expected);
        for (n, key) in keys.into_iter().enumerate() {
            assert_eq!(
                heap.release(key).into_payload(),
                refuse.then_some((n % 5, n))
            );
        }
        heap.assert_invariants();
    }
}
