//! Aging: how many of those who come later are served before one, at most.

mod support;

use async_priority_semaphore::{Acquire, Aging, Priority, PrioritySemaphore, Ties};
use std::num::NonZeroU32;
use std::sync::Arc;
use support::{poll, queue};
use testkit::{CountWaker, with_seeds};

fn semaphore(permits: usize, step: u32) -> PrioritySemaphore {
    let step = NonZeroU32::new(step).unwrap();
    PrioritySemaphore::builder(permits)
        .aging(Aging::Arrivals(step))
        .build()
}

/// Has one of `low` wait, and then so many of `high`; how many of these are served before it.
fn overtakers(step: u32, low: Priority, high: Priority, later: usize) -> usize {
    let semaphore = semaphore(0, step);
    let mut waits = semaphore.acquire_with(low);
    let woken = queue(&mut waits);
    let mut others: Vec<_> = (0..later).map(|_| semaphore.acquire_with(high)).collect();
    let _wakes: Vec<_> = others.iter_mut().map(queue).collect();
    for served in 0..=later {
        semaphore.add_permits(1);
        if woken.wakes() > 0 {
            return served;
        }
    }
    unreachable!("all are served")
}

#[test]
fn the_bound_is_exact() {
    for (step, low, high) in [(1, 1, 0), (1, 5, 0), (3, 1, 0), (10, 2, -2), (100, 1, 0)] {
        let difference = usize::try_from(low - high).unwrap();
        let bound = step as usize * difference - 1;
        for later in [0, bound.saturating_sub(1), bound, bound + 1, 2 * bound + 50] {
            let served = overtakers(step, low, high, later);
            assert_eq!(served, later.min(bound), "step {step}, {low} and {high}");
        }
    }
}

#[test]
fn without_aging_there_is_no_bound() {
    let semaphore = PrioritySemaphore::new(0);
    let mut low = semaphore.acquire_with(1);
    let woken = queue(&mut low);
    let mut others: Vec<_> = (0..1000).map(|_| semaphore.acquire()).collect();
    let _wakes: Vec<_> = others.iter_mut().map(queue).collect();
    semaphore.add_permits(1000);
    assert_eq!(woken.wakes(), 0);
}

#[test]
fn equals_do_not_overtake_even_with_lifo_ties() {
    let aging = Aging::Arrivals(NonZeroU32::new(7).unwrap());
    let semaphore = PrioritySemaphore::builder(0)
        .aging(aging)
        .ties(Ties::Lifo)
        .build();
    let (mut early, mut late) = (semaphore.acquire(), semaphore.acquire());
    let wakes = [queue(&mut early), queue(&mut late)];
    semaphore.add_permits(1);
    assert_eq!(wakes.map(|each| each.wakes()), [1, 0]);
}

/// A newcomer that is served at once has overtaken too.
#[test]
fn those_that_need_not_wait_count_as_well() {
    let semaphore = semaphore(1, 3);
    let mut both = semaphore.acquire_many(2).with_priority(1);
    let woken = queue(&mut both); // one permit is free, and it wants two
    let mut passed = 0;
    while let Ok(permit) = semaphore.try_acquire_with(0) {
        drop(permit);
        passed += 1;
        assert!(passed < 100, "no bound");
    }
    assert_eq!((passed, woken.wakes()), (2, 0));
    // Tries in vain overtake nobody, and do not count.
    for _ in 0..10 {
        assert!(semaphore.try_acquire_with(0).is_err());
    }
    let mut urgent = semaphore.acquire_with(-1);
    assert!(poll(&mut urgent).is_ready());
    semaphore.add_permits(1);
    assert_eq!(woken.wakes(), 1);
}

#[test]
fn no_step_is_too_large() {
    for step in [i32::MAX.unsigned_abs(), u32::MAX] {
        let semaphore = semaphore(0, step);
        let priorities = [i32::MAX, 1, 0, -1, i32::MIN, i32::MIN];
        let mut waiters = priorities.map(|priority| semaphore.acquire_with(priority));
        let _wakes = waiters.each_mut().map(queue);
        waiters[1].set_priority(i32::MAX);
        waiters[2].set_priority(i32::MIN);
        semaphore.add_permits(1);
        for turn in [2, 4, 5, 3, 0, 1] {
            assert!(poll(&mut waiters[turn]).is_ready(), "step {step}, {turn}");
        }
    }
}

struct Waiter<'a> {
    acquire: Acquire<'a, PrioritySemaphore>,
    woken: Arc<CountWaker>,
    priority: Priority,
    arrival: usize,
    /// The priorities of those who came later and were served first.
    overtaken_by: Vec<Priority>,
}

#[test]
fn aging_bounds_the_wait() {
    with_seeds(40, |rng| {
        let step = rng.u32(1..20);
        let semaphore = semaphore(0, step);
        let mut waiters: Vec<Waiter<'_>> = Vec::new();
        for arrival in 0..600 {
            // More come than are served, and most of them are urgent.
            let priority = if rng.u32(..10) == 0 {
                rng.i32(0..12)
            } else {
                0
            };
            let mut acquire = semaphore.acquire_with(priority);
            let woken = queue(&mut acquire);
            let overtaken_by = Vec::new();
            waiters.push(Waiter {
                acquire,
                woken,
                priority,
                arrival,
                overtaken_by,
            });
            if rng.u32(..10) < 9 {
                semaphore.add_permits(1);
                let served = waiters.iter().position(|each| each.woken.wakes() > 0);
                let served = waiters.remove(served.expect("one is granted"));
                let permit = futures_lite::future::block_on(served.acquire).unwrap();
                permit.forget();
                let earlier = waiters
                    .iter_mut()
                    .filter(|each| each.arrival < served.arrival);
                earlier.for_each(|each| each.overtaken_by.push(served.priority));
            }
            for Waiter {
                priority,
                overtaken_by,
                ..
            } in &waiters
            {
                if let Some(most_urgent) = overtaken_by.iter().min() {
                    let difference = u32::try_from(priority - most_urgent).unwrap_or(0);
                    let bound = (step * difference).saturating_sub(1) as usize;
                    assert!(
                        overtaken_by.len() <= bound,
                        "{} > {bound}",
                        overtaken_by.len()
                    );
                }
            }
        }
    });
}
