//! Random histories of every kind of queue against a naive reference.
//!
//! After each step the queue's own invariants hold, every result and every wake-up is the one that
//! the reference says, and in the end, when only those who were woken are polled, nobody sleeps
//! beside what he waits for.
//!
//! To see it bite, break the engines by hand:
//!
//! | change | what fails |
//! |---|---|
//! | parking an item notifies no receiver (mutex) | `fifo`, `lifo`, `priority` |
//! | a push notifies no receiver (ring) | `ring` |
//! | a woken receive that is dropped notifies nobody | all, by engine |
//! | a pop admits nobody, or refills nothing | all, by engine |
//! | taking many forgets whom it has admitted (mutex) | `fifo`, `lifo`, `priority` |
//! | a slot that is dropped admits nobody | `fifo`, `lifo`, `priority` |
//! | the end wakes no receivers | all, by engine |
//! | a receive that is done still counts as woken when the next is looked for (ring) | `ring` |
//! | a sender that parks sets no flag (ring) | `ring` |

mod reference;
#[cfg(feature = "ring")]
mod ring;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use async_dual_queue::{Adjustable, Fairness, Order, Queue, SendFuture};
use async_dual_queue::{Fifo, Lifo, Priority, RecvFuture, ReserveFuture, Slot, TryRecvError};
use fastrand::Rng;
use reference::{By, Received, Reference, Stage};
use testkit::{CountWaker, poll_once, with_seeds};

/// Room for one message, filled with it or dropped.
pub(crate) trait Room {
    fn fill(self: Box<Self>, id: u64, priority: u8) -> bool;
}

pub(crate) type Reserving<'a> = Pin<Box<dyn Future<Output = Option<Box<dyn Room + 'a>>> + 'a>>;

/// A kind of queue.
pub(crate) trait Kind: Order {
    const BY: By;
    const ON_RING: bool = false;

    fn queue(capacity: usize, fairness: Fairness) -> Queue<u64, Self>;
    fn id(message: Self::Message<u64>) -> u64;
    fn try_send(queue: &Queue<u64, Self>, id: u64, priority: u8) -> Result<(), (bool, u64)>;
    fn send(queue: &Queue<u64, Self>, id: u64, priority: u8) -> SendFuture<'_, u64, Self>;

    /// What only some kinds can do; `None` where this one can't.
    fn force(queue: &Queue<u64, Self>, id: u64, priority: u8) -> Option<Result<Option<u64>, u64>>;
    fn reserve(queue: &Queue<u64, Self>) -> Option<Reserving<'_>>;
    fn set_capacity(queue: &Queue<u64, Self>, capacity: usize) -> bool;
}

/// What the kinds behind a mutex have in common.
macro_rules! adjustable {
    ($order:ty, $by:expr, |$id:ident, $priority:ident| ($($message:tt)*), $bare:expr) => {
        impl Kind for $order {
            const BY: By = $by;

            fn queue(capacity: usize, fairness: Fairness) -> Queue<u64, Self> {
                Queue::bounded(capacity).with_fairness(fairness)
            }

            fn id(message: Self::Message<u64>) -> u64 {
                $bare(message)
            }

            fn try_send(
                queue: &Queue<u64, Self>,
                $id: u64,
                $priority: u8,
            ) -> Result<(), (bool, u64)> {
                let _ = $priority;
                let sent = queue.try_send($($message)*);
                sent.map_err(|error| (error.is_full(), Self::id(error.into_inner())))
            }

            fn send(
                queue: &Queue<u64, Self>,
                $id: u64,
                $priority: u8,
            ) -> SendFuture<'_, u64, Self> {
                let _ = $priority;
                queue.send($($message)*)
            }

            fn force(
                queue: &Queue<u64, Self>,
                $id: u64,
                $priority: u8,
            ) -> Option<Result<Option<u64>, u64>> {
                let _ = $priority;
                Some(match queue.force_send($($message)*) {
                    Ok(evicted) => Ok(evicted.map(Self::id)),
                    Err(error) => Err(Self::id(error.into_inner())),
                })
            }

            fn reserve(queue: &Queue<u64, Self>) -> Option<Reserving<'_>> {
                Some(Box::pin(reserved(queue.reserve())))
            }

            fn set_capacity(queue: &Queue<u64, Self>, capacity: usize) -> bool {
                queue.set_capacity(capacity);
                true
            }
        }

        impl Room for Slot<'_, u64, $order> {
            fn fill(self: Box<Self>, $id: u64, $priority: u8) -> bool {
                let _ = $priority;
                self.send($($message)*).is_ok()
            }
        }
    };
}

async fn reserved<'a, O: Adjustable>(
    reserve: ReserveFuture<'a, u64, O>,
) -> Option<Box<dyn Room + 'a>>
where
    Slot<'a, u64, O>: Room,
{
    match reserve.await {
        Ok(slot) => Some(Box::new(slot)),
        Err(_) => None,
    }
}

adjustable!(Fifo, By::Arrival, |id, priority| (id), |id| id);
adjustable!(Lifo, By::Lateness, |id, priority| (id), |id| id);
adjustable!(
    Priority<u8>,
    By::Priority,
    |id, priority| (id, priority),
    |(id, _)| id
);

enum Pending<'a, K: Kind> {
    Recv(RecvFuture<'a, u64, K>),
    Send(SendFuture<'a, u64, K>, u64, u8),
    Reserve(Reserving<'a>),
}

/// A future, its number, and what its waker has seen.
struct Task<'a, K: Kind> {
    number: usize,
    future: Pending<'a, K>,
    polled: bool,
    count: Arc<CountWaker>,
    waker: Waker,
}

struct History<'a, K: Kind> {
    queue: &'a Queue<u64, K>,
    reference: Reference,
    tasks: Vec<Task<'a, K>>,
    slots: Vec<Box<dyn Room + 'a>>,
    numbers: usize,
    ids: u64,
}

impl<'a, K: Kind> History<'a, K> {
    fn new(queue: &'a Queue<u64, K>, capacity: usize, fairness: Fairness) -> Self {
        let strict = fairness == Fairness::Strict;
        Self {
            queue,
            reference: Reference::new(K::BY, capacity, strict, K::ON_RING),
            tasks: Vec::new(),
            slots: Vec::new(),
            numbers: 0,
            ids: 0,
        }
    }

    fn add(&mut self, future: Pending<'a, K>) {
        let (count, waker) = CountWaker::new();
        self.tasks.push(Task {
            number: self.numbers,
            future,
            polled: false,
            count,
            waker,
        });
        self.numbers += 1;
    }

    fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// Polls a task, compares, and removes it when it is done.
    fn poll(&mut self, at: usize) {
        let reference = &mut self.reference;
        let task = &mut self.tasks[at];
        let (number, first) = (task.number, !task.polled);
        task.polled = true;
        task.count.reset();
        let done = match &mut task.future {
            Pending::Recv(recv) => {
                let polled = poll_once(recv, &task.waker);
                let expected = if first {
                    let received = reference.receive_as_newcomer();
                    if received == Received::Nothing {
                        reference.waiting.push(number);
                    }
                    received
                } else if let Some(place) = position(&reference.refused, number) {
                    reference.refused.remove(place);
                    Received::End
                } else if reference.granted.contains(&number) {
                    reference.receive_as_granted(number)
                } else {
                    Received::Nothing
                };
                let received = match polled {
                    Poll::Ready(Ok(id)) => Received::Item(id),
                    Poll::Ready(Err(_)) => Received::End,
                    Poll::Pending => Received::Nothing,
                };
                assert_eq!(received, expected, "recv {number}");
                received != Received::Nothing
            }
            Pending::Send(send, id, priority) => {
                let polled = poll_once(send, &task.waker);
                let expected = if first {
                    if reference.stage != Stage::Open {
                        Some(false)
                    } else if reference.has_room() {
                        reference.push(*id, *priority);
                        Some(true)
                    } else {
                        reference.park(*id, *priority, number);
                        None
                    }
                } else {
                    outcome(reference, number)
                };
                let result = match polled {
                    Poll::Ready(Ok(())) => Some(true),
                    Poll::Ready(Err(error)) => {
                        assert_eq!(K::id(error.into_inner()), *id);
                        Some(false)
                    }
                    Poll::Pending => None,
                };
                assert_eq!(result, expected, "send {number}");
                result.is_some()
            }
            Pending::Reserve(reserve) => {
                let polled = poll_once(reserve, &task.waker);
                let expected = if first {
                    if reference.stage != Stage::Open {
                        Some(false)
                    } else if reference.has_room() {
                        reference.reserved += 1;
                        Some(true)
                    } else {
                        reference.wait_to_reserve(number);
                        None
                    }
                } else {
                    outcome(reference, number)
                };
                let reserved = match polled {
                    Poll::Ready(Some(slot)) => {
                        self.slots.push(slot);
                        Some(true)
                    }
                    Poll::Ready(None) => Some(false),
                    Poll::Pending => None,
                };
                assert_eq!(reserved, expected, "reserve {number}");
                reserved.is_some()
            }
        };
        if done {
            drop(self.tasks.swap_remove(at));
        }
    }

    /// Drops a task, or cancels it, at whatever point it is.
    fn abandon(&mut self, at: usize, cancel: bool) {
        let task = self.tasks.swap_remove(at);
        let (reference, number) = (&mut self.reference, task.number);
        match task.future {
            Pending::Recv(recv) => {
                drop(recv);
                reference.waiting.retain(|each| *each != number);
                reference.granted.retain(|each| *each != number);
                reference.refused.retain(|each| *each != number);
            }
            Pending::Send(send, id, _) => {
                let was_admitted = outcome(reference, number) == Some(true);
                reference.parked.retain(|(_, future)| *future != number);
                if cancel {
                    let back = send.cancel().map(K::id);
                    assert_eq!(
                        back,
                        (!was_admitted).then_some(id),
                        "cancelled send {number}"
                    );
                }
            }
            Pending::Reserve(reserve) => {
                drop(reserve);
                reference.reservers.retain(|(_, future)| *future != number);
                if outcome(reference, number) == Some(true) {
                    reference.reserved -= 1;
                    reference.admit();
                }
            }
        }
        self.reference.settle();
    }

    #[expect(clippy::too_many_lines, reason = "a table: one arm per operation")]
    fn step(&mut self, rng: &mut Rng) {
        let queue = self.queue;
        let priority = rng.u8(..4);
        match rng.u8(..32) {
            0..=3 => self.add(Pending::Recv(queue.recv())),
            4..=7 => {
                let id = self.next_id();
                self.add(Pending::Send(K::send(queue, id, priority), id, priority));
            }
            8 => {
                if let Some(reserve) = K::reserve(queue) {
                    self.add(Pending::Reserve(reserve));
                }
            }
            9..=16 if !self.tasks.is_empty() => self.poll(rng.usize(..self.tasks.len())),
            17..=19 if !self.tasks.is_empty() => {
                self.abandon(rng.usize(..self.tasks.len()), rng.bool());
            }
            20..=21 => {
                let id = self.next_id();
                let expected = if self.reference.stage != Stage::Open {
                    Err((false, id))
                } else if self.reference.has_room() {
                    self.reference.push(id, priority);
                    Ok(())
                } else {
                    Err((true, id))
                };
                assert_eq!(K::try_send(queue, id, priority), expected, "try_send {id}");
            }
            22..=24 => {
                let expected = match self.reference.receive_as_newcomer() {
                    Received::Item(id) => Ok(id),
                    Received::Nothing => Err(TryRecvError::Empty),
                    Received::End => Err(TryRecvError::Closed),
                };
                assert_eq!(queue.try_recv(), expected, "try_recv");
            }
            25 => {
                let id = self.next_id();
                let open = self.reference.stage == Stage::Open;
                let Some(forced) = K::force(queue, id, priority) else {
                    return;
                };
                let expected = if open {
                    Ok(self.reference.force(id, priority))
                } else {
                    Err(id)
                };
                assert_eq!(forced, expected, "force {id}");
            }
            26 if !self.slots.is_empty() => {
                let slot = self.slots.swap_remove(rng.usize(..self.slots.len()));
                self.reference.reserved -= 1;
                if rng.bool() {
                    drop(slot);
                    self.reference.admit();
                    self.reference.settle();
                } else {
                    let id = self.next_id();
                    let is_good = self.reference.stage != Stage::Emptied;
                    if is_good {
                        self.reference.push(id, priority);
                    }
                    assert_eq!(slot.fill(id, priority), is_good, "filled slot");
                }
            }
            27 => {
                let capacity = rng.usize(..4);
                if K::set_capacity(queue, capacity) {
                    self.reference.capacity = capacity;
                    self.reference.admit();
                    self.reference.settle();
                }
            }
            28 => {
                let mut out = Vec::new();
                let max = std::num::NonZeroUsize::new(rng.usize(1..4)).expect("not zero");
                let received = queue.try_recv_many(&mut out, max);
                assert_eq!(received.ok(), (!out.is_empty()).then_some(out.len()));
                for id in &out {
                    assert_eq!(self.reference.receive_as_newcomer(), Received::Item(*id));
                }
                if out.len() < max.get() {
                    let more = self.reference.receive_as_newcomer();
                    assert!(
                        !matches!(more, Received::Item(_)),
                        "recv_many left {more:?}"
                    );
                }
            }
            29 if rng.u8(..4) == 0 => {
                let drained: Vec<u64> = queue.drain().into_iter().map(K::id).collect();
                assert_eq!(drained, self.reference.drain(), "drain");
            }
            30 if rng.u8(..16) == 0 => {
                assert_eq!(queue.close(), self.reference.stage == Stage::Open, "close");
                self.reference.close();
            }
            31 if rng.u8(..24) == 0 => {
                let left: Vec<u64> = queue.close_now().into_iter().map(K::id).collect();
                assert_eq!(left, self.reference.close_now(), "close_now");
            }
            _ => {}
        }
    }

    fn check(&self) {
        self.queue.assert_invariants();
        let reference = &self.reference;
        assert_eq!(self.queue.len(), reference.available(), "len");
        let waiting = self.queue.waiting_receivers();
        assert_eq!(waiting, reference.waiting.len(), "waiting receivers");
        let senders = reference.parked.len() + reference.reservers.len();
        assert_eq!(self.queue.waiting_senders(), senders, "waiting senders");
        for task in self.tasks.iter().filter(|task| task.polled) {
            let sleeps = reference.waiting.contains(&task.number)
                || reference
                    .parked
                    .iter()
                    .any(|(_, each)| *each == task.number)
                || reference
                    .reservers
                    .iter()
                    .any(|(_, each)| *each == task.number);
            assert_eq!(
                task.count.wakes(),
                usize::from(!sleeps),
                "wakes of {}",
                task.number
            );
        }
    }

    /// Drops all that is under way, in any order, and looks at what is left.
    fn cut(mut self, rng: &mut Rng) {
        while !self.tasks.is_empty() {
            self.abandon(rng.usize(..self.tasks.len()), rng.bool());
            self.check();
        }
        while let Some(slot) = self.slots.pop() {
            drop(slot);
            self.reference.reserved -= 1;
            self.reference.admit();
            self.reference.settle();
            self.check();
        }
        assert_eq!(self.queue.waiting_receivers(), 0);
        assert_eq!(self.queue.waiting_senders(), 0);
        let left: Vec<u64> = self.queue.drain().into_iter().map(K::id).collect();
        assert_eq!(left, self.reference.drain(), "what is left");
    }

    /// Polls only who was woken, until nobody is; then nobody sleeps beside what he waits for.
    fn finish(&mut self) {
        while let Some(at) = self
            .tasks
            .iter()
            .position(|task| !task.polled || task.count.wakes() > 0)
        {
            self.poll(at);
            self.check();
        }
        let reference = &self.reference;
        assert!(reference.waiting.is_empty() || reference.available() == 0);
        let blocked = !reference.parked.is_empty() || !reference.reservers.is_empty();
        assert!(!blocked || !reference.has_room());
    }
}

/// One history of a queue, cut after each of its steps: whatever is under way is dropped then.
///
/// The reference says what is left; nothing else may be, and nobody may wait.
pub(crate) fn cuts<K: Kind>(capacities: &[usize], fairness: Fairness) {
    for &capacity in capacities {
        with_seeds(12, |rng| {
            let seed = rng.u64(..);
            for steps in 0..60 {
                let mut rng = Rng::with_seed(seed);
                let queue = K::queue(capacity, fairness);
                let mut history = History::<K>::new(&queue, capacity, fairness);
                for _ in 0..steps {
                    history.step(&mut rng);
                }
                history.cut(&mut rng);
            }
        });
    }
}

/// How a send or a reservation has ended: let in, or refused.
fn outcome(reference: &mut Reference, number: usize) -> Option<bool> {
    if let Some(place) = position(&reference.admitted, number) {
        reference.admitted.remove(place);
        return Some(true);
    }
    let place = position(&reference.refused, number)?;
    reference.refused.remove(place);
    Some(false)
}

fn position(numbers: &[usize], number: usize) -> Option<usize> {
    numbers.iter().position(|each| *each == number)
}

pub(crate) fn histories<K: Kind>(capacities: &[usize], fairnesses: &[Fairness]) {
    for &capacity in capacities {
        for &fairness in fairnesses {
            with_seeds(400, |rng| {
                let queue = K::queue(capacity, fairness);
                let mut history = History::<K>::new(&queue, capacity, fairness);
                for _ in 0..rng.usize(1..120) {
                    history.step(rng);
                    history.check();
                }
                history.finish();
            });
        }
    }
}

const BOTH: &[Fairness] = &[Fairness::WorkConserving, Fairness::Strict];
const CAPACITIES: &[usize] = &[0, 1, 2, 3, usize::MAX];

#[test]
fn fifo() {
    histories::<Fifo>(CAPACITIES, BOTH);
}

#[test]
fn lifo() {
    histories::<Lifo>(CAPACITIES, BOTH);
}

#[test]
fn priority() {
    histories::<Priority<u8>>(CAPACITIES, BOTH);
}

#[test]
fn fifo_cut_after_each_step() {
    cuts::<Fifo>(CAPACITIES, Fairness::WorkConserving);
}

#[test]
fn lifo_cut_after_each_step() {
    cuts::<Lifo>(CAPACITIES, Fairness::Strict);
}

#[test]
fn priority_cut_after_each_step() {
    cuts::<Priority<u8>>(CAPACITIES, Fairness::WorkConserving);
}
