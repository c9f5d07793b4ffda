//! Prices from a slow and unreliable source: kept for a minute, errors for a second, and served a
//! little longer while one caller asks anew.
//!
//! Time is a `ManualClock`'s, so the program is over at once; without `.clock(..)` and with a real
//! source nothing else changes.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use async_clock::{Clock, ClockExt, ManualClock};
use async_fn_cache::FnCache;
use futures_lite::future::{block_on, zip};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// Answers after two seconds, and every third time not at all.
struct Source {
    clock: ManualClock,
    asked: AtomicU32,
}

impl Source {
    async fn ask(&self, item: &str) -> Result<String, &'static str> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        self.clock.sleep(2 * SECOND).await;
        if number % 3 == 0 {
            return Err("out of order");
        }
        Ok(format!("{item}: {number}.00"))
    }
}

fn main() {
    let clock = ManualClock::new();
    let source = Arc::new(Source {
        clock: clock.clone(),
        asked: AtomicU32::new(0),
    });
    let asked = Arc::clone(&source);
    let price = FnCache::builder()
        .ttl(60 * SECOND)
        .stale_for(10 * SECOND)
        .cache_errors(SECOND)
        .clock(clock.clone())
        .wrap(move |item: &'static str| {
            let source = Arc::clone(&source);
            async move { source.ask(item).await }
        });

    let start = clock.now();
    let shown = Cell::new(0);
    let show = async |item: &'static str| {
        let price = price.get(item).await;
        let at = clock.now() - start;
        println!(
            "{:>3} s  {}",
            at.as_secs(),
            price.unwrap_or_else(str::to_owned)
        );
        shown.set(shown.get() + 1);
    };
    block_on(clock.drive(async {
        zip(show("tea"), zip(show("tea"), show("coffee"))).await; // two questions
        show("tea").await; // remembered
        clock.sleep(61 * SECOND).await;
        // One asks and is told that the source is out of order; the other one gets the old price.
        zip(show("tea"), show("tea")).await;
        clock.sleep(2 * SECOND).await;
        show("tea").await;
    }));
    println!(
        "{} answers, {} questions",
        shown.get(),
        asked.asked.load(Ordering::SeqCst)
    );
    assert_eq!((shown.get(), asked.asked.load(Ordering::SeqCst)), (7, 4));
}
