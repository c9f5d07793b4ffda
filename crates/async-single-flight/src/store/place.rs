//! What can be filed.

use crate::flight::{Berth, Flight, LocalFlight, Slot};
use std::rc::Rc;
use std::sync::Arc;

/// A handle of something that is filed under a key, such as `Arc<Flight<B>>`.
///
/// Its methods, its `Clone` and its `Drop` where it is not the last handle are called under the lock
/// of a shard: they run no foreign code, and never panic.
///
/// # Examples
///
/// What is ready from the start:
///
/// ```
/// use async_single_flight::store::{Filed, Found, Lifetime, Store};
/// use std::sync::Arc;
/// use std::time::{Duration, Instant};
///
/// #[derive(Clone)]
/// struct Constant(Arc<(u64, &'static str)>);
///
/// impl Filed for Constant {
///     type Key = u64;
///
///     fn hash(&self) -> u64 {
///         self.0.0
///     }
///
///     fn key(&self) -> &u64 {
///         &self.0.0
///     }
///
///     fn is_same(&self, other: &Self) -> bool {
///         Arc::ptr_eq(&self.0, &other.0)
///     }
///
///     fn join(&self) -> bool {
///         false
///     }
///
///     fn is_closed(&self) -> bool {
///         true
///     }
/// }
///
/// let (store, now) = (Store::new(None, None, Duration::ZERO), Instant::now());
/// let seven = Constant(Arc::new((7, "seven")));
/// assert!(store.insert(&seven, Lifetime::unlimited(now)).is_none());
/// assert!(matches!(store.find(7, &7, now), Found::Ready(slot) if slot.0.1 == "seven"));
/// ```
pub trait Filed: Clone {
    /// What it is found by.
    type Key;

    /// The hash of its key, by the hasher of the cache.
    fn hash(&self) -> u64;

    /// Its key.
    fn key(&self) -> &Self::Key;

    /// Whether both are handles of the same.
    fn is_same(&self, other: &Self) -> bool;

    /// Counts one more caller in; `false` if it [is closed](Self::is_closed).
    fn join(&self) -> bool;

    /// Whether it can't be joined any more, ever: another takes its place.
    fn is_closed(&self) -> bool;
}

/// A key with its hash: the tag of a flight that is filed in a store.
///
/// # Examples
///
/// ```
/// use async_single_flight::store::Place;
///
/// let place = Place::new(42, "key");
/// assert_eq!((place.hash(), place.key()), (42, &"key"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Place<K> {
    hash: u64,
    key: K,
}

impl<K> Place<K> {
    /// A key with its hash.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::store::Place;
    ///
    /// assert_eq!(Place::new(42, "key").into_key(), "key");
    /// ```
    #[inline]
    pub fn new(hash: u64, key: K) -> Self {
        Self { hash, key }
    }

    /// The hash of the key.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_single_flight::store::Place::new(42, "key").hash(), 42);
    /// ```
    #[inline]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The key.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_single_flight::store::Place::new(42, "key").key(), &"key");
    /// ```
    #[inline]
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Gives the key back.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_single_flight::store::Place::new(42, "key").into_key(), "key");
    /// ```
    pub fn into_key(self) -> K {
        self.key
    }
}

impl<K, B: Berth<Slot = Self, Tag = Place<K>>> Filed for Arc<Flight<B>> {
    type Key = K;

    #[inline]
    fn hash(&self) -> u64 {
        self.tag().hash
    }

    #[inline]
    fn key(&self) -> &K {
        &self.tag().key
    }

    #[inline]
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(self, other)
    }

    #[inline]
    fn join(&self) -> bool {
        Slot::join(self)
    }

    #[inline]
    fn is_closed(&self) -> bool {
        Slot::is_closed(self)
    }
}

impl<K, B: Berth<Slot = Self, Tag = Place<K>>> Filed for Rc<LocalFlight<B>> {
    type Key = K;

    #[inline]
    fn hash(&self) -> u64 {
        self.tag().hash
    }

    #[inline]
    fn key(&self) -> &K {
        &self.tag().key
    }

    #[inline]
    fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(self, other)
    }

    #[inline]
    fn join(&self) -> bool {
        Slot::join(self)
    }

    #[inline]
    fn is_closed(&self) -> bool {
        Slot::is_closed(self)
    }
}
