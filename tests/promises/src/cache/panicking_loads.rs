//! Loads that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::load::{Source, given};
use super::{Cache, Loaded, call, number};
use crate::outcome::{Outcome, ensure};
use crate::polling::Task;

pub(super) fn poison_nothing<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let mut first = Task::new(call(&cache, source.load()));
    source.panic();
    run(&mut first);
    drop(first);
    let mut next = Task::new(call(&cache, given(2)));
    run(&mut next);
    let got = number(next.take_output());
    ensure!(got == Some(2), "the next caller waits for ever");
    Ok(())
}

/// The others may load anew, fail or panic; they may not sleep.
pub(super) fn leave_nobody_waiting<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let mut first = Task::new(call(&cache, source.load()));
    let mut others = [(); 2].map(|()| Task::new(call(&cache, given(2))));
    source.panic();
    run(&mut first);
    drop(first);
    for other in &mut others {
        ensure!(run(other), "the others sleep on");
    }
    Ok(())
}

/// Polls as often as it is woken; whether that came to an end, a panic included.
fn run(task: &mut Task<'_, Loaded>) -> bool {
    let ran = catch_unwind(AssertUnwindSafe(|| task.run_if_woken()));
    ran.is_err() || !task.is_pending()
}
