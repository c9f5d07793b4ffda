//! Changes while a consumer waits: those that `DelayQueue` of tokio-timer, tokio and tokio-util has
//! lost wake-ups by over the years, and their neighbours.

use std::time::Instant;

use super::{Consumer, DelayQueue, FAR, LIMIT, SOON};
use crate::outcome::{Outcome, ensure};

pub(super) fn hears_of_a_first_item<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let consumer = Consumer::parked(&mut queue)?;
    queue.insert_in(SOON, 1);
    consumer.gets(&mut queue, 1)
}

/// tokio#854.
pub(super) fn hears_of_an_earlier_item<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    queue.insert_in(FAR, 2);
    let consumer = Consumer::parked(&mut queue)?;
    queue.insert_in(SOON, 1);
    consumer.gets(&mut queue, 1)
}

/// tokio#2217.
pub(super) fn hears_of_earlier_and_earlier_items<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    queue.insert_in(FAR, 5);
    let consumer = Consumer::parked(&mut queue)?;
    for item in [4_u32, 3, 2, 1] {
        queue.insert_in(item * SOON, item as usize);
    }
    consumer.gets(&mut queue, 1)
}

pub(super) fn hears_of_an_overdue_item<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    queue.insert_in(FAR, 2);
    let begun = Instant::now();
    queue.pass(SOON);
    let consumer = Consumer::parked(&mut queue)?;
    queue.insert_at(begun, 1);
    consumer.gets(&mut queue, 1)
}

/// tokio#849.
pub(super) fn hears_of_an_item_moved_earlier<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(FAR, 1);
    let consumer = Consumer::parked(&mut queue)?;
    queue.reset_at(&token, Instant::now() + SOON);
    consumer.gets(&mut queue, 1)
}

/// tokio#8274.
pub(super) fn hears_of_an_item_moved_to_the_past<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let begun = Instant::now();
    let token = queue.insert_in(FAR, 1);
    queue.pass(SOON);
    let consumer = Consumer::parked(&mut queue)?;
    queue.reset_at(&token, begun);
    consumer.gets(&mut queue, 1)
}

/// tokio#2290.
pub(super) fn hears_of_an_item_moved_later<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(2 * SOON, 1);
    let consumer = Consumer::parked(&mut queue)?;
    queue.pass(SOON);
    let at = Instant::now() + 2 * SOON;
    queue.reset_at(&token, at);
    consumer.gets(&mut queue, 1)?;
    ensure!(Instant::now() >= at, "it comes at its old time");
    Ok(())
}

pub(super) fn hears_of_the_second_item<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(SOON, 1);
    queue.insert_in(2 * SOON, 2);
    let consumer = Consumer::parked(&mut queue)?;
    ensure!(queue.remove(&token) == Some(1), "it is not given back");
    consumer.gets(&mut queue, 2)
}

pub(super) fn hears_of_an_item_after_a_clear<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    queue.insert_in(FAR, 1);
    queue.insert_in(FAR, 2);
    let consumer = Consumer::parked(&mut queue)?;
    queue.clear();
    // An end for the time being may have been told.
    consumer.parks(&mut queue)?;
    queue.insert_in(SOON, 3);
    consumer.gets(&mut queue, 3)
}

/// tokio#1700: after an item had come, a later one postponed those before it.
pub(super) fn is_not_delayed<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    queue.insert_in(SOON, 1);
    queue.insert_in(3 * SOON, 2);
    let consumer = Consumer::parked(&mut queue)?;
    consumer.gets(&mut queue, 1)?;
    queue.insert_in(FAR, 4);
    consumer.parks(&mut queue)?;
    queue.insert_in(FAR / 2, 3);
    consumer.gets(&mut queue, 2)
}

/// tokio#6751.
pub(super) fn hears_of_the_end_by_remove<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(FAR, 1);
    queue.end();
    let consumer = Consumer::parked(&mut queue)?;
    queue.remove(&token);
    let found = consumer.finds(&mut queue, LIMIT)?;
    ensure!(found.is_none(), "an item comes");
    Ok(())
}

/// tokio#8320.
pub(super) fn hears_of_the_end_by_clear<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    queue.insert_in(FAR, 1);
    queue.end();
    let consumer = Consumer::parked(&mut queue)?;
    queue.clear();
    let found = consumer.finds(&mut queue, LIMIT)?;
    ensure!(found.is_none(), "an item comes");
    Ok(())
}
