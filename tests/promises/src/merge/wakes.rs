//! What wakes, and what is asked for it.

use std::task::{Poll, Waker};

use testkit::CountWaker;

use super::tap::Tap;
use super::{Merge, poll, start};
use crate::outcome::{Outcome, ensure};

/// `StreamMap` asks all of them.
pub(super) fn ask_nobody_else<M: Merge>() -> Outcome {
    const SOURCES: usize = 100;
    let (taps, mut merge) = Tap::merged::<M>(SOURCES);
    let (_, waker) = CountWaker::new();
    while taps.iter().any(|tap| tap.polls() == 0) {
        start(&mut merge, &waker)?;
    }
    start(&mut merge, &waker)?;
    let before: usize = taps.iter().map(Tap::polls).sum();
    taps[SOURCES / 2].give(1);
    let came = poll(&mut merge, &waker);
    ensure!(came == Poll::Ready(Some(1)), "the item does not come");
    start(&mut merge, &waker)?;
    let asked = taps.iter().map(Tap::polls).sum::<usize>() - before;
    // For the item, and for the next one.
    ensure!(asked <= 2, "many are asked");
    Ok(())
}

/// futures-buffered#5, futures-rs#2529.
pub(super) fn are_heard_during_the_poll<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(3);
    let (count, waker) = CountWaker::new();
    taps[1].wake_itself();
    taps[1].fill([1]);
    for _ in 0..10 {
        count.reset();
        if poll(&mut merge, &waker) == Poll::Ready(Some(1)) {
            return Ok(());
        }
        ensure!(count.wakes() > 0, "its task sleeps on");
    }
    ensure!(false, "its task is woken, and it is not asked");
    Ok(())
}

/// The poll that gives the first item leaves the other wake for the next poll.
pub(super) fn are_not_lost_behind_an_item<M: Merge>() -> Outcome {
    let (taps, mut merge) = Tap::merged::<M>(2);
    start(&mut merge, Waker::noop())?;
    start(&mut merge, Waker::noop())?;
    taps[0].give(1);
    taps[1].give(2);
    let mut came = [0; 2];
    for place in &mut came {
        let polled = poll(&mut merge, Waker::noop());
        let Poll::Ready(Some(item)) = polled else {
            ensure!(false, "one does not come");
            return Ok(());
        };
        *place = item;
    }
    ensure!(came.iter().sum::<usize>() == 3, "one comes twice");
    Ok(())
}
