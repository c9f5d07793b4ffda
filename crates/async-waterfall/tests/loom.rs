//! The mutex, the wake-ups and the places under every interleaving of a few threads.
//!
//! To see the models bite, break the code by hand:
//!
//! | change | what fails |
//! |---|---|
//! | a put or submit does not rouse the driver | `a_submit_and_its_reply` |
//! | the driver puts its waker there under a second lock | eight of them |
//! | dropping the last handle wakes nobody | six of them |
//! | a reply wakes nobody | `a_submit_and_its_reply` |
//! | a poll of a submit puts its waker there without a second look at the reply | `a_submit_that_changes_its_waker_and_its_reply` |
//! | a batch that is settled grants no flush | `a_flush_and_the_batch_before_it`, `a_put_and_a_driver_that_goes_to_sleep`, `a_stop_and_the_last_batch` |
//! | nobody who waits for room is let in when a batch goes | `who_waits_for_room_is_let_in` |
//! | a dropped driver refuses nobody | `a_put_and_the_drop_of_the_driver` |
//! | a place that was polled is not queued again | `a_call_that_is_woken_while_it_is_polled` |
#![cfg(loom)]

use async_waterfall::{Batch, Driver, Waterfall};
use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::future::{Ready, ready};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

type Echo = Ready<Result<Vec<u32>, ()>>;
type Echoing = Driver<u32, u32, (), fn(Batch<u32>) -> Echo, Echo>;

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn echo(batch: Batch<u32>) -> Echo {
    ready(Ok(batch.collect()))
}

/// Batches that go when they are full, or by a flush or the end: there are no timers.
fn echoing(max_items: usize, capacity: usize) -> (Waterfall<u32, u32, ()>, Echoing) {
    Waterfall::builder(n(max_items), Duration::MAX)
        .capacity(n(capacity))
        .build(echo as fn(Batch<u32>) -> Echo)
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_put_and_a_driver_that_goes_to_sleep() {
    loom::model(|| {
        let (handle, driver) = echoing(1, 2);
        let thread = thread::spawn(move || block_on(driver));
        handle.try_put(1).unwrap();
        block_on(handle.flush()).unwrap();
        assert_eq!(handle.counts().delivered, 1);
        drop(handle);
        thread.join().unwrap();
    });
}

#[test]
fn what_is_put_before_the_last_handle_goes_is_delivered() {
    loom::model(|| {
        let sum = Arc::new(AtomicUsize::new(0));
        let added = Arc::clone(&sum);
        let (handle, driver) =
            Waterfall::builder(n(8), Duration::MAX).build(move |batch: Batch<usize>| {
                added.fetch_add(batch.sum(), Ordering::Relaxed);
                ready(Ok::<(), ()>(()))
            });
        let other = handle.clone();
        let first = thread::spawn(move || other.try_put(1).unwrap());
        let second = thread::spawn(move || handle.try_put(2).unwrap());
        block_on(driver);
        assert_eq!(sum.load(Ordering::Relaxed), 3);
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn a_submit_and_its_reply() {
    loom::model(|| {
        let (handle, driver) = echoing(1, 1);
        let thread = thread::spawn(move || block_on(driver));
        assert_eq!(block_on(handle.submit(7)).unwrap(), 7);
        drop(handle);
        thread.join().unwrap();
    });
}

#[test]
fn a_submit_that_changes_its_waker_and_its_reply() {
    loom::model(|| {
        let (handle, driver) = echoing(1, 1);
        let mut submit = handle.try_submit(7).unwrap();
        assert!(poll(&mut submit).is_pending());
        drop(handle);
        let thread = thread::spawn(move || block_on(driver));
        assert_eq!(block_on(submit).unwrap(), 7);
        thread.join().unwrap();
    });
}

#[test]
fn a_submit_that_is_taken_back_was_dispatched_or_is_not() {
    loom::model(|| {
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&seen);
        let (handle, driver) =
            Waterfall::builder(n(1), Duration::MAX).build(move |batch: Batch<u32>| {
                counter.fetch_add(batch.len(), Ordering::Relaxed);
                ready(Ok::<Vec<u32>, ()>(batch.collect()))
            });
        let thread = thread::spawn(move || block_on(driver));
        let submit = handle.try_submit(7).unwrap();
        let back = submit.cancel();
        drop(handle);
        thread.join().unwrap();
        let dispatched = seen.load(Ordering::Relaxed);
        assert_eq!(dispatched, usize::from(back.is_none()));
    });
}

#[test]
fn a_flush_and_the_batch_before_it() {
    loom::model(|| {
        let (handle, mut driver) = echoing(8, 8);
        handle.try_put(1).unwrap();
        let other = handle.clone();
        let thread = thread::spawn(move || {
            block_on(other.flush()).unwrap();
            assert_eq!(other.counts().delivered, 1);
        });
        drop(handle);
        block_on(&mut driver);
        thread.join().unwrap();
    });
}

#[test]
fn who_waits_for_room_is_let_in() {
    loom::model(|| {
        let (handle, mut driver) = echoing(1, 1);
        handle.try_put(1).unwrap();
        let thread = thread::spawn(move || block_on(handle.put(2)).unwrap());
        block_on(&mut driver);
        thread.join().unwrap();
    });
}

#[test]
fn a_put_and_the_drop_of_the_driver() {
    loom::model(|| {
        let (handle, driver) = echoing(1, 1);
        let thread = thread::spawn(move || drop(driver));
        let accepted = handle.try_put(1).is_ok();
        let _ = block_on(handle.submit(2));
        thread.join().unwrap();
        let counts = handle.counts();
        assert_eq!(counts.queued + counts.in_flight, 0);
        assert!(counts.undelivered >= u64::from(accepted));
        assert_eq!(handle.take_undelivered().len(), usize::from(accepted));
    });
}

/// A call that waits for another thread, with places for several.
#[test]
fn a_call_that_is_woken_while_it_is_polled() {
    #[derive(Default)]
    struct Door {
        open: bool,
        waker: Option<Waker>,
    }

    loom::model(|| {
        let door = Arc::new(Mutex::new(Door::default()));
        let opens = Arc::clone(&door);
        let (handle, driver) = Waterfall::builder(n(1), Duration::MAX)
            .max_in_flight(n(2))
            .build(move |batch: Batch<u32>| {
                let door = Arc::clone(&door);
                async move {
                    std::future::poll_fn(|cx| {
                        let mut door = door.lock().unwrap();
                        if door.open {
                            return Poll::Ready(());
                        }
                        door.waker = Some(cx.waker().clone());
                        Poll::Pending
                    })
                    .await;
                    futures_lite::future::yield_now().await;
                    Ok::<Vec<u32>, ()>(batch.collect())
                }
            });
        handle.try_put(1).unwrap();
        drop(handle);
        let thread = thread::spawn(move || {
            let waker = {
                let mut door = opens.lock().unwrap();
                door.open = true;
                door.waker.take()
            };
            waker.into_iter().for_each(Waker::wake);
        });
        block_on(driver);
        thread.join().unwrap();
    });
}

#[test]
fn a_stop_and_the_last_batch() {
    loom::model(|| {
        let (handle, driver) = echoing(2, 2);
        handle.try_put(1).unwrap();
        let thread = thread::spawn(move || block_on(driver));
        let mut stop = handle.stop(Duration::MAX);
        let report = match poll(&mut stop) {
            Poll::Ready(report) => report,
            Poll::Pending => block_on(stop),
        };
        assert_eq!((report.delivered, report.undelivered), (1, 0));
        thread.join().unwrap();
    });
}
