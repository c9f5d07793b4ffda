//! Callers that are alive and not polled: in a `select!` whose other branch takes long, say.

use std::mem;
use std::sync::Arc;

use super::load::Source;
use super::{Cache, Loaded, call, number};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle};

pub(super) fn starts_nothing<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let unpolled = call(&cache, source.load());
    ensure!(source.started() == 0, "its load is started");
    let mut other = [Task::new(call(&cache, source.load()))];
    source.give(1);
    settle(&mut other);
    ensure!(!other[0].is_pending(), "the next caller waits for it");
    drop(unpolled);
    Ok(())
}

/// moka-rs/moka#240: a first caller that is alive and not polled hangs all others.
pub(super) fn a_first_caller_stalls_nobody<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let first = Task::new(call(&cache, source.load()));
    let mut others = followers(&cache, &source);
    source.give(1);
    settle(&mut others);
    ensure!(!others[0].is_pending(), "the others wait for it");
    ensure!(!others[1].is_pending(), "the last one waits");
    drop(first);
    Ok(())
}

pub(super) fn a_forgotten_first_caller_stalls_nobody<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    mem::forget(Task::new(call(&cache, source.load())));
    let mut others = followers(&cache, &source);
    source.give(1);
    settle(&mut others);
    ensure!(!others[0].is_pending(), "the others wait for it");
    ensure!(!others[1].is_pending(), "the last one waits");
    Ok(())
}

/// moka and asyncband wake one caller after another, each by the one before.
pub(super) fn a_follower_stalls_nobody<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let mut first = [Task::new(call(&cache, source.load()))];
    let [middle, last] = followers(&cache, &source);
    source.give(1);
    settle(&mut first);
    ensure!(!first[0].is_pending(), "the first caller sleeps on");
    let mut last = [last];
    settle(&mut last);
    let got = number(last[0].take_output());
    ensure!(got == Some(1), "those behind it sleep on");
    drop(middle);
    Ok(())
}

/// Two that wait for a load that was started before.
fn followers<'a, C: Cache>(cache: &'a C, source: &Arc<Source>) -> [Task<'a, Loaded>; 2] {
    [(); 2].map(|()| Task::new(call(cache, source.load())))
}
