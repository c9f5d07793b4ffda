//! The engine of [`Fifo`], [`Lifo`] and [`Priority`]: one mutex around the items and the waiters.
//!
//! # Protocol
//!
//! - A sender that has to wait parks its item in its slot.
//!   Whoever makes room moves the first parked item into the buffer at once and grants its sender;
//!   nothing depends on that sender being polled.
//! - A receiver is *notified*, not handed an item: the item stays where it is until somebody takes
//!   it.
//!   A cancelled receiver can lose nothing, and the order decides at take time.
//! - A notified receiver that finds nothing goes back to the front.
//! - A reservation counts as an item when room is measured, and as nothing when items are.
//!
//! # Invariants
//!
//! With *available* = buffered + parked items, whenever the lock is free:
//!
//! 1. Receivers wait ⇒ at least as many receivers are granted as items are available.
//! 2. Senders or reservations wait ⇒ buffered + reserved ≥ capacity.
//! 3. buffered + reserved ≤ capacity, unless `set_capacity` lowered it.
//! 4. A message is in exactly one place: a future, a slot, the buffer, or the caller's hands.
//! 5. Closed ⇒ nobody waits to reserve, and no receiver waits once nothing is available or
//!    reserved.
//! 6. `len` is *available*.
//! 7. `is_calm` says whether the queue is open and no sender, reservation or receiver waits, and
//!    no receiver is granted: then a push or pop is all that there is to do.
//!
//! [`Fifo`]: crate::Fifo
//! [`Lifo`]: crate::Lifo
//! [`Priority`]: crate::Priority

mod buffer;
mod end;
mod line;
mod recv;
mod room;
mod send;
mod state;

use std::ops::{Deref, DerefMut};
use std::task::{Context, Poll};

use async_waitlist::sync::atomic::{AtomicUsize, Ordering};
use async_waitlist::sync::{Mutex, MutexGuard};
use async_waitlist::{Key, WakeBatch};

use super::wake::{Wakers, wake};
use super::{Engine, Parcel, Ticket};
use crate::error::{RecvError, TryRecvError, TrySendError};
use crate::order::{Fifo, Lifo, Mechanism, Priority};
use buffer::{Buffer, Deque, DequeEnd, Heap};
use line::Line;
use state::{Stage, State};

pub use state::Fairness;

/// The private side of [`Adjustable`](crate::Adjustable): what the items and the parked senders of
/// an order are kept in.
pub trait Guarded: Mechanism {
    /// The items.
    type Buffer<T>: Buffer<T, Self::Rank>;

    /// The parked senders, each with its item.
    type Line<T>: Line<T, Self::Rank>;

    /// The engine by its own name.
    fn guarded<T>(engine: &Self::Engine<T>) -> &MutexEngine<T, Self>;

    /// The same, to be changed.
    fn guarded_mut<T>(engine: &mut Self::Engine<T>) -> &mut MutexEngine<T, Self>;

    /// And the other way round.
    fn engine<T>(guarded: MutexEngine<T, Self>) -> Self::Engine<T>;
}

/// Fills in [`Guarded`] for an order.
macro_rules! guarded {
    ([$($generic:tt)*] $order:ty, $buffer:ty, $line:ty) => {
        impl<$($generic)*> Guarded for $order {
            type Buffer<T> = $buffer;
            type Line<T> = $line;

            #[inline]
            fn guarded<T>(engine: &Self::Engine<T>) -> &MutexEngine<T, Self> {
                engine
            }

            #[inline]
            fn guarded_mut<T>(engine: &mut Self::Engine<T>) -> &mut MutexEngine<T, Self> {
                engine
            }

            #[inline]
            fn engine<T>(guarded: MutexEngine<T, Self>) -> Self::Engine<T> {
                guarded
            }
        }

        #[cfg(not(loom))]
        impl<T, $($generic)*> Fresh<T> for $order {
            const UNBOUNDED: MutexEngine<T, Self> = MutexEngine::new(usize::MAX);
            const RENDEZVOUS: MutexEngine<T, Self> = MutexEngine::new(0);
        }

        #[cfg(loom)]
        impl<T, $($generic)*> Fresh<T> for $order {}
    };
}

guarded!([] Fifo, Deque<T, { DequeEnd::FRONT }>, line::ByArrival<T>);
guarded!([] Lifo, Deque<T, { DequeEnd::BACK }>, line::ByArrival<T>);
guarded!([P: Ord + 'static] Priority<P>, Heap<T, P>, line::ByRank<T, P>);

/// New engines of an order, as constants, so that a queue can be a `static`.
#[cfg(not(loom))]
pub trait Fresh<T>: Guarded {
    /// Without a limit.
    const UNBOUNDED: Self::Engine<T>;

    /// Of capacity zero.
    const RENDEZVOUS: Self::Engine<T>;
}

/// loom's mutexes are no constants.
#[cfg(loom)]
pub trait Fresh<T>: Guarded {}

/// A queue behind one mutex.
pub struct MutexEngine<T, O: Guarded> {
    state: Mutex<State<T, O>>,
    /// A mirror of *available* (#6), written under the lock: what a spinning thread looks at.
    len: AtomicUsize,
    /// Written under the lock.
    capacity: AtomicUsize,
}

impl<T, O: Guarded> MutexEngine<T, O> {
    #[cfg(not(loom))]
    pub(crate) const fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State::new()),
            len: AtomicUsize::new(0),
            capacity: AtomicUsize::new(capacity),
        }
    }

    #[cfg(loom)]
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State::new()),
            len: AtomicUsize::new(0),
            capacity: AtomicUsize::new(capacity),
        }
    }

    #[inline]
    fn lock(&self) -> Guard<'_, T, O> {
        self.guard(self.state.lock())
    }

    /// Goes on with more than a push or a pop.
    #[inline]
    fn guard<'a>(&'a self, state: MutexGuard<'a, State<T, O>>) -> Guard<'a, T, O> {
        Guard {
            state,
            engine: self,
        }
    }

    /// Makes #6 hold, under the lock.
    #[inline]
    fn publish(&self, available: usize) {
        // Release: pairs with the load in `available`, by which nothing is decided.
        self.len.store(available, Ordering::Release);
    }

    /// *Available*, as it was a moment ago.
    #[inline]
    fn available(&self) -> usize {
        // Acquire: pairs with the store in `publish`.
        self.len.load(Ordering::Acquire)
    }

    #[inline]
    fn limit(&self) -> usize {
        // Relaxed: written under the lock; without it, it is a hint.
        self.capacity.load(Ordering::Relaxed)
    }

    /// Ends the receivers that wait for what will not come (#5).
    #[cold]
    fn refuse_receivers(&self) {
        WakeBatch::in_rounds(|batch| self.lock().receivers.refuse_all(batch));
    }
}

impl<T, O: Guarded> Engine<T, O::Rank> for MutexEngine<T, O> {
    #[inline]
    fn try_send(&self, item: T, rank: O::Rank) -> Result<(), TrySendError<(T, O::Rank)>> {
        self.push_now(item, rank)
    }

    #[inline]
    fn poll_send(
        &self,
        parcel: &mut Parcel<T, O::Rank>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), (T, O::Rank)>> {
        match parcel.open() {
            Some((item, rank)) => self.begin_to_push(item, rank, parcel, cx),
            None => self.go_on_to_push(parcel, cx),
        }
    }

    fn withdraw(&self, key: Key) -> Option<(T, O::Rank)> {
        self.take_back(key)
    }

    #[inline]
    fn try_recv(&self) -> Result<(T, O::Rank), TryRecvError> {
        self.take_now()
    }

    #[inline]
    fn poll_recv(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(T, O::Rank), RecvError>> {
        match ticket {
            Ticket::New => self.begin_to_take(ticket, cx),
            Ticket::Waiting(_) => self.go_on_to_take(ticket, cx),
            Ticket::Done => Poll::Pending,
        }
    }

    fn leave(&self, key: Key) {
        self.leave_receivers(key);
    }

    fn try_recv_many(&self, out: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        self.take_many(out, max)
    }

    fn drain(&self) -> Vec<(T, O::Rank)> {
        self.take_all()
    }

    fn close(&self) -> bool {
        self.end_sending()
    }

    fn close_now(&self) -> Vec<(T, O::Rank)> {
        self.end_all()
    }

    fn abandon(&self) {
        self.end_receiving();
    }

    fn poll_closed(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_end(ticket, cx)
    }

    fn leave_closed(&self, key: Key) {
        self.leave_watchers(key);
    }

    fn is_closed(&self) -> bool {
        self.lock().stage != Stage::Open
    }

    fn is_finished(&self) -> bool {
        self.lock().is_finished()
    }

    fn len(&self) -> usize {
        self.available()
    }

    fn capacity(&self) -> usize {
        self.limit()
    }

    fn waiting_senders(&self) -> usize {
        let state = self.lock();
        state.senders.waiting() + state.reservers.waiting()
    }

    fn waiting_receivers(&self) -> usize {
        self.lock().receivers.waiting()
    }

    #[inline]
    fn may_have_room(&self) -> bool {
        self.available() < self.limit()
    }

    #[inline]
    fn may_have_items(&self) -> bool {
        self.available() > 0
    }

    fn assert_invariants(&self) {
        let state = self.state.lock();
        state.assert_invariants(self.limit());
        assert_eq!(self.available(), state.available(), "#6");
    }
}

/// The access to the state; makes #6 and #7 hold before it unlocks, also when a comparison has
/// panicked.
struct Guard<'a, T, O: Guarded> {
    state: MutexGuard<'a, State<T, O>>,
    engine: &'a MutexEngine<T, O>,
}

impl<T, O: Guarded> Drop for Guard<'_, T, O> {
    #[inline]
    fn drop(&mut self) {
        self.state.is_calm = self.state.looks_calm();
        self.engine.publish(self.state.available());
    }
}

impl<T, O: Guarded> Deref for Guard<'_, T, O> {
    type Target = State<T, O>;

    #[inline]
    fn deref(&self) -> &State<T, O> {
        &self.state
    }
}

impl<T, O: Guarded> DerefMut for Guard<'_, T, O> {
    #[inline]
    fn deref_mut(&mut self) -> &mut State<T, O> {
        &mut self.state
    }
}
