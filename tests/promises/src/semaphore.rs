//! Semaphores: what a contender implements, the promises, and the contenders.

mod blocking;
mod cancelled_acquire;
mod closing;
mod first_poll;
mod last_waker;
mod memory;
mod ours;
mod overtaking;
mod panicking_wakers;
mod peers;
mod permits;
mod priority;
#[cfg(test)]
pub(crate) mod straw;
mod wakers_that_call_back;

use std::sync::Arc;

use crate::callbacks::Callback;
use crate::outcome::{Outcome, ensure, lacks};
use crate::polling::Boxed;
use crate::primitive::{Contender, Promise, promises};

/// A semaphore under test.
///
/// Permits are taken and given back without guards, so that a probe can move them between threads
/// as it likes.
/// What a contender's API does not have stays as it is here.
pub(crate) trait Semaphore: Sized + Send + Sync + 'static {
    fn new(permits: usize) -> Self;

    /// One that has whatever the contender offers against starvation.
    fn fair(permits: usize) -> Self {
        Self::new(permits)
    }

    fn try_acquire(&self) -> bool;

    /// `false`: the semaphore is closed.
    fn acquire(&self) -> Boxed<'_, bool>;

    /// Gives back permits that were taken.
    fn release(&self, permits: usize);

    /// Makes new permits.
    fn add(&self, _permits: usize) -> Outcome {
        lacks("permits made later")
    }

    fn acquire_many(&self, _permits: u32) -> Outcome<Boxed<'_, bool>> {
        lacks("several permits at once")
    }

    fn acquire_urgent(&self, _urgency: u8) -> Outcome<Boxed<'_, bool>> {
        lacks("priorities")
    }

    fn acquire_blocking(&self) -> Outcome<bool> {
        lacks("blocking acquire")
    }

    fn close(&self) -> Outcome {
        lacks("close")
    }
}

/// A semaphore whose permits are all taken.
fn taken<S: Semaphore>(permits: usize) -> Outcome<Arc<S>> {
    let semaphore = S::new(permits);
    take_all(&semaphore, permits)?;
    Ok(Arc::new(semaphore))
}

fn take_all<S: Semaphore>(semaphore: &S, permits: usize) -> Outcome {
    for taken in 0..permits {
        ensure!(semaphore.try_acquire(), "{taken} of {permits} permits");
    }
    ensure!(!semaphore.try_acquire(), "more than {permits} permits");
    Ok(())
}

/// A callback that makes each call which may take a lock and never waits.
fn callback<S: Semaphore>(semaphore: &Arc<S>) -> Callback {
    let semaphore = Arc::clone(semaphore);
    Callback::new(move || {
        semaphore.release(1);
        semaphore.try_acquire();
    })
}

/// The rows of the table; each group is in the file of its name.
fn promises<S: Semaphore>() -> Vec<Promise> {
    promises! { S;
        cancelled_acquire {
            gives_its_permit_back: Steps "An acquire that is dropped after it was granted gives its permit back";
            passes_its_permit_on: Steps "… and the next waiter is woken for it";
            lets_those_behind_it_pass: Steps "An acquire of more than there is, dropped, lets those behind it pass";
        }
        overtaking {
            a_try_takes_no_granted_permit: Steps "A try does not take the permit of a waiter that was woken";
            a_newcomer_takes_no_granted_permit: Steps "A new acquire does not, either";
            a_try_does_not_pass_who_waits: Steps "A try does not pass a waiter that wants more than there is";
            many_are_not_starved: Steps "An acquire of many permits is not overtaken by later ones of one";
            waiters_are_served_in_order: Steps "Waiters are served in the order in which they came";
        }
        last_waker {
            is_woken: Steps "An acquire wakes the waker of its last poll";
            meets_a_release: Race "… also when a release meets the poll that replaces the waker";
        }
        first_poll {
            meets_a_release: Race "A release that meets the first poll of an acquire wakes it";
        }
        wakers_that_call_back {
            woken: Steps "A waker may call the semaphore when it is woken";
            cloned: Steps "… when it is cloned";
            replaced: Steps "… when it is replaced and dropped";
            dropped: Steps "… when it is dropped with its future";
        }
        panicking_wakers {
            leave_the_semaphore_usable: Steps "A waker that panics leaves the semaphore usable";
            harm_no_other: Steps "… and all others that were granted are woken";
        }
        closing {
            refuses_those_who_wait: Steps "A close wakes and refuses all who wait";
        }
        priority {
            the_most_urgent_comes_first: Steps "The most urgent waiter is served first";
            equals_keep_their_order: Steps "Equally urgent waiters keep their order";
            a_try_respects_the_waiters: Steps "A try does not pass those who wait";
            waiting_ends: Steps "The least urgent is served although more urgent ones keep coming (1000 of them)";
        }
        permits {
            never_overflow: Steps "Too many permits are refused, not wrapped around";
            are_conserved: Race "Threads that acquire, release and cancel: no permit is lost or made, no wake-up is lost";
        }
        memory {
            a_free_permit_allocates_nothing: Steps "An acquire that need not wait allocates nothing";
            idle_polls_allocate_nothing: Steps "An acquire that is polled for nothing allocates nothing";
            cancelled_waits_leave_nothing: Steps "Acquires that were dropped leave no memory behind";
            a_burst_of_waiters_is_given_back: Steps "After 10 000 acquires that waited at once their memory is given back";
        }
        blocking {
            an_acquire_sleeps: Steps "A thread that waits for a permit sleeps";
        }
    }
}

/// The columns of the table.
pub(crate) fn contenders() -> Vec<Contender> {
    use async_priority_semaphore::{PrioritySemaphore as Prioritised, Semaphore as Plain};
    use peers::{AsyncLock, Asyncband, PrioritySemaphore, Ranked, Tokio, Weighted};
    let ours = |name, promises| Contender::ours(name, "async-priority-semaphore", promises);
    vec![
        ours("async-priority-semaphore Semaphore", promises::<Plain>()),
        ours(
            "async-priority-semaphore PrioritySemaphore",
            promises::<Prioritised>(),
        ),
        Contender::peer("tokio", promises::<Tokio>()),
        Contender::peer("async-lock", promises::<AsyncLock>()),
        Contender::peer("asyncband", promises::<Asyncband>()),
        Contender::peer("async-weighted-semaphore", promises::<Weighted>()),
        Contender::peer("priority-semaphore", promises::<PrioritySemaphore>()),
        Contender::peer("ranked-semaphore", promises::<Ranked>()),
    ]
}
