//! Hashers that collide, and a naive map to compare with.

#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod foreign;

use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

/// Hashes integers to themselves and then spoils what it has.
#[derive(Clone, Default)]
pub(crate) struct Spoilt<const HOW: u8>(u64);

/// All keys have the same hash.
pub(crate) const CONSTANT: u8 = 0;
/// All keys begin their search at the same bucket.
pub(crate) const SAME_LOW_BITS: u8 = 1;
/// All keys have the same tag.
pub(crate) const SAME_TOP_BITS: u8 = 2;
/// Keys are their own hashes.
pub(crate) const IDENTITY: u8 = 3;

pub(crate) type Hashers<const HOW: u8> = BuildHasherDefault<Spoilt<HOW>>;

impl<const HOW: u8> Hasher for Spoilt<HOW> {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        match HOW {
            CONSTANT => 7,
            SAME_LOW_BITS => self.0 << 48,
            SAME_TOP_BITS => self.0 & 0xffff,
            _ => self.0,
        }
    }
}

pub(crate) fn hashers<const HOW: u8>() -> impl BuildHasher + Clone {
    Hashers::<HOW>::default()
}

/// Pairs in the order of their use, the most recent first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naive<K, V> {
    pub(crate) pairs: Vec<(K, V)>,
    pub(crate) capacity: usize,
}

impl<K: PartialEq + Clone, V: Clone> Naive<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            pairs: Vec::new(),
            capacity,
        }
    }

    pub(crate) fn place(&self, key: &K) -> Option<usize> {
        self.pairs.iter().position(|(other, _)| other == key)
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<&mut V> {
        let pair = self.pairs.remove(self.place(key)?);
        self.pairs.insert(0, pair);
        Some(&mut self.pairs[0].1)
    }

    pub(crate) fn peek(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key)?;
        Some(&mut self.pairs[place].1)
    }

    /// Returns what was replaced, and what was evicted.
    pub(crate) fn insert(&mut self, key: K, value: V) -> (Option<V>, Option<(K, V)>) {
        if let Some(old) = self.get(&key) {
            return (Some(std::mem::replace(old, value)), None);
        }
        self.pairs.insert(0, (key, value));
        let is_over = self.pairs.len() > self.capacity;
        (None, is_over.then(|| self.pairs.pop()).flatten())
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<(K, V)> {
        Some(self.pairs.remove(self.place(key)?))
    }

    /// The least recently used first.
    pub(crate) fn resize(&mut self, capacity: usize) -> Vec<(K, V)> {
        self.capacity = capacity;
        let kept = self.pairs.len().min(capacity);
        let mut beyond = self.pairs.split_off(kept);
        beyond.reverse();
        beyond
    }
}
