//! Channels: what a contender implements, the promises, and the contenders.

mod blocking;
mod cancelled_receive;
mod cancelled_send;
mod closing;
mod discarding;
mod items_that_call_back;
mod last_waker;
mod memory;
mod order;
mod ours;
mod panicking_wakers;
mod peers;
mod rendezvous;
#[cfg(test)]
pub(crate) mod straw;
mod threads;
mod unpolled;
mod wakers_that_call_back;
mod wakes;

use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use futures_core::Stream;

use crate::callbacks::Callback;
use crate::item::Item;
use crate::outcome::{Outcome, lacks};
use crate::polling::{Boxed, Task, settle};
use crate::primitive::{Contender, Promise, promises};

/// A channel under test.
///
/// What a contender's API does not have stays as it is here.
pub(crate) trait Channel: Sized + 'static {
    type Sender: Clone + Send + Sync + 'static;
    type Receiver: Send + 'static;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>>;

    /// Sends so many items through a new channel without bound, has all of them received, and
    /// returns what keeps the channel alive.
    fn burst(_items: usize) -> Outcome<Box<dyn Send>> {
        lacks("unbounded")
    }

    /// Whether items that are equally urgent leave in the order in which they came.
    fn keeps_arrival_order() -> Outcome {
        Ok(())
    }

    /// Another receiver of the same channel.
    fn another(receiver: &Self::Receiver) -> Outcome<Self::Receiver>;

    /// Whether there was room for it.
    fn try_send(sender: &Self::Sender, item: Item) -> bool;

    fn try_recv(receiver: &mut Self::Receiver) -> Received;

    /// `false`: the channel is closed.
    fn send(_sender: &Self::Sender, _item: Item) -> Outcome<Boxed<'_, bool>> {
        lacks("async send")
    }

    /// `None`: the channel is closed.
    fn recv(_receiver: &mut Self::Receiver) -> Outcome<Boxed<'_, Option<Item>>> {
        lacks("async receive")
    }

    fn stream(_receiver: &mut Self::Receiver) -> Outcome<Pin<Box<dyn Stream<Item = Item> + '_>>> {
        lacks("stream")
    }

    /// Waits for room in a full channel, gives up after one poll and still has the item.
    fn give_up(_sender: &Self::Sender, _item: Item) -> Outcome<Option<Item>> {
        lacks("cancel or reserve")
    }

    fn close(_sender: &Self::Sender, _receiver: &mut Self::Receiver) -> Outcome {
        lacks("close")
    }

    fn send_blocking(_sender: &Self::Sender, _item: Item) -> Outcome<bool> {
        lacks("blocking send")
    }

    fn recv_blocking(_receiver: &mut Self::Receiver) -> Outcome<Option<Item>> {
        lacks("blocking receive")
    }

    /// Whether the item was sent in time.
    fn send_timeout(_sender: &Self::Sender, _item: Item, _timeout: Duration) -> Outcome<bool> {
        lacks("blocking send with a timeout")
    }

    fn recv_timeout(_receiver: &mut Self::Receiver, _timeout: Duration) -> Outcome<Option<Item>> {
        lacks("blocking receive with a timeout")
    }

    /// Sends before all that is less urgent, if there is room.
    fn try_send_urgent(_sender: &Self::Sender, _item: Item, _urgency: u32) -> Outcome<bool> {
        lacks("priorities")
    }
}

/// The two ends of a channel.
type Ends<C> = (<C as Channel>::Sender, <C as Channel>::Receiver);

/// The answer of a receive that does not wait.
pub(crate) enum Received {
    Item(Item),
    Empty,
    Closed,
}

impl Received {
    fn item(self) -> Option<Item> {
        match self {
            Self::Item(item) => Some(item),
            Self::Empty | Self::Closed => None,
        }
    }
}

/// A callback that makes each call which may take a lock and never waits.
fn callback<C: Channel>(ends: &Ends<C>) -> Callback {
    let sender = ends.0.clone();
    let receiver = C::another(&ends.1).ok().map(Mutex::new);
    Callback::new(move || {
        if let Some(receiver) = &receiver {
            let item = C::try_recv(&mut receiver.lock().expect("no callback within another"));
            drop(item);
        }
        C::try_send(&sender, Item::new(0));
    })
}

/// Whether this item comes, when the sender runs as often as it is woken, and all that is there is
/// received.
fn arrives<C: Channel>(
    number: usize,
    sender: &mut [Task<'_, bool>],
    receiver: &mut C::Receiver,
) -> bool {
    loop {
        settle(sender);
        match C::try_recv(receiver).item() {
            Some(item) if item.number() == number => return true,
            Some(_) => {}
            None => return false,
        }
    }
}

/// The rows of the table; each group is in the file of its name.
fn promises<C: Channel>() -> Vec<Promise> {
    promises! { C;
        cancelled_receive {
            loses_no_item: Steps "A receive that is dropped after an item was sent loses no item";
            passes_its_wake_on: Steps "… and the next receiver is woken in its place";
            meets_a_send: Race "Receives dropped while another thread sends lose no item";
        }
        cancelled_send {
            can_keep_its_item: Steps "A send that is given up can keep its item";
            delivers_nothing: Steps "A send dropped while it waits delivers nothing, and drops its item once";
            passes_its_slot_on: Steps "A send dropped after room was made for it leaves the room to the next";
            drops_its_item_unpolled: Steps "A send dropped before its first poll drops its item";
        }
        last_waker {
            of_a_receive: Steps "A receive wakes the waker of its last poll";
            of_a_send: Steps "A send wakes the waker of its last poll";
        }
        wakes {
            one_send_wakes_one_receiver: Steps "One send wakes one of 100 receivers";
            one_send_wakes_one_stream: Steps "One send wakes one of 100 streams";
            each_item_finds_a_receiver: Steps "Two receivers wait, two items are sent into one slot: both receive";
        }
        unpolled {
            a_receive_keeps_no_item_back: Steps "A receive that was woken and is not polled keeps its item from nobody";
            a_receive_takes_no_second_wake: Steps "… and the next item wakes the next receiver";
            a_send_holds_nobody_up: Steps "A send that was woken and is not polled does not hold up the next";
        }
        wakers_that_call_back {
            woken_receive: Steps "A receive's waker may call the channel when it is woken";
            cloned_receive: Steps "… a receive's, when it is cloned";
            replaced_receive: Steps "… a receive's, when it is replaced and dropped";
            dropped_receive: Steps "… a receive's, when it is dropped with its future";
            woken_send: Steps "A send's waker may call the channel when it is woken";
            cloned_send: Steps "… a send's, when it is cloned";
            replaced_send: Steps "… a send's, when it is replaced and dropped";
            dropped_send: Steps "… a send's, when it is dropped with its future";
        }
        items_that_call_back {
            of_a_cancelled_send: Steps "The item of a cancelled send may call the channel when it is dropped";
            without_receivers: Steps "Buffered items may, when the last receiver goes";
        }
        panicking_wakers {
            leave_the_channel_usable: Steps "A waker that panics leaves the channel usable";
            harm_no_other: Steps "… and all others are woken when the channel closes";
        }
        closing {
            keeps_what_is_buffered: Steps "What is buffered at a close is still received";
            the_last_drop_meets_a_receive: Race "A receive that meets the drop of the last sender misses no item";
        }
        rendezvous {
            a_send_waits_for_its_receiver: Steps "Capacity 0: a send completes only when its item was taken";
            a_timed_send_waits_for_its_receiver: Steps "Capacity 0: a blocking send that nobody takes leaves nothing behind";
        }
        order {
            each_sender_keeps_its_order: Race "What one sender sends arrives in its order";
            the_most_urgent_comes_first: Steps "The most urgent item is received first";
            equals_keep_their_order: Steps "Equally urgent items keep their order";
            urgency_counts_after_the_wake: Steps "An urgent item that comes after the receiver was woken is received first";
        }
        discarding {
            the_last_receiver_drops_what_is_buffered: Steps "Buffered items are dropped with the last receiver";
            drops_each_item_once: Race "Receivers that go while others send: each item is dropped once";
        }
        memory {
            idle_polls_allocate_nothing: Steps "A receive that is polled for nothing allocates nothing";
            a_ready_receive_allocates_nothing: Steps "A receive that need not wait allocates nothing";
            cancelled_waits_leave_nothing: Steps "Receives that were dropped leave no memory behind";
            a_burst_of_waiters_is_given_back: Steps "After 10 000 sends that waited at once their memory is given back";
            a_burst_of_items_is_given_back: Steps "After 100 000 buffered items their memory is given back";
        }
        blocking {
            a_receive_sleeps: Steps "A thread that waits for an item sleeps";
            a_timed_receive_sleeps: Steps "… and does so with a timeout";
            a_send_sleeps: Steps "A thread that waits for room sleeps";
            the_longest_timeout_is_never: Steps "A timeout of `Duration::MAX` means never";
            the_park_token_survives: Steps "A blocking receive leaves the thread's own park token alone";
            a_receive_that_times_out_takes_nothing: Race "A blocking receive that times out took nothing";
            a_send_that_times_out_sent_nothing: Race "A blocking send that times out sent nothing";
        }
        threads {
            nothing_is_lost_or_doubled: Race "Threads that send, receive and cancel: no item is lost or comes twice, no wake-up is lost";
        }
    }
}

/// The columns of the table.
pub(crate) fn contenders() -> Vec<Contender> {
    use async_dual_queue::{Fifo, Lifo, Ring};
    use ours::{Plain, Prioritised};
    use peers::{
        AsyncChannel, AsyncPriorityChannel, Asyncband, Crossbeam, Crossfire, Flume, Kanal, Loole,
        PriorityChannel, Tokio,
    };
    let ours = |name, promises| Contender::ours(name, "async-dual-queue", promises);
    vec![
        ours("async-dual-queue Fifo", promises::<Plain<Fifo>>()),
        ours("async-dual-queue Ring", promises::<Plain<Ring>>()),
        ours("async-dual-queue Lifo", promises::<Plain<Lifo>>()),
        ours("async-dual-queue Priority", promises::<Prioritised>()),
        Contender::peer("async-channel", promises::<AsyncChannel>()),
        Contender::peer("flume", promises::<Flume>()),
        Contender::peer("loole", promises::<Loole>()),
        Contender::peer("kanal", promises::<Kanal>()),
        Contender::peer("crossfire", promises::<Crossfire>()),
        Contender::peer("crossbeam-channel", promises::<Crossbeam>()),
        Contender::peer("asyncband", promises::<Asyncband>()),
        Contender::peer("tokio", promises::<Tokio>()),
        Contender::peer("async-priority-channel", promises::<AsyncPriorityChannel>()),
        Contender::peer("priority-channel", promises::<PriorityChannel>()),
    ]
}
