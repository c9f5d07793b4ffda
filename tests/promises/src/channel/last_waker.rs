//! A future that moves to another task wakes that one.

use std::task::Waker;

use testkit::CountWaker;

use super::{Channel, Item};
use crate::outcome::{Outcome, ensure};
use crate::polling::start;

pub(super) fn of_a_receive<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    let (last, waker) = CountWaker::new();
    let mut receive = C::recv(&mut receiver)?;
    start(&mut receive, Waker::noop())?;
    start(&mut receive, &waker)?;
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    ensure!(last.wakes() > 0, "only the first waker is woken");
    Ok(())
}

pub(super) fn of_a_send<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    let (last, waker) = CountWaker::new();
    let mut send = C::send(&sender, Item::new(2))?;
    start(&mut send, Waker::noop())?;
    start(&mut send, &waker)?;
    drop(C::try_recv(&mut receiver));
    ensure!(last.wakes() > 0, "only the first waker is woken");
    Ok(())
}
