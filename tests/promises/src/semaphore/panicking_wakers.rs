//! A waker that panics is its owner's trouble and nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use super::{Semaphore, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, poll, start};

pub(super) fn leave_the_semaphore_usable<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(2)?;
    let mut acquire = semaphore.acquire();
    start(&mut acquire, &testkit::panicking())?;
    // Whether the panic comes out here is the contender's choice.
    let _ = catch_unwind(AssertUnwindSafe(|| semaphore.release(1)));
    let usable = catch_unwind(AssertUnwindSafe(|| {
        let granted = poll(&mut acquire, Waker::noop()).is_ready();
        semaphore.release(1);
        granted && semaphore.try_acquire()
    }));
    match usable {
        Ok(usable) => ensure!(usable, "unusable"),
        Err(_) => ensure!(false, "every call panics"),
    }
    Ok(())
}

/// The one that panics stands in the middle of three that are granted at once.
pub(super) fn harm_no_other<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(3)?;
    let before = Task::new(semaphore.acquire());
    let mut bad = semaphore.acquire();
    start(&mut bad, &testkit::panicking())?;
    let after = Task::new(semaphore.acquire());
    let _ = catch_unwind(AssertUnwindSafe(|| semaphore.release(3)));
    ensure!(before.is_woken(), "those in front of it sleep on");
    ensure!(after.is_woken(), "those behind it sleep on");
    Ok(())
}
