//! The exact window of the rate limiter, on a clock that only the operations move.

use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use async_clock::{Clock, ManualClock};
use async_ratelimiter::{Policy, QuantizedLog, RateLimiter, SlidingLog};

use crate::operations::Operations;

type Acquire<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

/// Everything that was granted, and when.
struct Log {
    limit: u32,
    per: Duration,
    stamps: Vec<(Instant, u32)>,
}

impl Log {
    fn granted(&mut self, at: Instant, permits: u32) {
        self.stamps.push((at, permits));
        let used = self.used(at);
        assert!(
            used <= self.limit,
            "{used} of {} permits in one window",
            self.limit
        );
    }

    /// The permits of the window that ends at `at`, without its first instant.
    fn used(&self, at: Instant) -> u32 {
        let inside = self
            .stamps
            .iter()
            .filter(|(stamp, _)| *stamp + self.per > at);
        inside.map(|(_, permits)| permits).sum()
    }
}

/// The exact log, and the one that rounds: it may deny more, but never grants more.
pub(crate) fn window(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    if operations.below(4) > 0 {
        run(&mut operations, SlidingLog::new(), true);
    } else {
        run(&mut operations, QuantizedLog::new(), false);
    }
}

fn run<P: Policy>(operations: &mut Operations<'_>, policy: P, exact: bool) {
    let limit = size(operations, 8);
    let per = Duration::from_nanos(1 + operations.size(40));
    let clock = ManualClock::new();
    let builder = RateLimiter::builder(NonZeroU32::new(limit).expect("at least 1"), per);
    let limiter = builder.clock(clock.clone()).policy(policy).build();
    let mut log = Log {
        limit,
        per,
        stamps: Vec::new(),
    };
    // In the order of their first polls.
    let mut waiting: Vec<(u32, Acquire<'_>)> = Vec::new();

    while let Some(operation) = operations.next() {
        let permits = size(operations, limit);
        match operation % 8 {
            0 | 1 => {
                let fits = log.used(clock.now()) + permits <= log.limit;
                let alone = waiting.is_empty();
                let granted = limiter.try_acquire_many(permits).is_ok();
                assert!(
                    !exact || !alone || granted == fits,
                    "nobody waits, and {permits} fit: {fits}"
                );
                if granted {
                    log.granted(clock.now(), permits);
                    let last = waiting.len();
                    claim(&mut waiting, last, &clock, &mut log);
                    assert!(waiting.is_empty(), "it passed somebody who waits");
                }
            }
            2 | 3 => {
                let acquire = limiter.acquire_many(permits);
                let acquire: Acquire<'_> = Box::pin(async move { acquire.await.is_ok() });
                waiting.push((permits, acquire));
                let last = waiting.len() - 1;
                poll(&mut waiting, last, &clock, &mut log);
            }
            4 if !waiting.is_empty() => {
                let index = operations.below(waiting.len());
                poll(&mut waiting, index, &clock, &mut log);
            }
            5 if !waiting.is_empty() => drop(waiting.remove(operations.below(waiting.len()))),
            6 => _ = clock.advance_to_next(),
            _ => clock.advance(Duration::from_nanos(operations.size(40))),
        }
    }
    // In the end everybody is served, in order.
    for _ in 0..=waiting.len() {
        let last = waiting.len();
        claim(&mut waiting, last, &clock, &mut log);
        // Twice: stamps that were rounded leave the window later.
        clock.advance(per * 2);
    }
    assert!(waiting.is_empty(), "{} wait for ever", waiting.len());
}

/// Between 1 and `most`.
fn size(operations: &mut Operations<'_>, most: u32) -> u32 {
    1 + operations.next().map_or(0, u32::from) % most
}

/// Polls one; if it is ready, all that came before it are ready too.
fn poll(waiting: &mut Vec<(u32, Acquire<'_>)>, index: usize, clock: &ManualClock, log: &mut Log) {
    let mut context = std::task::Context::from_waker(Waker::noop());
    let (permits, acquire) = &mut waiting[index];
    let Poll::Ready(granted) = acquire.as_mut().poll(&mut context) else {
        return;
    };
    assert!(granted, "the limiter is open");
    log.granted(clock.now(), *permits);
    drop(waiting.remove(index));
    let left = claim(waiting, index, clock, log);
    assert_eq!(left, 0, "it passed somebody who came before");
}

/// Polls the first so many in order, and returns how many of them still wait.
fn claim(
    waiting: &mut Vec<(u32, Acquire<'_>)>,
    count: usize,
    clock: &ManualClock,
    log: &mut Log,
) -> usize {
    let mut context = std::task::Context::from_waker(Waker::noop());
    let mut left = 0;
    for _ in 0..count {
        let (permits, acquire) = &mut waiting[left];
        match acquire.as_mut().poll(&mut context) {
            Poll::Ready(granted) => {
                assert!(granted, "the limiter is open");
                assert_eq!(left, 0, "it passed somebody who came before");
                log.granted(clock.now(), *permits);
                drop(waiting.remove(left));
            }
            Poll::Pending => left += 1,
        }
    }
    left
}
