//! Sources that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Poll, Waker};

use super::tap::Tap;
use super::{Merge, poll, start};
use crate::outcome::{Outcome, ensure};

pub(super) fn harm_no_other<M: Merge>() -> Outcome {
    const SOURCES: usize = 5;
    let (taps, mut merge) = Tap::merged::<M>(SOURCES);
    start(&mut merge, Waker::noop())?;
    taps[2].panic();
    for tap in [0, 1, 3, 4] {
        taps[tap].give(tap);
    }
    let mut came = Vec::new();
    for _ in 0..4 * SOURCES {
        let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut merge, Waker::noop())));
        if let Ok(Poll::Ready(Some(item))) = polled {
            came.push(item);
        }
    }
    came.sort_unstable();
    let lost = SOURCES - 1 - came.len().min(SOURCES - 1);
    ensure!(lost == 0, "{lost} of 4 items do not come");
    ensure!(came == [0, 1, 3, 4], "an item comes twice");
    // And what they give later.
    taps[3].give(7);
    let later = catch_unwind(AssertUnwindSafe(|| poll(&mut merge, Waker::noop())));
    let later = later.is_ok_and(|polled| polled == Poll::Ready(Some(7)));
    ensure!(later, "the others are not heard any more");
    Ok(())
}
