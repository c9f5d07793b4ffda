//! What items and sources cost.

use std::task::{Poll, Waker};

use testkit::CountWaker;

use super::tap::{Tap, steady};
use super::{Merge, poll, start};
use crate::measure::bytes_left_each;
use crate::outcome::{Outcome, ensure};

const TIMES: usize = 1000;

/// `select_all` makes a task of each item.
pub(super) fn items_allocate_nothing<M: Merge>() -> Outcome {
    let mut merge = M::of((0..10).map(steady).collect());
    allocates_nothing(|| {
        // It may let other tasks run in between.
        let _ = poll(&mut merge, Waker::noop());
        Ok(())
    })
}

pub(super) fn wakes_allocate_nothing<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(10);
    let (_, waker) = CountWaker::new();
    start(&mut merge, &waker)?;
    let mut turn = 0;
    allocates_nothing(|| {
        turn += 1;
        taps[turn % taps.len()].give(turn);
        let came = poll(&mut merge, &waker) == Poll::Ready(Some(turn));
        ensure!(came, "the item does not come");
        start(&mut merge, &waker)
    })
}

/// Once it has run for a while.
fn allocates_nothing(mut each: impl FnMut() -> Outcome) -> Outcome {
    (0..TIMES).try_for_each(|_| each())?;
    let mut done = Ok(());
    let allocated = testkit::count_allocations(|| done = (0..TIMES).try_for_each(|_| each()));
    done?;
    ensure!(allocated.calls < TIMES, "allocates each time");
    ensure!(allocated.calls == 0, "allocates now and then");
    Ok(())
}

pub(super) fn sources_leave_nothing<M: Merge>() -> Outcome {
    let (_taps, mut merge) = Tap::merged::<M>(1);
    let mut come_and_go = || {
        for _ in 0..TIMES {
            let tap = Tap::new();
            tap.end();
            merge.push(tap.source())?;
            start(&mut merge, Waker::noop())?;
            ensure!(tap.is_dropped(), "a source is kept at its end");
        }
        Ok(())
    };
    // What the first times need for good does not count.
    come_and_go()?;
    let each = bytes_left_each(TIMES, come_and_go)?;
    ensure!(each == 0, "{each} bytes of each source");
    Ok(())
}
