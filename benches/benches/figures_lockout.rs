//! Many waiters of one lockout: how long it takes until the last one is through.

use std::time::{Duration, Instant};

use async_lockout::Lockout;
use benches::{Figures, LastWake, figure, nanos_each};
use testkit::poll_once;

fn main() {
    let figures = Figures::from_args();
    if figures.want(&["lockout/10k_waiters_released"]) {
        let late = released(10_000);
        figure("lockout/10k_waiters_released", "ours", late, "ns");
    }
}

/// Nanoseconds from the end of the lock until the last waiter is through.
fn released(waiters: usize) -> f64 {
    let lockout = Lockout::new();
    let end = Instant::now() + Duration::from_millis(100);
    lockout.lock_until(end);
    let (last, waker) = LastWake::after(waiters);
    let mut waits: Vec<_> = (0..waiters).map(|_| lockout.wait()).collect();
    for wait in &mut waits {
        assert!(poll_once(wait, &waker).is_pending());
    }
    last.wait(Duration::from_secs(10));
    for wait in &mut waits {
        assert!(poll_once(wait, &waker).is_ready());
    }
    nanos_each(Instant::now().saturating_duration_since(end), 1)
}
