//! Threads at once: the window property, with and without the lock, and nothing is lost.

mod support;

use async_clock::{Clock, ManualClock, ManualTimer};
use async_ratelimiter::{Gcra, Policy, QuantizedLog, RateLimiter, SlidingLog};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};
use support::{NANO, n};

/// Time that moves on by a nanosecond with each reading, so that every reading is another.
#[derive(Clone)]
struct CountingClock {
    start: Instant,
    readings: Arc<AtomicU64>,
    /// Never fires: nobody waits in these tests.
    timers: ManualClock,
}

impl CountingClock {
    fn new() -> Self {
        let timers = ManualClock::new();
        Self {
            start: timers.now(),
            readings: Arc::default(),
            timers,
        }
    }

    fn read(&self) -> u64 {
        self.readings.fetch_add(1, Ordering::SeqCst)
    }
}

impl Clock for CountingClock {
    type Timer = ManualTimer;

    fn now(&self) -> Instant {
        self.start + Duration::from_nanos(self.read())
    }

    fn arm(&self, at: Instant, waker: &Waker) -> ManualTimer {
        self.timers.arm(at, waker)
    }
}

/// A permit was stamped somewhere in here.
#[derive(Clone, Copy, Debug)]
struct Span {
    begin: u64,
    end: u64,
}

/// The most spans that lie inside one window: so many stamps are certain to be in it.
fn surely_inside(spans: &mut [Span], per: u64) -> usize {
    spans.sort_unstable_by_key(|span| span.begin);
    let mut most = 0;
    for (index, first) in spans.iter().enumerate() {
        let inside = |span: &&Span| span.end - first.begin < per;
        let near = spans[index..]
            .iter()
            .take_while(|span| span.begin - first.begin < per);
        most = most.max(near.filter(inside).count());
    }
    most
}

fn storm<P: Policy>(policy: P, limit: u32, per: u64) {
    let clock = CountingClock::new();
    let builder = RateLimiter::builder(n(limit), Duration::from_nanos(per));
    let limiter = builder.policy(policy).clock(clock.clone()).build();
    let threads: Vec<_> = (0..8)
        .map(|seed| {
            let (limiter, clock) = (limiter.clone(), clock.clone());
            std::thread::spawn(move || {
                let mut rng = testkit::rng(seed);
                let mut spans = Vec::new();
                for _ in 0..5000 {
                    let begin = clock.read();
                    let permits = match rng.u32(..20) {
                        0 => limiter.try_acquire_up_to(3),
                        1 => u32::from(limiter.try_acquire_many(2).is_ok()) * 2,
                        2 => {
                            let _ = limiter.stats();
                            0
                        }
                        3 => {
                            let guard = limiter.try_acquire_guard();
                            u32::from(guard.is_ok())
                        }
                        _ => u32::from(limiter.try_acquire().is_ok()),
                    };
                    let span = Span {
                        begin,
                        end: clock.read(),
                    };
                    spans.extend((0..permits).map(|_| span));
                }
                spans
            })
        })
        .collect();
    let mut spans: Vec<_> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    assert!(surely_inside(&mut spans, per) <= limit as usize);
    let granted = limiter.stats().granted;
    assert_eq!(granted, spans.len() as u64, "each permit is counted once");
    // Busy all the time: at least half of what the limit allows was granted.
    let windows = clock.read() / per;
    assert!(
        granted >= windows * u64::from(limit) / 2,
        "{granted} in {windows} windows"
    );
}

#[test]
fn threads_never_exceed_the_log() {
    testkit::within_seconds(100, || {
        storm(SlidingLog::new(), 7, 200);
        storm(SlidingLog::new(), 100, 1000);
        storm(SlidingLog::new(), 1, 20);
    });
}

#[test]
fn threads_never_exceed_gcra() {
    testkit::within_seconds(100, || storm(Gcra::never_exceed(n(4)), 10, 1000));
}

#[test]
fn threads_never_exceed_the_quantized_log() {
    testkit::within_seconds(100, || storm(QuantizedLog::new(), 50, 2560));
}

#[test]
fn threads_get_every_permit_of_a_window_and_no_more() {
    testkit::within_seconds(100, || {
        for round in 0..50 {
            let clock = ManualClock::new();
            let limit = 500 + round;
            let limiter = RateLimiter::builder(n(limit), NANO).clock(clock).build();
            let granted = AtomicU64::new(0);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        while limiter.try_acquire().is_ok() {
                            granted.fetch_add(1, Ordering::SeqCst);
                        }
                    });
                }
            });
            assert_eq!(granted.load(Ordering::SeqCst), u64::from(limit));
        }
    });
}

/// Tasks, threads and the system's timer on one limiter, in real time.
#[test]
fn blocked_threads_are_granted_in_real_time_and_never_exceed() {
    testkit::within_seconds(100, || {
        let per = Duration::from_millis(20);
        let limiter = RateLimiter::new(n(20), per);
        let start = Instant::now();
        let since = move || u64::try_from(start.elapsed().as_nanos()).unwrap();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let limiter = limiter.clone();
                std::thread::spawn(move || {
                    let mut stamps = Vec::new();
                    for round in 0..25 {
                        if round % 5 == 0 {
                            // Given up now and then, granted or not.
                            let _ = limiter.acquire_blocking_timeout(Duration::from_micros(300));
                            continue;
                        }
                        let begin = since();
                        limiter.acquire_blocking().unwrap();
                        stamps.push(Span {
                            begin,
                            end: since(),
                        });
                    }
                    stamps
                })
            })
            .collect();
        let mut spans: Vec<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(spans.len(), 160);
        assert!(surely_inside(&mut spans, 20_000_000) <= 20);
        let stats = limiter.stats();
        assert_eq!((stats.waiting, stats.reserved), (0, 0));
        // 160 permits take seven periods after the first window.
        assert!(start.elapsed() >= 7 * per);
    });
}
