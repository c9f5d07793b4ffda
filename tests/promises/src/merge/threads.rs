//! Threads that feed the sources while one polls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::Merge;
use super::tap::Tap;
use crate::outcome::{Outcome, ensure};
use crate::polling::{Boxed, Waited, wait_within};
use crate::race;

/// No item takes longer.
const LIMIT: Duration = Duration::from_secs(2);

const SOURCES: usize = 8;
const FEEDERS: usize = 2;

/// Items of a source in one round.
const ITEMS: usize = 20;

pub(super) fn lose_no_item<M: Merge>(time: Duration) -> Outcome {
    race::rounds(time, |_| {
        let (taps, mut merge) = Tap::merged::<M>(SOURCES);
        let given_up = AtomicBool::new(false);
        thread::scope(|scope| {
            for feeder in 0..FEEDERS {
                let (taps, given_up) = (&taps, &given_up);
                scope.spawn(move || {
                    for number in 0..ITEMS {
                        for source in (feeder..SOURCES).step_by(FEEDERS) {
                            race::pause((number * 7 + source) % 30);
                            taps[source].give(number * SOURCES + source);
                            if given_up.load(Ordering::SeqCst) {
                                return;
                            }
                        }
                    }
                    for source in (feeder..SOURCES).step_by(FEEDERS) {
                        taps[source].end();
                    }
                });
            }
            let received = receive(&mut merge);
            given_up.store(true, Ordering::SeqCst);
            received
        })
    })
}

/// Each source's items in their order, then the end.
fn receive(merge: &mut impl Merge) -> Outcome {
    let mut next = [0; SOURCES];
    loop {
        let mut item: Boxed<'_, _> = Box::pin(std::future::poll_fn(|cx| merge.poll_next(cx)));
        let received = match wait_within(&mut item, LIMIT) {
            Waited::Ready(received) => received,
            Waited::Forgotten => {
                ensure!(false, "a wake-up is lost");
                return Ok(());
            }
            Waited::Pending => {
                ensure!(false, "it sleeps on, and asking does not help");
                return Ok(());
            }
        };
        drop(item);
        let Some(item) = received else { break };
        let (number, source) = (item / SOURCES, item % SOURCES);
        ensure!(number == next[source], "an item is lost or out of order");
        next[source] += 1;
    }
    ensure!(next == [ITEMS; SOURCES], "it ends before its sources");
    Ok(())
}
