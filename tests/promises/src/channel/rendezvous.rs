//! Capacity 0: sender and receiver meet.

use std::task::Waker;
use std::time::Duration;

use super::{Channel, Item};
use crate::outcome::{Outcome, ensure};
use crate::polling::{poll, start};

/// flume, loole and kanal complete it as soon as somebody waits to receive (flume#140, flume PR#172).
pub(super) fn a_send_waits_for_its_receiver<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(0)?;
    let mut receive = C::recv(&mut receiver)?;
    start(&mut receive, Waker::noop())?;
    // The receiver has taken nothing yet, and will not.
    let mut send = C::send(&sender, Item::new(1))?;
    let completed = poll(&mut send, Waker::noop()).is_ready();
    drop(receive);
    let completed = completed || poll(&mut send, Waker::noop()).is_ready();
    drop(send);
    let left = C::try_recv(&mut receiver).item().is_some();
    ensure!(
        !completed || !left,
        "completed, nobody took: the item sits in the channel"
    );
    ensure!(!completed, "completed, nobody took: the item is gone");
    ensure!(!left, "cancelled, and the item sits in the channel");
    Ok(())
}

pub(super) fn a_timed_send_waits_for_its_receiver<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(0)?;
    let completed = C::send_timeout(&sender, Item::new(1), Duration::from_millis(1))?;
    ensure!(!completed, "completed, nobody took");
    ensure!(
        C::try_recv(&mut receiver).item().is_none(),
        "timed out, and the item sits in the channel"
    );
    Ok(())
}
