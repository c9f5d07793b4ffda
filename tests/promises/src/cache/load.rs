//! Loads that a probe lets go on when it likes.

use std::future;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::{Failed, Loaded, Value};
use crate::callbacks::Callback;
use crate::item::Item;

/// What loads a value.
pub(crate) type Load = Pin<Box<dyn Future<Output = Loaded> + Send>>;

/// A load that is ready at its first poll.
pub(super) fn given(number: usize) -> Load {
    Box::pin(future::ready(Ok(Arc::new(Item::new(number)))))
}

/// Where loads come from: all of them wait for the same answer.
#[derive(Default)]
pub(super) struct Source {
    started: AtomicUsize,
    living: AtomicUsize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    answer: Option<Answer>,
    /// Those of the last polls.
    wakers: Vec<(usize, Waker)>,
}

/// How a load ends.
#[derive(Clone)]
enum Answer {
    Value(Value),
    Error,
    Panic,
}

impl Source {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A load, which counts as started when it is polled for the first time.
    pub(super) fn load(self: &Arc<Self>) -> Load {
        self.load_with(None)
    }

    /// One that calls back when it is dropped.
    pub(super) fn load_calling(self: &Arc<Self>, callback: Callback) -> Load {
        self.load_with(Some(callback))
    }

    fn load_with(self: &Arc<Self>, callback: Option<Callback>) -> Load {
        self.living.fetch_add(1, Ordering::SeqCst);
        Box::pin(Waits {
            source: Arc::clone(self),
            number: None,
            callback,
        })
    }

    /// How many loads were started.
    pub(super) fn started(&self) -> usize {
        self.started.load(Ordering::SeqCst)
    }

    /// How many loads were not dropped.
    pub(super) fn living(&self) -> usize {
        self.living.load(Ordering::SeqCst)
    }

    /// So that they are not counted as memory of the cache.
    pub(super) fn forget_wakers(&self) {
        self.inner.lock().expect("no panic").wakers.clear();
    }

    pub(super) fn give(&self, number: usize) {
        self.answer(Answer::Value(Arc::new(Item::new(number))));
    }

    pub(super) fn fail(&self) {
        self.answer(Answer::Error);
    }

    pub(super) fn panic(&self) {
        self.answer(Answer::Panic);
    }

    fn answer(&self, answer: Answer) {
        let mut inner = self.inner.lock().expect("no panic");
        inner.answer = Some(answer);
        let wakers = mem::take(&mut inner.wakers);
        drop(inner);
        for (_, waker) in wakers {
            waker.wake();
        }
    }
}

/// A load that waits for its source.
struct Waits {
    source: Arc<Source>,
    /// Once it was polled.
    number: Option<usize>,
    callback: Option<Callback>,
}

impl Future for Waits {
    type Output = Loaded;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Loaded> {
        let source = Arc::clone(&self.source);
        let number = *self
            .number
            .get_or_insert_with(|| source.started.fetch_add(1, Ordering::SeqCst));
        let waker = cx.waker().clone();
        let mut inner = source.inner.lock().expect("no panic");
        let answer = inner.answer.clone();
        if answer.is_none() {
            inner.wakers.retain(|(of, _)| *of != number);
            inner.wakers.push((number, waker));
        }
        drop(inner);
        match answer {
            None => Poll::Pending,
            Some(Answer::Value(value)) => Poll::Ready(Ok(value)),
            Some(Answer::Error) => Poll::Ready(Err(Failed)),
            Some(Answer::Panic) => panic!("the load panics"),
        }
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.source.living.fetch_sub(1, Ordering::SeqCst);
        if let Some(callback) = self.callback {
            callback.call();
        }
    }
}
