//! Waiters that are dropped.

use std::time::Duration;

use super::{Limiter, all_granted, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::Task;

/// So long that a machine that is busy does not make two of one.
const PERIOD: Duration = Duration::from_millis(200);

/// Two stand in line for one permit a period, and the first goes.
pub(super) fn gives_its_place_up<L: Limiter>() -> Outcome {
    let limiter = taken::<L>(1, PERIOD)?;
    let first = Task::new(limiter.acquire());
    let mut second = [Task::new(limiter.acquire())];
    drop(first);
    let in_time = all_granted(&limiter, &mut second, PERIOD * 3 / 2);
    ensure!(in_time, "the next one waits for two periods");
    Ok(())
}

pub(super) fn passes_its_grant_on<L: Limiter>() -> Outcome {
    let limiter = taken::<L>(1, PERIOD)?;
    let first = Task::new(limiter.acquire());
    let mut second = [Task::new(limiter.acquire())];
    limiter.pass(PERIOD * 5 / 4);
    drop(first);
    let in_time = all_granted(&limiter, &mut second, PERIOD / 2);
    ensure!(in_time, "the next one waits for another period");
    Ok(())
}
