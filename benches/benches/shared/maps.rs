//! One face for the LRU maps that are compared.
//!
//! All hash with foldhash, as most of them do by default.

use std::hash::Hash;
use std::num::NonZeroUsize;

use foldhash::fast::RandomState;

/// A map that holds so many entries.
pub(crate) trait Map<K, V> {
    /// The crate that it comes from.
    const NAME: &'static str;

    fn with_capacity(capacity: usize) -> Self;

    /// A lookup that counts as a use.
    fn read(&mut self, key: &K) -> Option<&V>;

    /// An insertion; what leaves the map is dropped.
    fn write(&mut self, key: K, value: V);
}

pub(crate) type Ours<K, V> = async_lru::LruCache<K, V, RandomState>;
pub(crate) type Lru<K, V> = lru::LruCache<K, V, RandomState>;
pub(crate) type Hashlink<K, V> = hashlink::LruCache<K, V, RandomState>;
pub(crate) type Schnellru<K, V> = schnellru::LruMap<K, V, schnellru::ByLength, RandomState>;
pub(crate) type Quick<K, V> =
    quick_cache::unsync::Cache<K, V, quick_cache::UnitWeighter, RandomState>;

fn nonzero(capacity: usize) -> NonZeroUsize {
    NonZeroUsize::new(capacity).expect("a map holds something")
}

impl<K: Hash + Eq, V> Map<K, V> for Ours<K, V> {
    const NAME: &'static str = "ours";

    fn with_capacity(capacity: usize) -> Self {
        Self::with_hasher(nonzero(capacity), RandomState::default())
    }

    #[inline]
    fn read(&mut self, key: &K) -> Option<&V> {
        self.get(key)
    }

    #[inline]
    fn write(&mut self, key: K, value: V) {
        drop(self.insert(key, value));
    }
}

impl<K: Hash + Eq, V> Map<K, V> for Lru<K, V> {
    const NAME: &'static str = "lru";

    fn with_capacity(capacity: usize) -> Self {
        Self::with_hasher(nonzero(capacity), RandomState::default())
    }

    #[inline]
    fn read(&mut self, key: &K) -> Option<&V> {
        self.get(key)
    }

    #[inline]
    fn write(&mut self, key: K, value: V) {
        drop(self.push(key, value));
    }
}

impl<K: Hash + Eq, V> Map<K, V> for Hashlink<K, V> {
    const NAME: &'static str = "hashlink";

    fn with_capacity(capacity: usize) -> Self {
        Self::with_hasher(capacity, RandomState::default())
    }

    #[inline]
    fn read(&mut self, key: &K) -> Option<&V> {
        self.get(key)
    }

    #[inline]
    fn write(&mut self, key: K, value: V) {
        drop(self.insert(key, value));
    }
}

impl<K: Hash + Eq, V> Map<K, V> for Schnellru<K, V> {
    const NAME: &'static str = "schnellru";

    fn with_capacity(capacity: usize) -> Self {
        let capacity = u32::try_from(capacity).expect("no map is that large");
        let limiter = schnellru::ByLength::new(capacity);
        Self::with_hasher(limiter, RandomState::default())
    }

    #[inline]
    fn read(&mut self, key: &K) -> Option<&V> {
        self.get(key).map(|value| &*value)
    }

    #[inline]
    fn write(&mut self, key: K, value: V) {
        self.insert(key, value);
    }
}

/// Not strictly in the order of use.
impl<K: Hash + Eq, V> Map<K, V> for Quick<K, V> {
    const NAME: &'static str = "quick_cache";

    fn with_capacity(capacity: usize) -> Self {
        Self::with(
            capacity,
            capacity as u64,
            quick_cache::UnitWeighter,
            RandomState::default(),
            quick_cache::unsync::DefaultLifecycle::default(),
        )
    }

    #[inline]
    fn read(&mut self, key: &K) -> Option<&V> {
        self.get(key)
    }

    #[inline]
    fn write(&mut self, key: K, value: V) {
        self.insert(key, value);
    }
}
