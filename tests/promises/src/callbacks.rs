//! Foreign code that calls back: wakers and items.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

/// A callback that does nothing before it is armed, and nothing from within itself.
///
/// It lives as long as the process: a contender that drops a waker twice would free it too early.
#[derive(Clone, Copy)]
pub(crate) struct Callback(&'static Inner);

struct Inner {
    state: AtomicUsize,
    calls: AtomicUsize,
    body: Box<dyn Fn() + Send + Sync>,
}

/// What [`Inner::state`] says.
const UNARMED: usize = 0;
const ARMED: usize = 1;
const RUNNING: usize = 2;

impl Callback {
    pub(crate) fn new(body: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Box::leak(Box::new(Inner {
            state: AtomicUsize::new(UNARMED),
            calls: AtomicUsize::new(0),
            body: Box::new(body),
        })))
    }

    /// From now on it calls.
    pub(crate) fn arm(self) {
        self.0.state.store(ARMED, Ordering::SeqCst);
    }

    pub(crate) fn disarm(self) {
        self.0.state.store(UNARMED, Ordering::SeqCst);
    }

    /// How often it was called since it was armed, from within itself too.
    pub(crate) fn calls(self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn call(self) {
        let state = &self.0.state;
        let was = state.compare_exchange(ARMED, RUNNING, Ordering::SeqCst, Ordering::SeqCst);
        if was != Err(UNARMED) {
            self.0.calls.fetch_add(1, Ordering::SeqCst);
        }
        if was.is_ok() {
            (self.0.body)();
            state.store(ARMED, Ordering::SeqCst);
        }
    }

    /// A waker that calls when it is woken.
    pub(crate) fn on_wake(self) -> Waker {
        testkit::on_wake(move || self.call())
    }

    /// A waker that calls when it is cloned.
    pub(crate) fn on_clone(self) -> Waker {
        testkit::on_clone(move || self.call())
    }

    /// A waker that calls when its last clone is dropped.
    pub(crate) fn on_drop(self) -> Waker {
        Arc::new(CallsWhenDropped(self)).into()
    }
}

struct CallsWhenDropped(Callback);

impl Wake for CallsWhenDropped {
    fn wake(self: Arc<Self>) {}
}

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        self.0.call();
    }
}
