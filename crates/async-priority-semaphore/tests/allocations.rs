//! What is allocated: nothing where nobody waits, and nothing that stays.

mod support;

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;
use support::{on_both, poll};
use testkit::{CountingAllocator, count_allocations, poll_once};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

on_both! {
    #[test]
    fn where_nobody_waits_nothing_is_allocated() {
        let semaphore = Arc::new(Semaphore::new(4));
        let allocations = count_allocations(|| {
            drop(Semaphore::new(4));
            drop(semaphore.try_acquire());
            drop(semaphore.try_acquire_many(5));
            drop(semaphore.try_acquire_many_owned(2));
            drop(poll_once(&mut semaphore.acquire(), Waker::noop()));
            drop(poll_once(&mut semaphore.acquire_many(4), Waker::noop()));
            drop(poll_once(&mut semaphore.acquire_owned(), Waker::noop()));
            drop(semaphore.acquire_blocking());
            drop(semaphore.acquire_blocking_timeout(Duration::MAX));
            let mut permit = semaphore.try_acquire_many(3).unwrap();
            let part = permit.split(1).unwrap();
            permit.merge(part);
            drop(permit);
            semaphore.add_permits(1);
            semaphore.forget_permits(1);
            semaphore.reduce_permits(5);
            semaphore.add_permits(5);
            semaphore.close();
        });
        assert_eq!(allocations.calls, 0);
    }

    #[test]
    fn waiting_again_allocates_nothing() {
        let semaphore = Semaphore::new(0);
        let round = || {
            let mut waiters = [(); 4].map(|()| semaphore.acquire());
            for waiter in &mut waiters {
                assert!(poll(waiter).is_pending());
            }
            semaphore.add_permits(4);
            for waiter in &mut waiters {
                assert!(poll(waiter).is_ready());
            }
            semaphore.forget_permits(4);
        };
        round();
        let allocations = count_allocations(|| (0..1000).for_each(|_| round()));
        assert_eq!(allocations.calls, 0);
    }

    #[test]
    fn polling_in_vain_allocates_nothing() {
        let semaphore = Semaphore::new(0);
        let mut waits = semaphore.acquire();
        assert!(poll(&mut waits).is_pending());
        let (_, waker) = testkit::CountWaker::new();
        let allocations = count_allocations(|| {
            for _ in 0..1000 {
                assert!(poll_once(&mut waits, &waker).is_pending());
                assert!(poll(&mut waits).is_pending());
            }
        });
        assert_eq!(allocations.calls, 0);
    }

    #[test]
    fn a_million_cancelled_waits_leave_nothing() {
        let semaphore = Semaphore::new(0);
        assert!(poll(&mut semaphore.acquire()).is_pending());
        let allocations = count_allocations(|| {
            for _ in 0..1_000_000 {
                assert!(poll(&mut semaphore.acquire()).is_pending());
            }
        });
        assert_eq!(allocations.calls, 0);
        semaphore.assert_invariants();
    }

    /// tokio-rs/tokio#4321 and others kept what the most waiters ever had needed.
    #[test]
    fn the_slab_shrinks() {
        let semaphore = Semaphore::new(0);
        let mut first = semaphore.acquire();
        assert!(poll(&mut first).is_pending());
        drop(first);
        let allocations = count_allocations(|| {
            for cancelled in [true, false] {
                let mut crowd: Vec<_> = (0..10_000).map(|_| semaphore.acquire()).collect();
                for waiter in &mut crowd {
                    assert!(poll(waiter).is_pending());
                }
                if cancelled {
                    continue;
                }
                semaphore.add_permits(1);
                assert!(crowd.iter_mut().all(|waiter| poll(waiter).is_ready()));
                semaphore.forget_permits(1);
            }
        });
        assert!(allocations.bytes > 2 * 10_000 * 40, "a crowd needs memory: {allocations:?}");
        assert!(allocations.live_bytes <= 0, "{allocations:?}");
    }
}

/// One crowd of every priority that there is a queue for, and one of very many.
#[test]
fn the_memory_of_every_queue_is_given_back() {
    let semaphore = async_priority_semaphore::PrioritySemaphore::new(0);
    let crowd = |priorities: i32| {
        let mut crowd: Vec<_> = (0..10_000)
            .map(|number| semaphore.acquire_with(number % priorities))
            .collect();
        for waiter in &mut crowd {
            assert!(poll(waiter).is_pending());
        }
        for waiter in crowd.iter_mut().step_by(3) {
            waiter.set_priority(-1);
        }
        semaphore.add_permits(5000);
        crowd
    };
    drop(crowd(8));
    semaphore.forget_permits(5000);
    let allocations = count_allocations(|| {
        for priorities in [1, 7, 8, 9, 10_000] {
            drop(crowd(priorities));
            semaphore.forget_permits(5000);
        }
    });
    assert!(allocations.bytes > 5 * 10_000 * 56, "{allocations:?}");
    // Room for 64 waiters in each queue and in the heap, as the README says.
    let kept = 8 * 64 * 56 + 64 * 72;
    assert!(allocations.live_bytes <= kept, "{allocations:?}");
}

#[test]
fn waiting_again_by_priority_allocates_nothing() {
    let semaphore = async_priority_semaphore::PrioritySemaphore::new(0);
    let round = |priorities: i32| {
        let mut waiters = [0; 32].map(|_: i32| semaphore.acquire());
        for (number, waiter) in (0..).zip(&mut waiters) {
            waiter.set_priority(number % priorities);
            assert!(poll(waiter).is_pending());
            waiter.set_priority((number + 1) % priorities);
        }
        semaphore.add_permits(32);
        assert!(waiters.iter_mut().all(|waiter| poll(waiter).is_ready()));
        semaphore.forget_permits(32);
    };
    for priorities in [3, 8, 20] {
        round(priorities);
        let allocations = count_allocations(|| (0..100).for_each(|_| round(priorities)));
        assert_eq!(allocations.calls, 0, "{priorities} priorities");
    }
}
