//! The futures.

use super::Slot;
use async_single_flight::LoadError;
use async_single_flight::flight::Wait;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// x
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Get<K, V>(Wait<Slot<K, V>>);

/// x
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
