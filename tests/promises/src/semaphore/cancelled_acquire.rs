//! Acquires that are dropped.

use std::task::Waker;

use super::{Semaphore, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle, start};

/// ranked-semaphore loses it.
pub(super) fn gives_its_permit_back<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(1)?;
    let mut acquire = semaphore.acquire();
    start(&mut acquire, Waker::noop())?;
    semaphore.release(1);
    drop(acquire);
    ensure!(semaphore.try_acquire(), "the permit is gone");
    Ok(())
}

pub(super) fn passes_its_permit_on<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(1)?;
    let mut first = semaphore.acquire();
    start(&mut first, Waker::noop())?;
    let mut second = [Task::new(semaphore.acquire())];
    semaphore.release(1);
    drop(first);
    settle(&mut second);
    ensure!(!second[0].is_pending(), "the next waiter sleeps on");
    Ok(())
}

/// One permit is free, the head wants two, the next is content with one.
pub(super) fn lets_those_behind_it_pass<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(1)?;
    let mut giant = semaphore.acquire_many(2)?;
    start(&mut giant, Waker::noop())?;
    let mut behind = [Task::new(semaphore.acquire())];
    semaphore.release(1);
    drop(giant);
    settle(&mut behind);
    ensure!(
        !behind[0].is_pending(),
        "the next waiter sleeps beside a free permit"
    );
    Ok(())
}
