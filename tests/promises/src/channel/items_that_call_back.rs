//! Items are foreign code when they are dropped: they may call the channel they were sent to.

use std::task::Waker;

use super::{Channel, Item, callback};
use crate::callbacks::Callback;
use crate::outcome::{Outcome, ensure, lacks};
use crate::polling::start;

/// loole drops it with the channel locked.
pub(super) fn of_a_cancelled_send<C: Channel>() -> Outcome {
    let ends = C::bounded(1)?;
    ensure!(C::try_send(&ends.0, Item::new(1)), "no room for an item");
    let callback = callback::<C>(&ends);
    let mut send = C::send(&ends.0, Item::calling(callback))?;
    start(&mut send, Waker::noop())?;
    callback.arm();
    drop(send);
    callback.disarm();
    Ok(())
}

pub(super) fn without_receivers<C: Channel>() -> Outcome {
    let (sender, receiver) = C::bounded(2)?;
    let again = sender.clone();
    // No receiver of its own, which would be the last.
    let callback = Callback::new(move || {
        C::try_send(&again, Item::new(0));
    });
    ensure!(
        C::try_send(&sender, Item::calling(callback)),
        "no room for an item"
    );
    callback.arm();
    drop(receiver);
    callback.disarm();
    if callback.calls() == 0 {
        return lacks("drop of buffered items then");
    }
    Ok(())
}
