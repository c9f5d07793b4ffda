//! Batches: what is ready, no more and no later.

mod support;

use async_merge_streams::merge_batched;
use std::num::NonZeroUsize;
use std::task::Poll;
use support::{Endless, poll, ready, taps};
use testkit::CountWaker;

fn at_most(max: usize) -> NonZeroUsize {
    NonZeroUsize::new(max).unwrap()
}

#[test]
fn a_batch_has_all_that_is_ready_up_to_max() {
    for max in 1..12 {
        let (taps, sources) = taps(3);
        let mut merge = merge_batched(sources, at_most(max));
        for (item, tap) in (0..10).zip(taps.iter().cycle()) {
            tap.send(item);
        }
        let mut items = Vec::new();
        while items.len() < 10 {
            let batch = ready(&mut merge).unwrap();
            assert_eq!(batch.len(), max.min(10 - items.len()), "max {max}");
            items.extend(batch);
        }
        assert!(items.into_iter().eq(0..10), "max {max}");
    }
}

#[test]
fn no_batch_waits_to_be_full_and_none_is_empty() {
    let (taps, sources) = taps(3);
    let mut merge = merge_batched(sources, NonZeroUsize::MAX);
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    taps[2].send(1);
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(vec![1])));
    // Its task has not gone to wait.
    taps[0].send(2);
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(vec![2])));
    assert!(poll(&mut merge, &waker).is_pending());
}

#[test]
fn the_last_batch_comes_before_the_end() {
    let (taps, sources) = taps(2);
    let mut merge = merge_batched(sources, at_most(10));
    taps[0].send(1);
    for tap in &taps {
        tap.close();
    }
    assert_eq!(ready(&mut merge), Some(vec![1]));
    assert_eq!(ready(&mut merge), None);
    assert_eq!(ready(&mut merge), None);
}

#[test]
fn a_batch_of_one_is_the_merge() {
    let mut merge = merge_batched((0..3).map(Endless), NonZeroUsize::MIN);
    for item in [0, 1, 2, 0] {
        assert_eq!(ready(&mut merge), Some(vec![item]));
    }
}

#[test]
fn room_is_for_what_the_last_batch_had() {
    let (taps, sources) = taps(1);
    let mut merge = merge_batched(sources, NonZeroUsize::MAX);
    for sent in [1, 100, 7] {
        (0..sent).for_each(|item| {
            taps[0].send(item);
        });
        assert_eq!(ready(&mut merge).unwrap().len(), sent);
    }
    taps[0].send(0);
    assert!(ready(&mut merge).unwrap().capacity() <= 16);
}
