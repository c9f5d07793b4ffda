//! What items and callers leave behind.

use std::task::Waker;
use std::time::Duration;

use super::caller::{Caller, all_end};
use super::far_side::{Conduct, FarSide};
use super::{Batcher, SOON};
use crate::measure::bytes_left_each;
use crate::outcome::{Outcome, ensure};
use crate::polling::{Boxed, start};

const ITEMS: usize = 2_000;

/// dataloader keeps each request's number.
pub(super) fn delivered_items_leave_nothing<B: Batcher>() -> Outcome {
    const BATCH: usize = 100;
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(BATCH, SOON, far_side.work());
    let deliver = || {
        for _ in 0..ITEMS / BATCH {
            let mut callers: Vec<_> = (0..BATCH).map(|item| Caller::new(&batcher, item)).collect();
            ensure!(all_end(&batcher, &mut callers), "some wait for ever");
            far_side.forget();
        }
        Ok(())
    };
    // What the first times need for good does not count.
    deliver()?;
    let each = bytes_left_each(ITEMS, deliver)?;
    ensure!(each == 0, "{each} bytes of each item");
    Ok(())
}

pub(super) fn cancelled_callers_leave_nothing<B: Batcher>() -> Outcome {
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(10 * ITEMS, Duration::from_millis(5), far_side.work());
    let cancel = || {
        for item in 0..ITEMS {
            let mut submit: Boxed<'_, _> = batcher.submit(item);
            start(&mut submit, Waker::noop())?;
            drop(submit);
            if item % 100 == 0 {
                batcher.pass(Duration::from_millis(1));
            }
        }
        // What they left in a batch goes with it.
        batcher.pass(2 * SOON);
        far_side.forget();
        Ok(())
    };
    cancel()?;
    let each = bytes_left_each(ITEMS, cancel)?;
    ensure!(each == 0, "{each} bytes of each caller");
    Ok(())
}
