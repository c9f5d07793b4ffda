//! LRU maps for several threads: every entry that goes in comes out once or is still there, and no
//! entry shows a key with another one's value.
//!
//! The balance was seen to fail, by hand, with an `update` that does not look whether the entry is
//! still the one that it read.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_clock::ManualClock;
use async_lru::sync::{Cached, Inserted, LruCache};
use async_lru::{DefaultHashBuilder, TtlLruCache};

const THREADS: usize = 4;
const OPERATIONS: usize = 400;

fn nonzero(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("above zero")
}

/// A key, and what tells its value from those of other keys.
fn value(key: u32, nonce: u64) -> (u32, u64) {
    (key, nonce)
}

/// What went in and what came out, as sums of their nonces.
#[derive(Default)]
struct Balance {
    put: AtomicU64,
    taken: AtomicU64,
}

impl Balance {
    fn put(&self, nonce: u64) {
        self.put.fetch_add(nonce, Ordering::SeqCst);
    }

    fn took(&self, cached: Option<&Cached<u32, (u32, u64)>>) {
        if let Some(cached) = cached {
            assert_eq!(*cached.key(), cached.0, "another key's value");
            self.taken.fetch_add(cached.1, Ordering::SeqCst);
        }
    }

    fn inserted(&self, inserted: Inserted<u32, (u32, u64)>) {
        if let Inserted::Replaced(cached) = &inserted {
            self.took(Some(cached));
        } else {
            self.took(inserted.evicted().as_ref());
        }
    }
}

#[test]
fn what_goes_in_comes_out_once() {
    stress::rounds(|rng| {
        let capacity = rng.usize(1..40);
        let shards = nonzero(rng.usize(1..6));
        let hasher = DefaultHashBuilder::default();
        let cache = LruCache::with_shards(nonzero(capacity), shards, hasher);
        let balance = Balance::default();
        stress::threads(THREADS, rng, |_, rng| {
            for _ in 0..OPERATIONS {
                let (key, nonce) = (rng.u32(..60), rng.u64(..1 << 20));
                match rng.u32(..16) {
                    0..=5 => {
                        balance.put(nonce);
                        balance.inserted(cache.insert(key, value(key, nonce)));
                    }
                    6..=10 => {
                        if let Some(cached) = cache.get(&key) {
                            assert_eq!(*cached, value(key, cached.1));
                        }
                    }
                    11..=12 => balance.took(cache.remove(&key).as_ref()),
                    13 => {
                        // It is the caller's whose nonce is one more than before.
                        let updated = cache.update(&key, |old| Some(value(old.0, old.1 + 1)));
                        balance.put(u64::from(updated.is_some()));
                    }
                    14 => {
                        if let Some(cached) = cache.get(&key).filter(|it| cache.remove_if_same(it))
                        {
                            balance.took(Some(&cached));
                        }
                    }
                    _ => {
                        for cached in cache.resize(nonzero(rng.usize(1..=capacity))) {
                            balance.took(Some(&cached));
                        }
                    }
                }
            }
        });
        assert!(cache.stats().entries <= cache.capacity().get());
        (0..60).for_each(|key| balance.took(cache.remove(&key).as_ref()));
        assert_eq!(cache.stats().entries, 0);
        assert_eq!(balance.put.into_inner(), balance.taken.into_inner());
    });
}

#[test]
fn nothing_expired_is_seen_while_time_goes_on() {
    const LIFE: u64 = 8;
    /// The writer has not said yet when it was done.
    const UNKNOWN: u64 = u64::MAX;

    stress::rounds(|rng| {
        let clock = ManualClock::new();
        let builder = TtlLruCache::builder().capacity(nonzero(rng.usize(1..40)));
        let builder = builder.ttl(Duration::from_nanos(LIFE)).clock(clock.clone());
        let cache = builder.build_sync_with_shards(nonzero(rng.usize(1..4)));
        // The clock is there already, or one step ahead.
        let time = AtomicU64::new(0);
        stress::threads(THREADS, rng, |thread, rng| {
            for _ in 0..OPERATIONS {
                let key = rng.u32(..30);
                match rng.u32(..8) {
                    0 if thread == 0 => {
                        clock.advance(Duration::from_nanos(1));
                        time.fetch_add(1, Ordering::SeqCst);
                    }
                    0..=2 => {
                        let latest = Arc::new(AtomicU64::new(UNKNOWN));
                        drop(cache.insert(key, Arc::clone(&latest)));
                        latest.store(time.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
                    }
                    3 => drop(cache.purge_expired()),
                    4 => drop(cache.remove(&key)),
                    _ => {
                        let now = time.load(Ordering::SeqCst);
                        if let Some(written) = cache.get(&key) {
                            let written = written.load(Ordering::SeqCst);
                            assert!(written == UNKNOWN || now < written + LIFE);
                        }
                    }
                }
            }
        });
        clock.advance(Duration::from_nanos(LIFE));
        assert!((0..30).all(|key| cache.get(&key).is_none()));
        cache.purge_expired();
        assert_eq!(cache.stats().entries, 0);
        assert_eq!(cache.next_deadline(), None);
    });
}
