//! What the kernel counts: how often the timer thread is woken, and its timer slack.
#![cfg(all(feature = "system", target_os = "linux"))]

use async_clock::{Clock, SystemClock, Timer};
use std::fs;
use std::sync::mpsc::channel;
use std::task::Waker;
use std::time::{Duration, Instant};
use testkit::{on_wake, within_seconds};

const PATIENCE: Duration = Duration::from_secs(20);

/// Voluntary context switches of the timer thread: once for each time it went to sleep.
fn switches() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let statuses = tasks.filter_map(|task| {
        let task = task.unwrap().path();
        let name = fs::read_to_string(task.join("comm")).ok()?;
        (name.trim() == "async-clock").then(|| fs::read_to_string(task.join("status")).unwrap())
    });
    let counts: Vec<u64> = statuses
        .map(|status| {
            let mut lines = status.lines();
            let count = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            count.unwrap().trim().parse().unwrap()
        })
        .collect();
    assert_eq!(counts.len(), 1, "one timer thread");
    counts[0]
}

/// Runs `read` in a waker, hence on the timer thread.
fn on_the_timer_thread<T: Send + 'static>(read: impl Fn() -> T + Send + Sync + 'static) -> T {
    let (sender, receiver) = channel();
    let waker = on_wake(move || sender.send(read()).unwrap());
    let _timer = SystemClock.arm(Instant::now() + Duration::from_millis(1), &waker);
    receiver.recv_timeout(PATIENCE).expect("the wake was lost")
}

#[test]
fn creating_polling_and_cancelling_does_not_wake_the_thread() {
    const ROUNDS: u32 = 3_000;
    within_seconds(50, || {
        // So that the thread is there and has something to wait for.
        let _keep = SystemClock.arm(Instant::now() + Duration::from_secs(30), Waker::noop());
        on_the_timer_thread(|| ());
        let before = switches();
        for i in 0..ROUNDS {
            // Timeouts of many lengths, each with time enough for a thread that was woken.
            let far = Duration::from_millis(60_000 + u64::from(i) * 7_919 % 60_000);
            let mut timer = SystemClock.arm(Instant::now() + far, Waker::noop());
            assert!(!timer.poll_fired(Waker::noop()));
            drop(timer);
            let start = Instant::now();
            while start.elapsed() < Duration::from_micros(100) {
                std::hint::spin_loop();
            }
        }
        let woken = switches() - before;
        // 30 in all; a handful may be the other test's, if it runs in this process.
        assert!(
            woken * 100 <= ROUNDS.into(),
            "woken {woken} times by {ROUNDS} timers"
        );
    });
}

#[test]
fn the_thread_has_lowered_its_timer_slack() {
    within_seconds(50, || {
        let file = || {
            let id = fs::read_link("/proc/thread-self").unwrap();
            let id = id.file_name().unwrap().to_owned();
            fs::read_to_string(std::path::Path::new("/proc").join(id).join("timerslack_ns"))
        };
        let own = file().map(|slack| slack.trim().parse::<u64>().unwrap());
        let timers = on_the_timer_thread(file).map(|slack| slack.trim().parse::<u64>().unwrap());
        match (own, timers) {
            (Ok(own), Ok(timers)) => {
                assert_eq!(timers, 1);
                assert!(own > 1, "that of other threads is left alone");
            }
            // Without such a file there is nothing to lower, for no thread.
            (Err(_), timers) => assert!(timers.is_err()),
            (own, timers) => panic!("{own:?}, but {timers:?}"),
        }
    });
}
