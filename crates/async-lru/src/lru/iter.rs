//! Iterators over a map: the most recently used entry first, and from both ends.

#![allow(
    single_use_lifetimes,
    reason = "the macro names a lifetime that not all of its iterators need to"
)]

use alloc::vec;
use core::iter::FusedIterator;
use core::{fmt, slice};

use crate::ring::{Ring, Slot, index};
use crate::slots::Slots;

/// An iterator over the pairs; made by [`LruCache::iter`](crate::LruCache::iter).
///
/// # Examples
///
/// ```
/// let mut cache = async_lru::LruCache::unbounded();
/// cache.extend([(1, "one"), (2, "two")]);
/// let mut pairs = cache.iter();
/// assert_eq!(pairs.len(), 2);
/// assert_eq!(pairs.next_back(), Some((&1, &"one")));
/// ```
#[must_use = "iterators are lazy"]
pub struct Iter<'a, K, V> {
    order: &'a Ring,
    pairs: &'a [(K, V)],
    front: Slot,
    back: Slot,
    left: usize,
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(crate) fn new<X>(slots: &'a Slots<K, V, X>) -> Self {
        Self {
            order: slots.order(),
            pairs: slots.pairs(),
            front: slots.order().first(),
            back: slots.order().last(),
            left: slots.len(),
        }
    }

    fn pair(&self, slot: Slot) -> (&'a K, &'a V) {
        let (key, value) = &self.pairs[index(slot) - 1];
        (key, value)
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let slot = self.front;
        self.front = self.order.next(slot);
        Some(self.pair(slot))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let slot = self.back;
        self.back = self.order.prev(slot);
        Some(self.pair(slot))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator whose items are made from those of another one that it holds.
macro_rules! mapped {
    (
        $(#[$doc:meta])*
        $name:ident<$($lifetime:lifetime,)? K, V> = $inner:ty => $item:ty, $map:expr
    ) => {
        $(#[$doc])*
        #[must_use = "iterators are lazy"]
        pub struct $name<$($lifetime,)? K, V>($inner);

        impl<$($lifetime,)? K, V> $name<$($lifetime,)? K, V> {
            pub(crate) fn new(inner: $inner) -> Self {
                Self(inner)
            }
        }

        impl<$($lifetime,)? K, V> Iterator for $name<$($lifetime,)? K, V> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.0.next().map($map)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<$($lifetime,)? K, V> DoubleEndedIterator for $name<$($lifetime,)? K, V> {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.0.next_back().map($map)
            }
        }

        impl<$($lifetime,)? K, V> ExactSizeIterator for $name<$($lifetime,)? K, V> {}
        impl<$($lifetime,)? K, V> FusedIterator for $name<$($lifetime,)? K, V> {}
    };
}

mapped! {
    /// An iterator over the keys; made by [`LruCache::keys`](crate::LruCache::keys).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cache = async_lru::LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.keys().next_back(), Some(&1));
    /// ```
    Keys<'a, K, V> = Iter<'a, K, V> => &'a K, |(key, _)| key
}

mapped! {
    /// An iterator over the values; made by [`LruCache::values`](crate::LruCache::values).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cache = async_lru::LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.values().next_back(), Some(&"one"));
    /// ```
    Values<'a, K, V> = Iter<'a, K, V> => &'a V, |(_, value)| value
}

mapped! {
    /// An iterator over the pairs with values to be changed; made by
    /// [`LruCache::iter_mut`](crate::LruCache::iter_mut).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cache = async_lru::LruCache::unbounded();
    /// cache.extend([("a", 1), ("b", 2)]);
    /// assert_eq!(cache.iter_mut().next(), Some((&"b", &mut 2)));
    /// ```
    IterMut<'a, K, V> = slice::IterMut<'a, (K, V)> => (&'a K, &'a mut V), |(key, value)| (&*key, value)
}

mapped! {
    /// An iterator over the pairs of a map that is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cache = async_lru::LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert!(cache.into_iter().eq([(2, "two"), (1, "one")]));
    /// ```
    IntoIter<K, V> = vec::IntoIter<(K, V)> => (K, V), |pair| pair
}

mapped! {
    /// An iterator over the pairs that were in a map; made by
    /// [`LruCache::drain`](crate::LruCache::drain).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cache = async_lru::LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.drain().next_back(), Some((1, "one")));
    /// assert!(cache.is_empty());
    /// ```
    Drain<'a, K, V> = vec::Drain<'a, (K, V)> => (K, V), |pair| pair
}

mapped! {
    /// An iterator over the pairs that a smaller capacity left no room for, the least recently used
    /// first; made by [`LruCache::resize`](crate::LruCache::resize).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    ///
    /// let mut cache = async_lru::LruCache::unbounded();
    /// cache.extend([(1, "one"), (2, "two"), (3, "three")]);
    /// let mut evicted = cache.resize(NonZeroUsize::MIN);
    /// assert_eq!(evicted.next(), Some((1, "one")));
    /// drop(evicted);
    /// assert_eq!(cache.len(), 1);
    /// ```
    Evicted<'a, K, V> = core::iter::Rev<vec::Drain<'a, (K, V)>> => (K, V), |pair| pair
}

/// An iterator that removes what pleases a predicate; made by
/// [`LruCache::extract_if`](crate::LruCache::extract_if).
///
/// # Examples
///
/// ```
/// let mut cache = async_lru::LruCache::unbounded();
/// cache.extend([(1, "one"), (2, "two"), (3, "three")]);
/// assert_eq!(cache.extract_if(|key, _| key % 2 == 1).next(), Some((3, "three")));
/// assert_eq!(cache.len(), 2); // it was not asked for more
/// ```
#[must_use = "iterators are lazy"]
pub struct ExtractIf<'a, K, V, F> {
    slots: &'a mut Slots<K, V>,
    /// The slot to look at next, 0 at the end.
    at: Slot,
    is_it: F,
}

impl<'a, K, V, F> ExtractIf<'a, K, V, F> {
    pub(crate) fn new(slots: &'a mut Slots<K, V>, is_it: F) -> Self {
        Self {
            at: slots.order().first(),
            slots,
            is_it,
        }
    }
}

impl<K, V, F: FnMut(&K, &mut V) -> bool> Iterator for ExtractIf<'_, K, V, F> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.slots.extract_next(&mut self.at, &mut self.is_it)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = if self.at == 0 { 0 } else { self.slots.len() };
        (0, Some(most))
    }
}

impl<K, V, F: FnMut(&K, &mut V) -> bool> FusedIterator for ExtractIf<'_, K, V, F> {}

impl<K, V, F> fmt::Debug for ExtractIf<'_, K, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}

fn list<T: fmt::Debug>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    f.debug_list().entries(items).finish()
}

impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.clone().map(|(key, _)| key))
            .finish()
    }
}

impl<K, V: fmt::Debug> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.0.clone().map(|(_, value)| value);
        f.debug_list().entries(values).finish()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for IterMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.0.as_slice())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.0.as_slice())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Drain<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.0.as_slice())
    }
}

impl<K, V> fmt::Debug for Evicted<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evicted")
            .field("left", &self.0.len())
            .finish()
    }
}
