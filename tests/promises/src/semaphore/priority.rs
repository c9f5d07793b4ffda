//! Waiters of different urgency.

use std::task::Waker;

use super::{Semaphore, take_all, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle, start};

pub(super) fn the_most_urgent_comes_first<S: Semaphore>() -> Outcome {
    // Each urgency from 0 to 15 once, in a mixed order.
    served_in_order::<S>(&(0..16).map(|step| step * 7 % 16).collect::<Vec<u8>>())
}

pub(super) fn equals_keep_their_order<S: Semaphore>() -> Outcome {
    served_in_order::<S>(
        &(0..16)
            .map(|step| u8::from(step % 3 == 0))
            .collect::<Vec<_>>(),
    )
}

/// The more urgent first, and of two equals the one that came first.
fn served_in_order<S: Semaphore>(urgencies: &[u8]) -> Outcome {
    let semaphore = taken::<S>(1)?;
    let mut waiters = Vec::new();
    for urgency in urgencies {
        waiters.push(Task::new(semaphore.acquire_urgent(*urgency)?));
    }
    let mut order: Vec<usize> = (0..urgencies.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(urgencies[*index]));
    for next in order {
        semaphore.release(1);
        settle(&mut waiters);
        ensure!(!waiters[next].is_pending(), "in another order");
    }
    Ok(())
}

/// A fast path that forgets the priorities (temporal PR#9286, cudf-spark PR#11389).
pub(super) fn a_try_respects_the_waiters<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(1)?;
    let mut waiter = semaphore.acquire_urgent(9)?;
    start(&mut waiter, Waker::noop())?;
    semaphore.release(1);
    ensure!(!semaphore.try_acquire(), "the newcomer has the permit");
    Ok(())
}

/// bitchat-android PR#491, incubator-pegasus#93, concurrency-limiter#6.
pub(super) fn waiting_ends<S: Semaphore>() -> Outcome {
    let semaphore = S::fair(1);
    take_all(&semaphore, 1)?;
    let mut waiters = vec![Task::new(semaphore.acquire_urgent(0)?)];
    for _ in 0..1000 {
        // As many come as are served, and each is more urgent.
        waiters.push(Task::new(semaphore.acquire_urgent(9)?));
        semaphore.release(1);
        settle(&mut waiters);
        if !waiters[0].is_pending() {
            return Ok(());
        }
        waiters.retain(Task::is_pending);
    }
    ensure!(false, "starved");
    Ok(())
}
