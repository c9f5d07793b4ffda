//! Threads against primitives: seeded programs of bounded length.
//!
//! Each test runs [`rounds`] for 0.4 seconds, or for as long as the environment variable
//! `STRESS_SECONDS` says (a decimal fraction is fine).
//! Seeds are those of [`testkit::seeds`]; a round that fails names its seed, which fixes what the
//! threads do, but not how they meet.
//!
//! # Examples
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! stress::rounds(|rng| {
//!     let sum = AtomicU64::new(0);
//!     stress::threads(4, rng, |thread, rng| {
//!         assert!(thread < 4);
//!         sum.fetch_add(rng.u64(1..=10), Ordering::SeqCst);
//!     });
//!     assert!((4..=40).contains(&sum.into_inner()));
//! });
//! ```

mod semaphore;

use std::env;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

pub use semaphore::{Acquire, Closed, Permit, Semaphore};

/// The environment variable that says how long each test runs.
const VARIABLE: &str = "STRESS_SECONDS";

/// How long a test runs, beside its watchdog.
///
/// # Panics
///
/// If `STRESS_SECONDS` is set and no number of seconds.
#[must_use]
pub fn duration() -> Duration {
    let Ok(text) = env::var(VARIABLE) else {
        return Duration::from_millis(400);
    };
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.unwrap_or_else(|| panic!("{VARIABLE} is no number of seconds: {text:?}"))
}

/// Runs rounds of a program until the time is up, each with another seed, under a watchdog.
///
/// # Panics
///
/// If a round does, or the last one does not end.
#[track_caller]
pub fn rounds(round: impl FnMut(&mut Rng) + Send + 'static) {
    let time = duration();
    testkit::watchdog(time * 2 + Duration::from_secs(40), move || {
        testkit::with_seeds_for(time, round);
    });
}

/// Runs `body` on several threads at once, each with its number and a generator of its own.
///
/// # Panics
///
/// If one of them does.
pub fn threads(count: usize, rng: &mut Rng, body: impl Fn(usize, &mut Rng) + Sync) {
    thread::scope(|scope| {
        let body = &body;
        for number in 0..count {
            let mut rng = rng.fork();
            scope.spawn(move || body(number, &mut rng));
        }
    });
}
