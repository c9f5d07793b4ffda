//! Sources that end, and sources that come while the merge runs.

use std::task::{Poll, Waker};

use testkit::CountWaker;

use super::tap::Tap;
use super::{Merge, park, poll, start};
use crate::outcome::{Outcome, ensure};

/// Else its socket stays open.
pub(super) fn are_dropped_at_their_end<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(3);
    start(&mut merge, Waker::noop())?;
    taps[1].end();
    start(&mut merge, Waker::noop())?;
    ensure!(taps[1].is_dropped(), "it is kept");
    ensure!(!taps[0].is_dropped(), "another one is dropped");
    Ok(())
}

pub(super) fn are_not_asked_after_their_end<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(3);
    start(&mut merge, Waker::noop())?;
    taps[1].end();
    start(&mut merge, Waker::noop())?;
    let before = taps[1].polls();
    for _ in 0..10 {
        taps[0].give(1);
        let came = poll(&mut merge, Waker::noop());
        ensure!(came == Poll::Ready(Some(1)), "the others are not heard");
        start(&mut merge, Waker::noop())?;
    }
    ensure!(taps[1].polls() == before, "it is asked again");
    Ok(())
}

pub(super) fn wake_when_they_are_pushed<M: Merge>() -> Outcome {
    let (_taps, mut merge) = Tap::merged::<M>(2);
    let (count, waker) = CountWaker::new();
    start(&mut merge, &waker)?;
    let tap = Tap::new();
    tap.fill([1]);
    merge.push(tap.source())?;
    ensure!(count.wakes() > 0, "it sleeps on");
    let came = poll(&mut merge, &waker);
    ensure!(came == Poll::Ready(Some(1)), "its item does not come");
    Ok(())
}

pub(super) fn come_after_the_end<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(1);
    taps[0].end();
    let end = poll(&mut merge, Waker::noop());
    ensure!(end == Poll::Ready(None), "it does not end");
    let tap = Tap::new();
    tap.fill([1]);
    merge.push(tap.source())?;
    let came = poll(&mut merge, Waker::noop());
    ensure!(came == Poll::Ready(Some(1)), "its item does not come");
    Ok(())
}

pub(super) fn may_wake_when_they_are_gone<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(3);
    park(&mut merge)?;
    let wakers: Vec<Waker> = taps.iter().filter_map(Tap::waker).collect();
    ensure!(wakers.len() == 3, "not all of them are asked");
    drop(merge);
    for waker in &wakers {
        waker.wake_by_ref();
    }
    let all_dropped = taps.iter().all(Tap::is_dropped);
    ensure!(all_dropped, "a source outlives the merge");
    Ok(())
}
