//! The limiters from elsewhere, a file each.

mod governor;
mod leaky_bucket;

pub(super) use governor::Governor;
pub(super) use leaky_bucket::LeakyBucket;
