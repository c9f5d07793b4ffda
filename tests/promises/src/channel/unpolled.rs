//! Futures that were woken and that nobody polls, as in a `select!` whose other branch runs.

use std::task::Waker;

use super::{Channel, Item, arrives};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle, start};

pub(super) fn a_receive_keeps_no_item_back<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(4)?;
    let mut other = C::another(&receiver)?;
    let mut receive = C::recv(&mut receiver)?;
    start(&mut receive, Waker::noop())?;
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    ensure!(
        C::try_recv(&mut other).item().is_some(),
        "the item is kept for it"
    );
    Ok(())
}

pub(super) fn a_receive_takes_no_second_wake<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(4)?;
    let mut other = C::another(&receiver)?;
    let mut first = C::recv(&mut receiver)?;
    start(&mut first, Waker::noop())?;
    let mut second = [Task::new(C::recv(&mut other)?)];
    for number in 0..2 {
        ensure!(
            C::try_send(&sender, Item::new(number)),
            "no room for an item"
        );
    }
    settle(&mut second);
    ensure!(!second[0].is_pending(), "the next receiver is not woken");
    Ok(())
}

/// async-channel#45, async-channel#49.
pub(super) fn a_send_holds_nobody_up<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    ensure!(C::try_send(&sender, Item::new(0)), "no room for an item");
    let mut first = C::send(&sender, Item::new(1))?;
    start(&mut first, Waker::noop())?;
    let mut second = [Task::new(C::send(&sender, Item::new(2))?)];
    let arrived = arrives::<C>(2, &mut second, &mut receiver);
    ensure!(arrived, "the next sender waits for it");
    Ok(())
}
