//! A waker that panics is its owner's trouble and nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Consumer, DelayQueue, FAR, SOON};
use crate::outcome::{Outcome, ensure};

/// With `DelayQueue` it sleeps on until the item that it waited for before.
pub(super) fn leave_the_queue_usable<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    queue.insert_in(FAR, 2);
    let waits = queue.poll(&testkit::panicking()).is_pending();
    ensure!(waits, "an item comes before its time");
    // Whether the panic comes out of this is the contender's choice.
    let _ = catch_unwind(AssertUnwindSafe(|| queue.insert_in(SOON, 1)));
    let consumer = Consumer::parked(&mut queue)?;
    consumer.gets(&mut queue, 1)?;
    queue.insert_in(SOON, 3);
    consumer.parks(&mut queue)?;
    consumer.gets(&mut queue, 3)
}
