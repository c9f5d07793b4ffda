//! Sources that are always ready, and how long others wait for their turn.

use std::collections::HashSet;
use std::task::{Poll, Waker};

use super::tap::{Tap, steady};
use super::{Merge, poll};
use crate::outcome::{Outcome, ensure};

const SOURCES: usize = 10;

/// Twice as many items as sources: a turn that is just over, and the next one.
const ITEMS: usize = 2 * SOURCES;

/// tokio#2319: merges of two that are chained give the last one an item in 2ⁿ.
pub(super) fn each_has_its_turn<M: Merge>() -> Outcome {
    let mut merge = M::of((0..SOURCES).map(steady).collect());
    let mut came = Vec::new();
    for _ in 0..100 * ITEMS {
        came.push(next(&mut merge)?);
    }
    let missing = came.windows(ITEMS).filter(|window| {
        let seen: HashSet<_> = window.iter().collect();
        seen.len() < SOURCES
    });
    ensure!(missing.count() == 0, "in some there is one missing");
    Ok(())
}

pub(super) fn who_becomes_ready_has_its_turn<M: Merge>() -> Outcome {
    // Often, as the turns may be a matter of luck.
    for place in (0..SOURCES).cycle().take(10 * SOURCES) {
        let tap = Tap::new();
        let mut sources: Vec<_> = (1..SOURCES).map(steady).collect();
        sources.insert(place, tap.source());
        let mut merge = M::of(sources);
        for _ in 0..ITEMS {
            next(&mut merge)?;
        }
        tap.give(0);
        let mut came = false;
        for _ in 0..ITEMS {
            came |= next(&mut merge)? == 0;
        }
        ensure!(came, "it does not");
    }
    Ok(())
}

/// The next item, from sources of which some are always ready.
fn next(merge: &mut impl Merge) -> Outcome<usize> {
    // It may let other tasks run in between.
    for _ in 0..100 {
        if let Poll::Ready(Some(item)) = poll(merge, Waker::noop()) {
            return Ok(item);
        }
    }
    ensure!(false, "nothing comes from sources that are ready");
    Ok(0)
}
