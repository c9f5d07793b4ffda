//! The caches from elsewhere, a file each.

mod async_singleflight;
mod asyncband;
mod moka;
mod quick_cache;

pub(super) use async_singleflight::AsyncSingleflight;
pub(super) use asyncband::OnceMap;
pub(super) use moka::Moka;
pub(super) use quick_cache::QuickCache;
