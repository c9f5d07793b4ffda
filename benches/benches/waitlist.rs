//! The wait list behind our primitives, beside what other primitives wait with.

#[path = "shared/processor.rs"]
mod processor;

use std::pin::pin;
use std::task::Waker;

use benches::gate::Gate;
use criterion::{criterion_group, criterion_main};
use event_listener::Event;
use processor::Criterion;
use testkit::{CountWaker, poll_once, poll_pinned};
use tokio::sync::Notify;

fn waker() -> Waker {
    CountWaker::new().1
}

/// One waiter comes, is let through, and goes.
fn wait_grant(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("waitlist/wait_grant");
    let waker = &waker();
    group.bench_function("ours", |bencher| {
        let gate = Gate::default();
        bencher.iter(|| {
            let mut wait = gate.wait();
            let waits = poll_once(&mut wait, waker).is_pending();
            gate.admit();
            assert!(waits && poll_once(&mut wait, waker).is_ready());
        });
    });
    group.bench_function("event-listener", |bencher| {
        let event = Event::new();
        bencher.iter(|| {
            let mut wait = event.listen();
            let waits = poll_once(&mut wait, waker).is_pending();
            event.notify(1);
            assert!(waits && poll_once(&mut wait, waker).is_ready());
        });
    });
    // Without the box.
    group.bench_function("event-listener-stack", |bencher| {
        let event = Event::new();
        bencher.iter(|| {
            event_listener::listener!(event => wait);
            let waits = poll_once(&mut wait, waker).is_pending();
            event.notify(1);
            assert!(waits && poll_once(&mut wait, waker).is_ready());
        });
    });
    group.bench_function("tokio", |bencher| {
        let notify = Notify::new();
        bencher.iter(|| {
            let mut wait = pin!(notify.notified());
            let waits = poll_pinned(wait.as_mut(), waker).is_pending();
            notify.notify_one();
            assert!(waits && poll_pinned(wait, waker).is_ready());
        });
    });
}

/// One waiter comes and goes in vain, behind a hundred others.
fn wait_cancel(criterion: &mut Criterion) {
    const OTHERS: usize = 100;

    let mut group = criterion.benchmark_group("waitlist/wait_cancel");
    let waker = &waker();
    group.bench_function("ours", |bencher| {
        let gate = Gate::default();
        let mut others: Vec<_> = (0..OTHERS).map(|_| gate.wait()).collect();
        for other in &mut others {
            assert!(poll_once(other, waker).is_pending());
        }
        bencher.iter(|| assert!(poll_once(&mut gate.wait(), waker).is_pending()));
    });
    group.bench_function("event-listener", |bencher| {
        let event = Event::new();
        let mut others: Vec<_> = (0..OTHERS).map(|_| event.listen()).collect();
        for other in &mut others {
            assert!(poll_once(other, waker).is_pending());
        }
        bencher.iter(|| assert!(poll_once(&mut event.listen(), waker).is_pending()));
    });
    group.bench_function("tokio", |bencher| {
        let notify = Notify::new();
        let mut others: Vec<_> = (0..OTHERS).map(|_| Box::pin(notify.notified())).collect();
        for other in &mut others {
            assert!(poll_once(other, waker).is_pending());
        }
        bencher.iter(|| assert!(poll_pinned(pin!(notify.notified()), waker).is_pending()));
    });
}

criterion_group! {
    name = waitlist;
    config = processor::criterion();
    targets = wait_grant, wait_cancel
}
criterion_main!(waitlist);
