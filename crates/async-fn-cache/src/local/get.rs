//! The futures.

use super::Slot;
use async_single_flight::LoadError;
use async_single_flight::flight::Wait;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future of [`LocalFnCache::get_with`] and of all else that gets a value or panics.
///
/// It owns what it needs, and keeps the cache alive only while a load is on its way.
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place among the callers; nothing else is lost.
/// If it was the last one, the load is dropped with it.
///
/// # Panics
///
/// If the load does, or if it would wait for itself.
/// The caller that drove gets the panic itself, the others one with its message.
/// A panic of the value's `Clone` is this caller's alone.
///
/// # Examples
///
/// ```
/// use async_fn_cache::{FnCache, LocalGet};
///
/// let cache = FnCache::builder().build_local();
/// let get: LocalGet<&str, u32> = cache.get_with("seven", || async { 7 });
/// assert_eq!(futures_lite::future::block_on(get), 7);
/// ```
///
/// [`LocalFnCache::get_with`]: crate::LocalFnCache::get_with
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LocalGet<K, V>(Wait<Slot<K, V>>);

/// The future of [`LocalFnCache::get_checked_with`] and of all else that gets a value or an error.
///
/// It owns what it needs, and keeps the cache alive only while a load is on its way.
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place among the callers; nothing else is lost.
/// If it was the last one, the load is dropped with it.
///
/// # Panics
///
/// Never because of the load.
/// A panic of the value's `Clone` is this caller's alone.
///
/// # Errors
///
/// [`LoadError`].
///
/// # Examples
///
/// ```
/// use async_fn_cache::{FnCache, LocalGetChecked};
///
/// let cache = FnCache::builder().build_local();
/// let get: LocalGetChecked<&str, u32> = cache.get_checked_with("seven", || async { 7 });
/// assert_eq!(futures_lite::future::block_on(get), Ok(7));
/// ```
///
/// [`LocalFnCache::get_checked_with`]: crate::LocalFnCache::get_checked_with
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct LocalGetChecked<K, V>(Wait<Slot<K, V>>);

impl<K, V> LocalGet<K, V> {
    #[inline]
    pub(crate) fn new(wait: Wait<Slot<K, V>>) -> Self {
        Self(wait)
    }
}

impl<K, V> LocalGetChecked<K, V> {
    #[inline]
    pub(crate) fn new(wait: Wait<Slot<K, V>>) -> Self {
        Self(wait)
    }
}

impl<K, V> Future for LocalGet<K, V>
where
    K: 'static,
    V: Clone + 'static,
{
    type Output = V;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<V> {
        let outcome = self.0.poll_resuming(cx);
        outcome.map(|outcome| outcome.unwrap_or_else(|error| panic!("{error}")))
    }
}

impl<K, V> Future for LocalGetChecked<K, V>
where
    K: 'static,
    V: Clone + 'static,
{
    type Output = Result<V, LoadError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<K, V> fmt::Debug for LocalGet<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalGet").field(&self.0).finish()
    }
}

impl<K, V> fmt::Debug for LocalGetChecked<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalGetChecked").field(&self.0).finish()
    }
}
