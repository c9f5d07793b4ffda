//! After an outage a single request goes first, and the others follow one by one only when that
//! has gone well.
//!
//! Plain threads, each blocking in its turn.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use async_lockout::FifoLockout;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Down for the first two attempts.
fn request(attempts: &AtomicU32) -> Result<u32, &'static str> {
    match attempts.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err("connection refused"),
        attempt => Ok(attempt),
    }
}

fn main() {
    let pause = Duration::from_millis(20);
    let lockout = FifoLockout::builder().probe(true).build();
    let attempts = AtomicU32::new(0);
    let start = Instant::now();
    lockout.lock_for(pause); // somebody has noticed the outage

    thread::scope(|scope| {
        for worker in 1..=4 {
            let (lockout, attempts) = (&lockout, &attempts);
            scope.spawn(move || {
                loop {
                    let pass = lockout.acquire_blocking();
                    let probe = if pass.is_probe() { ", a probe" } else { "" };
                    let result = request(attempts);
                    let at = start.elapsed();
                    println!("{at:>6.1?}  worker {worker}{probe}: {result:?}");
                    match result {
                        Ok(_) => return pass.ok(),
                        Err(_) => pass.relock(pause),
                    }
                }
            });
        }
    });

    // Two failures with a pause after each, then one success per worker.
    assert_eq!(attempts.load(Ordering::SeqCst), 6);
    assert!(start.elapsed() >= 3 * pause);
}
