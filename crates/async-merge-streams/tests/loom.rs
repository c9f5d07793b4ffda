//! Wakers against the merge under every interleaving of a few threads.
#![cfg(loom)]

use async_merge_streams::{Merge, merge};
use futures_core::Stream;
use loom::future::block_on;
use loom::sync::Mutex;
use loom::thread;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use testkit::CountWaker;

/// What a source has, under one mutex: the models are about the merge.
#[derive(Default)]
struct State {
    items: Vec<usize>,
    closed: bool,
    waker: Option<Waker>,
}

#[derive(Clone)]
struct Tap(Arc<Mutex<State>>);

struct Source(Arc<Mutex<State>>);

fn tap() -> (Tap, Source) {
    let state = Arc::new(Mutex::new(State::default()));
    (Tap(Arc::clone(&state)), Source(state))
}

impl Tap {
    fn send(&self, item: usize) {
        let waker = {
            let mut state = self.0.lock().unwrap();
            state.items.push(item);
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn close(&self) {
        let waker = {
            let mut state = self.0.lock().unwrap();
            state.closed = true;
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Stream for Source {
    type Item = usize;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let mut state = self.0.lock().unwrap();
        match state.items.pop() {
            Some(item) => Poll::Ready(Some(item)),
            None if state.closed => Poll::Ready(None),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Never has anything, and no state that would cost loom a step.
struct Idle;

impl Stream for Idle {
    type Item = usize;

    fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<usize>> {
        Poll::Pending
    }
}

fn poll<S: Stream + Unpin>(stream: &mut S, waker: &Waker) -> Poll<Option<S::Item>> {
    Pin::new(stream).poll_next(&mut Context::from_waker(waker))
}

/// Waits for an item as a task does; a wake that is lost is a deadlock.
fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    block_on(poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)))
}

fn model(body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    builder.check(body);
}

#[test]
fn a_wake_at_any_time_is_seen() {
    model(|| {
        let (tap, source) = tap();
        let mut merge = merge([source]);
        let thread = thread::spawn(move || {
            tap.send(1);
            tap.close();
        });
        assert_eq!(next(&mut merge), Some(1));
        assert_eq!(next(&mut merge), None);
        thread.join().unwrap();
    });
}

#[test]
fn wakes_in_one_word_are_both_seen() {
    model(|| {
        let ((one, first), (other, second)) = (tap(), tap());
        let mut merge = merge([first, second]);
        let thread = thread::spawn(move || one.send(1));
        let another = thread::spawn(move || other.send(2));
        let mut items = [next(&mut merge), next(&mut merge)];
        items.sort_unstable();
        assert_eq!(items, [Some(1), Some(2)]);
        thread.join().unwrap();
        another.join().unwrap();
    });
}

/// Sources at these positions are woken by a thread each, and all are seen.
fn all_are_seen(positions: [usize; 2]) {
    model(move || {
        let ((one, first), (other, second)) = (tap(), tap());
        let mut sources = [Some(first), Some(second)];
        let mut merge = Merge::new();
        for position in 0..=positions[1] {
            let place = positions.iter().position(|place| *place == position);
            let source = place.and_then(|place| sources[place].take());
            let boxed: Pin<Box<dyn Stream<Item = usize>>> = match source {
                Some(source) => Box::pin(source),
                None => Box::pin(Idle),
            };
            merge.push(boxed);
        }
        // All have been asked, so that the threads meet a merge at rest.
        let noop = Waker::noop();
        while poll(&mut merge, noop).is_pending() && one.0.lock().unwrap().waker.is_none() {}
        while poll(&mut merge, noop).is_pending() && other.0.lock().unwrap().waker.is_none() {}
        let thread = thread::spawn(move || one.send(1));
        let another = thread::spawn(move || other.send(2));
        let mut items = [next(&mut merge), next(&mut merge)];
        items.sort_unstable();
        assert_eq!(items, [Some(1), Some(2)]);
        thread.join().unwrap();
        another.join().unwrap();
    });
}

#[test]
fn wakes_in_two_segments_are_both_seen() {
    all_are_seen([63, 64]);
}

#[test]
fn wakes_in_two_words_of_one_segment_are_both_seen() {
    all_are_seen([191, 192]);
}

#[test]
fn wakes_in_one_word_under_a_summary_are_both_seen() {
    all_are_seen([130, 131]);
}

#[test]
fn the_task_of_the_last_poll_is_woken_although_a_waker_is_late() {
    model(|| {
        let ((one, first), (other, second)) = (tap(), tap());
        let mut merge = merge([first, second]);
        let (_, early) = CountWaker::new();
        assert!(poll(&mut merge, &early).is_pending());
        let thread = thread::spawn(move || one.send(1));
        let another = thread::spawn(move || other.send(2));
        let (count, last) = CountWaker::new();
        let mut items = Vec::new();
        while let Poll::Ready(item) = poll(&mut merge, &last) {
            items.extend(item);
        }
        thread.join().unwrap();
        another.join().unwrap();
        if items.len() < 2 {
            assert!(count.wakes() > 0, "it waits for an item that is there");
        }
        while let Poll::Ready(item) = poll(&mut merge, &last) {
            items.extend(item);
        }
        items.sort_unstable();
        assert_eq!(items, [1, 2]);
    });
}

#[test]
fn a_task_that_waits_is_woken_once() {
    model(|| {
        let ((one, first), (other, second)) = (tap(), tap());
        let mut merge = merge([first, second]);
        let (count, waker) = CountWaker::new();
        assert!(poll(&mut merge, &waker).is_pending());
        let thread = thread::spawn(move || one.send(1));
        let another = thread::spawn(move || other.send(2));
        thread.join().unwrap();
        another.join().unwrap();
        assert_eq!(count.wakes(), 1);
    });
}

#[test]
fn a_source_that_is_woken_during_its_own_poll_is_polled_again() {
    /// Is woken by a thread and by itself while it is polled.
    struct Woken {
        polls: usize,
        thread: Option<thread::JoinHandle<()>>,
    }
    impl Stream for Woken {
        type Item = usize;
        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
            self.polls += 1;
            match self.polls {
                1 => {
                    let waker = cx.waker().clone();
                    self.thread = Some(thread::spawn(move || waker.wake()));
                    Poll::Pending
                }
                2 => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                polls => Poll::Ready(Some(polls)),
            }
        }
    }
    model(|| {
        let mut merge = merge([Woken {
            polls: 0,
            thread: None,
        }]);
        assert_eq!(next(&mut merge), Some(3));
        let index = merge.indices().next().unwrap();
        let mut woken = merge.remove(index).unwrap();
        woken.thread.take().unwrap().join().unwrap();
    });
}

#[test]
fn a_wake_while_the_merge_is_dropped_does_no_harm() {
    model(|| {
        let (tap, source) = tap();
        let mut merge = merge([source]);
        let (count, waker) = CountWaker::new();
        assert!(poll(&mut merge, &waker).is_pending());
        let thread = thread::spawn(move || tap.send(1));
        drop(merge);
        thread.join().unwrap();
        assert!(count.wakes() <= 1);
        drop(waker);
        assert_eq!(Arc::strong_count(&count), 1, "the task's waker is kept");
    });
}

#[test]
fn a_push_beside_a_wake_loses_neither() {
    model(|| {
        let ((one, first), (other, second)) = (tap(), tap());
        let mut merge = merge([first]);
        let (count, waker) = CountWaker::new();
        assert!(poll(&mut merge, &waker).is_pending());
        let thread = thread::spawn(move || one.send(1));
        other.send(2);
        merge.push(second);
        let mut items = [next(&mut merge), next(&mut merge)];
        items.sort_unstable();
        assert_eq!(items, [Some(1), Some(2)]);
        thread.join().unwrap();
        // Not at all, if its wake was late and the parent is another by then.
        assert!(count.wakes() <= 1);
    });
}
