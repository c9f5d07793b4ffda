//! What names an item.

use std::task::{Poll, Waker};
use std::time::Instant;

use super::{Consumer, DelayQueue, FAR, SOON};
use crate::outcome::{Outcome, ensure};

pub(super) fn remove_gives_the_item_back<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(SOON, 1);
    ensure!(queue.remove(&token) == Some(1), "it is not given back");
    ensure!(queue.remove(&token).is_none(), "it is given back twice");
    queue.pass(2 * SOON);
    let found = queue.poll(Waker::noop());
    ensure!(!matches!(found, Poll::Ready(Some(_))), "it comes");
    Ok(())
}

pub(super) fn removes_what_is_due<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(SOON, 1);
    queue.insert_in(SOON, 2);
    queue.pass(2 * SOON);
    ensure!(queue.remove(&token) == Some(1), "it is not given back");
    let found = queue.poll(Waker::noop());
    ensure!(found == Poll::Ready(Some(2)), "the other one does not come");
    Ok(())
}

pub(super) fn are_refused_when_spent<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(SOON, 1);
    let consumer = Consumer::parked(&mut queue)?;
    consumer.gets(&mut queue, 1)?;
    ensure!(queue.remove(&token).is_none(), "it is given back as well");
    let moved = queue.reset_at(&token, Instant::now() + FAR);
    ensure!(!moved, "it is moved");
    Ok(())
}

/// tokio#3270 is of that kind.
pub(super) fn touch_no_other_item<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(SOON, 1);
    let consumer = Consumer::parked(&mut queue)?;
    consumer.gets(&mut queue, 1)?;
    queue.insert_in(SOON, 2);
    ensure!(queue.remove(&token).is_none(), "another item is removed");
    consumer.parks(&mut queue)?;
    consumer.gets(&mut queue, 2)
}
