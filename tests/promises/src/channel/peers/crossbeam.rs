//! crossbeam-channel, which is for threads alone.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::super::{Channel, Ends, Item, Received};
use crate::outcome::Outcome;

pub(crate) enum Crossbeam {}

impl Channel for Crossbeam {
    type Sender = Sender<Item>;
    type Receiver = Receiver<Item>;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        Ok(crossbeam_channel::bounded(capacity))
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let ends = crossbeam_channel::unbounded();
        for number in 0..items {
            let _ = ends.0.send(Item::new(number));
        }
        while ends.1.try_recv().is_ok() {}
        Ok(Box::new(ends))
    }

    fn another(receiver: &Receiver<Item>) -> Outcome<Receiver<Item>> {
        Ok(receiver.clone())
    }

    fn try_send(sender: &Sender<Item>, item: Item) -> bool {
        sender.try_send(item).is_ok()
    }

    fn try_recv(receiver: &mut Receiver<Item>) -> Received {
        match receiver.try_recv() {
            Ok(item) => Received::Item(item),
            Err(TryRecvError::Empty) => Received::Empty,
            Err(TryRecvError::Disconnected) => Received::Closed,
        }
    }

    fn send_blocking(sender: &Sender<Item>, item: Item) -> Outcome<bool> {
        Ok(sender.send(item).is_ok())
    }

    fn recv_blocking(receiver: &mut Receiver<Item>) -> Outcome<Option<Item>> {
        Ok(receiver.recv().ok())
    }

    fn send_timeout(sender: &Sender<Item>, item: Item, timeout: Duration) -> Outcome<bool> {
        Ok(sender.send_timeout(item, timeout).is_ok())
    }

    fn recv_timeout(receiver: &mut Receiver<Item>, timeout: Duration) -> Outcome<Option<Item>> {
        Ok(receiver.recv_timeout(timeout).ok())
    }
}
