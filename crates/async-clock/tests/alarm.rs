//! `Alarm`: one timer per primitive, however its wishes move and whenever the clock calls.
#![cfg(feature = "manual")]

use async_clock::alarm::{Alarm, AlarmHost, Fired, settle};
use async_clock::{Clock, ManualClock, Timer};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// A manual clock that counts what it is asked for, and can be made to panic.
#[derive(Clone, Default)]
struct Spy {
    clock: ManualClock,
    armed: Arc<AtomicUsize>,
    reset: Arc<AtomicUsize>,
    panic: Arc<AtomicBool>,
}

#[derive(Debug)]
struct SpyTimer {
    timer: <ManualClock as Clock>::Timer,
    reset: Arc<AtomicUsize>,
}

impl Clock for Spy {
    type Timer = SpyTimer;

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn arm(&self, at: Instant, waker: &Waker) -> SpyTimer {
        self.armed.fetch_add(1, Ordering::SeqCst);
        assert!(
            !self.panic.swap(false, Ordering::SeqCst),
            "the clock panics"
        );
        SpyTimer {
            timer: self.clock.arm(at, waker),
            reset: self.reset.clone(),
        }
    }
}

impl Timer for SpyTimer {
    fn poll_fired(&mut self, waker: &Waker) -> bool {
        self.timer.poll_fired(waker)
    }

    fn is_fired(&self) -> bool {
        self.timer.is_fired()
    }

    fn deadline(&self) -> Instant {
        self.timer.deadline()
    }

    fn reset(&mut self, at: Instant) -> bool {
        self.reset.fetch_add(1, Ordering::SeqCst);
        self.timer.reset(at)
    }
}

/// Rings at each of a list of instants.
struct Bell {
    clock: Spy,
    /// Makes the next ring panic, as the waker of a user may.
    panics: AtomicBool,
    state: Mutex<State>,
}

struct State {
    alarm: Alarm<Spy>,
    /// When to ring; sorted.
    due: Vec<Instant>,
    rung: Vec<Instant>,
}

impl AlarmHost for Bell {
    type Clock = Spy;

    fn clock(&self) -> &Spy {
        &self.clock
    }

    fn with_alarm<R>(&self, f: impl FnOnce(&mut Alarm<Spy>) -> R) -> R {
        f(&mut self.state.lock().unwrap().alarm)
    }

    fn on_alarm(&self, fired: Fired) {
        let now = self.clock.now();
        let mut guard = self.state.lock().unwrap();
        let state = &mut *guard;
        state.alarm.fired(fired);
        while state.due.first().is_some_and(|at| *at <= now) {
            state.due.remove(0);
            state.rung.push(now);
        }
        // The caller settles.
        let _ = state.alarm.wish(state.due.first().copied());
        drop(guard);
        assert!(!self.panics.swap(false, Ordering::SeqCst), "a waker panics");
    }
}

impl Bell {
    fn new() -> Arc<Self> {
        let state = State {
            alarm: Alarm::new(),
            due: Vec::new(),
            rung: Vec::new(),
        };
        Arc::new(Self {
            clock: Spy::default(),
            panics: AtomicBool::new(false),
            state: Mutex::new(state),
        })
    }

    fn change(self: &Arc<Self>, f: impl FnOnce(&mut Vec<Instant>)) {
        let settle_it = {
            let state = &mut *self.state.lock().unwrap();
            f(&mut state.due);
            state.due.sort();
            state.alarm.wish(state.due.first().copied())
        };
        if settle_it {
            settle(self);
        }
    }

    fn ring_at(self: &Arc<Self>, at: Instant) {
        self.change(|due| due.push(at));
    }

    fn rung(&self) -> Vec<Instant> {
        self.state.lock().unwrap().rung.clone()
    }
}

#[test]
fn it_rings_at_each_wish_and_with_one_timer() {
    let bell = Bell::new();
    let clock = bell.clock.clock.clone();
    let start = clock.now();
    for second in [5, 3, 9, 1, 7] {
        bell.ring_at(start + second * SECOND);
        assert_eq!(clock.pending(), 1);
    }
    clock.advance(10 * SECOND);
    assert_eq!(
        bell.rung(),
        [1, 3, 5, 7, 9].map(|second| start + second * SECOND)
    );
    assert_eq!(clock.pending(), 0);
}

#[test]
fn a_wish_that_moves_later_does_not_touch_the_clock() {
    let bell = Bell::new();
    let clock = bell.clock.clock.clone();
    let start = clock.now();
    bell.ring_at(start + SECOND);
    for second in 2..1000 {
        bell.change(|due| due[0] = start + second * SECOND);
    }
    let calls = || {
        (
            bell.clock.armed.load(Ordering::SeqCst),
            bell.clock.reset.load(Ordering::SeqCst),
        )
    };
    assert_eq!(calls(), (1, 0));
    clock.advance(SECOND);
    assert_eq!(bell.rung(), [], "fired once in vain");
    assert_eq!(
        clock.next_deadline(),
        Some(start + 999 * SECOND),
        "and was set anew"
    );
    bell.change(Vec::clear);
    clock.advance(1000 * SECOND);
    assert_eq!((bell.rung(), clock.pending()), (Vec::new(), 0));
}

#[test]
fn a_past_wish_rings_from_inside_the_clock() {
    let bell = Bell::new();
    let start = bell.clock.now();
    bell.clock.clock.advance(SECOND);
    bell.ring_at(start);
    bell.ring_at(start + SECOND);
    assert_eq!(bell.rung().len(), 2);
    // While it is set for later, too.
    bell.ring_at(start + 9 * SECOND);
    bell.ring_at(start);
    assert_eq!(bell.rung().len(), 3);
    assert_eq!(bell.clock.clock.next_deadline(), Some(start + 9 * SECOND));
}

#[test]
fn the_last_handle_leaves_nothing_behind() {
    let bell = Bell::new();
    let clock = bell.clock.clock.clone();
    bell.ring_at(clock.now() + 1_000_000 * SECOND);
    let weak = Arc::downgrade(&bell);
    drop(bell);
    assert!(
        weak.upgrade().is_none(),
        "a far deadline keeps nothing alive"
    );
    assert_eq!(clock.pending(), 0);
}

#[test]
fn it_survives_a_panic_of_the_clock() {
    let bell = Bell::new();
    let clock = bell.clock.clock.clone();
    let start = clock.now();
    bell.clock.panic.store(true, Ordering::SeqCst);
    let settled = catch_unwind(AssertUnwindSafe(|| bell.ring_at(start + SECOND)));
    assert!(settled.is_err());
    bell.ring_at(start + 2 * SECOND);
    clock.advance(2 * SECOND);
    assert_eq!(bell.rung(), [1, 2].map(|second| start + second * SECOND));
}

#[test]
fn a_panic_of_the_primitive_does_not_lose_the_next_wish() {
    let bell = Bell::new();
    let clock = bell.clock.clock.clone();
    let start = clock.now();
    bell.ring_at(start + SECOND);
    bell.ring_at(start + 2 * SECOND);
    bell.panics.store(true, Ordering::SeqCst);
    let rung = catch_unwind(AssertUnwindSafe(|| clock.advance(SECOND)));
    assert!(rung.is_err(), "the panic goes on");
    clock.advance(SECOND);
    assert_eq!(bell.rung(), [1, 2].map(|second| start + second * SECOND));
}

#[test]
fn a_panic_from_inside_the_clock_does_not_lose_the_next_wish() {
    let bell = Bell::new();
    let clock = bell.clock.clock.clone();
    let start = clock.now();
    bell.panics.store(true, Ordering::SeqCst);
    let settled = catch_unwind(AssertUnwindSafe(|| {
        bell.change(|due| due.extend([start, start + SECOND]));
    }));
    assert!(settled.is_err(), "the panic goes on");
    clock.advance(SECOND);
    assert_eq!(bell.rung(), [0, 1].map(|second| start + second * SECOND));
}

#[test]
fn wishes_from_many_threads_while_time_moves_all_ring() {
    testkit::within_seconds(60, || {
        testkit::with_seeds(30, |rng| {
            let bell = Bell::new();
            let clock = bell.clock.clock.clone();
            let start = clock.now();
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    let (bell, mut rng) = (bell.clone(), rng.fork());
                    std::thread::spawn(move || {
                        for _ in 0..200 {
                            let at = start + Duration::from_millis(rng.u64(0..10_000));
                            bell.ring_at(at);
                        }
                    })
                })
                .collect();
            for _ in 0..1000 {
                clock.advance(Duration::from_millis(10));
            }
            for thread in threads {
                thread.join().unwrap();
            }
            clock.advance(SECOND);
            assert_eq!(bell.rung().len(), 600);
            assert!(clock.pending() <= 1, "one timer at the most");
        });
    });
}

#[test]
fn nothing_is_allocated_before_the_first_wish() {
    let alarm = Alarm::<ManualClock>::new();
    assert_eq!(alarm.wished(), None);
    let bell = Bell::new();
    settle(&bell);
    assert_eq!(
        bell.clock.armed.load(Ordering::SeqCst),
        0,
        "settling in vain is harmless"
    );
}
