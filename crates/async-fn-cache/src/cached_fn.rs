//! `CachedFn`: an async function that remembers.

mod wrap;

pub use wrap::{Fallible, KeyedBuilder};

use crate::TryGetError;
use crate::cache::{FnCache, Get, GetChecked, Slot};
use crate::key::{ByArgs, KeyOf};
use async_clock::{Clock, ClockExt, Elapsed, SystemClock};
use async_single_flight::DefaultHashBuilder;
use async_single_flight::flight::Wait;
use async_waitlist::blocking::block_on;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An async function with a cache in front of it; made by [`FnCacheBuilder::wrap`].
///
/// A handle: clones share function and cache.
/// What holds for [`FnCache`] holds here.
///
/// [`FnCacheBuilder::wrap`]: crate::FnCacheBuilder::wrap
///
/// # Examples
///
/// ```
/// use async_fn_cache::FnCache;
/// use futures_lite::future::block_on;
///
/// let parse = FnCache::builder().wrap(|text: &'static str| async move { text.parse::<u32>() });
/// block_on(async {
///     assert_eq!(parse.get("7").await, Ok(7));
///     assert!(parse.get("seven").await.is_err());
/// });
/// assert_eq!(parse.cache().stats().len, 1); // errors are not kept
/// ```
pub struct CachedFn<A, V, F, N: KeyOf<A> = ByArgs, C = SystemClock, S = DefaultHashBuilder> {
    cache: FnCache<N::Key, V, C, S>,
    /// With what makes the key.
    function: Arc<(F, N)>,
}

impl<A, V, F, N: KeyOf<A>, C, S> CachedFn<A, V, F, N, C, S> {
    pub(crate) fn new(cache: FnCache<N::Key, V, C, S>, function: F, keys: N) -> Self {
        let function = Arc::new((function, keys));
        Self { cache, function }
    }

    /// The cache, to look, insert, invalidate and count.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let square = FnCache::builder().wrap_value(|n: u64| async move { n * n });
    /// square.cache().insert(7, 50);
    /// assert_eq!(square.get_blocking(7), 50);
    /// ```
    pub fn cache(&self) -> &FnCache<N::Key, V, C, S> {
        &self.cache
    }
}

impl<A, V, F, N, C, S> CachedFn<A, V, F, N, C, S>
where
    N: KeyOf<A, Key: Hash + Eq>,
    C: Clock,
    S: BuildHasher,
{
    /// Gets the value for these arguments if it is there; loads nothing, and waits for nobody.
    ///
    /// # Errors
    ///
    /// [`TryGetError`], which tells whether somebody loads it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::{FnCache, TryGetError};
    ///
    /// let square = FnCache::builder().wrap_value(|n: u64| async move { n * n });
    /// assert_eq!(square.try_get(&7), Err(TryGetError::Vacant));
    /// square.get_blocking(7);
    /// assert_eq!(square.try_get(&7), Ok(49));
    /// ```
    pub fn try_get(&self, args: &A) -> Result<V, TryGetError>
    where
        V: Clone,
    {
        self.cache.try_get(self.function.1.find(args).get())
    }

    /// Lets go of the value for these arguments, and of its load, if there is one on its way.
    ///
    /// As [`FnCache::invalidate`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let square = FnCache::builder().wrap_value(|n: u64| async move { n * n });
    /// assert!(!square.invalidate(&7));
    /// square.get_blocking(7);
    /// assert!(square.invalidate(&7));
    /// ```
    pub fn invalidate(&self, args: &A) -> bool {
        self.cache.invalidate(self.function.1.find(args).get())
    }
}

impl<A, V, F, Fut, N, C, S> CachedFn<A, V, F, N, C, S>
where
    A: Send + 'static,
    N: KeyOf<A, Key: Hash + Eq + Send + Sync + 'static> + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    F: Fn(A) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = V> + Send + 'static,
    C: Clock,
    S: BuildHasher,
{
    /// Gets the value for these arguments, and calls the function if it is not there.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place among the callers; nothing else is lost.
    /// If it was the last one, the load is dropped with it.
    ///
    /// # Panics
    ///
    /// The future does, if the function does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let square = FnCache::builder().wrap_value(|n: u64| async move { n * n });
    /// assert_eq!(futures_lite::future::block_on(square.get(7)), 49);
    /// ```
    pub fn get(&self, args: A) -> Get<N::Key, V> {
        Get::new(self.enter(args))
    }

    /// As [`get`](Self::get), with an error instead of a panic.
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
    /// let root = FnCache::builder().wrap_value(|n: u32| async move {
    ///     assert!(n < 100, "too large");
    ///     n.isqrt()
    /// });
    /// let error = futures_lite::future::block_on(root.get_checked(100)).unwrap_err();
    /// assert_eq!(error.to_string(), "the load panicked: too large");
    /// ```
    pub fn get_checked(&self, args: A) -> GetChecked<N::Key, V> {
        GetChecked::new(self.enter(args))
    }

    /// Calls the function even if the value is there, and serves the old one meanwhile.
    ///
    /// As [`FnCache::refresh_with`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place among the callers; nothing else is lost.
    /// If it was the last one, the load is dropped with it.
    ///
    /// # Panics
    ///
    /// The future does, if the function does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use futures_lite::future::block_on;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// static CALLS: AtomicU32 = AtomicU32::new(0);
    ///
    /// let calls = FnCache::builder()
    ///     .wrap_value(|()| async { CALLS.fetch_add(1, Ordering::SeqCst) + 1 });
    /// assert_eq!((block_on(calls.get(())), block_on(calls.get(()))), (1, 1));
    /// assert_eq!((block_on(calls.refresh(())), block_on(calls.get(()))), (2, 2));
    /// ```
    pub fn refresh(&self, args: A) -> Get<N::Key, V> {
        let key = N::own(self.function.1.find(&args));
        let hash = self.cache.hash(&key);
        Get::new(self.cache.enter_anew(hash, key, load(&self.function, args)))
    }

    /// As [`get`](Self::get), and blocks the thread until the value is there.
    ///
    /// # Blocking
    ///
    /// For plain threads. The load is driven by this one, or by whoever else waits for it.
    ///
    /// # Panics
    ///
    /// If the function does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::thread;
    ///
    /// let square = FnCache::builder().wrap_value(|n: u64| async move { n * n });
    /// thread::scope(|scope| {
    ///     scope.spawn(|| assert_eq!(square.get_blocking(7), 49));
    /// });
    /// ```
    pub fn get_blocking(&self, args: A) -> V {
        block_on(self.get(args))
    }

    /// As [`get`](Self::get), and blocks the thread until the value is there, for `timeout` of the
    /// cache's clock at most.
    ///
    /// A timeout that leads past every instant means as long as it takes.
    ///
    /// # Blocking
    ///
    /// For plain threads. The load is driven by this one, or by whoever else waits for it.
    ///
    /// # Panics
    ///
    /// If the function does, or if it would wait for itself.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if there is no value yet; the place among the callers is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::{Elapsed, FnCache};
    /// use std::time::Duration;
    ///
    /// let never = FnCache::builder().wrap_value(|()| std::future::pending::<u32>());
    /// assert_eq!(never.get_blocking_timeout((), Duration::from_millis(1)), Err(Elapsed));
    /// ```
    pub fn get_blocking_timeout(&self, args: A, timeout: Duration) -> Result<V, Elapsed> {
        block_on(self.cache.clock().timeout(timeout, self.get(args)))
    }

    /// As [`get`](Self::get), and blocks the thread until the value is there, until `deadline` at
    /// most.
    ///
    /// # Blocking
    ///
    /// For plain threads. The load is driven by this one, or by whoever else waits for it.
    ///
    /// # Panics
    ///
    /// If the function does, or if it would wait for itself.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if there is no value yet; the place among the callers is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::time::Instant;
    ///
    /// let square = FnCache::builder().wrap_value(|n: u64| async move { n * n });
    /// assert_eq!(square.get_blocking_deadline(7, Instant::now()), Ok(49)); // polled once
    /// ```
    pub fn get_blocking_deadline(&self, args: A, deadline: Instant) -> Result<V, Elapsed> {
        block_on(self.cache.clock().timeout_at(deadline, self.get(args)))
    }

    fn enter(&self, args: A) -> Wait<Slot<N::Key, V>> {
        let key = self.function.1.find(&args);
        let hash = self.cache.hash(key.get());
        if let Some(wait) = self.cache.look(hash, key.get()) {
            drop(key); // here: a panic of it drops the wait
            drop(args);
            return wait;
        }
        let key = N::own(key);
        self.cache.enter(hash, key, load(&self.function, args))
    }
}

/// A load that calls the function when it is polled for the first time.
fn load<A, F, Fut, N>(
    function: &Arc<(F, N)>,
    args: A,
) -> impl Future<Output = Fut::Output> + use<A, F, Fut, N>
where
    F: Fn(A) -> Fut,
    Fut: Future,
{
    let function = Arc::clone(function);
    async move { function.0(args).await }
}

impl<A, V, F, N: KeyOf<A>, C, S: Clone> Clone for CachedFn<A, V, F, N, C, S> {
    fn clone(&self) -> Self {
        Self {
            cache: self.cache.clone(),
            function: Arc::clone(&self.function),
        }
    }
}

impl<A, V, F, N: KeyOf<A>, C, S> fmt::Debug for CachedFn<A, V, F, N, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedFn")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
