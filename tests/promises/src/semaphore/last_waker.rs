//! A future that moves to another task wakes that one.

use std::sync::Arc;
use std::task::Waker;
use std::thread;
use std::time::Duration;

use testkit::CountWaker;

use super::{Semaphore, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{poll, start};
use crate::race::{self, Opponent};

pub(super) fn is_woken<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(1)?;
    let (last, waker) = CountWaker::new();
    let mut acquire = semaphore.acquire();
    start(&mut acquire, Waker::noop())?;
    start(&mut acquire, &waker)?;
    semaphore.release(1);
    ensure!(last.wakes() > 0, "only the first waker is woken");
    Ok(())
}

/// priority-semaphore reads the status before it locks, and then does not swap the waker.
pub(super) fn meets_a_release<S: Semaphore>(time: Duration) -> Outcome {
    let semaphore = taken::<S>(1)?;
    thread::scope(|scope| {
        let theirs = Arc::clone(&semaphore);
        let opponent = Opponent::new(scope, move || theirs.release(1));
        race::rounds(time, |round| {
            let mut acquire = semaphore.acquire();
            start(&mut acquire, &CountWaker::new().1)?;
            let order = opponent.act_after(round % 64);
            loop {
                let (count, waker) = CountWaker::new();
                if poll(&mut acquire, &waker).is_ready() {
                    break;
                }
                if order.is_done() {
                    // It was released, and that poll came too early to see it.
                    let woken = count.wakes() > 0;
                    let ready = poll(&mut acquire, Waker::noop()).is_ready();
                    ensure!(ready, "released, and nobody can have it");
                    ensure!(woken, "the waker of the last poll is not woken");
                    break;
                }
            }
            order.wait();
            Ok(())
        })
    })
}
