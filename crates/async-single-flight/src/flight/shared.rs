//! `Flight`: a load that is shared between threads.

use super::voyage::{SharedVoyage, desert, embark};
use super::wait::{Drive, Leave};
use super::{Berth, Slot};
use crate::LoadError;
use crate::cycle::LoadId;
use crate::relay::{Relay, Role, Turn};
use std::fmt;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Wake, Waker};

/// One load and those who wait for it, on any threads.
///
/// # Examples
///
/// ```
/// use async_single_flight::flight::{FAN_OUT, Flight, Unfiled, Wait};
/// use std::sync::Arc;
///
/// let flight = Arc::new(Flight::new("tag", Unfiled::new(), FAN_OUT, async { 7 }));
/// assert_eq!(futures_lite::future::block_on(Wait::claimed(flight)), Ok(7));
/// ```
///
/// # Implementation notes
///
/// What a lookup of a small value reads stands in a row, behind the counts of the `Arc`.
#[repr(C)]
pub struct Flight<B: Berth> {
    tag: B::Tag,
    outcome: OnceLock<Result<B::Value, LoadError>>,
    id: LoadId,
    relay: Relay<Pin<Box<SharedVoyage<B>>>>,
}

impl<B: Berth> Flight<B> {
    /// A flight that nobody has polled yet; [`Wait::claimed`](super::Wait::claimed) is the wait of
    /// who makes it.
    ///
    /// When the load asks to be polled, `fan_out` of the waiters are woken: all but one of them may
    /// be alive and not polled, and the others are not held up by that.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{FAN_OUT, Flight, Unfiled, Wait};
    /// use std::sync::Arc;
    ///
    /// let flight = Flight::new((), Unfiled::new(), FAN_OUT, async { 7 });
    /// let wait = Wait::claimed(Arc::new(flight));
    /// assert_eq!(futures_lite::future::block_on(wait), Ok(7));
    /// ```
    pub fn new<F>(tag: B::Tag, berth: B, fan_out: NonZeroU32, load: F) -> Self
    where
        F: Future<Output = B::Value> + Send + 'static,
        B: Send + 'static,
    {
        Self {
            id: LoadId::new(),
            tag,
            outcome: OnceLock::new(),
            relay: Relay::new(embark(load, berth), fan_out),
        }
    }

    /// A flight that ended before it began, with a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Flight, Unfiled};
    ///
    /// let flight: Flight<Unfiled<&str, u32>> = Flight::landed("seven", 7);
    /// assert_eq!(flight.into_parts(), ("seven", Some(7)));
    /// ```
    pub fn landed(tag: B::Tag, value: B::Value) -> Self {
        Self {
            id: LoadId::new(),
            tag,
            outcome: OnceLock::from(Ok(value)),
            relay: Relay::over(),
        }
    }

    /// What it carries for life.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Flight, Unfiled};
    ///
    /// let flight: Flight<Unfiled<&str, u32>> = Flight::landed("seven", 7);
    /// assert_eq!(*flight.tag(), "seven");
    /// ```
    #[inline]
    pub fn tag(&self) -> &B::Tag {
        &self.tag
    }

    /// Its tag and its value, if it has one.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{FAN_OUT, Flight, Unfiled};
    ///
    /// let flight: Flight<Unfiled<&str, u32>> =
    ///     Flight::new("seven", Unfiled::new(), FAN_OUT, async { 7 });
    /// assert_eq!(flight.into_parts(), ("seven", None)); // nobody has polled it
    /// ```
    pub fn into_parts(self) -> (B::Tag, Option<B::Value>) {
        (self.tag, self.outcome.into_inner().and_then(Result::ok))
    }
}

impl<B: Berth> fmt::Debug for Flight<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight")
            .field("id", &self.id)
            .field("landed", &self.outcome.get().is_some())
            .finish_non_exhaustive()
    }
}

impl<B: Berth<Slot = Self>> Slot for Arc<Flight<B>> {
    type Value = B::Value;

    #[inline]
    fn outcome(&self) -> Option<&Result<B::Value, LoadError>> {
        self.outcome.get()
    }

    #[inline]
    fn join(&self) -> bool {
        self.relay.join()
    }

    #[inline]
    fn is_closed(&self) -> bool {
        self.relay.is_closed()
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(self, other)
    }
}

impl<B: Berth<Slot = Self>> Leave for Arc<Flight<B>> {
    fn leave(&self, role: Role) {
        if let Some(voyage) = self.relay.leave(role) {
            desert(voyage, self);
        }
    }
}

impl<B> Drive for Arc<Flight<B>>
where
    B: Berth<Slot = Self> + Send + 'static,
    B::Tag: Send + Sync + 'static,
    B::Value: Send + Sync + 'static,
{
    type Berth = B;
    type Voyage = SharedVoyage<B>;

    #[inline]
    fn id(&self) -> LoadId {
        self.id
    }

    #[inline]
    fn tag(&self) -> &B::Tag {
        &self.tag
    }

    #[inline]
    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(self))
    }

    #[inline]
    fn turn(&self, role: &mut Role, waker: &Waker) -> Turn<Pin<Box<SharedVoyage<B>>>> {
        self.relay.turn(role, waker)
    }

    #[inline]
    fn rest(&self, voyage: Pin<Box<SharedVoyage<B>>>, waker: Option<Waker>) {
        self.relay.rest(voyage, waker);
    }

    #[inline]
    fn set(&self, outcome: Result<B::Value, LoadError>) {
        let set = self.outcome.set(outcome).is_ok();
        assert!(set, "a load ends once");
    }

    #[inline]
    fn finish(&self) {
        self.relay.finish();
    }
}

/// The load's waker: it stays the same, whoever drives.
impl<B> Wake for Flight<B>
where
    B: Berth + Send + 'static,
    B::Tag: Send + Sync + 'static,
    B::Value: Send + Sync + 'static,
{
    fn wake(self: Arc<Self>) {
        self.relay.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.relay.ring();
    }
}
