//! Sends that are dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

use super::{Channel, Item, arrives};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, start};

/// What was to be sent can be had back (async-channel#87).
pub(super) fn can_keep_its_item<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    let kept = C::give_up(&sender, Item::new(2))?;
    ensure!(
        kept.is_some_and(|item| item.number() == 2),
        "the item is gone"
    );
    let taken = C::try_recv(&mut receiver).item();
    ensure!(
        taken.is_some_and(|item| item.number() == 1),
        "the buffered item is gone"
    );
    ensure!(
        C::try_recv(&mut receiver).item().is_none(),
        "delivered all the same"
    );
    Ok(())
}

pub(super) fn delivers_nothing<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    let drops = Arc::new(AtomicUsize::new(0));
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    let mut send = C::send(&sender, Item::counted(2, &drops))?;
    start(&mut send, Waker::noop())?;
    drop(send);
    let dropped = drops.load(Ordering::SeqCst);
    ensure!(dropped == 1, "its item is dropped {dropped} times");
    drop(C::try_recv(&mut receiver));
    ensure!(
        C::try_recv(&mut receiver).item().is_none(),
        "its item is delivered"
    );
    ensure!(C::try_send(&sender, Item::new(3)), "its slot stays taken");
    Ok(())
}

/// Two senders wait; the first is dropped when it was its turn.
pub(super) fn passes_its_slot_on<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    ensure!(C::try_send(&sender, Item::new(0)), "no room for an item");
    let mut first = C::send(&sender, Item::new(1))?;
    start(&mut first, Waker::noop())?;
    let mut second = [Task::new(C::send(&sender, Item::new(2))?)];
    drop(C::try_recv(&mut receiver));
    drop(first);
    // The first item may have been put in the slot already; then the second comes after it.
    let arrived = arrives::<C>(2, &mut second, &mut receiver);
    ensure!(arrived, "the next sender is not woken");
    Ok(())
}

/// crossfire leaked it before 3.1.22 (crossfire-rs#72).
pub(super) fn drops_its_item_unpolled<C: Channel>() -> Outcome {
    let (sender, _receiver) = C::bounded(1)?;
    let drops = Arc::new(AtomicUsize::new(0));
    drop(C::send(&sender, Item::counted(1, &drops))?);
    let dropped = drops.load(Ordering::SeqCst);
    ensure!(dropped == 1, "its item is dropped {dropped} times");
    Ok(())
}
