//! What the cache and the local one are both made of: a store, a clock and a policy.

use crate::TryGetError;
use crate::policy::{Policy, Ttl, TtlFrom};
use async_clock::Clock;
use async_single_flight::Equivalent;
use async_single_flight::flight::{Slot, Wait};
use async_single_flight::store::{Entered, Filed, Found, Gone, Lifetime, Store};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A store of slots `P`, with values `V` under keys `K`.
pub(crate) struct Core<P: Filed, V, C> {
    pub(crate) store: Store<P>,
    pub(crate) clock: C,
    pub(crate) fan_out: NonZeroU32,
    policy: Policy<P::Key, V>,
    /// Serves as the time as long as that does not matter.
    epoch: Instant,
    /// Whether there may be a value whose time ends.
    timed: AtomicBool,
}

/// What a cache does for its loads, whatever its clock: the other side of their berth.
pub(crate) trait Harbour<P, K, V> {
    /// The load begins: the time, if its life is counted from now.
    fn begin(&self) -> Option<Instant>;

    /// How long to keep the value, if at all.
    fn judge(&self, started: Option<Instant>, key: &K, value: &V) -> Option<Lifetime>;

    /// Files a slot with a value; what had to go for it is dropped when all know the value.
    fn land(&self, slot: &P, lifetime: Option<Lifetime>) -> Option<Gone<P>>;

    /// Takes a slot out whose load panicked.
    fn crash(&self, slot: &P);

    /// Takes a slot out that nobody waits for.
    fn desert(&self, slot: &P);
}

/// How far a load has come, for its berth.
pub(crate) enum Stage<P> {
    /// When it began, if its life is counted from then.
    Loading(Option<Instant>),
    /// How long its value is kept, if at all.
    Judged(Option<Lifetime>),
    /// What had to go for its value.
    Landed(Option<Gone<P>>),
}

impl<P> Stage<P> {
    #[inline]
    pub(crate) fn begin<K, V>(&mut self, harbour: &(impl Harbour<P, K, V> + ?Sized)) {
        *self = Self::Loading(harbour.begin());
    }

    #[inline]
    pub(crate) fn judge<K, V, H>(&mut self, harbour: &H, key: &K, value: &V)
    where
        H: Harbour<P, K, V> + ?Sized,
    {
        let started = match self {
            Self::Loading(started) => *started,
            Self::Judged(_) | Self::Landed(_) => None,
        };
        *self = Self::Judged(harbour.judge(started, key, value));
    }

    #[inline]
    pub(crate) fn land<K, V>(&mut self, harbour: &(impl Harbour<P, K, V> + ?Sized), slot: &P) {
        let lifetime = match self {
            Self::Judged(lifetime) => *lifetime,
            Self::Loading(_) | Self::Landed(_) => None,
        };
        *self = Self::Landed(harbour.land(slot, lifetime));
    }
}

impl<P, V, C> Core<P, V, C>
where
    P: Filed + Slot<Value = V>,
    P::Key: Eq,
    C: Clock,
{
    pub(crate) fn new(
        capacity: Option<NonZeroUsize>,
        shards: Option<NonZeroUsize>,
        fan_out: NonZeroU32,
        policy: Policy<P::Key, V>,
        clock: C,
    ) -> Self {
        Self {
            store: Store::new(capacity, shards, policy.stale),
            epoch: clock.now(),
            timed: AtomicBool::new(false),
            clock,
            fan_out,
            policy,
        }
    }

    /// The time, if it matters.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        // Relaxed: it orders nothing. One who misses that a value whose time ends has just been
        // filed takes it, as one who came a moment earlier would have.
        if self.timed.load(Ordering::Relaxed) {
            self.clock.now()
        } else {
            self.epoch
        }
    }

    /// Finds the value of a key, or a load on its way.
    #[inline]
    pub(crate) fn look<Q>(&self, hash: u64, key: &Q) -> Option<Wait<P>>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.store.try_enter(hash, key, self.now()).map(wait)
    }

    /// Finds the value of a key or a load on its way, or files a slot that `make` makes.
    ///
    /// It runs under a lock: it only moves things, and calls nothing.
    #[inline]
    pub(crate) fn enter(&self, hash: u64, key: P::Key, make: impl FnOnce(P::Key) -> P) -> Wait<P> {
        let mut brought = Some((key, make));
        let wait = wait(self.store.enter(hash, self.now(), &mut brought));
        drop(brought); // here: a panic of it drops the wait
        wait
    }

    /// The same, but finds no value that is there.
    pub(crate) fn enter_anew(
        &self,
        hash: u64,
        key: P::Key,
        make: impl FnOnce(P::Key) -> P,
    ) -> Wait<P> {
        let mut brought = Some((key, make));
        let wait = wait(self.store.enter_anew(hash, &mut brought));
        drop(brought); // as above
        wait
    }

    pub(crate) fn try_get<Q>(&self, hash: u64, key: &Q) -> Result<V, TryGetError>
    where
        Q: Equivalent<P::Key> + ?Sized,
        V: Clone,
    {
        match self.store.find(hash, key, self.now()) {
            Found::Ready(slot) => {
                let value = slot.outcome().and_then(|outcome| outcome.as_ref().ok());
                value.cloned().ok_or(TryGetError::Vacant)
            }
            Found::InFlight => Err(TryGetError::InFlight),
            Found::Vacant => Err(TryGetError::Vacant),
        }
    }

    /// Files a value, and returns the slot of the one before.
    pub(crate) fn insert(&self, slot: &P) -> Option<P> {
        match self.lifetime(None, self.policy.ttl) {
            Some(lifetime) => self.store.insert(slot, lifetime),
            None => self.store.remove(slot.hash(), slot.key(), self.now()).ready,
        }
    }

    /// The life of a value that ends now, or of one that does not come to life any more.
    fn lifetime(&self, started: Option<Instant>, ttl: Ttl) -> Option<Lifetime> {
        let Some(ttl) = ttl else {
            return Some(Lifetime::unlimited(self.now()));
        };
        // Relaxed: see `now`.
        if !self.timed.load(Ordering::Relaxed) {
            self.timed.store(true, Ordering::Relaxed);
        }
        let now = self.clock.now();
        self.policy.lifetime(ttl, started.unwrap_or(now), now)
    }

    pub(crate) fn invalidate<Q>(&self, hash: u64, key: &Q) -> bool
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        let removed = self.store.remove(hash, key, self.now());
        removed.ready.is_some() || removed.in_flight.is_some()
    }

    pub(crate) fn invalidate_if(&self, mut is_it: impl FnMut(&P::Key, &V) -> bool) {
        self.store.remove_if(|slot| {
            let value = slot.outcome().and_then(|outcome| outcome.as_ref().ok());
            value.is_some_and(|value| is_it(slot.key(), value))
        });
    }
}

impl<P, V, C> Harbour<P, P::Key, V> for Core<P, V, C>
where
    P: Filed + Slot<Value = V>,
    P::Key: Eq,
    C: Clock,
{
    fn begin(&self) -> Option<Instant> {
        (self.policy.from == TtlFrom::Start).then(|| self.clock.now())
    }

    fn judge(&self, started: Option<Instant>, key: &P::Key, value: &V) -> Option<Lifetime> {
        self.lifetime(started, self.policy.loaded(key, value)?)
    }

    fn land(&self, slot: &P, lifetime: Option<Lifetime>) -> Option<Gone<P>> {
        let Some(lifetime) = lifetime else {
            self.store.discard(slot);
            return None;
        };
        Some(self.store.land(slot, lifetime))
    }

    fn crash(&self, slot: &P) {
        self.store.crash(slot);
    }

    fn desert(&self, slot: &P) {
        self.store.desert(slot);
    }
}

/// The wait of a caller that has come for a value.
#[inline]
fn wait<P: Slot>(entered: Entered<P>) -> Wait<P> {
    match entered {
        Entered::Filed(slot) => Wait::claimed(slot),
        Entered::Joined(slot) => Wait::joined(slot),
        Entered::Ready(slot) => Wait::landed(slot),
    }
}
