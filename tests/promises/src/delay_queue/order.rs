//! In which order items come, and when.

use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::{Consumer, DelayQueue, LIMIT, SOON};
use crate::outcome::{Outcome, ensure};

const ITEMS: usize = 20;

pub(super) fn equal_times_keep_their_order<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let at = Instant::now() + SOON;
    for item in 0..ITEMS {
        queue.insert_at(at, item);
    }
    let came = all_that_come(&mut queue)?;
    ensure!(came.is_sorted(), "the order is another");
    Ok(())
}

/// Inserted in another order.
pub(super) fn close_times_keep_their_order<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let begun = Instant::now() + SOON;
    for item in (0..ITEMS).map(|turn| turn * 7 % ITEMS) {
        let later = Duration::from_micros(100 * item as u64);
        queue.insert_at(begun + later, item);
    }
    let came = all_that_come(&mut queue)?;
    ensure!(came.is_sorted(), "the order is another");
    Ok(())
}

fn all_that_come(queue: &mut impl DelayQueue) -> Outcome<Vec<usize>> {
    // All of them at once.
    queue.pass(3 * SOON);
    let mut came = Vec::new();
    while let Poll::Ready(Some(item)) = queue.poll(Waker::noop()) {
        came.push(item);
    }
    ensure!(came.len() == ITEMS, "only {} of {ITEMS} come", came.len());
    Ok(came)
}

pub(super) fn nothing_comes_early<Q: DelayQueue>() -> Outcome {
    let mut queue = Q::new();
    let times: Vec<Instant> = (1..=ITEMS)
        .map(|item| Instant::now() + SOON + Duration::from_micros(770 * item as u64))
        .collect();
    for (item, at) in times.iter().enumerate() {
        queue.insert_at(*at, item);
    }
    let consumer = Consumer::parked(&mut queue)?;
    for _ in 0..ITEMS {
        let found = match queue.poll(&consumer.waker) {
            Poll::Ready(found) => found,
            Poll::Pending => consumer.finds(&mut queue, LIMIT)?,
        };
        let at = found.and_then(|item| times.get(item));
        let in_time = at.is_some_and(|at| Instant::now() >= *at);
        ensure!(in_time, "one comes too early");
    }
    Ok(())
}
