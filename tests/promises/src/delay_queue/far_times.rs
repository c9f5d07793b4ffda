//! Times that are far away: others still come.

use std::time::Duration;

use super::{Consumer, DelayQueue, SOON};
use crate::outcome::{Outcome, ensure};

/// tokio-util#5536: a panic above 2^36 milliseconds, which are two years.
pub(super) fn three_years<Q: DelayQueue>() -> Outcome {
    const YEAR: Duration = Duration::from_secs(31_556_952);
    ahead::<Q>(3 * YEAR)
}

pub(super) fn for_ever<Q: DelayQueue>() -> Outcome {
    ahead::<Q>(Duration::MAX)
}

fn ahead<Q: DelayQueue>(delay: Duration) -> Outcome {
    let mut queue = Q::new();
    let token = queue.insert_in(delay, 2);
    let consumer = Consumer::parked(&mut queue)?;
    queue.insert_in(SOON, 1);
    consumer.gets(&mut queue, 1)?;
    ensure!(queue.remove(&token) == Some(2), "it is not there any more");
    Ok(())
}
