//! Sources by hand, and a merge polled by hand.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test takes what it needs of it"
)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

/// The far end of a [`Source`].
#[derive(Debug)]
pub struct Tap<T> {
    state: Arc<Mutex<State<T>>>,
}

/// Gives what its [`Tap`] sends.
#[derive(Debug)]
pub struct Source<T> {
    state: Arc<Mutex<State<T>>>,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    closed: bool,
    waker: Option<Waker>,
    polls: usize,
}

impl<T> Clone for Tap<T> {
    fn clone(&self) -> Self {
        let state = Arc::clone(&self.state);
        Self { state }
    }
}

pub fn tap<T>() -> (Tap<T>, Source<T>) {
    let state = Arc::new(Mutex::new(State {
        items: VecDeque::new(),
        closed: false,
        waker: None,
        polls: 0,
    }));
    let tap = Tap {
        state: Arc::clone(&state),
    };
    (tap, Source { state })
}

pub fn taps<T>(count: usize) -> (Vec<Tap<T>>, Vec<Source<T>>) {
    (0..count).map(|_| tap()).unzip()
}

impl<T> Tap<T> {
    /// Returns whether somebody was woken.
    pub fn send(&self, item: T) -> bool {
        self.state.lock().unwrap().items.push_back(item);
        self.wake()
    }

    pub fn close(&self) -> bool {
        self.state.lock().unwrap().closed = true;
        self.wake()
    }

    /// Wakes for nothing, or for what is there.
    pub fn wake(&self) -> bool {
        let waker = self.state.lock().unwrap().waker.take();
        waker.map(Waker::wake).is_some()
    }

    /// The waker that the source was last polled with, unless it has been woken since.
    pub fn waker(&self) -> Option<Waker> {
        self.state.lock().unwrap().waker.clone()
    }

    pub fn polls(&self) -> usize {
        self.state.lock().unwrap().polls
    }

    /// How many items were sent and not given.
    pub fn left(&self) -> usize {
        self.state.lock().unwrap().items.len()
    }
}

impl<T> Stream for Source<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let waker = cx.waker().clone();
        let mut state = self.state.lock().unwrap();
        state.polls += 1;
        if let Some(item) = state.items.pop_front() {
            return Poll::Ready(Some(item));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        let replaced = state.waker.replace(waker);
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

/// Gives one item for ever.
#[derive(Clone, Debug)]
pub struct Endless<T>(pub T);

impl<T: Clone> Stream for Endless<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(Some(self.0.clone()))
    }
}

impl<T> Unpin for Endless<T> {}

/// A source of any type.
pub type Boxed<T> = Pin<Box<dyn Stream<Item = T>>>;

/// A source that is a closure.
pub struct FromFn<F>(pub F);

impl<T, F: FnMut(&mut Context<'_>) -> Poll<Option<T>> + Unpin> Stream for FromFn<F> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        (self.0)(cx)
    }
}

pub fn poll<S: Stream + Unpin>(stream: &mut S, waker: &Waker) -> Poll<Option<S::Item>> {
    Pin::new(stream).poll_next(&mut Context::from_waker(waker))
}

/// What is ready now.
#[track_caller]
pub fn ready<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    match poll(stream, Waker::noop()) {
        Poll::Ready(item) => item,
        Poll::Pending => panic!("nothing is ready"),
    }
}
