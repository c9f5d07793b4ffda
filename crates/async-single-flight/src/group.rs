//! `Group`: one load per key at a time, and nothing remembered.

mod builder;
mod work;

pub use builder::GroupBuilder;
pub use work::{Work, WorkChecked};

use crate::flight::{Berth, Flight, Wait};
use crate::store::{Entered, Place, Store};
use async_clock::Elapsed;
use async_lru::{DefaultHashBuilder, Equivalent};
use async_waitlist::blocking::{block_on, block_on_deadline, block_on_timeout};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Coalesces loads: however many ask for a key at the same time, it is loaded once.
///
/// A handle: clones share one group.
/// A load begins with the first caller of a key, and those who come while it is on its way join it.
/// Once it has ended it is forgotten, and the next caller loads anew.
///
/// Whoever is polled drives the load: no caller depends on another one being polled, a caller that
/// is dropped hands the load on, and the last one takes it along.
///
/// `Hash` and `Eq` of the keys must not call back into the group: they run under a lock.
///
/// # Panics
///
/// A load that panics makes every caller panic that waits for it, and the next caller loads anew.
/// [`work_checked`](Self::work_checked) returns an error instead.
///
/// # Runtime compatibility
///
/// Any executor, several at once, or none.
/// A load is polled by whichever caller is, so it may be begun on one executor and ended on another:
/// one that needs the context of a runtime keeps needing it.
///
/// # Examples
///
/// ```
/// use async_single_flight::Group;
/// use futures_lite::future::{block_on, yield_now, zip};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// static LOADS: AtomicU32 = AtomicU32::new(0);
///
/// async fn fetch() -> &'static str {
///     LOADS.fetch_add(1, Ordering::SeqCst);
///     yield_now().await;
///     "page"
/// }
///
/// let group = Group::new();
/// let both = zip(group.work("/index", fetch), group.work("/index", fetch));
/// assert_eq!(block_on(both), ("page", "page"));
/// assert_eq!(LOADS.load(Ordering::SeqCst), 1);
/// ```
///
/// # Implementation notes
///
/// A load takes two allocations: the flight, with its waiters, and the load itself.
/// Flights are filed in shards, each a mutex around a table, which is locked twice for each load and
/// once for each caller that joins.
/// The waiters of a flight stand under a mutex of its own.
pub struct Group<K, V, S = DefaultHashBuilder> {
    store: Arc<Store<Slot<K, V>>>,
    fan_out: NonZeroU32,
    hasher: S,
}

/// The handle of a flight.
pub(crate) type Slot<K, V> = Arc<Flight<Home<K, V>>>;

/// The berth of a group's flights: it keeps the store alive as long as a load is on its way.
pub(crate) struct Home<K, V>(Arc<Store<Slot<K, V>>>);

impl<K: Eq, V> Group<K, V> {
    /// Creates a group without loads.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    ///
    /// let group: Group<u64, String> = Group::new();
    /// assert_eq!(group.in_flight(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Configures a group.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    /// use std::hash::RandomState;
    ///
    /// let group: Group<String, u64, _> = Group::builder().hasher(RandomState::new()).build();
    /// assert_eq!(group.work_blocking("seven".to_owned(), || async { 7 }), 7);
    /// ```
    pub fn builder() -> GroupBuilder<K, V> {
        GroupBuilder::new()
    }
}

impl<K: Eq, V, S> Group<K, V, S> {
    pub(crate) fn with(fan_out: NonZeroU32, shards: Option<NonZeroUsize>, hasher: S) -> Self {
        Self {
            store: Arc::new(Store::new(None, shards, Duration::ZERO)),
            fan_out,
            hasher,
        }
    }

    /// Counts the loads on their way, but for those that were [forgotten](Self::forget).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    ///
    /// let group = Group::new();
    /// let work = group.work(1, || async { "one" });
    /// assert_eq!(group.in_flight(), 1); // claimed, though nobody has polled it
    /// drop(work);
    /// assert_eq!(group.in_flight(), 0);
    /// ```
    pub fn in_flight(&self) -> usize {
        self.store.in_flight()
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> Group<K, V, S> {
    /// Lets go of the load of a key, and says whether there was one.
    ///
    /// Its callers still get its value; the next one loads anew, beside it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    /// use futures_lite::future::{block_on, zip};
    ///
    /// let group = Group::new();
    /// let old = group.work("key", || async { 1 });
    /// assert!(group.forget("key"));
    /// let new = group.work("key", || async { 2 });
    /// assert_eq!(block_on(zip(old, new)), (1, 2));
    /// ```
    pub fn forget<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        self.store.let_go(hash, key).is_some()
    }

    /// Joins the load of a key, if there is one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place among the callers; nothing else is lost.
    /// If it was the last one, the load is dropped with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    /// use futures_lite::future::block_on;
    ///
    /// let group = Group::new();
    /// assert!(group.try_join("key").is_none());
    /// let work = group.work("key", || async { 7 });
    /// let joined = group.try_join("key").unwrap();
    /// drop(work); // hands the load on
    /// assert_eq!(block_on(joined), 7);
    /// ```
    #[must_use = "a caller that has joined keeps the load alive"]
    pub fn try_join<Q>(&self, key: &Q) -> Option<Work<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let slot = self.store.join(hash, key)?;
        Some(Work::new(Wait::joined(slot)))
    }
}

impl<K, V, S> Group<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: BuildHasher,
{
    /// Loads the value of a key by `init`, unless it is being loaded: then joins that load, and
    /// drops `init`.
    ///
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
    /// use async_single_flight::Group;
    /// use futures_lite::future::block_on;
    ///
    /// let group = Group::new();
    /// let (first, second) = (group.work(7, || async { 49 }), group.work(7, || async { 0 }));
    /// assert_eq!((block_on(first), block_on(second)), (49, 49));
    /// ```
    pub fn work<F>(&self, key: K, init: impl FnOnce() -> F + Send + 'static) -> Work<K, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        Work::new(self.enter(key, init))
    }

    /// As [`work`](Self::work), with an error instead of a panic.
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
    /// use async_single_flight::{Group, LoadError};
    /// use futures_lite::future::block_on;
    ///
    /// let group: Group<&str, u32> = Group::new();
    /// let inner = group.clone();
    /// let outer = group.work_checked("key", move || async move {
    ///     // Waits for itself.
    ///     inner.work_checked("key", || async { 1 }).await.map_or_else(
    ///         |error| if error == LoadError::Cycle { 2 } else { 3 },
    ///         |value| value,
    ///     )
    /// });
    /// assert_eq!(block_on(outer), Ok(2));
    /// ```
    pub fn work_checked<F>(
        &self,
        key: K,
        init: impl FnOnce() -> F + Send + 'static,
    ) -> WorkChecked<K, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        WorkChecked::new(self.enter(key, init))
    }

    /// As [`work`](Self::work), and blocks the thread until the value is there.
    ///
    /// # Blocking
    ///
    /// For plain threads. The load is driven by this one, or by whoever else waits for it.
    ///
    /// # Panics
    ///
    /// If the load does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    /// use std::thread;
    ///
    /// let group = Group::new();
    /// thread::scope(|scope| {
    ///     for _ in 0..4 {
    ///         scope.spawn(|| assert_eq!(group.work_blocking("key", || async { 7 }), 7));
    ///     }
    /// });
    /// ```
    pub fn work_blocking<F>(&self, key: K, init: impl FnOnce() -> F + Send + 'static) -> V
    where
        F: Future<Output = V> + Send + 'static,
    {
        block_on(self.work(key, init))
    }

    /// As [`work`](Self::work), and blocks the thread until the value is there, for `timeout` at
    /// most.
    ///
    /// A timeout that leads past every instant means as long as it takes.
    ///
    /// # Blocking
    ///
    /// For plain threads. The load is driven by this one, or by whoever else waits for it.
    ///
    /// # Panics
    ///
    /// If the load does, or if it would wait for itself.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if there is no value yet; the place among the callers is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::{Elapsed, Group};
    /// use std::future;
    /// use std::time::Duration;
    ///
    /// let group: Group<&str, u32> = Group::new();
    /// let never = group.work_blocking_timeout("key", future::pending, Duration::from_millis(1));
    /// assert_eq!(never, Err(Elapsed));
    /// assert_eq!(group.in_flight(), 0); // nobody else waited for it
    /// ```
    pub fn work_blocking_timeout<F>(
        &self,
        key: K,
        init: impl FnOnce() -> F + Send + 'static,
        timeout: Duration,
    ) -> Result<V, Elapsed>
    where
        F: Future<Output = V> + Send + 'static,
    {
        block_on_timeout(&mut self.work(key, init), timeout).ok_or(Elapsed)
    }

    /// As [`work`](Self::work), and blocks the thread until the value is there, until `deadline` at
    /// most.
    ///
    /// # Blocking
    ///
    /// For plain threads. The load is driven by this one, or by whoever else waits for it.
    ///
    /// # Panics
    ///
    /// If the load does, or if it would wait for itself.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if there is no value yet; the place among the callers is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::Group;
    /// use std::time::Instant;
    ///
    /// let group = Group::new();
    /// let ready = group.work_blocking_deadline("key", || async { 7 }, Instant::now());
    /// assert_eq!(ready, Ok(7)); // it was polled once
    /// ```
    pub fn work_blocking_deadline<F>(
        &self,
        key: K,
        init: impl FnOnce() -> F + Send + 'static,
        deadline: Instant,
    ) -> Result<V, Elapsed>
    where
        F: Future<Output = V> + Send + 'static,
    {
        block_on_deadline(&mut self.work(key, init), deadline).ok_or(Elapsed)
    }

    #[inline]
    fn enter<F>(&self, key: K, init: impl FnOnce() -> F + Send + 'static) -> Wait<Slot<K, V>>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let hash = self.hasher.hash_one(&key);
        let load = async move { init().await };
        // Runs under a lock: it moves things, and calls nothing.
        let make = |key| {
            let (place, home) = (Place::new(hash, key), Home(Arc::clone(&self.store)));
            Arc::new(Flight::new(place, home, self.fan_out, load))
        };
        let mut brought = Some((key, make));
        let wait = match self.store.enter_anew(hash, &mut brought) {
            Entered::Filed(slot) => Wait::claimed(slot),
            Entered::Joined(slot) => Wait::joined(slot),
            Entered::Ready(slot) => Wait::landed(slot),
        };
        drop(brought);
        wait
    }
}

impl<K: Eq, V> Default for Group<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V, S: Clone> Clone for Group<K, V, S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            fan_out: self.fan_out,
            hasher: self.hasher.clone(),
        }
    }
}

impl<K, V, S> fmt::Debug for Group<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("in_flight", &self.store.in_flight())
            .finish_non_exhaustive()
    }
}

impl<K, V> Berth for Home<K, V> {
    type Slot = Slot<K, V>;
    type Tag = Place<K>;
    type Value = V;

    #[inline]
    fn land(&mut self, slot: &Slot<K, V>) {
        self.0.discard(slot);
    }

    fn crash(&mut self, slot: &Slot<K, V>) {
        self.0.crash(slot);
    }

    fn desert(&mut self, slot: &Slot<K, V>) {
        self.0.desert(slot);
    }
}
