//! Who comes before whom.

use std::task::Waker;

use super::{Semaphore, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, poll, settle, start};

/// async-lock lets it (async-lock#23: "workers hung forever").
pub(super) fn a_try_takes_no_granted_permit<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(1)?;
    let mut waiter = semaphore.acquire();
    start(&mut waiter, Waker::noop())?;
    semaphore.release(1);
    ensure!(!semaphore.try_acquire(), "the newcomer has it");
    ensure!(poll(&mut waiter, Waker::noop()).is_ready(), "nobody has it");
    Ok(())
}

/// One permit is free, but who waits wants two.
pub(super) fn a_try_does_not_pass_who_waits<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(2)?;
    let mut waiter = semaphore.acquire_many(2)?;
    start(&mut waiter, Waker::noop())?;
    semaphore.release(1);
    ensure!(!semaphore.try_acquire(), "the newcomer has it");
    Ok(())
}

pub(super) fn a_newcomer_takes_no_granted_permit<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(1)?;
    let mut waiter = semaphore.acquire();
    start(&mut waiter, Waker::noop())?;
    semaphore.release(1);
    let mut newcomer = semaphore.acquire();
    ensure!(
        poll(&mut newcomer, Waker::noop()).is_pending(),
        "the newcomer has it"
    );
    ensure!(poll(&mut waiter, Waker::noop()).is_ready(), "nobody has it");
    Ok(())
}

/// Permits come back one by one, and after each somebody else wants one.
pub(super) fn many_are_not_starved<S: Semaphore>() -> Outcome {
    const MANY: u32 = 3;
    let semaphore = taken::<S>(MANY as usize)?;
    let mut many = [Task::new(semaphore.acquire_many(MANY)?)];
    let mut later = Vec::new();
    for _ in 0..MANY {
        semaphore.release(1);
        later.push(Task::new(semaphore.acquire()));
    }
    settle(&mut many);
    settle(&mut later);
    ensure!(!many[0].is_pending(), "overtaken");
    Ok(())
}

pub(super) fn waiters_are_served_in_order<S: Semaphore>() -> Outcome {
    const WAITERS: usize = 8;
    let semaphore = taken::<S>(1)?;
    let mut waiters: Vec<_> = (0..WAITERS)
        .map(|_| Task::new(semaphore.acquire()))
        .collect();
    for next in 0..WAITERS {
        semaphore.release(1);
        settle(&mut waiters);
        let served = waiters.iter().filter(|waiter| !waiter.is_pending()).count();
        ensure!(
            served == next + 1,
            "{served} are served by {} permits",
            next + 1
        );
        ensure!(!waiters[next].is_pending(), "in another order");
    }
    Ok(())
}
