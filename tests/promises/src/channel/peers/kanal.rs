//! kanal.

use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;
use kanal::{AsyncReceiver, AsyncSender};

use super::super::{Channel, Ends, Item, Received};
use crate::outcome::Outcome;
use crate::polling::Boxed;

pub(crate) enum Kanal {}

impl Channel for Kanal {
    type Sender = AsyncSender<Item>;
    type Receiver = AsyncReceiver<Item>;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        Ok(kanal::bounded_async(capacity))
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let ends = kanal::unbounded();
        for number in 0..items {
            let _ = ends.0.send(Item::new(number));
        }
        while let Ok(Some(_)) = ends.1.try_recv() {}
        Ok(Box::new(ends))
    }

    fn another(receiver: &AsyncReceiver<Item>) -> Outcome<AsyncReceiver<Item>> {
        Ok(receiver.clone())
    }

    fn try_send(sender: &AsyncSender<Item>, item: Item) -> bool {
        sender.try_send(item).unwrap_or(false)
    }

    fn try_recv(receiver: &mut AsyncReceiver<Item>) -> Received {
        match receiver.try_recv() {
            Ok(Some(item)) => Received::Item(item),
            Ok(None) => Received::Empty,
            Err(_) => Received::Closed,
        }
    }

    fn send(sender: &AsyncSender<Item>, item: Item) -> Outcome<Boxed<'_, bool>> {
        let send = sender.send(item);
        Ok(Box::pin(async { send.await.is_ok() }))
    }

    fn recv(receiver: &mut AsyncReceiver<Item>) -> Outcome<Boxed<'_, Option<Item>>> {
        let recv = receiver.recv();
        Ok(Box::pin(async { recv.await.ok() }))
    }

    fn stream(
        receiver: &mut AsyncReceiver<Item>,
    ) -> Outcome<Pin<Box<dyn Stream<Item = Item> + '_>>> {
        Ok(Box::pin(receiver.stream()))
    }

    fn close(sender: &AsyncSender<Item>, _receiver: &mut AsyncReceiver<Item>) -> Outcome {
        let _ = sender.close();
        Ok(())
    }

    fn send_blocking(sender: &AsyncSender<Item>, item: Item) -> Outcome<bool> {
        Ok(sender.as_sync().send(item).is_ok())
    }

    fn recv_blocking(receiver: &mut AsyncReceiver<Item>) -> Outcome<Option<Item>> {
        Ok(receiver.as_sync().recv().ok())
    }

    fn send_timeout(sender: &AsyncSender<Item>, item: Item, timeout: Duration) -> Outcome<bool> {
        Ok(sender.as_sync().send_timeout(item, timeout).is_ok())
    }

    fn recv_timeout(
        receiver: &mut AsyncReceiver<Item>,
        timeout: Duration,
    ) -> Outcome<Option<Item>> {
        Ok(receiver.as_sync().recv_timeout(timeout).ok())
    }
}
