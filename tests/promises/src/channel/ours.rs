//! async-dual-queue, in each of its orders.

use std::cmp::Reverse;
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::Waker;
use std::time::Duration;

use async_dual_queue::{
    Fifo, Lifo, Order, Priority, Queue, Receiver, Ring, RingQueue, Sender, TryRecvError, Unranked,
};
use futures_core::Stream;

use super::{Channel, Ends, Item, Received};
use crate::outcome::{Outcome, lacks};
use crate::polling::Boxed;

/// The queues whose items have no priority.
pub(crate) struct Plain<O>(PhantomData<O>);

/// The larger number is the more urgent one, so it is turned around.
pub(crate) enum Prioritised {}

type Rank = Reverse<u32>;

/// How a queue of this order is made.
pub(crate) trait Made: Order<Message<Item> = Item> + Unranked {
    fn bounded(capacity: usize) -> Outcome<Queue<Item, Self>>;

    fn unbounded() -> Outcome<Queue<Item, Self>>;

    fn keeps_arrival_order() -> Outcome {
        Ok(())
    }
}

impl Made for Fifo {
    fn bounded(capacity: usize) -> Outcome<Queue<Item, Self>> {
        Ok(Queue::<Item, Self>::bounded(capacity))
    }

    fn unbounded() -> Outcome<Queue<Item, Self>> {
        Ok(Queue::<Item, Self>::unbounded())
    }
}

impl Made for Lifo {
    fn bounded(capacity: usize) -> Outcome<Queue<Item, Self>> {
        Ok(Queue::<Item, Self>::bounded(capacity))
    }

    fn unbounded() -> Outcome<Queue<Item, Self>> {
        Ok(Queue::<Item, Self>::unbounded())
    }

    fn keeps_arrival_order() -> Outcome {
        lacks("first in, first out")
    }
}

impl Made for Ring {
    fn bounded(capacity: usize) -> Outcome<Queue<Item, Self>> {
        match NonZeroUsize::new(capacity) {
            Some(capacity) => Ok(RingQueue::with_capacity(capacity)),
            None => lacks("capacity 0"),
        }
    }

    fn unbounded() -> Outcome<Queue<Item, Self>> {
        lacks("unbounded")
    }
}

impl<O: Made> Channel for Plain<O>
where
    Sender<Item, O>: Send + Sync,
    Receiver<Item, O>: Send,
{
    type Sender = Sender<Item, O>;
    type Receiver = Receiver<Item, O>;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        Ok(O::bounded(capacity)?.into_channel())
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let ends = O::unbounded()?.into_channel();
        for number in 0..items {
            let _ = ends.0.try_send(Item::new(number));
        }
        while ends.1.try_recv().is_ok() {}
        Ok(Box::new(ends))
    }

    fn keeps_arrival_order() -> Outcome {
        O::keeps_arrival_order()
    }

    fn another(receiver: &Self::Receiver) -> Outcome<Self::Receiver> {
        Ok(receiver.clone())
    }

    fn try_send(sender: &Self::Sender, item: Item) -> bool {
        sender.try_send(item).is_ok()
    }

    fn try_recv(receiver: &mut Self::Receiver) -> Received {
        received(receiver.try_recv())
    }

    fn send(sender: &Self::Sender, item: Item) -> Outcome<Boxed<'_, bool>> {
        let send = sender.send(item);
        Ok(Box::pin(async { send.await.is_ok() }))
    }

    fn recv(receiver: &mut Self::Receiver) -> Outcome<Boxed<'_, Option<Item>>> {
        let recv = receiver.recv();
        Ok(Box::pin(async { recv.await.ok() }))
    }

    fn stream(receiver: &mut Self::Receiver) -> Outcome<Pin<Box<dyn Stream<Item = Item> + '_>>> {
        Ok(Box::pin(receiver))
    }

    fn give_up(sender: &Self::Sender, item: Item) -> Outcome<Option<Item>> {
        let mut send = sender.send(item);
        let ready = testkit::poll_once(&mut send, Waker::noop()).is_ready();
        Ok(if ready { None } else { send.cancel() })
    }

    fn close(sender: &Self::Sender, _receiver: &mut Self::Receiver) -> Outcome {
        sender.close();
        Ok(())
    }

    fn send_blocking(sender: &Self::Sender, item: Item) -> Outcome<bool> {
        Ok(sender.send_blocking(item).is_ok())
    }

    fn recv_blocking(receiver: &mut Self::Receiver) -> Outcome<Option<Item>> {
        Ok(receiver.recv_blocking().ok())
    }

    fn send_timeout(sender: &Self::Sender, item: Item, timeout: Duration) -> Outcome<bool> {
        Ok(sender.send_blocking_timeout(item, timeout).is_ok())
    }

    fn recv_timeout(receiver: &mut Self::Receiver, timeout: Duration) -> Outcome<Option<Item>> {
        Ok(receiver.recv_blocking_timeout(timeout).ok())
    }
}

impl Channel for Prioritised {
    type Sender = Sender<Item, Priority<Rank>>;
    type Receiver = Receiver<Item, Priority<Rank>>;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        Ok(Queue::<_, Priority<_>>::bounded(capacity).into_channel())
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let ends = Queue::<_, Priority<Rank>>::unbounded().into_channel();
        for number in 0..items {
            let _ = ends.0.try_send(Item::new(number), EQUAL);
        }
        while ends.1.try_recv().is_ok() {}
        Ok(Box::new(ends))
    }

    fn another(receiver: &Self::Receiver) -> Outcome<Self::Receiver> {
        Ok(receiver.clone())
    }

    fn try_send(sender: &Self::Sender, item: Item) -> bool {
        sender.try_send(item, EQUAL).is_ok()
    }

    fn try_recv(receiver: &mut Self::Receiver) -> Received {
        received(receiver.try_recv())
    }

    fn send(sender: &Self::Sender, item: Item) -> Outcome<Boxed<'_, bool>> {
        let send = sender.send(item, EQUAL);
        Ok(Box::pin(async { send.await.is_ok() }))
    }

    fn recv(receiver: &mut Self::Receiver) -> Outcome<Boxed<'_, Option<Item>>> {
        let recv = receiver.recv();
        Ok(Box::pin(async { recv.await.ok() }))
    }

    fn stream(receiver: &mut Self::Receiver) -> Outcome<Pin<Box<dyn Stream<Item = Item> + '_>>> {
        Ok(Box::pin(receiver))
    }

    fn give_up(sender: &Self::Sender, item: Item) -> Outcome<Option<Item>> {
        let mut send = sender.send(item, EQUAL);
        let ready = testkit::poll_once(&mut send, Waker::noop()).is_ready();
        Ok(if ready {
            None
        } else {
            send.cancel().map(|(item, _)| item)
        })
    }

    fn close(sender: &Self::Sender, _receiver: &mut Self::Receiver) -> Outcome {
        sender.close();
        Ok(())
    }

    fn send_blocking(sender: &Self::Sender, item: Item) -> Outcome<bool> {
        Ok(sender.send_blocking(item, EQUAL).is_ok())
    }

    fn recv_blocking(receiver: &mut Self::Receiver) -> Outcome<Option<Item>> {
        Ok(receiver.recv_blocking().ok())
    }

    fn send_timeout(sender: &Self::Sender, item: Item, timeout: Duration) -> Outcome<bool> {
        Ok(sender.send_blocking_timeout(item, EQUAL, timeout).is_ok())
    }

    fn recv_timeout(receiver: &mut Self::Receiver, timeout: Duration) -> Outcome<Option<Item>> {
        Ok(receiver.recv_blocking_timeout(timeout).ok())
    }

    fn try_send_urgent(sender: &Self::Sender, item: Item, urgency: u32) -> Outcome<bool> {
        let rank = Reverse(urgency);
        Ok(sender.try_send(item, rank).is_ok())
    }
}

/// The priority of items that are sent without one.
const EQUAL: Rank = Reverse(0);

fn received(result: Result<Item, TryRecvError>) -> Received {
    match result {
        Ok(item) => Received::Item(item),
        Err(TryRecvError::Empty) => Received::Empty,
        Err(TryRecvError::Closed) => Received::Closed,
    }
}
