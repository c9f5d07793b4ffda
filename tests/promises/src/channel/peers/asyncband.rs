//! asyncband's `mpmc`; its blocking calls are its adapter around the futures.

use std::task::Waker;
use std::time::Duration;

use asyncband::blocking::FutureExt;
use asyncband::mpmc::{self, BoundedReceiver, BoundedSender, TryRecvError};

use super::super::{Channel, Ends, Item, Received};
use crate::outcome::{Outcome, lacks};
use crate::polling::{Boxed, poll};

pub(crate) enum Asyncband {}

impl Channel for Asyncband {
    type Sender = BoundedSender<Item>;
    type Receiver = BoundedReceiver<Item>;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        if capacity == 0 {
            return lacks("capacity 0");
        }
        Ok(mpmc::bounded(capacity))
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let ends = mpmc::unbounded();
        for number in 0..items {
            let _ = ends.0.send(Item::new(number));
        }
        while ends.1.try_recv().is_ok() {}
        Ok(Box::new(ends))
    }

    fn another(receiver: &BoundedReceiver<Item>) -> Outcome<BoundedReceiver<Item>> {
        Ok(receiver.clone())
    }

    fn try_send(sender: &BoundedSender<Item>, item: Item) -> bool {
        sender.try_send(item).is_ok()
    }

    fn try_recv(receiver: &mut BoundedReceiver<Item>) -> Received {
        match receiver.try_recv() {
            Ok(item) => Received::Item(item),
            Err(TryRecvError::Empty) => Received::Empty,
            Err(TryRecvError::Disconnected) => Received::Closed,
        }
    }

    fn send(sender: &BoundedSender<Item>, item: Item) -> Outcome<Boxed<'_, bool>> {
        let send = sender.send(item);
        Ok(Box::pin(async { send.await.is_ok() }))
    }

    fn recv(receiver: &mut BoundedReceiver<Item>) -> Outcome<Boxed<'_, Option<Item>>> {
        let recv = receiver.recv();
        Ok(Box::pin(async { recv.await.ok() }))
    }

    fn give_up(sender: &BoundedSender<Item>, item: Item) -> Outcome<Option<Item>> {
        let mut reserve: Boxed<'_, _> = Box::pin(sender.reserve());
        Ok(poll(&mut reserve, Waker::noop())
            .is_pending()
            .then_some(item))
    }

    fn send_blocking(sender: &BoundedSender<Item>, item: Item) -> Outcome<bool> {
        Ok(sender.send(item).block_on().is_ok())
    }

    fn recv_blocking(receiver: &mut BoundedReceiver<Item>) -> Outcome<Option<Item>> {
        Ok(receiver.recv().block_on().ok())
    }

    fn send_timeout(sender: &BoundedSender<Item>, item: Item, timeout: Duration) -> Outcome<bool> {
        let sent = sender.send(item).wait_timeout(timeout);
        Ok(sent.is_some_and(|sent| sent.is_ok()))
    }

    fn recv_timeout(
        receiver: &mut BoundedReceiver<Item>,
        timeout: Duration,
    ) -> Outcome<Option<Item>> {
        Ok(receiver.recv().wait_timeout(timeout).and_then(Result::ok))
    }
}
