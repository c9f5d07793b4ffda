//! A small executor for benchmarks: tasks on one thread, in the order in which they are woken.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;

/// Tasks that have not been polled yet.
#[derive(Debug)]
pub struct Tasks<F> {
    tasks: Vec<(Pin<Box<F>>, Waker)>,
    ready: Arc<Ready>,
}

type Ready = Mutex<VecDeque<usize>>;

/// Wakes by queueing the task's number.
struct Number {
    task: usize,
    ready: Arc<Ready>,
}

impl<F: Future<Output = ()>> Tasks<F> {
    /// Makes so many tasks, by their numbers.
    pub fn new(count: usize, mut make: impl FnMut(usize) -> F) -> Self {
        let ready = Arc::new(Mutex::new((0..count).collect::<VecDeque<_>>()));
        let task = |task| {
            let ready = Arc::clone(&ready);
            (
                Box::pin(make(task)),
                Arc::new(Number { task, ready }).into(),
            )
        };
        Self {
            tasks: (0..count).map(task).collect(),
            ready,
        }
    }

    /// Runs them all.
    ///
    /// # Panics
    ///
    /// If some are not woken any more and have not ended.
    pub fn run(&mut self) {
        let mut left = self.tasks.len();
        while left > 0 {
            let next = self.ready.lock().pop_front();
            let (task, waker) = &mut self.tasks[next.expect("nobody is woken any more")];
            let mut cx = Context::from_waker(waker);
            left -= usize::from(task.as_mut().poll(&mut cx).is_ready());
        }
    }
}

impl Wake for Number {
    fn wake(self: Arc<Self>) {
        self.ready.lock().push_back(self.task);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.lock().push_back(self.task);
    }
}

/// Lets the other tasks run.
pub fn yield_now() -> impl Future<Output = ()> {
    let mut yielded = false;
    std::future::poll_fn(move |cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}
