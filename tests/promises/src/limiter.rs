//! Rate limiters: what a contender implements, the promises, and the contenders.

mod cancelled_acquire;
mod last_waker;
mod memory;
mod ours;
mod overtaking;
mod panicking_wakers;
mod peers;
#[cfg(test)]
pub(crate) mod straw;
mod unpolled;
mod wakers_that_call_back;
mod wakes;
mod windows;

use std::time::{Duration, Instant};

use crate::outcome::{Outcome, ensure, lacks};
use crate::polling::{Boxed, Task, settle};
use crate::primitive::{Contender, Promise, promises};

/// A limiter under test, on the clock of the system.
///
/// What a contender's API does not have stays as it is here.
pub(crate) trait Limiter: Sized + Send + Sync + 'static {
    /// So many in a period, which may all be taken at once.
    fn new(permits: u32, period: Duration) -> Self;

    fn try_acquire(&self) -> bool;

    fn acquire(&self) -> Boxed<'_, ()>;

    fn acquire_many(&self, _permits: u32) -> Outcome<Boxed<'_, ()>> {
        lacks("several permits at once")
    }

    /// Lets time pass, in which timers fire.
    fn pass(&self, time: Duration);
}

/// A period that a probe can wait for.
const PERIOD: Duration = Duration::from_millis(50);

/// What takes so much longer than it has to does not come.
const LIMIT: Duration = Duration::from_secs(1);

/// A limiter of which all permits are taken for the time being.
fn taken<L: Limiter>(permits: u32, period: Duration) -> Outcome<L> {
    let limiter = L::new(permits, period);
    for number in 0..permits {
        ensure!(limiter.try_acquire(), "{number} of {permits} permits");
    }
    ensure!(!limiter.try_acquire(), "more than {permits} permits");
    Ok(limiter)
}

/// Polls those that are woken until all are granted; whether they are in time.
fn all_granted<L: Limiter>(limiter: &L, tasks: &mut [Task<'_, ()>], within: Duration) -> bool {
    let until = Instant::now() + within;
    loop {
        settle(tasks);
        if !tasks.iter().any(Task::is_pending) {
            return true;
        }
        if Instant::now() > until {
            return false;
        }
        limiter.pass(Duration::from_millis(1));
    }
}

/// The rows of the table; each group is in the file of its name.
fn promises<L: Limiter>() -> Vec<Promise> {
    promises! { L;
        windows {
            hold_no_more: Steps "No window of a period, wherever it begins, holds more than it may";
            are_used_again: Steps "A period after they were taken, all permits may be taken again";
            may_be_endless: Steps "A period of `Duration::MAX` is one that does not end";
        }
        overtaking {
            a_try_passes_nobody: Steps "A try of a limiter fails while others wait for its permits";
            waiters_keep_their_order: Steps "Who waits for a limiter is served in the order of arrival";
            many_are_not_passed: Steps "Who waits for several permits of a limiter is not passed by later ones who want one";
        }
        cancelled_acquire {
            gives_its_place_up: Steps "A waiter of a limiter that goes costs those behind it no time";
            passes_its_grant_on: Steps "… and one that goes after it was woken does not take its permit along";
        }
        unpolled {
            costs_its_permit_alone: Steps "A waiter of a limiter that is no longer polled does not stall the others";
        }
        wakes {
            come_once: Steps "A waiter of a limiter is polled three times at most, however many wait";
        }
        last_waker {
            is_woken: Steps "A limiter wakes the waker of the last poll";
        }
        wakers_that_call_back {
            woken_waiter: Steps "A waker may call the limiter when it is woken";
            cloned_waiter: Steps "A waker may call the limiter when it is cloned";
            replaced_waiter: Steps "A waker may call the limiter when it is replaced and dropped";
            dropped_waiter: Steps "A waker may call the limiter when it is dropped with its future";
        }
        panicking_wakers {
            harm_nobody_else: Steps "A waker of a limiter that panics harms no other waiter";
        }
        memory {
            cancelled_waiters_leave_nothing: Steps "Waiters of a limiter that were dropped leave no memory behind";
        }
    }
}

/// The columns of the table.
pub(crate) fn contenders() -> Vec<Contender> {
    use ours::Ours;
    use peers::{Governor, LeakyBucket};
    vec![
        Contender::ours("async-ratelimiter", "async-ratelimiter", promises::<Ours>()),
        Contender::peer("governor", promises::<Governor>()),
        Contender::peer("leaky-bucket", promises::<LeakyBucket>()),
    ]
}
