//! Memory: allocations per operation, bytes per thing that lives.

#![expect(
    clippy::disallowed_methods,
    reason = "the peers' sleeps are what ours is measured against"
)]

use std::future;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::task::Waker;
use std::time::Duration;

use async_clock::ManualClock;
use async_io::Timer;
use async_lockout::Lockout;
use async_ratelimiter::{Keyed, RateLimiter};
use benches::gate::Gate;
use benches::{Figures, figure, float, settle};
use event_listener::Event;
use futures_timer::Delay;
use governor::clock::FakeRelativeClock;
use governor::{DefaultDirectRateLimiter, Quota};
use leaky_bucket::RateLimiter as LeakyBucket;
use testkit::{CountWaker, count_allocations, live_bytes, poll_once, poll_pinned};
use tokio::runtime::Builder;
use tokio::sync::Notify;

#[global_allocator]
static ALLOCATOR: testkit::CountingAllocator = testkit::CountingAllocator::new();

/// A timeout that does not pass while we measure.
const FAR: Duration = Duration::from_secs(30);

fn main() {
    let figures = Figures::from_args();
    let driven = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let _entered = driven.enter();
    timers(&figures);
    if figures.want(&["timers/bytes_per_live_timer"]) {
        let say =
            |contender, bytes| figure("timers/bytes_per_live_timer", contender, bytes, "bytes");
        say("ours", bytes_each(async_clock::sleep));
        // The pointer to the box stands in for the place in a task, and is not counted.
        let boxed = |duration| Box::pin(tokio::time::sleep(duration));
        say(
            "tokio",
            bytes_each(boxed) - float(size_of::<Pin<Box<()>>>()),
        );
        say("async-io", bytes_each(Timer::after));
        say("futures-timer", bytes_each(Delay::new));
    }
    if figures.want(&["waitlist/wait_grant"]) {
        waitlist("waitlist/wait_grant");
    }
    if figures.want(&["ratelimiter/granted", "ratelimiter/acquire_ready"]) {
        ratelimiter("ratelimiter/granted", "ratelimiter/acquire_ready");
    }
    let keys = figures.size(1_000_000, 200_000);
    let beat = Duration::from_millis(1);
    if figures.want(&["ratelimiter/keyed_bytes_one_by_one"]) {
        churn("ratelimiter/keyed_bytes_one_by_one", |attempt, advance| {
            for key in 0..keys {
                attempt(key);
                advance(beat);
            }
        });
    }
    if figures.want(&["ratelimiter/keyed_bytes_after_a_burst"]) {
        churn(
            "ratelimiter/keyed_bytes_after_a_burst",
            |attempt, advance| {
                for key in 0..keys {
                    attempt(key);
                }
                for operation in 0..2 * keys {
                    attempt(keys + operation % 10);
                    advance(beat);
                }
            },
        );
    }
    if figures.want(&["lockout/try_pass_open", "lockout/wait_open"]) {
        let (lockout, waker) = (Lockout::new(), waker());
        allocations("lockout/try_pass_open", "ours", || lockout.try_pass());
        allocations("lockout/wait_open", "ours", || {
            poll_once(&mut lockout.wait(), &waker)
        });
    }
}

fn waker() -> Waker {
    CountWaker::new().1
}

/// Prints how many allocations the operation needs on the thread that does it.
fn allocations<T>(scenario: &str, contender: &str, operation: impl Fn() -> T) {
    const OPERATIONS: usize = 1000;

    // What is allocated once and kept has been by then.
    (0..20 * OPERATIONS).for_each(|_| drop(black_box(operation())));
    let counted = count_allocations(|| (0..OPERATIONS).for_each(|_| drop(black_box(operation()))));
    let each = float(counted.calls) / float(OPERATIONS);
    figure(scenario, contender, each, "allocations");
}

fn timers(figures: &Figures) {
    let waker = waker();
    let scenario = "timers/create_poll_cancel";
    if figures.want(&[scenario]) {
        allocations(scenario, "ours", || {
            poll_once(&mut async_clock::sleep(FAR), &waker)
        });
        allocations(scenario, "tokio", || {
            poll_pinned(pin!(tokio::time::sleep(FAR)), &waker)
        });
        allocations(scenario, "async-io", || {
            poll_once(&mut Timer::after(FAR), &waker)
        });
        allocations(scenario, "futures-timer", || {
            poll_once(&mut Delay::new(FAR), &waker)
        });
    }
    let scenario = "timers/timeout_one_pending_poll";
    if figures.want(&[scenario]) {
        allocations(scenario, "ours", || {
            poll_pinned(
                pin!(async_clock::timeout(FAR, future::pending::<()>())),
                &waker,
            )
        });
        allocations(scenario, "tokio", || {
            poll_pinned(
                pin!(tokio::time::timeout(FAR, future::pending::<()>())),
                &waker,
            )
        });
    }
}

fn ratelimiter(granted: &str, ready: &str) {
    const PERMITS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

    let waker = waker();
    let limiter = RateLimiter::new(PERMITS, Duration::from_micros(10));
    allocations(granted, "ours", || limiter.try_acquire());
    allocations(ready, "ours", || poll_once(&mut limiter.acquire(), &waker));
    let quota = Quota::with_period(Duration::from_nanos(1)).unwrap();
    let limiter = DefaultDirectRateLimiter::direct(quota.allow_burst(PERMITS));
    allocations(granted, "governor", || limiter.check());
    allocations(ready, "governor", || {
        poll_pinned(pin!(limiter.until_ready()), &waker)
    });
    let limiter = LeakyBucket::builder().initial(1_000_000).build();
    allocations(granted, "leaky-bucket", || limiter.try_acquire(1));
    allocations(ready, "leaky-bucket", || {
        poll_pinned(pin!(limiter.acquire_one()), &waker)
    });
}

/// The bytes that remain of many keys that were used once.
fn churn(scenario: &str, churn: impl Fn(&dyn Fn(u64) -> bool, &dyn Fn(Duration))) {
    const PERMITS: NonZeroU32 = NonZeroU32::new(100).unwrap();
    const SECOND: Duration = Duration::from_secs(1);

    let say = |contender, before| {
        let bytes = live_bytes().saturating_sub(before);
        figure(scenario, contender, float(bytes), "bytes");
    };
    let before = live_bytes();
    let clock = ManualClock::new();
    let limiter = Keyed::<u64>::builder(PERMITS, SECOND)
        .clock(clock.clone())
        .build();
    let attempt = |key| limiter.try_acquire(&key).is_ok();
    churn(&attempt, &|by| clock.advance(by));
    say("ours", before);
    drop(limiter);

    let before = live_bytes();
    let clock = FakeRelativeClock::default();
    let quota = Quota::per_second(PERMITS);
    let limiter = governor::RateLimiter::dashmap_with_clock(quota, clock.clone());
    let attempt = |key| limiter.check_key(&key).is_ok();
    churn(&attempt, &|by| clock.advance(by));
    say("governor", before);
    // What a program has to do from time to time.
    limiter.retain_recent();
    limiter.shrink_to_fit();
    say("governor-swept", before);
}

fn waitlist(scenario: &str) {
    let waker = waker();
    let gate = Gate::default();
    allocations(scenario, "ours", || {
        let mut wait = gate.wait();
        let _ = poll_once(&mut wait, &waker);
        gate.admit();
        poll_once(&mut wait, &waker)
    });
    let event = Event::new();
    allocations(scenario, "event-listener", || {
        let mut wait = event.listen();
        let _ = poll_once(&mut wait, &waker);
        event.notify(1);
        poll_once(&mut wait, &waker)
    });
    allocations(scenario, "event-listener-stack", || {
        event_listener::listener!(event => wait);
        let _ = poll_once(&mut wait, &waker);
        event.notify(1);
        poll_once(&mut wait, &waker)
    });
    let notify = Notify::new();
    allocations(scenario, "tokio", || {
        let mut wait = pin!(notify.notified());
        let _ = poll_pinned(wait.as_mut(), &waker);
        notify.notify_one();
        poll_pinned(wait, &waker)
    });
}

/// What one of many live timers takes, with the future itself.
fn bytes_each<F: Future + Unpin>(make: impl Fn(Duration) -> F) -> f64 {
    const TIMERS: usize = 200_000;

    let waker = waker();
    let _ = poll_once(&mut make(FAR), &waker);
    settle();
    let before = live_bytes();
    let mut timers = Vec::with_capacity(TIMERS);
    let mut random = testkit::rng(17);
    for _ in 0..TIMERS {
        let mut timer = make(Duration::from_micros(random.u64(30_000_000..90_000_000)));
        let _ = poll_once(&mut timer, &waker);
        timers.push(timer);
    }
    settle();
    let bytes = live_bytes() - before;
    drop(timers);
    settle();
    float(bytes) / float(TIMERS)
}
