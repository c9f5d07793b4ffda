//! LRU maps for several threads: shards, each behind a mutex, and entries that are shared.
//!
//! Every method takes `&self`.
//! A lookup returns a [`Cached`], a handle that keeps key and value alive whatever becomes of the
//! entry; what leaves a map does so as a handle too.
//! Values, closures and the drops of keys and values never run while a lock is held, so they may
//! use the map; only `Hash` and `Eq` of keys may not, since keys are compared under the lock of a
//! shard.
//!
//! Absent on purpose is what is out of date before its caller can act on it: `contains_key`, `len`
//! and iterators.
//! Instead, each thing that one would do after such a check is one call:
//! [`try_insert`](LruCache::try_insert), [`get_or_insert_with`](LruCache::get_or_insert_with),
//! [`update`](LruCache::update), [`remove_if_same`](LruCache::remove_if_same).
//!
//! A map has a shard for every 64 entries of its capacity, and up to four for every core.
//! Each has its own order of use and its own part of the capacity; the parts add up to the
//! capacity.
//! So a small map is one exact LRU, and in a large one the entry that goes is the least recently
//! used of its shard: for a single order, say so with `with_shards`.

mod cached;
mod lru;
mod outcome;
mod shard;
mod sharded;
mod stats;
#[cfg(feature = "ttl")]
mod ttl;

pub use cached::Cached;
pub use lru::LruCache;
pub use outcome::{Inserted, Occupied};
pub use stats::Stats;
#[cfg(feature = "ttl")]
pub use ttl::TtlLruCache;
