//! Callers that are polled when they were woken, while the batcher runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::{Batcher, Replied};
use crate::polling::Task;

/// What comes so late does not come.
const LIMIT: Duration = Duration::from_secs(1);

pub(super) struct Caller<'a> {
    task: Option<Task<'a, Replied>>,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Replied(usize),
    Failed,
    /// The caller's own future did.
    Panicked,
}

impl<'a> Caller<'a> {
    /// Submits an item and polls for the first time.
    pub(super) fn new(batcher: &'a impl Batcher, item: usize) -> Self {
        let task = catch_unwind(AssertUnwindSafe(|| Task::new(batcher.submit(item))));
        Self {
            end: task.is_err().then_some(End::Panicked),
            task: task.ok(),
        }
    }

    fn look(&mut self) {
        let Some(task) = &mut self.task else { return };
        let ran = catch_unwind(AssertUnwindSafe(|| task.run_if_woken()));
        let output = task.take_output();
        self.end = match output {
            _ if ran.is_err() => Some(End::Panicked),
            Some(Ok(reply)) => Some(End::Replied(reply)),
            Some(Err(_)) => Some(End::Failed),
            None => return,
        };
        self.task = None;
    }

    pub(super) fn end(&self) -> Option<End> {
        self.end
    }

    pub(super) fn has_reply_to(&self, item: usize) -> bool {
        self.end == Some(End::Replied(10 * item))
    }
}

/// Runs until that holds; whether it does at last.
pub(super) fn run_until<B: Batcher>(
    batcher: &B,
    callers: &mut [Caller<'_>],
    holds: impl Fn(&[Caller<'_>]) -> bool,
) -> bool {
    let until = Instant::now() + LIMIT;
    loop {
        callers.iter_mut().for_each(Caller::look);
        if holds(callers) {
            return true;
        }
        if Instant::now() > until {
            return false;
        }
        batcher.pass(Duration::from_millis(1));
    }
}

/// Runs until all have come to an end; whether they do.
pub(super) fn all_end<B: Batcher>(batcher: &B, callers: &mut [Caller<'_>]) -> bool {
    run_until(batcher, callers, |callers| {
        callers.iter().all(|caller| caller.end().is_some())
    })
}
