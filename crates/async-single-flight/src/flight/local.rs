//! `LocalFlight`: a load that stays on one thread.

use super::voyage::{LocalVoyage, desert, embark};
use super::wait::{Drive, Leave};
use super::{Berth, Slot};
use crate::LoadError;
use crate::cycle::LoadId;
use crate::relay::{Relay, Role, Turn};
use std::cell::{Cell, OnceCell};
use std::fmt;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};

/// One load and those who wait for it, all on one thread: neither load, value nor key need be
/// `Send`.
///
/// What wakes the load may be on any thread.
///
/// # Examples
///
/// As with [`Flight`](super::Flight), but for `Rc` instead of `Arc`:
///
/// ```
/// use async_single_flight::flight::{Berth, LocalFlight, Wait};
/// use std::num::NonZeroU32;
/// use std::rc::Rc;
///
/// struct Nowhere;
///
/// impl Berth for Nowhere {
///     type Slot = Rc<LocalFlight<Self>>;
///     type Tag = ();
///     type Value = Rc<str>;
///
///     fn land(&mut self, _flight: &Self::Slot) {}
///     fn crash(&mut self, _flight: &Self::Slot) {}
///     fn desert(&mut self, _flight: &Self::Slot) {}
/// }
///
/// let load = async { Rc::from("value") };
/// let flight = Rc::new(LocalFlight::new((), Nowhere, NonZeroU32::MIN, load));
/// let value = futures_lite::future::block_on(Wait::claimed(flight));
/// assert_eq!(value.as_deref(), Ok("value"));
/// ```
pub struct LocalFlight<B: Berth> {
    id: LoadId,
    tag: B::Tag,
    outcome: OnceCell<Result<B::Value, LoadError>>,
    /// While it rests.
    voyage: Cell<Option<Pin<Box<LocalVoyage<B>>>>>,
    /// The waker's half, which any thread may hold.
    relay: Arc<Relay<()>>,
}

impl<B: Berth> LocalFlight<B> {
    /// A flight that nobody has polled yet; [`Wait::claimed`](super::Wait::claimed) is the wait of
    /// who makes it.
    ///
    /// `fan_out` is as in [`Flight::new`](super::Flight::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Berth, FAN_OUT, LocalFlight, Wait};
    /// use std::rc::Rc;
    /// # struct Nowhere;
    /// # impl Berth for Nowhere {
    /// #     type Slot = Rc<LocalFlight<Self>>;
    /// #     type Tag = &'static str;
    /// #     type Value = u32;
    /// #     fn land(&mut self, _flight: &Self::Slot) {}
    /// #     fn crash(&mut self, _flight: &Self::Slot) {}
    /// #     fn desert(&mut self, _flight: &Self::Slot) {}
    /// # }
    ///
    /// let not_send = Rc::new(7);
    /// let flight = LocalFlight::new("seven", Nowhere, FAN_OUT, async move { *not_send });
    /// let wait = Wait::claimed(Rc::new(flight));
    /// assert_eq!(futures_lite::future::block_on(wait), Ok(7));
    /// ```
    pub fn new<F>(tag: B::Tag, berth: B, fan_out: NonZeroU32, load: F) -> Self
    where
        F: Future<Output = B::Value> + 'static,
        B: 'static,
    {
        Self {
            id: LoadId::new(),
            tag,
            outcome: OnceCell::new(),
            voyage: Cell::new(Some(embark(load, berth))),
            relay: Arc::new(Relay::new((), fan_out)),
        }
    }

    /// A flight that ended before it began, with a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Berth, LocalFlight};
    /// use std::rc::Rc;
    /// # struct Nowhere;
    /// # impl Berth for Nowhere {
    /// #     type Slot = Rc<LocalFlight<Self>>;
    /// #     type Tag = &'static str;
    /// #     type Value = u32;
    /// #     fn land(&mut self, _flight: &Self::Slot) {}
    /// #     fn crash(&mut self, _flight: &Self::Slot) {}
    /// #     fn desert(&mut self, _flight: &Self::Slot) {}
    /// # }
    ///
    /// let flight: LocalFlight<Nowhere> = LocalFlight::landed("seven", 7);
    /// assert_eq!(flight.into_parts(), ("seven", Some(7)));
    /// ```
    pub fn landed(tag: B::Tag, value: B::Value) -> Self {
        Self {
            id: LoadId::new(),
            tag,
            outcome: OnceCell::from(Ok(value)),
            voyage: Cell::new(None),
            relay: Arc::new(Relay::over()),
        }
    }

    /// What it carries for life.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Berth, LocalFlight};
    /// use std::rc::Rc;
    /// # struct Nowhere;
    /// # impl Berth for Nowhere {
    /// #     type Slot = Rc<LocalFlight<Self>>;
    /// #     type Tag = &'static str;
    /// #     type Value = u32;
    /// #     fn land(&mut self, _flight: &Self::Slot) {}
    /// #     fn crash(&mut self, _flight: &Self::Slot) {}
    /// #     fn desert(&mut self, _flight: &Self::Slot) {}
    /// # }
    ///
    /// let flight: LocalFlight<Nowhere> = LocalFlight::landed("seven", 7);
    /// assert_eq!(*flight.tag(), "seven");
    /// ```
    pub fn tag(&self) -> &B::Tag {
        &self.tag
    }

    /// Its tag and its value, if it has one.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::{Berth, FAN_OUT, LocalFlight};
    /// use std::rc::Rc;
    /// # struct Nowhere;
    /// # impl Berth for Nowhere {
    /// #     type Slot = Rc<LocalFlight<Self>>;
    /// #     type Tag = &'static str;
    /// #     type Value = u32;
    /// #     fn land(&mut self, _flight: &Self::Slot) {}
    /// #     fn crash(&mut self, _flight: &Self::Slot) {}
    /// #     fn desert(&mut self, _flight: &Self::Slot) {}
    /// # }
    ///
    /// let flight = LocalFlight::new("seven", Nowhere, FAN_OUT, async { 7 });
    /// assert_eq!(flight.into_parts(), ("seven", None)); // nobody has polled it
    /// ```
    pub fn into_parts(self) -> (B::Tag, Option<B::Value>) {
        (self.tag, self.outcome.into_inner().and_then(Result::ok))
    }
}

impl<B: Berth> fmt::Debug for LocalFlight<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalFlight")
            .field("id", &self.id)
            .field("landed", &self.outcome.get().is_some())
            .finish_non_exhaustive()
    }
}

impl<B: Berth<Slot = Self>> Slot for Rc<LocalFlight<B>> {
    type Value = B::Value;

    fn outcome(&self) -> Option<&Result<B::Value, LoadError>> {
        self.outcome.get()
    }

    fn join(&self) -> bool {
        self.relay.join()
    }

    fn is_closed(&self) -> bool {
        self.relay.is_closed()
    }

    fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(self, other)
    }
}

impl<B: Berth<Slot = Self>> Leave for Rc<LocalFlight<B>> {
    fn leave(&self, role: Role) {
        if self.relay.leave(role).is_some() {
            if let Some(voyage) = self.voyage.take() {
                desert(voyage, self);
            }
        }
    }
}

impl<B: Berth<Slot = Self>> Drive for Rc<LocalFlight<B>> {
    type Berth = B;
    type Voyage = LocalVoyage<B>;

    fn id(&self) -> LoadId {
        self.id
    }

    fn tag(&self) -> &B::Tag {
        &self.tag
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.relay))
    }

    fn turn(&self, role: &mut Role, waker: &Waker) -> Turn<Pin<Box<LocalVoyage<B>>>> {
        match self.relay.turn(role, waker) {
            Turn::Drive((), spare) => match self.voyage.take() {
                Some(voyage) => Turn::Drive(voyage, spare),
                None => unreachable!("the voyage rests where the baton does"),
            },
            Turn::Parked => Turn::Parked,
            Turn::Over => Turn::Over,
        }
    }

    fn rest(&self, voyage: Pin<Box<LocalVoyage<B>>>, waker: Option<Waker>) {
        self.voyage.set(Some(voyage));
        self.relay.rest((), waker);
    }

    fn set(&self, outcome: Result<B::Value, LoadError>) {
        let set = self.outcome.set(outcome).is_ok();
        assert!(set, "a load ends once");
    }

    fn finish(&self) {
        self.relay.finish();
    }
}

impl Wake for Relay<()> {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}
