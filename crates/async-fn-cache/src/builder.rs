//! `FnCacheBuilder`
use crate::cache::FnCache;
use crate::core::Core;
use crate::policy::Policy;
use async_clock::{Clock, SystemClock};
use async_single_flight::DefaultHashBuilder;
use async_single_flight::flight::FAN_OUT;
use std::hash::{BuildHasher, Hash};
use std::num::{NonZeroU32, NonZeroUsize};

/// x
pub struct FnCacheBuilder<K, V, C = SystemClock, S = DefaultHashBuilder> {
    capacity: Option<NonZeroUsize>,
    shards: Option<NonZeroUsize>,
    fan_out: NonZeroU32,
    policy: Policy<K, V>,
    clock: C,
    hasher: S,
}

impl<K, V> FnCacheBuilder<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            capacity: None,
            shards: None,
            fan_out: FAN_OUT,
            policy: Policy::new(),
            clock: SystemClock,
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<K, V, C: Clock, S> FnCacheBuilder<K, V, C, S> {
    pub fn capacity(self, capacity: NonZeroUsize) -> Self {
        Self { capacity: Some(capacity), ..self }
    }

    pub fn hasher<T>(self, hasher: T) -> FnCacheBuilder<K, V, C, T> {
        FnCacheBuilder { capacity: self.capacity, shards: self.shards, fan_out: self.fan_out, policy: self.policy, clock: self.clock, hasher }
    }

    pub fn build(self) -> FnCache<K, V, C, S>
    where
        K: Hash + Eq,
        S: BuildHasher,
    {
        let core = Core::new(self.capacity, self.shards, self.fan_out, self.policy, self.clock);
        FnCache::with(core, self.hasher)
    }
}
