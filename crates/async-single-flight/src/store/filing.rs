//! How slots get into a store and out of it, beside the callers that come for values.

use super::shard::{Shard, Stats};
use super::{Filed, Gone, Lifetime, Removed, Store};
use async_lru::Equivalent;
use std::time::Instant;

impl<P: Filed> Store<P>
where
    P::Key: Eq,
{
    /// Files a slot as ready that was never in flight, and lets go of one that is.
    ///
    /// Returns the one that was ready before, unless its time was over.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// assert!(store.insert(&ready(7), Lifetime::unlimited(now)).is_none());
    /// assert!(store.insert(&ready(7), Lifetime::unlimited(now)).is_some());
    /// ```
    pub fn insert(&self, slot: &P, lifetime: Lifetime) -> Option<P> {
        self.shard(slot.hash()).insert(slot, lifetime)
    }

    /// Ends the flight of a slot that has a value, and makes it ready.
    ///
    /// It does not become ready if it is no longer in flight here: then its key was removed or
    /// overwritten.
    ///
    /// What had to go for it is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// let Entered::Filed(slot) = store.enter_anew(7, &mut Some((7, loading))) else { panic!() };
    /// let value = futures_lite::future::block_on(Wait::claimed(Arc::clone(&slot)));
    /// drop(store.land(&slot, Lifetime::unlimited(now))); // what a berth does in its `land`
    /// assert!(matches!(store.find(7, &7, now), Found::Ready(_)));
    /// ```
    #[inline]
    pub fn land(&self, slot: &P, lifetime: Lifetime) -> Gone<P> {
        self.shard(slot.hash()).land(slot, lifetime)
    }

    /// Lets go of the slot of a key that is in flight: nobody finds it any more, and it will not
    /// become ready.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// let Entered::Filed(slot) = store.enter_anew(7, &mut Some((7, loading))) else { panic!() };
    /// let wait = Wait::claimed(slot);
    /// assert!(store.let_go(7, &7).is_some());
    /// assert_eq!(store.in_flight(), 0);
    /// ```
    pub fn let_go<Q>(&self, hash: u64, key: &Q) -> Option<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).let_go(hash, key)
    }

    /// Removes a key: what is ready, and what is in flight.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// store.insert(&ready(7), Lifetime::unlimited(now));
    /// let removed = store.remove(7, &7, now);
    /// assert!(removed.ready.is_some() && removed.in_flight.is_none());
    /// ```
    pub fn remove<Q>(&self, hash: u64, key: &Q, now: Instant) -> Removed<P>
    where
        Q: Equivalent<P::Key> + ?Sized,
    {
        self.shard(hash).remove(hash, key, now)
    }

    /// Removes all that is in flight, and the ready slots that `is_it` says.
    ///
    /// It is called outside the locks, on the slots that were ready when this was called.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// store.insert(&ready(7), Lifetime::unlimited(now));
    /// store.insert(&ready(8), Lifetime::unlimited(now));
    /// store.remove_if(|slot| *slot.tag().key() == 7);
    /// assert_eq!(store.stats().len, 1);
    /// ```
    pub fn remove_if(&self, mut is_it: impl FnMut(&P) -> bool) {
        for shard in &self.shards {
            shard.remove_if(&mut is_it);
        }
    }

    /// Removes everything.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// store.insert(&ready(7), Lifetime::unlimited(now));
    /// store.clear();
    /// assert_eq!(store.stats().len, 0);
    /// ```
    pub fn clear(&self) {
        for shard in &self.shards {
            shard.clear();
        }
    }
}

impl<P: Filed> Store<P> {
    /// Ends the flight of a slot that has a value which is not to be kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// let Entered::Filed(slot) = store.enter_anew(7, &mut Some((7, loading))) else { panic!() };
    /// store.discard(&slot); // what a berth does
    /// assert_eq!((store.in_flight(), store.stats().landed), (0, 1));
    /// ```
    #[inline]
    pub fn discard(&self, slot: &P) {
        self.shard(slot.hash()).end(slot, |stats| stats.landed += 1);
    }

    /// Ends the flight of a slot that has no value, for it panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// let Entered::Filed(slot) = store.enter_anew(7, &mut Some((7, loading))) else { panic!() };
    /// store.crash(&slot); // what a berth does
    /// assert_eq!((store.in_flight(), store.stats().panicked), (0, 1));
    /// ```
    pub fn crash(&self, slot: &P) {
        let shard = self.shard(slot.hash());
        shard.end(slot, |stats| stats.panicked += 1);
    }

    /// Ends the flight of a slot that the last waiter has left.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// let Entered::Filed(slot) = store.enter_anew(7, &mut Some((7, loading))) else { panic!() };
    /// store.desert(&slot); // what a berth does
    /// assert_eq!((store.in_flight(), store.stats().deserted), (0, 1));
    /// ```
    pub fn desert(&self, slot: &P) {
        let shard = self.shard(slot.hash());
        shard.end(slot, |stats| stats.deserted += 1);
    }

    /// Counts the slots in flight.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// let Entered::Filed(slot) = store.enter_anew(7, &mut Some((7, loading))) else { panic!() };
    /// assert_eq!(store.in_flight(), 1);
    /// # store.desert(&slot);
    /// ```
    pub fn in_flight(&self) -> usize {
        self.shards.iter().map(Shard::in_flight).sum()
    }

    /// Adds up what the shards have counted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_single_flight::flight::{FAN_OUT, Flight, Slot as _, Unfiled, Wait};
    /// # use async_single_flight::store::{Entered, Found, Lifetime, Place, Store};
    /// # use std::sync::Arc;
    /// # use std::time::{Duration, Instant};
    /// # type Slot = Arc<Flight<Unfiled<Place<u64>, &'static str>>>;
    /// # let now = Instant::now();
    /// # let store: Store<Slot> = Store::new(None, None, Duration::ZERO);
    /// # fn loading(key: u64) -> Slot {
    /// #     Arc::new(Flight::new(Place::new(key, key), Unfiled::new(), FAN_OUT, async { "seven" }))
    /// # }
    /// # fn ready(key: u64) -> Slot {
    /// #     Arc::new(Flight::landed(Place::new(key, key), "seven"))
    /// # }
    /// store.insert(&ready(7), Lifetime::unlimited(now));
    /// let _ = store.try_enter(7, &7, now);
    /// let stats = store.stats();
    /// assert_eq!((stats.len, stats.hits), (1, 1));
    /// ```
    pub fn stats(&self) -> Stats {
        let mut total = Stats::default();
        for shard in &self.shards {
            total += shard.stats();
        }
        total
    }
}
