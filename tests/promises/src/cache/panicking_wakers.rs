//! A waker that panics is its owner's trouble and nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::load::{Source, given};
use super::{Cache, call};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, start};

/// The one that panics stands in the middle; whatever is woken is polled, panics or not.
pub(super) fn hold_up_no_other<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let mut first = Task::new(call(&cache, source.load()));
    let mut before = Task::new(call(&cache, source.load()));
    let mut bad = call(&cache, source.load());
    start(&mut bad, &testkit::panicking())?;
    let mut after = Task::new(call(&cache, source.load()));
    // Whether the panic comes out of these is the contender's choice.
    let _ = catch_unwind(AssertUnwindSafe(|| source.give(1)));
    for task in [&mut first, &mut before, &mut after] {
        let _ = catch_unwind(AssertUnwindSafe(|| task.run_if_woken()));
    }
    drop(bad);
    for task in [&mut before, &mut after] {
        let _ = catch_unwind(AssertUnwindSafe(|| task.run_if_woken()));
    }
    ensure!(!before.is_pending(), "those in front of it sleep on");
    ensure!(!after.is_pending(), "those behind it sleep on");
    let next = catch_unwind(AssertUnwindSafe(|| {
        Task::new(call(&cache, given(2))).is_pending()
    }));
    ensure!(matches!(next, Ok(false)), "the next caller gets nothing");
    Ok(())
}
