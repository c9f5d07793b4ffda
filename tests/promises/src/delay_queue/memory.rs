//! What items leave behind.

use super::{DelayQueue, FAR};
use crate::measure::bytes_left_each;
use crate::outcome::{Outcome, ensure};

pub(super) fn taken_items_leave_nothing<Q: DelayQueue>() -> Outcome {
    const ITEMS: usize = 10_000;
    let mut queue = Q::new();
    let mut come_and_go = || {
        for item in 0..ITEMS {
            let token = queue.insert_in(FAR, item);
            ensure!(queue.remove(&token).is_some(), "it is not given back");
        }
        Ok(())
    };
    // What the first times need for good does not count.
    come_and_go()?;
    let each = bytes_left_each(ITEMS, come_and_go)?;
    ensure!(each == 0, "{each} bytes of each");
    Ok(())
}

/// `DelayQueue` gives it back when it is told to shrink.
pub(super) fn a_burst_is_given_back<Q: DelayQueue>() -> Outcome {
    const ITEMS: usize = 10_000;
    let mut queue = Q::new();
    let each = bytes_left_each(ITEMS, || {
        let tokens: Vec<_> = (0..ITEMS).map(|item| queue.insert_in(FAR, item)).collect();
        for token in &tokens {
            ensure!(queue.remove(token).is_some(), "it is not given back");
        }
        Ok(())
    })?;
    ensure!(each == 0, "{each} bytes of each item stay");
    Ok(())
}
