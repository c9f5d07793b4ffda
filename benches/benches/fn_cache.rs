//! The function cache: a value that is there, and one that is not.
//!
//! `figures_fn_cache` has the hit by a small key, in turns.

#[path = "shared/loads.rs"]
mod loads;
#[path = "shared/processor.rs"]
mod processor;

use std::future;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Throughput, criterion_group, criterion_main};
use loads::{moka, ours, quick_cache, ready};
use processor::Criterion;

/// As many keys as are asked for in turns.
const KEYS: u64 = 1000;

/// Never reached.
const ROOMY: usize = 100_000;

fn hit_string(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fn_cache/hit_string");
    let names: Vec<String> = (0..KEYS)
        .map(|key| format!("key number {key:013}"))
        .collect();
    let value: Arc<str> = "value".into();
    let mut keys = names.iter().cycle();
    let mut next = || keys.next().map_or("", String::as_str);

    let cache = ours(ROOMY);
    for name in &names {
        cache.insert(name.clone(), Arc::clone(&value));
    }
    group.bench_function("ours", |bencher| {
        bencher.iter(|| {
            let key = black_box(next());
            ready(cache.get_ref_with(key, str::to_owned, |_| future::ready(Arc::from(""))))
        });
    });
    let cache = quick_cache::<String, Arc<str>>(ROOMY);
    for name in &names {
        cache.insert(name.clone(), Arc::clone(&value));
    }
    group.bench_function("quick_cache", |bencher| {
        bencher.iter(|| {
            let key = black_box(next());
            ready(cache.get_or_insert_async(key, async { Ok::<_, ()>(Arc::from("")) }))
        });
    });
    let cache = moka::<String, Arc<str>>(ROOMY);
    for name in &names {
        ready(cache.insert(name.clone(), Arc::clone(&value)));
    }
    group.bench_function("moka", |bencher| {
        bencher.iter(|| {
            let key = black_box(next());
            ready(cache.get_with_by_ref(key, async { Arc::from("") }))
        });
    });
}

/// Has the process keep memory that it has freed, as one does that has run for a while.
///
/// Each cache that is dropped would give its memory back otherwise, and the next one would measure
/// how the system hands it out again, page by page: more than the misses themselves take.
fn keep_memory() {
    const BLOCK: usize = 1 << 10;
    let blocks: Vec<Vec<u8>> = (0..32 << 10).map(|_| vec![1; BLOCK]).collect();
    // On top of the others, which are freed: the allocator gives back what is above it only.
    black_box(vec![1_u8; BLOCK].leak());
    drop(black_box(blocks));
}

/// A load that is ready at once, in a cache that has room and does not grow meanwhile: the tables of
/// its shards double at powers of two, from which its number of entries stays away.
fn miss(criterion: &mut Criterion) {
    keep_memory();
    let mut group = criterion.benchmark_group("fn_cache/miss");
    group.throughput(Throughput::Elements(KEYS));
    let grown = 0..5 * KEYS / 2;
    let asked = grown.end..grown.end + KEYS;

    group.bench_function("ours", |bencher| {
        let get = |cache: &mut loads::Ours<u64, u64>, keys: std::ops::Range<u64>| {
            for key in keys {
                black_box(ready(cache.get_with(key, move || future::ready(key))));
            }
        };
        let setup = || {
            let mut cache = ours(ROOMY);
            get(&mut cache, grown.clone());
            cache
        };
        let routine = |cache: &mut _| get(cache, asked.clone());
        bencher.iter_batched_ref(setup, routine, BatchSize::PerIteration);
    });
    group.bench_function("quick_cache", |bencher| {
        let get = |cache: &mut loads::QuickCache<u64, u64>, keys: std::ops::Range<u64>| {
            for key in keys {
                let get = cache.get_or_insert_async(&key, async { Ok::<_, ()>(key) });
                let _ = black_box(ready(get));
            }
        };
        let setup = || {
            let mut cache = quick_cache(ROOMY);
            get(&mut cache, grown.clone());
            cache
        };
        let routine = |cache: &mut _| get(cache, asked.clone());
        bencher.iter_batched_ref(setup, routine, BatchSize::PerIteration);
    });
    group.bench_function("moka", |bencher| {
        let get = |cache: &mut loads::Moka<u64, u64>, keys: std::ops::Range<u64>| {
            for key in keys {
                black_box(ready(cache.get_with(key, async move { key })));
            }
        };
        let setup = || {
            let mut cache = moka(ROOMY);
            get(&mut cache, grown.clone());
            cache
        };
        let routine = |cache: &mut _| get(cache, asked.clone());
        bencher.iter_batched_ref(setup, routine, BatchSize::PerIteration);
    });
}

/// The same in a cache that is full: each value that comes evicts another one.
fn miss_full(criterion: &mut Criterion) {
    const FULL: usize = 10_000;
    let mut group = criterion.benchmark_group("fn_cache/miss_full");
    let mut keys = 0..;
    let mut next = || keys.next().unwrap_or_default();

    let cache = ours(FULL);
    let mut get = || {
        let key = black_box(next());
        ready(cache.get_with(key, move || future::ready(key)))
    };
    for _ in 0..2 * FULL {
        let _ = get();
    }
    group.bench_function("ours", |bencher| bencher.iter(&mut get));

    let cache = quick_cache(FULL);
    let mut get = || {
        let key = black_box(next());
        ready(cache.get_or_insert_async(&key, async { Ok::<_, ()>(key) }))
    };
    for _ in 0..2 * FULL {
        let _ = get();
    }
    group.bench_function("quick_cache", |bencher| bencher.iter(&mut get));

    let cache = moka(FULL);
    let mut get = || {
        let key = black_box(next());
        ready(cache.get_with(key, async move { key }))
    };
    for _ in 0..2 * FULL {
        let _ = get();
    }
    group.bench_function("moka", |bencher| bencher.iter(&mut get));
}

criterion_group! {
    name = fn_cache;
    config = processor::criterion();
    targets = hit_string, miss, miss_full
}
criterion_main!(fn_cache);
