//! The end of a semaphore.

use super::{Semaphore, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle};

pub(super) fn refuses_those_who_wait<S: Semaphore>() -> Outcome {
    let semaphore = taken::<S>(1)?;
    let mut waiters: Vec<_> = (0..3).map(|_| Task::new(semaphore.acquire())).collect();
    semaphore.close()?;
    settle(&mut waiters);
    for mut waiter in waiters {
        let Some(granted) = waiter.take_output() else {
            ensure!(false, "waiters sleep on");
            return Ok(());
        };
        ensure!(!granted, "granted what there is not");
    }
    Ok(())
}
