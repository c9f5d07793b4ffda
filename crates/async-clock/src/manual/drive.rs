//! The futures of a manual clock.

use super::ManualClock;
use super::line::{self, Line, lock};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

/// The future of [`ManualClock::advance_yielding`].
///
/// # Cancel safety
///
/// Dropping the future leaves the clock at the last deadline it reached; nothing else is lost.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct AdvanceYielding {
    clock: ManualClock,
    target: Instant,
}

impl AdvanceYielding {
    pub(super) fn new(clock: ManualClock, target: Instant) -> Self {
        Self { clock, target }
    }
}

impl Future for AdvanceYielding {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut panic = None;
        let more = self.clock.line.step(self.target, &mut panic);
        line::resume(panic);
        if !more {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// The future of [`ManualClock::wait_for_timers`].
///
/// # Cancel safety
///
/// Dropping the future before it completes loses nothing.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WaitForTimers<'a> {
    line: &'a Line,
    n: usize,
    /// Our entry in `State::watchers`.
    watcher: Option<u64>,
}

impl<'a> WaitForTimers<'a> {
    pub(super) fn new(line: &'a Line, n: usize) -> Self {
        Self {
            line,
            n,
            watcher: None,
        }
    }

    fn stop(&mut self) {
        if let Some(id) = self.watcher.take() {
            // The guard dies before the waker it hands out.
            let waker = lock(&self.line.state).unwatch(id);
            drop(waker);
        }
    }
}

impl Future for WaitForTimers<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let me = self.get_mut();
        // Cloned before the lock; the replaced one is dropped after it.
        let waker = cx.waker().clone();
        let mut replaced = None;
        {
            let mut state = lock(&me.line.state);
            if state.timers.len() < me.n {
                match me.watcher {
                    None => me.watcher = Some(state.watch(me.n, waker)),
                    Some(id) => {
                        let mine = state.watchers.iter_mut().find(|watcher| watcher.id == id);
                        replaced = mine.and_then(|watcher| watcher.waker.replace(waker));
                    }
                }
                drop(state);
                drop(replaced);
                return Poll::Pending;
            }
        }
        me.stop();
        me.n = 0; // stays ready
        Poll::Ready(())
    }
}

impl Drop for WaitForTimers<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for WaitForTimers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForTimers")
            .field("n", &self.n)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`ManualClock::drive`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the driven one; pass `&mut future` to keep it.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Drive<'a, F> {
        clock: &'a ManualClock,
        // Says that a timer was armed while nothing was.
        armed: WaitForTimers<'a>,
        woken: Arc<Woken>,
        done: bool,
        #[pin]
        future: F,
    }
}

impl<'a, F> Drive<'a, F> {
    pub(super) fn new(clock: &'a ManualClock, future: F) -> Self {
        let woken = Arc::new(Woken {
            flag: AtomicBool::new(true),
            outer: Mutex::new(None),
        });
        Self {
            clock,
            armed: clock.wait_for_timers(1),
            woken,
            done: false,
            future,
        }
    }
}

impl<F: Future> Future for Drive<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let me = self.project();
        if *me.done {
            return Poll::Pending;
        }
        me.woken.pass_on_to(cx.waker());
        // Only a wake is a reason to poll: between two steps of time there may be none.
        if me.woken.flag.swap(false, Ordering::AcqRel) {
            let waker = Waker::from(me.woken.clone());
            if let Poll::Ready(output) = me.future.poll(&mut Context::from_waker(&waker)) {
                *me.done = true;
                return Poll::Ready(output);
            }
        }
        // Acquire: pairs with the swap of a wake, so that what it announces comes before the step.
        if !me.woken.flag.load(Ordering::Acquire) && me.clock.advance_to_next().is_none() {
            // Nothing is armed: wait for a timer, or for the future to be woken from elsewhere.
            *me.armed = me.clock.wait_for_timers(1);
            if Pin::new(me.armed).poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<F> fmt::Debug for Drive<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

/// Remembers that the driven future was woken, and wakes the task around it.
struct Woken {
    flag: AtomicBool,
    /// The waker of the last poll.
    outer: Mutex<Option<Waker>>,
}

impl Woken {
    fn pass_on_to(&self, waker: &Waker) {
        // Cloned before the lock; the replaced one is dropped after it.
        let new = waker.clone();
        let replaced = lock(&self.outer).replace(new);
        drop(replaced);
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.flag.swap(true, Ordering::AcqRel) {
            let outer = lock(&self.outer).take();
            if let Some(waker) = outer {
                waker.wake();
            }
        }
    }
}
