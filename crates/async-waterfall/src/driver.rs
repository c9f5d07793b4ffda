//! The future that takes batches out and gives them to the callback.

mod ready;
mod run;

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use async_clock::{Clock, ClockExt, Sleep, SystemClock};
use async_spawn::Panic;

use crate::batch::Batch;
use crate::error::Failure;
use crate::event::Event;
use crate::out::{Out, caught, discard};
use crate::replies::Replies;
use crate::shared::Shared;
use crate::state::Next;
use ready::Ready;
use run::{Run, Stage};

/// How many batches one poll may dispatch before it lets others have their turn.
const BUDGET: u32 = 16;

pub(crate) type Retry<E> = Box<dyn FnMut(u32, &Failure<E>) -> Option<Duration> + Send>;
pub(crate) type Observer<T, E> = Box<dyn FnMut(Event<T, E>) + Send>;

/// The future that delivers; from [`Builder::build`](crate::Builder::build).
///
/// Spawn it, or poll it beside other work; nothing is delivered unless it is polled.
/// It is `Send` if the callback, its future, the items, replies and errors are.
///
/// It ends once the waterfall is closed, or all its handles are dropped, and everything is
/// delivered.
/// Polling it after that is harmless: it stays ready.
///
/// Panics of the callback, of the closures given to the builder and of the wakers of those who wait
/// end here: the batcher goes on.
///
/// # Cancel safety
///
/// Dropping it closes the waterfall.
/// Submits that were not dispatched get their items back, items that were put can be
/// [taken out](crate::Waterfall::take_undelivered), and callbacks under way are dropped: their items
/// count as failed.
///
/// # Examples
///
/// ```
/// # use async_waterfall::{Batch, Waterfall};
/// # use std::{num::NonZeroUsize, time::Duration};
/// let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
/// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
/// let driver = std::thread::spawn(|| futures_lite::future::block_on(driver)); // or `spawn(driver)`
/// waterfall.try_put(7).unwrap();
/// drop(waterfall);
/// driver.join().unwrap();
/// ```
#[must_use = "nothing is delivered unless the driver is polled"]
pub struct Driver<T, R, E, F, Fut, C: Clock = SystemClock> {
    shared: Arc<Shared<T, R, E, C>>,
    callback: F,
    retry: Option<Retry<E>>,
    observer: Option<Observer<T, E>>,
    /// The one timer, for the open batch; armed anew only when it has fired.
    timer: Sleep<C>,
    /// What `timer` is known to be pending for.
    armed: Option<Instant>,
    /// An instant that is over.
    passed: Option<Instant>,
    max_in_flight: usize,
    /// As many as were ever needed at once.
    runs: Vec<Run<T, C, Fut>>,
    /// The places among `runs` that are free.
    idle: Vec<usize>,
    /// The places among `runs` that are to be polled.
    woken: Vec<usize>,
    /// `None` if there is only one place.
    ready: Option<Arc<Ready>>,
    /// Kept for its memory.
    out: Out<T, R, E>,
    done: bool,
}

/// What the builder hands over.
pub(crate) struct Parts<T, E, F> {
    pub(crate) callback: F,
    pub(crate) retry: Option<Retry<E>>,
    pub(crate) observer: Option<Observer<T, E>>,
    pub(crate) max_in_flight: usize,
}

impl<T, R, E, F, Fut, C: Clock> Driver<T, R, E, F, Fut, C> {
    pub(crate) fn new(shared: Arc<Shared<T, R, E, C>>, parts: Parts<T, E, F>) -> Self {
        let timer = Sleep::never(shared.clock.clone());
        Self {
            shared,
            callback: parts.callback,
            retry: parts.retry,
            observer: parts.observer,
            timer,
            armed: None,
            passed: None,
            max_in_flight: parts.max_in_flight,
            runs: Vec::new(),
            idle: Vec::new(),
            woken: Vec::new(),
            ready: (parts.max_in_flight > 1).then(Ready::new),
            out: Out::new(),
            done: false,
        }
    }

    /// A free place, if there is one or may be another.
    fn free_place(&mut self) -> Option<usize> {
        if let Some(place) = self.idle.pop() {
            return Some(place);
        }
        let next = self.runs.len();
        if next >= self.max_in_flight {
            return None;
        }
        let place = self.ready.as_ref().map(|ready| ready.place(next));
        self.runs.push(Run::new(place));
        Some(next)
    }

    /// Wakes and drops what has piled up; what panics ends here.
    fn fire(&mut self) {
        discard(self.out.fire());
    }

    fn observe(&mut self, event: impl FnOnce() -> Event<T, E>) {
        if let Some(observer) = &mut self.observer {
            discard(caught(|| observer(event())));
        }
    }

    /// Puts a batch into a free place; if there is none to be had, the driver is taken to sleep.
    fn dispatch(&mut self, cx: &mut Context<'_>) -> Dispatched {
        let Some(place) = self.free_place() else {
            return self.sleep_busy(cx.waker());
        };
        let waker = cx.waker().clone();
        let run = &mut self.runs[place];
        let mut state = self.shared.state.lock();
        let next = state.take(
            &mut run.items,
            &mut run.slots,
            self.passed,
            &mut self.out.wakers,
        );
        match next {
            Next::Batch { id, cause } => {
                drop(state);
                drop(waker);
                (run.id, run.attempts) = (id, 0);
                let items = run.items.len();
                self.woken.push(place);
                self.observe(|| Event::Dispatched { items, cause });
                self.fire();
                Dispatched::Batch
            }
            Next::Idle(deadline) => {
                // The one timer serves if it fires before the deadline: in vain, and is armed anew.
                let target = match (deadline, self.armed) {
                    (Some(deadline), Some(armed)) => Some(deadline.min(armed)),
                    (deadline, armed) => deadline.or(armed),
                };
                let replaced = state.sleep(waker, true, target);
                drop(state);
                drop(replaced);
                self.idle.push(place);
                self.arm(target, cx)
            }
            Next::Ended => {
                self.done = true;
                let sleeper = state.take_driver();
                drop(state);
                drop((waker, sleeper));
                Dispatched::Nothing
            }
            Next::GivenUp => {
                drop(state);
                drop(waker);
                self.idle.push(place);
                self.abandon();
                self.done = true;
                Dispatched::Nothing
            }
        }
    }

    /// All places are taken: only the end of a run, or that of everything, is news.
    fn sleep_busy(&mut self, waker: &Waker) -> Dispatched {
        let waker = waker.clone();
        let mut state = self.shared.state.lock();
        if state.given_up {
            drop(state);
            drop(waker);
            self.abandon();
            self.done = true;
            return Dispatched::Nothing;
        }
        let replaced = state.sleep(waker, false, None);
        drop(state);
        drop(replaced);
        Dispatched::Nothing
    }

    /// Sets the timer to `target`, or leaves it as it is.
    fn arm(&mut self, target: Option<Instant>, cx: &mut Context<'_>) -> Dispatched {
        let Some(target) = target else {
            return Dispatched::Nothing;
        };
        if self.armed != Some(target) {
            self.timer.reset(target);
            self.armed = Some(target);
        }
        if Pin::new(&mut self.timer).poll(cx).is_pending() {
            return Dispatched::Nothing;
        }
        self.armed = None;
        self.passed = Some(self.shared.clock.now());
        Dispatched::Again
    }

    /// Gives up all that is under way.
    fn abandon(&mut self) {
        for place in 0..self.runs.len() {
            if self.runs[place].is_idle() {
                continue;
            }
            let run = &mut self.runs[place];
            discard(caught(|| run.future.set(None)));
            if let Stage::Called = run.stage {
                run.items = run.left();
            }
            self.fail(place, Failure::Abandoned);
        }
    }

    /// A batch has failed for good.
    fn fail(&mut self, place: usize, failure: Failure<E>) {
        let run = &mut self.runs[place];
        run.stage = Stage::Idle;
        let failed = run.slots.len();
        let mut left = mem::take(&mut run.items);
        {
            let mut state = self.shared.state.lock();
            state.fail(&run.slots, &failure, &mut self.out);
            state.settle(run.id, &mut self.out.wakers);
        }
        run.slots.clear();
        self.idle.push(place);
        if self.observer.is_some() {
            let left = left.into();
            self.observe(|| Event::Failed {
                left,
                failed,
                failure,
            });
        } else {
            discard(caught(|| left.clear()));
            self.runs[place].items = left;
        }
        self.fire();
    }

    /// The callback has failed; what it has left may be tried again.
    fn failed(&mut self, place: usize, failure: Failure<E>) {
        let run = &mut self.runs[place];
        let left = run.left();
        run.items = left;
        let (left, attempt) = (run.items.len(), run.attempts);
        let delay = match &mut self.retry {
            Some(retry) if left > 0 => {
                let mut delay = None;
                discard(caught(|| delay = retry(attempt, &failure)));
                delay
            }
            _ => None,
        };
        let Some(delay) = delay else {
            return self.fail(place, failure);
        };
        let run = &mut self.runs[place];
        run.stage = Stage::Waits(self.shared.clock.sleep(delay));
        // Items are taken from the front, so those that are left are the last ones.
        let failed = run.slots.len() - left;
        {
            let mut state = self.shared.state.lock();
            state.fail(&run.slots[..failed], &failure, &mut self.out);
        }
        run.slots.drain(..failed);
        self.woken.push(place);
        self.observe(|| Event::Retrying {
            left,
            failed,
            delay,
            failure,
        });
        self.fire();
    }

    /// The callback has delivered a batch, with a reply for each item.
    fn delivered(&mut self, place: usize, replies: impl Iterator<Item = R>) {
        let run = &mut self.runs[place];
        run.stage = Stage::Idle;
        {
            let mut state = self.shared.state.lock();
            state.deliver(&run.slots, replies, &mut self.out);
            state.settle(run.id, &mut self.out.wakers);
        }
        let (items, attempts) = (run.slots.len(), run.attempts);
        run.slots.clear();
        let mut left = run.left();
        discard(caught(|| left.clear()));
        run.items = left;
        self.idle.push(place);
        self.observe(|| Event::Delivered { items, attempts });
        self.fire();
    }
}

/// What came of looking for a batch.
enum Dispatched {
    /// One stands in `woken`.
    Batch,
    /// None yet, but it is later than it was: look again.
    Again,
    /// None; the driver sleeps, or is done.
    Nothing,
}

impl<T, R, E, F, Fut, O, C> Driver<T, R, E, F, Fut, C>
where
    F: FnMut(Batch<T>) -> Fut,
    Fut: Future<Output = Result<O, E>>,
    O: Replies<Reply = R>,
    C: Clock,
{
    /// Polls the run at `place`, which was woken.
    fn poll_run(&mut self, place: usize, cx: &Context<'_>) {
        let run = &mut self.runs[place];
        if let Some(place) = &run.place {
            place.allow();
        }
        if run.is_idle() {
            // Or it is a late wake, and its batch is settled.
            if !run.items.is_empty() {
                self.call(place, cx);
            }
            return;
        }
        let waker = run.place.as_ref().map(|place| place.waker.clone());
        let mut cx = Context::from_waker(waker.as_ref().unwrap_or(cx.waker()));
        if let Stage::Waits(sleep) = &mut run.stage {
            if Pin::new(sleep).poll(&mut cx).is_ready() {
                self.call(place, &cx);
            }
            return;
        }
        let polled = Panic::catch(|| {
            let future = run.future.as_mut().as_pin_mut();
            future.map_or(Poll::Pending, |future| future.poll(&mut cx))
        });
        let result = match polled {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(result)) => result.map_err(|error| Failure::Error(Arc::new(error))),
            Err(panic) => Err(Failure::Panicked(panic)),
        };
        discard(caught(|| run.future.set(None)));
        let expected = run.slots.len();
        let replies = result.and_then(|replies| {
            // Caught, as replies that are too few or too many are dropped in there.
            match Panic::catch(|| replies.checked(expected)) {
                Ok(checked) => checked.map_err(|got| Failure::WrongCount { expected, got }),
                Err(panic) => Err(Failure::Panicked(panic)),
            }
        });
        match replies {
            Ok(replies) => self.delivered(place, replies),
            Err(failure) => self.failed(place, failure),
        }
    }

    /// Calls the callback for what is at `place`, and polls it for the first time.
    fn call(&mut self, place: usize, cx: &Context<'_>) {
        let run = &mut self.runs[place];
        let batch = Batch::new(mem::take(&mut run.items), Arc::clone(&run.home));
        run.attempts = run.attempts.saturating_add(1);
        run.stage = Stage::Called;
        match Panic::catch(|| (self.callback)(batch)) {
            Ok(future) => {
                run.future.set(Some(future));
                self.poll_run(place, cx);
            }
            Err(panic) => self.failed(place, Failure::Panicked(panic)),
        }
    }

    /// Polls the runs that were woken; those to be tried again are `woken` afterwards.
    fn poll_woken(&mut self, cx: &Context<'_>) {
        let mut woken = mem::take(&mut self.woken);
        for place in woken.drain(..) {
            self.poll_run(place, cx);
        }
        if self.woken.is_empty() {
            self.woken = woken; // for its memory
        }
    }
}

impl<T, R, E, F, Fut, O, C> Future for Driver<T, R, E, F, Fut, C>
where
    F: FnMut(Batch<T>) -> Fut,
    Fut: Future<Output = Result<O, E>>,
    O: Replies<Reply = R>,
    C: Clock,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let me = self.get_mut();
        if me.done {
            return Poll::Ready(());
        }
        match &me.ready {
            Some(ready) => ready.take(&mut me.woken, cx.waker()),
            None if !me.runs.is_empty() => me.woken.push(0),
            None => {}
        }
        for _ in 0..BUDGET {
            me.poll_woken(cx);
            match me.dispatch(cx) {
                Dispatched::Batch | Dispatched::Again => {}
                Dispatched::Nothing if me.done => return Poll::Ready(()),
                Dispatched::Nothing => {
                    if let Some(ready) = &me.ready {
                        ready.take(&mut me.woken, cx.waker());
                    }
                    if me.woken.is_empty() {
                        return Poll::Pending;
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

// The callback's futures are pinned in boxes of their own, and nothing else is pinned.
impl<T, R, E, F, Fut, C: Clock> Unpin for Driver<T, R, E, F, Fut, C> {}

impl<T, R, E, F, Fut, C: Clock> Drop for Driver<T, R, E, F, Fut, C> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let sleeper = self.shared.state.lock().take_driver();
        drop(sleeper);
        let shared = Arc::clone(&self.shared);
        discard(caught(|| shared.give_up(&mut self.out)));
        self.abandon();
        self.fire();
    }
}

impl<T, R, E, F, Fut, C: Clock> fmt::Debug for Driver<T, R, E, F, Fut, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_flight = self.runs.iter().filter(|run| !run.is_idle()).count();
        f.debug_struct("Driver")
            .field("in_flight", &in_flight)
            .field("max_in_flight", &self.max_in_flight)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
