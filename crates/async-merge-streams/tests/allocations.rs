//! What is allocated, and when.

mod support;

use async_merge_streams::{Merge, merge, merge_batched, try_merge};
use std::num::NonZeroUsize;
use std::task::Poll;
use support::{Endless, poll, ready, taps};
use testkit::{CountWaker, count_allocations, live_bytes};

#[global_allocator]
static ALLOCATOR: testkit::CountingAllocator = testkit::CountingAllocator::new();

#[test]
fn an_item_allocates_nothing() {
    for sources in [1, 2, 100, 5000] {
        let mut plain = merge((0..sources).map(Endless));
        let mut indexed = merge((0..sources).map(Endless)).with_index();
        let mut fallible = try_merge((0..sources).map(|source| Endless(Ok::<_, ()>(source))));
        let allocations = count_allocations(|| {
            for _ in 0..3 * sources {
                assert!(ready(&mut plain).is_some());
                assert!(ready(&mut indexed).is_some());
                assert!(ready(&mut fallible).is_some());
            }
        });
        assert_eq!(allocations.calls, 0, "{sources} sources");
    }
}

#[test]
fn a_wake_and_a_wait_allocate_nothing() {
    let (taps, sources) = taps(1000);
    let mut merge = merge(sources);
    let (count, waker) = CountWaker::new();
    while poll(&mut merge, &waker).is_pending() && count.wakes() > 0 {
        count.reset();
    }
    for tap in &taps {
        tap.send(0);
        assert_eq!(ready(&mut merge), Some(0));
    }
    while poll(&mut merge, &waker).is_pending() && count.wakes() > 0 {
        count.reset();
    }
    let allocations = count_allocations(|| {
        for (item, tap) in taps.iter().enumerate() {
            tap.send(item);
            assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(item)));
            assert!(poll(&mut merge, &waker).is_pending());
        }
    });
    assert_eq!(allocations.calls, 0);
    assert_eq!(count.wakes(), 1000);
}

#[test]
fn a_source_in_the_place_of_another_allocates_nothing() {
    let mut merge: Merge<_> = (0..100).map(Endless).collect();
    let mut indices: Vec<_> = merge.indices().collect();
    let allocations = count_allocations(|| {
        for _ in 0..10 {
            for index in &mut indices {
                assert!(merge.remove(*index).is_some());
                *index = merge.push(Endless(index.position()));
            }
            assert!(ready(&mut merge).is_some());
        }
    });
    // The list of free places, once.
    assert!(allocations.calls <= 1, "{allocations:?}");
}

#[test]
fn a_batch_takes_one_allocation() {
    let max = NonZeroUsize::new(100).unwrap();
    let mut merge = merge_batched((0..1000).map(Endless), max);
    // The first one does not know how much room it needs.
    assert_eq!(ready(&mut merge).unwrap().len(), 100);
    let allocations = count_allocations(|| {
        for _ in 0..50 {
            assert_eq!(ready(&mut merge).unwrap().len(), 100);
        }
    });
    assert_eq!(allocations.calls, 50);
    assert_eq!(allocations.live_bytes, 0);
}

#[test]
fn a_merge_frees_what_it_has_allocated() {
    let run = || {
        let (taps, sources) = taps(300);
        let mut merge = merge(sources);
        let (_, waker) = CountWaker::new();
        for (item, tap) in taps.iter().enumerate() {
            tap.send(item);
            assert!(poll(&mut merge, &waker).is_ready());
        }
        while merge.len() > 100 {
            let index = merge.indices().next().unwrap();
            drop(merge.remove(index));
        }
        let _ = poll(&mut merge, &waker);
    };
    run();
    let freed = count_allocations(run);
    assert_eq!(freed.live_bytes, 0);
    assert!(live_bytes() > 0, "it counts");
}
