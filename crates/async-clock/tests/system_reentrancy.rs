//! Wakers that call back into the clock, and wakers that panic.
#![cfg(feature = "system")]

use async_clock::{Clock, SystemClock, SystemTimer, Timer};
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::Waker;
use std::time::{Duration, Instant};
use testkit::{CountWaker, on_wake, panicking, reentrant, within_seconds};

const PATIENCE: Duration = Duration::from_secs(20);

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(1)
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// Everything a waker can do with the clock.
fn use_the_clock() {
    let waker = Waker::noop();
    let mut timer = SystemClock.arm(far(), waker);
    assert!(!timer.poll_fired(waker));
    assert!(!timer.poll_fired(&CountWaker::new().1));
    assert!(timer.reset(far()));
    drop(timer);
    drop(SystemClock.arm(soon(), waker));
}

/// A waker that uses the clock when it is cloned, woken and dropped.
fn calling_back() -> Waker {
    reentrant(use_the_clock)
}

/// Fails unless timers still fire, in every shard.
fn assert_alive() {
    let threads: Vec<_> = (0..16)
        .map(|_| {
            std::thread::spawn(|| {
                let (sender, receiver) = channel();
                let waker = on_wake(move || sender.send(()).unwrap());
                let _timer = SystemClock.arm(soon(), &waker);
                receiver.recv_timeout(PATIENCE).expect("time stands still");
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_waker_may_use_the_clock_while_it_is_cloned_replaced_and_cancelled() {
    within_seconds(50, || {
        let mut timer = SystemClock.arm(far(), &calling_back());
        assert!(!timer.poll_fired(&calling_back()));
        assert!(!timer.poll_fired(&calling_back()));
        drop(timer);
    });
}

#[test]
fn a_waker_may_use_the_clock_while_it_is_woken() {
    within_seconds(50, || {
        let (sender, receiver) = channel();
        let timers: Vec<SystemTimer> = (0..200)
            .map(|_| {
                let sender = sender.clone();
                let waker = on_wake(move || {
                    use_the_clock();
                    sender.send(()).unwrap();
                });
                SystemClock.arm(soon(), &waker)
            })
            .collect();
        for _ in &timers {
            receiver.recv_timeout(PATIENCE).expect("a wake was lost");
        }
    });
}

#[test]
fn a_waker_may_use_the_clock_while_reset_and_arm_call_it() {
    within_seconds(50, || {
        let past = Instant::now();
        assert_alive(); // Time has passed `past` in every shard.
        let (sender, receiver) = channel();
        for _ in 0..100 {
            let sender = sender.clone();
            let waker = on_wake(move || {
                use_the_clock();
                sender.send(()).unwrap();
            });
            let mut timer = SystemClock.arm(far(), &waker);
            assert!(timer.reset(past));
            receiver.recv_timeout(PATIENCE).expect("a wake was lost");
            let _timer = SystemClock.arm(past, &waker);
            receiver.recv_timeout(PATIENCE).expect("a wake was lost");
        }
    });
}

#[test]
fn a_waker_may_drop_the_timer_that_calls_it() {
    within_seconds(50, || {
        let (sender, receiver) = channel();
        let slot = Arc::new(std::sync::Mutex::new(None::<SystemTimer>));
        let waker = on_wake({
            let slot = Arc::clone(&slot);
            move || {
                let timer = slot.lock().unwrap().take();
                drop(timer);
                sender.send(()).unwrap();
            }
        });
        // Held while arming, so that the waker finds the timer.
        let mut guard = slot.lock().unwrap();
        *guard = Some(SystemClock.arm(soon(), &waker));
        drop(guard);
        receiver.recv_timeout(PATIENCE).expect("the wake was lost");
    });
}

#[test]
fn a_waker_may_arm_the_next_timer_of_a_chain() {
    fn link(left: u32, done: std::sync::mpsc::Sender<()>) -> Waker {
        on_wake(move || match left {
            0 => done.send(()).unwrap(),
            _ => std::mem::forget(SystemClock.arm(Instant::now(), &link(left - 1, done.clone()))),
        })
    }
    within_seconds(50, || {
        let (sender, receiver) = channel();
        std::mem::forget(SystemClock.arm(soon(), &link(1_000, sender)));
        receiver.recv_timeout(PATIENCE).expect("the chain broke");
    });
}

#[test]
fn a_panicking_waker_harms_no_other_timer() {
    within_seconds(50, || {
        let (sender, receiver) = channel();
        let at = soon();
        // Of one batch: each second waker panics.
        let timers: Vec<_> = (0..100)
            .map(|i| {
                let sender = sender.clone();
                let waker = match i % 2 {
                    0 => panicking(),
                    _ => on_wake(move || sender.send(i).unwrap()),
                };
                SystemClock.arm(at, &waker)
            })
            .collect();
        for _ in 0..50 {
            receiver.recv_timeout(PATIENCE).expect("a wake was lost");
        }
        assert!(timers.iter().all(Timer::is_fired));
        assert_alive();
    });
}

/// A payload that panics when it is dropped, and again.
struct Grenade(u32);

impl Drop for Grenade {
    fn drop(&mut self) {
        if let Some(less) = self.0.checked_sub(1) {
            panic_any(Self(less));
        }
    }
}

#[test]
fn a_panic_whose_payload_panics_harms_no_other_timer() {
    within_seconds(50, || {
        let (sender, receiver) = channel();
        let waker = on_wake(move || {
            sender.send(()).unwrap();
            panic_any(Grenade(3));
        });
        let _timer = SystemClock.arm(soon(), &waker);
        receiver.recv_timeout(PATIENCE).expect("the wake was lost");
        assert_alive();
    });
}

#[test]
fn a_waker_that_panics_while_it_is_cloned_leaves_nothing_behind() {
    within_seconds(50, || {
        let (count, counter) = CountWaker::new();
        let waker = testkit::on_clone(move || {
            counter.wake_by_ref();
            panic!("this waker panics on purpose");
        });
        let armed = std::panic::catch_unwind(|| SystemClock.arm(soon(), &waker));
        assert!(armed.is_err());
        assert_eq!(count.wakes(), 1);

        let mut timer = SystemClock.arm(far(), Waker::noop());
        let polled =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| timer.poll_fired(&waker)));
        assert!(polled.is_err());
        assert!(!timer.poll_fired(Waker::noop()), "still armed");
        assert_alive();
    });
}
