//! Faults of other batchers, each as a promise of ours; where they were seen is said with each.

mod support;

use async_clock::Clock;
use async_waterfall::{Batch, Failure, Overflow, PutError, SubmitError, Waterfall};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;
use support::{Act, LONG, Lab, MS, n, poll};
use testkit::within_seconds;

/// ultra-batch 0.3 counts from the last item: under a trickle, 20 ms became 212 ms.
#[test]
fn a_trickle_does_not_put_a_batch_off() {
    let mut lab = Lab::new(1000, 20 * MS);
    let start = lab.clock.now();
    for item in 0..10 {
        lab.put([item]);
        lab.advance(5 * MS);
        if !lab.script.seen().is_empty() {
            break;
        }
    }
    assert_eq!(lab.clock.now() - start, 20 * MS);
    assert_eq!(lab.script.seen(), [vec![0, 1, 2, 3]]);
}

/// ultra-batch 0.3, graph-gophers/dataloader#18, tower#455, linkerd2#14731: after one panic of the
/// callback nothing works any more.
#[test]
fn after_a_panic_the_next_batch_works() {
    for act in [Act::Panic(0), Act::PanicAtOnce] {
        let mut lab = Lab::new(2, LONG);
        lab.script.then(act);
        let mut first = lab.handle.try_submit(1).unwrap();
        let mut second = lab.handle.try_submit(2).unwrap();
        lab.run();
        for submit in [&mut first, &mut second] {
            let Poll::Ready(Err(SubmitError::Failed(Failure::Panicked(panic)))) = poll(submit)
            else {
                panic!("{act:?}: all of the batch are told");
            };
            assert!(matches!(panic.message(), Some("bang" | "at once")));
        }
        let mut third = lab.handle.try_submit(3).unwrap();
        let mut fourth = lab.handle.try_submit(4).unwrap();
        lab.run();
        assert!(matches!(poll(&mut third), Poll::Ready(Ok(30))));
        assert!(matches!(poll(&mut fourth), Poll::Ready(Ok(40))));
    }
}

/// dataloader 0.18: when one caller is cancelled, the others panic. (It also leaks 36 bytes per
/// load; see `allocations.rs`.)
#[test]
fn a_caller_that_goes_away_touches_nobody_else() {
    let mut lab = Lab::new(3, LONG);
    let mut first = lab.handle.try_submit(1).unwrap();
    let gone = lab.handle.try_submit(2).unwrap();
    drop(gone);
    let mut third = lab.handle.try_submit(3).unwrap();
    let mut fourth = lab.handle.try_submit(4).unwrap();
    lab.run();
    assert_eq!(
        lab.script.seen(),
        [vec![1, 3, 4]],
        "nobody asks for it any more"
    );
    assert!(matches!(poll(&mut first), Poll::Ready(Ok(10))));
    assert!(matches!(poll(&mut third), Poll::Ready(Ok(30))));
    assert!(matches!(poll(&mut fourth), Poll::Ready(Ok(40))));

    // The same once it is dispatched.
    lab.script.then(Act::Replies(3));
    let gone = lab.handle.try_submit(5).unwrap();
    let mut rest = [6, 7].map(|item| lab.handle.try_submit(item).unwrap());
    lab.run();
    drop(gone);
    for submit in &mut rest {
        assert!(matches!(poll(submit), Poll::Ready(Ok(0))));
    }
}

/// ultra-batch 0.3 hands the replies out one by one: with too few, callers get those of others.
#[test]
fn a_wrong_number_of_replies_is_a_failure_for_all() {
    for got in [0, 1, 2, 4, 100] {
        let mut lab = Lab::new(3, LONG);
        lab.script.then(Act::Replies(got));
        let mut submits = [1, 2, 3].map(|item| lab.handle.try_submit(item).unwrap());
        lab.run();
        for submit in &mut submits {
            let Poll::Ready(Err(SubmitError::Failed(failure))) = poll(submit) else {
                panic!("{got} replies are taken for 3");
            };
            assert!(
                matches!(failure, Failure::WrongCount { expected: 3, got: is } if is == got),
                "{got}: {failure:?}"
            );
        }
        assert_eq!(lab.handle.counts().failed, 3);
    }
}

/// A waterfall whose driver runs on a thread, and sums what it delivers.
fn running(
    max_items: usize,
    max_wait: Duration,
) -> (
    Waterfall<usize, (), ()>,
    Arc<AtomicUsize>,
    thread::JoinHandle<()>,
) {
    let sum = Arc::new(AtomicUsize::new(0));
    let delivered = Arc::clone(&sum);
    let (handle, driver) = Waterfall::builder(n(max_items), max_wait)
        .capacity(NonZeroUsize::MAX)
        .build(move |batch: Batch<usize>| {
            delivered.fetch_add(batch.sum(), Ordering::SeqCst);
            async { Ok::<(), ()>(()) }
        });
    let thread = thread::spawn(|| futures_lite::future::block_on(driver));
    (handle, sum, thread)
}

/// opentelemetry-rust#3453: an item was accepted in one step and counted in another, and a flush
/// between them missed it.
#[test]
fn producers_that_race_a_stop_know_what_was_accepted() {
    within_seconds(50, || {
        for round in 0..300 {
            let (handle, sum, driver) = running(1 + round % 7, LONG);
            let go = Arc::new(AtomicBool::new(false));
            let producers: Vec<_> = (0..8)
                .map(|_| {
                    let (handle, go) = (handle.clone(), Arc::clone(&go));
                    thread::spawn(move || {
                        while !go.load(Ordering::SeqCst) {
                            thread::yield_now();
                        }
                        (1..100)
                            .take_while(|&item| handle.try_put(item).is_ok())
                            .sum::<usize>()
                    })
                })
                .collect();
            go.store(true, Ordering::SeqCst);
            if round % 2 == 0 {
                thread::yield_now();
            }
            let limit = if round % 3 == 0 { Duration::ZERO } else { LONG };
            let report = handle.stop_blocking(limit);
            let accepted: usize = producers.into_iter().map(|each| each.join().unwrap()).sum();
            drop(handle);
            driver.join().unwrap();
            let returned: usize = report.returned.iter().sum();
            assert_eq!(
                accepted,
                sum.load(Ordering::SeqCst) + returned,
                "round {round}"
            );
        }
    });
}

#[test]
fn a_flush_misses_nothing_that_was_accepted_before_it() {
    within_seconds(50, || {
        let (handle, sum, driver) = running(64, LONG);
        let producers: Vec<_> = (0..4)
            .map(|_| {
                let (handle, sum) = (handle.clone(), Arc::clone(&sum));
                thread::spawn(move || {
                    for _ in 0..500 {
                        handle.try_put(1).unwrap();
                        let before = handle.counts().accepted;
                        handle.flush_blocking().unwrap();
                        let after = sum.load(Ordering::SeqCst) as u64;
                        assert!(after >= before, "{after} of {before}");
                    }
                })
            })
            .collect();
        for each in producers {
            each.join().unwrap();
        }
        assert_eq!(sum.load(Ordering::SeqCst), 2000);
        drop(handle);
        driver.join().unwrap();
    });
}

/// librdkafka#3489, confluent-kafka-dotnet#1670: a flush waits the linger out.
#[test]
fn a_flush_does_not_wait_for_the_clock() {
    let mut lab = Lab::new(100, LONG);
    lab.put([1, 2]);
    let mut flush = lab.handle.flush();
    assert!(poll(&mut flush).is_pending());
    assert!(lab.run(), "the flush wakes the driver");
    assert_eq!(poll(&mut flush), Poll::Ready(Ok(())));
    assert_eq!(lab.script.seen(), [vec![1, 2]]);

    // Nor for the batches behind it.
    lab.script.then(Act::Good).then(Act::Hang);
    lab.handle.try_put(3).unwrap();
    let mut flush = lab.handle.flush();
    assert!(poll(&mut flush).is_pending());
    lab.run();
    lab.put([4]);
    assert_eq!(poll(&mut flush), Poll::Ready(Ok(())));
}

/// batch-aint-one 0.16: a shutdown does not end as long as items are added.
#[test]
fn from_the_stop_on_nothing_is_accepted() {
    within_seconds(50, || {
        let (handle, _, driver) = running(10, LONG);
        let over = Arc::new(AtomicBool::new(false));
        let adder = {
            let (handle, over) = (handle.clone(), Arc::clone(&over));
            thread::spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    let _ = handle.try_put(1);
                }
            })
        };
        let report = handle.stop_blocking(Duration::MAX);
        assert_eq!(handle.try_put(1), Err(PutError::Stopped(1)));
        assert_eq!(report.delivered, handle.counts().accepted);
        over.store(true, Ordering::SeqCst);
        adder.join().unwrap();
        driver.join().unwrap();
    });
}

/// janus#715, #294, #237: who is blocked in a put hangs for ever after the close.
#[test]
fn a_blocked_put_ends_when_the_waterfall_does() {
    within_seconds(50, || {
        for way in 0..3 {
            let (handle, driver) = Waterfall::builder(n(1), LONG)
                .capacity(n(1))
                .overflow(Overflow::Wait)
                .build(async |_: Batch<u32>| -> Result<(), ()> { Ok(()) });
            handle.try_put(1).unwrap();
            let blocked: Vec<_> = (2..20)
                .map(|item| {
                    let handle = handle.clone();
                    thread::spawn(move || {
                        if item % 2 == 0 {
                            handle
                                .put_blocking(item)
                                .map_err(PutError::into_inner)
                                .err()
                        } else {
                            let refused = handle.submit_blocking(item).unwrap_err();
                            assert!(refused.is_stopped());
                            refused.into_inner()
                        }
                    })
                })
                .collect();
            let mut driver = Some(driver);
            match way {
                0 => handle.close(),
                1 => drop(driver.take()),
                _ => assert_eq!(handle.stop_blocking(Duration::ZERO).returned, [1]),
            }
            let mut back: Vec<_> = blocked
                .into_iter()
                .map(|each| each.join().unwrap())
                .collect();
            back.sort_unstable();
            assert!(back.into_iter().eq((2..20).map(Some)), "way {way}");
        }
    });
}
