//! Items that nobody will receive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::{Channel, Item};
use crate::outcome::{Outcome, ensure};
use crate::race;

pub(super) fn the_last_receiver_drops_what_is_buffered<C: Channel>() -> Outcome {
    let (sender, receiver) = C::bounded(4)?;
    let drops = Arc::new(AtomicUsize::new(0));
    for number in 0..4 {
        ensure!(
            C::try_send(&sender, Item::counted(number, &drops)),
            "no room for an item"
        );
    }
    drop(receiver);
    let dropped = drops.load(Ordering::SeqCst);
    ensure!(
        dropped == 4,
        "{} of 4 stay as long as a sender",
        4 - dropped
    );
    Ok(())
}

/// crossbeam-channel 0.5.12 to 0.5.14 dropped some twice (crossbeam PR#1187, RUSTSEC-2025-0024).
pub(super) fn drops_each_item_once<C: Channel>(time: Duration) -> Outcome {
    const ITEMS: usize = 200;
    race::rounds(time, |round| {
        let (sender, mut receiver) = C::bounded(32)?;
        let drops: Vec<_> = (0..2 * ITEMS).map(|_| Arc::default()).collect();
        thread::scope(|scope| {
            for numbers in [0..ITEMS, ITEMS..2 * ITEMS] {
                let (sender, drops) = (sender.clone(), &drops);
                scope.spawn(move || {
                    for number in numbers {
                        C::try_send(&sender, Item::counted(number, &drops[number]));
                    }
                });
            }
            for _ in 0..round % 64 {
                drop(C::try_recv(&mut receiver));
            }
            drop(receiver);
        });
        drop(sender);
        let count = |wanted: fn(usize) -> bool| {
            drops
                .iter()
                .filter(|drops: &&Arc<AtomicUsize>| wanted(drops.load(Ordering::SeqCst)))
                .count()
        };
        ensure!(count(|drops| drops > 1) == 0, "items are dropped twice");
        ensure!(count(|drops| drops == 0) == 0, "items are never dropped");
        Ok(())
    })
}
