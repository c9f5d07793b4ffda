//! Futures driven by hand, so that it is seen who was woken.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use testkit::CountWaker;

use crate::outcome::{Outcome, ensure};

/// A future of any contender.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Polls once.
pub(crate) fn poll<T>(future: &mut Boxed<'_, T>, waker: &Waker) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// Polls a future that has to wait.
pub(crate) fn start<T>(future: &mut Boxed<'_, T>, waker: &Waker) -> Outcome {
    ensure!(
        poll(future, waker).is_pending(),
        "ready where it has to wait"
    );
    Ok(())
}

/// A future that is polled when it was woken, and else not.
pub(crate) struct Task<'a, T> {
    future: Boxed<'a, T>,
    count: Arc<CountWaker>,
    waker: Waker,
    output: Option<T>,
}

impl<'a, T> Task<'a, T> {
    /// Polls for the first time.
    pub(crate) fn new(future: Boxed<'a, T>) -> Self {
        let (count, waker) = CountWaker::new();
        let mut task = Self {
            future,
            count,
            waker,
            output: None,
        };
        task.poll();
        task
    }

    fn poll(&mut self) {
        self.count.reset();
        if let Poll::Ready(output) = poll(&mut self.future, &self.waker) {
            self.output = Some(output);
        }
    }

    /// Polls as often as it was woken in the meantime; whether it was at all.
    pub(crate) fn run_if_woken(&mut self) -> bool {
        let mut ran = false;
        while self.output.is_none() && self.is_woken() {
            self.poll();
            ran = true;
        }
        ran
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.count.wakes() > 0
    }

    pub(crate) fn is_woken_and_pending(&self) -> bool {
        self.is_woken() && self.is_pending()
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.output.is_none()
    }

    pub(crate) fn take_output(&mut self) -> Option<T> {
        self.output.take()
    }
}

/// Polls those tasks that were woken, until none is.
pub(crate) fn settle<T>(tasks: &mut [Task<'_, T>]) {
    while tasks.iter_mut().any(Task::run_if_woken) {}
}

/// What became of a future that a thread waited for.
pub(crate) enum Waited<T> {
    Ready(T),
    /// It was ready, and had woken nobody.
    Forgotten,
    /// The time was up, and it is not ready.
    Pending,
}

/// Waits on this thread, with a limit that only a lost wake-up reaches.
pub(crate) fn wait_within<T>(future: &mut Boxed<'_, T>, limit: Duration) -> Waited<T> {
    let thread = thread::current();
    let woken = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&woken);
    let waker = testkit::on_wake(move || {
        seen.store(true, Ordering::SeqCst);
        thread.unpark();
    });
    let until = Instant::now() + limit;
    loop {
        if let Poll::Ready(output) = poll(future, &waker) {
            return Waited::Ready(output);
        }
        while !woken.swap(false, Ordering::SeqCst) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return match poll(future, &waker) {
                    Poll::Ready(_) => Waited::Forgotten,
                    Poll::Pending => Waited::Pending,
                };
            }
            thread::park_timeout(left);
        }
    }
}
