//! `LocalCachedFn`: an async function that remembers, on one thread.

use crate::TryGetError;
use crate::key::{ByArgs, KeyOf};
use crate::local::{LocalFnCache, LocalGet, LocalGetChecked, Slot};
use async_clock::{Clock, ClockExt, Elapsed, SystemClock};
use async_single_flight::DefaultHashBuilder;
use async_single_flight::flight::Wait;
use async_waitlist::blocking::block_on;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// [`CachedFn`](crate::CachedFn) for one thread; made by [`FnCacheBuilder::wrap_local`].
///
/// What holds for [`LocalFnCache`] holds here.
///
/// [`FnCacheBuilder::wrap_local`]: crate::FnCacheBuilder::wrap_local
///
/// # Examples
///
/// ```
/// use async_fn_cache::FnCache;
/// use std::rc::Rc;
///
/// let greeting: Rc<str> = "hello".into();
/// let greet = FnCache::builder().wrap_value_local(move |name: &'static str| {
///     let greeting = Rc::clone(&greeting);
///     async move { format!("{greeting} {name}") }
/// });
/// assert_eq!(futures_lite::future::block_on(greet.get("world")), "hello world");
/// ```
pub struct LocalCachedFn<A, V, F, N: KeyOf<A> = ByArgs, C = SystemClock, S = DefaultHashBuilder> {
    cache: LocalFnCache<N::Key, V, C, S>,
    /// With what makes the key.
    function: Rc<(F, N)>,
}

impl<A, V, F, N: KeyOf<A>, C, S> LocalCachedFn<A, V, F, N, C, S> {
    pub(crate) fn new(cache: LocalFnCache<N::Key, V, C, S>, function: F, keys: N) -> Self {
        let function = Rc::new((function, keys));
        Self { cache, function }
    }

    /// The cache, to look, insert, invalidate and count.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let square = FnCache::builder().wrap_value_local(|n: u64| async move { n * n });
    /// square.cache().insert(7, 50);
    /// assert_eq!(square.get_blocking(7), 50);
    /// ```
    pub fn cache(&self) -> &LocalFnCache<N::Key, V, C, S> {
        &self.cache
    }
}

impl<A, V, F, N, C, S> LocalCachedFn<A, V, F, N, C, S>
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
    /// let square = FnCache::builder().wrap_value_local(|n: u64| async move { n * n });
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
    /// As [`LocalFnCache::invalidate`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let square = FnCache::builder().wrap_value_local(|n: u64| async move { n * n });
    /// assert!(!square.invalidate(&7));
    /// square.get_blocking(7);
    /// assert!(square.invalidate(&7));
    /// ```
    pub fn invalidate(&self, args: &A) -> bool {
        self.cache.invalidate(self.function.1.find(args).get())
    }
}

impl<A, V, F, Fut, N, C, S> LocalCachedFn<A, V, F, N, C, S>
where
    A: 'static,
    N: KeyOf<A, Key: Hash + Eq + 'static> + 'static,
    V: Clone + 'static,
    F: Fn(A) -> Fut + 'static,
    Fut: Future<Output = V> + 'static,
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
    /// let square = FnCache::builder().wrap_value_local(|n: u64| async move { n * n });
    /// assert_eq!(futures_lite::future::block_on(square.get(7)), 49);
    /// ```
    pub fn get(&self, args: A) -> LocalGet<N::Key, V> {
        LocalGet::new(self.enter(args))
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
    /// let root = FnCache::builder().wrap_value_local(|n: u32| async move {
    ///     assert!(n < 100, "too large");
    ///     n.isqrt()
    /// });
    /// let error = futures_lite::future::block_on(root.get_checked(100)).unwrap_err();
    /// assert_eq!(error.to_string(), "the load panicked: too large");
    /// ```
    pub fn get_checked(&self, args: A) -> LocalGetChecked<N::Key, V> {
        LocalGetChecked::new(self.enter(args))
    }

    /// Calls the function even if the value is there, and serves the old one meanwhile.
    ///
    /// As [`LocalFnCache::refresh_with`].
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
    /// use std::cell::Cell;
    ///
    /// let number = Cell::new(0);
    /// let calls = FnCache::builder().wrap_value_local(move |()| {
    ///     number.set(number.get() + 1);
    ///     std::future::ready(number.get())
    /// });
    /// assert_eq!((block_on(calls.get(())), block_on(calls.get(()))), (1, 1));
    /// assert_eq!((block_on(calls.refresh(())), block_on(calls.get(()))), (2, 2));
    /// ```
    pub fn refresh(&self, args: A) -> LocalGet<N::Key, V> {
        let key = N::own(self.function.1.find(&args));
        let hash = self.cache.hash(&key);
        LocalGet::new(self.cache.enter_anew(hash, key, load(&self.function, args)))
    }

    /// As [`get`](Self::get), and blocks the thread until the value is there.
    ///
    /// # Blocking
    ///
    /// Outside of tasks. The load is driven here.
    ///
    /// # Panics
    ///
    /// If the function does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let square = FnCache::builder().wrap_value_local(|n: u64| async move { n * n });
    /// assert_eq!(square.get_blocking(7), 49);
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
    /// Outside of tasks. The load is driven here.
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
    /// let never = FnCache::builder().wrap_value_local(|()| std::future::pending::<u32>());
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
    /// Outside of tasks. The load is driven here.
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
    /// let square = FnCache::builder().wrap_value_local(|n: u64| async move { n * n });
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
    function: &Rc<(F, N)>,
    args: A,
) -> impl Future<Output = Fut::Output> + use<A, F, Fut, N>
where
    F: Fn(A) -> Fut,
    Fut: Future,
{
    let function = Rc::clone(function);
    async move { function.0(args).await }
}

impl<A, V, F, N: KeyOf<A>, C, S: Clone> Clone for LocalCachedFn<A, V, F, N, C, S> {
    fn clone(&self) -> Self {
        Self {
            cache: self.cache.clone(),
            function: Rc::clone(&self.function),
        }
    }
}

impl<A, V, F, N: KeyOf<A>, C, S> fmt::Debug for LocalCachedFn<A, V, F, N, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalCachedFn")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
