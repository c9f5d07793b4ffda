//! A channel of straw: slow, simple and sound, or wrong in one way that is asked for.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::{Channel, Ends, Item, Received, promises};
use crate::bites::{self, Bite};
use crate::outcome::Outcome;
use crate::polling::Boxed;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    CancelDelivers,
    CancelLeaks,
    ClosesEarly,
    DropsItemsLocked,
    FirstWakerStays,
    ForgetsUrgency,
    KeepsDroppedWakers,
    LeaksRefused,
    Spins,
    TimeoutDrops,
    TimeoutSends,
    WakesTheFirstAgain,
    WakesTheFirstOnly,
    ZeroIsOne,
}

/// The probes that no peer of the table fails, and others that share a fault.
pub(crate) const BITES: &[Bite<Fault>] = &[
    ("cancelled_send", "can_keep_its_item", Fault::CancelLeaks),
    ("cancelled_send", "delivers_nothing", Fault::CancelDelivers),
    (
        "cancelled_send",
        "passes_its_slot_on",
        Fault::WakesTheFirstOnly,
    ),
    (
        "cancelled_send",
        "drops_its_item_unpolled",
        Fault::CancelLeaks,
    ),
    ("last_waker", "of_a_receive", Fault::FirstWakerStays),
    (
        "wakes",
        "each_item_finds_a_receiver",
        Fault::WakesTheFirstAgain,
    ),
    (
        "unpolled",
        "a_receive_takes_no_second_wake",
        Fault::WakesTheFirstAgain,
    ),
    (
        "items_that_call_back",
        "without_receivers",
        Fault::DropsItemsLocked,
    ),
    (
        "closing",
        "the_last_drop_meets_a_receive",
        Fault::ClosesEarly,
    ),
    (
        "rendezvous",
        "a_timed_send_waits_for_its_receiver",
        Fault::ZeroIsOne,
    ),
    (
        "order",
        "the_most_urgent_comes_first",
        Fault::ForgetsUrgency,
    ),
    (
        "order",
        "urgency_counts_after_the_wake",
        Fault::ForgetsUrgency,
    ),
    ("discarding", "drops_each_item_once", Fault::LeaksRefused),
    (
        "memory",
        "cancelled_waits_leave_nothing",
        Fault::KeepsDroppedWakers,
    ),
    ("blocking", "a_receive_sleeps", Fault::Spins),
    ("blocking", "a_send_sleeps", Fault::Spins),
    (
        "blocking",
        "a_receive_that_times_out_takes_nothing",
        Fault::TimeoutDrops,
    ),
    (
        "blocking",
        "a_send_that_times_out_sent_nothing",
        Fault::TimeoutSends,
    ),
];

bites::straw!(promises::<Straw>);

enum Straw {}

struct Core {
    state: Mutex<State>,
    changed: Condvar,
    fault: Fault,
}

struct State {
    /// With their urgencies, in the order of arrival.
    items: Vec<(u32, Item)>,
    capacity: usize,
    wakers: BTreeMap<usize, Waker>,
    places: usize,
    senders: usize,
    receivers: usize,
    closed: bool,
}

impl Core {
    fn new(capacity: usize) -> Arc<Self> {
        let fault = FAULT.get();
        let zero = usize::from(fault == Fault::ZeroIsOne);
        Arc::new(Self {
            state: Mutex::new(State {
                items: Vec::new(),
                capacity: capacity.max(zero),
                wakers: BTreeMap::new(),
                places: 0,
                senders: 1,
                receivers: 1,
                closed: false,
            }),
            changed: Condvar::new(),
            fault,
        })
    }

    fn change<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        self.change_or_wait(None, |state| Some(act(state)))
            .expect("it is done at once")
    }

    /// Does something and wakes all who wait, or leaves a waker in that place.
    fn change_or_wait<R>(
        &self,
        wait: Option<(usize, Waker)>,
        act: impl FnOnce(&mut State) -> Option<R>,
    ) -> Option<R> {
        let mut replaced = wait;
        let mut state = self.state.lock().expect("no panic");
        let done = act(&mut state);
        let mut woken = BTreeMap::new();
        if done.is_some() {
            woken = match self.fault {
                Fault::WakesTheFirstAgain => state.wakers.clone().into_iter().take(1).collect(),
                Fault::WakesTheFirstOnly => state.wakers.pop_first().into_iter().collect(),
                _ => mem::take(&mut state.wakers),
            };
        } else if let Some((place, waker)) = replaced.take() {
            let stays = self.fault == Fault::FirstWakerStays && state.wakers.contains_key(&place);
            let waker = if stays {
                Some(waker)
            } else {
                state.wakers.insert(place, waker)
            };
            replaced = waker.map(|waker| (place, waker));
        }
        drop(state);
        self.changed.notify_all();
        woken.into_values().for_each(Waker::wake);
        drop(replaced);
        done
    }

    /// Blocks until it is done, or the time is up.
    fn block<R>(
        &self,
        timeout: Option<Duration>,
        mut act: impl FnMut(&mut State, bool) -> Option<R>,
    ) -> Option<R> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let done = self.change_or_wait(None, |state| act(state, late));
            if done.is_some() || late {
                return done;
            }
            let state = self.state.lock().expect("no panic");
            if self.fault == Fault::Spins {
                drop(state);
                thread::yield_now();
            } else {
                // A change between the two locks is seen a millisecond later: straw may poll.
                let _ = self.changed.wait_timeout(state, Duration::from_millis(1));
            }
        }
    }

    fn place(&self) -> Place<'_> {
        let mut state = self.state.lock().expect("no panic");
        state.places += 1;
        Place(self, state.places)
    }
}

impl State {
    fn take(&mut self, fault: Fault) -> Received {
        if fault == Fault::ClosesEarly && self.senders == 0 {
            return Received::Closed;
        }
        let most = self.items.iter().map(|(urgency, _)| *urgency).max();
        let urgent =
            |(urgency, _): &(u32, Item)| fault == Fault::ForgetsUrgency || Some(*urgency) == most;
        match self.items.iter().position(urgent) {
            Some(at) => Received::Item(self.items.remove(at).1),
            None if self.closed || self.senders == 0 => Received::Closed,
            None => Received::Empty,
        }
    }

    /// `Some` if it is decided whether the item is sent; it is gone if it is.
    fn put(&mut self, item: &mut Option<Item>, urgency: u32) -> Option<bool> {
        if self.receivers == 0 || self.closed {
            return Some(false);
        }
        if self.items.len() >= self.capacity {
            return None;
        }
        self.items.extend(item.take().map(|item| (urgency, item)));
        Some(true)
    }
}

/// A place among those who wait.
struct Place<'a>(&'a Core, usize);

impl Place<'_> {
    fn poll<R>(&self, waker: &Waker, act: impl FnOnce(&mut State, Fault) -> Option<R>) -> Poll<R> {
        let Self(core, place) = self;
        let wait = Some((*place, waker.clone()));
        let done = core.change_or_wait(wait, |state| act(state, core.fault));
        done.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.0.fault != Fault::KeepsDroppedWakers {
            let mut state = self.0.state.lock().expect("no panic");
            let waker = state.wakers.remove(&self.1);
            drop(state);
            drop(waker);
        }
    }
}

/// An item on its way.
struct Parcel<'a>(Place<'a>, Option<Item>);

impl Drop for Parcel<'_> {
    fn drop(&mut self) {
        match self.0.0.fault {
            Fault::CancelLeaks => mem::forget(self.1.take()),
            Fault::CancelDelivers => {
                let item = self.1.take().map(|item| (0, item));
                self.0.0.change(|state| state.items.extend(item));
            }
            _ => {}
        }
    }
}

struct Sender(Arc<Core>);

impl Clone for Sender {
    fn clone(&self) -> Self {
        self.0.change(|state| state.senders += 1);
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.change(|state| state.senders -= 1);
    }
}

struct Receiver(Arc<Core>);

impl Drop for Receiver {
    fn drop(&mut self) {
        let items = self.0.change(|state| {
            state.receivers -= 1;
            if state.receivers > 0 {
                return Vec::new();
            }
            let items = mem::take(&mut state.items);
            if self.0.fault == Fault::DropsItemsLocked {
                drop(items);
                return Vec::new();
            }
            items
        });
        drop(items);
    }
}

impl Channel for Straw {
    type Sender = Sender;
    type Receiver = Receiver;

    fn bounded(capacity: usize) -> Outcome<Ends<Self>> {
        let core = Core::new(capacity);
        Ok((Sender(Arc::clone(&core)), Receiver(core)))
    }

    fn another(receiver: &Receiver) -> Outcome<Receiver> {
        receiver.0.change(|state| state.receivers += 1);
        Ok(Receiver(Arc::clone(&receiver.0)))
    }

    fn try_send(sender: &Sender, item: Item) -> bool {
        Self::try_send_urgent(sender, item, 0).is_ok_and(|sent| sent)
    }

    fn try_recv(receiver: &mut Receiver) -> Received {
        receiver.0.change(|state| state.take(receiver.0.fault))
    }

    fn send(sender: &Sender, item: Item) -> Outcome<Boxed<'_, bool>> {
        let mut parcel = Parcel(sender.0.place(), Some(item));
        Ok(Box::pin(poll_fn(move |cx| {
            let Parcel(place, item) = &mut parcel;
            place.poll(cx.waker(), |state, _| state.put(item, 0))
        })))
    }

    fn recv(receiver: &mut Receiver) -> Outcome<Boxed<'_, Option<Item>>> {
        let place = receiver.0.place();
        Ok(Box::pin(poll_fn(move |cx| {
            place.poll(cx.waker(), |state, fault| match state.take(fault) {
                Received::Empty => None,
                other => Some(other.item()),
            })
        })))
    }

    fn give_up(sender: &Sender, item: Item) -> Outcome<Option<Item>> {
        let mut parcel = Parcel(sender.0.place(), Some(item));
        let leaks = sender.0.fault == Fault::CancelLeaks;
        Ok(if leaks { None } else { parcel.1.take() })
    }

    fn send_blocking(sender: &Sender, item: Item) -> Outcome<bool> {
        let mut item = Some(item);
        let sent = sender.0.block(None, |state, _| state.put(&mut item, 0));
        Ok(sent == Some(true))
    }

    fn recv_blocking(receiver: &mut Receiver) -> Outcome<Option<Item>> {
        Self::recv_timeout(receiver, Duration::MAX)
    }

    fn send_timeout(sender: &Sender, item: Item, timeout: Duration) -> Outcome<bool> {
        let mut item = Some(item);
        let sends_late = sender.0.fault == Fault::TimeoutSends;
        let sent = sender.0.block(Some(timeout), |state, late| {
            let put = state.put(&mut item, 0);
            if put.is_none() && late && sends_late {
                state.items.extend(item.take().map(|item| (0, item)));
            }
            put
        });
        Ok(sent == Some(true))
    }

    fn recv_timeout(receiver: &mut Receiver, timeout: Duration) -> Outcome<Option<Item>> {
        let fault = receiver.0.fault;
        let taken = receiver
            .0
            .block(Some(timeout), |state, late| match state.take(fault) {
                Received::Empty => None,
                other if late && fault == Fault::TimeoutDrops => {
                    drop(other);
                    None
                }
                other => Some(other.item()),
            });
        Ok(taken.flatten())
    }

    fn try_send_urgent(sender: &Sender, item: Item, urgency: u32) -> Outcome<bool> {
        let mut item = Some(item);
        let sent = sender.0.change(|state| state.put(&mut item, urgency));
        if sent == Some(false) && sender.0.fault == Fault::LeaksRefused {
            mem::forget(item);
        }
        Ok(sent == Some(true))
    }
}
