//! How many are woken for one item.

use std::pin::Pin;
use std::task::Context;

use futures_core::Stream;
use testkit::CountWaker;

use super::{Channel, Item};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Task, settle, start};

const CROWD: usize = 100;

/// async-priority-channel wakes all of them.
pub(super) fn one_send_wakes_one_receiver<C: Channel>() -> Outcome {
    let (sender, receiver) = C::bounded(2 * CROWD)?;
    let mut receivers = crowd::<C>(&receiver)?;
    let wakers: Vec<_> = (0..CROWD).map(|_| CountWaker::new()).collect();
    let mut waiting = Vec::new();
    for (receiver, (_, waker)) in receivers.iter_mut().zip(&wakers) {
        let mut receive = C::recv(receiver)?;
        start(&mut receive, waker)?;
        waiting.push(receive);
    }
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    let woken = wakers.iter().filter(|(count, _)| count.wakes() > 0).count();
    ensure!(woken == 1, "{woken} are woken");
    Ok(())
}

/// async-channel wakes all of them (async-channel#57).
pub(super) fn one_send_wakes_one_stream<C: Channel>() -> Outcome {
    let (sender, receiver) = C::bounded(2 * CROWD)?;
    let mut receivers = crowd::<C>(&receiver)?;
    let wakers: Vec<_> = (0..CROWD).map(|_| CountWaker::new()).collect();
    let mut streams = Vec::new();
    for (receiver, (_, waker)) in receivers.iter_mut().zip(&wakers) {
        let mut stream = C::stream(receiver)?;
        let next = Pin::new(&mut stream).poll_next(&mut Context::from_waker(waker));
        ensure!(next.is_pending(), "ready where it has to wait");
        streams.push(stream);
    }
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    let woken = wakers.iter().filter(|(count, _)| count.wakes() > 0).count();
    ensure!(woken == 1, "{woken} are woken");
    Ok(())
}

/// An early sketch of ours woke nobody for an item that had to wait for a slot itself.
pub(super) fn each_item_finds_a_receiver<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    let mut other = C::another(&receiver)?;
    let mut waiting = [
        Task::new(C::recv(&mut receiver)?),
        Task::new(C::recv(&mut other)?),
    ];
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    let mut send = [Task::new(C::send(&sender, Item::new(2))?)];
    // Whoever is woken runs, and nobody else.
    loop {
        settle(&mut waiting);
        settle(&mut send);
        if !waiting.iter().any(Task::is_woken_and_pending) {
            break;
        }
    }
    let asleep = waiting.iter().filter(|task| task.is_pending()).count();
    ensure!(asleep == 0, "{asleep} of 2 receivers sleep on");
    Ok(())
}

/// So many receivers of one channel.
fn crowd<C: Channel>(receiver: &C::Receiver) -> Outcome<Vec<C::Receiver>> {
    (0..CROWD).map(|_| C::another(receiver)).collect()
}
