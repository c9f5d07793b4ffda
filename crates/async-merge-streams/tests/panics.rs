//! A source that panics is gone before the panic is; the others are as they were.

mod support;

use async_merge_streams::{Merge, OnError, merge, merge_batched, try_merge};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use support::{Boxed, FromFn, poll, ready, tap};
use testkit::{CountWaker, Drops, Item, panicking};

/// Counts up to the poll that panics.
struct Fragile {
    polls: usize,
    panics_at: usize,
    _alive: Item,
}

impl Stream for Fragile {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<usize>> {
        self.polls += 1;
        assert!(self.polls != self.panics_at, "on purpose");
        Poll::Ready((self.polls <= 5).then_some(self.polls))
    }
}

fn fragile(drops: &Drops, panics_at: usize) -> Fragile {
    Fragile {
        polls: 0,
        panics_at,
        _alive: drops.item(),
    }
}

/// All items of a merge, and how many panics came between them.
fn collect<S: Stream + Unpin>(merge: &mut S) -> (Vec<S::Item>, usize) {
    let (mut items, mut panics) = (Vec::new(), 0);
    loop {
        match catch_unwind(AssertUnwindSafe(|| ready(merge))) {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return (items, panics),
            Err(_) => panics += 1,
        }
    }
}

#[test]
fn a_source_that_panics_is_dropped_and_the_others_go_on() {
    // 6 is the poll that would end it.
    for panics_at in 1..=6 {
        for place in 0..3 {
            let drops = Drops::new();
            let sources = (0..3).map(|source| {
                let never = usize::MAX;
                fragile(&drops, if source == place { panics_at } else { never })
            });
            let mut merge = merge(sources);
            let (items, panics) = collect(&mut merge);
            assert_eq!(panics, 1, "in poll {panics_at} of source {place}");
            assert_eq!(items.len(), 10 + panics_at - 1);
            assert_eq!((merge.len(), drops.live()), (0, 0));
        }
    }
}

#[test]
fn it_is_gone_when_the_panic_arrives() {
    let drops = Drops::new();
    let mut merge = Merge::new();
    let index = merge.push(fragile(&drops, 1));
    merge.push(fragile(&drops, 2));
    assert!(catch_unwind(AssertUnwindSafe(|| ready(&mut merge))).is_err());
    assert!(!merge.contains(index));
    assert!(merge.remove(index).is_none());
    assert_eq!((merge.len(), drops.live()), (1, 1));
    // Its position serves another.
    assert_eq!(merge.push(fragile(&drops, 3)).position(), index.position());
}

#[test]
fn nothing_that_a_batch_has_collected_is_lost() {
    let drops = Drops::new();
    let sources = [fragile(&drops, 9), fragile(&drops, 9), fragile(&drops, 3)];
    let mut merge = merge_batched(sources, NonZeroUsize::new(4).unwrap());
    assert_eq!(ready(&mut merge), Some(vec![1, 1, 1, 2]));
    assert!(
        catch_unwind(AssertUnwindSafe(|| {
            // 2, 2, 3, 3, then the panic; but four are a batch.
            assert_eq!(ready(&mut merge), Some(vec![2, 2, 3, 3]));
            ready(&mut merge)
        }))
        .is_err()
    );
    let (batches, panics) = collect(&mut merge);
    assert_eq!((batches.concat(), panics), (vec![4, 4, 5, 5], 0));

    // And where the panic comes in the midst of a batch.
    let sources = [fragile(&drops, 9), fragile(&drops, 2)];
    let mut merge = merge_batched(sources, NonZeroUsize::MAX);
    assert!(catch_unwind(AssertUnwindSafe(|| ready(&mut merge))).is_err());
    let (batches, panics) = collect(&mut merge);
    assert_eq!((batches, panics), (vec![vec![1, 1, 2, 3, 4, 5]], 0));
    assert_eq!(drops.live(), 0);
}

#[test]
fn errors_that_were_noted_survive_a_panic() {
    for mode in [OnError::Raise, OnError::Delay] {
        let mut step = 0;
        let panics = move |_: &mut Context<'_>| -> Poll<Option<Result<u32, u32>>> {
            step += 1;
            match step {
                1 => Poll::Ready(Some(Ok(1))),
                _ => panic!("on purpose"),
            }
        };
        let fails = |_: &mut Context<'_>| Poll::Ready(Some(Err(7)));
        let sources: [Boxed<Result<u32, u32>>; 2] =
            [Box::pin(FromFn(fails)), Box::pin(FromFn(panics))];
        let mut merge = try_merge(sources).errors(mode);
        assert_eq!(ready(&mut merge), Some(Ok(1)), "{mode:?}");
        let (items, panics) = collect(&mut merge);
        // What is ready when the first error comes is asked once: there it does not panic.
        assert_eq!(panics, usize::from(mode == OnError::Delay), "{mode:?}");
        let [Err(errors)] = &items[..] else {
            panic!("{mode:?}: {items:?}");
        };
        assert_eq!(*errors.first(), 7, "{mode:?}");
    }
}

#[test]
fn a_closure_that_panics_at_an_error_harms_nobody_else() {
    let fails = FromFn(|_: &mut Context<'_>| Poll::Ready(Some(Err::<u32, _>("broken"))));
    let (tap, source) = tap();
    tap.send(Ok(1));
    let merge = try_merge(std::iter::empty::<Boxed<Result<u32, &str>>>());
    let mut merge = merge.suppress(|_, error| panic!("{error}"));
    merge.get_mut().push(Box::pin(fails));
    merge.get_mut().push(Box::pin(source));
    assert!(catch_unwind(AssertUnwindSafe(|| ready(&mut merge))).is_err());
    assert_eq!(merge.get_ref().len(), 1);
    assert_eq!(ready(&mut merge), Some(1));
}

/// Ends at once, and panics when it is dropped.
struct Bomb {
    _alive: Item,
}

impl Stream for Bomb {
    type Item = Result<u32, u32>;

    fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "on purpose");
    }
}

/// A source whose end is a panic.
struct Armed<S> {
    stream: S,
    _bomb: Bomb,
}

impl<S: Stream + Unpin> Stream for Armed<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        Pin::new(&mut self.stream).poll_next(cx)
    }
}

#[test]
fn a_destructor_that_panics_harms_nobody_else() {
    let drops = Drops::new();
    let bomb = || Bomb {
        _alive: drops.item(),
    };

    // At the end of its source.
    let (tap, source) = tap();
    tap.send(Ok(1));
    let mut merge: Merge<Boxed<Result<u32, u32>>> = Merge::new();
    let index = merge.push(Box::pin(bomb()));
    merge.push(Box::pin(source));
    assert!(catch_unwind(AssertUnwindSafe(|| ready(&mut merge))).is_err());
    assert!(!merge.contains(index));
    assert_eq!(ready(&mut merge), Some(Ok(1)));
    assert_eq!(merge.len(), 1);

    // When an error drops all sources: the error is given all the same.
    let fails = FromFn(|_: &mut Context<'_>| Poll::Ready(Some(Err(7))));
    let idle = || FromFn(|_: &mut Context<'_>| Poll::Pending);
    let sources: [Boxed<Result<u32, u32>>; 3] = [
        Box::pin(fails),
        Box::pin(Armed {
            stream: idle(),
            _bomb: bomb(),
        }),
        Box::pin(Armed {
            stream: idle(),
            _bomb: bomb(),
        }),
    ];
    let mut merge = try_merge(sources);
    let mut panics = 0;
    let errors = loop {
        match catch_unwind(AssertUnwindSafe(|| ready(&mut merge))) {
            Ok(Some(Err(errors))) => break errors,
            Ok(item) => panic!("{item:?}"),
            Err(_) => panics += 1,
        }
    };
    assert_eq!((panics, *errors.first()), (1, 7));
    assert_eq!(ready(&mut merge), None);
    assert_eq!(drops.live(), 0);
}

#[test]
fn a_waker_that_panics_harms_only_whoever_calls_it() {
    let (tap, source) = tap();
    let mut merge = merge([source]);
    assert!(poll(&mut merge, &panicking()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| tap.send(1))).is_err());
    assert_eq!(ready(&mut merge), Some(1));
    let (count, waker) = CountWaker::new();
    assert!(poll(&mut merge, &waker).is_pending());
    tap.send(2);
    assert_eq!(count.wakes(), 1);
    assert_eq!(poll(&mut merge, Waker::noop()), Poll::Ready(Some(2)));
}

#[test]
fn a_waker_that_panics_in_a_push_leaves_the_source_in() {
    let mut merge = Merge::new();
    let (_tap, source) = tap();
    merge.push(source);
    assert!(poll(&mut merge, &panicking()).is_pending());
    let (new_tap, new) = tap();
    new_tap.send(1);
    assert!(catch_unwind(AssertUnwindSafe(|| merge.push(new))).is_err());
    assert_eq!((merge.len(), ready(&mut merge)), (2, Some(1)));
}
