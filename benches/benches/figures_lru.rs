//! LRU maps: their memory after churn, and the hits of those for several threads, on one and on two.

#[path = "shared/maps.rs"]
#[expect(dead_code, reason = "it reads none of them")]
mod maps;
#[path = "shared/zipf.rs"]
mod zipf;

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use async_lru::sync;
use benches::turns::Turns;
use benches::{Figures, figure, float, in_turns, nanos_each};
use foldhash::fast::RandomState;
use maps::{Hashlink, Lru, Map, Ours, Quick, Schnellru};
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache as QuickSync, DefaultLifecycle};
use testkit::{count_allocations, live_bytes};
use zipf::zipf_keys;

#[global_allocator]
static ALLOCATOR: testkit::CountingAllocator = testkit::CountingAllocator::new();

/// A full map has seen this many times its entries before it is measured.
const CHURN: u64 = 4;

/// The entries of a map for several threads.
const ENTRIES: u64 = 10_000;

/// Twice as many, so that none is evicted from a shard.
const ROOM: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

type OursSync<K, V> = sync::LruCache<K, V, RandomState>;

fn main() {
    let figures = Figures::from_args();
    for (name, capacity) in [("10k", 10_000), ("100k", 100_000)] {
        let scenario = format!("lru/bytes_per_entry/{name}");
        let evictions = format!("lru/evict/{name}");
        if figures.want(&[&scenario, &evictions]) {
            let names = (&scenario[..], &evictions[..]);
            memory::<Ours<_, _>>(names, capacity);
            memory::<Lru<_, _>>(names, capacity);
            memory::<Hashlink<_, _>>(names, capacity);
            memory::<Schnellru<_, _>>(names, capacity);
            memory::<Quick<_, _>>(names, capacity);
        }
    }
    one_thread(&figures);
    two_threads(&figures);
}

/// Prints what an entry of two `u64` takes after churn, and what an insertion allocates.
fn memory<M: Map<u64, u64>>((scenario, evictions): (&str, &str), capacity: u64) {
    let before = live_bytes();
    let entries = usize::try_from(capacity).expect("it is small");
    let mut map = M::with_capacity(entries);
    for key in 0..(CHURN + 1) * capacity {
        map.write(key, key);
    }
    let bytes = live_bytes() - before;
    figure(scenario, M::NAME, float(bytes) / float(entries), "bytes");
    let counted = count_allocations(|| {
        for key in (CHURN + 1) * capacity..(CHURN + 2) * capacity {
            map.write(key, key);
        }
    });
    let each = float(counted.calls) / float(entries);
    figure(evictions, M::NAME, each, "allocations");
}

fn ours<K: std::hash::Hash + Eq, V>() -> OursSync<K, V> {
    OursSync::with_hasher(ROOM, RandomState::default())
}

type Quicks<K, V> = QuickSync<K, V, UnitWeighter, RandomState>;

fn quick<K: std::hash::Hash + Eq + Clone, V: Clone>() -> Quicks<K, V> {
    QuickSync::with(
        ROOM.get(),
        2 * ENTRIES,
        UnitWeighter,
        RandomState::default(),
        DefaultLifecycle::default(),
    )
}

/// Keys that are looked up one after the other, again and again.
struct Round<K> {
    keys: Vec<K>,
    at: usize,
}

impl<K> Round<K> {
    fn new(keys: impl IntoIterator<Item = K>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            at: 0,
        }
    }

    #[inline]
    fn next(&mut self) -> &K {
        self.at = if self.at + 1 < self.keys.len() {
            self.at + 1
        } else {
            0
        };
        &self.keys[self.at]
    }
}

fn name(key: u64) -> String {
    format!("a key of 24 bytes {key:06}")
}

fn shuffled() -> Vec<u64> {
    let mut keys: Vec<u64> = (0..ENTRIES).collect();
    testkit::rng(1).shuffle(&mut keys);
    keys
}

fn one_thread(figures: &Figures) {
    Turns::take(figures, "lru/sync_hit_u64", |turns| {
        let (cache, peer) = (ours(), quick());
        for key in 0..ENTRIES {
            drop(cache.insert(key, key));
            peer.insert(key, key);
        }
        let mut keys = Round::new(shuffled());
        turns.add("ours", move || cache.get_copied(keys.next()));
        let mut keys = Round::new(shuffled());
        turns.add("quick_cache", move || peer.get(keys.next()));
    });
    Turns::take(figures, "lru/sync_hit_string", |turns| {
        let (cache, peer) = (ours(), quick());
        for key in 0..ENTRIES {
            let value =
                Arc::<str>::from("a value of as many bytes as a cache line has, or somewhat");
            drop(cache.insert(name(key), Arc::clone(&value)));
            peer.insert(name(key), value);
        }
        let mut keys = Round::new(shuffled().into_iter().map(name));
        turns.add("ours", move || cache.get(keys.next()));
        let mut keys = Round::new(shuffled().into_iter().map(name));
        turns.add("quick_cache", move || peer.get(keys.next()));
    });
}

/// Two threads that do so at once: nanoseconds per lookup and thread, on the wall.
fn at_once(keys: &[u64], lookups: usize, get: impl Fn(&u64) -> Option<u64> + Sync) -> [f64; 1] {
    const THREADS: usize = 2;

    let ready = Barrier::new(THREADS);
    let each = |thread: usize| {
        let mut at = thread * keys.len() / THREADS;
        ready.wait();
        let begun = Instant::now();
        for _ in 0..lookups {
            black_box(get(&keys[at]));
            at = if at + 1 < keys.len() { at + 1 } else { 0 };
        }
        nanos_each(begun.elapsed(), lookups)
    };
    let spent = thread::scope(|scope| {
        let other = scope.spawn(|| each(1));
        each(0).max(other.join().expect("it looks keys up"))
    });
    [spent]
}

fn two_threads(figures: &Figures) {
    let zipf = zipf_keys(ENTRIES, 1 << 16);
    for (scenario, keys) in [
        ("lru/sync_2_threads_one_key", &[7][..]),
        ("lru/sync_2_threads_zipf", &zipf),
    ] {
        if !figures.want(&[scenario]) {
            continue;
        }
        let (cache, peer) = (ours(), quick());
        for key in 0..ENTRIES {
            drop(cache.insert(key, key));
            peer.insert(key, key);
        }
        let lookups = figures.size(400_000, 200_000);
        let contenders: [(_, &dyn Fn() -> [f64; 1]); 2] = [
            ("ours", &|| {
                at_once(keys, lookups, |key| cache.get_copied(key))
            }),
            ("quick_cache", &|| {
                at_once(keys, lookups, |key| peer.get(key))
            }),
        ];
        for (contender, [spent]) in in_turns(figures.size(15, 9), &contenders) {
            figure(scenario, contender, spent, "ns");
        }
    }
}
