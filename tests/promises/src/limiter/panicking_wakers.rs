//! A waker that panics is its owner's trouble and nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::{LIMIT, Limiter, PERIOD, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle, start};

/// The one that panics stands in the middle of three that are granted at once.
pub(super) fn harm_nobody_else<L: Limiter>() -> Outcome {
    let limiter = taken::<L>(3, PERIOD)?;
    let before = Task::new(limiter.acquire());
    let mut bad = limiter.acquire();
    start(&mut bad, &testkit::panicking())?;
    let after = Task::new(limiter.acquire());
    let mut others = [before, after];
    let until = Instant::now() + LIMIT;
    while others.iter().any(Task::is_pending) {
        ensure!(Instant::now() < until, "others sleep on");
        // Whether the panic comes out here is the contender's choice.
        let _ = catch_unwind(AssertUnwindSafe(|| limiter.pass(PERIOD / 50)));
        let polled = catch_unwind(AssertUnwindSafe(|| settle(&mut others)));
        ensure!(polled.is_ok(), "others panic");
    }
    Ok(())
}
