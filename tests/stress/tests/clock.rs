//! Timers under threads: none fires early, none is lost, and a cancelled one leaves nothing behind.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use async_clock::{Clock, ClockExt, ManualClock, Sleep, SystemClock, Timer};
use async_waitlist::blocking::block_on;
use fastrand::Rng;
use testkit::{CountWaker, poll_once};

const THREADS: usize = 8;

fn short(rng: &mut Rng) -> Duration {
    Duration::from_nanos(rng.u64(..2_000_000))
}

/// A waker that knows when it may be called, and reports that it was.
struct Stamp {
    number: usize,
    deadline: Instant,
    calls: Sender<Call>,
}

struct Call {
    number: usize,
    early: bool,
}

impl Wake for Stamp {
    fn wake(self: Arc<Self>) {
        let call = Call {
            number: self.number,
            early: Instant::now() < self.deadline,
        };
        // Fails when the test has ended: it was cancelled, and the call was under way.
        let _ = self.calls.send(call);
    }
}

/// Awaits a sleep and asserts that it is not early.
fn await_sleep(sleep: Sleep<SystemClock>) {
    let deadline = sleep.deadline().expect("no test sleeps for ever");
    block_on(sleep);
    assert!(Instant::now() >= deadline, "a sleep ended early");
}

#[test]
fn sleeps_are_neither_early_nor_lost() {
    stress::rounds(|rng| {
        let (sender, receiver) = channel::<Sleep<SystemClock>>();
        let (sender, receiver) = (Mutex::new(sender), Mutex::new(receiver));
        stress::threads(THREADS, rng, |_, rng| {
            for _ in 0..100 {
                let mut sleep = SystemClock.sleep(short(rng));
                match rng.u8(..10) {
                    // Never polled.
                    0 => drop(sleep),
                    // Cancelled, as most timers are.
                    1..=3 => {
                        let _ = poll_once(&mut sleep, Waker::noop());
                    }
                    // Moved while it is armed.
                    4 => {
                        let _ = poll_once(&mut sleep, Waker::noop());
                        sleep.reset_after(short(rng));
                        await_sleep(sleep);
                    }
                    // Given away, armed with a waker that does nothing.
                    5..=6 => {
                        let _ = poll_once(&mut sleep, Waker::noop());
                        sender
                            .lock()
                            .expect("no panic")
                            .send(sleep)
                            .expect("a receiver");
                    }
                    7 => await_sleep(sleep.with_slack(Duration::from_micros(50))),
                    _ => await_sleep(sleep),
                }
                let taken = receiver.lock().expect("no panic").try_recv();
                if let Ok(taken) = taken {
                    if rng.bool() {
                        await_sleep(taken);
                    }
                }
            }
        });
    });
}

#[test]
fn every_timer_that_is_kept_is_called_once_and_not_early() {
    stress::rounds(|rng| {
        stress::threads(THREADS, rng, |_, rng| {
            let (calls, called) = channel();
            let mut kept = HashMap::new();
            for number in 0..200 {
                let deadline = SystemClock.now() + short(rng);
                let stamp = Stamp {
                    number,
                    deadline,
                    calls: calls.clone(),
                };
                let timer = SystemClock.arm(deadline, &Waker::from(Arc::new(stamp)));
                if rng.u8(..4) == 0 {
                    kept.insert(number, timer);
                }
            }
            let mut missing: HashSet<usize> = kept.keys().copied().collect();
            let mut check = |call: Call| {
                assert!(!call.early, "timer {} was early", call.number);
                // Cancelled ones may still be called, when that was under way.
                if kept.contains_key(&call.number) {
                    assert!(
                        missing.remove(&call.number),
                        "timer {} was called twice",
                        call.number
                    );
                }
                missing.is_empty()
            };
            // One that was lost has the watchdog bark.
            while !check(called.recv().expect("the sender is here")) {}
            assert!(kept.values().all(Timer::is_fired));
            for call in called.try_iter() {
                check(call);
            }
        });
    });
}

#[test]
fn a_cancelled_timer_leaves_no_waker_behind() {
    stress::rounds(|rng| {
        let counts: Vec<_> = (0..THREADS).map(|_| CountWaker::new()).collect();
        stress::threads(THREADS, rng, |thread, rng| {
            let far = Duration::from_secs(rng.u64(1000..100_000));
            let mut sleeps: Vec<_> = (0..500).map(|_| SystemClock.sleep(far)).collect();
            for sleep in &mut sleeps {
                assert!(poll_once(sleep, &counts[thread].1).is_pending());
            }
            rng.shuffle(&mut sleeps);
        });
        for (count, waker) in counts {
            drop(waker);
            assert_eq!(
                Arc::strong_count(&count),
                1,
                "a timer still holds its waker"
            );
            assert_eq!(count.wakes(), 0, "a far timer fired");
        }
    });
}

#[test]
fn a_manual_clock_moved_by_many_threads_loses_nobody() {
    stress::rounds(|rng| {
        let clock = ManualClock::new();
        let sleeping = AtomicU64::new(4);
        stress::threads(THREADS, rng, |thread, rng| {
            if thread < 4 {
                for _ in 0..100 {
                    let deadline = clock.now() + short(rng);
                    let mut sleep = clock.sleep_until(deadline);
                    if rng.u8(..4) == 0 {
                        let _ = poll_once(&mut sleep, Waker::noop());
                        continue;
                    }
                    block_on(sleep);
                    assert!(clock.now() >= deadline, "a sleep ended early");
                }
                sleeping.fetch_sub(1, Ordering::SeqCst);
            } else {
                let mut before = clock.now();
                while sleeping.load(Ordering::SeqCst) > 0 {
                    clock.advance(short(rng) / 10);
                    let now = clock.now();
                    assert!(now >= before, "time went back");
                    before = now;
                }
            }
        });
        assert_eq!(clock.pending(), 0);
    });
}
