//! A call that moves to another task wakes that one.

use std::task::Waker;

use testkit::CountWaker;

use super::load::Source;
use super::{Cache, call};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle, start};

pub(super) fn of_a_lone_caller<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let (last, waker) = CountWaker::new();
    let mut caller = call(&cache, source.load());
    start(&mut caller, Waker::noop())?;
    start(&mut caller, &waker)?;
    source.give(1);
    ensure!(last.wakes() > 0, "only the first waker is woken");
    Ok(())
}

pub(super) fn of_a_follower<C: Cache>() -> Outcome {
    let cache = C::new();
    let source = Source::new();
    let mut first = [Task::new(call(&cache, source.load()))];
    let (last, waker) = CountWaker::new();
    let mut follower = call(&cache, source.load());
    start(&mut follower, Waker::noop())?;
    start(&mut follower, &waker)?;
    source.give(1);
    settle(&mut first);
    ensure!(last.wakes() > 0, "only the first waker is woken");
    Ok(())
}
