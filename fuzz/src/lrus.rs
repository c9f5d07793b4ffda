//! The maps in order of use against a vector of entries, the most recently used first.

use std::num::NonZeroUsize;
use std::time::Duration;

use async_clock::{Clock, ManualClock};
use async_lru::{Inserted, LruCache, TtlLruCache};

use crate::operations::Operations;

/// A capacity is below, and keys are below twice that: small enough to collide in all ways.
const LARGEST: usize = 40;

fn nonzero(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN)
}

/// An entry of the model; it is dead at `deadline`.
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: usize,
    value: usize,
    deadline: u64,
}

/// The model of both maps.
struct Model {
    entries: Vec<Entry>,
    capacity: usize,
    now: u64,
}

impl Model {
    fn new(capacity: NonZeroUsize) -> Self {
        Self {
            entries: Vec::new(),
            capacity: capacity.get(),
            now: 0,
        }
    }

    /// Takes an entry out, alive or dead.
    fn take(&mut self, key: usize) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(place))
    }

    /// Takes an entry out, if it is alive.
    fn take_live(&mut self, key: usize) -> Option<Entry> {
        let now = self.now;
        self.take(key).filter(|entry| now < entry.deadline)
    }

    fn get(&mut self, key: usize) -> Option<usize> {
        let entry = self.take_live(key)?;
        self.entries.insert(0, entry);
        Some(entry.value)
    }

    fn first_deadline(&self) -> u64 {
        let deadlines = self.entries.iter().map(|entry| entry.deadline);
        deadlines.min().unwrap_or(u64::MAX)
    }

    /// Checks what an insertion says, and does the same.
    fn insert(&mut self, new: Entry, said: &Inserted<usize, usize>) {
        let is_full = self.entries.len() == self.capacity;
        match (self.take(new.key), *said) {
            (Some(old), Inserted::Replaced(value)) => {
                assert!(self.now < old.deadline);
                assert_eq!(value, old.value);
            }
            (Some(old), Inserted::Expired(key, value)) => {
                assert!(old.deadline <= self.now);
                assert_eq!((key, value), (old.key, old.value));
            }
            (None, Inserted::New) => assert!(!is_full),
            (None, Inserted::Expired(key, value)) => {
                assert!(is_full);
                let first = self.first_deadline();
                let old = self.take(key).expect("it was there");
                assert_eq!((value, old.deadline), (old.value, first));
                assert!(first <= self.now);
            }
            (None, Inserted::Evicted(key, value)) => {
                assert!(is_full && self.now < self.first_deadline());
                let last = self.entries.pop().expect("it is full");
                assert_eq!((key, value), (last.key, last.value));
            }
            (old, said) => panic!("{said:?}, and there was {old:?}"),
        }
        self.entries.insert(0, new);
    }

    /// Removes what is dead, and returns how many they were.
    fn purge(&mut self) -> usize {
        let before = self.entries.len();
        self.entries.retain(|entry| self.now < entry.deadline);
        before - self.entries.len()
    }

    /// Returns the pairs that have to go, the least recently used first.
    fn resize(&mut self, capacity: NonZeroUsize) -> Vec<(usize, usize)> {
        self.capacity = capacity.get();
        let kept = self.entries.len().min(self.capacity);
        let beyond = self.entries.split_off(kept);
        beyond.iter().rev().map(pair).collect()
    }

    fn live(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        let live = self
            .entries
            .iter()
            .filter(|entry| self.now < entry.deadline);
        live.map(pair)
    }
}

fn pair(entry: &Entry) -> (usize, usize) {
    (entry.key, entry.value)
}

/// `LruCache`.
pub(crate) fn plain(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let capacity = nonzero(operations.below(LARGEST));
    let keys = 2 * capacity.get();
    let (mut map, mut model) = (LruCache::new(capacity), Model::new(capacity));
    let mut value = 0;
    while let Some(operation) = operations.next() {
        value += 1;
        let key = operations.below(keys);
        match operation % 12 {
            0..=3 => {
                let deadline = u64::MAX;
                let new = Entry {
                    key,
                    value,
                    deadline,
                };
                model.insert(new, &map.insert(key, value));
            }
            4..=5 => assert_eq!(map.get(&key).copied(), model.get(key)),
            6 => {
                let there = model.take(key);
                assert_eq!(map.demote(&key), there.is_some());
                model.entries.extend(there);
            }
            7 => assert_eq!(map.remove(&key), model.take(key).map(|entry| entry.value)),
            8 => assert_eq!(map.pop_lru(), model.entries.pop().as_ref().map(pair)),
            9 => {
                let divisor = 1 + operations.below(4);
                map.retain(|key, _| key % divisor != 0);
                model.entries.retain(|entry| entry.key % divisor != 0);
            }
            10 => {
                let capacity = nonzero(operations.below(LARGEST));
                assert!(map.resize(capacity).eq(model.resize(capacity)));
            }
            _ => map.shrink_to_fit(),
        }
        let ours = map.iter().map(|(key, value)| (*key, *value));
        assert!(ours.clone().eq(model.live()));
        assert!(ours.rev().eq(model.live().rev()));
        assert_eq!(map.peek(&key).is_some(), model.live().any(|it| it.0 == key));
    }
}

/// `TtlLruCache`, each entry with a time to live of its own.
pub(crate) fn expiring(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let capacity = nonzero(operations.below(LARGEST));
    let keys = 2 * capacity.get();
    let (clock, mut model) = (ManualClock::new(), Model::new(capacity));
    // Writes purge nothing, so that the model knows what is there.
    let builder = TtlLruCache::builder().capacity(capacity).purge_per_write(0);
    let mut map = builder.clock(clock.clone()).build();
    let start = clock.now();
    let mut value = 0;
    while let Some(operation) = operations.next() {
        value += 1;
        let key = operations.below(keys);
        match operation % 12 {
            0..=3 => {
                let ttl = operations.size(8);
                let new = Entry {
                    key,
                    value,
                    deadline: model.now + ttl,
                };
                let said = map.insert_with_ttl(key, value, Duration::from_nanos(ttl));
                model.insert(new, &said);
            }
            4..=5 => assert_eq!(map.get(&key).copied(), model.get(key)),
            6 => {
                let ttl = operations.size(8);
                let there = model.take_live(key);
                assert_eq!(
                    map.set_ttl(&key, Duration::from_nanos(ttl)),
                    there.is_some()
                );
                if let Some(entry) = there {
                    let deadline = model.now + ttl;
                    model.entries.insert(0, Entry { deadline, ..entry });
                }
            }
            7 => {
                let removed = model.take_live(key).map(|entry| entry.value);
                assert_eq!(map.remove(&key), removed);
            }
            8 => {
                let step = operations.size(6);
                clock.advance(Duration::from_nanos(step));
                model.now += step;
            }
            9 => assert_eq!(map.purge_expired(), model.purge()),
            10 => {
                let capacity = nonzero(operations.below(LARGEST));
                // What is dead goes first, if something has to go at all.
                if model.entries.len() > capacity.get() {
                    model.purge();
                }
                assert!(map.resize(capacity).eq(model.resize(capacity)));
            }
            _ => {
                let deadline = map.next_deadline();
                let first = model.entries.iter().map(|entry| entry.deadline).min();
                assert_eq!(deadline, first.map(|at| start + Duration::from_nanos(at)));
            }
        }
        let ours = map.iter().map(|(key, value)| (*key, *value));
        assert!(ours.clone().eq(model.live()));
        assert!(ours.rev().eq(model.live().rev()));
        assert_eq!(map.len(), model.entries.len());
        assert!(map.len() <= model.capacity);
    }
}
