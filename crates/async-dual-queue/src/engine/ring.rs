//! The engine of [`Ring`](crate::Ring): a ring without a lock for the items, and the waiters behind
//! a mutex that is taken only when somebody waits.
//!
//! # Protocol
//!
//! The items are in a ring; senders that find it full park theirs in their slots.
//! Two flags tell those who use the ring alone that somebody waits:
//!
//! | flag | set | who looks, and when |
//! |---|---|---|
//! | [`RECEIVERS`] | under the lock, by a receiver about to wait | a sender *after* its push: it comes to notify |
//! | [`SENDERS`] | under the lock, by a sender about to park | a receiver *after* its pop: it comes to refill; a sender *before* its push, out of politeness only |
//!
//! Whoever is about to wait sets the flag and *then* tries the ring once more; the others change
//! the ring and *then* load the flags.
//! All four are sequentially consistent, the ring's own words too, so one of the two sees the
//! other.
//!
//! Receivers are notified, not handed an item, as behind a mutex; a notified receiver that finds
//! nothing sets the flag, looks once more, and goes back to the front.
//!
//! # Invariants
//!
//! When nobody is between a step on the ring and the look at the flags that follows it:
//!
//! 1. Receivers wait ⇒ at least as many receivers are granted as items are in the ring.
//! 2. Senders are parked ⇒ the ring is full, or closed.
//! 3. Each flag is set exactly while somebody waits for what it says.
//! 4. Closed ⇒ no receiver waits.
//!
//! The ring's own closing mark decides whether a push was in time; what is parked then stays, and
//! is received once the ring is empty.

mod end;
mod recv;
mod send;
#[expect(unsafe_code, reason = "see its head")]
mod slots;

use std::task::{Context, Poll, Waker};

use async_waitlist::sync::atomic::{AtomicUsize, Ordering};
use async_waitlist::sync::{Mutex, MutexGuard};
use async_waitlist::{Key, WaitList, WakeBatch};
use crossbeam_utils::CachePadded;

use self::slots::{PushError, Slots};
use super::wake::wake;
use super::{Engine, Parcel, Ticket};
use crate::error::{RecvError, TryRecvError, TrySendError};

/// Receivers wait. Set and cleared under the lock.
const RECEIVERS: usize = 1;
/// Senders are parked. Set and cleared under the lock.
const SENDERS: usize = 2;

/// How many parked items one visit to the lock moves into the ring; more pops make more visits.
/// Their wakers fit into one [`WakeBatch`], with those of a receiver and of a sender whose item was
/// taken directly.
const BATCH: usize = WakeBatch::CAPACITY - 2;

/// A queue on a ring.
pub struct RingEngine<T> {
    ring: Slots<T>,
    /// [`RECEIVERS`] | [`SENDERS`].
    flags: CachePadded<AtomicUsize>,
    waiters: CachePadded<Mutex<Waiters<T>>>,
}

struct Waiters<T> {
    receivers: WaitList<()>,
    /// Each with its item; it is taken out of the slot to try the ring, and put back.
    senders: WaitList<Option<T>>,
    watchers: WaitList<()>,
}

impl<T> RingEngine<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            ring: Slots::new(capacity),
            flags: CachePadded::new(AtomicUsize::new(0)),
            waiters: CachePadded::new(Mutex::new(Waiters {
                receivers: WaitList::new(),
                senders: WaitList::new(),
                watchers: WaitList::new(),
            })),
        }
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Waiters<T>> {
        self.waiters.lock()
    }

    /// Whether a flag is set, as seen after a step on the ring.
    #[inline]
    fn is_set(&self, flag: usize) -> bool {
        loom_fence();
        self.flags.load(Ordering::SeqCst) & flag != 0
    }

    /// Sets a flag before another look at the ring; under the lock.
    fn set(&self, flag: usize) {
        self.flags.fetch_or(flag, Ordering::SeqCst);
        loom_fence();
    }

    /// Makes #3 hold; under the lock, before it is given up.
    fn clear_flags(&self, waiters: &Waiters<T>) {
        let mut idle = 0;
        if waiters.receivers.waiting() == 0 {
            idle |= RECEIVERS;
        }
        if waiters.senders.waiting() == 0 {
            idle |= SENDERS;
        }
        // Relaxed: only the lock's holder changes the flags.
        if self.flags.load(Ordering::Relaxed) & idle != 0 {
            self.flags.fetch_and(!idle, Ordering::SeqCst);
        }
    }

    /// Grants a receiver if #1 asks for it.
    fn notify(&self, waiters: &mut Waiters<T>) -> Option<Waker> {
        let receivers = &mut waiters.receivers;
        if receivers.waiting() == 0 || receivers.granted() >= self.ring.len() {
            return None;
        }
        receivers.grant_first()?.1
    }

    /// Makes all invariants hold after a pop, before unlocking; `true` if there may be more to do
    /// than one pop is to do.
    ///
    /// The receiver that has popped counts as granted no more, or #1 would miss one.
    fn settle(&self, waiters: &mut Waiters<T>, batch: &mut WakeBatch) -> bool {
        let more = self.refill(waiters, batch);
        batch.push(self.notify(waiters));
        self.clear_flags(waiters);
        more
    }

    /// Moves parked items into the ring, in order, up to [`BATCH`] of them; `false` if there was no
    /// more to do (#2).
    fn refill(&self, waiters: &mut Waiters<T>, batch: &mut WakeBatch) -> bool {
        for _ in 0..BATCH {
            let Some(parked) = waiters.senders.first_mut() else {
                return false;
            };
            let Some(item) = parked.take() else {
                return false;
            };
            if let Err(PushError::Full(item) | PushError::Closed(item)) = self.ring.push(item) {
                *parked = Some(item);
                return false;
            }
            if let Some((_, waker)) = waiters.senders.grant_first() {
                batch.push(waker);
            }
        }
        true
    }

    /// Comes after a push that found [`RECEIVERS`] set.
    #[cold]
    fn visit_to_notify(&self) {
        let mut waiters = self.lock();
        let receiver = self.notify(&mut waiters);
        self.clear_flags(&waiters);
        drop(waiters);
        wake(receiver);
    }

    /// Comes after a pop that found [`SENDERS`] set; `true` if there may be more to do than one
    /// pop is to do.
    #[cold]
    fn visit_to_refill(&self) -> bool {
        let mut batch = WakeBatch::new();
        let mut waiters = self.lock();
        let more = self.settle(&mut waiters, &mut batch);
        drop(waiters);
        batch.wake_all();
        more
    }
}

/// loom gives sequentially consistent accesses only `AcqRel`, so under it the order that the
/// protocol needs takes explicit fences.
#[inline(always)]
fn loom_fence() {
    #[cfg(loom)]
    async_waitlist::sync::atomic::fence(Ordering::SeqCst);
}

impl<T> Engine<T, ()> for RingEngine<T> {
    #[inline]
    fn try_send(&self, item: T, (): ()) -> Result<(), TrySendError<(T, ())>> {
        self.push_now(item)
            .map_err(|error| error.map(|item| (item, ())))
    }

    #[inline]
    fn poll_send(
        &self,
        parcel: &mut Parcel<T, ()>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), (T, ())>> {
        match parcel {
            Parcel::Held(..) => self.begin_to_push(parcel, cx),
            Parcel::Parked(_) => self.go_on_to_push(parcel, cx),
            Parcel::Done => Poll::Pending,
        }
    }

    fn withdraw(&self, key: Key) -> Option<(T, ())> {
        self.take_back(key).map(|item| (item, ()))
    }

    #[inline]
    fn try_recv(&self) -> Result<(T, ()), TryRecvError> {
        self.pop_now().map(|item| (item, ()))
    }

    #[inline]
    fn poll_recv(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(T, ()), RecvError>> {
        let polled = match ticket {
            Ticket::New => self.begin_to_pop(ticket, cx),
            Ticket::Waiting(_) => self.go_on_to_pop(ticket, cx),
            Ticket::Done => Poll::Pending,
        };
        polled.map_ok(|item| (item, ()))
    }

    fn leave(&self, key: Key) {
        self.leave_receivers(key);
    }

    fn try_recv_many(&self, out: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        self.pop_many(out, max)
    }

    fn drain(&self) -> Vec<(T, ())> {
        self.take_all()
    }

    fn close(&self) -> bool {
        self.end_sending()
    }

    fn close_now(&self) -> Vec<(T, ())> {
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
        self.ring.is_closed()
    }

    fn is_finished(&self) -> bool {
        self.ring.is_closed() && self.len() == 0
    }

    fn len(&self) -> usize {
        let parked = if self.is_set(SENDERS) {
            self.waiting_senders()
        } else {
            0
        };
        self.ring.len() + parked
    }

    fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    fn waiting_senders(&self) -> usize {
        self.lock().senders.waiting()
    }

    fn waiting_receivers(&self) -> usize {
        self.lock().receivers.waiting()
    }

    #[inline]
    fn may_have_room(&self) -> bool {
        !self.ring.is_full()
    }

    #[inline]
    fn may_have_items(&self) -> bool {
        !self.ring.is_empty()
    }

    /// Meant for moments at which nobody else is at work.
    fn assert_invariants(&self) {
        let waiters = self.lock();
        let (receivers, senders) = (&waiters.receivers, &waiters.senders);
        let waiting = receivers.waiting() > 0;
        assert!(!waiting || receivers.granted() >= self.ring.len(), "#1");
        let parked = senders.waiting() > 0;
        assert!(
            !parked || self.ring.is_full() || self.ring.is_closed(),
            "#2"
        );
        assert_eq!(waiting, self.is_set(RECEIVERS), "#3: receivers");
        assert_eq!(parked, self.is_set(SENDERS), "#3: senders");
        assert!(!waiting || !self.ring.is_closed(), "#4");
        receivers.assert_invariants();
        senders.assert_invariants();
        waiters.watchers.assert_invariants();
    }
}
