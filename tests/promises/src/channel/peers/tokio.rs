//! tokio's `mpsc`.

use std::task::Waker;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::super::{Channel, Ends, Item, Received};
use crate::outcome::{Outcome, lacks};
use crate::polling::{Boxed, poll};

pub(crate) enum Tokio {}

impl Channel for Tokio {
    type Sender = Sender<Item>;
    type Receiver = Receiver<Item>;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        if capacity == 0 {
            return lacks("capacity 0");
        }
        Ok(mpsc::channel(capacity))
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        for number in 0..items {
            let _ = sender.send(Item::new(number));
        }
        while receiver.try_recv().is_ok() {}
        Ok(Box::new((sender, receiver)))
    }

    fn another(_receiver: &Receiver<Item>) -> Outcome<Receiver<Item>> {
        lacks("second receiver")
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

    fn send(sender: &Sender<Item>, item: Item) -> Outcome<Boxed<'_, bool>> {
        let send = sender.send(item);
        Ok(Box::pin(async { send.await.is_ok() }))
    }

    fn recv(receiver: &mut Receiver<Item>) -> Outcome<Boxed<'_, Option<Item>>> {
        Ok(Box::pin(receiver.recv()))
    }

    fn give_up(sender: &Sender<Item>, item: Item) -> Outcome<Option<Item>> {
        let mut reserve: Boxed<'_, _> = Box::pin(sender.reserve());
        Ok(poll(&mut reserve, Waker::noop())
            .is_pending()
            .then_some(item))
    }

    fn close(_sender: &Sender<Item>, receiver: &mut Receiver<Item>) -> Outcome {
        receiver.close();
        Ok(())
    }

    fn send_blocking(sender: &Sender<Item>, item: Item) -> Outcome<bool> {
        Ok(sender.blocking_send(item).is_ok())
    }

    fn recv_blocking(receiver: &mut Receiver<Item>) -> Outcome<Option<Item>> {
        Ok(receiver.blocking_recv())
    }
}
