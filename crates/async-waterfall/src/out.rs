//! What leaves the critical section.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;
use std::thread;

use crate::slots::Unwanted;

/// Foreign values on their way out of the critical section, woken and dropped when this is dropped.
///
/// Declare it before the lock's guard, so that it is dropped after it.
/// One that panics keeps none of the others from its turn; the first panic goes on after all.
pub(crate) struct Out<T, R, E> {
    pub(crate) driver: Option<Waker>,
    pub(crate) wakers: Vec<Waker>,
    pub(crate) items: Vec<T>,
    pub(crate) replies: Vec<Unwanted<T, R, E>>,
}

type Panicked = Option<Box<dyn Any + Send>>;

impl<T, R, E> Out<T, R, E> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            driver: None,
            wakers: Vec::new(),
            items: Vec::new(),
            replies: Vec::new(),
        }
    }

    /// Wakes and drops all, keeps the memory for the next time, and returns the first panic.
    pub(crate) fn fire(&mut self) -> Panicked {
        let mut first = None;
        for waker in self.wakers.drain(..).chain(self.driver.take()) {
            keep_first(&mut first, caught(|| waker.wake()));
        }
        keep_first(&mut first, caught(|| self.items.clear()));
        keep_first(&mut first, caught(|| self.replies.clear()));
        first
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.driver.is_none()
            && self.wakers.is_empty()
            && self.items.is_empty()
            && self.replies.is_empty()
    }
}

impl<T, R, E> Drop for Out<T, R, E> {
    #[inline]
    fn drop(&mut self) {
        if self.is_empty() {
            return;
        }
        go_on(self.fire());
    }
}

/// Calls what may panic from inside a destructor.
pub(crate) fn calmly(f: impl FnOnce()) {
    go_on(caught(f));
}

fn go_on(panicked: Panicked) {
    match panicked {
        // A second panic would abort the process, and the first one tells more.
        Some(_) if thread::panicking() => discard(panicked),
        Some(payload) => resume_unwind(payload),
        None => {}
    }
}

/// Calls foreign code, and returns its panic.
pub(crate) fn caught(f: impl FnOnce()) -> Panicked {
    // Unwind safe: what it was called on is gone or empty either way.
    catch_unwind(AssertUnwindSafe(f)).err()
}

/// Drops a payload, which may panic in turn, and so may the payload of that: it ends here.
pub(crate) fn discard(payload: Panicked) {
    mem::forget(caught(|| drop(payload)));
}

fn keep_first(first: &mut Panicked, payload: Panicked) {
    if first.is_none() {
        *first = payload;
    } else {
        discard(payload);
    }
}
