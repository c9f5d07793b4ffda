//! Wakers are foreign code: they may call the semaphore whenever they are touched.

use std::sync::Arc;
use std::task::Waker;

use super::{Semaphore, callback, taken};
use crate::callbacks::Callback;
use crate::outcome::{Outcome, ensure};
use crate::polling::{poll, start};

pub(super) fn woken<S: Semaphore>() -> Outcome {
    let (semaphore, callback) = busy::<S>()?;
    let mut acquire = semaphore.acquire();
    start(&mut acquire, &callback.on_wake())?;
    callback.arm();
    semaphore.release(1);
    callback.disarm();
    Ok(())
}

pub(super) fn cloned<S: Semaphore>() -> Outcome {
    let (semaphore, callback) = busy::<S>()?;
    let mut acquire = semaphore.acquire();
    let waker = callback.on_clone();
    callback.arm();
    // It may be ready, as the callback releases.
    let _ = poll(&mut acquire, &waker);
    callback.disarm();
    Ok(())
}

/// ranked-semaphore puts the new waker in place without a lock: a release still finds the old one.
pub(super) fn replaced<S: Semaphore>() -> Outcome {
    let (semaphore, callback) = busy::<S>()?;
    let mut acquire = semaphore.acquire();
    start(&mut acquire, &callback.on_drop())?;
    callback.arm();
    let _ = poll(&mut acquire, Waker::noop());
    callback.disarm();
    ensure!(callback.calls() < 2, "it is dropped twice");
    Ok(())
}

pub(super) fn dropped<S: Semaphore>() -> Outcome {
    let (semaphore, callback) = busy::<S>()?;
    let mut acquire = semaphore.acquire();
    start(&mut acquire, &callback.on_drop())?;
    callback.arm();
    drop(acquire);
    callback.disarm();
    Ok(())
}

/// Permits enough for what a callback releases beside what the probe does.
fn busy<S: Semaphore>() -> Outcome<(Arc<S>, Callback)> {
    let semaphore = taken::<S>(4)?;
    let callback = callback(&semaphore);
    Ok((semaphore, callback))
}
