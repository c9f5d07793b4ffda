//! Sources that come, go, and differ.

mod support;

use async_merge_streams::{Either, Index, Merge, merge, merge_batched, try_merge};
use futures_core::Stream;
use futures_core::stream::FusedStream;
use futures_lite::{StreamExt, future::block_on, stream};
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::Poll;
use support::{Endless, poll, ready, tap, taps};
use testkit::CountWaker;

#[test]
fn a_merge_without_sources_has_ended() {
    let mut empty = Merge::<Endless<u32>>::new();
    assert_eq!(ready(&mut empty), None);
    assert_eq!(ready(&mut empty), None);
    assert!(empty.is_terminated());
    assert_eq!(ready(&mut Merge::<Endless<u32>>::default()), None);
    assert_eq!(
        ready(&mut merge_batched::<[Endless<u32>; 0]>(
            [],
            NonZeroUsize::MIN
        )),
        None
    );
}

#[test]
fn after_a_push_it_lives_again() {
    let mut merge = Merge::new();
    for round in 0..5 {
        assert_eq!(ready(&mut merge), None);
        let (tap, source) = tap();
        let index = merge.push(source);
        assert!(!merge.is_terminated());
        assert_eq!(index.position(), 0);
        tap.send(round);
        tap.close();
        assert_eq!(ready(&mut merge), Some(round));
    }
}

#[test]
fn a_source_that_is_removed_keeps_what_it_has() {
    let (taps, sources) = taps(3);
    let mut merge = merge(sources);
    for (item, tap) in taps.iter().enumerate() {
        tap.send(item);
        tap.send(item + 10);
    }
    assert_eq!(ready(&mut merge), Some(0));
    let second = merge.indices().nth(1).unwrap();
    let mut removed = merge.remove(second).unwrap();
    assert_eq!(ready(&mut merge), Some(2));
    assert_eq!(ready(&mut merge), Some(10));
    assert_eq!(ready(&mut removed), Some(1));
    // Into another merge, or back into this one.
    assert_ne!(merge.push(removed), second);
    let rest = [ready(&mut merge), ready(&mut merge)];
    assert_eq!(rest, [Some(12), Some(11)]);
}

#[test]
fn an_index_names_one_source_for_ever() {
    let mut merge = Merge::new();
    let mut seen: Vec<Index> = Vec::new();
    for round in 0..50 {
        let index = merge.push(Endless(round));
        assert!(
            seen.iter()
                .all(|known| *known < index && !merge.contains(*known))
        );
        assert_eq!(index.position(), 0);
        seen.push(index);
        assert!(merge.remove(index).is_some());
    }
    for index in seen {
        assert!(merge.remove(index).is_none());
    }
}

#[test]
fn an_index_of_another_merge_with_more_sources_is_of_none_here() {
    let larger = merge((0..10).map(Endless));
    let mut smaller = merge((0..2).map(Endless));
    let last = larger.indices().last().unwrap();
    assert!(smaller.remove(last).is_none());
    assert!(!smaller.contains(last));
    assert_eq!(smaller.len(), 2);
}

#[test]
fn a_waiting_task_hears_of_the_end_of_the_last_source() {
    let (taps, sources) = taps::<u32>(3);
    let mut merge = merge(sources);
    let (count, waker) = CountWaker::new();
    for tap in taps {
        assert!(poll(&mut merge, &waker).is_pending());
        count.reset();
        tap.close();
        assert_eq!(count.wakes(), 1);
    }
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(None));
}

#[test]
fn the_macro_takes_one_to_many_types() {
    let one = async_merge_streams::merge!(stream::once(1));
    assert_eq!(block_on(one.collect::<Vec<_>>()), [1]);

    let counted = pin!(stream::unfold(3, |n| async move {
        (n < 5).then_some((n, n + 1))
    }));
    let mut four = async_merge_streams::merge!(
        stream::once(1),
        stream::iter([2, 20]),
        counted,
        Box::pin(stream::once(4)) as Pin<Box<dyn Stream<Item = i32>>>,
    );
    assert_eq!(four.len(), 4);
    four.push(Either::Left(stream::once(5)));
    let items: Vec<i32> = block_on(four.collect());
    assert_eq!(items, [1, 2, 3, 4, 5, 20, 4]);
}

#[test]
fn the_macro_evaluates_in_order_and_once() {
    let mut calls = Vec::new();
    let mut call = |n: u32| {
        calls.push(n);
        stream::once(n)
    };
    let merge = async_merge_streams::merge!(call(1), call(2), call(3));
    assert_eq!(merge.len(), 3);
    assert_eq!(calls, [1, 2, 3]);
}

#[test]
fn collecting_and_extending_add_sources() {
    let mut merge: Merge<_> = [stream::once(1)].into_iter().collect();
    merge.extend([stream::once(2), stream::once(3)]);
    assert_eq!(block_on(merge.collect::<Vec<_>>()), [1, 2, 3]);
}

#[test]
fn the_size_is_that_of_all_sources() {
    let sources = [0..3, 0..0, 0..4].map(stream::iter);
    assert_eq!(merge(sources.clone()).size_hint(), (7, Some(7)));
    assert_eq!(
        merge(sources.clone()).with_index().size_hint(),
        (7, Some(7))
    );
    let max = |max| NonZeroUsize::new(max).unwrap();
    assert_eq!(
        merge_batched(sources.clone(), max(3)).size_hint(),
        (3, Some(7))
    );
    assert_eq!(
        merge_batched(sources, NonZeroUsize::MAX).size_hint(),
        (1, Some(7))
    );
    let endless = || stream::repeat(Ok::<u32, u32>(1));
    assert_eq!(
        merge([endless(), endless()]).size_hint(),
        (usize::MAX, None)
    );
    assert_eq!(try_merge([endless()]).size_hint(), (1, None));
    let results = || [stream::iter([Ok(1), Err(2)]), stream::iter([Ok(3), Ok(4)])];
    assert_eq!(try_merge(results()).size_hint(), (1, Some(4)));
    assert_eq!(
        try_merge(results()).suppress(|_, _: u32| {}).size_hint(),
        (0, Some(4))
    );
    assert_eq!(Merge::<Endless<u32>>::new().size_hint(), (0, Some(0)));
}

#[test]
fn debug_asks_nothing_of_the_sources() {
    struct Opaque;
    let mut merge = Merge::new();
    merge.push(Opaque);
    assert_eq!(format!("{merge:?}"), "Merge { len: 1, .. }");
    assert!(format!("{:?}", merge.with_index()).contains("Merge"));
}
