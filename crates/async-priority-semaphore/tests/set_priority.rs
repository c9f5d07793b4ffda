//! A priority that changes, before and while its request waits.

mod support;

use async_priority_semaphore::{Aging, PrioritySemaphore};
use std::num::NonZeroU32;
use std::sync::Arc;
use support::{poll, queue};

#[test]
fn a_waiter_takes_the_place_of_its_new_priority() {
    let semaphore = PrioritySemaphore::new(0);
    let mut waiters = [3, 2, 1].map(|priority| semaphore.acquire_with(priority));
    let _wakes = waiters.each_mut().map(queue);
    waiters[0].set_priority(0);
    waiters[2].set_priority(9);
    semaphore.add_permits(1);
    for turn in [0, 1, 2] {
        assert!(poll(&mut waiters[turn]).is_ready(), "{turn}");
    }
}

#[test]
fn it_keeps_its_arrival() {
    let semaphore = PrioritySemaphore::new(0);
    let mut waiters = [5, 1, 1].map(|priority| semaphore.acquire_with(priority));
    let _wakes = waiters.each_mut().map(queue);
    waiters[0].set_priority(1); // it came before the others
    waiters[1].set_priority(2);
    waiters[1].set_priority(1); // and back: still before the last
    semaphore.add_permits(1);
    for turn in [0, 1, 2] {
        assert!(poll(&mut waiters[turn]).is_ready(), "{turn}");
    }
}

#[test]
fn whoever_becomes_first_and_fits_is_granted_at_once() {
    let semaphore = PrioritySemaphore::new(1);
    let mut both = semaphore.acquire_many(2).with_priority(1);
    assert!(poll(&mut both).is_pending());
    let mut one = semaphore.acquire_with(2);
    let woken = queue(&mut one);
    one.set_priority(1);
    assert_eq!(woken.wakes(), 0, "it came later");
    one.set_priority(0);
    assert_eq!(woken.wakes(), 1);
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn a_head_that_steps_back_lets_the_others_by() {
    let semaphore = PrioritySemaphore::new(20);
    let mut all = semaphore.acquire_many(21).with_priority(-1);
    assert!(poll(&mut all).is_pending());
    let mut others: Vec<_> = (0..21).map(|_| semaphore.acquire()).collect();
    let wakes: Vec<_> = others.iter_mut().map(queue).collect();
    all.set_priority(1);
    let woken = wakes.iter().map(|each| each.wakes());
    assert!(woken.eq((0..21).map(|turn| usize::from(turn < 20))));
    semaphore.assert_invariants();
}

#[test]
fn before_the_first_poll_the_last_one_counts() {
    let semaphore = Arc::new(PrioritySemaphore::new(0));
    let mut late = semaphore.acquire_owned().with_priority(9).with_priority(-1);
    let mut other = semaphore.acquire_owned();
    assert!(poll(&mut other).is_pending());
    late.set_priority(-2);
    let woken = queue(&mut late);
    semaphore.add_permits(1);
    assert_eq!(woken.wakes(), 1);
}

#[test]
fn after_the_grant_and_after_the_end_it_changes_nothing() {
    let semaphore = PrioritySemaphore::new(0);
    let (mut granted, mut behind) = (semaphore.acquire(), semaphore.acquire());
    assert!(poll(&mut granted).is_pending());
    let woken = queue(&mut behind);
    semaphore.add_permits(1);
    granted.set_priority(100);
    assert_eq!(woken.wakes(), 0);
    let permit = poll(&mut granted);
    granted.set_priority(-100);
    drop(permit);
    assert_eq!(woken.wakes(), 1);
    semaphore.assert_invariants();
}

#[test]
fn a_refused_one_stays_refused() {
    let semaphore = PrioritySemaphore::new(0);
    let mut refused = semaphore.acquire();
    let woken = queue(&mut refused);
    semaphore.close();
    refused.set_priority(-1);
    assert_eq!((woken.wakes(), semaphore.waiting()), (1, 0));
    assert!(poll(&mut refused).is_ready());
    semaphore.assert_invariants();
}

#[test]
fn the_last_waker_is_kept() {
    let semaphore = PrioritySemaphore::new(0);
    let mut acquire = semaphore.acquire();
    let first = queue(&mut acquire);
    let second = queue(&mut acquire);
    acquire.set_priority(-1);
    semaphore.add_permits(1);
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
}

#[test]
fn with_aging_the_arrival_goes_on_counting() {
    let aging = Aging::Arrivals(NonZeroU32::new(10).unwrap());
    let semaphore = PrioritySemaphore::builder(0).aging(aging).build();
    let mut old = semaphore.acquire_with(7); // rank 70
    assert!(poll(&mut old).is_pending());
    let mut others: Vec<_> = (0..5).map(|_| semaphore.acquire_with(2)).collect(); // 21 to 25
    let wakes: Vec<_> = others.iter_mut().map(queue).collect();
    old.set_priority(2); // 20
    semaphore.add_permits(1);
    assert!(poll(&mut old).is_ready());
    assert_eq!(wakes[0].wakes(), 1);
}

#[test]
fn a_waiter_may_change_it_any_number_of_times_without_leaving_anything_behind() {
    let semaphore = PrioritySemaphore::new(0);
    let mut waiters: Vec<_> = (0..100)
        .map(|priority| semaphore.acquire_with(priority))
        .collect();
    let _wakes: Vec<_> = waiters.iter_mut().map(queue).collect();
    for round in 0..50 {
        for (number, waiter) in (0..).zip(&mut waiters) {
            waiter.set_priority((number * round) % 37);
        }
        semaphore.assert_invariants();
    }
    assert_eq!(semaphore.waiting(), 100);
    drop(waiters);
    assert_eq!(semaphore.waiting(), 0);
    semaphore.assert_invariants();
}
