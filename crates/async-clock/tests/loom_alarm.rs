//! The alarm under loom: wishes from two threads and a firing, also from inside the clock.
//!
//! Promise: once all calls have returned, a wish has a live timer set no later than it, and there
//! was never more than one timer.
//! Broken by hand once, to see the models bite: without counting `fires`, and without looking at
//! the wish again after the clock was called, a wish is left alone; without `busy` there are two
//! timers.
#![cfg(loom)]

use async_clock::alarm::{Alarm, AlarmHost, Fired, settle};
use async_clock::{Clock, Timer};
use loom::sync::Mutex;
use loom::thread;
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::{Duration, Instant};

fn at(n: u64) -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now) + Duration::from_secs(n)
}

/// Deadlines up to here have passed: `arm` and `reset` fire from inside.
const NOW: u64 = 2;

#[derive(Debug)]
enum Entry {
    Live(Instant, Waker),
    Fired,
    Dropped,
}

type Entries = Arc<Mutex<Vec<Entry>>>;

/// A clock that knows nothing but its timers.
#[derive(Clone)]
struct Fake(Entries);

#[derive(Debug)]
struct FakeTimer {
    entries: Entries,
    id: usize,
    deadline: Instant,
}

impl Fake {
    /// The clock's thread: the first live timer fires now. Returns whether there was one.
    fn fire_one(&self) -> bool {
        let fired = {
            let mut entries = self.0.lock().unwrap();
            entries
                .iter_mut()
                .find_map(|entry| match std::mem::replace(entry, Entry::Fired) {
                    Entry::Live(_, waker) => Some(waker),
                    other => {
                        *entry = other;
                        None
                    }
                })
        };
        let any = fired.is_some();
        fired.into_iter().for_each(Waker::wake);
        any
    }
}

impl Clock for Fake {
    type Timer = FakeTimer;

    fn now(&self) -> Instant {
        at(NOW)
    }

    fn arm(&self, deadline: Instant, waker: &Waker) -> FakeTimer {
        let due = deadline <= self.now();
        let id = {
            let mut entries = self.0.lock().unwrap();
            let live = entries.iter().any(|entry| matches!(entry, Entry::Live(..)));
            assert!(!live, "two timers at once");
            entries.push(if due {
                Entry::Fired
            } else {
                Entry::Live(deadline, waker.clone())
            });
            entries.len() - 1
        };
        if due {
            waker.wake_by_ref();
        }
        FakeTimer {
            entries: self.0.clone(),
            id,
            deadline,
        }
    }
}

impl Timer for FakeTimer {
    fn poll_fired(&mut self, _: &Waker) -> bool {
        unreachable!("an alarm does not poll")
    }

    fn is_fired(&self) -> bool {
        !matches!(self.entries.lock().unwrap()[self.id], Entry::Live(..))
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn reset(&mut self, deadline: Instant) -> bool {
        let due = {
            let entry = &mut self.entries.lock().unwrap()[self.id];
            let Entry::Live(set, _) = entry else {
                return false;
            };
            self.deadline = deadline;
            if deadline > at(NOW) {
                *set = deadline;
                return true;
            }
            std::mem::replace(entry, Entry::Fired)
        };
        if let Entry::Live(_, waker) = due {
            waker.wake();
        }
        true
    }
}

impl Drop for FakeTimer {
    fn drop(&mut self) {
        let entry = &mut self.entries.lock().unwrap()[self.id];
        if let Entry::Live(..) = entry {
            *entry = Entry::Dropped;
        }
    }
}

struct Host {
    clock: Fake,
    alarm: Mutex<Alarm<Fake>>,
    /// What a firing wishes for.
    after: Option<u64>,
}

impl AlarmHost for Host {
    type Clock = Fake;

    fn clock(&self) -> &Fake {
        &self.clock
    }

    fn with_alarm<R>(&self, f: impl FnOnce(&mut Alarm<Fake>) -> R) -> R {
        f(&mut self.alarm.lock().unwrap())
    }

    fn on_alarm(&self, fired: Fired) {
        let mut alarm = self.alarm.lock().unwrap();
        alarm.fired(fired);
        let _ = alarm.wish(self.after.map(at));
    }
}

impl Host {
    fn wish(self: &Arc<Self>, second: u64) {
        let unsettled = {
            let mut alarm = self.alarm.lock().unwrap();
            let earliest = alarm
                .wished()
                .map_or(at(second), |wished| wished.min(at(second)));
            alarm.wish(Some(earliest))
        };
        if unsettled {
            settle(self);
        }
    }
}

fn check(wishes: [u64; 2], after: Option<u64>) {
    loom::model(move || {
        let clock = Fake(Arc::new(Mutex::new(Vec::new())));
        let alarm = Mutex::new(Alarm::new());
        let host = Arc::new(Host {
            clock: clock.clone(),
            alarm,
            after,
        });
        let threads = [
            thread::spawn({
                let host = host.clone();
                move || host.wish(wishes[0])
            }),
            thread::spawn({
                let clock = clock.clone();
                move || _ = clock.fire_one()
            }),
        ];
        host.wish(wishes[1]);
        for thread in threads {
            thread.join().unwrap();
        }
        let wished = host.alarm.lock().unwrap().wished();
        if let Some(wished) = wished {
            let entries = clock.0.lock().unwrap();
            let live = entries.iter().find_map(|entry| match entry {
                Entry::Live(at, _) => Some(*at),
                Entry::Fired | Entry::Dropped => None,
            });
            assert!(
                live.is_some_and(|live| live <= wished),
                "{wished:?} is left: {entries:?}"
            );
        }
        drop(host);
        let entries = clock.0.lock().unwrap();
        let live = entries.iter().any(|entry| matches!(entry, Entry::Live(..)));
        drop(entries);
        assert!(!live, "the timer outlives its primitive");
    });
}

#[test]
fn wishes_that_lie_ahead() {
    check([9, 5], Some(7));
    check([5, 9], Some(3));
}

#[test]
fn the_clock_fires_from_inside() {
    check([9, 1], Some(7));
    check([1, 2], Some(7));
}

#[test]
fn nothing_is_left_to_wish_for() {
    check([9, 5], None);
    check([1, 9], None);
}
