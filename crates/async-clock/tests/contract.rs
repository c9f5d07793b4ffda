//! What every clock promises, checked on each one.
#![cfg(all(feature = "system", feature = "manual"))]

use async_clock::alarm::{Alarm, AlarmHost, Fired, settle};
use async_clock::{Clock, ClockExt, ManualClock, SystemClock, Timer};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Waker;
use std::time::{Duration, Instant};
use testkit::{CountWaker, on_drop, on_wake, poll_once, within_seconds};

/// A clock, and how its time passes while a test waits.
trait Stage: Clone + Send + Sync + 'static {
    type Clock: Clock;

    fn clock(&self) -> Self::Clock;

    /// Lets time pass until `done`; fails if that takes more than 20 s of the clock's time.
    fn pass_until(&self, done: &mut dyn FnMut() -> bool);
}

/// A step in which nothing that the tests arm for later falls due by accident.
const STEP: Duration = Duration::from_millis(5);
const SOON: Duration = Duration::from_millis(20);
const LATER: Duration = Duration::from_secs(5);

/// Waits for wakes that come from another thread, without polling in a loop.
fn wait_in_real_time(done: &mut dyn FnMut() -> bool) {
    let (_keep, never) = mpsc::channel::<()>();
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "nothing happens");
        // The condition is looked at again every step; it is not a time to synchronise by.
        assert!(never.recv_timeout(STEP).is_err());
    }
}

#[derive(Clone)]
struct System;

impl Stage for System {
    type Clock = SystemClock;

    fn clock(&self) -> SystemClock {
        SystemClock
    }

    fn pass_until(&self, done: &mut dyn FnMut() -> bool) {
        wait_in_real_time(done);
    }
}

#[derive(Clone, Default)]
struct Manual(ManualClock);

impl Stage for Manual {
    type Clock = ManualClock;

    fn clock(&self) -> ManualClock {
        self.0.clone()
    }

    fn pass_until(&self, done: &mut dyn FnMut() -> bool) {
        for _ in 0..4000 {
            if done() {
                return;
            }
            self.0.advance(STEP);
        }
        panic!("nothing happens");
    }
}

#[cfg(feature = "async-io")]
#[derive(Clone)]
struct AsyncIo;

#[cfg(feature = "async-io")]
impl Stage for AsyncIo {
    type Clock = async_clock::AsyncIoClock;

    fn clock(&self) -> Self::Clock {
        async_clock::AsyncIoClock
    }

    fn pass_until(&self, done: &mut dyn FnMut() -> bool) {
        wait_in_real_time(done);
    }
}

#[cfg(feature = "tokio")]
#[derive(Clone)]
struct Tokio(Arc<tokio::runtime::Runtime>);

#[cfg(feature = "tokio")]
impl Tokio {
    fn new(paused: bool) -> Self {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        Self(Arc::new(
            builder.enable_time().start_paused(paused).build().unwrap(),
        ))
    }
}

#[cfg(feature = "tokio")]
impl Stage for Tokio {
    type Clock = async_clock::TokioClock;

    fn clock(&self) -> Self::Clock {
        async_clock::TokioClock::new(self.0.handle().clone())
    }

    fn pass_until(&self, done: &mut dyn FnMut() -> bool) {
        self.0.block_on(async {
            let start = tokio::time::Instant::now();
            while !done() {
                assert!(start.elapsed() < Duration::from_secs(20), "nothing happens");
                // Paused, it moves by itself while its runtime has nothing else to do.
                let step = self.clock().sleep(STEP);
                step.await;
            }
        });
    }
}

fn never_early_and_once(stage: &impl Stage) {
    let clock = stage.clock();
    let at = clock.now() + SOON;
    let (sender, woken) = mpsc::channel();
    let seen = clock.clone();
    let timer = clock.arm(at, &on_wake(move || sender.send(seen.now()).unwrap()));
    assert_eq!(timer.deadline(), at);
    let mut wakes = Vec::new();
    stage.pass_until(&mut || {
        wakes.extend(woken.try_iter());
        !wakes.is_empty()
    });
    assert!(wakes[0] >= at, "early");
    assert!(timer.is_fired());
    // A timer armed after it has its turn, and the first one is not called again.
    let (count, second) = CountWaker::new();
    let _timer = clock.arm(clock.now() + SOON, &second);
    stage.pass_until(&mut || count.wakes() == 1);
    assert_eq!(woken.try_iter().count(), 0);
}

fn a_past_instant_is_called_at_once(stage: &impl Stage) {
    let clock = stage.clock();
    let (count, waker) = CountWaker::new();
    let timer = clock.arm(clock.now(), &waker);
    stage.pass_until(&mut || count.wakes() == 1);
    assert!(timer.is_fired());
}

fn dropping_cancels_and_drops_the_waker(stage: &impl Stage) {
    let clock = stage.clock();
    let (count, waker) = CountWaker::new();
    let timer = clock.arm(clock.now() + SOON, &waker);
    drop(timer);
    // Ours and `waker`'s stay; async-io drops the timer's at the next turn of its reactor.
    stage.pass_until(&mut || Arc::strong_count(&count) == 2);
    let (other, waker) = CountWaker::new();
    let _timer = clock.arm(clock.now() + 2 * SOON, &waker);
    stage.pass_until(&mut || other.wakes() == 1);
    assert_eq!(count.wakes(), 0);
}

fn the_last_waker_is_called(stage: &impl Stage) {
    let clock = stage.clock();
    let (first, first_waker) = CountWaker::new();
    let (second, second_waker) = CountWaker::new();
    let mut timer = clock.arm(clock.now() + SOON, &first_waker);
    assert!(!timer.poll_fired(&second_waker));
    stage.pass_until(&mut || second.wakes() == 1);
    assert_eq!(first.wakes(), 0);
    assert!(timer.poll_fired(&first_waker), "fired stays fired");
}

fn reset_moves_and_says_when_it_is_too_late(stage: &impl Stage) {
    let clock = stage.clock();
    // Earlier, later, past: the waker is kept.
    for (armed, moved) in [(LATER, SOON), (SOON, 3 * SOON), (LATER, Duration::ZERO)] {
        let start = clock.now();
        let (count, waker) = CountWaker::new();
        let mut timer = clock.arm(start + armed, &waker);
        assert!(timer.reset(start + moved), "{armed:?} to {moved:?}");
        assert_eq!(timer.deadline(), start + moved);
        stage.pass_until(&mut || count.wakes() == 1);
        assert!(clock.now() >= start + moved, "{armed:?} to {moved:?}");
        assert!(clock.now() < start + LATER, "{armed:?} to {moved:?}");
        assert!(timer.is_fired());
        assert!(!timer.reset(clock.now() + SOON), "its waker is spent");
    }
}

fn far_instants_never_fire_and_never_panic(stage: &impl Stage) {
    let clock = stage.clock();
    let (count, waker) = CountWaker::new();
    let mut far = Vec::new();
    for bit in 30..64 {
        let Some(at) = clock.now().checked_add(Duration::from_secs(1 << bit)) else {
            continue;
        };
        let mut timer = clock.arm(at, &waker);
        assert!(!timer.poll_fired(&waker), "2^{bit} s");
        assert!(timer.reset(at), "2^{bit} s");
        far.push(timer);
    }
    let (near, near_waker) = CountWaker::new();
    let _timer = clock.arm(clock.now() + SOON, &near_waker);
    stage.pass_until(&mut || near.wakes() == 1);
    assert_eq!(count.wakes(), 0);
    // One that was out of reach comes back into reach.
    let mut back = far.pop().expect("some instant lies ahead");
    assert!(back.reset(clock.now() + SOON));
    stage.pass_until(&mut || count.wakes() == 1);
}

fn wakers_may_call_back(stage: &impl Stage) {
    let (clock, staged) = (stage.clock(), stage.clone());
    // While it is called, and while it is dropped by its cancellation.
    let (done, finished) = mpsc::channel();
    let inner = clock.clone();
    let timer = clock.arm(
        clock.now() + SOON,
        &on_wake(move || {
            let mut timer = inner.arm(inner.now() + LATER, Waker::noop());
            assert!(!timer.poll_fired(Waker::noop()));
            drop(timer);
            done.send(()).unwrap();
        }),
    );
    staged.pass_until(&mut || finished.try_recv().is_ok());
    drop(timer);
    let inner = clock.clone();
    let calls_back = on_drop(move || drop(inner.arm(inner.now() + LATER, Waker::noop())));
    let mut timer = clock.arm(clock.now() + LATER, &calls_back);
    assert!(!timer.poll_fired(Waker::noop()));
    drop(timer);
    drop(clock.arm(clock.now() + LATER, &calls_back));
}

fn sleeps_timeouts_and_intervals_run(stage: &impl Stage) {
    let clock = stage.clock();
    let (_, waker) = CountWaker::new();
    let start = clock.now();
    let mut sleep = clock.sleep(SOON);
    let mut timeout = clock.timeout(SOON, std::future::pending::<()>());
    let mut interval = clock.interval_at(start + SOON, SOON);
    let (mut ends, mut ticks) = ([false; 2], 0);
    stage.pass_until(&mut || {
        ends[0] |= poll_once(&mut sleep, &waker).is_ready();
        ends[1] |= poll_once(&mut timeout, &waker).is_ready();
        if poll_once(&mut interval.tick(), &waker).is_ready() {
            ticks += 1;
        }
        ends == [true; 2] && ticks == 3
    });
    assert!(clock.now() >= start + 3 * SOON);
}

/// Counts its rings.
struct Bell<C: Clock> {
    clock: C,
    state: Mutex<(Alarm<C>, usize)>,
}

impl<C: Clock> AlarmHost for Bell<C> {
    type Clock = C;

    fn clock(&self) -> &C {
        &self.clock
    }

    fn with_alarm<R>(&self, f: impl FnOnce(&mut Alarm<C>) -> R) -> R {
        f(&mut self.state.lock().unwrap().0)
    }

    fn on_alarm(&self, fired: Fired) {
        let mut state = self.state.lock().unwrap();
        state.0.fired(fired);
        state.1 += 1;
        if state.1 < 3 {
            let _ = state.0.wish(Some(self.clock.now() + SOON));
        }
    }
}

fn an_alarm_rings_and_wishes_anew(stage: &impl Stage) {
    let clock = stage.clock();
    let start = clock.now();
    let bell = Arc::new(Bell {
        clock: clock.clone(),
        state: Mutex::new((Alarm::new(), 0)),
    });
    let unsettled = bell.state.lock().unwrap().0.wish(Some(start + SOON));
    assert!(unsettled);
    settle(&bell);
    stage.pass_until(&mut || bell.state.lock().unwrap().1 == 3);
    assert!(clock.now() >= start + 3 * SOON);
    let weak = Arc::downgrade(&bell);
    drop(bell);
    // The thread that rang may hold it for a moment longer.
    stage.pass_until(&mut || weak.upgrade().is_none());
}

macro_rules! every_promise {
    ($(#[$cfg:meta])? $clock:ident, $stage:expr; $($promise:ident)*) => {
        $(#[$cfg])?
        mod $clock {
            use super::*;

            $(
                #[test]
                fn $promise() {
                    within_seconds(60, || super::$promise(&$stage));
                }
            )*
        }
    };
}

macro_rules! on_every_clock {
    ($($promise:ident)*) => {
        every_promise! { system, System; $($promise)* }
        every_promise! { manual, Manual::default(); $($promise)* }
        every_promise! { #[cfg(feature = "async-io")] async_io, AsyncIo; $($promise)* }
        every_promise! { #[cfg(feature = "tokio")] tokio_clock, Tokio::new(false); $($promise)* }
        every_promise! { #[cfg(feature = "tokio")] tokio_paused, Tokio::new(true); $($promise)* }
    };
}

on_every_clock! {
    never_early_and_once
    a_past_instant_is_called_at_once
    dropping_cancels_and_drops_the_waker
    the_last_waker_is_called
    reset_moves_and_says_when_it_is_too_late
    far_instants_never_fire_and_never_panic
    wakers_may_call_back
    sleeps_timeouts_and_intervals_run
    an_alarm_rings_and_wishes_anew
}
