//! Wakers that count, call back or panic.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use crate::raw_waker::{Event, hooked};

/// Counts how often its waker is woken.
///
/// # Examples
///
/// ```
/// let (count, waker) = testkit::CountWaker::new();
/// waker.wake_by_ref();
/// waker.wake();
/// assert_eq!(count.wakes(), 2);
/// count.reset();
/// assert_eq!(count.wakes(), 0);
/// ```
#[derive(Debug, Default)]
pub struct CountWaker {
    wakes: AtomicUsize,
}

impl CountWaker {
    /// Returns a counter at zero and its waker.
    #[must_use]
    pub fn new() -> (Arc<Self>, Waker) {
        let count = Arc::new(Self::default());
        (Arc::clone(&count), count.into())
    }

    /// Returns the number of wakes since the start or the last [`reset`](Self::reset).
    #[must_use]
    pub fn wakes(&self) -> usize {
        self.wakes.load(Ordering::SeqCst)
    }

    /// Starts again at zero.
    pub fn reset(&self) {
        self.wakes.store(0, Ordering::SeqCst);
    }
}

impl Wake for CountWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }
}

/// Returns a waker that runs `f` each time it is woken.
///
/// # Examples
///
/// ```
/// let (sender, receiver) = std::sync::mpsc::channel();
/// testkit::on_wake(move || sender.send("woken").unwrap()).wake();
/// assert_eq!(receiver.recv(), Ok("woken"));
/// ```
pub fn on_wake(f: impl Fn() + Send + Sync + 'static) -> Waker {
    on(Event::Woken, f)
}

/// Returns a waker that runs `f` each time it is cloned, before the clone is made.
///
/// # Examples
///
/// ```
/// let (count, counter) = testkit::CountWaker::new();
/// let waker = testkit::on_clone(move || counter.wake_by_ref());
/// drop(waker.clone());
/// waker.wake();
/// assert_eq!(count.wakes(), 1);
/// ```
pub fn on_clone(f: impl Fn() + Send + Sync + 'static) -> Waker {
    on(Event::Cloned, f)
}

/// Returns a waker that runs `f` each time one of its clones or the waker itself is dropped.
///
/// A waker that is used up by [`Waker::wake`] is dropped too.
///
/// # Examples
///
/// ```
/// let (count, counter) = testkit::CountWaker::new();
/// let waker = testkit::on_drop(move || counter.wake_by_ref());
/// drop(waker.clone());
/// assert_eq!(count.wakes(), 1);
/// waker.wake();
/// assert_eq!(count.wakes(), 2);
/// ```
pub fn on_drop(f: impl Fn() + Send + Sync + 'static) -> Waker {
    on(Event::Dropped, f)
}

/// Returns a waker that runs `f` when it is woken, cloned or dropped.
///
/// While `f` runs, whatever happens to such wakers on the same thread runs nothing, so that an `f`
/// which clones or drops wakers comes to an end.
///
/// # Examples
///
/// ```
/// let (count, counter) = testkit::CountWaker::new();
/// let waker = testkit::reentrant(move || counter.wake_by_ref());
/// waker.clone().wake();
/// drop(waker);
/// // The clone, the wake, and two drops.
/// assert_eq!(count.wakes(), 4);
/// ```
pub fn reentrant(f: impl Fn() + Send + Sync + 'static) -> Waker {
    thread_local! {
        static RUNNING: Cell<bool> = const { Cell::new(false) };
    }

    struct Running;
    impl Drop for Running {
        fn drop(&mut self) {
            RUNNING.set(false);
        }
    }

    hooked(move |_| {
        if !RUNNING.replace(true) {
            let _running = Running;
            f();
        }
    })
}

/// Returns a waker that panics when it is woken.
///
/// # Panics
///
/// The waker does, not this function.
///
/// # Examples
///
/// ```
/// assert!(std::panic::catch_unwind(|| testkit::panicking().wake()).is_err());
/// ```
#[must_use]
pub fn panicking() -> Waker {
    on_wake(|| panic!("this waker panics on purpose"))
}

fn on(event: Event, f: impl Fn() + Send + Sync + 'static) -> Waker {
    hooked(move |seen| {
        if seen == event {
            f();
        }
    })
}
