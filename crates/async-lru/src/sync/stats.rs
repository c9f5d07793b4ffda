//! What a map has seen.

use core::ops::AddAssign;

/// What a map has seen since it was made; each shard's part is exact, and the shards are asked one
/// after the other.
///
/// # Examples
///
/// ```
/// use async_lru::sync::LruCache;
/// use std::num::NonZeroUsize;
///
/// let cache = LruCache::new(NonZeroUsize::MIN);
/// cache.get_or_insert_with("a", || 1);
/// cache.get_or_insert_with("a", || 1);
/// cache.get_or_insert_with("b", || 2);
/// let stats = cache.stats();
/// assert_eq!((stats.hits, stats.misses), (1, 2));
/// assert_eq!((stats.evicted, stats.entries), (1, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Lookups that found a live entry.
    pub hits: u64,
    /// Lookups that did not.
    pub misses: u64,
    /// Live entries that had to go for others, or for a smaller capacity.
    pub evicted: u64,
    /// Entries that were removed because they had expired.
    pub expired: u64,
    /// Entries that are there, those that have expired and were not removed yet included.
    pub entries: usize,
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.misses += other.misses;
        self.evicted += other.evicted;
        self.expired += other.expired;
        self.entries += other.entries;
    }
}
