//! How many permits there are.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use super::{Semaphore, take_all};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Waited, poll, wait_within};
use crate::race;

/// async-lock wraps around: one permit and `usize::MAX` more are none.
pub(super) fn never_overflow<S: Semaphore>() -> Outcome {
    let semaphore = S::new(1);
    let Ok(added) = catch_unwind(AssertUnwindSafe(|| semaphore.add(usize::MAX))) else {
        return Ok(());
    };
    added?;
    // A semaphore that is closed by it has refused as loudly as by a panic.
    let answered = poll(&mut semaphore.acquire(), Waker::noop()).is_ready();
    ensure!(answered, "all permits are gone");
    Ok(())
}

const PERMITS: usize = 2;
const THREADS: usize = 4;

/// Only a wake-up that never comes takes so long.
const LIMIT: Duration = Duration::from_secs(3);

pub(super) fn are_conserved<S: Semaphore>(time: Duration) -> Outcome {
    race::rounds(time, |_| {
        let semaphore = S::new(PERMITS);
        let held = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (semaphore, held) = (&semaphore, &held);
            let work = |thread| {
                move || (0..100).try_for_each(|turn| acquire(semaphore, held, thread + turn))
            };
            let running: Vec<_> = (0..THREADS)
                .map(|thread| scope.spawn(work(thread)))
                .collect();
            // A thread that fails would keep the others waiting: all are heard first.
            let ended: Vec<_> = running.into_iter().map(ScopedJoinHandle::join).collect();
            for outcome in ended {
                let Ok(outcome) = outcome else {
                    ensure!(false, "panics");
                    return Ok(());
                };
                outcome?;
            }
            Ok(())
        })?;
        take_all(&semaphore, PERMITS)
    })
}

/// Acquires in one of several ways, holds what it got for a moment, and gives it back.
fn acquire<S: Semaphore>(semaphore: &S, held: &AtomicUsize, turn: usize) -> Outcome {
    let granted = match turn % 4 {
        0 => semaphore.try_acquire(),
        1 => {
            // Given up after a poll or two.
            let mut acquire = semaphore.acquire();
            (0..=turn % 2).any(|_| poll(&mut acquire, Waker::noop()) == Poll::Ready(true))
        }
        _ => match wait_within(&mut semaphore.acquire(), LIMIT) {
            Waited::Ready(granted) => granted,
            Waited::Forgotten => {
                ensure!(false, "a wake-up is lost");
                false
            }
            Waited::Pending => {
                ensure!(false, "an acquire waits for ever");
                false
            }
        },
    };
    if granted {
        let now = held.fetch_add(1, Ordering::SeqCst) + 1;
        thread::yield_now();
        held.fetch_sub(1, Ordering::SeqCst);
        semaphore.release(1);
        ensure!(now <= PERMITS, "more are held than there are");
    }
    Ok(())
}
