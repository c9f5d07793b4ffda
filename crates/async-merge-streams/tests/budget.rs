//! A merge gives other tasks their turns, and does not spin.

mod support;

use async_merge_streams::{merge, merge_batched, try_merge};
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::task::{Context, Poll};
use support::{FromFn, Source, poll, taps};
use testkit::CountWaker;

#[test]
fn a_poll_asks_128_sources_in_vain_and_yields() {
    let (taps, sources) = taps::<u32>(300);
    let mut merge = merge(sources);
    let (count, waker) = CountWaker::new();
    let asked = || taps.iter().map(support::Tap::polls).sum::<usize>();
    for (polls, wakes) in [(128, 1), (256, 2), (300, 2)] {
        assert!(poll(&mut merge, &waker).is_pending());
        assert_eq!((asked(), count.wakes()), (polls, wakes));
    }
}

#[test]
fn no_yield_is_needed_when_all_have_been_asked() {
    for sources in [127, 128] {
        let mut merge = merge(taps::<u32>(sources).1);
        let (count, waker) = CountWaker::new();
        assert!(poll(&mut merge, &waker).is_pending());
        assert_eq!(count.wakes(), 0, "{sources}");
    }
}

/// The loop that a budget invites: it yields, is polled, finds nothing, yields.
#[test]
fn sources_that_all_pend_after_a_yield_are_left_alone() {
    let (taps, sources) = taps::<u32>(1000);
    let mut merge = merge(sources);
    let (count, waker) = CountWaker::new();
    let mut polls = 0;
    loop {
        let before = count.wakes();
        assert!(poll(&mut merge, &waker).is_pending());
        polls += 1;
        if count.wakes() == before {
            break;
        }
    }
    assert_eq!(polls, 8);
    assert!(taps.iter().all(|tap| tap.polls() == 1));
    // Another needless poll asks nobody.
    assert!(poll(&mut merge, &waker).is_pending());
    assert_eq!((count.wakes(), taps[0].polls()), (7, 1));
}

#[test]
fn sources_that_end_are_counted() {
    let ended = || FromFn(|_: &mut Context<'_>| Poll::<Option<u32>>::Ready(None));
    let mut merge = merge((0..200).map(|_| ended()));
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    assert_eq!((count.wakes(), merge.len()), (1, 72));
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(None));
}

#[test]
fn errors_are_counted() {
    let failing = || FromFn(|_: &mut Context<'_>| Poll::Ready(Some(Err::<u32, _>(()))));
    let sources = || (0..200).map(|_| failing());
    let (count, waker) = CountWaker::new();

    let mut errors = 0;
    let mut merge = try_merge(sources()).suppress(|_, ()| errors += 1);
    assert!(poll(&mut merge, &waker).is_pending());
    assert_eq!((count.wakes(), merge.get_ref().len()), (1, 72));
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(None));
    drop(merge);
    assert_eq!(errors, 200);

    count.reset();
    let mut merge = try_merge(sources());
    assert!(poll(&mut merge, &waker).is_pending());
    assert_eq!(count.wakes(), 1);
    let Poll::Ready(Some(Err(errors))) = poll(&mut merge, &waker) else {
        panic!("all have failed");
    };
    assert_eq!(errors.iter().count(), 200);
}

/// A source that yields wants others to have their turns; to ask it 128 times is not that.
#[test]
fn a_source_that_wakes_itself_is_asked_twice_and_then_others_have_their_turns() {
    let asked = Rc::new(Cell::new(0));
    let counted = Rc::clone(&asked);
    let yielding = FromFn(move |cx: &mut Context<'_>| {
        counted.set(counted.get() + 1);
        cx.waker().wake_by_ref();
        Poll::<Option<u32>>::Pending
    });
    let mut merge = merge([yielding]);
    let (count, waker) = CountWaker::new();
    for polls in 1..10 {
        assert!(poll(&mut merge, &waker).is_pending());
        assert_eq!((asked.get(), count.wakes()), (2 * polls, polls));
    }
}

#[test]
fn a_crowd_of_sources_that_wake_themselves_holds_nobody_up() {
    let yielding = || {
        FromFn(|cx: &mut Context<'_>| {
            cx.waker().wake_by_ref();
            Poll::<Option<u32>>::Pending
        })
    };
    let (taps, mut sources) = taps(1);
    let source = sources.pop().unwrap();
    let mut merge = async_merge_streams::merge!(yielding(), source);
    for _ in 0..50 {
        merge.push(async_merge_streams::Either::Left(yielding()));
    }
    let (count, waker) = CountWaker::new();
    for item in 0..10 {
        assert!(poll(&mut merge, &waker).is_pending());
        assert!(count.wakes() > 0);
        count.reset();
        taps[0].send(item);
        let polled = (0..2).find_map(|_| match poll(&mut merge, &waker) {
            Poll::Ready(item) => item,
            Poll::Pending => None,
        });
        assert_eq!(polled, Some(item));
    }
}

#[test]
fn a_batch_that_has_something_is_given_rather_than_kept() {
    let (taps, sources): (_, Vec<Source<usize>>) = taps(300);
    let mut merge = merge_batched(sources, NonZeroUsize::MAX);
    let (count, waker) = CountWaker::new();
    taps[5].send(5);
    taps[250].send(250);
    // 128 are asked in vain, and the batch ends there.
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(vec![5])));
    assert_eq!(count.wakes(), 0);
    assert_eq!(poll(&mut merge, &waker), Poll::Ready(Some(vec![250])));
    assert!(poll(&mut merge, &waker).is_pending());
}
