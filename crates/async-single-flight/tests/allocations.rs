//! What is allocated: twice for a load, and nothing that stays.

use async_single_flight::Group;
use std::future;
use std::task::Waker;
use testkit::{CountingAllocator, count_allocations, poll_once};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

#[test]
fn a_load_that_is_ready_allocates_twice() {
    let group: Group<u64, u64> = Group::new();
    let load = |key| {
        let mut work = group.work(key, move || future::ready(key));
        assert!(poll_once(&mut work, Waker::noop()).is_ready());
    };
    (0..1000).for_each(load);
    let allocations = count_allocations(|| (0..100).for_each(load));
    assert_eq!((allocations.calls, allocations.live_bytes), (200, 0));
}

/// ihciah/singleflight-async#5.
#[test]
fn regression_singleflight_async_5_cancelled_keys_leave_nothing_behind() {
    let group: Group<u64, u64> = Group::new();
    let round = |from: u64| {
        for key in from..from + 100_000 {
            let mut work = group.work(key, future::pending);
            assert!(poll_once(&mut work, Waker::noop()).is_pending());
        }
    };
    round(0);
    assert_eq!(count_allocations(|| round(100_000)).live_bytes, 0);
}

#[test]
fn a_crowd_gives_its_memory_back_before_its_load_ends() {
    let group: Group<u64, u64> = Group::new();
    let mut first = group.work(1, future::pending);
    assert!(poll_once(&mut first, Waker::noop()).is_pending());
    let allocations = count_allocations(|| {
        let mut crowd: Vec<_> = (0..10_000)
            .map(|_| group.work(1, future::pending))
            .collect();
        for work in &mut crowd {
            assert!(poll_once(work, Waker::noop()).is_pending());
        }
    });
    assert!(allocations.bytes > 300_000, "{allocations:?}");
    assert!(allocations.live_bytes <= 0, "{allocations:?}");
}

/// What waits inside loads is noted in a table of the process, which shrinks.
#[test]
fn nested_waits_give_their_memory_back() {
    let group: Group<u64, u64> = Group::new();
    let round = || {
        let inner = group.clone();
        let mut outer = group.work(0, move || async move {
            let all: Vec<_> = (1..5_000)
                .map(|key| inner.work(key, future::pending))
                .collect();
            let mut all = all;
            for work in &mut all {
                assert!(futures_lite::future::poll_once(work).await.is_none());
            }
            future::pending().await
        });
        assert!(poll_once(&mut outer, Waker::noop()).is_pending());
    };
    round();
    assert_eq!(count_allocations(round).live_bytes, 0);
}
