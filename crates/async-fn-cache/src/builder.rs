//! `FnCacheBuilder`: how long values are kept, and how many.

use crate::cache::FnCache;
use crate::core::Core;
use crate::local::LocalFnCache;
use crate::policy::{Keep, Policy, Rule, TtlFrom};
use async_clock::{Clock, SystemClock};
use async_single_flight::DefaultHashBuilder;
use async_single_flight::flight::{FAN_OUT, Slot};
use async_single_flight::store::Filed;
use std::fmt;
use std::hash::Hash;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

/// Configures a cache, or wraps a function; made by [`FnCache::builder`].
///
/// # Examples
///
/// ```
/// use async_fn_cache::FnCache;
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// async fn fetch(user: u64) -> Result<String, std::io::ErrorKind> {
///     Ok(format!("user {user}"))
/// }
///
/// let user = FnCache::builder()
///     .capacity(NonZeroUsize::new(1000).unwrap())
///     .ttl(Duration::from_secs(60))
///     .wrap(fetch);
/// assert_eq!(user.get_blocking(7).unwrap(), "user 7");
/// ```
#[must_use = "a builder makes nothing until `build` or one of the `wrap`s is called"]
pub struct FnCacheBuilder<K, V, C = SystemClock, S = DefaultHashBuilder> {
    capacity: Option<NonZeroUsize>,
    shards: Option<NonZeroUsize>,
    fan_out: NonZeroU32,
    policy: Policy<K, V>,
    clock: C,
    hasher: S,
}

impl<K, V> FnCacheBuilder<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            capacity: None,
            shards: None,
            fan_out: FAN_OUT,
            policy: Policy::new(),
            clock: SystemClock,
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<K, V, C, S> FnCacheBuilder<K, V, C, S> {
    /// Keeps so many values at most; without this call, all of them.
    ///
    /// Loads on their way don't count.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::num::NonZeroUsize;
    ///
    /// let cache = FnCache::builder().capacity(NonZeroUsize::MIN).build();
    /// cache.insert("one", 1);
    /// cache.insert("two", 2);
    /// assert!(cache.try_get("one").is_err());
    /// assert_eq!(cache.try_get("two"), Ok(2));
    /// ```
    pub fn capacity(self, values: NonZeroUsize) -> Self {
        Self {
            capacity: Some(values),
            ..self
        }
    }

    /// Keeps a value for so long, from the end of its load on; without this call, for ever.
    ///
    /// With zero nothing is kept, but those who come while a load is on its way still share it.
    /// A duration that leads past every instant means for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_fn_cache::FnCache;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let minute = Duration::from_secs(60);
    /// let cache = FnCache::builder().ttl(minute).clock(clock.clone()).build();
    /// assert_eq!(cache.get_with_blocking("key", || async { 1 }), 1);
    /// clock.advance(minute);
    /// assert_eq!(cache.get_with_blocking("key", || async { 2 }), 2);
    /// ```
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.policy.ttl = Some(ttl);
        self
    }

    /// Chooses what a time to live is counted from; [`TtlFrom::Completion`] if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ClockExt, ManualClock};
    /// use async_fn_cache::{FnCache, TtlFrom};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cache: FnCache<&str, u32, _> = FnCache::builder()
    ///     .ttl(Duration::from_secs(60))
    ///     .ttl_from(TtlFrom::Start)
    ///     .clock(clock.clone())
    ///     .build();
    /// let slow = clock.sleep(Duration::from_secs(45));
    /// let get = cache.get_with("key", || async {
    ///     slow.await;
    ///     1
    /// });
    /// futures_lite::future::block_on(clock.drive(get));
    /// clock.advance(Duration::from_secs(15));
    /// assert!(cache.try_get("key").is_err());
    /// ```
    pub fn ttl_from(mut self, from: TtlFrom) -> Self {
        self.policy.from = from;
        self
    }

    /// Goes on serving a value for so long after its time to live, while one caller loads it anew.
    ///
    /// The first caller that comes in that time loads, and waits for the new value; those who come
    /// meanwhile get the old one at once.
    /// If that caller is dropped, the next one loads.
    /// After that time the old value is not served any more, and everybody waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_fn_cache::FnCache;
    /// use futures_lite::future::block_on;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cache = FnCache::builder()
    ///     .ttl(Duration::from_secs(60))
    ///     .stale_for(Duration::from_secs(5))
    ///     .clock(clock.clone())
    ///     .build();
    /// cache.insert("key", 1);
    /// clock.advance(Duration::from_secs(62));
    ///
    /// let loads = cache.get_with("key", || async { 2 });
    /// let meanwhile = cache.get_with("key", || async { 3 });
    /// assert_eq!(block_on(meanwhile), 1);
    /// assert_eq!(block_on(loads), 2);
    /// assert_eq!(cache.try_get("key"), Ok(2));
    /// ```
    pub fn stale_for(mut self, time: Duration) -> Self {
        self.policy.stale = time;
        self
    }

    /// Has a rule decide on each value that was loaded, whether and for how long it is kept.
    ///
    /// It runs at the end of a load, in the caller that drives it and with no lock held; a panic of
    /// it is one of the load.
    /// Of this, [`cache_errors`](Self::cache_errors) and [`evict_errors`](Self::evict_errors), the
    /// last one called counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::{FnCache, Keep};
    ///
    /// let cache = FnCache::builder()
    ///     .keep(|_key: &&str, value: &u32| if *value == 0 { Keep::Not } else { Keep::AsConfigured })
    ///     .build();
    /// assert_eq!(cache.get_with_blocking("key", || async { 0 }), 0);
    /// assert_eq!(cache.get_with_blocking("key", || async { 1 }), 1);
    /// assert_eq!(cache.get_with_blocking("key", || async { 2 }), 1);
    /// ```
    pub fn keep(mut self, rule: impl Fn(&K, &V) -> Keep + Send + Sync + 'static) -> Self {
        self.policy.rule = Rule::By(Box::new(rule));
        self
    }

    /// Chooses how many callers are woken when a load asks to be polled; 2 if this is not called.
    ///
    /// One of them drives. The others are a reserve, in case that one is alive and not polled, and
    /// cost a needless poll each. `NonZeroU32::MAX` wakes all of them, every time.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::num::NonZeroU32;
    ///
    /// let cache = FnCache::builder().fan_out(NonZeroU32::MIN).build();
    /// assert_eq!(cache.get_with_blocking("seven", || async { 7 }), 7);
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
    /// Each shard has a lock of its own, and its own order of use.
    /// There are never so many that one has room for fewer than 64 values: a cache for up to 127 has
    /// a single one.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::num::NonZeroUsize;
    ///
    /// // Exactly the least recently used one of all is evicted.
    /// let cache: FnCache<u64, String> = FnCache::builder()
    ///     .capacity(NonZeroUsize::new(10_000).unwrap())
    ///     .shards(NonZeroUsize::MIN)
    ///     .build();
    /// # let _ = cache;
    /// ```
    pub fn shards(self, shards: NonZeroUsize) -> Self {
        Self {
            shards: Some(shards),
            ..self
        }
    }

    /// Chooses the clock; [`SystemClock`] if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_fn_cache::FnCache;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cache = FnCache::builder().ttl(Duration::from_secs(1)).clock(clock.clone()).build();
    /// cache.insert("key", 1);
    /// clock.advance(Duration::from_secs(1));
    /// assert!(cache.try_get("key").is_err());
    /// ```
    pub fn clock<D: Clock>(self, clock: D) -> FnCacheBuilder<K, V, D, S> {
        let Self {
            capacity,
            shards,
            fan_out,
            policy,
            hasher,
            ..
        } = self;
        FnCacheBuilder {
            capacity,
            shards,
            fan_out,
            policy,
            clock,
            hasher,
        }
    }

    /// Chooses the hasher of the keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::hash::RandomState;
    ///
    /// let cache = FnCache::builder().hasher(RandomState::new()).build();
    /// assert_eq!(cache.get_with_blocking("seven", || async { 7 }), 7);
    /// ```
    pub fn hasher<T>(self, hasher: T) -> FnCacheBuilder<K, V, C, T> {
        let Self {
            capacity,
            shards,
            fan_out,
            policy,
            clock,
            ..
        } = self;
        FnCacheBuilder {
            capacity,
            shards,
            fan_out,
            policy,
            clock,
            hasher,
        }
    }

    /// Creates a cache whose loaders are given with each call.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::sync::LazyLock;
    ///
    /// static SQUARES: LazyLock<FnCache<u64, u64>> = LazyLock::new(|| FnCache::builder().build());
    ///
    /// async fn square(n: u64) -> u64 {
    ///     SQUARES.get_with(n, move || async move { n * n }).await
    /// }
    ///
    /// assert_eq!(futures_lite::future::block_on(square(7)), 49);
    /// ```
    #[must_use]
    pub fn build(self) -> FnCache<K, V, C, S>
    where
        K: Hash + Eq,
        C: Clock,
    {
        let (core, hasher) = self.parts();
        FnCache::with(core, hasher)
    }

    /// Creates a cache for one thread, whose loads, values and keys need not be `Send`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::rc::Rc;
    ///
    /// let cache = FnCache::builder().build_local();
    /// let seven = cache.get_with_blocking("seven", || async { Rc::new(7) });
    /// assert_eq!(*seven, 7);
    /// ```
    #[must_use]
    pub fn build_local(self) -> LocalFnCache<K, V, C, S>
    where
        K: Hash + Eq,
        C: Clock,
    {
        let (core, hasher) = self.parts();
        LocalFnCache::with(core, hasher)
    }

    fn parts<P>(self) -> (Core<P, V, C>, S)
    where
        K: Eq,
        C: Clock,
        P: Filed<Key = K> + Slot<Value = V>,
    {
        let Self {
            capacity,
            shards,
            fan_out,
            policy,
            clock,
            hasher,
        } = self;
        (Core::new(capacity, shards, fan_out, policy, clock), hasher)
    }
}

impl<K, T, E, C, S> FnCacheBuilder<K, Result<T, E>, C, S> {
    /// Keeps errors too, for so long; what is `Ok` is kept as configured.
    ///
    /// Without this call [`wrap`](Self::wrap) keeps no errors; all who wait for one load get the
    /// same one, and the next caller loads anew.
    /// Of this, [`evict_errors`](Self::evict_errors) and [`keep`](Self::keep), the last one called
    /// counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_fn_cache::FnCache;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let second = Duration::from_secs(1);
    /// let cache: FnCache<&str, Result<u32, &str>, _> =
    ///     FnCache::builder().cache_errors(second).clock(clock.clone()).build();
    /// assert_eq!(cache.get_with_blocking("key", || async { Err("down") }), Err("down"));
    /// assert_eq!(cache.get_with_blocking("key", || async { Ok(1) }), Err("down"));
    /// clock.advance(second);
    /// assert_eq!(cache.get_with_blocking("key", || async { Ok(1) }), Ok(1));
    /// ```
    pub fn cache_errors(mut self, ttl: Duration) -> Self {
        self.policy.rule = Rule::Errors(Result::is_err, Some(ttl));
        self
    }

    /// Keeps no errors, which [`wrap`](Self::wrap) does by itself.
    ///
    /// Of this, [`cache_errors`](Self::cache_errors) and [`keep`](Self::keep), the last one called
    /// counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache: FnCache<&str, Result<u32, &str>> = FnCache::builder().evict_errors().build();
    /// assert_eq!(cache.get_with_blocking("key", || async { Err("down") }), Err("down"));
    /// assert_eq!(cache.get_with_blocking("key", || async { Ok(1) }), Ok(1));
    /// ```
    pub fn evict_errors(mut self) -> Self {
        self.policy.rule = Rule::Errors(Result::is_err, None);
        self
    }
}

impl<K, V, C, S> FnCacheBuilder<K, V, C, S> {
    /// Keeps no errors, unless it was told what to keep.
    pub(crate) fn evicting(mut self, is_error: fn(&V) -> bool) -> Self {
        if matches!(self.policy.rule, Rule::All) {
            self.policy.rule = Rule::Errors(is_error, None);
        }
        self
    }
}

impl<K, V, C, S> fmt::Debug for FnCacheBuilder<K, V, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnCacheBuilder")
            .field("capacity", &self.capacity)
            .field("shards", &self.shards)
            .field("fan_out", &self.fan_out)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
