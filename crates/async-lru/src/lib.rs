//! [`Equivalent`]: equivalent::Equivalent
//! [`LruCache`]: LruCache
//! [`LruCache::insert`]: LruCache::insert
//! [`TtlLruCache`]: TtlLruCache
//! [`WeightedLruCache`]: WeightedLruCache
//! [`WeightedLruCache::new`]: WeightedLruCache::new
//! [`sync`]: sync
//! [`sync::Cached`]: sync::Cached
//! [`sync::LruCache`]: sync::LruCache
//! [`sync::TtlLruCache`]: sync::TtlLruCache
#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod extra;
mod hash;
mod inserted;
mod lru;
mod ring;
mod slots;
#[cfg(feature = "sync")]
pub mod sync;
mod table;
#[cfg(feature = "ttl")]
mod ttl;
mod weighted;

pub use equivalent::Equivalent;
pub use hash::{DefaultHashBuilder, DefaultHasher};
pub use inserted::Inserted;
pub use lru::{
    Drain, Entry, Evicted, ExtractIf, IntoIter, Iter, IterMut, Keys, LruCache, OccupiedEntry,
    VacantEntry, Values,
};
#[cfg(feature = "ttl")]
pub use ttl::{DrainExpired, LiveIter, Lookup, TtlLruCache, TtlLruCacheBuilder};
pub use weighted::{TooHeavy, WeightedLruCache};
