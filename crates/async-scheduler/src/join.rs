//! The futures that wait until all is done.

use crate::next::Place;
use crate::shared::Shared;
use crate::time::Base;
use async_clock::{Clock, SystemClock};
use async_waitlist::Polled;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// The future of [`Scheduler::join`](crate::Scheduler::join).
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place among the waiters; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_scheduler::Scheduler;
///
/// let scheduler = Scheduler::<u32>::new();
/// futures_lite::future::block_on(scheduler.join());
/// assert!(scheduler.is_idle());
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Join<'a, T: Send + 'static, At: Base<C> = Instant, C: Clock = SystemClock> {
    pub(crate) shared: &'a Arc<Shared<T, At, C>>,
    pub(crate) place: Place,
}

/// The future of [`Scheduler::join_owned`](crate::Scheduler::join_owned).
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place among the waiters; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_scheduler::Scheduler;
///
/// let join = Scheduler::<u32>::new().join_owned();
/// futures_lite::future::block_on(join);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct JoinOwned<T: Send + 'static, At: Base<C> = Instant, C: Clock = SystemClock> {
    pub(crate) shared: Arc<Shared<T, At, C>>,
    pub(crate) place: Place,
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Future for Join<'_, T, At, C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let me = self.get_mut();
        me.shared.poll_join(&mut me.place, cx)
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Future for JoinOwned<T, At, C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let me = self.get_mut();
        me.shared.poll_join(&mut me.place, cx)
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Shared<T, At, C> {
    fn poll_join(&self, place: &mut Place, cx: &Context<'_>) -> Poll<()> {
        if matches!(place, Place::Done) {
            return Poll::Pending;
        }
        let mut spare = None; // what is in it is dropped after the guard
        loop {
            let mut state = self.state.lock();
            let idle = state.is_idle();
            match place {
                Place::Queued(key) => match state.joiners.poll(key, cx.waker(), &mut spare) {
                    Polled::Waiting if !idle => return Poll::Pending,
                    Polled::NeedsWaker if !idle => {}
                    // Granted: it was idle, and may be busy again.
                    _ => {
                        drop(state);
                        self.stop_joining(place);
                        return Poll::Ready(());
                    }
                },
                Place::New | Place::Done if idle => {
                    *place = Place::Done;
                    return Poll::Ready(());
                }
                Place::New | Place::Done => {
                    if let Some(waker) = spare.take() {
                        *place = Place::Queued(state.joiners.insert((), waker));
                        return Poll::Pending;
                    }
                }
            }
            drop(state);
            spare = Some(Waker::clone(cx.waker()));
        }
    }

    /// Takes a joiner that is done or dropped out of the list.
    fn stop_joining(&self, place: &mut Place) {
        if let Some(key) = place.take_key() {
            let mut state = self.state.lock();
            let released = state.joiners.release(key);
            let _memory = state.joiners.shrink(); // dropped after the guard
            drop(state);
            drop(released);
        }
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Drop for Join<'_, T, At, C> {
    fn drop(&mut self) {
        self.shared.stop_joining(&mut self.place);
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Drop for JoinOwned<T, At, C> {
    fn drop(&mut self) {
        self.shared.stop_joining(&mut self.place);
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> fmt::Debug for Join<'_, T, At, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> fmt::Debug for JoinOwned<T, At, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinOwned")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
