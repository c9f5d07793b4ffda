//! When a batch goes.

use std::time::{Duration, Instant};

use super::caller::{Caller, all_end};
use super::far_side::{Conduct, FarSide};
use super::{Batcher, FOR_EVER, SOON};
use crate::outcome::{Outcome, ensure};

pub(super) fn a_full_batch_goes_at_once<B: Batcher>() -> Outcome {
    const ITEMS: usize = 5;
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(ITEMS, FOR_EVER, far_side.work());
    let mut callers: Vec<_> = (0..ITEMS).map(|item| Caller::new(&batcher, item)).collect();
    ensure!(all_end(&batcher, &mut callers), "it waits for more");
    Ok(())
}

pub(super) fn a_lone_item_goes_in_time<B: Batcher>() -> Outcome {
    B::waits()?;
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(100, SOON, far_side.work());
    let begun = Instant::now();
    let mut caller = [Caller::new(&batcher, 1)];
    ensure!(all_end(&batcher, &mut caller), "it waits for more");
    ensure!(begun.elapsed() >= SOON, "it does not wait");
    Ok(())
}

/// ultra-batch 0.3.0 waits from the last item on, so a steady stream of them puts the batch off for ever.
pub(super) fn a_trickle_puts_nothing_off<B: Batcher>() -> Outcome {
    const WAIT: Duration = Duration::from_millis(60);
    B::waits()?;
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(10_000, WAIT, far_side.work());
    let begun = Instant::now();
    let mut callers = Vec::new();
    while begun.elapsed() < 4 * WAIT {
        callers.push(Caller::new(&batcher, callers.len()));
        batcher.pass(WAIT / 20);
        if !far_side.seen().is_empty() {
            return Ok(());
        }
    }
    ensure!(false, "the batch is put off by each of them");
    Ok(())
}
