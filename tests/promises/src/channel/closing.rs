//! The end of a channel.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Channel, Item, Received};
use crate::outcome::{Outcome, ensure};
use crate::race::{self, Opponent};

/// kanal's `close` discards it.
pub(super) fn keeps_what_is_buffered<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(2)?;
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    C::close(&sender, &mut receiver)?;
    ensure!(
        C::try_recv(&mut receiver).item().is_some(),
        "the buffered item is discarded"
    );
    Ok(())
}

/// crossfire before 3.1.20 and flume#120 said "closed" although an item was there.
pub(super) fn the_last_drop_meets_a_receive<C: Channel>(time: Duration) -> Outcome {
    let last = Arc::new(Mutex::new(None::<C::Sender>));
    thread::scope(|scope| {
        let theirs = Arc::clone(&last);
        let opponent = Opponent::new(scope, move || {
            let sender = theirs.lock().expect("no panic").take();
            if let Some(sender) = sender {
                C::try_send(&sender, Item::new(1));
            }
        });
        race::rounds(time, |round| {
            let (sender, mut receiver) = C::bounded(4)?;
            *last.lock().expect("no panic") = Some(sender);
            let order = opponent.act_after(round % 64);
            race::pause(round % 61);
            // Again and again, without a pause in which the other would be done.
            let mut looks = std::iter::repeat_with(|| C::try_recv(&mut receiver));
            let taken = looks.find(|it| !matches!(it, Received::Empty));
            order.wait();
            let missed = matches!(taken, Some(Received::Closed));
            ensure!(!missed, "closed, and the item is still in there");
            Ok(())
        })
    })
}
