//! How long a value is kept.

use async_single_flight::store::Lifetime;
use std::fmt;
use std::time::{Duration, Instant};

/// What to do with a value that was loaded.
///
/// See [`FnCacheBuilder::keep`](crate::FnCacheBuilder::keep).
///
/// # Examples
///
/// ```
/// use async_fn_cache::{FnCache, Keep};
/// use std::time::Duration;
///
/// // Pages that say how long they hold.
/// type Page = (Option<Duration>, &'static str);
/// let pages = FnCache::builder()
///     .keep(|_url: &&str, (max_age, _): &Page| max_age.map_or(Keep::AsConfigured, Keep::For))
///     .build();
/// let page = pages.get_with_blocking("/", || async { (Some(Duration::ZERO), "not for long") });
/// assert_eq!((page.1, pages.stats().len), ("not for long", 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Keep {
    /// For as long as the cache is configured.
    #[default]
    AsConfigured,
    /// For so long instead; zero is as [`Not`](Self::Not).
    For(Duration),
    /// Not at all: only those who wait for it get it.
    Not,
}

/// What a time to live is counted from.
///
/// See [`FnCacheBuilder::ttl_from`](crate::FnCacheBuilder::ttl_from).
///
/// # Examples
///
/// ```
/// use async_fn_cache::TtlFrom;
///
/// assert_eq!(TtlFrom::default(), TtlFrom::Completion);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TtlFrom {
    /// From the end of the load.
    #[default]
    Completion,
    /// From the first poll of the load, which bounds the age of what it saw. A load that takes
    /// longer than that is not kept.
    Start,
}

/// What the builder was told about the life of values.
pub(crate) struct Policy<K, V> {
    pub(crate) ttl: Ttl,
    pub(crate) from: TtlFrom,
    pub(crate) stale: Duration,
    pub(crate) rule: Rule<K, V>,
}

/// Which values are kept.
pub(crate) enum Rule<K, V> {
    All,
    /// Errors are kept for that long, or not at all; the function tells them.
    Errors(fn(&V) -> bool, Option<Duration>),
    By(Box<KeepFn<K, V>>),
}

type KeepFn<K, V> = dyn Fn(&K, &V) -> Keep + Send + Sync;

impl<K, V> Policy<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            ttl: None,
            from: TtlFrom::Completion,
            stale: Duration::ZERO,
            rule: Rule::All,
        }
    }

    /// For how long a value that was loaded is fresh; `None` if it is not to be kept.
    pub(crate) fn loaded(&self, key: &K, value: &V) -> Option<Ttl> {
        match &self.rule {
            Rule::Errors(is_error, ttl) if is_error(value) => ttl.map(Some),
            Rule::All | Rule::Errors(..) => Some(self.ttl),
            Rule::By(rule) => match rule(key, value) {
                Keep::AsConfigured => Some(self.ttl),
                Keep::For(ttl) => Some(Some(ttl)),
                Keep::Not => None,
            },
        }
    }

    /// Until when a value serves that is fresh for that long from `start` on; what leads past every
    /// instant is for ever. `None` if that is over already.
    pub(crate) fn lifetime(&self, ttl: Duration, start: Instant, now: Instant) -> Option<Lifetime> {
        let fresh = start.checked_add(ttl);
        let until = fresh.and_then(|fresh| fresh.checked_add(self.stale));
        let over = until.is_some_and(|until| until <= now);
        (!over).then_some(Lifetime { from: now, until })
    }
}

/// For how long a value is fresh; `None` is for ever.
pub(crate) type Ttl = Option<Duration>;

impl<K, V> fmt::Debug for Policy<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("ttl", &self.ttl)
            .field("from", &self.from)
            .field("stale", &self.stale)
            .finish_non_exhaustive()
    }
}
