//! The futures and the stream that yield items.

use crate::due::Due;
use crate::shared::Shared;
use crate::time::Base;
use async_clock::{Clock, SystemClock};
use async_waitlist::{Key, Polled};
use futures_core::stream::{FusedStream, Stream};
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// How far a consumer has come: `New` → `Queued` → `Done`, or `New` → `Done`.
#[derive(Debug)]
pub(crate) enum Place {
    /// Not polled yet, or not since the last item.
    New,
    /// Among those that wait.
    Queued(Key),
    /// Completed: pending for good.
    Done,
}

/// The future of [`Scheduler::next`](crate::Scheduler::next).
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_scheduler::Scheduler;
/// use std::time::Duration;
///
/// let scheduler = Scheduler::new();
/// scheduler.schedule_in(Duration::ZERO, 7).unwrap();
/// let due = futures_lite::future::block_on(scheduler.next());
/// assert_eq!(due.unwrap().into_inner(), 7);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Next<'a, T: Send + 'static, At: Base<C> = Instant, C: Clock = SystemClock> {
    pub(crate) shared: &'a Arc<Shared<T, At, C>>,
    pub(crate) place: Place,
}

/// The future of [`Scheduler::next_owned`](crate::Scheduler::next_owned).
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_scheduler::Scheduler;
/// use std::time::Duration;
///
/// let scheduler = Scheduler::new();
/// scheduler.schedule_in(Duration::ZERO, 7).unwrap();
/// let next = scheduler.next_owned();
/// drop(scheduler); // the future has a handle of its own
/// assert_eq!(futures_lite::future::block_on(next).unwrap().into_inner(), 7);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct NextOwned<T: Send + 'static, At: Base<C> = Instant, C: Clock = SystemClock> {
    pub(crate) shared: Arc<Shared<T, At, C>>,
    pub(crate) place: Place,
}

/// The stream of [`Scheduler::stream`](crate::Scheduler::stream).
///
/// It ends when the scheduler is closed and nothing is pending.
/// There may be many: each item goes to exactly one of them.
///
/// # Cancel safety
///
/// Dropping it, or a future that waits for its next item, gives up the place in the queue; nothing
/// else is lost.
///
/// # Examples
///
/// ```
/// use async_scheduler::Scheduler;
/// use futures_lite::StreamExt;
/// use std::time::Duration;
///
/// let scheduler = Scheduler::new();
/// scheduler.schedule_in(Duration::from_millis(2), 'b').unwrap();
/// scheduler.schedule_in(Duration::from_millis(1), 'a').unwrap();
/// scheduler.close_after_drain();
/// let all: String = futures_lite::future::block_on(
///     scheduler.stream().map(|due| due.into_inner()).collect(),
/// );
/// assert_eq!(all, "ab");
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Items<T: Send + 'static, At: Base<C> = Instant, C: Clock = SystemClock> {
    pub(crate) shared: Arc<Shared<T, At, C>>,
    pub(crate) place: Place,
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Future for Next<'_, T, At, C> {
    type Output = Option<Due<T, At, C>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        me.shared.poll_next(&mut me.place, cx)
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Future for NextOwned<T, At, C> {
    type Output = Option<Due<T, At, C>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        me.shared.poll_next(&mut me.place, cx)
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Stream for Items<T, At, C> {
    type Item = Due<T, At, C>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let me = self.get_mut();
        if me.is_terminated() {
            return Poll::Ready(None);
        }
        let polled = me.shared.poll_next(&mut me.place, cx);
        if let Poll::Ready(Some(_)) = polled {
            me.place = Place::New;
        }
        polled
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> FusedStream for Items<T, At, C> {
    fn is_terminated(&self) -> bool {
        matches!(self.place, Place::Done)
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Shared<T, At, C> {
    /// Takes an item that is due, or waits for one; `None` at the end.
    pub(crate) fn poll_next(
        self: &Arc<Self>,
        place: &mut Place,
        cx: &Context<'_>,
    ) -> Poll<Option<Due<T, At, C>>> {
        if matches!(place, Place::Done) {
            return Poll::Pending;
        }
        let mut spare = None; // what is in it is dropped after the guard
        loop {
            let now = self.now();
            let mut state = self.state.lock();
            let taken = self.take(&mut state, now);
            if taken.is_some() || state.is_over() {
                let released = place.take_key().map(|key| state.consumers.release(key));
                let memory = (state.queue.shrink(), state.consumers.shrink());
                let news = state.has_news();
                drop(state);
                drop((released, memory));
                if news {
                    self.tend();
                }
                let Some(taken) = taken else {
                    return Poll::Ready(None);
                };
                *place = Place::New; // if a recurrence panics, or passes it over
                if let Some(due) = self.hand_out(taken, now) {
                    *place = Place::Done;
                    return Poll::Ready(Some(due));
                }
                continue;
            }
            match place {
                Place::Queued(key) => match state.consumers.poll(key, cx.waker(), &mut spare) {
                    Polled::Waiting => return Poll::Pending,
                    Polled::NeedsWaker => {}
                    Polled::Granted | Polled::Refused => {
                        // Woken for an item that somebody else has: back to the place it had.
                        if let Some(waker) = spare.take() {
                            state.consumers.requeue_front(key, (), waker);
                            self.watch(state, now);
                            return Poll::Pending;
                        }
                    }
                },
                Place::New | Place::Done => {
                    if let Some(waker) = spare.take() {
                        *place = Place::Queued(state.consumers.insert((), waker));
                        self.watch(state, now);
                        return Poll::Pending;
                    }
                }
            }
            drop(state);
            spare = Some(Waker::clone(cx.waker()));
        }
    }

    /// Takes a consumer that is dropped out of the order, and passes its wake-up on.
    #[inline]
    fn leave(self: &Arc<Self>, place: &mut Place) {
        if let Some(key) = place.take_key() {
            self.give_up(key);
        }
    }

    #[cold]
    fn give_up(self: &Arc<Self>, key: Key) {
        let mut state = self.state.lock();
        let released = state.consumers.release(key);
        let _memory = state.consumers.shrink(); // dropped after the guard
        let passes_on = released.is_granted() && state.consumers.waiting() > 0;
        drop(state);
        drop(released);
        if passes_on {
            self.tend();
        }
    }
}

impl Place {
    /// The key of one that is queued; it is done then.
    #[inline]
    pub(crate) fn take_key(&mut self) -> Option<Key> {
        match mem::replace(self, Self::Done) {
            Self::Queued(key) => Some(key),
            Self::New | Self::Done => None,
        }
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Drop for Next<'_, T, At, C> {
    #[inline]
    fn drop(&mut self) {
        self.shared.leave(&mut self.place);
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Drop for NextOwned<T, At, C> {
    #[inline]
    fn drop(&mut self) {
        self.shared.leave(&mut self.place);
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Drop for Items<T, At, C> {
    #[inline]
    fn drop(&mut self) {
        self.shared.leave(&mut self.place);
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> fmt::Debug for Next<'_, T, At, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> fmt::Debug for NextOwned<T, At, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextOwned")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> fmt::Debug for Items<T, At, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
