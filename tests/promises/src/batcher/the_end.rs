//! The end of a batcher.

use super::caller::{Caller, End, all_end};
use super::far_side::{Conduct, FarSide};
use super::{Batcher, FOR_EVER};
use crate::outcome::{Outcome, ensure};

/// Else it is lost without a word.
pub(super) fn delivers_what_was_accepted<B: Batcher>() -> Outcome {
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(100, FOR_EVER, far_side.work());
    let mut callers = [1, 2, 3].map(|item| Caller::new(&batcher, item));
    batcher.pass(std::time::Duration::from_millis(1));
    batcher.close()?;
    ensure!(all_end(&batcher, &mut callers), "they wait for ever");
    let panics = callers.iter().any(|it| it.end() == Some(End::Panicked));
    ensure!(!panics, "they panic");
    let seen = far_side.seen();
    for (at, caller) in callers.iter().enumerate() {
        let item = at + 1;
        let is_told = caller.has_reply_to(item) == seen.contains(&item);
        ensure!(is_told, "one is delivered and not told so");
    }
    Ok(())
}

pub(super) fn refuses_what_comes_later<B: Batcher>() -> Outcome {
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(100, FOR_EVER, far_side.work());
    let mut before = [Caller::new(&batcher, 1)];
    batcher.close()?;
    ensure!(all_end(&batcher, &mut before), "who came before waits on");
    let mut after = [Caller::new(&batcher, 2)];
    ensure!(all_end(&batcher, &mut after), "it waits for ever");
    ensure!(after[0].end() == Some(End::Failed), "it is not refused");
    Ok(())
}
