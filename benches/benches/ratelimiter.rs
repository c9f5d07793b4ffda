//! Rate limiters: what it costs to be granted or denied a permit at once.

#[path = "shared/processor.rs"]
mod processor;

use std::num::NonZeroU32;
use std::pin::pin;
use std::time::Duration;

use async_ratelimiter::{Gcra, Policy, RateLimiter};
use benches::on_threads;
use criterion::{criterion_group, criterion_main};
use governor::clock::MonotonicClock;
use governor::{DefaultDirectRateLimiter, Quota};
use leaky_bucket::RateLimiter as LeakyBucket;
use processor::{Criterion, Processor};
use ratelimit::Ratelimiter;
use testkit::{CountWaker, poll_once, poll_pinned};

type Bencher<'a> = criterion::Bencher<'a, Processor>;

/// A thousand permits per microsecond: nobody can ask faster, so that all are granted.
const PERMITS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();
const PERIOD: Duration = Duration::from_micros(10);

/// One permit per hour: after the first all are denied.
const ONE: NonZeroU32 = NonZeroU32::MIN;
const HOUR: Duration = Duration::from_secs(3600);

fn ample() -> RateLimiter {
    RateLimiter::new(PERMITS, PERIOD)
}

fn ample_gcra() -> RateLimiter<Gcra> {
    let smooth = Gcra::smooth(PERMITS);
    RateLimiter::builder(PERMITS, PERIOD).policy(smooth).build()
}

fn ample_quota() -> Quota {
    let quota = Quota::with_period(PERIOD / PERMITS.get()).unwrap();
    // Room for a thread that is interrupted between its look at the clock and its claim.
    let burst = PERMITS.saturating_mul(PERMITS);
    quota.allow_burst(burst)
}

fn ample_governor() -> DefaultDirectRateLimiter {
    DefaultDirectRateLimiter::direct(ample_quota())
}

/// Its shortest interval is a millisecond, so more is filled in at once.
fn ample_leaky_bucket() -> LeakyBucket {
    let refill = 1_000_000;
    LeakyBucket::builder()
        .max(1000 * refill)
        .initial(1000 * refill)
        .refill(refill)
        .interval(Duration::from_millis(1))
        .build()
}

fn ample_ratelimit() -> Ratelimiter {
    let permits = u64::from(PERMITS.get());
    Ratelimiter::builder(permits)
        .period(PERIOD)
        .max_tokens(permits * permits)
        .initial_available(permits * permits)
        .build()
        .unwrap()
}

fn try_ours<P: Policy>(bencher: &mut Bencher<'_>, limiter: &RateLimiter<P>) {
    bencher.iter(|| assert!(limiter.try_acquire().is_ok()));
}

fn granted(criterion: &mut Criterion) {
    {
        let mut group = criterion.benchmark_group("ratelimiter/granted");
        group.bench_function("ours", |bencher| try_ours(bencher, &ample()));
        group.bench_function("governor", |bencher| {
            let limiter = ample_governor();
            bencher.iter(|| assert!(limiter.check().is_ok()));
        });
        // On the standard library's clock, as ours; its own reads the processor's counter.
        group.bench_function("governor-std-clock", |bencher| {
            let limiter = governor::RateLimiter::direct_with_clock(ample_quota(), MonotonicClock);
            bencher.iter(|| assert!(limiter.check().is_ok()));
        });
        group.bench_function("leaky-bucket", |bencher| {
            let limiter = ample_leaky_bucket();
            bencher.iter(|| assert!(limiter.try_acquire(1)));
        });
        group.bench_function("ratelimit", |bencher| {
            let limiter = ample_ratelimit();
            bencher.iter(|| assert!(limiter.try_wait().is_ok()));
        });
    }
    let mut group = criterion.benchmark_group("ratelimiter/granted_gcra");
    group.bench_function("ours", |bencher| try_ours(bencher, &ample_gcra()));
    group.bench_function("governor", |bencher| {
        let limiter = ample_governor();
        bencher.iter(|| assert!(limiter.check().is_ok()));
    });
}

fn denied(criterion: &mut Criterion) {
    {
        let mut group = criterion.benchmark_group("ratelimiter/denied");
        group.bench_function("ours", |bencher| {
            let limiter = RateLimiter::new(ONE, HOUR);
            let _ = limiter.try_acquire();
            bencher.iter(|| assert!(limiter.try_acquire().is_err()));
        });
        group.bench_function("governor", |bencher| {
            let limiter = DefaultDirectRateLimiter::direct(Quota::per_hour(ONE));
            let _ = limiter.check();
            bencher.iter(|| assert!(limiter.check().is_err()));
        });
        group.bench_function("governor-std-clock", |bencher| {
            let quota = Quota::per_hour(ONE);
            let limiter = governor::RateLimiter::direct_with_clock(quota, MonotonicClock);
            let _ = limiter.check();
            bencher.iter(|| assert!(limiter.check().is_err()));
        });
        group.bench_function("leaky-bucket", |bencher| {
            let limiter = LeakyBucket::builder().max(1).interval(HOUR).build();
            bencher.iter(|| assert!(!limiter.try_acquire(1)));
        });
        group.bench_function("ratelimit", |bencher| {
            let limiter = Ratelimiter::builder(1).period(HOUR).build().unwrap();
            let _ = limiter.try_wait();
            bencher.iter(|| assert!(limiter.try_wait().is_err()));
        });
    }
    let mut group = criterion.benchmark_group("ratelimiter/denied_gcra");
    group.bench_function("ours", |bencher| {
        let smooth = Gcra::smooth(ONE);
        let limiter = RateLimiter::builder(ONE, HOUR).policy(smooth).build();
        let _ = limiter.try_acquire();
        bencher.iter(|| assert!(limiter.try_acquire().is_err()));
    });
    group.bench_function("governor", |bencher| {
        let limiter = DefaultDirectRateLimiter::direct(Quota::per_hour(ONE));
        let _ = limiter.check();
        bencher.iter(|| assert!(limiter.check().is_err()));
    });
}

/// Two threads share one limiter.
fn granted_2_threads(criterion: &mut Criterion) {
    /// The time that one of two threads needs for `rounds` calls.
    fn each(bencher: &mut Bencher<'_>, attempt: impl Fn() -> bool + Sync) {
        bencher
            .iter_custom(|rounds| on_threads(2, || (0..rounds).for_each(|_| assert!(attempt()))));
    }

    {
        let mut group = criterion.benchmark_group("ratelimiter/granted_2_threads");
        group.bench_function("ours", |bencher| {
            let limiter = ample();
            each(bencher, || limiter.try_acquire().is_ok());
        });
        group.bench_function("governor", |bencher| {
            let limiter = ample_governor();
            each(bencher, || limiter.check().is_ok());
        });
        group.bench_function("leaky-bucket", |bencher| {
            let limiter = ample_leaky_bucket();
            each(bencher, || limiter.try_acquire(1));
        });
        group.bench_function("ratelimit", |bencher| {
            let limiter = ample_ratelimit();
            each(bencher, || limiter.try_wait().is_ok());
        });
    }
    let mut group = criterion.benchmark_group("ratelimiter/granted_gcra_2_threads");
    group.bench_function("ours", |bencher| {
        let limiter = ample_gcra();
        each(bencher, || limiter.try_acquire().is_ok());
    });
    group.bench_function("governor", |bencher| {
        let limiter = ample_governor();
        each(bencher, || limiter.check().is_ok());
    });
}

/// The future of a limiter with free permits is ready at its first poll.
fn acquire_ready(criterion: &mut Criterion) {
    let waker = &CountWaker::new().1;
    let mut group = criterion.benchmark_group("ratelimiter/acquire_ready");
    group.bench_function("ours", |bencher| {
        let limiter = ample();
        bencher.iter(|| assert!(poll_once(&mut limiter.acquire(), waker).is_ready()));
    });
    group.bench_function("governor", |bencher| {
        let limiter = ample_governor();
        bencher.iter(|| assert!(poll_pinned(pin!(limiter.until_ready()), waker).is_ready()));
    });
    group.bench_function("leaky-bucket", |bencher| {
        let limiter = ample_leaky_bucket();
        bencher.iter(|| assert!(poll_pinned(pin!(limiter.acquire_one()), waker).is_ready()));
    });
}

criterion_group! {
    name = limiter;
    config = processor::criterion();
    targets = granted, denied, granted_2_threads, acquire_ready
}
criterion_main!(limiter);
