//! Plain threads: they wait as tasks do, and for no longer than told.

use async_waterfall::{Batch, FlushError, SubmitError, Waterfall};
use std::future;
use std::num::NonZeroUsize;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};
use testkit::{poll_once, within_seconds};

/// Longer than any test goes on.
const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(5);

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn tenfold(batch: Batch<u32>) -> future::Ready<Result<Vec<u32>, ()>> {
    future::ready(Ok(batch.map(|item| 10 * item).collect()))
}

#[test]
fn a_thread_gets_its_reply_from_a_driver_on_another() {
    within_seconds(30, || {
        let (handle, driver) = Waterfall::builder(n(2), LONG).build(tenfold);
        let driver = thread::spawn(|| futures_lite::future::block_on(driver));
        let other = handle.clone();
        let first = thread::spawn(move || other.submit_blocking(1).unwrap());
        assert_eq!(handle.submit_blocking(2).unwrap(), 20);
        assert_eq!(first.join().unwrap(), 10);
        handle.put_blocking(3).unwrap();
        handle.flush_blocking().unwrap();
        assert_eq!(handle.counts().delivered, 3);
        assert_eq!(handle.stop_blocking(LONG).delivered, 3);
        driver.join().unwrap();
    });
}

#[test]
fn a_put_without_room_gives_its_item_back_after_the_limit() {
    within_seconds(30, || {
        let (handle, driver) = Waterfall::builder(n(2), LONG).capacity(n(1)).build(tenfold);
        handle.put_blocking_timeout(1, Duration::ZERO).unwrap();
        let began = Instant::now();
        let late = handle.put_blocking_timeout(2, SHORT).unwrap_err();
        assert!(late.is_timed_out() && began.elapsed() >= SHORT);
        assert_eq!(late.into_inner(), 2);
        let late = handle.put_blocking_deadline(3, began).unwrap_err();
        assert_eq!((late.is_timed_out(), late.into_inner()), (true, 3));
        assert_eq!(handle.counts().accepted, 1);
        drop(driver);
    });
}

#[test]
fn a_submit_that_is_late_takes_its_item_back_unless_it_is_with_the_callback() {
    within_seconds(30, || {
        let never = |_: Batch<u32>| future::pending::<Result<Vec<u32>, ()>>();
        let (handle, mut driver) = Waterfall::builder(n(1), LONG).capacity(n(2)).build(never);
        let with_callback = handle.try_submit(1).unwrap();
        assert!(poll_once(&mut driver, Waker::noop()).is_pending());
        match handle.submit_blocking_timeout(2, SHORT) {
            Err(SubmitError::TimedOut(back)) => assert_eq!(back, Some(2)),
            other => panic!("{other:?}"),
        }
        assert_eq!(handle.counts().queued, 0, "it is not delivered after all");
        assert_eq!(with_callback.cancel(), None);
    });
}

#[test]
fn a_flush_and_a_stop_end_at_their_limits() {
    within_seconds(30, || {
        let (handle, driver) = Waterfall::builder(n(8), LONG).build(tenfold);
        handle.try_put(1).unwrap();
        let began = Instant::now();
        assert_eq!(
            handle.flush_blocking_timeout(SHORT),
            Err(FlushError::TimedOut)
        );
        assert_eq!(
            handle.flush_blocking_deadline(began),
            Err(FlushError::TimedOut)
        );
        // Nobody polls the driver, so the limit of the stop is what ends it.
        let report = handle.stop_blocking(SHORT);
        assert_eq!((report.undelivered, report.returned), (1, vec![1]));
        assert!(began.elapsed() >= 2 * SHORT);
        drop(driver);
    });
}
