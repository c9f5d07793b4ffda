//! The executor polls what was woken, in an order that follows from the seed.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::future;
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use futures_lite::future::yield_now;
use testkit::{RandomOrder, seeds, within_seconds};

/// The order in which five tasks of two steps each run.
fn order(seed: u64) -> Vec<usize> {
    let order = RefCell::new(Vec::new());
    let mut executor = RandomOrder::new(seed);
    for task in 0..5 {
        let order = &order;
        executor.spawn(async move {
            order.borrow_mut().push(task);
            yield_now().await;
            order.borrow_mut().push(task);
        });
    }
    assert_eq!(executor.run_until_stalled(), 0);
    drop(executor);
    order.into_inner()
}

#[test]
fn a_seed_gives_the_same_order_again() {
    for seed in seeds(20) {
        assert_eq!(order(seed), order(seed), "seed {seed}");
    }
}

#[test]
fn seeds_give_many_orders() {
    let orders: HashSet<Vec<usize>> = (0..100).map(order).collect();
    assert!(orders.len() > 90, "{} orders of 100 seeds", orders.len());
}

#[test]
fn a_task_that_nobody_wakes_is_not_polled() {
    let polls = Cell::new(0);
    let mut executor = RandomOrder::new(1);
    executor.spawn(future::poll_fn(|_| {
        polls.set(polls.get() + 1);
        Poll::Pending
    }));
    assert_eq!(executor.run_until_stalled(), 1);
    assert_eq!(executor.run_until_stalled(), 1);
    assert_eq!(polls.get(), 1);
}

#[test]
fn spurious_polls_reach_a_task_that_nobody_wakes() {
    let polls = Cell::new(0);
    let mut executor = RandomOrder::new(1).with_spurious_polls(2);
    executor.spawn(future::poll_fn(|_| {
        polls.set(polls.get() + 1);
        Poll::Pending
    }));
    executor.spawn(async {
        for _ in 0..100 {
            yield_now().await;
        }
    });
    assert_eq!(executor.run_until_stalled(), 1);
    assert!(polls.get() > 10, "{} polls", polls.get());
}

#[test]
fn a_cancelled_task_is_dropped_at_once() {
    let value = Rc::new(());
    let held = Rc::clone(&value);
    let mut executor = RandomOrder::new(1);
    let cancelled = executor.spawn(async move {
        future::pending::<()>().await;
        drop(held);
    });
    let completed = executor.spawn(async {});
    executor.run_until_stalled();
    assert!(executor.is_finished(completed));
    assert!(!executor.is_finished(cancelled));
    assert!(executor.cancel(cancelled));
    assert_eq!(Rc::strong_count(&value), 1);
    assert!(executor.is_finished(cancelled));
    assert!(!executor.cancel(cancelled));
}

#[test]
fn run_sleeps_until_another_thread_wakes() {
    within_seconds(10, || {
        for seed in seeds(50) {
            let done = Cell::new(false);
            let mut executor = RandomOrder::new(seed);
            executor.spawn(async {
                let mut asked = false;
                future::poll_fn(|cx| {
                    if asked {
                        return Poll::Ready(());
                    }
                    asked = true;
                    let waker = cx.waker().clone();
                    thread::spawn(move || waker.wake());
                    Poll::Pending
                })
                .await;
                done.set(true);
            });
            executor.run();
            assert!(done.get());
        }
    });
}
