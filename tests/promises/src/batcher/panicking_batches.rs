//! Batches that panic.

use super::caller::{Caller, End, all_end};
use super::far_side::{Conduct, FarSide, PANICS};
use super::{Batcher, SOON};
use crate::outcome::{Outcome, ensure};

pub(super) fn fail_for_their_callers<B: Batcher>() -> Outcome {
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(2, SOON, far_side.work());
    let mut callers = [1, PANICS].map(|item| Caller::new(&batcher, item));
    ensure!(all_end(&batcher, &mut callers), "they wait for ever");
    let panicked = callers
        .iter()
        .filter(|it| it.end() == Some(End::Panicked))
        .count();
    ensure!(panicked == 0, "{panicked} of 2 callers panic");
    let failed = callers.iter().all(|it| it.end() == Some(End::Failed));
    ensure!(failed, "one gets a reply");
    Ok(())
}

/// ultra-batch 0.3.0, whose dependencies keep it out of the table, is dead for ever.
pub(super) fn harm_no_later_batch<B: Batcher>() -> Outcome {
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(1, SOON, far_side.work());
    let mut bad = [Caller::new(&batcher, PANICS)];
    let _ = all_end(&batcher, &mut bad);
    let mut next = [Caller::new(&batcher, 1)];
    ensure!(all_end(&batcher, &mut next), "the next one waits for ever");
    ensure!(next[0].has_reply_to(1), "all later ones fail");
    Ok(())
}
