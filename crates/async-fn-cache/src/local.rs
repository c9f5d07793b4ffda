//! `LocalFnCache`: the cache for one thread, whose loads, values and keys need not be `Send`.

mod blocking;
mod get;
mod manage;

pub use get::{LocalGet, LocalGetChecked};

use crate::core::{Core, Harbour, Stage};
use async_clock::{Clock, SystemClock};
use async_single_flight::flight::{Berth, LocalFlight, Wait};
use async_single_flight::store::Place;
use async_single_flight::{DefaultHashBuilder, Equivalent};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::rc::Rc;

/// [`FnCache`] for one thread: neither loads, values nor keys need be `Send`.
///
/// It stays on the thread that made it, and so do its futures; what wakes its loads may be on any.
/// Everything else holds as for [`FnCache`]; in particular, several tasks of the thread share a
/// load, and any of them drives it.
///
/// [`FnCacheBuilder::build_local`] makes it.
///
/// [`FnCache`]: crate::FnCache
/// [`FnCacheBuilder::build_local`]: crate::FnCacheBuilder::build_local
///
/// # Examples
///
/// ```
/// use async_fn_cache::{FnCache, LocalFnCache};
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// let loads = Rc::new(Cell::new(0));
/// let cache: LocalFnCache<&str, Rc<str>> = FnCache::builder().build_local();
/// for _ in 0..3 {
///     let loads = Rc::clone(&loads);
///     let get = cache.get_with("key", || async move {
///         loads.set(loads.get() + 1);
///         Rc::from("value")
///     });
///     assert_eq!(&*futures_lite::future::block_on(get), "value");
/// }
/// assert_eq!(loads.get(), 1);
/// ```
pub struct LocalFnCache<K, V, C = SystemClock, S = DefaultHashBuilder> {
    core: Rc<Core<Slot<K, V>, V, C>>,
    hasher: S,
}

/// The handle of a load on its way, and of a value.
pub(crate) type Slot<K, V> = Rc<LocalFlight<Mooring<K, V>>>;

/// The berth of a load: it keeps the cache alive as long as the load is on its way.
pub(crate) struct Mooring<K, V> {
    harbour: Rc<dyn Harbour<Slot<K, V>, K, V>>,
    stage: Stage<Slot<K, V>>,
}

impl<K, V, C, S> LocalFnCache<K, V, C, S> {
    pub(crate) fn with(core: Core<Slot<K, V>, V, C>, hasher: S) -> Self {
        let core = Rc::new(core);
        Self { core, hasher }
    }
}

impl<K, V, C, S> LocalFnCache<K, V, C, S>
where
    K: Hash + Eq + 'static,
    V: Clone + 'static,
    C: Clock,
    S: BuildHasher,
{
    /// Gets the value of a key, and loads it by `init` if it is not there; as
    /// [`FnCache::get_with`](crate::FnCache::get_with).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place among the callers; nothing else is lost.
    /// If it was the last one, the load is dropped with it.
    ///
    /// # Panics
    ///
    /// The future does, if the load does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build_local();
    /// let get = cache.get_with("seven", || async { 7 });
    /// assert_eq!(futures_lite::future::block_on(get), 7);
    /// ```
    pub fn get_with<F>(&self, key: K, init: impl FnOnce() -> F + 'static) -> LocalGet<K, V>
    where
        F: Future<Output = V> + 'static,
    {
        let hash = self.hash(&key);
        LocalGet::new(self.enter(hash, key, async move { init().await }))
    }

    /// As [`get_with`](Self::get_with), for a borrowed key; as
    /// [`FnCache::get_ref_with`](crate::FnCache::get_ref_with).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place among the callers; nothing else is lost.
    /// If it was the last one, the load is dropped with it.
    ///
    /// # Panics
    ///
    /// If `own` or `init` does: then nothing was claimed.
    /// The future does, if the load does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::{FnCache, LocalFnCache};
    /// use std::future::ready;
    ///
    /// let lengths: LocalFnCache<String, usize> = FnCache::builder().build_local();
    /// let get = lengths.get_ref_with("seven", str::to_owned, |key| ready(key.len()));
    /// assert_eq!(futures_lite::future::block_on(get), 5);
    /// ```
    pub fn get_ref_with<Q, F>(
        &self,
        key: &Q,
        own: impl FnOnce(&Q) -> K,
        init: impl FnOnce(&Q) -> F,
    ) -> LocalGet<K, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        F: Future<Output = V> + 'static,
    {
        let hash = self.hash(key);
        let Some(wait) = self.look(hash, key) else {
            return LocalGet::new(self.enter(hash, own(key), init(key)));
        };
        drop((own, init)); // here: a panic of it drops the wait
        LocalGet::new(wait)
    }

    /// As [`get_with`](Self::get_with), with an error instead of a panic.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place among the callers; nothing else is lost.
    /// If it was the last one, the load is dropped with it.
    ///
    /// # Errors
    ///
    /// [`LoadError`](crate::LoadError), of the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build_local();
    /// let get = cache.get_checked_with("seven", || async { 7 });
    /// assert_eq!(futures_lite::future::block_on(get), Ok(7));
    /// ```
    pub fn get_checked_with<F>(
        &self,
        key: K,
        init: impl FnOnce() -> F + 'static,
    ) -> LocalGetChecked<K, V>
    where
        F: Future<Output = V> + 'static,
    {
        let hash = self.hash(&key);
        LocalGetChecked::new(self.enter(hash, key, async move { init().await }))
    }

    /// Loads the value of a key anew, even if it is there; as
    /// [`FnCache::refresh_with`](crate::FnCache::refresh_with).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place among the callers; nothing else is lost.
    /// If it was the last one, the load is dropped with it.
    ///
    /// # Panics
    ///
    /// The future does, if the load does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build_local();
    /// cache.insert("key", 1);
    /// let refresh = cache.refresh_with("key", || async { 2 });
    /// assert_eq!(cache.try_get("key"), Ok(1));
    /// assert_eq!(futures_lite::future::block_on(refresh), 2);
    /// ```
    pub fn refresh_with<F>(&self, key: K, init: impl FnOnce() -> F + 'static) -> LocalGet<K, V>
    where
        F: Future<Output = V> + 'static,
    {
        let hash = self.hash(&key);
        LocalGet::new(self.enter_anew(hash, key, async move { init().await }))
    }

    pub(crate) fn look<Q>(&self, hash: u64, key: &Q) -> Option<Wait<Slot<K, V>>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.core.look(hash, key)
    }

    pub(crate) fn enter<F>(&self, hash: u64, key: K, load: F) -> Wait<Slot<K, V>>
    where
        F: Future<Output = V> + 'static,
    {
        let make = |key| self.slot(hash, key, load);
        self.core.enter(hash, key, make)
    }

    pub(crate) fn enter_anew<F>(&self, hash: u64, key: K, load: F) -> Wait<Slot<K, V>>
    where
        F: Future<Output = V> + 'static,
    {
        let make = |key| self.slot(hash, key, load);
        self.core.enter_anew(hash, key, make)
    }

    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    fn slot<F>(&self, hash: u64, key: K, load: F) -> Slot<K, V>
    where
        F: Future<Output = V> + 'static,
    {
        let core = Rc::clone(&self.core);
        let mooring = Mooring {
            harbour: core,
            stage: Stage::Loading(None),
        };
        let place = Place::new(hash, key);
        Rc::new(LocalFlight::new(place, mooring, self.core.fan_out, load))
    }
}

impl<K, V, C, S: Clone> Clone for LocalFnCache<K, V, C, S> {
    fn clone(&self) -> Self {
        Self {
            core: Rc::clone(&self.core),
            hasher: self.hasher.clone(),
        }
    }
}

impl<K, V, C, S> fmt::Debug for LocalFnCache<K, V, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalFnCache")
            .field("stats", &self.core.store.stats())
            .finish_non_exhaustive()
    }
}

impl<K, V> Berth for Mooring<K, V> {
    type Slot = Slot<K, V>;
    type Tag = Place<K>;
    type Value = V;

    fn begin(&mut self) {
        self.stage.begin(&*self.harbour);
    }

    fn judge(&mut self, place: &Place<K>, value: &V) {
        self.stage.judge(&*self.harbour, place.key(), value);
    }

    fn land(&mut self, slot: &Slot<K, V>) {
        self.stage.land(&*self.harbour, slot);
    }

    fn crash(&mut self, slot: &Slot<K, V>) {
        self.harbour.crash(slot);
    }

    fn desert(&mut self, slot: &Slot<K, V>) {
        self.harbour.desert(slot);
    }
}
