//! A merge that moves to another task wakes that one.

use std::task::Waker;

use testkit::CountWaker;

use super::tap::Tap;
use super::{Merge, park, start};
use crate::outcome::{Outcome, ensure};

pub(super) fn is_woken<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(1);
    let (last, waker) = CountWaker::new();
    start(&mut merge, Waker::noop())?;
    start(&mut merge, &waker)?;
    taps[0].give(1);
    ensure!(last.wakes() > 0, "only the first waker is woken");
    Ok(())
}

/// The last poll was for one source; the others still have what they got by the first.
pub(super) fn is_woken_by_each_source<M: Merge>() -> Outcome {
    const SOURCES: usize = 3;
    for source in 0..SOURCES {
        let (taps, mut merge) = Tap::merged::<M>(SOURCES);
        let (last, waker) = CountWaker::new();
        park(&mut merge)?;
        taps[0].wake_itself();
        start(&mut merge, &waker)?;
        start(&mut merge, &waker)?;
        last.reset();
        taps[source].give(1);
        ensure!(last.wakes() > 0, "only the first waker is woken");
    }
    Ok(())
}
