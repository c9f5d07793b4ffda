//! Ends a test that hangs.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::seeds::RunningSeed;

/// Runs `body` on a thread of its own and returns what it returns.
///
/// A panic of `body` goes on in the caller.
/// A body that takes longer is left behind: its thread goes on until the process ends.
///
/// # Panics
///
/// If `body` takes longer than `limit`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(testkit::watchdog(Duration::from_secs(10), || 6 * 7), 42);
/// ```
#[track_caller]
pub fn watchdog<T: Send + 'static>(
    limit: Duration,
    body: impl FnOnce() -> T + Send + 'static,
) -> T {
    match outcome_within(limit, body) {
        Outcome::Done(value) => value,
        Outcome::Panicked(payload) => resume_unwind(payload),
        Outcome::TooLong { seed } => panic!("still running after {limit:?}{seed}"),
    }
}

/// Runs `body` under a [`watchdog`](watchdog()) of so many seconds.
///
/// # Panics
///
/// If `body` takes longer.
///
/// # Examples
///
/// ```
/// assert_eq!(testkit::within_seconds(10, || 6 * 7), 42);
/// ```
#[track_caller]
pub fn within_seconds<T: Send + 'static>(
    seconds: u64,
    body: impl FnOnce() -> T + Send + 'static,
) -> T {
    watchdog(Duration::from_secs(seconds), body)
}

/// How a body ended.
pub(crate) enum Outcome<T> {
    Done(T),
    Panicked(Box<dyn Any + Send>),
    /// With the hint on the seed that was running, empty if none was.
    TooLong {
        seed: String,
    },
}

/// Runs `body` on a thread of its own, which keeps the name of this one: a panic message begins
/// with it.
pub(crate) fn outcome_within<T: Send + 'static>(
    limit: Duration,
    body: impl FnOnce() -> T + Send + 'static,
) -> Outcome<T> {
    let (sender, receiver) = channel();
    let running = RunningSeed::default();
    let told = running.clone();
    let name = thread::current().name().unwrap_or("watched").to_owned();
    let watched = thread::Builder::new()
        .name(name)
        .spawn(move || {
            told.follow_this_thread();
            let result = catch_unwind(AssertUnwindSafe(body));
            // Nobody listens any more once the limit has passed.
            let _ = sender.send(result);
        })
        .expect("a thread for the watched body");
    match receiver.recv_timeout(limit) {
        Ok(result) => {
            // The thread's own destructors belong to the body.
            watched.join().expect("the panic was caught inside");
            match result {
                Ok(value) => Outcome::Done(value),
                Err(payload) => Outcome::Panicked(payload),
            }
        }
        Err(RecvTimeoutError::Timeout) => Outcome::TooLong {
            seed: running.hint(),
        },
        Err(RecvTimeoutError::Disconnected) => unreachable!("the thread sends before it ends"),
    }
}
