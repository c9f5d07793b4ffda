//! What is received first.

use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use super::{Channel, Item, Received};
use crate::outcome::{Outcome, ensure};
use crate::polling::{poll, start};
use crate::race;

/// Two senders, one receiver.
pub(super) fn each_sender_keeps_its_order<C: Channel>(time: Duration) -> Outcome {
    const ITEMS: usize = 200;
    C::keeps_arrival_order()?;
    race::rounds(time, |_| {
        let (sender, mut receiver) = C::bounded(4)?;
        thread::scope(|scope| {
            for base in [0, ITEMS] {
                let sender = sender.clone();
                scope.spawn(move || {
                    for number in base..base + ITEMS {
                        race::until(|| C::try_send(&sender, Item::new(number)));
                    }
                });
            }
            let mut next = [0, ITEMS];
            let mut ordered = true;
            while next != [ITEMS, 2 * ITEMS] {
                if let Received::Item(item) = C::try_recv(&mut receiver) {
                    let of_sender = &mut next[item.number() / ITEMS];
                    ordered &= item.number() == *of_sender;
                    *of_sender += 1;
                } else {
                    thread::yield_now();
                }
            }
            ensure!(ordered, "items overtake each other");
            Ok(())
        })
    })
}

pub(super) fn the_most_urgent_comes_first<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(64)?;
    // Each number from 0 to 63 once, in a mixed order; the number is the urgency.
    for step in 0..64_u32 {
        let urgency = step * 37 % 64;
        let item = Item::new(urgency as usize);
        ensure!(
            C::try_send_urgent(&sender, item, urgency)?,
            "no room for an item"
        );
    }
    let order = received::<C>(&mut receiver);
    ensure!(order.is_sorted_by(|a, b| a >= b), "in another order");
    ensure!(order.len() == 64, "{} of 64 items received", order.len());
    Ok(())
}

/// async-priority-channel gives them out in any order.
pub(super) fn equals_keep_their_order<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(64)?;
    for number in 0..64 {
        let urgency = u32::from(number % 3 == 0);
        ensure!(
            C::try_send_urgent(&sender, Item::new(number), urgency)?,
            "no room for an item"
        );
    }
    let order = received::<C>(&mut receiver);
    let urgent = (0..64).filter(|number| number % 3 == 0);
    let others = (0..64).filter(|number| number % 3 != 0);
    let stable: Vec<usize> = urgent.chain(others).collect();
    ensure!(order == stable, "in another order");
    Ok(())
}

pub(super) fn urgency_counts_after_the_wake<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(4)?;
    C::try_send_urgent(&sender, Item::new(0), 0)?;
    drop(C::try_recv(&mut receiver));
    let mut receive = C::recv(&mut receiver)?;
    start(&mut receive, Waker::noop())?;
    for urgency in [1, 7] {
        let item = Item::new(urgency as usize);
        ensure!(
            C::try_send_urgent(&sender, item, urgency)?,
            "no room for an item"
        );
    }
    let Poll::Ready(Some(item)) = poll(&mut receive, Waker::noop()) else {
        ensure!(false, "it was woken for nothing");
        return Ok(());
    };
    ensure!(item.number() == 7, "the item it was woken for comes first");
    Ok(())
}

/// The numbers of all that is in the channel.
fn received<C: Channel>(receiver: &mut C::Receiver) -> Vec<usize> {
    std::iter::from_fn(|| C::try_recv(receiver).item())
        .map(|item| item.number())
        .collect()
}
