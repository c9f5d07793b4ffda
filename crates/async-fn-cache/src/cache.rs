//! `FnCache`: values by key, each loaded once however many ask for it.

mod get;

pub use get::{Get, GetChecked};

use crate::builder::FnCacheBuilder;
use crate::core::{Core, Harbour};
use crate::{Stats, TryGetError};
use async_clock::{Clock, ClockExt, Elapsed, SystemClock};
use async_single_flight::flight::{Berth, Flight, Wait};
use async_single_flight::store::{Entered, Lifetime, Place};
use async_single_flight::{DefaultHashBuilder, Equivalent};
use async_waitlist::blocking::block_on;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Values by key, each loaded once however many ask for it, and kept.
pub struct FnCache<K, V, C = SystemClock, S = DefaultHashBuilder> {
    core: Arc<Core<Slot<K, V>, V, C>>,
    hasher: S,
}

/// The handle of a load on its way, and of a value.
pub(crate) type Slot<K, V> = Arc<Flight<Mooring<K, V>>>;

/// The berth of a load: it keeps the cache alive as long as the load is on its way.
pub(crate) struct Mooring<K, V> {
    harbour: Arc<dyn Harbour<Slot<K, V>, K, V> + Send + Sync>,
    started: Option<Instant>,
}

impl<K: Hash + Eq, V> FnCache<K, V> {
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self::builder().capacity(capacity).build()
    }

    pub fn builder() -> FnCacheBuilder<K, V> {
        FnCacheBuilder::new()
    }
}

impl<K: Hash + Eq, V, C: Clock, S: BuildHasher> FnCache<K, V, C, S> {
    pub(crate) fn with(core: Core<Slot<K, V>, V, C>, hasher: S) -> Self {
        let core = Arc::new(core);
        Self { core, hasher }
    }

    pub fn insert(&self, key: K, value: V) -> bool {
        let hash = self.hasher.hash_one(&key);
        self.core.insert(Arc::new(Flight::landed(Place::new(hash, key), value))).is_some()
    }

    /// Lets go of a key: of its value, and of its load, if there is one on its way.
    pub fn invalidate<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.core.invalidate(self.hasher.hash_one(key), key)
    }
}

impl<K, V, C, S> FnCache<K, V, C, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    C: Clock,
    S: BuildHasher,
{
    pub fn get_with<F>(&self, key: K, init: impl FnOnce() -> F + Send + 'static) -> Get<K, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        Get::new(self.enter(key, init))
    }

    pub fn get_ref_with<Q, F>(&self, key: &Q, own: impl FnOnce(&Q) -> K, init: impl FnOnce() -> F + Send + 'static) -> Get<K, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        F: Future<Output = V> + Send + 'static,
    {
        let hash = self.hasher.hash_one(key);
        let now = self.core.now();
        let wait = match self.core.store.try_enter(hash, key, now) {
            Some(Entered::Filed(slot)) => Wait::claimed(slot),
            Some(Entered::Joined(slot) | Entered::Ready(slot)) => Wait::joined(slot),
            None => self.enter(own(key), init),
        };
        Get::new(wait)
    }

    #[inline]
    pub(crate) fn enter<F>(
        &self,
        key: K,
        init: impl FnOnce() -> F + Send + 'static,
    ) -> Wait<Slot<K, V>>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let hash = self.hasher.hash_one(&key);
        let now = self.core.now();
        // Runs under a lock: it moves things, and calls nothing.
        let make = |key| self.slot(hash, key, init);
        match self.core.store.enter(hash, key, now, make) {
            Entered::Filed(slot) => Wait::claimed(slot),
            Entered::Joined(slot) | Entered::Ready(slot) => Wait::joined(slot),
        }
    }

    #[inline]
    fn slot<F>(&self, hash: u64, key: K, init: impl FnOnce() -> F + Send + 'static) -> Slot<K, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let load = Box::pin(async move { init().await });
        let core = Arc::clone(&self.core);
        let mooring = Mooring { harbour: core, started: None };
        Arc::new(Flight::new(Place::new(hash, key), mooring, self.core.fan_out, load))
    }
}

impl<K, V> Berth for Mooring<K, V> {
    type Slot = Slot<K, V>;
    type Tag = Place<K>;
    type Value = V;
    type Note = Option<Lifetime>;

    fn begin(&mut self) {
        self.started = self.harbour.begin();
    }

    fn judge(&mut self, place: &Place<K>, value: &V) -> Option<Lifetime> {
        self.harbour.judge(self.started, place.key(), value)
    }

    fn land(self, slot: &Slot<K, V>, lifetime: Option<Option<Lifetime>>) {
        match lifetime {
            Some(lifetime) => self.harbour.land(slot, lifetime),
            None => self.harbour.crash(slot),
        }
    }

    fn desert(self, slot: &Slot<K, V>) {
        self.harbour.desert(slot);
    }
}
#[test]
fn sizes() {
    panic!("flight {} get {}", size_of::<Flight<Mooring<u64, u64>>>(), size_of::<Get<u64, u64>>());
}
