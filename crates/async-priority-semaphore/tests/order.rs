//! Who is served first, and who may overtake whom.

mod support;

use async_priority_semaphore::{PrioritySemaphore, Ties, TryAcquireError};
use std::collections::BTreeMap;
use support::{on_both, poll, queue};
use testkit::with_seeds;

on_both! {
    #[test]
    fn equals_are_served_in_the_order_of_their_first_polls() {
        let semaphore = Semaphore::new(0);
        let mut waiters: Vec<_> = (0..20).map(|_| semaphore.acquire()).collect();
        // The order of creation does not count.
        let wakes: Vec<_> = waiters.iter_mut().rev().map(queue).collect();
        semaphore.add_permits(1);
        let mut turn = 0;
        while let Some(mut waiter) = waiters.pop() {
            let woken: Vec<_> = wakes.iter().map(|each| each.wakes()).collect();
            assert!(woken[..=turn].iter().all(|wakes| *wakes == 1), "{woken:?}");
            assert!(woken[turn + 1..].iter().all(|wakes| *wakes == 0), "{woken:?}");
            drop(poll(&mut waiter)); // hands its permit on
            turn += 1;
        }
        assert_eq!(semaphore.available_permits(), 1);
    }

    #[test]
    fn a_large_head_is_not_starved_by_small_requests() {
        let semaphore = Semaphore::new(3);
        let held = semaphore.try_acquire_many(2).unwrap();
        let mut large = semaphore.acquire_many(3);
        let woken = queue(&mut large);
        let mut small = semaphore.acquire();
        let small_woken = queue(&mut small); // one permit is free, but not for it
        assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
        drop(held);
        assert_eq!((woken.wakes(), small_woken.wakes()), (1, 0));
        let all = futures_lite::future::block_on(large).unwrap();
        assert_eq!(all.num_permits(), 3);
        drop(all);
        assert_eq!(small_woken.wakes(), 1);
    }

    #[test]
    fn a_head_that_gives_up_lets_those_behind_it_by() {
        let semaphore = Semaphore::new(2);
        let mut giant = semaphore.acquire_many(u32::MAX);
        let mut behind = [semaphore.acquire(), semaphore.acquire(), semaphore.acquire()];
        assert!(poll(&mut giant).is_pending());
        let wakes = behind.each_mut().map(queue);
        drop(giant);
        assert_eq!(wakes.map(|each| each.wakes()), [1, 1, 0]);
        semaphore.assert_invariants();
    }

    #[test]
    fn a_waiter_in_the_middle_that_gives_up_changes_nothing_for_the_others() {
        let semaphore = Semaphore::new(0);
        let mut waiters = [(); 5].map(|()| Some(semaphore.acquire()));
        let wakes = waiters.each_mut().map(|waiter| queue(waiter.as_mut().unwrap()));
        waiters[1] = None;
        waiters[3] = None;
        semaphore.add_permits(2);
        assert_eq!(wakes.map(|each| each.wakes()), [1, 0, 1, 0, 0]);
    }

    #[test]
    fn one_release_serves_as_many_as_there_are_permits_for() {
        let semaphore = Semaphore::new(40);
        let held = semaphore.try_acquire_many(40).unwrap();
        let mut waiters: Vec<_> = (0..50).map(|_| semaphore.acquire()).collect();
        let wakes: Vec<_> = waiters.iter_mut().map(queue).collect();
        drop(held);
        let woken: usize = wakes.iter().map(|each| each.wakes()).sum();
        assert_eq!(woken, 40);
        assert!(wakes[..40].iter().all(|each| each.wakes() == 1));
        assert_eq!((semaphore.available_permits(), semaphore.waiting()), (0, 10));
    }

    #[test]
    fn a_granted_acquire_that_is_not_polled_holds_its_permit() {
        let semaphore = Semaphore::new(1);
        let held = semaphore.try_acquire().unwrap();
        let mut granted = semaphore.acquire();
        let mut behind = semaphore.acquire();
        assert!(poll(&mut granted).is_pending());
        let woken = queue(&mut behind);
        drop(held);
        assert_eq!((semaphore.available_permits(), semaphore.waiting()), (0, 1));
        assert!(semaphore.try_acquire().is_err());
        drop(granted); // and hands it on
        assert_eq!(woken.wakes(), 1);
        assert!(poll(&mut behind).is_ready());
    }

    #[test]
    fn a_request_for_nothing_takes_its_turn_like_any_other() {
        let semaphore = Semaphore::new(0);
        assert_eq!(semaphore.try_acquire_many(0).unwrap().num_permits(), 0);
        let mut first = semaphore.acquire();
        let mut nothing = semaphore.acquire_many(0);
        let mut last = semaphore.acquire();
        let wakes = [queue(&mut first), queue(&mut nothing), queue(&mut last)];
        assert!(semaphore.try_acquire_many(0).is_err());
        semaphore.add_permits(1);
        assert_eq!(wakes.map(|each| each.wakes()), [1, 1, 0]);
        semaphore.assert_invariants();
    }
}

#[test]
fn the_most_urgent_is_served_first() {
    let semaphore = PrioritySemaphore::new(0);
    let priorities = [0, i32::MAX, -3, 5, i32::MIN, 5, -3];
    let mut waiters = priorities.map(|priority| semaphore.acquire_with(priority));
    let _wakes = waiters.each_mut().map(queue);
    semaphore.add_permits(1);
    for turn in [4, 2, 6, 0, 3, 5, 1] {
        assert!(poll(&mut waiters[turn]).is_ready(), "{}", priorities[turn]);
    }
}

#[test]
fn the_order_is_a_stable_sort_of_those_who_wait() {
    with_seeds(50, |rng| {
        let spread = *rng.choice(&[1, 3, 8, 9, 1000]).unwrap();
        let semaphore = PrioritySemaphore::new(0);
        let mut reference = BTreeMap::new();
        for arrival in 0..2000 {
            if rng.bool() {
                let priority = rng.i32(-spread..=spread);
                let mut acquire = semaphore.acquire_with(priority);
                let woken = queue(&mut acquire);
                reference.insert((priority, arrival), (acquire, woken));
            } else if let Some((place, (acquire, woken))) = reference.pop_first() {
                assert_eq!(woken.wakes(), 0);
                semaphore.add_permits(1);
                assert_eq!(woken.wakes(), 1, "{place:?} was first");
                let permit = futures_lite::future::block_on(acquire).unwrap();
                permit.forget();
            }
        }
        semaphore.assert_invariants();
    });
}

#[test]
fn a_newcomer_overtakes_those_that_are_less_urgent_and_nobody_else() {
    let semaphore = PrioritySemaphore::new(2);
    let mut large = semaphore.acquire_many(3).with_priority(5);
    let woken = queue(&mut large);
    let mut equal = semaphore.acquire_with(5);
    assert!(poll(&mut equal).is_pending(), "an equal goes behind");
    let mut urgent = semaphore.acquire_with(4);
    let overtakes = poll(&mut urgent);
    assert!(overtakes.is_ready(), "two are free, and it is more urgent");
    let mut too_large = semaphore.acquire_many(2).with_priority(-9);
    assert!(poll(&mut too_large).is_pending(), "one is free");
    let mut less = semaphore.acquire_with(-8);
    assert!(poll(&mut less).is_pending(), "one is more urgent");
    drop(too_large);
    assert!(poll(&mut less).is_ready());
    assert_eq!(woken.wakes(), 0);
}

#[test]
fn a_newcomer_does_not_take_what_was_granted_however_urgent_it_is() {
    let semaphore = PrioritySemaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let mut low = semaphore.acquire_with(9);
    assert!(poll(&mut low).is_pending());
    drop(held);
    assert!(semaphore.try_acquire_with(i32::MIN).is_err());
    assert!(poll(&mut low).is_ready());
}

#[test]
fn with_lifo_ties_the_last_of_equals_is_first() {
    let semaphore = PrioritySemaphore::builder(0).ties(Ties::Lifo).build();
    let priorities = [1, 0, 1, 0, 1];
    let mut waiters = priorities.map(|priority| semaphore.acquire_with(priority));
    let _wakes = waiters.each_mut().map(queue);
    semaphore.add_permits(1);
    for turn in [3, 1, 4, 2, 0] {
        assert!(poll(&mut waiters[turn]).is_ready(), "{turn}");
    }
}

#[test]
fn with_lifo_ties_a_newcomer_passes_its_equals() {
    let semaphore = PrioritySemaphore::builder(1).ties(Ties::Lifo).build();
    let mut both = semaphore.acquire_many(2);
    assert!(poll(&mut both).is_pending());
    assert!(semaphore.try_acquire().is_ok());
    assert!(semaphore.try_acquire_with(1).is_err());
}
