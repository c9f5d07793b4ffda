//! Whatever is dropped, and whenever: every item is in one place, and is dropped once.

mod support;

use async_clock::ManualClock;
use async_waterfall::{Batch, Counts, Failure, SubmitError, Waterfall};
use futures_lite::future::yield_now;
use std::future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;
use support::{Act, LONG, Lab, MS, n, poll};
use testkit::{Drops, Item, drop_after_each_poll, poll_once};

type Handle = Waterfall<Item, u32, &'static str, ManualClock>;
type Boxed = Pin<Box<dyn Future<Output = ()>>>;

/// Two items per batch, three queued; each call yields twice, and every other one fails.
fn world(drops: &Drops) -> (Handle, Boxed) {
    let mut calls = 0;
    let (handle, driver) = Waterfall::builder(n(2), 10 * MS)
        .capacity(n(3))
        .clock(ManualClock::new())
        .retry(|attempt, _| (attempt < 2).then_some(Duration::ZERO))
        .build(move |mut batch: Batch<Item>| {
            calls += 1;
            let fails = calls % 2 == 0;
            async move {
                yield_now().await;
                drop(batch.next());
                yield_now().await;
                let left = u32::try_from(batch.len()).unwrap();
                if fails {
                    Err("no route")
                } else {
                    Ok(vec![7; left as usize + 1])
                }
            }
        });
    let _ = drops;
    (handle, Box::pin(driver))
}

/// Whoever waits for it goes on when it is rung, and not in the same poll.
#[derive(Clone, Default)]
struct Bell(Arc<Mutex<Vec<Waker>>>);

impl Bell {
    async fn rung(&self) {
        let mut waits = true;
        future::poll_fn(|cx| {
            if mem::take(&mut waits) {
                self.0.lock().unwrap().push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }

    fn ring(&self) {
        let wakers = mem::take(&mut *self.0.lock().unwrap());
        wakers.into_iter().for_each(Waker::wake);
    }
}

fn assert_conserved(counts: Counts) {
    let places =
        counts.queued + counts.in_flight + counts.delivered + counts.failed + counts.undelivered;
    assert_eq!(counts.accepted, places, "{counts:?}");
}

/// Drops what `make` makes after each number of polls, polling the driver between; then everything
/// else goes its way.
fn check<F: Future>(name: &str, make: impl Fn(&Handle, &Drops) -> F) {
    let completed = drop_after_each_poll(
        20,
        || {
            let drops = Drops::new();
            let (handle, driver) = world(&drops);
            for _ in 0..3 {
                handle.try_put(drops.item()).unwrap();
            }
            (make(&handle, &drops), (handle, Some(driver), drops))
        },
        |(handle, driver, _)| {
            assert_conserved(handle.counts());
            if let Some(running) = driver {
                if poll(running).is_ready() {
                    *driver = None;
                }
            }
        },
        |(handle, driver, drops), polls| {
            assert_conserved(handle.counts());
            handle.close();
            if let Some(driver) = driver {
                futures_lite::future::block_on(driver);
            }
            let counts = handle.counts();
            assert_conserved(counts);
            assert_eq!(
                counts.queued + counts.in_flight,
                0,
                "{name}, {polls} polls: {counts:?}"
            );
            drop(handle);
            assert_eq!(drops.live(), 0, "{name}, {polls} polls");
        },
    );
    assert!(completed.is_some(), "{name} completes");
}

#[test]
fn a_put_may_be_dropped_after_any_poll() {
    check("put", |handle, drops| {
        let (handle, item) = (handle.clone(), drops.item());
        async move { handle.put(item).await }
    });
    check("put_owned", |handle, drops| handle.put_owned(drops.item()));
}

#[test]
fn a_submit_may_be_dropped_after_any_poll() {
    check("submit", |handle, drops| handle.submit(drops.item()));
}

#[test]
fn a_flush_may_be_dropped_after_any_poll() {
    check("flush", |handle, _| handle.flush());
}

#[test]
fn a_stop_may_be_dropped_after_any_poll() {
    check("stop", |handle, _| handle.stop(LONG));
}

#[test]
fn the_driver_may_be_dropped_after_any_poll() {
    for in_flight in [1, 2, 3] {
        let completed = drop_after_each_poll(
            40,
            || {
                let (drops, bell) = (Drops::new(), Bell::default());
                let rings = bell.clone();
                let (handle, driver) = Waterfall::builder(n(2), LONG)
                    .max_in_flight(n(in_flight))
                    .retry(|attempt, _| (attempt < 3).then_some(Duration::ZERO))
                    .build(move |mut batch: Batch<Item>| {
                        let bell = bell.clone();
                        async move {
                            bell.rung().await;
                            drop(batch.next());
                            bell.rung().await;
                            if batch.len() == 1 {
                                Err("no route")
                            } else {
                                Ok(vec![7])
                            }
                        }
                    });
                let submits: Vec<_> = (0..4)
                    .map(|_| handle.try_submit(drops.item()).unwrap())
                    .collect();
                for _ in 0..3 {
                    handle.try_put(drops.item()).unwrap();
                }
                handle.close();
                (driver, (handle, submits, drops, rings))
            },
            |(handle, _, _, bell)| {
                assert_conserved(handle.counts());
                bell.ring();
            },
            |(handle, mut submits, drops, _), polls| {
                let counts = handle.counts();
                assert_conserved(counts);
                assert_eq!(
                    counts.queued + counts.in_flight,
                    0,
                    "{polls} polls: {counts:?}"
                );
                let mut returned = handle.take_undelivered().len();
                for submit in &mut submits {
                    match poll(submit) {
                        Poll::Ready(Ok(_) | Err(SubmitError::Failed(_))) => {}
                        Poll::Ready(Err(SubmitError::Stopped(_item))) => returned += 1,
                        other => panic!("{polls} polls: {other:?}"),
                    }
                }
                assert_eq!(counts.undelivered, returned as u64, "{polls} polls");
                drop((handle, submits));
                assert_eq!(drops.live(), 0, "{polls} polls");
            },
        );
        assert!(
            completed.is_some_and(|polls| polls > 3),
            "{in_flight}: {completed:?}"
        );
    }
}

#[test]
fn a_dropped_driver_gives_back_what_was_not_dispatched() {
    let mut lab = Lab::new(2, LONG);
    lab.script.then(Act::Hang);
    let mut submits = [1, 2, 3].map(|item| lab.handle.try_submit(item).unwrap());
    lab.put([4, 5]);
    lab.driver = None;
    for (submit, item) in submits.iter_mut().zip(1..) {
        match poll(submit) {
            Poll::Ready(Err(SubmitError::Failed(failure))) if item < 3 => {
                assert!(failure.is_abandoned());
            }
            Poll::Ready(Err(SubmitError::Stopped(back))) => assert_eq!(back, 3),
            other => panic!("{item}: {other:?}"),
        }
    }
    assert_eq!(lab.handle.take_undelivered(), [4, 5]);
    let counts = lab.handle.counts();
    assert_eq!((counts.failed, counts.undelivered), (2, 3));
}

#[test]
fn when_all_handles_are_gone_the_rest_is_delivered_and_the_driver_ends() {
    let mut lab = Lab::new(2, LONG);
    lab.put([1, 2, 3]);
    let submit = lab.handle.try_submit(4).unwrap();
    let (other, _) = Waterfall::builder(n(1), LONG)
        .clock(lab.clock.clone())
        .build(async |_: Batch<u32>| -> Result<Vec<u32>, support::Error> { Ok(vec![]) });
    drop(mem::replace(&mut lab.handle, other));
    lab.run();
    assert_eq!(lab.script.seen(), [vec![1, 2], vec![3, 4]]);
    assert!(lab.driver.is_some(), "a submit that waits is a handle too");
    assert!(matches!(poll(&mut { submit }), Poll::Ready(Ok(40))));
    assert!(lab.run() && lab.driver.is_none());
}

#[test]
fn a_future_that_is_done_and_kept_does_not_keep_the_driver_from_ending() {
    let (handle, driver) =
        Waterfall::builder(n(1), LONG).build(async |_: Batch<u32>| -> Result<(), ()> { Ok(()) });
    let (put, submit, flush) = (handle.put_owned(1), handle.submit(2), handle.flush());
    drop(handle);
    let all = futures_lite::future::zip(futures_lite::future::zip(put, submit), flush);
    // `zip` keeps both until the last is done.
    let ended = testkit::within_seconds(10, || {
        futures_lite::future::block_on(futures_lite::future::zip(all, driver))
    });
    assert!(ended.0.1.is_ok());
}

#[test]
fn who_waits_for_room_and_is_let_in_may_go_without_looking() {
    let mut lab = Lab::built(Waterfall::builder(n(1), LONG).capacity(n(1)));
    lab.script.then(Act::Hang);
    lab.put([1]); // goes to the callback
    lab.put([2]);
    let mut put = lab.handle.put(3);
    assert!(poll_once(&mut put, Waker::noop()).is_pending());
    let mut submit = lab.handle.submit(4);
    assert!(poll_once(&mut submit, Waker::noop()).is_pending());
    // Both are let in, one after the other, as those before are taken back or stop.
    assert_eq!(lab.handle.counts().queued, 1);
    let report = futures_lite::future::block_on(lab.handle.stop(Duration::ZERO));
    assert_eq!(report.returned, [2]);
    let refused = poll(&mut put);
    assert!(matches!(refused, Poll::Ready(Err(error)) if error.into_inner() == 3));
    assert_eq!(submit.cancel(), Some(4));
}

#[test]
fn callers_that_come_and_go_while_the_callback_hangs_leave_nothing_behind() {
    let mut lab = Lab::built(Waterfall::builder(n(4), LONG).capacity(n(100)));
    lab.script.then(Act::Hang);
    lab.put(0..4);
    // One after another, each going only when the next is there.
    let mut before = lab.handle.try_submit(0).unwrap();
    let mut kept = Vec::new();
    for round in 0..10_000 {
        let next = lab.handle.try_submit(round).unwrap();
        if round % 1000 == 0 {
            kept.push((round, lab.handle.try_submit(round).unwrap()));
        }
        drop(mem::replace(&mut before, next));
    }
    drop(before);
    assert_eq!(lab.handle.counts().queued, 10);
    lab.driver = None;
    for (item, submit) in &mut kept {
        let Poll::Ready(Err(error)) = poll(submit) else {
            panic!("{item} waits");
        };
        assert_eq!(error.into_inner(), Some(*item));
    }
}

#[test]
fn tombstones_are_cleared_away_and_the_order_stays() {
    let mut lab = Lab::built(Waterfall::builder(n(8), LONG).capacity(n(1000)));
    lab.script.then(Act::Hang);
    lab.put(0..8);
    let submits: Vec<_> = (0..400)
        .map(|item| lab.handle.try_submit(item).unwrap())
        .collect();
    let mut kept = Vec::new();
    for (item, submit) in (0..).zip(submits) {
        if item % 16 == 5 {
            kept.push((item, submit));
        } else {
            assert_eq!(submit.cancel(), Some(item));
        }
    }
    let mut stop = lab.handle.stop(LONG);
    assert!(poll(&mut stop).is_pending());
    lab.driver = None;
    let mut back = Vec::new();
    for (item, submit) in &mut kept {
        match poll(submit) {
            Poll::Ready(Err(SubmitError::Stopped(is))) => assert_eq!(is, *item),
            other => panic!("{item}: {other:?}"),
        }
        back.push(*item);
    }
    assert!(back.into_iter().eq((0..400).filter(|item| item % 16 == 5)));
    let Poll::Ready(report) = poll(&mut stop) else {
        panic!("the driver is gone");
    };
    assert_eq!((report.failed, report.undelivered), (8, 400));
}

#[test]
fn a_batch_that_is_kept_beyond_its_call_is_not_taken_for_the_next() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let (handle, mut driver) = Waterfall::builder(n(2), LONG)
        .retry(|_, _| Some(Duration::ZERO))
        .build(move |batch: Batch<u32>| {
            keep.lock().unwrap().push(batch);
            async { Err::<(), _>("kept") }
        });
    let mut first = handle.try_submit(1).unwrap();
    handle.try_put(2).unwrap();
    assert!(poll(&mut driver).is_pending());
    // Nothing was left, so there is nothing to try again.
    assert!(matches!(
        poll(&mut first),
        Poll::Ready(Err(SubmitError::Failed(Failure::Error(_))))
    ));
    drop(kept.lock().unwrap().pop());
    handle.try_put(3).unwrap();
    handle.try_put(4).unwrap();
    assert!(poll(&mut driver).is_pending());
    assert_eq!(kept.lock().unwrap()[0].as_slice(), [3, 4]);
    assert_eq!(handle.counts().failed, 4);
}
