//! Which of several runs were woken, so that a poll of the driver touches no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use async_waitlist::sync::Mutex;

/// The places whose runs were woken, and who is to be told.
pub(super) struct Ready(Mutex<Inner>);

struct Inner {
    woken: Vec<usize>,
    /// The driver's waker, while it sleeps.
    driver: Option<Waker>,
}

/// The waker of the run at one place.
struct PlaceWaker {
    ready: Arc<Ready>,
    place: usize,
    /// Whether `place` is in `woken`; written under the lock.
    queued: AtomicBool,
}

/// A place's waker, and the way to allow it to be queued again.
pub(super) struct Place {
    state: Arc<PlaceWaker>,
    pub(super) waker: Waker,
}

impl Ready {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Inner {
            woken: Vec::new(),
            driver: None,
        })))
    }

    pub(super) fn place(self: &Arc<Self>, place: usize) -> Place {
        let state = Arc::new(PlaceWaker {
            ready: Arc::clone(self),
            place,
            queued: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&state));
        Place { state, waker }
    }

    /// Adds the places that were woken to `woken`; if that stays empty, stores the driver's waker in
    /// one step with having looked.
    pub(super) fn take(&self, woken: &mut Vec<usize>, driver: &Waker) {
        let mut spare = None; // declared before the guard: what it holds is dropped after it
        loop {
            let mut inner = self.0.lock();
            woken.append(&mut inner.woken);
            if !woken.is_empty() {
                return;
            }
            let stored = inner.driver.as_ref();
            if stored.is_some_and(|stored| stored.will_wake(driver)) {
                return;
            }
            if let Some(waker) = spare.take() {
                spare = inner.driver.replace(waker);
                drop(inner);
                drop(spare);
                return;
            }
            drop(inner);
            spare = Some(driver.clone());
        }
    }
}

impl Place {
    /// From now on a wake queues the place again; called before its run is polled.
    pub(super) fn allow(&self) {
        let _inner = self.state.ready.0.lock();
        self.state.queued.store(false, Ordering::SeqCst);
    }
}

impl Wake for PlaceWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut inner = self.ready.0.lock();
        if self.queued.swap(true, Ordering::SeqCst) {
            return;
        }
        inner.woken.push(self.place);
        let driver = inner.driver.take();
        drop(inner);
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}
