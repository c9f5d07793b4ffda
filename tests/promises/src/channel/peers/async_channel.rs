//! async-channel.

use std::pin::Pin;

use async_channel::{Receiver, Sender, TryRecvError};
use futures_core::Stream;

use super::super::{Channel, Ends, Item, Received};
use crate::outcome::{Outcome, lacks};
use crate::polling::Boxed;

pub(crate) enum AsyncChannel {}

impl Channel for AsyncChannel {
    type Sender = Sender<Item>;
    type Receiver = Receiver<Item>;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        if capacity == 0 {
            return lacks("capacity 0");
        }
        Ok(async_channel::bounded(capacity))
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let ends = async_channel::unbounded();
        for number in 0..items {
            let _ = ends.0.try_send(Item::new(number));
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
            Err(TryRecvError::Closed) => Received::Closed,
        }
    }

    fn send(sender: &Sender<Item>, item: Item) -> Outcome<Boxed<'_, bool>> {
        let send = sender.send(item);
        Ok(Box::pin(async { send.await.is_ok() }))
    }

    fn recv(receiver: &mut Receiver<Item>) -> Outcome<Boxed<'_, Option<Item>>> {
        let recv = receiver.recv();
        Ok(Box::pin(async { recv.await.ok() }))
    }

    fn stream(receiver: &mut Receiver<Item>) -> Outcome<Pin<Box<dyn Stream<Item = Item> + '_>>> {
        Ok(Box::pin(receiver.clone()))
    }

    fn close(sender: &Sender<Item>, _receiver: &mut Receiver<Item>) -> Outcome {
        sender.close();
        Ok(())
    }

    fn send_blocking(sender: &Sender<Item>, item: Item) -> Outcome<bool> {
        Ok(sender.send_blocking(item).is_ok())
    }

    fn recv_blocking(receiver: &mut Receiver<Item>) -> Outcome<Option<Item>> {
        Ok(receiver.recv_blocking().ok())
    }
}
