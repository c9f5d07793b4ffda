//! The primitives in `examples/`, which are written by the rules of use, keep every promise that a
//! future of this kind makes.

#[path = "../examples/budget.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "a program of its own, with a `main`"
)]
mod budget;
#[path = "../examples/event.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "a program of its own, with a `main`"
)]
mod event;
#[path = "../examples/semaphore.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "a program of its own, with a `main`"
)]
mod semaphore;

use budget::Budget;
use event::Event;
use semaphore::Semaphore;
use std::sync::Arc;
use std::task::Waker;
use std::thread;
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::{CountWaker, drop_after_each_poll, poll_once, within_seconds};

fn leaked<T>(primitive: T) -> &'static T {
    Box::leak(Box::new(primitive))
}

#[test]
fn acquiring_is_hygienic() {
    let make = || {
        let semaphore = leaked(Semaphore::new());
        let permit = semaphore.acquire_blocking();
        Setup {
            future: semaphore.acquire(),
            fire: Box::new(move || drop(permit)),
            touch: Arc::new(|| drop(poll_once(&mut semaphore.acquire(), Waker::noop()))),
        }
    };
    Case::new("Semaphore::acquire", make).fused().check();
}

#[test]
fn waiting_for_an_event_is_hygienic() {
    let make = || {
        let event = leaked(Event::new());
        Setup {
            future: event.wait(),
            fire: Box::new(|| event.set()),
            touch: Arc::new(|| _ = poll_once(&mut event.wait(), Waker::noop())),
        }
    };
    let crowd = || {
        let event = leaked(Event::new());
        Crowd {
            futures: (0..40).map(|_| event.wait()).collect(),
            fire: Box::new(|| event.set()),
        }
    };
    Case::new("Event::wait", make).crowd(crowd).fused().check();
}

#[test]
fn spending_is_hygienic() {
    let make = || {
        let budget = leaked(Budget::new());
        Setup {
            future: budget.spend(3),
            fire: Box::new(|| budget.refill(3)),
            touch: Arc::new(|| _ = poll_once(&mut budget.spend(5), Waker::noop())),
        }
    };
    let crowd = || {
        let budget = leaked(Budget::new());
        Crowd {
            futures: (0..40).map(|_| budget.spend(2)).collect(),
            fire: Box::new(|| budget.refill(80)),
        }
    };
    Case::new("Budget::spend", make)
        .crowd(crowd)
        .fused()
        .check();
}

#[test]
fn a_cancelled_grant_comes_back() {
    let semaphore = Semaphore::new();
    let permit = semaphore.acquire_blocking();
    let ((_, noop), (woken, waker)) = (CountWaker::new(), CountWaker::new());
    let (mut first, mut second) = (semaphore.acquire(), semaphore.acquire());
    assert!(poll_once(&mut first, &noop).is_pending());
    assert!(poll_once(&mut second, &waker).is_pending());
    drop(permit);
    assert_eq!(woken.wakes(), 0);
    drop(first);
    assert_eq!(woken.wakes(), 1);
    assert!(poll_once(&mut second, &waker).is_ready());
}

#[test]
fn a_newcomer_cannot_take_a_granted_permit() {
    let semaphore = Semaphore::new();
    let permit = semaphore.acquire_blocking();
    let (mut waits, mut newcomer) = (semaphore.acquire(), semaphore.acquire());
    assert!(poll_once(&mut waits, Waker::noop()).is_pending());
    drop(permit);
    assert!(poll_once(&mut newcomer, Waker::noop()).is_pending());
    assert!(poll_once(&mut waits, Waker::noop()).is_ready());
}

#[test]
fn an_acquire_may_be_dropped_after_any_number_of_polls() {
    let completed = drop_after_each_poll(
        4,
        || {
            let semaphore = leaked(Semaphore::new());
            (
                semaphore.acquire(),
                (semaphore, Some(semaphore.acquire_blocking()), 0),
            )
        },
        |(_, permit, steps)| {
            *steps += 1;
            if *steps == 2 {
                drop(permit.take());
            }
        },
        |(semaphore, permit, _), polls| {
            drop(permit);
            let free = poll_once(&mut semaphore.acquire(), Waker::noop()).is_ready();
            assert!(free, "the permit is lost after {polls} polls");
        },
    );
    assert_eq!(completed, Some(3));
}

#[test]
fn a_large_request_at_the_front_is_not_overtaken_and_frees_the_way_when_it_leaves() {
    let budget = Budget::new();
    let (woken, waker) = CountWaker::new();
    let (mut large, mut small) = (budget.spend(10), budget.spend(1));
    assert!(poll_once(&mut large, Waker::noop()).is_pending());
    assert!(poll_once(&mut small, &waker).is_pending());
    budget.refill(5);
    assert!(poll_once(&mut small, &waker).is_pending());
    assert_eq!(woken.wakes(), 0);
    drop(large);
    assert_eq!(woken.wakes(), 1);
    assert!(poll_once(&mut small, &waker).is_ready());
    assert!(poll_once(&mut budget.spend(4), Waker::noop()).is_ready());
    assert!(poll_once(&mut budget.spend(1), Waker::noop()).is_pending());
}

#[test]
fn granted_permits_that_are_not_spent_come_back() {
    let budget = Budget::new();
    let mut granted = budget.spend(3);
    assert!(poll_once(&mut granted, Waker::noop()).is_pending());
    budget.refill(3);
    assert!(poll_once(&mut budget.spend(1), Waker::noop()).is_pending());
    drop(granted);
    assert!(poll_once(&mut budget.spend(3), Waker::noop()).is_ready());
}

#[test]
fn threads_and_cancelled_waits_share_one_permit() {
    within_seconds(60, || {
        let semaphore = leaked(Semaphore::new());
        let threads: Vec<_> = testkit::seeds(4)
            .map(|seed| {
                thread::spawn(move || {
                    let mut rng = testkit::rng(seed);
                    for _ in 0..2000 {
                        if rng.bool() {
                            drop(poll_once(&mut semaphore.acquire(), Waker::noop()));
                        } else {
                            drop(semaphore.acquire_blocking());
                        }
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(poll_once(&mut semaphore.acquire(), Waker::noop()).is_ready());
    });
}
