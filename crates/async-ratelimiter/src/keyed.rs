//! `Keyed`: a limit for each key.

mod blocking;
mod builder;
mod engine;
mod futures;
mod table;

pub use builder::KeyedBuilder;
pub use futures::{KeyedAcquire, KeyedAcquireBy};

use crate::error::TryAcquireError;
use crate::policy::{Policy, SlidingLog};
use crate::shared::{Claim, Shared, State};
use crate::stats::RetryAfter;
use async_clock::{Clock, SystemClock};
use engine::{Engine, Entered};
use futures::Asked;
use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Grants `n` permits per period to each key, as a [`RateLimiter`](crate::RateLimiter) of its own
/// would; a handle that is cheap to clone.
///
/// A key costs its ledger and an entry in a table; only one for which somebody waits gets a queue
/// and a timer.
/// A key is forgotten when all its permits have been out of the window for a period: each new key
/// looks at some others, and so does each fourth use of a known one. There is no sweep to call and
/// no task.
/// [`KeyedBuilder::max_keys`] bounds their number.
///
/// `Hash` and `Eq` of keys run under a lock, and must not call back into the limiter.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_ratelimiter::Keyed;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let two = NonZeroU32::new(2).unwrap();
/// let per_user = Keyed::builder(two, Duration::from_secs(1)).clock(clock.clone()).build();
///
/// assert!(per_user.try_acquire(&"ada").is_ok());
/// assert!(per_user.try_acquire(&"ada").is_ok());
/// assert!(per_user.try_acquire(&"ada").is_err());
/// assert!(per_user.try_acquire(&"bob").is_ok());
/// futures_lite::future::block_on(clock.drive(per_user.acquire(&"ada"))).unwrap();
/// ```
pub struct Keyed<K, P: Policy = SlidingLog, C: Clock = SystemClock> {
    engine: Arc<Engine<K, P, C>>,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    /// Creates a limiter of `n` per `per` for each key, on the system's clock.
    ///
    /// # Panics
    ///
    /// If `per` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// assert!(per_user.try_acquire(&1).is_ok());
    /// assert!(per_user.try_acquire(&2).is_ok());
    /// assert!(per_user.try_acquire(&1).is_err());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(n: NonZeroU32, per: Duration) -> Self {
        Self::builder(n, per).build()
    }
}

impl<K> Keyed<K> {
    /// Starts to configure a limiter of `n` per `per` for each key.
    ///
    /// # Panics
    ///
    /// If `per` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::<u32>::builder(NonZeroU32::MIN, Duration::from_secs(1))
    ///     .max_keys(10)
    ///     .build();
    /// assert_eq!(per_user.len(), 0);
    /// ```
    #[track_caller]
    pub fn builder(n: NonZeroU32, per: Duration) -> KeyedBuilder<K, SlidingLog, SystemClock> {
        KeyedBuilder::new(n, per)
    }
}

impl<K, P: Policy, C: Clock> Keyed<K, P, C> {
    fn from_engine(engine: Engine<K, P, C>) -> Self {
        Self {
            engine: Arc::new(engine),
        }
    }
}

impl<K: Hash + Eq + Clone, P: Policy, C: Clock> Keyed<K, P, C> {
    /// Takes a permit of `key` now, or says when to try again.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError`]: none is free, others wait for this key, or there are too many keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// assert!(per_user.try_acquire(&"ada").is_ok());
    /// assert!(per_user.try_acquire(&"ada").unwrap_err().is_limited());
    /// ```
    pub fn try_acquire(&self, key: &K) -> Result<(), TryAcquireError> {
        self.try_acquire_many(key, 1)
    }

    /// Takes `permits` of `key` at once, or none.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire), or more permits than can ever be granted at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{Keyed, TryAcquireError};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::new(5).unwrap(), Duration::from_secs(60));
    /// assert_eq!(per_user.try_acquire_many(&"ada", 5), Ok(()));
    /// assert_eq!(per_user.try_acquire_many(&"ada", 6), Err(TryAcquireError::ExceedsLimit));
    /// ```
    pub fn try_acquire_many(&self, key: &K, permits: u32) -> Result<(), TryAcquireError> {
        match self.engine.grant(key, permits) {
            Entered::Granted => Ok(()),
            Entered::Limited(at, now) => Err(TryAcquireError::Limited(
                self.engine.epoch.retry_after(at, now),
            )),
            Entered::Live(shared) => shared.try_acquire(permits, Claim::Stamp),
            Entered::ExceedsLimit => Err(TryAcquireError::ExceedsLimit),
            Entered::KeysFull => Err(TryAcquireError::KeysFull),
        }
    }

    /// Waits for a permit of `key`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Fairness
    ///
    /// First come, first served for each key, by the first poll; keys don't wait for each other.
    ///
    /// # Errors
    ///
    /// [`AcquireError`](crate::AcquireError): the queue of the key is full, or there are too many
    /// keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let (clock, per) = (ManualClock::new(), Duration::from_secs(1));
    /// let per_user = Keyed::builder(NonZeroU32::MIN, per).clock(clock.clone()).build();
    /// let start = clock.now();
    /// futures_lite::future::block_on(clock.drive(async {
    ///     per_user.acquire(&"ada").await.unwrap();
    ///     per_user.acquire(&"bob").await.unwrap(); // at the same instant
    ///     per_user.acquire(&"ada").await.unwrap(); // a period later
    /// }));
    /// assert_eq!(clock.now() - start, per);
    /// ```
    pub fn acquire<'a>(&'a self, key: &'a K) -> KeyedAcquire<'a, K, P, C> {
        self.acquire_many(key, 1)
    }

    /// Waits for `permits` of `key` at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire), or more permits than can ever be granted at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::{AcquireError, Keyed};
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::new(5).unwrap(), Duration::from_secs(1));
    /// futures_lite::future::block_on(async {
    ///     assert_eq!(per_user.acquire_many(&7, 5).await, Ok(()));
    ///     assert_eq!(per_user.acquire_many(&7, 6).await, Err(AcquireError::ExceedsLimit));
    /// });
    /// ```
    pub fn acquire_many<'a>(&'a self, key: &'a K, permits: u32) -> KeyedAcquire<'a, K, P, C> {
        KeyedAcquire::new(Asked::Borrowed(&self.engine, key), permits)
    }

    /// As [`acquire_many`](Self::acquire_many), with a future that owns its handle and its key.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(1));
    /// let permit = per_user.acquire_owned("ada".to_owned(), 1);
    /// let task = std::thread::spawn(|| futures_lite::future::block_on(permit));
    /// assert!(task.join().unwrap().is_ok());
    /// ```
    pub fn acquire_owned(&self, key: K, permits: u32) -> KeyedAcquire<'static, K, P, C> {
        KeyedAcquire::new(Asked::Owned(self.engine.clone(), key), permits)
    }

    /// Waits for a permit of `key` if it can be granted until `deadline`, and fails at once if not.
    ///
    /// As [`RateLimiter::acquire_by`](crate::RateLimiter::acquire_by).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// [`AcquireByError`](crate::AcquireByError).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let (clock, per) = (ManualClock::new(), Duration::from_secs(1));
    /// let per_user = Keyed::builder(NonZeroU32::MIN, per).clock(clock.clone()).build();
    /// per_user.try_acquire(&"ada").unwrap();
    /// let due = clock.now() + per;
    /// futures_lite::future::block_on(clock.drive(per_user.acquire_by(&"ada", due))).unwrap();
    /// assert_eq!(clock.now(), due);
    /// ```
    pub fn acquire_by<'a>(&'a self, key: &'a K, deadline: Instant) -> KeyedAcquireBy<'a, K, P, C> {
        self.acquire_many_by(key, 1, deadline)
    }

    /// As [`acquire_by`](Self::acquire_by), for `permits` at once.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Errors
    ///
    /// As [`acquire_by`](Self::acquire_by), or more permits than can ever be granted at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    ///
    /// let per_user = Keyed::new(NonZeroU32::new(5).unwrap(), Duration::from_secs(1));
    /// let soon = Instant::now() + Duration::from_secs(1);
    /// let granted = futures_lite::future::block_on(per_user.acquire_many_by(&7, 5, soon));
    /// assert!(granted.is_ok());
    /// ```
    pub fn acquire_many_by<'a>(
        &'a self,
        key: &'a K,
        permits: u32,
        deadline: Instant,
    ) -> KeyedAcquireBy<'a, K, P, C> {
        let asked = Asked::Borrowed(&self.engine, key);
        KeyedAcquireBy::new(asked, permits, deadline)
    }

    /// When `key` would be granted `permits`, as
    /// [`RateLimiter::retry_after`](crate::RateLimiter::retry_after) says; makes no key.
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
    /// let per_user = Keyed::builder(NonZeroU32::MIN, per).clock(clock).build();
    /// per_user.try_acquire(&"ada").unwrap();
    /// assert_eq!(per_user.retry_after(&"ada", 1).after, per);
    /// assert_eq!(per_user.retry_after(&"bob", 1).after, Duration::ZERO);
    /// assert_eq!(per_user.len(), 1);
    /// ```
    pub fn retry_after(&self, key: &K, permits: u32) -> RetryAfter {
        match self.engine.look(key, permits) {
            Entered::Limited(at, now) => self.engine.epoch.retry_after(at, now),
            Entered::Live(shared) => Shared::retry_after(&shared, permits),
            Entered::Granted | Entered::ExceedsLimit | Entered::KeysFull => {
                self.engine.epoch.retry_after(crate::time::NEVER, 0)
            }
        }
    }

    /// Forgets `key`, as if nothing had ever been granted to it; says whether it was known.
    ///
    /// Whoever waits for it is served by what was forgotten, in the old order and time; whoever
    /// comes now begins anew.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// per_user.try_acquire(&"ada").unwrap();
    /// assert!(per_user.remove(&"ada"));
    /// assert!(per_user.try_acquire(&"ada").is_ok());
    /// ```
    pub fn remove(&self, key: &K) -> bool {
        self.engine.remove(key)
    }

    /// Forgets the stamps of `key`, and grants to those who wait what fits; says whether it was
    /// known.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// per_user.try_acquire(&"ada").unwrap();
    /// assert!(per_user.reset(&"ada"));
    /// assert!(per_user.try_acquire(&"ada").is_ok());
    /// ```
    pub fn reset(&self, key: &K) -> bool {
        let (known, live) = self.engine.reset(key);
        if let Some(shared) = live {
            shared.update(shared.now(), State::reset);
        }
        known
    }

    /// How many keys are remembered; some of them may have no permit in the window any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// let per_user = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
    /// per_user.try_acquire(&"ada").unwrap();
    /// assert_eq!(per_user.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.engine.keys()
    }

    /// Whether no key is remembered.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_ratelimiter::Keyed;
    /// use std::num::NonZeroU32;
    /// use std::time::Duration;
    ///
    /// assert!(Keyed::<u64>::new(NonZeroU32::MIN, Duration::from_secs(1)).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K, P: Policy, C: Clock> Clone for Keyed<K, P, C> {
    fn clone(&self) -> Self {
        Self {
            engine: self.engine.clone(),
        }
    }
}

impl<K, P: Policy, C: Clock> fmt::Debug for Keyed<K, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.engine.describe(f)
    }
}
