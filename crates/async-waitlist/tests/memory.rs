//! What is allocated, and what is given back.

use async_waitlist::blocking::block_on;
use async_waitlist::{Key, Polled, WaitHeap, WaitList, WakeBatch};
use std::future::{poll_fn, ready};
use std::task::{Poll, Waker};
use testkit::count_allocations;

#[global_allocator]
static ALLOC: testkit::CountingAllocator = testkit::CountingAllocator::new();

fn noop() -> Waker {
    Waker::noop().clone()
}

/// `rounds` of eight waiters that wait, are nudged, polled, put back, granted, and leave.
fn use_list(list: &mut WaitList<u32>, rounds: u32) {
    for _ in 0..rounds {
        let mut keys = [(); 8].map(|()| Some(list.insert(1, noop())));
        drop(list.nudge_first());
        for key in keys.iter().flatten() {
            let _ = list.poll(key, Waker::noop(), &mut Some(noop()));
        }
        for key in &mut keys[..3] {
            let key = key.take().unwrap();
            let (payload, _) = list.grant(&key).unwrap();
            list.requeue_front(&key, payload, noop());
            drop(list.release(key));
        }
        WakeBatch::in_rounds(|batch| list.grant_all(batch));
        for key in keys.into_iter().flatten() {
            assert_eq!(list.poll(&key, Waker::noop(), &mut None), Polled::Granted);
            drop(list.release(key));
        }
        assert!(list.shrink().is_none());
    }
}

fn use_heap(heap: &mut WaitHeap<u32, u32>, rounds: u32) {
    for round in 0..rounds {
        let keys = [3, 1, 4, 1, 5, 9, 2, 6].map(|n| heap.insert(n ^ (round & 7), 1, noop()));
        drop(heap.nudge_first());
        heap.set_key(&keys[5], 0).unwrap();
        heap.grant_first();
        heap.grant(&keys[6]);
        WakeBatch::in_rounds(|batch| heap.refuse_all(batch));
        for key in keys {
            drop(heap.release(key));
        }
        assert!(heap.shrink().is_none());
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn an_empty_list_is_small() {
    assert_eq!(size_of::<WaitList<u32>>(), 56);
    assert_eq!(size_of::<WaitHeap<i64, u32>>(), 112);
}

#[test]
fn nothing_is_allocated_before_the_first_wait() {
    let made = count_allocations(|| {
        let mut list = WaitList::<u32>::new();
        let mut heap = WaitHeap::<u32, u32>::new();
        assert!(list.grant_first().is_none() && list.first().is_none());
        assert!(heap.grant_first().is_none() && heap.first().is_none());
        assert!(list.nudge_first().is_none() && heap.nudge_first().is_none());
        assert!(list.shrink().is_none() && heap.shrink().is_none());
        WakeBatch::in_rounds(|batch| list.refuse_all(batch) && heap.refuse_all(batch));
    });
    assert_eq!(made.calls, 0);
}

#[test]
fn slots_are_used_again_without_allocating() {
    let (mut list, mut heap) = (WaitList::new(), WaitHeap::new());
    use_list(&mut list, 1);
    use_heap(&mut heap, 1);
    let again = count_allocations(|| {
        use_list(&mut list, 1000);
        use_heap(&mut heap, 1000);
    });
    assert_eq!(again.calls, 0);
}

#[test]
fn a_hundred_thousand_cancelled_waits_take_no_memory() {
    let mut list = WaitList::new();
    drop(list.insert((), noop())); // one that is forgotten for good
    let cancelled = count_allocations(|| {
        for _ in 0..100_000 {
            let key = list.insert((), noop());
            drop(list.release(key));
        }
    });
    assert_eq!(cancelled.calls, 0);
    assert_eq!(list.waiting(), 1);
}

#[test]
fn the_slab_shrinks_once_it_is_empty() {
    fn burst<L>(
        list: &mut L,
        insert: impl Fn(&mut L) -> Key,
        release: impl Fn(&mut L, Key),
        shrink: impl Fn(&mut L) -> bool,
    ) {
        let all = count_allocations(|| {
            let mut keys: Vec<_> = (0..1000).map(|_| insert(list)).collect();
            let final_key = keys.pop().unwrap();
            for key in keys {
                release(list, key);
                assert!(!shrink(list), "some still wait");
            }
            release(list, final_key);
            assert!(shrink(list), "nobody waits");
            assert!(!shrink(list), "it has shrunk already");
        });
        assert!(all.calls > 0);
        assert_eq!(all.live_bytes, 0);
    }

    let mut list = WaitList::new();
    for _ in 0..3 {
        burst(
            &mut list,
            |list| list.insert((), noop()),
            |list, key| drop(list.release(key)),
            |list| list.shrink().is_some(),
        );
    }
    let mut heap = WaitHeap::new();
    for refused in [false, true, false] {
        burst(
            &mut heap,
            |heap| heap.insert(1, (), noop()),
            |heap, key| {
                if refused {
                    WakeBatch::in_rounds(|batch| heap.refuse_all(batch));
                }
                drop(heap.release(key));
            },
            |heap| heap.shrink().is_some(),
        );
    }
}

#[test]
fn a_small_slab_is_kept() {
    let mut list = WaitList::new();
    let keys: Vec<_> = (0..64).map(|_| list.insert((), noop())).collect();
    for key in keys {
        drop(list.release(key));
    }
    assert!(list.shrink().is_none());
    let again = count_allocations(|| {
        for _ in 0..64 {
            drop(list.insert((), noop()));
        }
    });
    assert_eq!(again.calls, 0);
}

#[test]
fn the_trash_of_a_shrink_is_all_that_was_allocated() {
    let mut list = WaitList::new();
    let keys: Vec<_> = (0..1000_u32).map(|n| list.insert(n, noop())).collect();
    for key in keys {
        drop(list.release(key));
    }
    let mut trash = None;
    let shrinking = count_allocations(|| trash = list.shrink());
    assert_eq!(
        (shrinking.calls, shrinking.live_bytes),
        (0, 0),
        "nothing is freed under the lock"
    );
    let dropping = count_allocations(|| drop(trash));
    assert!(dropping.live_bytes <= -40_000, "{dropping:?}");
}

#[test]
fn only_the_first_blocking_call_of_a_thread_allocates() {
    testkit::within_seconds(10, || {
        fn once_pending() -> impl Future<Output = ()> {
            let mut polls = 0;
            poll_fn(move |cx| {
                polls += 1;
                if polls > 1 {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            })
        }

        let first = count_allocations(|| block_on(ready(())));
        assert!(first.calls > 0);
        if cfg!(target_os = "linux") {
            assert_eq!(first.calls, 1);
        }
        let later = count_allocations(|| (0..100).for_each(|_| block_on(once_pending())));
        assert_eq!(later.calls, 0);
        let nested = count_allocations(|| block_on(async { block_on(once_pending()) }));
        assert!(
            nested.calls <= first.calls,
            "one parker more, at most: {nested:?}"
        );
    });
}
