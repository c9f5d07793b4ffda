//! Getting values outside of a task, on the thread of a local cache.

use super::LocalFnCache;
use async_clock::{Clock, ClockExt, Elapsed};
use async_waitlist::blocking::block_on;
use std::hash::{BuildHasher, Hash};
use std::time::{Duration, Instant};

impl<K, V, C, S> LocalFnCache<K, V, C, S>
where
    K: Hash + Eq + 'static,
    V: Clone + 'static,
    C: Clock,
    S: BuildHasher,
{
    /// As [`get_with`](Self::get_with), and blocks the thread until the value is there.
    ///
    /// # Blocking
    ///
    /// Outside of tasks. The load is driven here; one that needs another task of this thread never
    /// ends.
    ///
    /// # Panics
    ///
    /// If the load does, or if it would wait for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let cache = FnCache::builder().build_local();
    /// assert_eq!(cache.get_with_blocking("seven", || async { 7 }), 7);
    /// ```
    pub fn get_with_blocking<F>(&self, key: K, init: impl FnOnce() -> F + 'static) -> V
    where
        F: Future<Output = V> + 'static,
    {
        block_on(self.get_with(key, init))
    }

    /// As [`get_with`](Self::get_with), and blocks the thread until the value is there, for
    /// `timeout` of the cache's clock at most.
    ///
    /// A timeout that leads past every instant means as long as it takes.
    ///
    /// # Blocking
    ///
    /// Outside of tasks. The load is driven here.
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
    /// use async_fn_cache::{Elapsed, FnCache, LocalFnCache};
    /// use std::future;
    /// use std::time::Duration;
    ///
    /// let cache: LocalFnCache<&str, u32> = FnCache::builder().build_local();
    /// let limit = Duration::from_millis(1);
    /// assert_eq!(cache.get_with_blocking_timeout("key", future::pending, limit), Err(Elapsed));
    /// ```
    pub fn get_with_blocking_timeout<F>(
        &self,
        key: K,
        init: impl FnOnce() -> F + 'static,
        timeout: Duration,
    ) -> Result<V, Elapsed>
    where
        F: Future<Output = V> + 'static,
    {
        block_on(self.core.clock.timeout(timeout, self.get_with(key, init)))
    }

    /// As [`get_with`](Self::get_with), and blocks the thread until the value is there, until
    /// `deadline` at most.
    ///
    /// # Blocking
    ///
    /// Outside of tasks. The load is driven here.
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
    /// use async_fn_cache::FnCache;
    /// use std::time::Instant;
    ///
    /// let cache = FnCache::builder().build_local();
    /// let ready = cache.get_with_blocking_deadline("key", || async { 7 }, Instant::now());
    /// assert_eq!(ready, Ok(7)); // it was polled once
    /// ```
    pub fn get_with_blocking_deadline<F>(
        &self,
        key: K,
        init: impl FnOnce() -> F + 'static,
        deadline: Instant,
    ) -> Result<V, Elapsed>
    where
        F: Future<Output = V> + 'static,
    {
        block_on(
            self.core
                .clock
                .timeout_at(deadline, self.get_with(key, init)),
        )
    }
}
