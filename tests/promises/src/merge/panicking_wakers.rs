//! A waker that panics is its owner's trouble and nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use testkit::CountWaker;

use super::tap::Tap;
use super::{Merge, park, poll, start};
use crate::outcome::{Outcome, ensure};

pub(super) fn leave_the_merge_usable<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(3);
    park(&mut merge)?;
    start(&mut merge, &testkit::panicking())?;
    // Whether the panic comes out here is the contender's choice.
    let _ = catch_unwind(AssertUnwindSafe(|| taps[0].give(1)));
    let (count, waker) = CountWaker::new();
    let came = catch_unwind(AssertUnwindSafe(|| poll(&mut merge, &waker)));
    match came {
        Err(_) => ensure!(false, "every call panics"),
        Ok(came) => ensure!(came == Poll::Ready(Some(1)), "its item does not come"),
    }
    park(&mut merge)?;
    start(&mut merge, &waker)?;
    taps[2].give(3);
    ensure!(count.wakes() > 0, "it wakes nobody any more");
    let came = poll(&mut merge, &waker);
    ensure!(came == Poll::Ready(Some(3)), "a later item does not come");
    Ok(())
}
