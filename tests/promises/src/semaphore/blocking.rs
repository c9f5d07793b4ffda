//! Threads that wait for a permit.

use std::thread;

use super::Semaphore;
use crate::measure::{self, WAIT};
use crate::outcome::{Outcome, ensure};

pub(super) fn an_acquire_sleeps<S: Semaphore>() -> Outcome {
    let semaphore = S::new(1);
    semaphore.acquire_blocking()?;
    thread::scope(|scope| {
        let waits = scope.spawn(|| measure::sleeps(|| semaphore.acquire_blocking())?);
        measure::let_them_wait(WAIT);
        semaphore.release(1);
        let granted = waits.join().expect("an acquire that does not panic")?;
        ensure!(granted, "it ends without a permit");
        Ok(())
    })
}
