//! What is allocated: nothing for an item, and nothing for a batch, once the memory has grown.

use async_waterfall::{Batch, Waterfall};
use std::future;
use std::num::NonZeroUsize;
use std::task::{Poll, Waker};
use std::time::Duration;
use testkit::{CountingAllocator, count_allocations, poll_once};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

const ITEMS: u64 = 10;

#[test]
fn puts_and_batches_allocate_nothing() {
    let max_items = NonZeroUsize::new(10).unwrap();
    let (handle, mut driver) =
        Waterfall::builder(max_items, Duration::MAX).build(|mut batch: Batch<u64>| {
            let sum: u64 = batch.by_ref().sum();
            assert_eq!(sum, 45);
            future::ready(Ok::<(), ()>(()))
        });
    let mut round = || {
        for item in 0..ITEMS {
            handle.try_put(item).unwrap();
        }
        assert!(poll_once(&mut driver, Waker::noop()).is_pending());
    };
    round();
    round();
    assert_eq!(count_allocations(round).calls, 0);
}

#[test]
fn a_submit_allocates_nothing_but_the_memory_of_the_replies() {
    let max_items = NonZeroUsize::new(10).unwrap();
    let (handle, mut driver) = Waterfall::builder(max_items, Duration::MAX)
        .build(|batch: Batch<u64>| future::ready(Ok::<Vec<u64>, ()>(batch.collect())));
    let mut submits: Vec<_> = Vec::with_capacity(10);
    let mut round = || {
        submits.extend((0..ITEMS).map(|item| handle.submit(item)));
        for submit in &mut submits {
            assert!(poll_once(submit, Waker::noop()).is_pending());
        }
        assert!(poll_once(&mut driver, Waker::noop()).is_pending());
        for (submit, item) in submits.iter_mut().zip(0..) {
            let reply = poll_once(submit, Waker::noop());
            assert!(matches!(reply, Poll::Ready(Ok(reply)) if reply == item));
        }
        submits.clear();
    };
    round();
    round();
    // The callback's own vector.
    assert_eq!(count_allocations(round).calls, 1);
}

#[test]
fn a_callback_that_takes_the_batch_along_costs_one_allocation() {
    let max_items = NonZeroUsize::new(10).unwrap();
    let (handle, mut driver) =
        Waterfall::builder(max_items, Duration::MAX).build(|mut batch: Batch<u64>| {
            let taken = batch.take_all();
            assert_eq!(taken.len(), 10);
            future::ready(Ok::<(), ()>(()))
        });
    let mut round = || {
        for item in 0..ITEMS {
            handle.try_put(item).unwrap();
        }
        assert!(poll_once(&mut driver, Waker::noop()).is_pending());
    };
    round();
    round();
    assert_eq!(count_allocations(round).calls, 1);
}

/// Submits that come and go while nothing is dispatched.
#[test]
fn callers_that_go_away_leave_no_memory_behind() {
    let max_items = NonZeroUsize::new(1000).unwrap();
    let (handle, _driver) = Waterfall::builder(max_items, Duration::MAX)
        .build(|batch: Batch<u64>| future::ready(Ok::<Vec<u64>, ()>(batch.collect())));
    let round = || {
        for item in 0..1000 {
            let mut submit = handle.submit(item);
            assert!(poll_once(&mut submit, Waker::noop()).is_pending());
        }
    };
    round();
    assert_eq!(count_allocations(round).calls, 0);
}
