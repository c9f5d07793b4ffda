//! Callers that are dropped before their reply is there.

use super::caller::{Caller, End, all_end, run_until};
use super::far_side::{Conduct, FarSide};
use super::{Batcher, FOR_EVER, SOON};
use crate::outcome::{Outcome, ensure};

pub(super) fn takes_its_item_along<B: Batcher>() -> Outcome {
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(100, SOON, far_side.work());
    let gone = Caller::new(&batcher, 1);
    let mut stays = [Caller::new(&batcher, 2)];
    drop(gone);
    ensure!(
        all_end(&batcher, &mut stays),
        "its neighbour waits for ever"
    );
    ensure!(stays[0].has_reply_to(2), "its neighbour fails");
    let seen = far_side.seen();
    ensure!(!seen.contains(&1), "its item is delivered all the same");
    Ok(())
}

/// dataloader: whichever caller is polled first delivers the batch of all, and takes it along.
pub(super) fn harms_no_neighbour<B: Batcher>() -> Outcome {
    // Whichever of them drives the batch.
    for gone in [0, 1, 2] {
        let far_side = FarSide::new(Conduct::RepliesWhenOpened);
        let batcher = B::new(3, FOR_EVER, far_side.work());
        let callers = [0, 1, 2].map(|item| Caller::new(&batcher, item));
        let mut waiting = Vec::from(callers);
        let begun = run_until(&batcher, &mut waiting, |_| !far_side.seen().is_empty());
        ensure!(begun, "no batch is delivered");
        drop(waiting.remove(gone));
        far_side.open();
        ensure!(
            all_end(&batcher, &mut waiting),
            "its neighbours wait for ever"
        );
        let panics = waiting.iter().any(|it| it.end() == Some(End::Panicked));
        ensure!(!panics, "its neighbours panic");
        let fails = waiting.iter().any(|it| it.end() == Some(End::Failed));
        ensure!(!fails, "its neighbours fail");
    }
    Ok(())
}

pub(super) fn harms_no_later_batch<B: Batcher>() -> Outcome {
    let far_side = FarSide::new(Conduct::RepliesWhenOpened);
    let batcher = B::new(1, FOR_EVER, far_side.work());
    let mut gone = vec![Caller::new(&batcher, 1)];
    let begun = run_until(&batcher, &mut gone, |_| !far_side.seen().is_empty());
    ensure!(begun, "no batch is delivered");
    drop(gone);
    let mut next = [Caller::new(&batcher, 2)];
    far_side.open();
    ensure!(all_end(&batcher, &mut next), "the next one waits for ever");
    ensure!(next[0].has_reply_to(2), "the next one fails");
    Ok(())
}
