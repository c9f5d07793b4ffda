//! Random operations on maps whose entries expire, each compared with a vector in the order of use.

mod support;

use std::hash::BuildHasher;
use std::num::NonZeroUsize;
use std::rc::{Rc, Weak};
use std::time::Duration;

use async_clock::{Clock, ManualClock};
use async_lru::{Inserted, Lookup, TtlLruCache};
use fastrand::Rng;
use support::{CONSTANT, IDENTITY, SAME_LOW_BITS, SAME_TOP_BITS, hashers};

/// Per map; there are twenty of them for the default hasher.
const OPERATIONS: usize = 50_000;

const NEVER: u64 = u64::MAX;

#[test]
fn every_operation_does_what_the_model_does() {
    compare_all(&async_lru::DefaultHashBuilder::default(), OPERATIONS);
}

#[test]
fn keys_that_collide_are_told_apart() {
    compare_all(&hashers::<CONSTANT>(), OPERATIONS / 20);
    compare_all(&hashers::<SAME_LOW_BITS>(), OPERATIONS / 20);
    compare_all(&hashers::<SAME_TOP_BITS>(), OPERATIONS / 20);
    compare_all(&hashers::<IDENTITY>(), OPERATIONS / 20);
}

fn compare_all<S: BuildHasher + Clone>(hasher: &S, operations: usize) {
    testkit::with_seeds(1, |rng| {
        for capacity in [1, 2, 7, 28, 60] {
            for (ttl, idle) in [(NEVER, NEVER), (20, NEVER), (NEVER, 15), (30, 12)] {
                let model = Model {
                    pairs: Vec::new(),
                    capacity,
                    ttl,
                    idle,
                    purge: rng.usize(..4),
                    now: 0,
                };
                model.compare(hasher.clone(), operations, rng);
            }
        }
    });
}

/// The map has the value, the model a look at whether it was dropped.
type Cache<S> = TtlLruCache<u64, Rc<usize>, ManualClock, S>;

#[derive(Clone, Debug)]
struct Pair {
    key: u64,
    value: usize,
    kept: Weak<usize>,
    used: u64,
    /// When it expires, its use left aside.
    deadline: u64,
}

/// The most recently used first.
struct Model {
    pairs: Vec<Pair>,
    capacity: usize,
    ttl: u64,
    idle: u64,
    purge: usize,
    now: u64,
}

impl Model {
    fn expires(&self, pair: &Pair) -> u64 {
        pair.deadline.min(pair.used.saturating_add(self.idle))
    }

    fn lives(&self, pair: &Pair) -> bool {
        self.now < self.expires(pair)
    }

    fn place(&self, key: u64) -> Option<usize> {
        self.pairs.iter().position(|pair| pair.key == key)
    }

    fn peek(&self, key: u64) -> Option<usize> {
        let pair = &self.pairs[self.place(key)?];
        self.lives(pair).then_some(pair.value)
    }

    /// Removes the pair if it has expired, and has it be used otherwise.
    fn get(&mut self, key: u64) -> Option<&mut Pair> {
        let mut pair = self.pairs.remove(self.place(key)?);
        if !self.lives(&pair) {
            return None;
        }
        pair.used = self.now;
        self.pairs.insert(0, pair);
        Some(&mut self.pairs[0])
    }

    fn soonest(&self) -> Option<u64> {
        let soonest = self.pairs.iter().map(|pair| self.expires(pair)).min()?;
        (soonest != NEVER).then_some(soonest)
    }

    fn purge_all(&mut self) -> usize {
        let before = self.pairs.len();
        let (now, idle) = (self.now, self.idle);
        self.pairs
            .retain(|pair| now < pair.deadline.min(pair.used.saturating_add(idle)));
        before - self.pairs.len()
    }

    /// Removes the pair that the map says it has removed, one of those that expired first.
    fn has_expired(&mut self, key: u64, value: usize) {
        let pair = self.pairs.remove(self.place(key).expect("it is there"));
        assert_eq!(pair.value, value);
        assert!(!self.lives(&pair), "{pair:?} lives at {}", self.now);
        let soonest = self.soonest().unwrap_or(NEVER);
        assert!(self.expires(&pair) <= soonest, "another expired before");
    }

    /// Removes the pairs that the map has dropped, and returns them.
    fn follow(&mut self) -> Vec<Pair> {
        let pairs = std::mem::take(&mut self.pairs).into_iter();
        let (kept, gone): (Vec<_>, Vec<_>) = pairs.partition(|pair| pair.kept.strong_count() > 0);
        self.pairs = kept;
        gone
    }

    /// Compares what a write has purged.
    fn purged(&mut self) {
        let dead = self.pairs.iter().filter(|pair| !self.lives(pair)).count();
        let gone = self.follow();
        assert_eq!(gone.len(), dead.min(self.purge));
        self.all_expired_first(&gone);
    }

    /// Compares what making the value of a key that was not there has removed.
    fn made(&mut self) {
        let dead = self.pairs.iter().filter(|pair| !self.lives(pair)).count();
        let full = self.pairs.len() == self.capacity;
        let last = self.pairs.last().map(|pair| pair.key);
        let gone = self.follow();
        let purged = dead.min(self.purge);
        let (expired, live): (Vec<_>, Vec<_>) =
            gone.into_iter().partition(|pair| !self.lives(pair));
        // One more has made room, or was that of the key itself.
        assert!((purged..=purged + 1).contains(&(expired.len() + live.len())));
        if let [evicted] = &live[..] {
            assert!(full && dead == 0, "{evicted:?}");
            assert_eq!(Some(evicted.key), last);
        } else {
            assert!(live.is_empty());
        }
    }

    fn all_expired_first(&self, gone: &[Pair]) {
        let soonest = self.soonest().unwrap_or(NEVER);
        for pair in gone {
            assert!(!self.lives(pair), "{pair:?} lives at {}", self.now);
            assert!(self.expires(pair) <= soonest, "another expired before");
        }
    }

    fn put(&mut self, key: u64, value: &Rc<usize>, ttl: Option<u64>) {
        self.put_kept(key, **value, Rc::downgrade(value), ttl);
    }

    fn put_kept(&mut self, key: u64, value: usize, kept: Weak<usize>, ttl: Option<u64>) {
        let now = self.now;
        let deadline = now.saturating_add(ttl.unwrap_or(self.ttl));
        let pair = Pair {
            key,
            value,
            kept,
            used: now,
            deadline,
        };
        self.pairs.insert(0, pair);
    }

    /// Compares what an insertion says.
    fn inserted(&mut self, key: u64, said: &Inserted<u64, Rc<usize>>) {
        if let Some(place) = self.place(key) {
            let old = self.pairs.remove(place);
            match said {
                Inserted::Replaced(value) => {
                    assert!(self.lives(&old));
                    assert_eq!(**value, old.value);
                }
                Inserted::Expired(expired, value) => {
                    assert!(!self.lives(&old));
                    assert_eq!((*expired, **value), (key, old.value));
                }
                other => panic!("{other:?} of a key that was there"),
            }
            return;
        }
        match said {
            Inserted::New => assert!(self.pairs.len() < self.capacity),
            Inserted::Expired(key, value) => {
                assert_eq!(self.pairs.len(), self.capacity);
                self.has_expired(*key, **value);
            }
            Inserted::Evicted(key, value) => {
                assert_eq!(self.pairs.len(), self.capacity);
                assert!(self.pairs.iter().all(|pair| self.lives(pair)));
                let last = self.pairs.pop().expect("it is full");
                assert_eq!((*key, **value), (last.key, last.value));
            }
            other => panic!("{other:?} of a new key"),
        }
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each operation")]
    fn compare<S: BuildHasher>(mut self, hasher: S, operations: usize, rng: &mut Rng) {
        let clock = ManualClock::new();
        let nanos = Duration::from_nanos;
        let largest = self.capacity;
        let mut cache: Cache<S> = TtlLruCache::builder()
            .capacity(NonZeroUsize::new(largest).unwrap())
            .ttl(nanos(self.ttl))
            .idle(nanos(self.idle))
            .purge_per_write(self.purge)
            .clock(clock.clone())
            .hasher(hasher)
            .build();
        let keys = largest as u64 * 2 + 1;
        let start = clock.now();
        for operation in 0..operations {
            let value = operation;
            if rng.u32(..3) == 0 {
                let step = rng.u64(..4);
                clock.advance(nanos(step));
                self.now += step;
            }
            let key = rng.u64(..keys);
            match rng.u32(..32) {
                0..=5 => {
                    let expected = self.get(key).map(|pair| pair.value);
                    assert_eq!(cache.get(&key).map(|value| **value), expected);
                }
                6 => match (cache.get_mut(&key), self.get(key)) {
                    (None, None) => {}
                    (Some(ours), Some(theirs)) => {
                        assert_eq!(**ours, theirs.value);
                        *ours = Rc::new(value);
                        (theirs.value, theirs.kept) = (value, Rc::downgrade(ours));
                    }
                    (ours, theirs) => panic!("{ours:?}, {theirs:?}"),
                },
                7 => {
                    assert_eq!(cache.peek(&key).map(|value| **value), self.peek(key));
                    assert_eq!(cache.contains_key(&key), self.peek(key).is_some());
                }
                8 => {
                    let there = self.place(key).map(|place| self.pairs[place].value);
                    let live = self.get(key).map(|pair| pair.value);
                    match cache.lookup(&key) {
                        Lookup::Live(value) => assert_eq!(Some(**value), live),
                        Lookup::Expired(_, value) => {
                            assert_eq!((Some(*value), None), (there, live));
                        }
                        Lookup::Absent => assert_eq!(there, None),
                    }
                }
                9..=18 => {
                    let ttl = rng.bool().then(|| match rng.u32(..8) {
                        0 => 0,
                        1 => NEVER,
                        _ => rng.u64(1..60),
                    });
                    let value = Rc::new(value);
                    let weak = Rc::downgrade(&value);
                    let said = match ttl {
                        None => cache.insert(key, value),
                        Some(ttl) => cache.insert_with_ttl(key, value, nanos(ttl)),
                    };
                    self.inserted(key, &said);
                    self.put_kept(key, operation, weak, ttl);
                    self.purged();
                }
                19 => {
                    let live = self.peek(key);
                    let made = cache.get_or_insert_with(key, || Rc::new(value)).clone();
                    assert_eq!(*made, live.unwrap_or(value));
                    if live.is_some() {
                        let _ = self.get(key);
                        self.purged();
                    } else {
                        self.made();
                        self.put(key, &made, None);
                    }
                }
                20..=21 => {
                    let live = self.get(key).is_some();
                    let ttl = rng.bool().then(|| rng.u64(..50));
                    if let (true, Some(place)) = (live, self.place(key)) {
                        let pair = self.pairs.remove(place);
                        self.put_kept(key, pair.value, pair.kept, ttl);
                    }
                    let said = match ttl {
                        None => cache.refresh(&key),
                        Some(ttl) => cache.set_ttl(&key, nanos(ttl)),
                    };
                    assert_eq!(said, live);
                }
                22..=24 => {
                    let expected = self.get(key).map(|pair| (pair.key, pair.value));
                    if let Some(place) = self.place(key) {
                        self.pairs.remove(place);
                    }
                    let removed = cache.remove_entry(&key).map(|(key, value)| (key, *value));
                    assert_eq!(removed, expected);
                }
                25 => {
                    self.purge_all();
                    let expected = self.pairs.pop().map(|pair| (pair.key, pair.value));
                    let popped = cache.pop_lru().map(|(key, value)| (key, *value));
                    assert_eq!(popped, expected);
                }
                26 => match cache.pop_expired() {
                    Some((key, value)) => self.has_expired(key, *value),
                    None => assert!(self.pairs.iter().all(|pair| self.lives(pair))),
                },
                27 => {
                    let pair = self.place(key).map(|place| &self.pairs[place]);
                    let live = pair.filter(|pair| self.lives(pair));
                    let expected = live.map(|pair| match self.expires(pair) {
                        NEVER => Duration::MAX,
                        at => nanos(at - self.now),
                    });
                    assert_eq!(cache.remaining(&key), expected);
                }
                28 => assert_eq!(
                    cache.next_deadline(),
                    self.soonest().map(|at| start + nanos(at))
                ),
                _ => self.whole(&mut cache, largest, rng),
            }
            assert_eq!(cache.len(), self.pairs.len());
            if value % 37 == 0 {
                self.check(&cache);
            }
        }
        self.check(&cache);
    }

    fn whole<S: BuildHasher>(&mut self, cache: &mut Cache<S>, largest: usize, rng: &mut Rng) {
        match rng.u32(..160) {
            0 => {
                cache.clear();
                self.pairs.clear();
            }
            1..=2 => {
                self.purge_all();
                let expected = std::mem::take(&mut self.pairs);
                let expected = expected.into_iter().map(|pair| (pair.key, pair.value));
                assert!(cache.drain().map(|(key, value)| (key, *value)).eq(expected));
            }
            3..=8 => cache.shrink_to_fit(),
            9..=30 => {
                self.purge_all();
                let (by, rest) = (rng.u64(1..5), rng.u64(..5));
                self.pairs.retain(|pair| pair.key % by != rest);
                cache.retain(|key, _| key % by != rest);
            }
            31..=50 => assert_eq!(cache.purge_expired(), self.purge_all()),
            51..=60 => {
                let drained = cache.drain_expired().count();
                assert_eq!(drained, self.purge_all());
            }
            61..=90 => {
                self.capacity = rng.usize(1..=largest);
                if self.pairs.len() > self.capacity {
                    self.purge_all();
                }
                let kept = self.pairs.len().min(self.capacity);
                let mut beyond = self.pairs.split_off(kept);
                beyond.reverse();
                let beyond = beyond.into_iter().map(|pair| (pair.key, pair.value));
                let capacity = NonZeroUsize::new(self.capacity).unwrap();
                let evicted = cache.resize(capacity);
                assert!(evicted.map(|(key, value)| (key, *value)).eq(beyond));
            }
            _ => self.check(cache),
        }
    }

    fn check<S: BuildHasher>(&self, cache: &Cache<S>) {
        let live = self.pairs.iter().filter(|pair| self.lives(pair));
        let live: Vec<_> = live.map(|pair| (pair.key, pair.value)).collect();
        let ours = cache.iter().map(|(key, value)| (*key, **value));
        assert!(ours.clone().eq(live.iter().copied()));
        assert!(ours.rev().eq(live.iter().rev().copied()));
        assert_eq!(cache.live_len(), live.len());
    }
}
