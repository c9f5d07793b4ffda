//! Foreign code that calls back: wakers and items.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

/// A callback that does nothing before it is armed, and nothing from within itself.
#[derive(Clone)]
pub(crate) struct Callback {
    armed: Arc<AtomicBool>,
    body: Arc<dyn Fn() + Send + Sync>,
}

impl Callback {
    pub(crate) fn new(body: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            armed: Arc::default(),
            body: Arc::new(body),
        }
    }

    /// From now on it calls.
    pub(crate) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn disarm(&self) {
        self.armed.store(false, Ordering::SeqCst);
    }

    pub(crate) fn call(&self) {
        if self.armed.swap(false, Ordering::SeqCst) {
            (self.body)();
            self.arm();
        }
    }

    pub(crate) fn on_wake(&self) -> Waker {
        let callback = self.clone();
        testkit::on_wake(move || callback.call())
    }

    pub(crate) fn on_clone(&self) -> Waker {
        let callback = self.clone();
        testkit::on_clone(move || callback.call())
    }

    pub(crate) fn on_drop(&self) -> Waker {
        let callback = self.clone();
        testkit::on_drop(move || callback.call())
    }
}
