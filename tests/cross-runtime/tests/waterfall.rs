//! `async-waterfall`, on every runtime and on all of them at once.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use async_waterfall::{Batch, Waterfall, chunks};
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use futures_lite::{StreamExt, future, stream};
use testkit::within_seconds;

const WAIT: Duration = Duration::from_millis(15);

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Ten times each item, after a turn of the others.
async fn tenfold(batch: Batch<u32>) -> Result<Vec<u32>, ()> {
    future::yield_now().await;
    Ok(batch.map(|item| 10 * item).collect())
}

on_every_runtime! {
    async fn callers_share_batches_and_get_their_own_replies(runtime) {
        let (handle, driver) = Waterfall::builder(n(10), WAIT).max_in_flight(n(3)).build(tenfold);
        let driver = runtime.spawn(driver);
        let callers: Vec<_> = (0..95)
            .map(|item| runtime.spawn(handle.submit(item)))
            .collect();
        for (caller, item) in callers.into_iter().zip(0..) {
            assert_eq!(caller.await.unwrap(), 10 * item);
        }
        drop(handle);
        driver.await;
    }

    async fn one_item_does_not_wait_for_longer_than_told(runtime) {
        let (handle, driver) = Waterfall::builder(n(10), WAIT).build(tenfold);
        let driver = runtime.spawn(driver);
        let began = Instant::now();
        assert_eq!(handle.submit(7).await.unwrap(), 70);
        assert!(began.elapsed() >= WAIT);
        drop(handle);
        driver.await;
    }

    async fn a_stop_delivers_all_that_was_accepted(runtime) {
        let hour = Duration::from_secs(3600);
        let (handle, driver) = Waterfall::builder(n(10), hour).build(tenfold);
        let driver = runtime.spawn(driver);
        for item in 0..25 {
            handle.put(item).await.unwrap();
        }
        handle.flush().await.unwrap();
        assert_eq!(handle.counts().delivered, 25);
        handle.put(25).await.unwrap();
        let report = handle.stop(hour).await;
        assert_eq!((report.delivered, report.undelivered), (26, 0));
        driver.await;
    }

    async fn threads_put_and_tasks_deliver(runtime) {
        let sum = Arc::new(AtomicUsize::new(0));
        let added = Arc::clone(&sum);
        let (handle, driver) = Waterfall::builder(n(8), WAIT)
            .capacity(n(8))
            .build(move |batch: Batch<usize>| {
                added.fetch_add(batch.sum(), Ordering::Relaxed);
                async { Ok::<(), ()>(()) }
            });
        let driver = runtime.spawn(driver);
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let handle = handle.clone();
                thread::spawn(move || {
                    for item in 0..100 {
                        handle.put_blocking(item).unwrap();
                    }
                })
            })
            .collect();
        drop(handle);
        driver.await;
        assert_eq!(sum.load(Ordering::Relaxed), 3 * 4950);
        for thread in threads {
            thread.join().unwrap();
        }
    }

    async fn chunks_of_a_slow_stream_come_in_time() {
        let slow = stream::iter([1, 2]).chain(stream::pending());
        let mut chunks = chunks(slow, n(10), WAIT);
        let began = Instant::now();
        assert_eq!(chunks.next().await, Some(vec![1, 2]));
        assert!(began.elapsed() >= WAIT);
    }
}

/// One waterfall, driven on one runtime, with callers on all of them.
#[test]
fn callers_on_all_runtimes_share_one_waterfall() {
    within_seconds(30, || {
        let (handle, driver) = Waterfall::builder(n(7), WAIT)
            .max_in_flight(n(2))
            .build(tenfold);
        let thread = thread::spawn(move || Runtime::Smol.run(|_| driver));
        let given = Arc::new(Mutex::new(Some(handle.clone())));
        let replies = on_all_at_once(move |runtime| {
            let handle = given.lock().unwrap().clone().unwrap();
            async move {
                let tasks: Vec<_> = (0..50)
                    .map(|item| runtime.spawn(handle.submit(item)))
                    .collect();
                let mut sum = 0;
                for task in tasks {
                    sum += task.await.unwrap();
                }
                sum
            }
        });
        assert!(replies.iter().all(|sum| *sum == 12_250));
        handle.close();
        thread.join().unwrap();
    });
}
