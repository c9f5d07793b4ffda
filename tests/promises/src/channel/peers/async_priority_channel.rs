//! async-priority-channel; the larger priority is the more urgent one.

use async_priority_channel::{Receiver, Sender, TryRecvError};

use super::super::{Channel, Ends, Item, Received};
use crate::outcome::{Outcome, lacks};
use crate::polling::Boxed;

pub(crate) enum AsyncPriorityChannel {}

impl Channel for AsyncPriorityChannel {
    type Sender = Sender<Item, u32>;
    type Receiver = Receiver<Item, u32>;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        if capacity == 0 {
            return lacks("capacity 0");
        }
        Ok(async_priority_channel::bounded(capacity as u64))
    }

    fn burst(items: usize) -> Outcome<Box<dyn Send>> {
        let ends = async_priority_channel::unbounded();
        for number in 0..items {
            let _ = ends.0.try_send(Item::new(number), 0);
        }
        while ends.1.try_recv().is_ok() {}
        Ok(Box::new(ends))
    }

    fn another(receiver: &Self::Receiver) -> Outcome<Self::Receiver> {
        Ok(receiver.clone())
    }

    fn try_send(sender: &Self::Sender, item: Item) -> bool {
        sender.try_send(item, 0).is_ok()
    }

    fn try_recv(receiver: &mut Self::Receiver) -> Received {
        match receiver.try_recv() {
            Ok((item, _)) => Received::Item(item),
            Err(TryRecvError::Empty) => Received::Empty,
            Err(TryRecvError::Closed) => Received::Closed,
        }
    }

    fn send(sender: &Self::Sender, item: Item) -> Outcome<Boxed<'_, bool>> {
        let send = sender.send(item, 0);
        Ok(Box::pin(async { send.await.is_ok() }))
    }

    fn recv(receiver: &mut Self::Receiver) -> Outcome<Boxed<'_, Option<Item>>> {
        let recv = receiver.recv();
        Ok(Box::pin(async { recv.await.ok().map(|(item, _)| item) }))
    }

    fn close(sender: &Self::Sender, _receiver: &mut Self::Receiver) -> Outcome {
        sender.close();
        Ok(())
    }

    fn try_send_urgent(sender: &Self::Sender, item: Item, urgency: u32) -> Outcome<bool> {
        Ok(sender.try_send(item, urgency).is_ok())
    }
}
