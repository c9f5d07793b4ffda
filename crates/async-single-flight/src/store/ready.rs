//! The ready slots of a shard: bounded, least recently used first out, with expiry.

use super::Filed;
use async_lru::{Equivalent, LruCache};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::mem;
use std::num::NonZeroUsize;
use std::time::Instant;

/// From when and until when a ready slot serves.
///
/// # Examples
///
/// ```
/// use async_single_flight::store::Lifetime;
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// assert_eq!(Lifetime::unlimited(now).served, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// When it is filed.
    pub from: Instant,
    /// Until when it is fresh: after that one caller loads anew, and the others still get it.
    /// `None` is for as long as it is served.
    pub fresh: Option<Instant>,
    /// Until when it is served at all; `None` is for ever.
    pub served: Option<Instant>,
}

impl Lifetime {
    /// No end: it serves until it is evicted or removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::store::Lifetime;
    /// use std::time::Instant;
    ///
    /// let now = Instant::now();
    /// assert_eq!(Lifetime::unlimited(now), Lifetime { from: now, fresh: None, served: None });
    /// ```
    #[must_use]
    pub fn unlimited(from: Instant) -> Self {
        let (fresh, served) = (None, None);
        Self {
            from,
            fresh,
            served,
        }
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.served.is_some_and(|until| now >= until)
    }

    fn is_fresh(&self, now: Instant) -> bool {
        self.fresh.is_none_or(|until| now < until)
    }
}

pub(super) struct Ready<P: Filed> {
    map: Map<P>,
}

type Map<P> = LruCache<Handle<P>, Lifetime, BuildHasherDefault<PassOn>>;

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
    pub(super) replaced: Option<(P, Lifetime)>,
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
    pub(super) fn new(capacity: Option<NonZeroUsize>) -> Self {
        let capacity = capacity.unwrap_or(NonZeroUsize::MAX);
        let map = Map::with_hasher(capacity, BuildHasherDefault::new());
        Self { map }
    }

    /// Looks a key up, and makes it the most recently used.
    #[inline]
    pub(super) fn look<Q>(&mut self, hash: u64, key: &Q, now: Instant) -> Looked<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let query = Query { hash, key };
        let Some((handle, lifetime)) = self.map.get_key_value(&query) else {
            return Looked::Absent;
        };
        if lifetime.is_over(now) {
            let removed = self.map.remove_entry(&query);
            return removed.map_or(Looked::Absent, |(handle, _)| Looked::Expired(handle.0));
        }
        let slot = handle.0.clone();
        if lifetime.is_fresh(now) {
            Looked::Fresh(slot)
        } else {
            Looked::Stale(slot)
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
        let replaced = replaced.map(|(handle, lifetime)| (handle.0, lifetime));
        let evicted = self.map.insert(handle, lifetime).evicted();
        Gone {
            replaced,
            evicted: evicted.map(|(handle, _)| handle.0),
        }
    }

    pub(super) fn take<Q>(&mut self, hash: u64, key: &Q) -> Option<(P, Lifetime)>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let (handle, lifetime) = self.map.remove_entry(&Query { hash, key })?;
        Some((handle.0, lifetime))
    }

    pub(super) fn take_same(&mut self, slot: &P) -> Option<P> {
        let (handle, _) = self.map.remove_entry(&Same(slot))?;
        Some(handle.0)
    }

    pub(super) fn take_all(&mut self) -> Self {
        let empty = Self::new(Some(self.map.capacity()));
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
