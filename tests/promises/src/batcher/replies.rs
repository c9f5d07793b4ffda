//! Whose reply is whose.

use super::caller::{Caller, End, all_end};
use super::far_side::{Conduct, FarSide};
use super::{Batcher, SOON};
use crate::outcome::{Outcome, ensure};

const ITEMS: usize = 25;

/// Two full batches, and a part of one.
pub(super) fn are_those_of_the_items<B: Batcher>() -> Outcome {
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(10, SOON, far_side.work());
    let mut callers: Vec<_> = (0..ITEMS).map(|item| Caller::new(&batcher, item)).collect();
    ensure!(all_end(&batcher, &mut callers), "some wait for ever");
    let own = (0..ITEMS).filter(|item| callers[*item].has_reply_to(*item));
    let own = own.count();
    ensure!(own == ITEMS, "{own} of {ITEMS} get theirs");
    Ok(())
}

/// ultra-batch 0.3.0 goes by the place in the vector: after the gap each gets the next one's.
pub(super) fn do_not_shift<B: Batcher>() -> Outcome {
    const CALLERS: usize = 4;
    let far_side = FarSide::new(Conduct::RepliesToAllButOne);
    let batcher = B::new(CALLERS, SOON, far_side.work());
    let mut callers: Vec<_> = (0..CALLERS)
        .map(|item| Caller::new(&batcher, item))
        .collect();
    ensure!(all_end(&batcher, &mut callers), "some wait for ever");
    for (item, caller) in callers.iter().enumerate() {
        match caller.end() {
            Some(End::Replied(_)) if !caller.has_reply_to(item) => {
                ensure!(false, "some get the reply of a neighbour");
            }
            Some(End::Panicked) => ensure!(false, "a caller panics"),
            _ => {}
        }
    }
    Ok(())
}
