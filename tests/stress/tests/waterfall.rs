//! `async-waterfall`: whatever threads put, submit, take back, flush and stop, each item is dropped
//! once, and is in one of the places that the counts name.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use async_waitlist::blocking::block_on;
use async_waterfall::{Batch, Overflow, SubmitError, Waterfall};
use fastrand::Rng;
use futures_lite::future;
use testkit::{Drops, Item, poll_once, with_seeds, within_seconds};

const THREADS: usize = 4;
const ITEMS: usize = 400;

type Handle = Waterfall<Item, u64, &'static str>;

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// What a thread knows of its own items.
#[derive(Default)]
struct Known {
    accepted: u64,
    answered: u64,
}

fn work(handle: &Handle, drops: &Drops, rng: &mut Rng) -> Known {
    let mut known = Known::default();
    for _ in 0..ITEMS {
        let item = drops.item();
        match rng.u8(..8) {
            0..=2 => known.accepted += u64::from(handle.put_blocking(item).is_ok()),
            3 => known.accepted += u64::from(handle.try_put(item).is_ok()),
            4 => {
                // Given up after a poll, wherever it is by then.
                let mut submit = handle.submit(item);
                let _ = poll_once(&mut submit, Waker::noop());
                if rng.bool() {
                    drop(submit.cancel());
                }
            }
            5 => {
                let mut put = handle.put(item);
                let _ = poll_once(&mut put, Waker::noop());
            }
            6 => {
                drop(item);
                let _ = handle.flush_blocking_timeout(Duration::from_micros(rng.u64(..200)));
            }
            _ => match handle.submit_blocking(item) {
                Ok(_) | Err(SubmitError::Failed(_) | SubmitError::Stopped(_)) => {
                    known.answered += 1;
                }
                Err(SubmitError::Full(_) | SubmitError::Evicted(_)) => {}
                Err(other) => panic!("{other:?}"),
            },
        }
    }
    known
}

fn run(overflow: Overflow, in_flight: usize, rng: &mut Rng) {
    let drops = Drops::new();
    let seen = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&seen);
    let (handle, driver) = Waterfall::builder(n(16), Duration::from_micros(50))
        .capacity(n(24))
        .overflow(overflow)
        .max_in_flight(n(in_flight))
        .retry(|attempt, _| (attempt < 2).then_some(Duration::ZERO))
        .build(move |mut batch: Batch<Item>| {
            let number = counter.fetch_add(1, Ordering::Relaxed);
            async move {
                future::yield_now().await;
                match number % 16 {
                    3 => Err("no route"),
                    5 => {
                        drop(batch.next());
                        std::panic::resume_unwind(Box::new("bang"));
                    }
                    _ => Ok(batch.map(|_| number).collect::<Vec<_>>()),
                }
            }
        });
    let stops = rng.bool();
    thread::scope(|scope| {
        let driver = scope.spawn(move || block_on(driver));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (handle, drops) = (handle.clone(), drops.clone());
                let mut rng = rng.fork();
                scope.spawn(move || work(&handle, &drops, &mut rng))
            })
            .collect();
        if stops {
            let limit = Duration::from_micros(rng.u64(..2000));
            let report = handle.stop_blocking(limit);
            assert!(report.returned.len() as u64 <= report.undelivered);
        }
        let known: Vec<Known> = threads.into_iter().map(|it| it.join().unwrap()).collect();
        handle.close();
        driver.join().unwrap();
        let counts = handle.counts();
        let accepted: u64 = known.iter().map(|known| known.accepted).sum();
        let answered: u64 = known.iter().map(|known| known.answered).sum();
        assert!(counts.accepted >= accepted, "{counts:?}");
        assert!(
            stops || counts.accepted >= accepted + answered,
            "{counts:?}"
        );
        assert_eq!((counts.queued, counts.in_flight), (0, 0), "{counts:?}");
        let places = counts.delivered + counts.failed + counts.undelivered;
        assert_eq!(counts.accepted, places, "{counts:?}");
    });
    drop(handle);
    assert_eq!(drops.live(), 0, "an item is lost");
}

#[test]
fn items_are_conserved() {
    within_seconds(120, || {
        with_seeds(6, |rng| {
            for overflow in [Overflow::Wait, Overflow::Reject, Overflow::DropOldest] {
                for in_flight in [1, 3] {
                    run(overflow, in_flight, rng);
                }
            }
        });
    });
}
