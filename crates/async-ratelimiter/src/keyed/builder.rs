//! `KeyedBuilder`: everything about a keyed limiter that `new` leaves at its default.

use super::Keyed;
use super::engine::Engine;
use crate::builder::quota;
use crate::policy::{Policy, Quota, SlidingLog};
use async_clock::{Clock, SystemClock};
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::time::Duration;

/// Configures a [`Keyed`] limiter; made by [`Keyed::builder`].
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_ratelimiter::{Gcra, Keyed};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let (n, burst) = (NonZeroU32::new(50).unwrap(), NonZeroU32::new(5).unwrap());
/// let per_user = Keyed::<u64>::builder(n, Duration::from_secs(1))
///     .policy(Gcra::never_exceed(burst))
///     .clock(ManualClock::new())
///     .max_keys(100_000)
///     .max_waiters(10)
///     .build();
/// assert!(per_user.try_acquire(&7).is_ok());
/// ```
#[must_use = "a builder makes nothing until `build` is called"]
pub struct KeyedBuilder<K, P: Policy, C: Clock> {
    quota: Quota,
    policy: P,
    clock: C,
    max_waiters: usize,
    max_keys: usize,
    keys: PhantomData<fn(K)>,
}

impl<K> KeyedBuilder<K, SlidingLog, SystemClock> {
    #[track_caller]
    pub(super) fn new(n: NonZeroU32, per: Duration) -> Self {
        Self {
            quota: quota(n, per),
            policy: SlidingLog::new(),
            clock: SystemClock,
            max_waiters: usize::MAX,
            max_keys: usize::MAX,
            keys: PhantomData,
        }
    }
}

impl<K, P: Policy, C: Clock> KeyedBuilder<K, P, C> {
    /// Chooses how permits are counted; [`SlidingLog`] if this is not called.
    ///
    /// [`Gcra`](crate::Gcra) takes the least memory per key.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{Gcra, Keyed};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::<u64>::builder(NonZeroU32::MIN, Duration::from_secs(1))
    ///     .policy(Gcra::smooth(NonZeroU32::MIN))
    ///     .build();
    /// assert!(per_user.try_acquire(&7).is_ok());
    /// ```
    pub fn policy<Q: Policy>(self, policy: Q) -> KeyedBuilder<K, Q, C> {
        let Self {
            quota,
            clock,
            max_waiters,
            max_keys,
            keys,
            ..
        } = self;
        KeyedBuilder {
            quota,
            policy,
            clock,
            max_waiters,
            max_keys,
            keys,
        }
    }

    /// Chooses the clock; [`SystemClock`] if this is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let (clock, per) = (ManualClock::new(), Duration::from_secs(1));
    /// let per_user = Keyed::builder(NonZeroU32::MIN, per).clock(clock.clone()).build();
    /// per_user.try_acquire(&7).unwrap();
    /// clock.advance(per);
    /// per_user.try_acquire(&7).unwrap();
    /// ```
    pub fn clock<D: Clock>(self, clock: D) -> KeyedBuilder<K, P, D> {
        let Self {
            quota,
            policy,
            max_waiters,
            max_keys,
            keys,
            ..
        } = self;
        KeyedBuilder {
            quota,
            policy,
            clock,
            max_waiters,
            max_keys,
            keys,
        }
    }

    /// How many may wait at most for each key; without end by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{AcquireError, Keyed};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::builder(NonZeroU32::MIN, Duration::from_secs(60))
    ///     .max_waiters(0)
    ///     .build();
    /// per_user.try_acquire(&7).unwrap();
    /// let refused = futures_lite::future::block_on(per_user.acquire(&7));
    /// assert_eq!(refused, Err(AcquireError::QueueFull));
    /// ```
    pub fn max_waiters(mut self, most: usize) -> Self {
        self.max_waiters = most;
        self
    }

    /// How many keys there may be at most; without end by default.
    ///
    /// A new key is refused with `KeysFull` when there are that many and none can be forgotten
    /// without breaking the promise: to evict a live key would be to grant it its permits twice.
    /// While it is full, a refusal costs a walk over all keys at most once per instant at which one
    /// may become free.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_ratelimiter::{Keyed, TryAcquireError};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let (clock, per) = (ManualClock::new(), Duration::from_secs(1));
    /// let per_user =
    ///     Keyed::builder(NonZeroU32::MIN, per).clock(clock.clone()).max_keys(1).build();
    /// per_user.try_acquire(&"ada").unwrap();
    /// assert_eq!(per_user.try_acquire(&"bob"), Err(TryAcquireError::KeysFull));
    /// clock.advance(per);
    /// per_user.try_acquire(&"bob").unwrap(); // nothing is left of ada's permit
    /// ```
    pub fn max_keys(mut self, most: usize) -> Self {
        self.max_keys = most;
        self
    }

    /// Makes the limiter.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::<u64>::builder(NonZeroU32::MIN, Duration::from_secs(1)).build();
    /// assert!(per_user.is_empty());
    /// ```
    pub fn build(self) -> Keyed<K, P, C>
    where
        K: Hash + Eq + Clone,
    {
        let Self {
            quota,
            policy,
            clock,
            max_waiters,
            max_keys,
            ..
        } = self;
        Keyed::from_engine(Engine::new(policy, quota, clock, max_waiters, max_keys))
    }
}

impl<K, P: Policy, C: Clock> fmt::Debug for KeyedBuilder<K, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedBuilder")
            .field("quota", &self.quota)
            .field("policy", &self.policy)
            .field("max_waiters", &self.max_waiters)
            .field("max_keys", &self.max_keys)
            .finish_non_exhaustive()
    }
}
