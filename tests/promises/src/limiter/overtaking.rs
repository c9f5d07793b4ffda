//! Who comes first.

use std::time::Instant;

use super::{LIMIT, Limiter, PERIOD, all_granted, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle};

pub(super) fn a_try_passes_nobody<L: Limiter>() -> Outcome {
    let limiter = taken::<L>(1, PERIOD)?;
    let mut waiter = [Task::new(limiter.acquire())];
    limiter.pass(PERIOD + PERIOD / 2);
    ensure!(!limiter.try_acquire(), "it passes them");
    let granted = all_granted(&limiter, &mut waiter, LIMIT);
    ensure!(granted, "the waiter sleeps on");
    Ok(())
}

/// Those who are woken are polled from the last to the first.
pub(super) fn waiters_keep_their_order<L: Limiter>() -> Outcome {
    const WAITERS: usize = 6;
    let limiter = taken::<L>(1, PERIOD / 5)?;
    let mut waiters: Vec<_> = (0..WAITERS)
        .map(|number| (number, Task::new(limiter.acquire())))
        .collect();
    let mut order = Vec::new();
    let until = Instant::now() + LIMIT;
    while order.len() < WAITERS {
        ensure!(Instant::now() < until, "some sleep on");
        limiter.pass(PERIOD / 50);
        for (number, waiter) in waiters.iter_mut().rev() {
            waiter.run_if_woken();
            if waiter.take_output().is_some() {
                order.push(*number);
            }
        }
        waiters.retain(|(number, _)| !order.contains(number));
    }
    ensure!(order.is_sorted(), "the order is another");
    Ok(())
}

pub(super) fn many_are_not_passed<L: Limiter>() -> Outcome {
    const PERMITS: u32 = 3;
    let limiter = taken::<L>(PERMITS, PERIOD)?;
    let mut many = [Task::new(limiter.acquire_many(PERMITS)?)];
    let mut later = [(); 3].map(|()| Task::new(limiter.acquire()));
    let until = Instant::now() + LIMIT;
    while many[0].is_pending() {
        ensure!(Instant::now() < until, "it sleeps on");
        limiter.pass(PERIOD / 50);
        settle(&mut later);
        let passed = later.iter().any(|task| !task.is_pending());
        ensure!(!passed || !many[0].is_pending(), "later ones pass it");
        settle(&mut many);
    }
    let granted = all_granted(&limiter, &mut later, LIMIT);
    ensure!(granted, "those behind it sleep on");
    Ok(())
}
