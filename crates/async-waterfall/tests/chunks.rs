//! Chunks of a stream: by count, by time since the first item, and what is kept.

use async_clock::ManualClock;
use async_waterfall::{Chunks, chunks, chunks_with_clock};
use futures_core::Stream;
use futures_lite::{FutureExt as _, StreamExt as _, future::block_on, stream};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use testkit::{CountWaker, poll_once};

const MS: Duration = Duration::from_millis(1);

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Items that come when they are sent.
#[derive(Clone, Default)]
struct Pipe(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    items: VecDeque<u32>,
    waker: Option<Waker>,
    ended: bool,
}

impl Pipe {
    fn send(&self, items: impl IntoIterator<Item = u32>) {
        let mut inner = self.0.borrow_mut();
        inner.items.extend(items);
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }
}

impl Stream for Pipe {
    type Item = u32;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u32>> {
        let mut inner = self.0.borrow_mut();
        if let Some(item) = inner.items.pop_front() {
            return Poll::Ready(Some(item));
        }
        if inner.ended {
            return Poll::Ready(None);
        }
        inner.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// A chunk of up to four, or what is there ten milliseconds after its first item.
fn piped() -> (Pipe, ManualClock, Chunks<Pipe, ManualClock>) {
    let (pipe, clock) = (Pipe::default(), ManualClock::new());
    let chunks = chunks_with_clock(pipe.clone(), n(4), 10 * MS, clock.clone());
    (pipe, clock, chunks)
}

#[test]
fn a_stream_that_is_ready_fills_every_chunk_but_the_last() {
    let all: Vec<Vec<u32>> = block_on(chunks(stream::iter(0..10), n(4), MS).collect());
    assert_eq!(all, [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]);
    let single: Vec<Vec<u32>> = block_on(chunks(stream::iter(0..3), n(1), MS).collect());
    assert_eq!(single, [[0], [1], [2]]);
}

#[test]
fn the_time_counts_from_the_first_item_and_a_trickle_does_not_put_it_off() {
    let (pipe, clock, mut chunks) = piped();
    let (woken, waker) = CountWaker::new();
    assert!(poll_once(&mut pin!(chunks.next()), &waker).is_pending());
    clock.advance(100 * MS); // nothing is there yet, so nothing is late
    assert_eq!(woken.wakes(), 0);
    for item in 0..3 {
        pipe.send([item]);
        assert!(poll_once(&mut pin!(chunks.next()), &waker).is_pending());
        clock.advance(3 * MS);
    }
    assert!(poll_once(&mut pin!(chunks.next()), &waker).is_pending());
    woken.reset();
    clock.advance(MS);
    assert_eq!(woken.wakes(), 1);
    let polled = poll_once(&mut pin!(chunks.next()), &waker);
    assert_eq!(polled, Poll::Ready(Some(vec![0, 1, 2])));
}

#[test]
fn the_timer_of_a_full_chunk_is_not_that_of_the_next() {
    let (pipe, clock, mut chunks) = piped();
    pipe.send([0]);
    assert!(poll_once(&mut pin!(chunks.next()), Waker::noop()).is_pending());
    clock.advance(9 * MS);
    pipe.send(1..5);
    let polled = poll_once(&mut pin!(chunks.next()), Waker::noop());
    assert_eq!(polled, Poll::Ready(Some(vec![0, 1, 2, 3])));
    assert!(poll_once(&mut pin!(chunks.next()), Waker::noop()).is_pending());
    clock.advance(9 * MS);
    assert!(poll_once(&mut pin!(chunks.next()), Waker::noop()).is_pending());
    clock.advance(MS);
    let polled = poll_once(&mut pin!(chunks.next()), Waker::noop());
    assert_eq!(polled, Poll::Ready(Some(vec![4])));
}

#[test]
fn a_next_that_is_dropped_loses_nothing() {
    let (pipe, clock, mut chunks) = piped();
    for item in 0..3 {
        pipe.send([item]);
        let mut next = chunks.next();
        assert!(poll_once(&mut next, Waker::noop()).is_pending());
    }
    clock.advance(10 * MS);
    assert_eq!(block_on(chunks.next()), Some(vec![0, 1, 2]));
    pipe.send([3]);
    assert!(poll_once(&mut pin!(chunks.next()), Waker::noop()).is_pending());
    let (_stream, collected) = chunks.into_parts();
    assert_eq!(collected, [3]);
}

#[test]
fn the_end_of_the_stream_gives_the_rest_and_then_the_end() {
    let (pipe, _, mut chunks) = piped();
    pipe.send([0]);
    pipe.0.borrow_mut().ended = true;
    assert_eq!(block_on(chunks.next()), Some(vec![0]));
    assert_eq!(block_on(chunks.next()), None);
    assert_eq!(block_on(chunks.next()), None, "it is fused");
}

#[test]
fn no_time_at_all_gives_what_is_there_and_a_time_without_an_end_waits_for_more() {
    let (pipe, clock) = (Pipe::default(), ManualClock::new());
    let mut at_once = chunks_with_clock(pipe.clone(), n(4), Duration::ZERO, clock.clone());
    pipe.send([0, 1]);
    assert_eq!(block_on(at_once.next()), Some(vec![0, 1]));
    let mut never = chunks_with_clock(pipe.clone(), n(4), Duration::MAX, clock.clone());
    pipe.send([2]);
    assert!(poll_once(&mut pin!(never.next()), Waker::noop()).is_pending());
    assert_eq!(clock.next_deadline(), None);
    clock.advance(Duration::from_secs(1 << 30));
    assert!(poll_once(&mut pin!(never.next()), Waker::noop()).is_pending());
}

#[test]
fn the_hint_of_a_stream_is_no_promise() {
    /// Says that it has more than memory can hold.
    struct Boastful(u32);

    impl Stream for Boastful {
        type Item = u32;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
            self.0 += 1;
            Poll::Ready(Some(self.0).filter(|item| *item < 3))
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, Some(usize::MAX))
        }
    }

    let mut chunks = chunks(Boastful(0), NonZeroUsize::MAX, Duration::MAX);
    assert_eq!(chunks.size_hint(), (1, Some(usize::MAX)));
    assert_eq!(block_on(chunks.next()), Some(vec![1, 2]));
}

#[test]
fn a_panic_of_the_stream_leaves_what_was_collected() {
    let clock = ManualClock::new();
    let bang =
        stream::iter(0..2).chain(stream::poll_fn(|_| std::panic::resume_unwind(Box::new(7))));
    let mut chunks = chunks_with_clock(bang, n(4), MS, clock.clone());
    let panicked = block_on(std::panic::AssertUnwindSafe(chunks.next()).catch_unwind());
    assert!(panicked.is_err());
    assert_eq!(chunks.into_parts().1, [0, 1]);
}
