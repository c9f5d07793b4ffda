//! Timers of both clocks against what was asked of them.

use std::sync::Arc;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use async_clock::{Clock, ManualClock, SystemClock, Timer};
use testkit::CountWaker;

use crate::operations::Operations;

/// How long a timer of the system's clock may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A timer with what it was told.
struct Armed<T> {
    timer: T,
    at: Instant,
    waker: Waker,
    count: Arc<CountWaker>,
}

impl<T: Timer> Armed<T> {
    fn new<C: Clock<Timer = T>>(clock: &C, at: Instant) -> Self {
        let (count, waker) = CountWaker::new();
        Self {
            timer: clock.arm(at, &waker),
            at,
            waker,
            count,
        }
    }

    /// Polls with the waker it has, or with a new one, which takes the place of the other.
    fn poll(&mut self, same: bool) -> bool {
        if same {
            return self.timer.poll_fired(&self.waker);
        }
        let (count, waker) = CountWaker::new();
        let fired = self.timer.poll_fired(&waker);
        if fired {
            assert_eq!(count.wakes(), 0, "a waker was woken that came too late");
        } else {
            (self.waker, self.count) = (waker, count);
        }
        fired
    }
}

/// On the manual clock everything is known to the nanosecond.
pub(crate) fn manual(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let clock = ManualClock::new();
    let mut timers: Vec<Armed<_>> = Vec::new();
    while let Some(operation) = operations.next() {
        let now = clock.now();
        let choice = if timers.is_empty() { 0 } else { operation % 8 };
        let index = operations.below(timers.len());
        match choice {
            0 | 1 => timers.push(Armed::new(&clock, instant(now, &mut operations))),
            2 | 3 => {
                let due = timers[index].at <= now;
                assert_eq!(timers[index].poll(choice == 2), due);
            }
            4 => {
                let at = instant(now, &mut operations);
                let armed = &mut timers[index];
                let was_due = armed.at <= now;
                assert_eq!(
                    armed.timer.reset(at),
                    !was_due,
                    "only what has not fired is moved"
                );
                if !was_due {
                    armed.at = at;
                }
            }
            5 => drop(timers.swap_remove(index)),
            6 => clock.advance(Duration::from_nanos(operations.size(48))),
            _ => {
                let next = timers
                    .iter()
                    .map(|armed| armed.at)
                    .filter(|at| *at > now)
                    .min();
                assert_eq!(clock.advance_to_next(), next);
            }
        }
        let now = clock.now();
        for armed in &timers {
            let due = armed.at <= now;
            assert_eq!(armed.timer.is_fired(), due, "{:?} at {now:?}", armed.at);
            assert_eq!(armed.count.wakes(), usize::from(due));
        }
        let pending = timers.iter().filter(|armed| armed.at > now).count();
        assert_eq!(clock.pending(), pending);
    }
}

/// On the system's clock nothing is early, nothing is woken twice, and nothing is lost.
pub(crate) fn system(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let clock = SystemClock;
    let mut timers: Vec<Armed<_>> = Vec::new();
    while let Some(operation) = operations.next() {
        let choice = if timers.is_empty() { 0 } else { operation % 7 };
        let index = operations.below(timers.len());
        match choice {
            0 | 1 => timers.push(Armed::new(&clock, instant(clock.now(), &mut operations))),
            2 | 3 => {
                let armed = &mut timers[index];
                let fired = armed.poll(choice == 2);
                assert!(!fired || armed.at <= clock.now(), "early");
            }
            4 => {
                let at = instant(clock.now(), &mut operations);
                let armed = &mut timers[index];
                let before = armed.at;
                if armed.timer.reset(at) {
                    armed.at = at;
                } else {
                    assert!(before <= clock.now(), "it had not fired");
                }
            }
            _ => drop(timers.swap_remove(index)),
        }
        check(clock, &timers);
    }
    // Those that are far away are dropped, the others waited for.
    let last = clock.now() + Duration::from_millis(5);
    timers.retain(|armed| armed.at <= last);
    let start = Instant::now();
    while timers.iter().any(|armed| armed.count.wakes() == 0) {
        assert!(start.elapsed() < PATIENCE, "a timer was lost");
        thread::yield_now();
    }
    check(clock, &timers);
}

fn check(clock: SystemClock, timers: &[Armed<<SystemClock as Clock>::Timer>]) {
    for armed in timers {
        let wakes = armed.count.wakes();
        assert!(wakes <= 1, "woken {wakes} times");
        let fired = armed.timer.is_fired() || wakes == 1;
        assert!(!fired || armed.at <= clock.now(), "early");
    }
}

/// An instant that has passed, is near, or is far away.
fn instant(now: Instant, operations: &mut Operations<'_>) -> Instant {
    let distance = Duration::from_nanos(operations.size(50));
    if operations.below(8) == 0 {
        return now.checked_sub(distance).unwrap_or(now);
    }
    now + distance
}
