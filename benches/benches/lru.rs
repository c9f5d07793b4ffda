//! LRU maps: what a hit costs, and what an insertion that evicts.

#[path = "shared/maps.rs"]
mod maps;
#[path = "shared/processor.rs"]
mod processor;
#[path = "shared/zipf.rs"]
mod zipf;

use std::hint::black_box;

use criterion::{BenchmarkGroup, criterion_group, criterion_main};
use maps::{Hashlink, Lru, Map, Ours, Schnellru};
use processor::{Criterion, Processor};
use zipf::zipf_keys;

type Group<'a> = BenchmarkGroup<'a, Processor>;

/// A full map has seen this many times its entries before it is measured.
const CHURN: u64 = 4;

/// What fits into a core's own caches, and what does not.
const CAPACITIES: [(&str, u64); 4] = [
    ("1k", 1_000),
    ("10k", 10_000),
    ("100k", 100_000),
    ("1m", 1_000_000),
];

/// A full map in use: it has the last `capacity` of the keys that were written.
fn churned<M: Map<u64, u64>>(capacity: u64) -> M {
    let mut map = M::with_capacity(usize::try_from(capacity).unwrap());
    for key in 0..(CHURN + 1) * capacity {
        map.write(key, key);
    }
    map
}

/// Numbers below `bound`, all as likely; cheap enough to be made while measuring.
struct Uniform {
    state: u64,
    bound: u64,
}

impl Uniform {
    fn below(bound: u64) -> Self {
        let state = 88_172_645_463_325_252;
        Self { state, bound }
    }

    #[inline]
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        // The upper bits times the bound, without those below the point.
        ((self.state >> 32) * self.bound) >> 32
    }
}

fn uniform<M: Map<u64, u64>>(group: &mut Group<'_>, capacity: u64) {
    let (mut map, mut random) = (None, Uniform::below(capacity));
    group.bench_function(M::NAME, |bencher| {
        let map = map.get_or_insert_with(|| churned::<M>(capacity));
        bencher.iter(|| {
            let key = CHURN * capacity + random.next();
            *map.read(&key).expect("the map has this key")
        });
    });
}

fn hit_uniform(criterion: &mut Criterion) {
    for (name, capacity) in CAPACITIES {
        let mut group = criterion.benchmark_group(format!("lru/hit_uniform/{name}"));
        uniform::<Ours<_, _>>(&mut group, capacity);
        uniform::<Lru<_, _>>(&mut group, capacity);
        uniform::<Hashlink<_, _>>(&mut group, capacity);
        uniform::<Schnellru<_, _>>(&mut group, capacity);
    }
}

fn zipf<M: Map<u64, u64>>(group: &mut Group<'_>, capacity: u64, keys: &[u64]) {
    let (mut map, mut keys) = (None, keys.iter().cycle());
    group.bench_function(M::NAME, |bencher| {
        let map = map.get_or_insert_with(|| churned::<M>(capacity));
        bencher.iter(|| {
            let key = CHURN * capacity + keys.next().expect("it is a cycle");
            *map.read(&key).expect("the map has this key")
        });
    });
}

fn hit_zipf(criterion: &mut Criterion) {
    for (name, capacity) in CAPACITIES {
        let keys = zipf_keys(capacity, 1 << 20);
        let mut group = criterion.benchmark_group(format!("lru/hit_zipf/{name}"));
        zipf::<Ours<_, _>>(&mut group, capacity, &keys);
        zipf::<Lru<_, _>>(&mut group, capacity, &keys);
        zipf::<Hashlink<_, _>>(&mut group, capacity, &keys);
        zipf::<Schnellru<_, _>>(&mut group, capacity, &keys);
    }
}

fn evicting<M: Map<u64, u64>>(group: &mut Group<'_>, capacity: u64) {
    let (mut map, mut key) = (None, (CHURN + 1) * capacity);
    group.bench_function(M::NAME, |bencher| {
        let map = map.get_or_insert_with(|| churned::<M>(capacity));
        bencher.iter(|| {
            map.write(black_box(key), key);
            key += 1;
        });
    });
}

/// Every insertion is of a new key into a full map.
fn evict(criterion: &mut Criterion) {
    for (name, capacity) in CAPACITIES {
        let mut group = criterion.benchmark_group(format!("lru/evict/{name}"));
        evicting::<Ours<_, _>>(&mut group, capacity);
        evicting::<Lru<_, _>>(&mut group, capacity);
        evicting::<Hashlink<_, _>>(&mut group, capacity);
        evicting::<Schnellru<_, _>>(&mut group, capacity);
    }
}

criterion_group! {
    name = lru;
    config = processor::criterion();
    targets = hit_uniform, hit_zipf, evict
}
criterion_main!(lru);
