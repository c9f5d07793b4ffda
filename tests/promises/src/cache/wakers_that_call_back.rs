//! Wakers are foreign code: they may call the cache whenever they are touched.

use std::sync::Arc;
use std::task::Waker;

use super::load::Source;
use super::{Cache, call, callback};
use crate::callbacks::Callback;
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, poll, settle, start};

pub(super) fn woken_by_the_end<C: Cache>() -> Outcome {
    let (cache, source, callback) = parts::<C>();
    let mut first = [Task::new(call(&*cache, source.load()))];
    let mut follower = call(&*cache, source.load());
    start(&mut follower, &callback.on_wake())?;
    callback.arm();
    source.give(1);
    settle(&mut first);
    callback.disarm();
    ensure!(callback.calls() > 0, "it is not woken");
    Ok(())
}

pub(super) fn cloned_waker<C: Cache>() -> Outcome {
    let (cache, source, callback) = parts::<C>();
    let _first = Task::new(call(&*cache, source.load()));
    let mut follower = call(&*cache, source.load());
    let waker = callback.on_clone();
    callback.arm();
    // It may be ready, as the callback invalidates and loads anew.
    let _ = poll(&mut follower, &waker);
    callback.disarm();
    ensure!(callback.calls() > 0, "it is not cloned");
    Ok(())
}

pub(super) fn replaced_waker<C: Cache>() -> Outcome {
    let (cache, source, callback) = parts::<C>();
    let _first = Task::new(call(&*cache, source.load()));
    let mut follower = call(&*cache, source.load());
    start(&mut follower, &callback.on_drop())?;
    callback.arm();
    let _ = poll(&mut follower, Waker::noop());
    callback.disarm();
    ensure!(callback.calls() < 2, "it is dropped twice");
    Ok(())
}

pub(super) fn dropped_waker<C: Cache>() -> Outcome {
    let (cache, source, callback) = parts::<C>();
    let _first = Task::new(call(&*cache, source.load()));
    let mut follower = call(&*cache, source.load());
    start(&mut follower, &callback.on_drop())?;
    callback.arm();
    drop(follower);
    callback.disarm();
    Ok(())
}

fn parts<C: Cache>() -> (Arc<C>, Arc<Source>, Callback) {
    let cache = Arc::new(C::new());
    let callback = callback(&cache);
    (cache, Source::new(), callback)
}
