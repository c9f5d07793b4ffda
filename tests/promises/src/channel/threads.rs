//! Everything at once: threads that send, receive, and change their minds.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Poll, Waker};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use super::{Channel, Item};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Boxed, Waited, poll, wait_within};
use crate::race;

/// Only a wake-up that never comes takes so long.
const LIMIT: Duration = Duration::from_secs(3);

const SENDERS: usize = 2;
const ITEMS: usize = 200;

/// What became of an item.
#[derive(Default)]
struct Fate {
    sent: AtomicBool,
    received: AtomicU8,
}

pub(super) fn nothing_is_lost_or_doubled<C: Channel>(time: Duration) -> Outcome {
    race::rounds(time, |round| {
        let (sender, mut receiver) = C::bounded(round % 3 + 1)?;
        // Before there are threads: a contender may have no such thing.
        drop(C::recv(&mut receiver)?);
        // One receiver where there can be only one.
        let mut receivers: Vec<_> = C::another(&receiver).into_iter().collect();
        receivers.push(receiver);
        let fates: Vec<Fate> = (0..SENDERS * ITEMS).map(|_| Fate::default()).collect();
        thread::scope(|scope| {
            let fates = &fates[..];
            let mut running: Vec<ScopedJoinHandle<'_, Outcome>> = Vec::new();
            for number in 0..SENDERS {
                let sender = sender.clone();
                let numbers = number * ITEMS..(number + 1) * ITEMS;
                running.push(scope.spawn(move || send_all::<C>(&sender, numbers, fates)));
            }
            drop(sender);
            for mut receiver in receivers {
                running.push(scope.spawn(move || receive_all::<C>(&mut receiver, fates)));
            }
            // A sender that gave up would keep the others waiting: all are heard first.
            let ended: Vec<_> = running.into_iter().map(ScopedJoinHandle::join).collect();
            for outcome in ended {
                let Ok(outcome) = outcome else {
                    ensure!(false, "panics");
                    return Ok(());
                };
                outcome?;
            }
            Ok(())
        })?;
        for fate in &fates {
            let times = fate.received.load(Ordering::SeqCst);
            ensure!(times < 2, "items come twice");
            let sent = fate.sent.load(Ordering::SeqCst);
            ensure!(times == 1 || !sent, "items are lost");
        }
        Ok(())
    })
}

/// Sends each number; every third send is given up after a poll or two.
fn send_all<C: Channel>(
    sender: &C::Sender,
    numbers: std::ops::Range<usize>,
    fates: &[Fate],
) -> Outcome {
    for number in numbers {
        let mut send = C::send(sender, Item::new(number))?;
        let ended = if number % 3 == 0 {
            abandon(&mut send, number)
        } else {
            waited(&mut send)?
        };
        fates[number]
            .sent
            .store(ended == Some(true), Ordering::SeqCst);
    }
    Ok(())
}

/// Receives until the channel is closed; many receives are given up after a poll or two.
fn receive_all<C: Channel>(receiver: &mut C::Receiver, fates: &[Fate]) -> Outcome {
    for turn in 0.. {
        let mut receive = C::recv(receiver)?;
        let ended = if turn % 3 == 0 {
            waited(&mut receive)?
        } else {
            abandon(&mut receive, turn)
        };
        match ended {
            Some(Some(item)) => {
                fates[item.number()].received.fetch_add(1, Ordering::SeqCst);
            }
            Some(None) => break,
            None => {}
        }
    }
    Ok(())
}

fn waited<T>(future: &mut Boxed<'_, T>) -> Outcome<Option<T>> {
    match wait_within(future, LIMIT) {
        Waited::Ready(output) => return Ok(Some(output)),
        Waited::Forgotten => ensure!(false, "a wake-up is lost"),
        Waited::Pending => ensure!(false, "a future waits for ever"),
    }
    Ok(None)
}

/// Polls once or twice with a waker that does nothing.
fn abandon<T>(future: &mut Boxed<'_, T>, turn: usize) -> Option<T> {
    for _ in 0..=turn % 2 {
        if let Poll::Ready(output) = poll(future, Waker::noop()) {
            return Some(output);
        }
        race::pause(turn * 7 % 100);
    }
    None
}
