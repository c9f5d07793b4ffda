//! The futures of `async-clock`, on every runtime.

use std::future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::Poll;
use std::time::{Duration, Instant};

use async_clock::{
    AsyncIoClock, Clock, ClockExt, Elapsed, ManualClock, MissedTick, SystemClock, TokioClock,
};
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use futures_lite::StreamExt;

const SHORT: Duration = Duration::from_millis(15);
/// Longer than any test runs: a wait for it that ends has gone wrong.
const LONG: Duration = Duration::from_secs(600);
/// How late a loaded machine may be.
const LATE: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);

/// A tokio runtime that its own worker drives, whoever waits.
static TOKIO: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_time().build();
    runtime.expect("a runtime")
});

/// Awaits what `wait` makes, and asserts that this takes `at_least` that long, counted from the
/// call, and not very much longer.
fn assert_takes<F: Future>(
    at_least: Duration,
    wait: impl FnOnce() -> F,
) -> impl Future<Output = F::Output> {
    let start = Instant::now();
    let wait = wait();
    async move {
        let output = wait.await;
        let taken = start.elapsed();
        assert!(taken >= at_least, "early: {taken:?} of {at_least:?}");
        assert!(taken < at_least + LATE, "late: {taken:?} of {at_least:?}");
        output
    }
}

/// Polls once with the task's own waker.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    future::poll_fn(|cx| match Pin::new(&mut *future).poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// The three kinds of wait on one clock.
async fn the_clock_works(clock: impl Clock) {
    assert_takes(SHORT, || clock.sleep(SHORT)).await;
    let at = clock.now() + SHORT;
    clock.sleep_until(at).await;
    assert!(clock.now() >= at);
    assert_eq!(
        clock.timeout(SHORT, future::pending::<()>()).await,
        Err(Elapsed)
    );
    assert_eq!(clock.timeout(LONG, async { 7 }).await, Ok(7));
    assert_eq!(clock.timeout(LONG, clock.sleep(SHORT)).await, Ok(()));
    let mut interval = clock.interval(SHORT);
    let first = interval.tick().await;
    let second = interval.tick().await;
    assert!(second.now >= first.scheduled + SHORT);
}

on_every_runtime! {
    async fn a_sleep_is_never_early() {
        assert_takes(SHORT, || async_clock::sleep(SHORT)).await;
        let at = Instant::now() + SHORT;
        assert_takes(Duration::ZERO, || async_clock::sleep_until(at)).await;
        assert!(Instant::now() >= at);
    }

    async fn a_sleep_counts_from_its_creation() {
        let clock = ManualClock::new();
        let sleep = clock.sleep(HOUR);
        clock.advance(HOUR);
        // Time moves no further: counted from its first poll, this would never end.
        sleep.await;
        clock.sleep(Duration::ZERO).await;
    }

    async fn a_timeout_ends_what_takes_too_long() {
        let stuck = || async_clock::timeout(SHORT, future::pending::<()>());
        assert_eq!(assert_takes(SHORT, stuck).await, Err(Elapsed));
        let at = Instant::now() + SHORT;
        let stuck = || async_clock::timeout_at(at, async_clock::sleep(LONG));
        assert_eq!(assert_takes(Duration::ZERO, stuck).await, Err(Elapsed));
        assert!(Instant::now() >= at);
    }

    async fn a_timeout_passes_on_what_comes_in_time() {
        assert_eq!(async_clock::timeout(LONG, async { "here" }).await, Ok("here"));
        let slow = async { async_clock::sleep(SHORT).await; "later" };
        assert_eq!(assert_takes(SHORT, || async_clock::timeout(LONG, slow)).await, Ok("later"));
        assert_eq!(async_clock::timeout(Duration::ZERO, async { "now" }).await, Ok("now"));
    }

    async fn an_interval_keeps_its_grid() {
        let mut interval = async_clock::interval(SHORT).missed_tick(MissedTick::Burst);
        let first = interval.tick().await;
        for number in 1..=4 {
            let tick = interval.tick().await;
            assert_eq!(tick.scheduled, first.scheduled + number * SHORT);
            assert!(tick.now >= tick.scheduled);
        }
    }

    async fn an_interval_is_a_stream() {
        let ticks: Vec<_> = async_clock::interval(SHORT).take(3).collect().await;
        assert!(ticks.windows(2).all(|pair| pair[1].scheduled >= pair[0].scheduled + SHORT));
        assert!(ticks.iter().all(|tick| tick.now >= tick.scheduled));
    }

    async fn sleeps_of_many_tasks_all_end(runtime) {
        let tasks: Vec<_> = (0..50_u64)
            .map(|task| {
                let duration = Duration::from_micros(task * 997 % 20_000);
                runtime.spawn(assert_takes(duration, move || async_clock::sleep(duration)))
            })
            .collect();
        for task in tasks {
            task.await;
        }
    }

    async fn a_sleep_may_change_its_task(runtime) {
        let mut sleep = async_clock::sleep(2 * SHORT);
        assert_eq!(poll_once(&mut sleep).await, None);
        // The other task's waker takes the place of this one's.
        assert_takes(Duration::ZERO, || runtime.spawn(sleep)).await;
    }

    async fn a_sleep_may_be_moved_while_it_waits() {
        let mut sleep = async_clock::sleep(LONG);
        assert_eq!(poll_once(&mut sleep).await, None);
        for _ in 0..2 {
            let sleep = &mut sleep;
            let moved = move || {
                sleep.reset_after(SHORT);
                sleep
            };
            assert_takes(SHORT, moved).await;
        }
    }

    async fn the_winner_of_a_race_leaves_nothing_behind() {
        for _ in 0..20 {
            let lost = async { async_clock::sleep(LONG).await; "lost" };
            let won = async { async_clock::sleep(Duration::from_millis(1)).await; "won" };
            assert_eq!(futures_lite::future::or(lost, won).await, "won");
        }
    }

    async fn every_clock_works() {
        the_clock_works(SystemClock).await;
        the_clock_works(AsyncIoClock).await;
        the_clock_works(TokioClock::new(TOKIO.handle().clone())).await;
    }

    async fn a_manual_clock_drives_itself() {
        let clock = ManualClock::new();
        let start = clock.now();
        let mut interval = clock.interval(HOUR);
        clock.drive(async {
            clock.sleep(HOUR).await;
            assert_eq!(clock.timeout(HOUR, future::pending::<()>()).await, Err(Elapsed));
            interval.tick().await;
        })
        .await;
        assert_eq!(clock.now(), start + 2 * HOUR);
    }

    async fn a_manual_clock_moves_the_tasks_of_the_runtime(runtime) {
        let clock = ManualClock::new();
        let start = clock.now();
        let tasks: Vec<_> = (1..=3)
            .map(|hours| {
                let sleep = clock.sleep(hours * HOUR);
                let clock = clock.clone();
                runtime.spawn(async move {
                    sleep.await;
                    clock.now()
                })
            })
            .collect();
        clock.wait_for_timers(3).await;
        for (task, hours) in tasks.into_iter().zip(1..) {
            clock.advance(HOUR);
            // Time stands still until the next turn.
            assert_eq!(task.await, start + hours * HOUR);
        }
        assert_eq!(clock.pending(), 0);
    }

    async fn a_manual_clock_yields_to_tasks_that_arm_again(runtime) {
        let clock = ManualClock::new();
        let start = clock.now();
        let worker = clock.clone();
        let worker = runtime.spawn(async move {
            let mut seen = Vec::new();
            for _ in 0..3 {
                worker.sleep(HOUR).await;
                seen.push(worker.now());
            }
            seen
        });
        for _ in 0..3 {
            clock.wait_for_timers(1).await;
            clock.advance_yielding(HOUR).await;
        }
        assert_eq!(worker.await, [start + HOUR, start + 2 * HOUR, start + 3 * HOUR]);
    }
}

#[test]
fn tokio_clock_stands_still_with_its_runtime() {
    testkit::within_seconds(30, || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let clock = TokioClock::current();
            let start = clock.now();
            let mut sleep = clock.sleep(HOUR);
            assert_eq!(poll_once(&mut sleep).await, None);
            tokio::time::advance(HOUR / 2).await;
            assert_eq!(poll_once(&mut sleep).await, None);
            assert_eq!(clock.now(), start + HOUR / 2);
            tokio::time::advance(HOUR).await;
            assert_eq!(poll_once(&mut sleep).await, Some(()));
            // Idle, paused time goes to the next deadline by itself.
            assert_eq!(
                clock.timeout(HOUR, future::pending::<()>()).await,
                Err(Elapsed)
            );
            assert!(clock.now() >= start + 2 * HOUR);
        });
    });
}

#[test]
fn one_manual_clock_moves_every_runtime_at_once() {
    let clock = ManualClock::new();
    let start = clock.now();
    let waiters = clock.clone();
    let mover = std::thread::spawn(move || {
        // Each runtime sleeps in a task of its own and in its main one, thrice.
        for _ in 0..3 {
            clock.wait_for_timers_blocking(2 * Runtime::ALL.len());
            clock.advance(HOUR);
        }
    });
    let seen = on_all_at_once(move |runtime| {
        let (clock, beside) = (waiters.clone(), waiters.clone());
        async move {
            let task = runtime.spawn(async move {
                for hours in 1..=3 {
                    beside.sleep_until(start + hours * HOUR).await;
                }
                beside.now()
            });
            for hours in 1..=3 {
                clock.sleep_until(start + hours * HOUR).await;
            }
            (clock.now(), task.await)
        }
    });
    assert_eq!(
        seen,
        [(start + 3 * HOUR, start + 3 * HOUR); Runtime::ALL.len()]
    );
    testkit::within_seconds(10, || mover.join().expect("no panic"));
}

#[test]
fn the_system_clock_serves_every_runtime_at_once() {
    let ended = on_all_at_once(|runtime| async move {
        let tasks: Vec<_> = (0..20_u64)
            .map(|task| {
                let duration = Duration::from_micros(task * 499);
                runtime.spawn(assert_takes(duration, move || async_clock::sleep(duration)))
            })
            .collect();
        let mut ended = 0;
        for task in tasks {
            task.await;
            ended += 1;
        }
        ended
    });
    assert_eq!(ended, [20; Runtime::ALL.len()]);
}
