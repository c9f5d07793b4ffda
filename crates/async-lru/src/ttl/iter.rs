//! Iterating over what has not expired, and over what has.

use core::fmt;
use core::iter::FusedIterator;

use super::expiry::Expiry;
use crate::extra::Aging;
use crate::ring::Slot;
use crate::slots::Slots;

/// An iterator over the pairs that have not expired; made by
/// [`TtlLruCache::iter`](crate::TtlLruCache::iter).
///
/// # Examples
///
/// ```
/// let mut cache = async_lru::TtlLruCache::builder().build();
/// cache.extend([(1, "one"), (2, "two")]);
/// assert_eq!(cache.iter().next_back(), Some((&1, &"one")));
/// ```
#[must_use = "iterators are lazy"]
pub struct LiveIter<'a, K, V> {
    slots: &'a Slots<K, V, Expiry>,
    now: u64,
    front: Slot,
    back: Slot,
    /// The slots that neither end has come to.
    left: usize,
}

impl<'a, K, V> LiveIter<'a, K, V> {
    pub(super) fn new(slots: &'a Slots<K, V, Expiry>, now: u64) -> Self {
        Self {
            slots,
            now,
            front: slots.order().first(),
            back: slots.order().last(),
            left: slots.len(),
        }
    }

    /// The pair of a slot, if it lives.
    fn live(&self, slot: Slot) -> Option<(&'a K, &'a V)> {
        if self.slots.extra().is_expired(slot, self.now) {
            return None;
        }
        let (key, value) = self.slots.pair(slot);
        Some((key, value))
    }
}

impl<'a, K, V> Iterator for LiveIter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.left = self.left.checked_sub(1)?;
            let slot = self.front;
            self.front = self.slots.order().next(slot);
            if let Some(pair) = self.live(slot) {
                return Some(pair);
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<K, V> DoubleEndedIterator for LiveIter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            self.left = self.left.checked_sub(1)?;
            let slot = self.back;
            self.back = self.slots.order().prev(slot);
            if let Some(pair) = self.live(slot) {
                return Some(pair);
            }
        }
    }
}

impl<K, V> FusedIterator for LiveIter<'_, K, V> {}

impl<K, V> Clone for LiveIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for LiveIter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator that removes the pairs that have expired; made by
/// [`TtlLruCache::drain_expired`](crate::TtlLruCache::drain_expired).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let mut cache = async_lru::TtlLruCache::builder().purge_per_write(0).build();
/// let _ = cache.insert_with_ttl(1, "one", Duration::ZERO);
/// assert_eq!(cache.drain_expired().next(), Some((1, "one")));
/// ```
#[must_use = "dropping it drops what has expired; `purge_expired` says how many that are"]
pub struct DrainExpired<'a, K, V> {
    slots: &'a mut Slots<K, V, Expiry>,
    now: u64,
}

impl<'a, K, V> DrainExpired<'a, K, V> {
    pub(super) fn new(slots: &'a mut Slots<K, V, Expiry>, now: u64) -> Self {
        Self { slots, now }
    }
}

impl<K, V> Iterator for DrainExpired<'_, K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.slots.pop_expired(self.now)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.slots.len()))
    }
}

impl<K, V> FusedIterator for DrainExpired<'_, K, V> {}

impl<K, V> Drop for DrainExpired<'_, K, V> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

impl<K, V> fmt::Debug for DrainExpired<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainExpired").finish_non_exhaustive()
    }
}
