//! `FnCache`: values by key, each loaded once however many ask for it.

mod blocking;
mod get;
mod manage;

pub use get::{Get, GetChecked};

use crate::builder::FnCacheBuilder;
use crate::core::{Core, Harbour, Stage};
use async_clock::{Clock, SystemClock};
use async_single_flight::flight::{Berth, Flight, Wait};
use async_single_flight::store::Place;
use async_single_flight::{DefaultHashBuilder, Equivalent};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Values by key, each loaded once however many ask for it, and kept.
///
/// A handle: clones share one cache.
/// The first caller of a key brings the load, and those who come while it is on its way join it;
/// once it has ended, they and all later ones get clones of its value, until that is evicted,
/// invalidated, or its time is over.
///
/// Whoever is polled drives the load: no caller depends on another one being polled, a caller that
/// is dropped hands the load on, and the last one takes it along.
///
/// The loader is given with each call; [`FnCacheBuilder::wrap`] puts one inside.
///
/// `Hash` and `Eq` of the keys must not call back into the cache: they run under a lock.
/// Nothing else of yours does.
///
/// # Fairness
///
/// A cache of up to 127 values forgets the least recently used one.
/// A larger one has [shards](FnCacheBuilder::shards), and each of them does.
/// Loads on their way are never evicted, and don't count.
///
/// # Panics
///
/// A load that panics makes every caller panic that waits for it, and the next one loads anew.
/// [`get_checked_with`](Self::get_checked_with) returns an error instead.
///
/// # Runtime compatibility
///
/// Any executor, several at once, or none.
/// A load is polled by whichever caller is, so it may be begun on one executor and ended on another:
/// one that needs the context of a runtime keeps needing it.
/// No timer is set: a value whose time is over is found to be so by whoever comes by.
///
/// # Examples
///
/// ```
/// use async_fn_cache::FnCache;
/// use futures_lite::future::{block_on, zip};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// static LOADS: AtomicU32 = AtomicU32::new(0);
///
/// async fn fetch() -> &'static str {
///     LOADS.fetch_add(1, Ordering::SeqCst);
///     futures_lite::future::yield_now().await;
///     "page"
/// }
///
/// let pages = FnCache::builder().build();
/// let both = zip(pages.get_with("/index", fetch), pages.get_with("/index", fetch));
/// assert_eq!(block_on(both), ("page", "page"));
/// assert_eq!(block_on(pages.get_with("/index", fetch)), "page");
/// assert_eq!(LOADS.load(Ordering::SeqCst), 1);
/// ```
///
/// # Implementation notes
///
/// An entry is one allocation for life: the load's state, then its value.
/// A load on its way has a second one; a hit has none.
/// A hit takes the lock of its shard once and counts a reference; the value is cloned after that.
pub struct FnCache<K, V, C = SystemClock, S = DefaultHashBuilder> {
    core: Arc<Core<Slot<K, V>, V, C>>,
    hasher: S,
}

/// The handle of a load on its way, and of a value.
pub(crate) type Slot<K, V> = Arc<Flight<Mooring<K, V>>>;

/// The berth of a load: it keeps the cache alive as long as the load is on its way.
pub(crate) struct Mooring<K, V> {
    harbour: Arc<dyn Harbour<Slot<K, V>, K, V> + Send + Sync>,
    stage: Stage<Slot<K, V>>,
}

impl<K: Hash + Eq, V> FnCache<K, V> {
    /// Creates a cache for so many values, which live until they are evicted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache: FnCache<u64, String> = FnCache::new(NonZeroUsize::new(1000).unwrap());
    /// assert_eq!(cache.stats().len, 0);
    /// ```
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self::builder().capacity(capacity).build()
    }

    /// Configures a cache; without more, it keeps everything for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let cache: FnCache<u64, String> = FnCache::builder()
    ///     .capacity(NonZeroUsize::new(1000).unwrap())
    ///     .ttl(Duration::from_secs(60))
    ///     .build();
    /// assert_eq!(cache.stats().len, 0);
    /// ```
    pub fn builder() -> FnCacheBuilder<K, V> {
        FnCacheBuilder::new()
    }
}

impl<K, V, C, S> FnCache<K, V, C, S> {
    pub(crate) fn with(core: Core<Slot<K, V>, V, C>, hasher: S) -> Self {
        let core = Arc::new(core);
        Self { core, hasher }
    }
}

impl<K, V, C, S> FnCache<K, V, C, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    C: Clock,
    S: BuildHasher,
{
    /// Gets the value of a key, and loads it by `init` if it is not there.
    ///
    /// If it is being loaded, joins that load, and drops `init`.
    /// The load is claimed by this call and made in its first poll.
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
    /// let cache = FnCache::builder().build();
    /// futures_lite::future::block_on(async {
    ///     assert_eq!(cache.get_with("seven", || async { 7 }).await, 7);
    ///     assert_eq!(cache.get_with("seven", || async { 8 }).await, 7);
    /// });
    /// ```
    #[inline]
    pub fn get_with<F>(&self, key: K, init: impl FnOnce() -> F + Send + 'static) -> Get<K, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let hash = self.hash(&key);
        Get::new(self.enter(hash, key, async move { init().await }))
    }

    /// As [`get_with`](Self::get_with), for a borrowed key: `own` and `init` are called only if the
    /// value has to be loaded, to make an owned key and the load.
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
    /// use async_fn_cache::FnCache;
    ///
    /// async fn length(of: String) -> usize {
    ///     of.len()
    /// }
    ///
    /// let lengths: FnCache<String, usize> = FnCache::builder().build();
    /// let get = lengths.get_ref_with("seven", str::to_owned, |key| length(key.to_owned()));
    /// assert_eq!(futures_lite::future::block_on(get), 5);
    /// ```
    #[inline]
    pub fn get_ref_with<Q, F>(
        &self,
        key: &Q,
        own: impl FnOnce(&Q) -> K,
        init: impl FnOnce(&Q) -> F,
    ) -> Get<K, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        F: Future<Output = V> + Send + 'static,
    {
        let hash = self.hash(key);
        let Some(wait) = self.look(hash, key) else {
            return Get::new(self.enter(hash, own(key), init(key)));
        };
        drop((own, init)); // here: a panic of it drops the wait
        Get::new(wait)
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
    /// let cache: FnCache<&str, u32> = FnCache::builder().build();
    /// let get = cache.get_checked_with("seven", || async { panic!("no such number") });
    /// let error = futures_lite::future::block_on(get).unwrap_err();
    /// assert_eq!(error.to_string(), "the load panicked: no such number");
    /// ```
    #[inline]
    pub fn get_checked_with<F>(
        &self,
        key: K,
        init: impl FnOnce() -> F + Send + 'static,
    ) -> GetChecked<K, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let hash = self.hash(&key);
        GetChecked::new(self.enter(hash, key, async move { init().await }))
    }

    /// Loads the value of a key anew, even if it is there.
    ///
    /// The old value is served until the new one is there; if that is not to be kept, until its own
    /// time is over.
    /// An [`insert`](Self::insert) or [`invalidate`](Self::invalidate) in between wins: then the
    /// callers of this load get its value, and the cache does not.
    /// If the key is being loaded already, joins that load.
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
    /// use futures_lite::future::block_on;
    ///
    /// let cache = FnCache::builder().build();
    /// cache.insert("key", 1);
    /// let refresh = cache.refresh_with("key", || async { 2 });
    /// assert_eq!(cache.try_get("key"), Ok(1));
    /// assert_eq!(block_on(refresh), 2);
    /// assert_eq!(cache.try_get("key"), Ok(2));
    /// ```
    pub fn refresh_with<F>(&self, key: K, init: impl FnOnce() -> F + Send + 'static) -> Get<K, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let hash = self.hash(&key);
        Get::new(self.enter_anew(hash, key, async move { init().await }))
    }

    #[inline]
    pub(crate) fn look<Q>(&self, hash: u64, key: &Q) -> Option<Wait<Slot<K, V>>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.core.look(hash, key)
    }

    #[inline]
    pub(crate) fn enter<F>(&self, hash: u64, key: K, load: F) -> Wait<Slot<K, V>>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let make = |key| self.slot(hash, key, load);
        self.core.enter(hash, key, make)
    }

    #[inline]
    pub(crate) fn enter_anew<F>(&self, hash: u64, key: K, load: F) -> Wait<Slot<K, V>>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let make = |key| self.slot(hash, key, load);
        self.core.enter_anew(hash, key, make)
    }

    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    #[inline]
    fn slot<F>(&self, hash: u64, key: K, load: F) -> Slot<K, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let core = Arc::clone(&self.core);
        let mooring = Mooring {
            harbour: core,
            stage: Stage::Loading(None),
        };
        let place = Place::new(hash, key);
        Arc::new(Flight::new(place, mooring, self.core.fan_out, load))
    }
}

impl<K, V, C, S: Clone> Clone for FnCache<K, V, C, S> {
    fn clone(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
            hasher: self.hasher.clone(),
        }
    }
}

impl<K: Hash + Eq, V> Default for FnCache<K, V> {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl<K, V, C, S> fmt::Debug for FnCache<K, V, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnCache")
            .field("stats", &self.core.store.stats())
            .finish_non_exhaustive()
    }
}

impl<K, V> Berth for Mooring<K, V> {
    type Slot = Slot<K, V>;
    type Tag = Place<K>;
    type Value = V;

    #[inline]
    fn begin(&mut self) {
        self.stage.begin(&*self.harbour);
    }

    #[inline]
    fn judge(&mut self, place: &Place<K>, value: &V) {
        self.stage.judge(&*self.harbour, place.key(), value);
    }

    #[inline]
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
