//! crossfire; its blocking calls go through another pair of handles.

use std::pin::Pin;
use std::time::Duration;

use crossfire::mpmc::{self, Array};
use crossfire::{MAsyncRx, MAsyncTx, TryRecvError};
use futures_core::Stream;

use super::super::{Channel, Ends, Item, Received};
use crate::outcome::{Outcome, lacks};
use crate::polling::Boxed;

pub(crate) enum Crossfire {}

type Sender = MAsyncTx<Array<Item>>;
type Receiver = MAsyncRx<Array<Item>>;

impl Channel for Crossfire {
    type Sender = Sender;
    type Receiver = Receiver;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        if capacity == 0 {
            return lacks("capacity 0");
        }
        Ok(mpmc::bounded_async(capacity))
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let ends = mpmc::unbounded_blocking();
        for number in 0..items {
            let _ = ends.0.send(Item::new(number));
        }
        while ends.1.try_recv().is_ok() {}
        Ok(Box::new(ends))
    }

    fn another(receiver: &Receiver) -> Outcome<Receiver> {
        Ok(receiver.clone())
    }

    fn try_send(sender: &Sender, item: Item) -> bool {
        sender.try_send(item).is_ok()
    }

    fn try_recv(receiver: &mut Receiver) -> Received {
        match receiver.try_recv() {
            Ok(item) => Received::Item(item),
            Err(TryRecvError::Empty) => Received::Empty,
            Err(TryRecvError::Disconnected) => Received::Closed,
        }
    }

    fn send(sender: &Sender, item: Item) -> Outcome<Boxed<'_, bool>> {
        let send = sender.send(item);
        Ok(Box::pin(async { send.await.is_ok() }))
    }

    fn recv(receiver: &mut Receiver) -> Outcome<Boxed<'_, Option<Item>>> {
        let recv = receiver.recv();
        Ok(Box::pin(async { recv.await.ok() }))
    }

    fn stream(receiver: &mut Receiver) -> Outcome<Pin<Box<dyn Stream<Item = Item> + '_>>> {
        Ok(Box::pin(receiver.clone().into_stream()))
    }

    fn send_blocking(sender: &Sender, item: Item) -> Outcome<bool> {
        Ok(sender.clone().into_blocking().send(item).is_ok())
    }

    fn recv_blocking(receiver: &mut Receiver) -> Outcome<Option<Item>> {
        Ok(receiver.clone().into_blocking().recv().ok())
    }

    fn send_timeout(sender: &Sender, item: Item, timeout: Duration) -> Outcome<bool> {
        let sender = sender.clone().into_blocking();
        Ok(sender.send_timeout(item, timeout).is_ok())
    }

    fn recv_timeout(receiver: &mut Receiver, timeout: Duration) -> Outcome<Option<Item>> {
        Ok(receiver.clone().into_blocking().recv_timeout(timeout).ok())
    }
}
