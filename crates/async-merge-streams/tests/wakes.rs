//! Who is woken, when, and how often.

mod support;

use async_merge_streams::{Merge, WithIndex, merge, merge_batched, try_merge};
use futures_core::Stream;
use futures_lite::StreamExt;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use support::{FromFn, Source, Tap, poll, ready, tap, taps};
use testkit::hygiene::{Case, Setup};
use testkit::{CountWaker, on_wake, within_seconds};

/// The next item of a stream that it owns, for ever after the last one too.
struct Next<S>(S);

impl<S: Stream + Unpin> Future for Next<S> {
    type Output = Option<S::Item>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll_next(cx)
    }
}

/// The suite on a merge of three sources, the second of which fires.
fn check<S: Stream + Unpin + 'static>(
    name: &str,
    merged: impl Fn(Vec<Source<Result<u32, u32>>>) -> S + Send + Sync + 'static,
    fire: fn(&Tap<Result<u32, u32>>),
) {
    let case = Case::new(name, move || {
        let (taps, sources) = taps(3);
        let merge = merged(sources);
        let (fired, touched) = (taps[1].clone(), taps[2].clone());
        Setup {
            future: Next(merge),
            fire: Box::new(move || fire(&fired)),
            touch: Arc::new(move || {
                touched.wake();
            }),
        }
    });
    case.fused().check();
}

#[test]
fn the_next_item_passes_the_suite() {
    check("merge", merge, |tap| {
        tap.send(Ok(1));
    });
}

#[test]
fn the_next_item_with_its_index_passes_the_suite() {
    let with_index = |sources| -> WithIndex<_> { merge(sources).with_index() };
    check("with_index", with_index, |tap| {
        tap.send(Ok(1));
    });
}

#[test]
fn the_next_value_passes_the_suite() {
    check("try_merge", try_merge, |tap| {
        tap.send(Ok(1));
    });
}

#[test]
fn the_next_error_passes_the_suite() {
    check("try_merge, error", try_merge, |tap| {
        tap.send(Err(1));
    });
}

#[test]
fn the_next_value_beside_suppressed_errors_passes_the_suite() {
    let suppress = |sources| try_merge(sources).suppress(|_, _| {});
    check("suppress", suppress, |tap| {
        tap.send(Ok(1));
    });
}

#[test]
fn the_next_batch_passes_the_suite() {
    let batched = |sources| merge_batched(sources, NonZeroUsize::MAX);
    check("merge_batched", batched, |tap| {
        tap.send(Ok(1));
    });
}

#[test]
fn the_end_passes_the_suite() {
    let case = Case::new("end", || {
        let (tap, source) = tap::<u32>();
        let touched = tap.clone();
        Setup {
            future: Next(merge([source])),
            fire: Box::new(move || {
                tap.close();
            }),
            touch: Arc::new(move || {
                touched.wake();
            }),
        }
    });
    case.fused().check();
}

#[test]
fn many_wakes_between_two_polls_are_one() {
    let (taps, sources) = taps::<usize>(100);
    let mut merge = merge(sources);
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    for round in 1..=3 {
        for (source, tap) in taps.iter().enumerate() {
            tap.send(source);
            tap.wake();
        }
        for source in 0..100 {
            assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(source)));
        }
        assert!(poll(&mut merge, &waker).is_pending());
        assert_eq!(count.wakes(), round);
    }
}

#[test]
fn a_source_that_is_polled_out_of_turn_does_not_wake_the_running_task() {
    let (tap, source) = tap();
    let mut merge = merge([source]);
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    tap.send(1);
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(1)));
    // The task has something to do: it is not parked.
    tap.send(2);
    tap.send(3);
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(2)));
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(3)));
    assert!(poll(&mut merge, &waker).is_pending());
    assert_eq!(count.wakes(), 1);
}

#[test]
fn a_push_while_parked_wakes() {
    let mut merge = Merge::new();
    let (_tap, idle) = tap();
    merge.push(idle);
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    assert_eq!(count.wakes(), 0);
    let (full, source) = tap();
    full.send(1);
    merge.push(source);
    merge.push(tap().1);
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(1)));
}

#[test]
fn the_removal_of_the_last_source_while_parked_wakes() {
    let mut merge = Merge::<Source<u32>>::new();
    let (taps, sources) = taps(2);
    let [first, second] = <[_; 2]>::try_from(sources).unwrap();
    let (first, second) = (merge.push(first), merge.push(second));
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    assert!(merge.remove(first).is_some());
    assert_eq!(count.wakes(), 0);
    assert!(merge.remove(second).is_some());
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(None));
    drop(taps);
}

#[test]
fn a_wake_after_the_removal_of_its_source_does_no_harm() {
    let mut merge = Merge::new();
    let (old_tap, old) = tap();
    let index = merge.push(old);
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    let late = old_tap.waker().unwrap();
    drop(merge.remove(index));
    late.wake_by_ref();
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(None));

    // The position has another source now; it is asked in vain and nothing is lost.
    let (new_tap, new) = tap();
    assert_eq!(merge.push(new).position(), index.position());
    assert!(poll(&mut merge, &waker).is_pending());
    count.reset();
    late.wake();
    assert!(poll(&mut merge, &waker).is_pending());
    assert_eq!(new_tap.polls(), 2);
    count.reset();
    new_tap.send(7);
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(7)));
}

#[test]
fn a_wake_after_the_drop_of_the_merge_reaches_nobody() {
    let (tap, source) = tap::<u32>();
    let mut merge = merge([source]);
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    let late = tap.waker().unwrap();
    drop(merge);
    assert_eq!(Arc::strong_count(&count), 2, "only this test has the waker");
    late.wake();
    assert!(tap.wake());
    assert_eq!(count.wakes(), 0);
}

#[test]
fn a_source_whose_destructor_wakes_reaches_nobody_when_the_merge_is_dropped() {
    struct WakesWhenDropped(Option<Waker>);
    impl Stream for WakesWhenDropped {
        type Item = ();
        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
            self.0 = Some(cx.waker().clone());
            Poll::Pending
        }
    }
    impl Drop for WakesWhenDropped {
        fn drop(&mut self) {
            self.0.take().into_iter().for_each(Waker::wake);
        }
    }
    let mut merge = merge([WakesWhenDropped(None)]);
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    drop(merge);
    assert_eq!(count.wakes(), 0);
}

#[test]
fn the_task_of_the_last_poll_is_woken() {
    let (tap, source) = tap();
    let mut merge = merge([source]);
    let tasks: Vec<_> = (0..4).map(|_| CountWaker::new()).collect();
    for (_, waker) in &tasks {
        assert!(poll(&mut merge, waker).is_pending());
    }
    tap.send(1);
    let wakes: Vec<_> = tasks.iter().map(|(count, _)| count.wakes()).collect();
    assert_eq!(wakes, [0, 0, 0, 1]);
}

#[test]
fn a_task_that_is_woken_may_use_the_sources_at_once() {
    within_seconds(10, || {
        let (taps, sources) = taps(3);
        let mut merge = merge(sources);
        let others = (taps[1].clone(), taps[2].clone());
        let waker = on_wake(move || {
            others.0.send(1);
            others.1.send(2);
        });
        assert!(poll(&mut merge, &waker).is_pending());
        taps[0].send(0);
        for item in 0..3 {
            assert_eq!(ready(&mut merge), Some(item));
        }
    });
}

/// futures-buffered#5, #13 and futures-rs#2529: a wake during the poll of the same source.
#[test]
fn regression_futures_buffered_13_a_wake_during_its_own_poll_is_not_lost() {
    let mut asked = 0;
    let source = FromFn(move |cx: &mut Context<'_>| {
        asked += 1;
        if asked % 3 == 0 {
            return Poll::Ready(Some(asked));
        }
        cx.waker().wake_by_ref();
        let waker = cx.waker().clone();
        waker.wake();
        Poll::Pending
    });
    let mut merge = merge([source]);
    let items = within_seconds(10, move || {
        futures_lite::future::block_on(async move { [merge.next().await, merge.next().await] })
    });
    assert_eq!(items, [Some(3), Some(6)]);
}
