//! What waiters leave behind.

use std::task::Waker;
use std::time::Duration;

use super::{Limiter, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::start;

/// More than any probe takes.
const FAR: Duration = Duration::from_secs(3600);

pub(super) fn cancelled_waiters_leave_nothing<L: Limiter>() -> Outcome {
    const WAITERS: usize = 10_000;
    let limiter = taken::<L>(1, FAR)?;
    let cancel = || {
        (0..WAITERS).try_for_each(|_| start(&mut limiter.acquire(), Waker::noop()))?;
        // A thread for the timers may have to clear up.
        limiter.pass(Duration::from_millis(50));
        Ok(())
    };
    // What the first times need for good does not count.
    cancel()?;
    // Of all threads.
    let before = testkit::live_bytes();
    cancel()?;
    let each = testkit::live_bytes().saturating_sub(before) / WAITERS;
    ensure!(each == 0, "{each} bytes each time");
    Ok(())
}
