//! Wakers are foreign code: they may call the channel whenever they are touched.

use std::task::Waker;

use super::{Channel, Ends, Item, callback};
use crate::callbacks::Callback;
use crate::outcome::{Outcome, ensure};
use crate::polling::{Boxed, poll, start};

pub(super) fn woken_receive<C: Channel>() -> Outcome {
    let (ends, callback) = empty::<C>()?;
    let (sender, mut receiver) = ends;
    let mut receive = C::recv(&mut receiver)?;
    start(&mut receive, &callback.on_wake())?;
    callback.arm();
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    Ok(())
}

pub(super) fn woken_send<C: Channel>() -> Outcome {
    let (ends, callback) = full::<C>()?;
    let (sender, mut receiver) = ends;
    let mut send = C::send(&sender, Item::new(2))?;
    start(&mut send, &callback.on_wake())?;
    callback.arm();
    drop(C::try_recv(&mut receiver));
    Ok(())
}

pub(super) fn cloned_receive<C: Channel>() -> Outcome {
    let (mut ends, callback) = empty::<C>()?;
    cloned(C::recv(&mut ends.1)?, callback);
    Ok(())
}

pub(super) fn cloned_send<C: Channel>() -> Outcome {
    let (ends, callback) = full::<C>()?;
    cloned(C::send(&ends.0, Item::new(2))?, callback);
    Ok(())
}

fn cloned<T>(mut future: Boxed<'_, T>, callback: Callback) {
    let waker = callback.on_clone();
    callback.arm();
    // It may be ready, as the callback sends and receives.
    let _ = poll(&mut future, &waker);
    callback.disarm();
}

pub(super) fn replaced_receive<C: Channel>() -> Outcome {
    let (mut ends, callback) = empty::<C>()?;
    replaced(C::recv(&mut ends.1)?, callback)
}

pub(super) fn replaced_send<C: Channel>() -> Outcome {
    let (ends, callback) = full::<C>()?;
    replaced(C::send(&ends.0, Item::new(2))?, callback)
}

/// kanal puts the new waker in place after it has unlocked: the old one, dropped for it, can still
/// be found and used (kanal#35).
fn replaced<T>(mut future: Boxed<'_, T>, callback: Callback) -> Outcome {
    start(&mut future, &callback.on_drop())?;
    callback.arm();
    let _ = poll(&mut future, Waker::noop());
    callback.disarm();
    ensure!(callback.calls() < 2, "it is dropped twice");
    Ok(())
}

pub(super) fn dropped_receive<C: Channel>() -> Outcome {
    let (mut ends, callback) = empty::<C>()?;
    dropped(C::recv(&mut ends.1)?, callback)
}

pub(super) fn dropped_send<C: Channel>() -> Outcome {
    let (ends, callback) = full::<C>()?;
    dropped(C::send(&ends.0, Item::new(2))?, callback)
}

fn dropped<T>(mut future: Boxed<'_, T>, callback: Callback) -> Outcome {
    start(&mut future, &callback.on_drop())?;
    callback.arm();
    drop(future);
    callback.disarm();
    Ok(())
}

/// A channel on which a receive has to wait.
fn empty<C: Channel>() -> Outcome<(Ends<C>, Callback)> {
    let ends = C::bounded(1)?;
    let callback = callback::<C>(&ends);
    Ok((ends, callback))
}

/// A channel on which a send has to wait.
fn full<C: Channel>() -> Outcome<(Ends<C>, Callback)> {
    let ends = C::bounded(1)?;
    ensure!(C::try_send(&ends.0, Item::new(1)), "no room for an item");
    let callback = callback::<C>(&ends);
    Ok((ends, callback))
}
