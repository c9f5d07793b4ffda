//! The ready slots of a shard: bounded, least recently used first out, with expiry.

use super::Filed;
use async_lru::{Equivalent, LruCache};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::mem;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// From when and until when a ready slot serves.
///
/// # Examples
///
/// ```
/// use async_single_flight::store::Lifetime;
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// assert_eq!(Lifetime::unlimited(now), Lifetime { from: now, until: None });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// When it is filed: the time that it is.
    pub from: Instant,
    /// Until when it is served; `None` is for ever.
    pub until: Option<Instant>,
}

impl Lifetime {
    /// No end: it serves until it is evicted or removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::store::Lifetime;
    /// use std::time::{Duration, Instant};
    ///
    /// assert_eq!(Lifetime::unlimited(Instant::now()).until, None);
    /// ```
    #[must_use]
    pub fn unlimited(from: Instant) -> Self {
        Self { from, until: None }
    }
}

pub(super) struct Ready<P: Filed> {
    map: Map<P>,
    /// For how long a slot is stale before its end.
    stale: Duration,
}

/// The values are the ends of the lives.
type Map<P> = LruCache<Handle<P>, Option<Instant>, BuildHasherDefault<PassOn>>;

/// What is there under a key.
pub(super) enum Looked<P> {
    Fresh(P),
    Stale(P),
    /// It was there, and its time was over; it is to be dropped after unlocking.
    Expired(P),
    Absent,
}

/// What had to go, to be dropped after unlocking.
pub(super) struct Gone<P> {
    pub(super) replaced: Option<(P, Option<Instant>)>,
    pub(super) evicted: Option<P>,
}

impl<P: Filed> Ready<P> {
    pub(super) fn len(&self) -> usize {
        self.map.len()
    }
}

impl<P: Filed> Ready<P>
where
    P::Key: Eq,
{
    pub(super) fn new(capacity: Option<NonZeroUsize>, stale: Duration) -> Self {
        let capacity = capacity.unwrap_or(NonZeroUsize::MAX);
        let map = Map::with_hasher(capacity, BuildHasherDefault::new());
        Self { map, stale }
    }

    /// Looks a key up, and makes it the most recently used.
    #[inline]
    pub(super) fn look<Q>(&mut self, hash: u64, key: &Q, now: Instant) -> Looked<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let query = Query { hash, key };
        let Some((handle, until)) = self.map.get_key_value(&query) else {
            return Looked::Absent;
        };
        let left = until.map(|until| until.saturating_duration_since(now));
        if left.is_some_and(|left| left.is_zero()) {
            let removed = self.map.remove_entry(&query);
            return removed.map_or(Looked::Absent, |(handle, _)| Looked::Expired(handle.0));
        }
        let slot = handle.0.clone();
        if left.is_some_and(|left| left <= self.stale) {
            Looked::Stale(slot)
        } else {
            Looked::Fresh(slot)
        }
    }

    /// Files a slot as the most recently used, in the place of another one of the same key.
    #[inline]
    pub(super) fn put(&mut self, slot: P, lifetime: Lifetime) -> Gone<P> {
        let handle = Handle(slot);
        // An equal key would stay in the map, and with it the old slot.
        let replaced = self.map.remove_entry(&Query {
            hash: handle.0.hash(),
            key: handle.0.key(),
        });
        let replaced = replaced.map(|(handle, until)| (handle.0, until));
        let evicted = self.map.insert(handle, lifetime.until).evicted();
        Gone {
            replaced,
            evicted: evicted.map(|(handle, _)| handle.0),
        }
    }

    pub(super) fn take<Q>(&mut self, hash: u64, key: &Q) -> Option<(P, Option<Instant>)>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let (handle, until) = self.map.remove_entry(&Query { hash, key })?;
        Some((handle.0, until))
    }

    pub(super) fn take_same(&mut self, slot: &P) -> Option<P> {
        let (handle, _) = self.map.remove_entry(&Same(slot))?;
        Some(handle.0)
    }

    pub(super) fn take_all(&mut self) -> Self {
        let empty = Self::new(Some(self.map.capacity()), self.stale);
        mem::replace(self, empty)
    }

    pub(super) fn slots(&self) -> Vec<P> {
        self.map.keys().map(|handle| handle.0.clone()).collect()
    }
}

/// A slot as the key of the map.
struct Handle<P>(P);

/// A key to be looked up, hashed already.
struct Query<'a, Q: ?Sized> {
    hash: u64,
    key: &'a Q,
}

/// A slot to be looked up by identity.
struct Same<'a, P>(&'a P);

impl<P: Filed> Hash for Handle<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash());
    }
}

impl<P: Filed<Key: Eq>> PartialEq for Handle<P> {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash() == other.0.hash() && self.0.key() == other.0.key()
    }
}

impl<P: Filed<Key: Eq>> Eq for Handle<P> {}

impl<Q: ?Sized> Hash for Query<'_, Q> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<P: Filed, Q: Equivalent<P::Key> + ?Sized> Equivalent<Handle<P>> for Query<'_, Q> {
    fn equivalent(&self, handle: &Handle<P>) -> bool {
        self.hash == handle.0.hash() && self.key.equivalent(handle.0.key())
    }
}

impl<P: Filed> Hash for Same<'_, P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash());
    }
}

impl<P: Filed> Equivalent<Handle<P>> for Same<'_, P> {
    fn equivalent(&self, handle: &Handle<P>) -> bool {
        self.0.is_same(&handle.0)
    }
}

/// Passes a hash on that has been made already.
#[derive(Default)]
struct PassOn(u64);

impl Hasher for PassOn {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("only hashes are hashed")
    }
}
