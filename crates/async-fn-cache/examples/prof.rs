//! prof
use async_fn_cache::FnCache;
use std::future::{self, Future};
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;
#[inline(always)]
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!(),
    }
}
#[inline(never)]
fn hits(cache: &FnCache<u64, u64>, n: u64) -> u64 {
    let mut sum = 0;
    let mut key = 0;
    for _ in 0..n {
        key = if key == 999 { 0 } else { key + 1 };
        let k = black_box(key);
        sum += ready(cache.get_with(k, move || future::ready(k)));
    }
    sum
}
fn main() {
    let n: u64 = std::env::args()
        .nth(1)
        .map_or(20_000_000, |a| a.parse().unwrap());
    let cache = FnCache::<u64, u64>::builder()
        .capacity(NonZeroUsize::new(100_000).unwrap())
        .build();
    hits(&cache, 1000);
    let t = Instant::now();
    black_box(hits(&cache, n));
    println!("hit {:.2} ns", t.elapsed().as_nanos() as f64 / n as f64);
}
