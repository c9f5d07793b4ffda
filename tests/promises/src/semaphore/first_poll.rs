//! Between the look at the permits and the place among the waiters.

use std::sync::Arc;
use std::task::Waker;
use std::thread;
use std::time::Duration;

use testkit::CountWaker;

use super::{Semaphore, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::poll;
use crate::race::{self, Opponent};

/// ranked-semaphore lets some sleep beside a free permit.
pub(super) fn meets_a_release<S: Semaphore>(time: Duration) -> Outcome {
    let semaphore = taken::<S>(1)?;
    thread::scope(|scope| {
        let theirs = Arc::clone(&semaphore);
        let opponent = Opponent::new(scope, move || theirs.release(1));
        race::rounds(time, |round| {
            let order = opponent.act_after(round % 48);
            race::pause(round / 48 % 64);
            let (count, waker) = CountWaker::new();
            let mut acquire = semaphore.acquire();
            let granted = poll(&mut acquire, &waker).is_ready();
            order.wait();
            ensure!(granted || count.wakes() > 0, "never woken");
            let granted = granted || poll(&mut acquire, Waker::noop()).is_ready();
            ensure!(granted, "woken, and nobody can have it");
            Ok(())
        })
    })
}
