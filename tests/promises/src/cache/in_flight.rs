//! What happens to a key while its value is loaded.

use std::sync::Arc;

use super::load::{Source, given};
use super::{Cache, KEY, call, number};
use crate::item::Item;
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle};

/// moka keeps it; so did Guava (google/guava#1881).
pub(super) fn invalidate_wins<C: Cache>() -> Outcome {
    let cache = C::new();
    cache.kept(KEY)?;
    let source = Source::new();
    let mut caller = [Task::new(call(&cache, source.load()))];
    cache.invalidate(KEY)?;
    source.give(1);
    settle(&mut caller);
    ensure!(!caller[0].is_pending(), "its caller sleeps on");
    ensure!(cache.kept(KEY)?.is_none(), "it is kept");
    Ok(())
}

pub(super) fn invalidate_parts<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let before = Task::new(call(&cache, source.load()));
    cache.invalidate(KEY)?;
    let after = Task::new(call(&cache, given(2)));
    source.give(1);
    let mut callers = [before, after];
    settle(&mut callers);
    ensure!(!callers[0].is_pending(), "who asked before sleeps on");
    match number(callers[1].take_output()) {
        None => ensure!(false, "who asked after it sleeps on"),
        Some(got) => ensure!(got == 2, "the load of before it answers"),
    }
    Ok(())
}

/// moka overwrites it.
pub(super) fn insert_wins<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let mut caller = [Task::new(call(&cache, source.load()))];
    cache.insert(KEY, Arc::new(Item::new(2)))?;
    source.give(1);
    settle(&mut caller);
    ensure!(!caller[0].is_pending(), "the load's caller sleeps on");
    match cache.kept(KEY)?.map(|value| value.number()) {
        None => ensure!(false, "what was inserted is gone"),
        Some(kept) => ensure!(kept == 2, "it is overwritten"),
    }
    Ok(())
}
