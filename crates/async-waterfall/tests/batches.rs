//! When a batch goes, what is in it, and what becomes of it.

mod support;

use async_waterfall::{Batch, Cause, Event, Failure, Overflow, SubmitError, Waterfall};
use std::num::NonZeroU32;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::time::Duration;
use support::{Act, LONG, Lab, MS, n, poll};
use testkit::poll_once;

#[test]
fn a_batch_goes_when_it_is_full() {
    let mut lab = Lab::new(3, LONG);
    lab.put(0..3);
    lab.put(3..5);
    assert_eq!(lab.script.seen(), [[0, 1, 2]]);
    lab.put([5]);
    assert_eq!(lab.script.seen(), [[0, 1, 2], [3, 4, 5]]);
}

#[test]
fn a_batch_goes_before_it_is_too_heavy_and_what_is_too_heavy_goes_alone() {
    let weight = |item: &u32| *item;
    let builder = Waterfall::builder(n(100), LONG);
    let mut lab = Lab::built(builder.max_weight(NonZeroU32::new(10).unwrap(), weight));
    lab.put([4, 5]);
    assert!(lab.script.seen().is_empty());
    lab.put([3]); // 12 would be too much: it begins the next batch
    assert_eq!(lab.script.seen(), [[4, 5]]);
    lab.put([7]); // 10 is as much as there may be
    assert_eq!(lab.script.seen(), [[4, 5], [3, 7]]);
    lab.put([1, 25]);
    assert_eq!(lab.script.seen()[2..], [vec![1], vec![25]]);
    lab.put([0, 0, u32::MAX, 0]);
    assert_eq!(lab.script.seen()[4..], [vec![0, 0], vec![u32::MAX]]);
}

#[test]
fn a_batch_goes_when_its_first_item_is_as_old_as_it_may_be() {
    let mut lab = Lab::new(100, 10 * MS);
    lab.put([1]);
    lab.advance(6 * MS);
    lab.put([2]);
    let nano = Duration::from_nanos(1);
    lab.advance((4 * MS).checked_sub(nano).unwrap());
    assert!(lab.script.seen().is_empty());
    lab.advance(nano);
    assert_eq!(lab.script.seen(), [[1, 2]]);
    // The next one has its own time.
    lab.advance(7 * MS);
    lab.put([3]);
    lab.advance(9 * MS);
    assert_eq!(lab.script.seen().len(), 1);
    lab.advance(MS);
    assert_eq!(lab.script.seen()[1], [3]);
}

#[test]
fn with_one_in_flight_batches_go_one_after_another_in_their_order() {
    let mut lab = Lab::built(Waterfall::builder(n(2), LONG).capacity(n(100)));
    lab.script.then(Act::Hang);
    lab.put(0..9);
    assert_eq!(lab.script.seen(), [[0, 1]]);
    let mut lab = Lab::built(Waterfall::builder(n(2), LONG).capacity(n(100)));
    lab.put(0..8);
    assert_eq!(lab.script.seen(), [[0, 1], [2, 3], [4, 5], [6, 7]]);
}

#[test]
fn as_many_go_at_once_as_may_be_in_flight_and_no_more() {
    let builder = Waterfall::builder(n(2), LONG).capacity(n(100));
    let mut lab = Lab::built(builder.max_in_flight(n(3)));
    for _ in 0..5 {
        lab.script.then(Act::Hang);
    }
    lab.put(0..10);
    assert_eq!(lab.script.seen(), [[0, 1], [2, 3], [4, 5]]);
    assert_eq!(lab.handle.counts().in_flight, 6);
}

#[test]
fn without_room_puts_wait_and_are_let_in_in_their_order() {
    let mut lab = Lab::built(Waterfall::builder(n(2), LONG).capacity(n(2)));
    lab.script.then(Act::Hang);
    lab.put([0, 1]); // to the callback
    lab.put([2, 3]);
    let mut waiting: Vec<_> = (4..6).map(|item| lab.handle.put(item)).collect();
    for put in &mut waiting {
        assert!(poll_once(put, Waker::noop()).is_pending());
    }
    assert!(lab.handle.try_put(6).unwrap_err().is_full());
    lab.driver = None;
    for (put, item) in waiting.iter_mut().zip(4..) {
        let Poll::Ready(Err(error)) = poll(put) else {
            panic!("{item} waits");
        };
        assert_eq!(error.into_inner(), item);
    }
}

#[test]
fn reject_refuses_what_finds_no_room() {
    let builder = Waterfall::builder(n(2), LONG).capacity(n(1));
    let lab = Lab::built(builder.overflow(Overflow::Reject));
    lab.handle.try_put(0).unwrap();
    assert!(matches!(poll(&mut lab.handle.put(1)), Poll::Ready(Err(error)) if error.is_full()));
    let refused = poll(&mut lab.handle.submit(2));
    assert!(matches!(refused, Poll::Ready(Err(SubmitError::Full(2)))));
}

#[test]
fn drop_oldest_makes_room_and_tells_the_submitter() {
    let builder = Waterfall::builder(n(10), LONG).capacity(n(2));
    let lab = Lab::built(builder.overflow(Overflow::DropOldest));
    let mut first = lab.handle.try_submit(0).unwrap();
    lab.handle.try_put(1).unwrap();
    lab.handle.try_put(2).unwrap();
    assert!(matches!(
        poll(&mut first),
        Poll::Ready(Err(SubmitError::Evicted(0)))
    ));
    lab.handle.try_put(3).unwrap();
    let counts = lab.handle.counts();
    assert_eq!(
        (counts.accepted, counts.queued, counts.undelivered),
        (4, 2, 2)
    );
}

#[test]
fn a_retry_gets_what_was_left_in_its_order() {
    let builder = Waterfall::builder(n(4), LONG);
    let mut lab = Lab::built(builder.retry(|attempt, _| (attempt < 3).then_some(5 * MS)));
    lab.script
        .then(Act::Fail(1))
        .then(Act::Panic(2))
        .then(Act::Good);
    let mut submits = [0, 1, 2, 3].map(|item| lab.handle.try_submit(item).unwrap());
    lab.run();
    assert_eq!(lab.script.seen(), [[0, 1, 2, 3]]);
    lab.advance(5 * MS);
    lab.advance(5 * MS);
    assert_eq!(lab.script.seen()[1..], [vec![1, 2, 3], vec![3]]);
    let Poll::Ready(Err(error)) = poll(&mut submits[0]) else {
        panic!("the callback had taken it");
    };
    assert_eq!(
        error.failure().and_then(|failure| failure.error()),
        Some(&"no route")
    );
    for submit in &mut submits[1..3] {
        let Poll::Ready(Err(error)) = poll(submit) else {
            panic!("the second call had taken it");
        };
        assert!(error.failure().is_some_and(Failure::is_panicked));
    }
    assert!(matches!(poll(&mut submits[3]), Poll::Ready(Ok(30))));
    let counts = lab.handle.counts();
    assert_eq!((counts.delivered, counts.failed), (1, 3));
}

#[test]
fn the_observer_is_told_of_all_that_happens_and_may_panic() {
    let (events, log) = mpsc::channel();
    let builder = Waterfall::builder(n(2), 10 * MS)
        .retry(|attempt, _| (attempt < 2).then_some(MS))
        .observe(move |event: Event<u32, support::Error>| {
            let what = match event {
                Event::Dispatched { items, cause, .. } => format!("{items} for {cause:?}"),
                Event::Retrying { left, failed, .. } => format!("{left} again, {failed} failed"),
                Event::Failed { left, failed, .. } => format!("{failed} failed with {left:?}"),
                Event::Delivered {
                    items, attempts, ..
                } => format!("{items} in {attempts}"),
                _ => unreachable!("there are no others"),
            };
            events.send(what).unwrap();
            std::panic::resume_unwind(Box::new("not interested"));
        });
    let mut lab = Lab::built(builder);
    lab.script
        .then(Act::Good)
        .then(Act::Fail(0))
        .then(Act::Fail(1))
        .then(Act::Good);
    lab.put([0, 1]);
    lab.put([2, 3]);
    lab.advance(MS);
    lab.put([4]);
    lab.advance(10 * MS);
    let log: Vec<String> = log.try_iter().collect();
    let expected = [
        "2 for Items",
        "2 in 1",
        "2 for Items",
        "2 again, 0 failed",
        "2 failed with [3]",
        "1 for Time",
        "1 in 1",
    ];
    assert_eq!(log, expected);
    assert_eq!(format!("{:?}", Cause::Time), "Time");
}

#[test]
fn a_callback_that_wants_its_own_thread_only_need_not_be_send() {
    let seen = std::rc::Rc::new(std::cell::Cell::new(0));
    let counter = std::rc::Rc::clone(&seen);
    let (handle, driver) = Waterfall::builder(n(2), MS).build(move |batch: Batch<u32>| {
        counter.set(counter.get() + batch.len());
        async { Ok::<(), ()>(()) }
    });
    (0..5).for_each(|item| handle.try_put(item).unwrap());
    drop(handle);
    futures_lite::future::block_on(driver);
    assert_eq!(seen.get(), 5);
}

#[test]
fn a_panic_while_an_item_is_weighed_goes_on_in_the_put_and_nothing_else_changes() {
    let weigh = |item: &u32| -> u32 {
        if *item == 2 {
            std::panic::resume_unwind(Box::new("no scales"));
        }
        1
    };
    let builder = Waterfall::builder(n(2), LONG);
    let mut lab = Lab::built(builder.max_weight(NonZeroU32::MAX, weigh));
    lab.put([1]);
    let put = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| lab.handle.try_put(2)));
    assert!(put.is_err());
    assert_eq!(lab.handle.counts().accepted, 1);
    lab.put([3]);
    assert_eq!(lab.script.seen(), [[1, 3]]);
}

#[test]
fn a_retry_that_panics_is_no_retry() {
    let builder = Waterfall::builder(n(1), LONG);
    let mut lab = Lab::built(builder.retry(|_, _| std::panic::resume_unwind(Box::new("no idea"))));
    lab.script.then(Act::Fail(0));
    lab.put([1]);
    lab.put([2]);
    assert_eq!(lab.script.seen(), [[1], [2]], "the driver goes on");
    let counts = lab.handle.counts();
    assert_eq!((counts.failed, counts.delivered), (1, 1));
}
