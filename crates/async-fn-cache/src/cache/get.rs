//! The futures.

use super::Slot;
use async_single_flight::LoadError;
use async_single_flight::flight::Wait;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future of [`FnCache::get_with`] and of all else that gets a value or panics.
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
/// use async_fn_cache::{FnCache, Get};
///
/// let cache = FnCache::builder().build();
/// let get: Get<&str, u32> = cache.get_with("seven", || async { 7 });
/// assert_eq!(futures_lite::future::block_on(get), 7);
/// ```
///
/// [`FnCache::get_with`]: crate::FnCache::get_with
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Get<K, V>(Wait<Slot<K, V>>);

/// The future of [`FnCache::get_checked_with`] and of all else that gets a value or an error.
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
/// use async_fn_cache::{FnCache, GetChecked};
///
/// let cache = FnCache::builder().build();
/// let get: GetChecked<&str, u32> = cache.get_checked_with("seven", || async { 7 });
/// assert_eq!(futures_lite::future::block_on(get), Ok(7));
/// ```
///
/// [`FnCache::get_checked_with`]: crate::FnCache::get_checked_with
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct GetChecked<K, V>(Wait<Slot<K, V>>);

impl<K, V> Get<K, V> {
    #[inline]
    pub(crate) fn new(wait: Wait<Slot<K, V>>) -> Self {
        Self(wait)
    }
}

impl<K, V> GetChecked<K, V> {
    #[inline]
    pub(crate) fn new(wait: Wait<Slot<K, V>>) -> Self {
        Self(wait)
    }
}

impl<K, V> Future for Get<K, V>
where
    K: Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    type Output = V;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<V> {
        let outcome = self.0.poll_resuming(cx);
        outcome.map(|outcome| outcome.unwrap_or_else(|error| panic!("{error}")))
    }
}

impl<K, V> Future for GetChecked<K, V>
where
    K: Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    type Output = Result<V, LoadError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<K, V> fmt::Debug for Get<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Get").field(&self.0).finish()
    }
}

impl<K, V> fmt::Debug for GetChecked<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GetChecked").field(&self.0).finish()
    }
}
