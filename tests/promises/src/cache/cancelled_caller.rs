//! Callers that are dropped before the value is there.

use super::load::Source;
use super::{Cache, call, number};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle};

/// `async_singleflight` (its issue 12): the load starts anew, and what it did is lost.
pub(super) fn hands_its_load_on<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let first = Task::new(call(&cache, source.load()));
    let mut second = [Task::new(call(&cache, source.load()))];
    drop(first);
    settle(&mut second);
    source.give(1);
    settle(&mut second);
    let got = number(second[0].take_output());
    ensure!(got == Some(1), "the next caller sleeps on");
    ensure!(source.started() == 1, "it is started again");
    Ok(())
}

/// So a load that takes longer than its callers wait is never done, although somebody always waits.
pub(super) fn hands_its_load_on_each_time<C: Cache>() -> Outcome {
    const CALLERS: usize = 100;
    let cache = C::new();
    let source = Source::new();
    let mut last = [Task::new(call(&cache, source.load()))];
    for _ in 0..CALLERS {
        let next = [Task::new(call(&cache, source.load()))];
        drop(std::mem::replace(&mut last, next));
        settle(&mut last);
    }
    source.give(1);
    settle(&mut last);
    ensure!(!last[0].is_pending(), "the last caller sleeps on");
    let started = source.started();
    ensure!(started == 1, "started {started} times");
    Ok(())
}

pub(super) fn takes_its_load_along<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    drop(Task::new(call(&cache, source.load())));
    ensure!(source.living() == 0, "the load lives on");
    Ok(())
}

pub(super) fn the_last_takes_the_load_along<C: Cache>() -> Outcome {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let cache = C::new();
        let source = Source::new();
        let mut callers = order.map(|_| Some(Task::new(call(&cache, source.load()))));
        for at in order {
            callers[at] = None;
            for caller in callers.iter_mut().flatten() {
                caller.run_if_woken();
            }
        }
        ensure!(source.living() == 0, "a load lives on");
    }
    Ok(())
}
