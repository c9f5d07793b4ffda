//! Polling by hand, and dropping after each number of polls.

use std::future;
use std::pin::pin;
use std::task::{Poll, Waker};

use futures_lite::future::yield_now;
use testkit::{CountWaker, drop_after_each_poll, poll_n, poll_once, poll_pinned};

#[test]
fn the_waker_reaches_the_future() {
    let (count, waker) = CountWaker::new();
    let mut future = pin!(yield_now());
    assert!(poll_pinned(future.as_mut(), &waker).is_pending());
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut future, &waker).is_ready());
}

#[test]
fn poll_n_polls_that_often_and_no_more() {
    let mut polls = 0;
    let mut future = pin!(future::poll_fn(|_| {
        polls += 1;
        if polls == 3 {
            Poll::Ready(polls)
        } else {
            Poll::Pending
        }
    }));
    assert_eq!(poll_n(future.as_mut(), Waker::noop(), 2), None);
    assert_eq!(poll_n(future.as_mut(), Waker::noop(), 5), Some(3));
    assert_eq!(polls, 3);
}

#[test]
fn every_number_of_polls_is_checked_and_the_world_moves_on_between() {
    let mut checked = Vec::new();
    let completed = drop_after_each_poll(
        10,
        || {
            let future = async {
                for _ in 0..3 {
                    yield_now().await;
                }
            };
            (future, 0)
        },
        |steps| *steps += 1,
        |steps, polls| checked.push((steps, polls)),
    );
    // The fourth poll completes: after it there is no step.
    assert_eq!(checked, [(0, 0), (1, 1), (2, 2), (3, 3), (3, 4)]);
    assert_eq!(completed, Some(4));
}

#[test]
fn a_future_that_never_completes_is_dropped_after_the_last_poll() {
    let mut rounds = 0;
    let completed = drop_after_each_poll(
        2,
        || (future::pending::<()>(), ()),
        |()| {},
        |(), _| rounds += 1,
    );
    assert_eq!((rounds, completed), (3, None));
}
