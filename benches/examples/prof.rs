//! prof
#[path = "../benches/shared/loads.rs"]
mod loads;
use cpu_time::ThreadTime as Instant;
use loads::{ours, quick_cache};
use std::future::{self, Future};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
#[inline(always)]
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!(),
    }
}
#[inline(never)]
fn hits(cache: &loads::Ours<u64, u64>, n: u64) -> u64 {
    let mut sum = 0;
    let mut key = 0;
    for _ in 0..n {
        key = if key == 999 { 0 } else { key + 1 };
        let k = black_box(key);
        sum += ready(cache.get_with(k, move || future::ready(k)));
    }
    sum
}
#[inline(never)]
fn hits_qc(cache: &loads::QuickCache<u64, u64>, n: u64) -> u64 {
    let mut sum = 0;
    let mut key = 0;
    for _ in 0..n {
        key = if key == 999 { 0 } else { key + 1 };
        let k = black_box(key);
        sum += ready(cache.get_or_insert_async(&k, async { Ok::<_, ()>(k) })).unwrap();
    }
    sum
}
#[inline(never)]
fn misses(n: u64) -> f64 {
    let cache = ours(100_000);
    let mut best = f64::MAX;
    for k in 0..2000u64 {
        black_box(ready(cache.get_with(k, move || future::ready(k))));
    }
    let t = Instant::now();
    for k in 2000..2000 + n {
        black_box(ready(cache.get_with(k, move || future::ready(k))));
    }
    best = best.min(t.elapsed().as_nanos() as f64 / n as f64);
    best
}
#[inline(never)]
fn misses_qc(n: u64) -> f64 {
    let cache = quick_cache(100_000);
    for k in 0..2000u64 {
        let _ = black_box(ready(
            cache.get_or_insert_async(&k, async { Ok::<_, ()>(k) }),
        ));
    }
    let t = Instant::now();
    for k in 2000..2000 + n {
        let _ = black_box(ready(
            cache.get_or_insert_async(&k, async { Ok::<_, ()>(k) }),
        ));
    }
    t.elapsed().as_nanos() as f64 / n as f64
}
fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    let n: u64 = std::env::args()
        .nth(2)
        .map_or(10_000_000, |a| a.parse().unwrap());
    let cache = ours::<u64, u64>(100_000);
    hits(&cache, 1000);
    let qc = quick_cache::<u64, u64>(100_000);
    hits_qc(&qc, 1000);
    for _ in 0..3 {
        if what.is_empty() || what == "hit" {
            let t = Instant::now();
            black_box(hits(&cache, n));
            println!(
                "hit ours {:.2} ns",
                t.elapsed().as_nanos() as f64 / n as f64
            );
        }
        if what.is_empty() || what == "hitqc" {
            let t = Instant::now();
            black_box(hits_qc(&qc, n));
            println!("hit qc {:.2} ns", t.elapsed().as_nanos() as f64 / n as f64);
        }
        if what.is_empty() || what == "miss" {
            println!(
                "miss ours {:.2}",
                (0..n / 50_000)
                    .map(|_| misses(1000))
                    .fold(f64::MAX, f64::min)
            );
        }
        if what.is_empty() || what == "missqc" {
            println!(
                "miss qc {:.2}",
                (0..n / 50_000)
                    .map(|_| misses_qc(1000))
                    .fold(f64::MAX, f64::min)
            );
        }
    }
}
