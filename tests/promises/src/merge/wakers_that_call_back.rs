//! The task's waker is foreign code: it may wake other sources whenever it is touched.

use std::task::Waker;

use super::tap::Tap;
use super::{Merge, park, poll, start};
use crate::callbacks::Callback;
use crate::outcome::{Outcome, ensure};

pub(super) fn woken_task<M: Merge>() -> Outcome {
    let (taps, mut merge, callback) = parts::<M>()?;
    start(&mut merge, &callback.on_wake())?;
    callback.arm();
    taps[0].give(1);
    callback.disarm();
    ensure!(callback.calls() > 0, "it is not woken");
    Ok(())
}

pub(super) fn cloned_task<M: Merge>() -> Outcome {
    let (_taps, mut merge, callback) = parts::<M>()?;
    let waker = callback.on_clone();
    callback.arm();
    // It may be ready, as the callback gives items.
    let _ = poll(&mut merge, &waker);
    callback.disarm();
    ensure!(callback.calls() > 0, "it is not cloned");
    Ok(())
}

pub(super) fn dropped_task<M: Merge>() -> Outcome {
    let (_taps, mut merge, callback) = parts::<M>()?;
    start(&mut merge, &callback.on_drop())?;
    callback.arm();
    let _ = poll(&mut merge, Waker::noop());
    drop(merge);
    callback.disarm();
    ensure!(callback.calls() < 2, "it is dropped twice");
    Ok(())
}

/// Sources, their merge, which waits, and a callback that wakes one of them.
fn parts<M: Merge>() -> Outcome<(Vec<Tap>, M, Callback)> {
    let (taps, mut merge) = Tap::merged::<M>(3);
    park(&mut merge)?;
    let tap = taps[1].clone();
    let callback = Callback::new(move || tap.give(2));
    Ok((taps, merge, callback))
}
