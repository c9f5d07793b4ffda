//! `Unfiled`: the berth of a flight that nobody finds but by its handles.

use super::{Berth, Flight};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The berth of a flight that is filed nowhere, or whose table takes care of that itself.
///
/// # Examples
///
/// A future that is shared, and driven by whichever of its waiters is polled:
///
/// ```
/// use async_single_flight::flight::{FAN_OUT, Flight, Slot, Unfiled, Wait};
/// use futures_lite::future::{block_on, zip};
/// use std::sync::Arc;
///
/// let flight = Arc::new(Flight::new("tag", Unfiled::new(), FAN_OUT, async { 7 }));
/// let one = Wait::claimed(Arc::clone(&flight));
/// assert!(flight.join());
/// let two = Wait::joined(Arc::clone(&flight));
/// assert_eq!(block_on(zip(one, two)), (Ok(7), Ok(7)));
/// assert_eq!(*flight.tag(), "tag");
/// ```
pub struct Unfiled<T, V>(PhantomData<fn() -> (T, V)>);

impl<T, V> Unfiled<T, V> {
    /// Returns it; there is nothing in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::flight::Unfiled;
    ///
    /// assert_eq!(size_of_val(&Unfiled::<String, String>::new()), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T, V> Berth for Unfiled<T, V> {
    type Slot = Arc<Flight<Self>>;
    type Tag = T;
    type Value = V;

    fn land(&mut self, _slot: &Self::Slot) {}

    fn crash(&mut self, _slot: &Self::Slot) {}

    fn desert(&mut self, _slot: &Self::Slot) {}
}

impl<T, V> Default for Unfiled<T, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, V> fmt::Debug for Unfiled<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unfiled")
    }
}
