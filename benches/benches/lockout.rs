//! The lockout: what it costs to ask while nothing is locked.

#[path = "shared/processor.rs"]
mod processor;

use std::time::Instant;

use async_lockout::Lockout;
use async_waitlist::blocking::block_on;
use criterion::{criterion_group, criterion_main};
use parking_lot::Mutex;
use processor::Criterion;

/// Asking at the door; beside it the cheapest thing that could stand there instead, a mutex.
fn try_pass(criterion: &mut Criterion) {
    let never = Lockout::new();
    let expired = Lockout::new();
    expired.lock_until(Instant::now());
    block_on(expired.wait());
    for (scenario, lockout) in [
        ("lockout/try_pass_open", &never),
        ("lockout/try_pass_after_a_lock", &expired),
    ] {
        let mut group = criterion.benchmark_group(scenario);
        group.bench_function("ours", |bencher| bencher.iter(|| lockout.try_pass()));
        let mutex = Mutex::new(0_u64);
        group.bench_function("parking_lot", |bencher| bencher.iter(|| *mutex.lock() += 1));
    }
}

fn is_locked(criterion: &mut Criterion) {
    let lockout = Lockout::new();
    let mut group = criterion.benchmark_group("lockout/is_locked_never_locked");
    group.bench_function("ours", |bencher| bencher.iter(|| lockout.is_locked()));
}

/// The future of an open lockout is ready at its first poll.
fn wait_open(criterion: &mut Criterion) {
    let lockout = Lockout::new();
    let waker = testkit::CountWaker::new().1;
    let mut group = criterion.benchmark_group("lockout/wait_open");
    group.bench_function("ours", |bencher| {
        bencher.iter(|| testkit::poll_once(&mut lockout.wait(), &waker));
    });
}

criterion_group! {
    name = lockout;
    config = processor::criterion();
    targets = try_pass, is_locked, wait_open
}
criterion_main!(lockout);
