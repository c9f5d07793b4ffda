//! Sources that give what a probe lets them give.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::Source;

/// What controls a source, and sees what happens to it.
#[derive(Clone)]
pub(super) struct Tap(Arc<Inner>);

struct Inner {
    flow: Mutex<Flow>,
    polls: AtomicUsize,
    is_dropped: AtomicBool,
}

#[derive(Default)]
struct Flow {
    steps: VecDeque<Step>,
    waker: Option<Waker>,
}

/// What a poll gets.
#[derive(Clone, Copy)]
enum Step {
    Item(usize),
    /// Nothing, and a wake from within.
    WakesItself,
    Panic,
    End,
}

impl Tap {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            flow: Mutex::default(),
            polls: AtomicUsize::new(0),
            is_dropped: AtomicBool::new(false),
        }))
    }

    /// So many, with a merge of their sources.
    pub(super) fn merged<M: super::Merge>(count: usize) -> (Vec<Self>, M) {
        let taps: Vec<Self> = (0..count).map(|_| Self::new()).collect();
        let merge = M::of(taps.iter().map(Self::source).collect());
        (taps, merge)
    }

    /// The source; there is one.
    pub(super) fn source(&self) -> Source {
        Box::pin(Tapped(Arc::clone(&self.0)))
    }

    pub(super) fn give(&self, item: usize) {
        self.step(Step::Item(item));
    }

    pub(super) fn wake_itself(&self) {
        self.step(Step::WakesItself);
    }

    pub(super) fn panic(&self) {
        self.step(Step::Panic);
    }

    pub(super) fn end(&self) {
        self.step(Step::End);
    }

    fn step(&self, step: Step) {
        let mut flow = self.flow();
        flow.steps.push_back(step);
        let waker = flow.waker.take();
        drop(flow);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next items, of which the source is not told.
    pub(super) fn fill(&self, items: impl IntoIterator<Item = usize>) {
        self.flow().steps.extend(items.into_iter().map(Step::Item));
    }

    /// The waker of the last poll that found nothing.
    pub(super) fn waker(&self) -> Option<Waker> {
        self.flow().waker.clone()
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.0.flow.lock().expect("no panic")
    }

    pub(super) fn polls(&self) -> usize {
        self.0.polls.load(Ordering::SeqCst)
    }

    pub(super) fn is_dropped(&self) -> bool {
        self.0.is_dropped.load(Ordering::SeqCst)
    }
}

struct Tapped(Arc<Inner>);

impl Stream for Tapped {
    type Item = usize;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        self.0.polls.fetch_add(1, Ordering::SeqCst);
        let mut flow = self.0.flow.lock().expect("no panic");
        let Some(step) = flow.steps.pop_front() else {
            // Somebody else's waker: it may call back.
            drop(flow);
            let waker = cx.waker().clone();
            let mut flow = self.0.flow.lock().expect("no panic");
            let replaced = flow.waker.replace(waker);
            let came = !flow.steps.is_empty();
            drop(flow);
            drop(replaced);
            if came {
                cx.waker().wake_by_ref();
            }
            return Poll::Pending;
        };
        drop(flow);
        match step {
            Step::Item(item) => Poll::Ready(Some(item)),
            Step::WakesItself => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Step::Panic => panic!("the source panics"),
            Step::End => Poll::Ready(None),
        }
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        self.0.is_dropped.store(true, Ordering::SeqCst);
    }
}

/// A source that always has its number.
pub(super) fn steady(number: usize) -> Source {
    Box::pin(Steady(number))
}

struct Steady(usize);

impl Stream for Steady {
    type Item = usize;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<usize>> {
        Poll::Ready(Some(self.0))
    }
}
