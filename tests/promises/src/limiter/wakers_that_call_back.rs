//! Wakers are foreign code: they may call the limiter whenever they are touched.

use std::sync::Arc;
use std::task::Waker;

use super::{Limiter, PERIOD, taken};
use crate::callbacks::Callback;
use crate::outcome::{Outcome, ensure};
use crate::polling::{poll, start};

pub(super) fn woken_waiter<L: Limiter>() -> Outcome {
    let (limiter, callback) = busy::<L>()?;
    let mut acquire = limiter.acquire();
    start(&mut acquire, &callback.on_wake())?;
    callback.arm();
    limiter.pass(2 * PERIOD);
    // What hangs there hangs here, too.
    limiter.try_acquire();
    callback.disarm();
    ensure!(callback.calls() > 0, "it is not woken");
    Ok(())
}

pub(super) fn cloned_waiter<L: Limiter>() -> Outcome {
    let (limiter, callback) = busy::<L>()?;
    let mut acquire = limiter.acquire();
    let waker = callback.on_clone();
    callback.arm();
    let _ = poll(&mut acquire, &waker);
    callback.disarm();
    ensure!(callback.calls() > 0, "it is not cloned");
    Ok(())
}

pub(super) fn replaced_waiter<L: Limiter>() -> Outcome {
    let (limiter, callback) = busy::<L>()?;
    let mut acquire = limiter.acquire();
    start(&mut acquire, &callback.on_drop())?;
    callback.arm();
    let _ = poll(&mut acquire, Waker::noop());
    callback.disarm();
    ensure!(callback.calls() < 2, "it is dropped twice");
    Ok(())
}

pub(super) fn dropped_waiter<L: Limiter>() -> Outcome {
    let (limiter, callback) = busy::<L>()?;
    let mut acquire = limiter.acquire();
    start(&mut acquire, &callback.on_drop())?;
    callback.arm();
    drop(acquire);
    callback.disarm();
    Ok(())
}

/// A limiter on which one has to wait, and a callback that makes each call that never waits.
fn busy<L: Limiter>() -> Outcome<(Arc<L>, Callback)> {
    let limiter = Arc::new(taken::<L>(1, PERIOD)?);
    let theirs = Arc::clone(&limiter);
    let callback = Callback::new(move || {
        theirs.try_acquire();
        let _ = poll(&mut theirs.acquire(), Waker::noop());
    });
    Ok((limiter, callback))
}
