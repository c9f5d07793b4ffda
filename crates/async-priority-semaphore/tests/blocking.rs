//! Plain threads: the same line, with and without limits.

mod support;

use async_priority_semaphore::{AcquireTimeoutError, PrioritySemaphore, context};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use support::{on_both, poll};
use testkit::within_seconds;

const HOUR: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(5);

on_both! {
    #[test]
    fn a_free_permit_is_taken_at_once_whatever_the_limit() {
        let semaphore = Arc::new(Semaphore::new(1));
        let past = Instant::now();
        assert!(semaphore.acquire_blocking().is_ok());
        assert!(semaphore.acquire_blocking_timeout(Duration::ZERO).is_ok());
        assert!(semaphore.acquire_blocking_timeout(Duration::MAX).is_ok());
        assert!(semaphore.acquire_blocking_deadline(past).is_ok());
        assert!(semaphore.acquire_many(1).blocking().is_ok());
        assert!(semaphore.acquire_many(1).blocking_timeout(Duration::ZERO).is_ok());
        assert!(semaphore.acquire_many(1).blocking_deadline(past).is_ok());
        assert!(semaphore.acquire_owned().blocking().is_ok());
        assert!(semaphore.acquire_owned().blocking_timeout(Duration::MAX).is_ok());
        assert!(semaphore.acquire_owned().blocking_deadline(past).is_ok());
        assert_eq!(semaphore.available_permits(), 1);
    }

    #[test]
    fn a_wait_ends_with_its_limit_and_leaves_nothing_behind() {
        let semaphore = Arc::new(Semaphore::new(1));
        let start = Instant::now();
        let late = [
            semaphore.acquire_many(2).blocking_timeout(SHORT).map(drop),
            semaphore.acquire_many(2).blocking_deadline(start + 2 * SHORT).map(drop),
            semaphore.acquire_many_owned(2).blocking_timeout(SHORT).map(drop),
            semaphore.acquire_many_owned(2).blocking_deadline(start + 4 * SHORT).map(drop),
        ];
        assert_eq!(late, [Err(AcquireTimeoutError::Timeout); 4]);
        assert!(start.elapsed() >= 4 * SHORT);
        let held = semaphore.try_acquire().unwrap();
        let late = semaphore.acquire_blocking_timeout(SHORT);
        assert!(late.unwrap_err().is_timeout());
        let late = semaphore.acquire_blocking_deadline(Instant::now());
        assert!(late.unwrap_err().is_timeout());
        assert_eq!((semaphore.waiting(), semaphore.available_permits()), (0, 0));
        drop(held);
        assert_eq!(semaphore.available_permits(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn a_thread_is_woken_by_a_release() {
        within_seconds(20, || {
            let semaphore = Arc::new(Semaphore::new(0));
            let ways: [fn(&Arc<Semaphore>) -> bool; 6] = [
                |semaphore| semaphore.acquire_blocking().is_ok(),
                |semaphore| semaphore.acquire_blocking_timeout(HOUR).is_ok(),
                |semaphore| semaphore.acquire_blocking_timeout(Duration::MAX).is_ok(),
                |semaphore| semaphore.acquire_blocking_deadline(Instant::now() + HOUR).is_ok(),
                |semaphore| semaphore.acquire_owned().blocking().is_ok(),
                |semaphore| semaphore.acquire_many_owned(1).blocking_timeout(HOUR).is_ok(),
            ];
            let threads = ways.map(|way| {
                let semaphore = Arc::clone(&semaphore);
                thread::spawn(move || way(&semaphore))
            });
            while semaphore.waiting() < ways.len() {
                thread::yield_now();
            }
            semaphore.add_permits(1); // goes from hand to hand
            for thread in threads {
                assert!(thread.join().unwrap());
            }
            assert_eq!(semaphore.available_permits(), 1);
        });
    }

    #[test]
    fn a_thread_is_woken_by_a_close() {
        within_seconds(20, || {
            let semaphore = Arc::new(Semaphore::new(0));
            let waits = Arc::clone(&semaphore);
            let thread = thread::spawn(move || {
                let (first, second) = (waits.acquire(), waits.acquire());
                (first.blocking().is_err(), second.blocking_timeout(HOUR).is_err())
            });
            while semaphore.waiting() == 0 {
                thread::yield_now();
            }
            semaphore.close();
            assert_eq!(thread.join().unwrap(), (true, true));
        });
    }

    #[test]
    fn no_more_threads_are_in_than_there_are_permits() {
        within_seconds(20, || {
            let (semaphore, inside) = (Semaphore::new(3), AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        for _ in 0..100 {
                            let _permit = semaphore.acquire_blocking().unwrap();
                            assert!(inside.fetch_add(1, Ordering::SeqCst) < 3);
                            thread::yield_now();
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    });
                }
            });
            assert_eq!(semaphore.available_permits(), 3);
            semaphore.assert_invariants();
        });
    }

    #[test]
    fn tasks_and_threads_stand_in_one_line() {
        within_seconds(20, || {
            let semaphore = Arc::new(Semaphore::new(0));
            let mut task = semaphore.acquire();
            assert!(poll(&mut task).is_pending());
            let (order, waits) = (Arc::new(Mutex::new(Vec::new())), Arc::clone(&semaphore));
            let noted = Arc::clone(&order);
            let thread = thread::spawn(move || {
                let permit = waits.acquire_blocking().unwrap();
                noted.lock().unwrap().push("thread");
                drop(permit);
            });
            while semaphore.waiting() < 2 {
                thread::yield_now();
            }
            let mut last = semaphore.acquire();
            assert!(poll(&mut last).is_pending());
            semaphore.add_permits(1);
            let permit = futures_lite::future::block_on(task).unwrap();
            order.lock().unwrap().push("task");
            drop(permit);
            let permit = futures_lite::future::block_on(last).unwrap();
            order.lock().unwrap().push("last");
            drop(permit);
            thread.join().unwrap();
            assert_eq!(*order.lock().unwrap(), ["task", "thread", "last"]);
        });
    }

    #[test]
    fn a_task_may_go_on_waiting_as_a_thread() {
        within_seconds(20, || {
            let semaphore = Arc::new(Semaphore::new(0));
            let (mut first, mut second) = (semaphore.acquire_owned(), semaphore.acquire_owned());
            assert!(poll(&mut first).is_pending());
            assert!(poll(&mut second).is_pending());
            let (sender, receiver) = channel();
            let thread = thread::spawn(move || sender.send(first.blocking().is_ok()).unwrap());
            semaphore.add_permits(1);
            assert!(receiver.recv().unwrap(), "it has kept its place");
            thread.join().unwrap();
            assert!(poll(&mut second).is_ready());
        });
    }

    #[test]
    fn one_that_waits_does_not_pass_the_line_by_blocking() {
        let semaphore = Semaphore::new(1);
        let (mut both, mut one) = (semaphore.acquire_many(2), semaphore.acquire());
        assert!(poll(&mut both).is_pending());
        assert!(poll(&mut one).is_pending());
        assert!(one.blocking_timeout(SHORT).unwrap_err().is_timeout());
        drop(both);
    }

    #[test]
    fn a_completed_acquire_cannot_block() {
        let semaphore = Arc::new(Semaphore::new(1));
        let (mut borrowed, mut owned) = (semaphore.acquire(), semaphore.acquire_owned());
        assert!(poll(&mut borrowed).is_ready());
        assert!(poll(&mut owned).is_ready());
        assert!(catch_unwind(AssertUnwindSafe(|| borrowed.blocking().is_ok())).is_err());
        let limit = AssertUnwindSafe(|| owned.blocking_timeout(Duration::MAX).is_ok());
        assert!(catch_unwind(limit).is_err());
    }

    #[test]
    fn a_blocking_form_may_be_called_while_another_one_polls() {
        within_seconds(20, || {
            let (outer, inner) = (Semaphore::new(0), Semaphore::new(1));
            let nested = std::future::poll_fn(|cx| {
                drop(inner.acquire_blocking().unwrap());
                assert!(inner.acquire_many(2).blocking_timeout(SHORT).is_err());
                outer.add_permits(1);
                cx.waker().wake_by_ref();
                std::task::Poll::Ready(())
            });
            futures_lite::future::block_on(nested);
            assert!(outer.acquire_blocking().is_ok());
        });
    }
}

#[test]
fn a_thread_waits_with_the_priority_of_its_scope() {
    within_seconds(20, || {
        let semaphore = Arc::new(PrioritySemaphore::new(0));
        let mut task = semaphore.acquire_with(0);
        assert!(poll(&mut task).is_pending());
        let waits = Arc::clone(&semaphore);
        let thread = thread::spawn(move || {
            context::scope(-1, || drop(waits.acquire_blocking().unwrap()));
        });
        while semaphore.waiting() < 2 {
            thread::yield_now();
        }
        semaphore.add_permits(1);
        thread.join().unwrap();
        assert!(poll(&mut task).is_ready());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_timed_wait_sleeps() {
    const WAIT: Duration = Duration::from_millis(300);

    /// What this thread has spent on a processor, by the scheduler.
    fn processor_time() -> Duration {
        let figures = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
        let nanos = figures.split(' ').next().expect("three figures");
        Duration::from_nanos(nanos.parse().expect("a number"))
    }

    within_seconds(20, || {
        let semaphore = PrioritySemaphore::new(0);
        let (start, before) = (Instant::now(), processor_time());
        assert!(semaphore.acquire_blocking_timeout(WAIT).is_err());
        let spent = processor_time().saturating_sub(before);
        assert!(start.elapsed() >= WAIT);
        assert!(spent < WAIT / 50, "it spent {spent:?} on a processor");
    });
}
