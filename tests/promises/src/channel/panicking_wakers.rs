//! A waker that panics is its owner's trouble and nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Channel, Item};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, start};

pub(super) fn leave_the_channel_usable<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(4)?;
    let mut receive = C::recv(&mut receiver)?;
    start(&mut receive, &testkit::panicking())?;
    // Whether the panic comes out here is the contender's choice, and so is whether that item is
    // in the channel then.
    let _ = catch_unwind(AssertUnwindSafe(|| C::try_send(&sender, Item::new(1))));
    drop(receive);
    let usable = catch_unwind(AssertUnwindSafe(|| {
        let sent = C::try_send(&sender, Item::new(2));
        let mut taken = Vec::new();
        while let Some(item) = C::try_recv(&mut receiver).item() {
            taken.push(item.number());
        }
        sent && taken.contains(&2)
    }));
    match usable {
        Ok(usable) => ensure!(usable, "unusable"),
        Err(_) => ensure!(false, "every call panics"),
    }
    Ok(())
}

/// The one that panics stands in the middle of three.
pub(super) fn harm_no_other<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(4)?;
    let (mut second, mut third) = (C::another(&receiver)?, C::another(&receiver)?);
    let before = Task::new(C::recv(&mut receiver)?);
    let mut bad = C::recv(&mut second)?;
    start(&mut bad, &testkit::panicking())?;
    let after = Task::new(C::recv(&mut third)?);
    let _ = catch_unwind(AssertUnwindSafe(|| drop(sender)));
    ensure!(before.is_woken(), "those in front of it sleep on");
    ensure!(after.is_woken(), "those behind it sleep on");
    Ok(())
}
