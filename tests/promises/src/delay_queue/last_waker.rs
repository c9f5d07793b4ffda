//! A consumer that moves to another task wakes that one.

use std::task::Waker;

use super::{Consumer, DelayQueue, SOON};
use crate::outcome::{Outcome, ensure};

pub(super) fn is_woken<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    queue.insert_in(SOON, 1);
    let begun = queue.poll(Waker::noop()).is_pending();
    ensure!(begun, "an item comes before its time");
    let last = Consumer::parked(&mut queue)?;
    last.gets(&mut queue, 1)
}
