//! The wait for a flight, and how a waiter that is polled drives it.

use super::voyage::{Payload, Voyage, crashed, drive};
use super::{Berth, Slot};
use crate::LoadError;
use crate::cycle::{Edge, LoadId, Polling};
use crate::relay::{Role, Turn};
use async_waitlist::quietly;
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The future of a flight's outcome.
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place among the waiters; nothing else is lost.
/// If it was the last one, the load is dropped with it.
///
/// # Panics
///
/// Never because of the load, whose panic is [`LoadError::Panicked`] here; see
/// [`poll_resuming`](Self::poll_resuming) for the other way.
/// A panic of the value's `Clone` is this caller's alone.
///
/// # Errors
///
/// [`LoadError`].
///
/// # Examples
///
/// ```
/// use async_single_flight::flight::{FAN_OUT, Flight, Unfiled, Wait};
/// use std::sync::Arc;
///
/// let flight = Arc::new(Flight::new((), Unfiled::new(), FAN_OUT, async { 7 }));
/// let wait = Wait::claimed(flight);
/// assert_eq!(futures_lite::future::block_on(wait), Ok(7));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Wait<P: Slot> {
    /// `None` once it is complete.
    slot: Option<P>,
    /// `None` for a flight that has landed: there is nobody to wait for.
    seat: Option<Seat>,
}

/// The place of a waiter.
#[derive(Debug)]
pub(super) struct Seat {
    role: Role,
    /// If it waits inside a load.
    edge: Option<Edge>,
}

/// What a waiter comes to know, when there is something.
pub(super) enum Arrival {
    /// There is an outcome.
    Landed,
    /// There is an outcome, an error, and this waiter was the one that drove.
    Panicked(Payload),
    /// There may never be one for this waiter.
    Cycle,
}

/// What both kinds of flight offer to a waiter that leaves.
pub(super) trait Leave {
    fn leave(&self, role: Role);
}

/// What both kinds of flight offer to a waiter that is polled.
pub(super) trait Drive: Slot {
    type Berth: Berth<Slot = Self, Value = Self::Value>;
    type Voyage: Voyage<Self::Berth> + ?Sized;

    fn id(&self) -> LoadId;
    fn tag(&self) -> &<Self::Berth as Berth>::Tag;
    /// The waker to poll the load with.
    fn waker(&self) -> Waker;
    fn turn(&self, role: &mut Role, waker: &Waker) -> Turn<Pin<Box<Self::Voyage>>>;
    fn rest(&self, voyage: Pin<Box<Self::Voyage>>, waker: Option<Waker>);
    fn set(&self, outcome: Result<Self::Value, LoadError>);
    fn finish(&self);
}

impl<P: Slot> Wait<P> {
    /// The wait of the caller that made the flight.
    ///
    /// There is one for each flight that was made with a load.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{FAN_OUT, Flight, Slot, Unfiled, Wait};
    /// use std::sync::Arc;
    ///
    /// let flight = Arc::new(Flight::new((), Unfiled::new(), FAN_OUT, async { 7 }));
    /// drop(Wait::claimed(Arc::clone(&flight))); // the last one takes the load along
    /// assert!(flight.is_closed());
    /// ```
    pub fn claimed(slot: P) -> Self {
        Self::new(slot, Role::Claimed)
    }

    /// The wait of a caller for whom [`Slot::join`] was true.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{FAN_OUT, Flight, Slot, Unfiled, Wait};
    /// use std::sync::Arc;
    ///
    /// let flight = Arc::new(Flight::new((), Unfiled::new(), FAN_OUT, async { 7 }));
    /// let first = Wait::claimed(Arc::clone(&flight));
    /// assert!(flight.join());
    /// let second = Wait::joined(flight);
    /// assert_eq!(futures_lite::future::block_on(second), Ok(7));
    /// drop(first);
    /// ```
    pub fn joined(slot: P) -> Self {
        Self::new(slot, Role::Joined)
    }

    /// The wait of a caller that found a flight filed as ready: its first poll has the value.
    ///
    /// Nobody need be counted in for that. Without an outcome, it would stay pending.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Flight, Unfiled, Wait};
    /// use std::sync::Arc;
    ///
    /// let flight: Flight<Unfiled<(), u32>> = Flight::landed((), 7);
    /// let wait = Wait::landed(Arc::new(flight));
    /// assert_eq!(futures_lite::future::block_on(wait), Ok(7));
    /// ```
    pub fn landed(slot: P) -> Self {
        Self {
            slot: Some(slot),
            seat: None,
        }
    }

    #[inline]
    fn new(slot: P, role: Role) -> Self {
        let seat = Seat { role, edge: None };
        Self {
            slot: Some(slot),
            seat: Some(seat),
        }
    }

    /// Its flight; `None` once it is complete.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Flight, Unfiled, Wait};
    /// use std::sync::Arc;
    ///
    /// let flight: Arc<Flight<Unfiled<&str, u32>>> = Arc::new(Flight::landed("seven", 7));
    /// let mut wait = Wait::landed(flight);
    /// assert_eq!(*wait.slot().unwrap().tag(), "seven");
    /// assert!(futures_lite::future::block_on(&mut wait).is_ok());
    /// assert!(wait.slot().is_none());
    /// ```
    pub fn slot(&self) -> Option<&P> {
        self.slot.as_ref()
    }
}

#[expect(private_bounds, reason = "sealed")]
impl<P: Drive> Wait<P>
where
    P::Value: Clone,
{
    /// Polls as the future does, but if the load panics in this very poll, the panic goes on.
    ///
    /// So the caller that drove gets the panic itself, and the others an error with its message.
    ///
    /// # Panics
    ///
    /// If the load does.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{FAN_OUT, Flight, Unfiled, Wait};
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    /// use std::sync::Arc;
    /// use std::task::{Context, Waker};
    ///
    /// let berth = Unfiled::<(), u32>::new();
    /// let flight = Arc::new(Flight::new((), berth, FAN_OUT, async { panic!("no value") }));
    /// let mut wait = Wait::claimed(flight);
    /// let mut cx = Context::from_waker(Waker::noop());
    /// let polled = catch_unwind(AssertUnwindSafe(|| wait.poll_resuming(&mut cx)));
    /// assert_eq!(polled.unwrap_err().downcast_ref(), Some(&"no value"));
    /// ```
    #[inline]
    pub fn poll_resuming(&mut self, cx: &mut Context<'_>) -> Poll<Result<P::Value, LoadError>> {
        self.poll_with(cx, |panic| resume_unwind(panic))
    }

    #[inline]
    fn poll_with(
        &mut self,
        cx: &mut Context<'_>,
        panicked: impl FnOnce(Payload),
    ) -> Poll<Result<P::Value, LoadError>> {
        // Whether there is an outcome says nothing: it is set before the flight is filed.
        if self.seat.is_some() {
            return self.poll_seated(cx, panicked);
        }
        outcome(self.slot.take())
    }

    /// As [`poll_with`](Self::poll_with), for those who wait: out of line, so that those who find a
    /// value don't carry it along.
    #[inline(never)]
    fn poll_seated(
        &mut self,
        cx: &mut Context<'_>,
        panicked: impl FnOnce(Payload),
    ) -> Poll<Result<P::Value, LoadError>> {
        let (Some(slot), Some(seat)) = (&self.slot, &mut self.seat) else {
            return Poll::Pending;
        };
        let panic = match fly(slot, seat, cx) {
            Poll::Ready(Arrival::Landed) => None,
            Poll::Ready(Arrival::Panicked(panic)) => Some(panic),
            Poll::Ready(Arrival::Cycle) => {
                self.leave();
                return Poll::Ready(Err(LoadError::Cycle));
            }
            Poll::Pending => return Poll::Pending,
        };
        self.seat = None;
        // Complete from here on, also if foreign code panics.
        let slot = self.slot.take();
        if let Some(panic) = panic {
            panicked(panic);
        }
        outcome(slot)
    }
}

/// The outcome of a flight that has landed, for one that drops its handle.
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "it is dropped here")]
fn outcome<P: Slot<Value: Clone>>(slot: Option<P>) -> Poll<Result<P::Value, LoadError>> {
    let outcome = slot.as_ref().and_then(Slot::outcome).cloned();
    outcome.map_or(Poll::Pending, Poll::Ready)
}

impl<P: Slot> Wait<P> {
    #[cold]
    fn leave(&mut self) {
        let slot = self.slot.take();
        if let (Some(slot), Some(Seat { role, edge })) = (slot, self.seat.take()) {
            drop(edge);
            slot.leave(role);
        }
    }
}

impl<P: Drive> Future for Wait<P>
where
    P::Value: Clone,
{
    type Output = Result<P::Value, LoadError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // The payload's destructor is foreign code, and this caller wants no panic.
        self.poll_with(cx, |panic| quietly(|| drop(panic)))
    }
}

// A handle is `Unpin`, whatever it leads to.
impl<P: Slot> Unpin for Wait<P> {}

impl<P: Slot> Drop for Wait<P> {
    #[inline]
    fn drop(&mut self) {
        if self.slot.is_some() {
            self.leave();
        }
    }
}

impl<P: Slot> fmt::Debug for Wait<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let landed = self.slot.as_ref().map(|slot| slot.outcome().is_some());
        f.debug_struct("Wait")
            .field("complete", &landed.is_none())
            .field("landed", &landed.unwrap_or(true))
            .finish_non_exhaustive()
    }
}

/// Drives the load, or parks.
#[inline]
fn fly<P: Drive>(slot: &P, seat: &mut Seat, cx: &mut Context<'_>) -> Poll<Arrival> {
    let parent = Polling::innermost();
    if parent != seat.edge.as_ref().map(Edge::parent) {
        seat.edge = None;
        match parent.map(|parent| Edge::enter(parent, slot.id())) {
            Some(Ok(edge)) => seat.edge = Some(edge),
            Some(Err(_)) => return Poll::Ready(Arrival::Cycle),
            None => {}
        }
    }
    let (mut voyage, spare) = match slot.turn(&mut seat.role, cx.waker()) {
        Turn::Drive(voyage, spare) => (voyage, spare),
        Turn::Parked => return Poll::Pending,
        Turn::Over => return Poll::Ready(Arrival::Landed),
    };
    let driven = drive(voyage.as_mut(), slot.id(), slot.tag(), &slot.waker());
    match driven {
        Poll::Pending => {
            // Unwind safe: the load is laid down again, whatever the waker does.
            let cloned =
                spare.map_or_else(|| catch_unwind(AssertUnwindSafe(|| cx.waker().clone())), Ok);
            match cloned {
                Ok(waker) => slot.rest(voyage, Some(waker)),
                Err(panic) => {
                    slot.rest(voyage, None);
                    resume_unwind(panic);
                }
            }
            Poll::Pending
        }
        Poll::Ready(Ok(value)) => {
            slot.set(Ok(value));
            match end(slot, voyage, P::Berth::land) {
                None => Poll::Ready(Arrival::Landed),
                Some(panic) => resume_unwind(panic),
            }
        }
        Poll::Ready(Err(panic)) => {
            slot.set(Err(crashed(&panic)));
            mem::forget(end(slot, voyage, P::Berth::crash)); // of two panics, the load's goes on
            Poll::Ready(Arrival::Panicked(panic))
        }
    }
}

/// Files a flight whose outcome is set, or takes it out, and tells the others; returns a panic of
/// its berth.
#[inline]
fn end<P: Drive>(
    slot: &P,
    mut voyage: Pin<Box<P::Voyage>>,
    file: impl FnOnce(&mut P::Berth, &P),
) -> Option<Payload> {
    // Unwind safe: the berth is only dropped, whatever comes of it.
    let filed = catch_unwind(AssertUnwindSafe(|| file(voyage.as_mut().berth(), slot)));
    slot.finish();
    // Foreign destructors, which may wait for this flight: once all have been told of it.
    let left = catch_unwind(AssertUnwindSafe(|| drop(voyage)));
    first_panic(filed, left)
}

/// The first of two panics; the second is not dropped, as it might panic again.
#[inline]
fn first_panic(first: Result<(), Payload>, second: Result<(), Payload>) -> Option<Payload> {
    match (first, second) {
        (Err(panic), Err(worse)) => {
            mem::forget(worse);
            Some(panic)
        }
        (first, second) => first.and(second).err(),
    }
}
