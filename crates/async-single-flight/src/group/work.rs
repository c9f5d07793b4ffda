//! The futures.

use super::Slot;
use crate::LoadError;
use crate::flight::Wait;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future of [`Group::work`](super::Group::work).
///
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
/// use async_single_flight::{Group, Work};
///
/// let group = Group::new();
/// let work: Work<u32, &str> = group.work(1, || async { "one" });
/// assert_eq!(futures_lite::future::block_on(work), "one");
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Work<K, V>(Wait<Slot<K, V>>);

/// The future of [`Group::work_checked`](super::Group::work_checked).
///
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
/// use async_single_flight::{Group, WorkChecked};
///
/// let group = Group::new();
/// let work: WorkChecked<u32, &str> = group.work_checked(1, || async { "one" });
/// assert_eq!(futures_lite::future::block_on(work), Ok("one"));
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WorkChecked<K, V>(Wait<Slot<K, V>>);

impl<K, V> Work<K, V> {
    #[inline]
    pub(super) fn new(wait: Wait<Slot<K, V>>) -> Self {
        Self(wait)
    }
}

impl<K, V> WorkChecked<K, V> {
    #[inline]
    pub(super) fn new(wait: Wait<Slot<K, V>>) -> Self {
        Self(wait)
    }
}

impl<K, V> Future for Work<K, V>
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

impl<K, V> Future for WorkChecked<K, V>
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

impl<K, V> fmt::Debug for Work<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Work").field(&self.0).finish()
    }
}

impl<K, V> fmt::Debug for WorkChecked<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WorkChecked").field(&self.0).finish()
    }
}
