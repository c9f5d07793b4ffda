//! The ready slots of a shard: bounded, least recently used first out, with expiry.

use super::Filed;
use super::ends::{ENDLESS, End, Ends, Name};
use async_lru::{Entry, Equivalent, LruCache};
use std::cell::Cell;
use std::fmt;
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

/// The slots, and when they end.
///
/// Each slot in the map that has an end has one in `ends`, and there are no others.
pub(super) struct Ready<P: Filed> {
    map: Map<P>,
    /// Of the slots whose lives end.
    ends: Ends,
    /// For how long a slot is stale before its end.
    stale: Duration,
}

type Map<P> = LruCache<Handle<P>, (), BuildHasherDefault<PassOn>>;

/// What is there under a key.
pub(super) enum Looked<P> {
    Fresh(P),
    Stale(P),
    /// It was there, and its time was over; it is to be dropped after unlocking.
    Expired(P),
    Absent,
}

impl<P> Looked<P> {
    /// What was taken out, unless its time was over.
    pub(super) fn alive(self) -> Option<P> {
        match self {
            Self::Fresh(slot) | Self::Stale(slot) => Some(slot),
            Self::Expired(_) | Self::Absent => None,
        }
    }
}

/// The slots that had to go for another one; to be dropped by a berth, when it is.
///
/// Their values' destructors are foreign code.
///
/// # Examples
///
/// ```
/// # use async_single_flight::flight::{FAN_OUT, Flight, Unfiled, Wait};
/// # use async_single_flight::store::{Entered, Gone, Lifetime, Place, Store};
/// # use std::num::NonZeroUsize;
/// # use std::sync::Arc;
/// # use std::time::{Duration, Instant};
/// # type Slot = Arc<Flight<Unfiled<Place<u64>, String>>>;
/// # let now = Instant::now();
/// # let store: Store<Slot> = Store::new(NonZeroUsize::new(1), None, Duration::ZERO);
/// # fn loading(key: u64) -> Slot {
/// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven".into() }))
/// # }
/// # fn ready(key: u64) -> Slot {
/// #     Arc::new(Flight::landed(Place::new(key, key), "six".into()))
/// # }
/// let old = ready(6); // the capacity is one
/// store.insert(&old, Lifetime::unlimited(now));
///
/// let Entered::Filed(slot) = store.enter_anew(7, &mut Some((7, loading))) else { panic!() };
/// let value = futures_lite::future::block_on(Wait::claimed(Arc::clone(&slot)));
/// let gone: Gone<Slot> = store.land(&slot, Lifetime::unlimited(now));
/// assert_eq!(Arc::strong_count(&old), 2);
/// drop(gone);
/// assert_eq!(Arc::strong_count(&old), 1);
/// ```
#[must_use = "it is to be dropped once the waiters have been told"]
pub struct Gone<P> {
    pub(super) replaced: Looked<P>,
    /// Their time was over.
    pub(super) cleared: [Option<P>; CLEARED],
    pub(super) evicted: Option<P>,
}

impl<P> Gone<P> {
    #[inline]
    pub(super) fn nothing() -> Self {
        Self {
            replaced: Looked::Absent,
            cleared: [const { None }; CLEARED],
            evicted: None,
        }
    }
}

impl<P> fmt::Debug for Gone<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gone").finish_non_exhaustive()
    }
}

/// Each slot that is filed clears so many away whose time is over, if there are: so those that
/// nobody asks for any more go faster than new ones come.
const CLEARED: usize = 2;

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
        Self {
            map: Map::with_hasher(capacity, BuildHasherDefault::new()),
            ends: Ends::new(),
            stale,
        }
    }

    /// Looks a key up, and makes it the most recently used.
    #[inline]
    pub(super) fn look<Q>(&mut self, hash: u64, key: &Q, now: Instant) -> Looked<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let Some((handle, ())) = self.map.get_key_value(&Query { hash, key }) else {
            return Looked::Absent;
        };
        if handle.end.get() == ENDLESS {
            return Looked::Fresh(handle.slot.clone());
        }
        self.look_at_first(now)
    }

    /// As [`look`](Self::look), for the most recently used, whose life ends: out of line, for the
    /// sake of those that live on.
    #[inline(never)]
    fn look_at_first(&mut self, now: Instant) -> Looked<P> {
        let Some((handle, ())) = self.map.peek_mru() else {
            return Looked::Absent;
        };
        let until = self.ends.until(handle.end.get());
        let left = until.map(|until| until.saturating_duration_since(now));
        if left.is_some_and(|left| left.is_zero()) {
            let first = self.map.pop_mru();
            return first.map_or(Looked::Absent, |(handle, ())| self.taken(handle, now));
        }
        let slot = handle.slot.clone();
        if left.is_some_and(|left| left <= self.stale) {
            Looked::Stale(slot)
        } else {
            Looked::Fresh(slot)
        }
    }

    /// Files a slot as the most recently used, in the place of another one of the same key.
    ///
    /// `slot` and `same` are handles of the same.
    #[inline]
    pub(super) fn put(&mut self, slot: P, same: &P, lifetime: Lifetime, gone: &mut Gone<P>) {
        let Lifetime { from: now, until } = lifetime;
        for cleared in &mut gone.cleared {
            *cleared = self.take_over(now);
        }
        let evicted = match self.map.entry(Handle::new(slot)) {
            Entry::Vacant(place) => place.insert(()).1,
            Entry::Occupied(there) => {
                // The key in the map would stay, and with it the old slot.
                let (old, ()) = there.remove();
                gone.replaced = self.taken(old, now);
                self.map.insert(Handle::new(same.clone()), ()).evicted()
            }
        };
        // From here on nothing foreign is called.
        gone.evicted = evicted.map(|(handle, ())| self.let_go(handle).0);
        if let Some(until) = until {
            let name = self.ends.add(until, same.hash());
            if let Some((handle, ())) = self.map.peek_mru() {
                handle.end.set(name);
            }
        }
    }

    /// Takes the slot of a key out.
    pub(super) fn take<Q>(&mut self, hash: u64, key: &Q, now: Instant) -> Looked<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let Some((handle, ())) = self.map.remove_entry(&Query { hash, key }) else {
            return Looked::Absent;
        };
        self.taken(handle, now)
    }

    fn taken(&mut self, handle: Handle<P>, now: Instant) -> Looked<P> {
        let (slot, until) = self.let_go(handle);
        if until.is_some_and(|until| until <= now) {
            Looked::Expired(slot)
        } else {
            Looked::Fresh(slot)
        }
    }

    pub(super) fn take_same(&mut self, slot: &P) -> Option<P> {
        let (handle, ()) = self.map.remove_entry(&Same(slot))?;
        Some(self.let_go(handle).0)
    }

    /// Takes a slot out whose time is over, the first of them.
    #[inline]
    fn take_over(&mut self, now: Instant) -> Option<P> {
        let end = self.ends.first().filter(|end| end.until <= now)?;
        let (handle, ()) = self.map.remove_entry(&end)?;
        Some(self.let_go(handle).0)
    }

    pub(super) fn take_all(&mut self) -> Self {
        let empty = Self::new(Some(self.map.capacity()), self.stale);
        mem::replace(self, empty)
    }

    pub(super) fn slots(&self) -> Vec<P> {
        self.map.keys().map(|handle| handle.slot.clone()).collect()
    }

    /// The slot of a handle that has left the map, and when its life ends.
    #[inline]
    fn let_go(&mut self, handle: Handle<P>) -> (P, Option<Instant>) {
        let until = self.ends.remove(handle.end.get());
        (handle.slot, until)
    }
}

/// A slot as the key of the map.
struct Handle<P> {
    slot: P,
    /// The name of its end, once that is noted.
    end: Cell<Name>,
}

impl<P> Handle<P> {
    #[inline]
    fn new(slot: P) -> Self {
        let end = Cell::new(ENDLESS);
        Self { slot, end }
    }
}

/// A key to be looked up, hashed already.
struct Query<'a, Q: ?Sized> {
    hash: u64,
    key: &'a Q,
}

/// A slot to be looked up by identity.
struct Same<'a, P>(&'a P);

impl<P: Filed> Hash for Handle<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.slot.hash());
    }
}

impl<P: Filed<Key: Eq>> PartialEq for Handle<P> {
    fn eq(&self, other: &Self) -> bool {
        self.slot.hash() == other.slot.hash() && self.slot.key() == other.slot.key()
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
        self.hash == handle.slot.hash() && self.key.equivalent(handle.slot.key())
    }
}

impl<P: Filed> Hash for Same<'_, P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash());
    }
}

impl<P: Filed> Equivalent<Handle<P>> for Same<'_, P> {
    fn equivalent(&self, handle: &Handle<P>) -> bool {
        self.0.is_same(&handle.slot)
    }
}

/// An end, to look up whose it is.
impl Hash for End {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<P: Filed> Equivalent<Handle<P>> for End {
    fn equivalent(&self, handle: &Handle<P>) -> bool {
        self.name == handle.end.get()
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
