//! Loads that fail.

use super::load::{Source, given};
use super::{Cache, call, number};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle};

pub(super) fn are_not_kept<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    source.fail();
    let mut first = Task::new(call(&cache, source.load()));
    let failed = first.take_output().is_some_and(|loaded| loaded.is_err());
    ensure!(failed, "the error does not come out");
    let mut next = Task::new(call(&cache, given(2)));
    let got = number(next.take_output());
    ensure!(got == Some(2), "the next caller gets it again");
    Ok(())
}

/// Else a far side that is down is asked by each of a thousand callers, one after another.
pub(super) fn are_shared<C: Cache>() -> Outcome {
    const CALLERS: usize = 10;
    let cache = C::new();
    let source = Source::new();
    let mut callers: Vec<_> = (0..CALLERS)
        .map(|_| Task::new(call(&cache, source.load())))
        .collect();
    source.fail();
    settle(&mut callers);
    ensure!(
        callers.iter().all(|caller| !caller.is_pending()),
        "some sleep on"
    );
    let started = source.started();
    ensure!(started == 1, "{CALLERS} callers, {started} loads");
    Ok(())
}
