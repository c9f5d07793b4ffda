//! Receives that are dropped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use super::{Channel, Item, Received};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, poll, settle, start};
use crate::race;

/// kanal moved the item into the future that is then dropped (kanal#24, kanal#50).
pub(super) fn loses_no_item<C: Channel>() -> Outcome {
    const ROUNDS: usize = 200;
    let mut lost = 0;
    for number in 0..ROUNDS {
        let (sender, mut receiver) = C::bounded(4)?;
        let mut receive = C::recv(&mut receiver)?;
        start(&mut receive, Waker::noop())?;
        ensure!(
            C::try_send(&sender, Item::new(number)),
            "no room for an item"
        );
        drop(receive);
        lost += usize::from(C::try_recv(&mut receiver).item().is_none());
    }
    ensure!(lost == 0, "{lost} of {ROUNDS} items lost");
    Ok(())
}

/// The wake-up went to the receiver that is then dropped.
pub(super) fn passes_its_wake_on<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(4)?;
    let mut other = C::another(&receiver)?;
    let mut first = C::recv(&mut receiver)?;
    start(&mut first, Waker::noop())?;
    let mut second = [Task::new(C::recv(&mut other)?)];
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    drop(first);
    settle(&mut second);
    ensure!(!second[0].is_pending(), "the next receiver is not woken");
    Ok(())
}

/// As [`loses_no_item`], while the sender is at it.
pub(super) fn meets_a_send<C: Channel>(time: Duration) -> Outcome {
    const ITEMS: usize = 100;
    race::rounds(time, |_| {
        let (sender, mut receiver) = C::bounded(4)?;
        // Before there are threads: a contender may have no such thing.
        drop(C::recv(&mut receiver)?);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..ITEMS {
                    race::until(|| C::try_send(&sender, Item::new(number)));
                }
                done.store(true, Ordering::SeqCst);
            });
            let mut taken = 0;
            loop {
                // Asked before the channel is found to be empty.
                let over = done.load(Ordering::SeqCst);
                let mut receive = C::recv(&mut receiver)?;
                let mut polled = poll(&mut receive, Waker::noop());
                if polled.is_pending() {
                    race::pause(taken % 32);
                    polled = poll(&mut receive, Waker::noop());
                }
                drop(receive);
                taken += usize::from(matches!(polled, Poll::Ready(Some(_))));
                if over && polled.is_pending() {
                    break;
                }
            }
            while let Received::Item(_) = C::try_recv(&mut receiver) {
                taken += 1;
            }
            ensure!(taken == ITEMS, "items are lost");
            Ok(())
        })
    })
}
