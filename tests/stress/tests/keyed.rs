//! A keyed rate limiter under threads: each key keeps to the limit while others come and go.
//!
//! The window checks were seen to fail, by hand, with a limiter of one permit more.

use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use async_clock::{Clock, ClockExt, ManualClock, SystemClock};
use async_ratelimiter::{Keyed, SlidingLog, TryAcquireError};
use async_waitlist::blocking::block_on;
use fastrand::Rng;
use testkit::{poll_n, poll_once};

const THREADS: usize = 8;
const HOUR: Duration = Duration::from_secs(3600);
/// The keys that are asked for again and again; larger ones come once.
const HOT: u32 = 3;

fn n(limit: u32) -> NonZeroU32 {
    NonZeroU32::new(limit).expect("above zero")
}

/// A permit that was stamped at some instant from `after` to `before`.
#[derive(Clone, Copy, Debug)]
struct Grant {
    key: u32,
    after: Instant,
    before: Instant,
}

/// Asserts that the stamps of no key can be `limit + 1` in a half-open window of `period`, wherever
/// in their spans they are.
///
/// The span of the last ends no earlier than its stamp, and that of the first begins no later.
fn assert_window(grants: &[Grant], limit: usize, period: Duration) {
    for key in 0..HOT {
        let mut grants: Vec<Grant> = grants
            .iter()
            .filter(|grant| grant.key == key)
            .copied()
            .collect();
        grants.sort_unstable_by_key(|grant| grant.before);
        for window in grants.windows(limit + 1) {
            let first = window
                .iter()
                .map(|grant| grant.after)
                .min()
                .expect("not empty");
            let span = window[limit].before - first;
            assert!(
                span >= period,
                "key {key}: {} of {limit} within {span:?}",
                limit + 1
            );
        }
    }
}

/// A future that knows when its last poll began.
struct Timed<F, C> {
    future: F,
    clock: C,
    polled: Instant,
}

impl<F: Future + Unpin, C: Clock> Future for Timed<F, C> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let me = self.get_mut();
        me.polled = me.clock.now();
        Pin::new(&mut me.future).poll(cx)
    }
}

impl<F, C> Unpin for Timed<F, C> {}

/// Asks for a permit in one of the colours; returns it if it was granted.
fn ask<C: Clock>(
    limiter: &Keyed<u32, SlidingLog, C>,
    clock: &C,
    key: u32,
    rng: &mut Rng,
) -> Option<Grant> {
    let (future, polled) = (limiter.acquire_owned(key, 1), clock.now());
    let mut acquire = Timed {
        future,
        clock: clock.clone(),
        polled,
    };
    let granted = match rng.u8(..4) {
        0 => limiter.try_acquire(&key).is_ok(),
        1 => {
            // Given up after a poll or two.
            let result = poll_n(Pin::new(&mut acquire), Waker::noop(), rng.usize(..3));
            result.is_some_and(|result| result.is_ok())
        }
        2 => {
            let limit = Duration::from_micros(rng.u64(..500));
            let result = block_on(clock.timeout(limit, &mut acquire));
            result.is_ok_and(|result| result.is_ok())
        }
        _ => {
            // Another task's waker first.
            let result = match poll_once(&mut acquire, Waker::noop()) {
                Poll::Ready(result) => result,
                Poll::Pending => block_on(&mut acquire),
            };
            result.expect("there is room for every key");
            true
        }
    };
    granted.then(|| Grant {
        key,
        after: acquire.polled,
        before: clock.now(),
    })
}

#[test]
fn every_key_keeps_to_the_limit_while_others_come_and_go() {
    stress::rounds(|rng| {
        let limit = rng.u32(2..10);
        let period = Duration::from_micros(rng.u64(100..2000));
        let limiter = Keyed::new(n(limit), period);
        let grants = Mutex::new(Vec::new());
        stress::threads(THREADS, rng, |_, rng| {
            for _ in 0..30 {
                // New keys have old ones forgotten, whose permits are all out of the window.
                for _ in 0..rng.u32(..4) {
                    assert!(limiter.try_acquire(&rng.u32(HOT..)).is_ok());
                }
                let key = rng.u32(..HOT);
                let grant = ask(&limiter, &SystemClock, key, rng);
                grants.lock().expect("no panic").extend(grant);
            }
        });
        let grants = grants.into_inner().expect("no panic");
        assert_window(
            &grants,
            usize::try_from(limit).expect("a small number"),
            period,
        );
    });
}

#[test]
fn there_are_never_more_keys_than_there_may_be() {
    const MOST: usize = 20;
    stress::rounds(|rng| {
        let clock = ManualClock::new();
        let builder = Keyed::<u32>::builder(n(1), HOUR).clock(clock.clone());
        let limiter = builder.max_keys(MOST).build();
        stress::threads(THREADS, rng, |thread, rng| {
            for _ in 0..100 {
                let key = rng.u32(..40);
                match limiter.try_acquire(&key) {
                    Ok(()) | Err(TryAcquireError::Limited(_) | TryAcquireError::KeysFull) => {}
                    other => panic!("{other:?}"),
                }
                let keys = limiter.len();
                assert!(keys <= MOST, "{keys} keys of {MOST}");
                if thread == 0 && rng.u8(..10) == 0 {
                    clock.advance(HOUR);
                }
            }
        });
        // Once all their permits are out of the window, the old keys make room.
        clock.advance(HOUR);
        for key in 1000..1020 {
            assert_eq!(limiter.try_acquire(&key), Ok(()));
        }
        assert_eq!(limiter.try_acquire(&2000), Err(TryAcquireError::KeysFull));
    });
}

#[test]
fn every_waiter_of_a_key_is_served_and_one_per_period() {
    stress::rounds(|rng| {
        let clock = ManualClock::new();
        let limiter = Keyed::<u32>::builder(n(1), HOUR)
            .clock(clock.clone())
            .build();
        let waiting = AtomicUsize::new(THREADS - 1);
        let grants = Mutex::new(Vec::new());
        stress::threads(THREADS, rng, |thread, rng| {
            if thread == 0 {
                while waiting.load(Ordering::SeqCst) > 0 {
                    clock.advance(HOUR / 3);
                    thread::yield_now();
                }
                return;
            }
            for _ in 0..10 {
                let key = rng.u32(..HOT);
                let grant = ask(&limiter, &clock, key, rng);
                grants.lock().expect("no panic").extend(grant);
            }
            waiting.fetch_sub(1, Ordering::SeqCst);
        });
        assert_window(&grants.into_inner().expect("no panic"), 1, HOUR);
    });
}
