//! How a function is wrapped.

use super::CachedFn;
use crate::builder::FnCacheBuilder;
use crate::key::{By, ByArgs};
use crate::local_fn::LocalCachedFn;
use async_clock::{Clock, SystemClock};
use async_single_flight::DefaultHashBuilder;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

/// A value that may be an error: a `Result`.
///
/// It is implemented for `Result`, and can't be for other types.
///
/// # Examples
///
/// ```
/// use async_fn_cache::Fallible;
///
/// fn count<V: Fallible>(values: &[V]) -> usize {
///     values.len()
/// }
///
/// assert_eq!(count(&[Ok(1), Err("two")]), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`wrap` takes a function that returns a `Result`, so as to keep no errors",
    label = "this is not a `Result`",
    note = "`wrap_value` takes functions that can't fail, or whose errors are values to be kept"
)]
#[expect(private_bounds, reason = "sealed")]
pub trait Fallible: IsError {}

pub(crate) trait IsError {
    fn is_error(&self) -> bool;
}

impl<T, E> Fallible for Result<T, E> {}

impl<T, E> IsError for Result<T, E> {
    fn is_error(&self) -> bool {
        self.is_err()
    }
}

/// Wraps a function whose arguments are more than the key; made by [`FnCacheBuilder::key`].
///
/// # Examples
///
/// ```
/// use async_fn_cache::FnCache;
///
/// // The trace id does not matter for what is found.
/// let fetch = FnCache::builder()
///     .key(|(user, _trace): &(u64, u128)| *user)
///     .wrap_value(|(user, trace)| async move { format!("user {user}, loaded by {trace}") });
/// assert_eq!(fetch.get_blocking((7, 1)), "user 7, loaded by 1");
/// assert_eq!(fetch.get_blocking((7, 2)), "user 7, loaded by 1");
/// ```
#[must_use = "a builder makes nothing until one of the `wrap`s is called"]
pub struct KeyedBuilder<A, G, K, V, C = SystemClock, S = DefaultHashBuilder> {
    builder: FnCacheBuilder<K, V, C, S>,
    key: G,
    args: PhantomData<fn(A)>,
}

impl<K, V, C, S> FnCacheBuilder<K, V, C, S> {
    /// Makes the key of the arguments, for a function whose arguments are more than that.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let length = FnCache::builder()
    ///     .key(|text: &&str| text.to_lowercase())
    ///     .wrap_value(|text: &'static str| async move { text.len() });
    /// length.get_blocking("Seven");
    /// assert_eq!(length.cache().try_get("seven"), Ok(5));
    /// ```
    pub fn key<A, G>(self, key: G) -> KeyedBuilder<A, G, K, V, C, S>
    where
        G: Fn(&A) -> K,
    {
        KeyedBuilder {
            builder: self,
            key,
            args: PhantomData,
        }
    }
}

impl<A, V, C, S> FnCacheBuilder<A, V, C, S>
where
    A: Hash + Eq + Clone,
    C: Clock,
{
    /// Wraps a function that returns a `Result`, of which only what is `Ok` is kept.
    ///
    /// All who wait for one call of it get the same error, and the next caller calls it again; see
    /// [`cache_errors`](FnCacheBuilder::cache_errors).
    /// Its one argument, a tuple if there are more, is the key; see [`key`](Self::key).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let parse = FnCache::builder().wrap(|text: &'static str| async { text.parse::<u32>() });
    /// assert_eq!(parse.get_blocking("7"), Ok(7));
    /// assert!(parse.get_blocking("seven").is_err());
    /// assert_eq!(parse.cache().stats().len, 1);
    /// ```
    pub fn wrap<F, Fut>(self, function: F) -> CachedFn<A, V, F, ByArgs, C, S>
    where
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
        V: Fallible + Clone + Send + Sync + 'static,
    {
        self.evicting(V::is_error).wrap_value(function)
    }

    /// Wraps a function that can't fail, or whose errors are values that are kept as others are.
    ///
    /// Its one argument, a tuple if there are more, is the key; see [`key`](Self::key).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let area = FnCache::builder().wrap_value(|(width, height)| async move { width * height });
    /// assert_eq!(area.get_blocking((6, 7)), 42);
    /// ```
    pub fn wrap_value<F, Fut>(self, function: F) -> CachedFn<A, V, F, ByArgs, C, S>
    where
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
        V: Clone + Send + Sync + 'static,
    {
        CachedFn::new(self.build(), function, ByArgs)
    }

    /// As [`wrap`](Self::wrap), for one thread: nothing need be `Send`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::rc::Rc;
    ///
    /// let parse = FnCache::builder()
    ///     .wrap_local(|text: Rc<str>| async move { text.parse::<u32>().map(Rc::new) });
    /// assert_eq!(parse.get_blocking("7".into()), Ok(Rc::new(7)));
    /// ```
    pub fn wrap_local<F, Fut>(self, function: F) -> LocalCachedFn<A, V, F, ByArgs, C, S>
    where
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = V> + 'static,
        V: Fallible + Clone + 'static,
    {
        self.evicting(V::is_error).wrap_value_local(function)
    }

    /// As [`wrap_value`](Self::wrap_value), for one thread: nothing need be `Send`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::rc::Rc;
    ///
    /// let boxed = FnCache::builder().wrap_value_local(|n: u32| async move { Rc::new(n) });
    /// assert!(Rc::ptr_eq(&boxed.get_blocking(7), &boxed.get_blocking(7)));
    /// ```
    pub fn wrap_value_local<F, Fut>(self, function: F) -> LocalCachedFn<A, V, F, ByArgs, C, S>
    where
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = V> + 'static,
        V: Clone + 'static,
    {
        LocalCachedFn::new(self.build_local(), function, ByArgs)
    }
}

impl<A, G, K, V, C, S> KeyedBuilder<A, G, K, V, C, S>
where
    G: Fn(&A) -> K,
    K: Hash + Eq,
    C: Clock,
{
    /// As [`FnCacheBuilder::wrap`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let parse = FnCache::builder()
    ///     .key(|text: &&str| text.trim())
    ///     .wrap(|text: &'static str| async { text.trim().parse::<u32>() });
    /// assert_eq!(parse.get_blocking(" 7"), Ok(7));
    /// assert_eq!(parse.cache().try_get("7"), Ok(Ok(7)));
    /// ```
    pub fn wrap<F, Fut>(self, function: F) -> CachedFn<A, V, F, By<G>, C, S>
    where
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
        V: Fallible + Clone + Send + Sync + 'static,
    {
        let builder = self.builder.evicting(V::is_error);
        CachedFn::new(builder.build(), function, By(self.key))
    }

    /// As [`FnCacheBuilder::wrap_value`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    ///
    /// let length = FnCache::builder()
    ///     .key(|text: &&str| text.to_lowercase())
    ///     .wrap_value(|text: &'static str| async move { text.len() });
    /// assert_eq!(length.get_blocking("Seven"), 5);
    /// ```
    pub fn wrap_value<F, Fut>(self, function: F) -> CachedFn<A, V, F, By<G>, C, S>
    where
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
        V: Clone + Send + Sync + 'static,
    {
        CachedFn::new(self.builder.build(), function, By(self.key))
    }

    /// As [`FnCacheBuilder::wrap_local`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::rc::Rc;
    ///
    /// let parse = FnCache::builder()
    ///     .key(|text: &Rc<str>| Rc::clone(text))
    ///     .wrap_local(|text: Rc<str>| async move { text.parse::<u32>() });
    /// assert_eq!(parse.get_blocking("7".into()), Ok(7));
    /// ```
    pub fn wrap_local<F, Fut>(self, function: F) -> LocalCachedFn<A, V, F, By<G>, C, S>
    where
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = V> + 'static,
        V: Fallible + Clone + 'static,
    {
        let builder = self.builder.evicting(V::is_error);
        LocalCachedFn::new(builder.build_local(), function, By(self.key))
    }

    /// As [`FnCacheBuilder::wrap_value_local`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_fn_cache::FnCache;
    /// use std::rc::Rc;
    ///
    /// let length = FnCache::builder()
    ///     .key(|text: &Rc<str>| text.to_lowercase())
    ///     .wrap_value_local(|text: Rc<str>| async move { text.len() });
    /// assert_eq!(length.get_blocking("Seven".into()), 5);
    /// ```
    pub fn wrap_value_local<F, Fut>(self, function: F) -> LocalCachedFn<A, V, F, By<G>, C, S>
    where
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = V> + 'static,
        V: Clone + 'static,
    {
        LocalCachedFn::new(self.builder.build_local(), function, By(self.key))
    }
}

impl<A, G, K, V, C, S> fmt::Debug for KeyedBuilder<A, G, K, V, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedBuilder")
            .field("builder", &self.builder)
            .finish_non_exhaustive()
    }
}
