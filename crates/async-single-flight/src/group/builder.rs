//! `GroupBuilder`: everything about a group that `new` leaves at its default.

use super::Group;
use crate::flight::FAN_OUT;
use async_lru::DefaultHashBuilder;
use std::fmt;
use std::marker::PhantomData;
use std::num::{NonZeroU32, NonZeroUsize};

/// Configures a [`Group`]; made by [`Group::builder`].
///
/// # Examples
///
/// ```
/// use async_single_flight::Group;
/// use std::num::{NonZeroU32, NonZeroUsize};
///
/// let group: Group<u64, String> = Group::builder()
///     .fan_out(NonZeroU32::MIN)
///     .shards(NonZeroUsize::MIN)
///     .build();
/// assert_eq!(group.in_flight(), 0);
/// ```
#[must_use = "a builder makes nothing until `build` is called"]
pub struct GroupBuilder<K, V, S = DefaultHashBuilder> {
    fan_out: NonZeroU32,
    shards: Option<NonZeroUsize>,
    hasher: S,
    of: PhantomData<fn() -> (K, V)>,
}

impl<K, V> GroupBuilder<K, V> {
    pub(super) fn new() -> Self {
        Self {
            fan_out: FAN_OUT,
            shards: None,
            hasher: DefaultHashBuilder::default(),
            of: PhantomData,
        }
    }
}

impl<K, V, S> GroupBuilder<K, V, S> {
    /// Chooses how many callers are woken when a load asks to be polled; 2 if this is not called.
    ///
    /// One of them drives. The others are a reserve, in case that one is alive and not polled, and
    /// cost a needless poll each. `NonZeroU32::MAX` wakes all of them, every time.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    /// use std::num::NonZeroU32;
    ///
    /// let group = Group::builder().fan_out(NonZeroU32::MIN).build();
    /// assert_eq!(group.work_blocking("key", || async { 7 }), 7);
    /// ```
    pub fn fan_out(self, callers: NonZeroU32) -> Self {
        Self {
            fan_out: callers,
            ..self
        }
    }

    /// Chooses the number of shards, which is rounded up to a power of two; four per processor if
    /// this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    /// use std::num::NonZeroUsize;
    ///
    /// let group = Group::builder().shards(NonZeroUsize::MIN).build();
    /// assert_eq!(group.work_blocking("key", || async { 7 }), 7);
    /// ```
    pub fn shards(self, shards: NonZeroUsize) -> Self {
        Self {
            shards: Some(shards),
            ..self
        }
    }

    /// Chooses the hasher of the keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    /// use std::hash::RandomState;
    ///
    /// let group = Group::builder().hasher(RandomState::new()).build();
    /// assert_eq!(group.work_blocking("key", || async { 7 }), 7);
    /// ```
    pub fn hasher<T>(self, hasher: T) -> GroupBuilder<K, V, T> {
        let Self {
            fan_out,
            shards,
            of,
            ..
        } = self;
        GroupBuilder {
            fan_out,
            shards,
            hasher,
            of,
        }
    }

    /// Creates the group.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    ///
    /// let group: Group<u64, u64> = Group::builder().build();
    /// assert_eq!(group.in_flight(), 0);
    /// ```
    #[must_use]
    pub fn build(self) -> Group<K, V, S>
    where
        K: Eq,
    {
        Group::with(self.fan_out, self.shards, self.hasher)
    }
}

impl<K, V, S> fmt::Debug for GroupBuilder<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupBuilder")
            .field("fan_out", &self.fan_out)
            .field("shards", &self.shards)
            .finish_non_exhaustive()
    }
}
