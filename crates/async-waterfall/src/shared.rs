//! The mutex, and what is done with it from outside: the order of locking, waking and dropping.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use async_clock::Clock;
use async_waitlist::sync::Mutex;
use async_waitlist::{Key, Polled, WakeBatch};

use crate::builder::Overflow;
use crate::error::SubmitError;
use crate::event::Cause;
use crate::out::{Out, calmly};
use crate::slots::{NONE, Stage};
use crate::state::{Outside, State};

pub(crate) type Weigh<T> = Box<dyn Fn(&T) -> u32 + Send + Sync>;

pub(crate) struct Shared<T, R, E, C: Clock> {
    pub(crate) state: Mutex<State<T, R, E>>,
    pub(crate) clock: C,
    pub(crate) overflow: Overflow,
    pub(crate) weigh: Option<Weigh<T>>,
}

/// What all handles and futures share; when it is dropped, nobody can add an item any more.
pub(crate) struct Handle<T, R, E, C: Clock>(pub(crate) Arc<Shared<T, R, E, C>>);

impl<T, R, E, C: Clock> Drop for Handle<T, R, E, C> {
    fn drop(&mut self) {
        calmly(|| self.0.close());
    }
}

/// What became of an item that was offered.
pub(crate) enum Offered<T> {
    /// It is in; a reply will be in this slot, if one was asked for.
    Accepted(u32),
    /// It waits for room, and its reply will be in this slot.
    Parked(Key, u32),
    Full(T),
    Stopped(T),
}

/// What became of a submit that was taken back.
pub(crate) enum TakenBack<T, R, E> {
    Item(T),
    /// It was dispatched, and its reply will be dropped.
    Dispatched,
    /// It was answered.
    Answer(Result<R, SubmitError<T, E>>),
}

impl<T, R, E, C: Clock> Shared<T, R, E, C> {
    /// Adds an item without a weight and a reply to a batch that is open, if there is room; gives
    /// it back where there is more to do.
    #[inline]
    pub(crate) fn put_light(&self, item: T) -> Result<(), T> {
        if self.weigh.is_some() {
            return Err(item);
        }
        let mut state = self.state.lock();
        if state.closed || state.is_full() || state.needs_time(0) {
            drop(state);
            return Err(item);
        }
        state.push_light(item);
        let driver = state.rouse();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        Ok(())
    }

    /// Offers an item: accepted, refused, or, with the waker of somebody who waits, parked.
    ///
    /// What is left in `out` is woken by the caller once it has made note of the result.
    #[inline]
    pub(crate) fn offer(
        &self,
        item: T,
        reply: bool,
        waker: Option<&Waker>,
        out: &mut Out<T, R, E>,
    ) -> Offered<T> {
        // Foreign code, so before the lock, as are the clock and the clone of the waker.
        let weight = self.weigh.as_ref().map_or(0, |weigh| weigh(&item));
        let mut spare = if reply { waker.cloned() } else { None };
        let mut since = None;
        loop {
            let mut state = self.state.lock();
            if state.closed {
                drop(state);
                return Offered::Stopped(item);
            }
            let is_full = state.is_full();
            if is_full && self.overflow != Overflow::DropOldest {
                if waker.is_none() || self.overflow == Overflow::Reject {
                    drop(state);
                    return Offered::Full(item);
                }
                // The waker stays in `spare` until it is parked: it may not be dropped in here.
                let parks = since.and_then(|since| Some((since, spare.take()?)));
                if let Some((since, waker)) = parks {
                    let slot = if reply {
                        state.slots.insert(Stage::Outside, None)
                    } else {
                        NONE
                    };
                    let outside = Outside {
                        item,
                        weight,
                        slot,
                        since,
                    };
                    return Offered::Parked(state.room.insert(outside, waker), slot);
                }
            } else if since.is_some() || !(is_full || state.needs_time(weight)) {
                if is_full {
                    state.evict(out);
                }
                let slot = if reply {
                    state.slots.insert(Stage::Outside, spare.take())
                } else {
                    NONE
                };
                state.push(item, weight, slot, since);
                out.driver = state.rouse();
                return Offered::Accepted(slot);
            }
            drop(state);
            since = since.or_else(|| Some(self.clock.now()));
            if is_full && spare.is_none() {
                spare = waker.cloned();
            }
        }
    }

    /// Polls an item that waits for room; ready once it is in, or with the item if it never will.
    pub(crate) fn poll_room(&self, key: &mut Option<Key>, cx: &Context<'_>) -> Poll<Result<(), T>> {
        let mut spare = None; // declared before the guard: what it holds is dropped after it
        loop {
            let mut state = self.state.lock();
            let Some(parked) = key.as_ref() else {
                return Poll::Pending;
            };
            match state.room.poll(parked, cx.waker(), &mut spare) {
                Polled::Waiting => return Poll::Pending,
                Polled::NeedsWaker => {}
                Polled::Granted | Polled::Refused => {
                    let released = key.take().map(|key| state.room.release(key));
                    let trash = state.room.shrink();
                    drop(state);
                    drop(trash);
                    let outside = released.and_then(async_waitlist::Released::into_payload);
                    return Poll::Ready(outside.map_or(Ok(()), |outside| Err(outside.item)));
                }
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    /// Takes an item back that waits for room; `None` if it is in.
    pub(crate) fn leave_room(&self, key: Key) -> Option<T> {
        let mut state = self.state.lock();
        let released = state.room.release(key);
        let trash = state.room.shrink();
        drop(state);
        drop(trash);
        released.into_payload().map(|outside| outside.item)
    }

    /// Polls for the reply in a slot; the slot is free once it is ready.
    pub(crate) fn poll_slot(
        &self,
        slot: u32,
        cx: &Context<'_>,
    ) -> Poll<Result<R, SubmitError<T, E>>> {
        let mut spare: Option<Waker> = None; // declared before the guard
        loop {
            let mut state = self.state.lock();
            let place = state.slots.at(slot);
            if matches!(place.stage, Stage::Done(_)) {
                let released = state.slots.release(slot);
                drop(state);
                return match released.stage {
                    Stage::Done(reply) => Poll::Ready(reply),
                    _ => Poll::Pending,
                };
            }
            let stored = place.waker.as_ref();
            if stored.is_some_and(|stored| stored.will_wake(cx.waker())) {
                return Poll::Pending;
            }
            if let Some(waker) = spare.take() {
                spare = place.waker.replace(waker);
                drop(state);
                drop(spare);
                return Poll::Pending;
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    /// Frees the slot of an item that never got in.
    pub(crate) fn leave_slot(&self, slot: u32) {
        let released = self.state.lock().slots.release(slot);
        drop(released);
    }

    /// Takes an accepted item back, as far as that is possible; its owner has no slot any more.
    pub(crate) fn take_back(&self, slot: u32) -> TakenBack<T, R, E> {
        let mut out = Out::<T, R, E>::new();
        let mut state = self.state.lock();
        let place = state.slots.at(slot);
        match place.stage {
            Stage::Queued { seq, batch } => {
                let released = state.slots.release(slot);
                let item = state.withdraw(seq, batch, &mut out.wakers);
                out.driver = state.rouse();
                drop(state);
                drop(released);
                drop(out);
                item.map_or(TakenBack::Dispatched, TakenBack::Item)
            }
            Stage::Done(_) => {
                let released = state.slots.release(slot);
                drop(state);
                match released.stage {
                    Stage::Done(reply) => TakenBack::Answer(reply),
                    _ => TakenBack::Dispatched,
                }
            }
            _ => {
                place.stage = Stage::Orphan;
                let waker = place.waker.take();
                drop(state);
                drop(waker);
                TakenBack::Dispatched
            }
        }
    }

    /// Refuses new items, and those that wait for room; has the rest delivered.
    pub(crate) fn close(&self) {
        let mut driver = WakeBatch::new(); // woken when dropped, whatever panics
        {
            let mut state = self.state.lock();
            state.closed = true;
            driver.push(state.rouse());
        }
        WakeBatch::in_rounds(|batch| self.state.lock().room.refuse_all(batch));
        driver.wake_all();
    }

    /// Gives up what is left, and tells all who wait.
    pub(crate) fn give_up(&self, out: &mut Out<T, R, E>) {
        {
            let mut state = self.state.lock();
            state.give_up(out);
            out.driver = state.take_driver();
        }
        let refuse = |batch: &mut WakeBatch| {
            let mut state = self.state.lock();
            state.room.refuse_all(batch) && state.settled.refuse_all(batch)
        };
        WakeBatch::in_rounds(refuse);
    }

    /// Sets a barrier behind all that is accepted, and waits until it is settled; `Err` if it never
    /// will be.
    pub(crate) fn poll_barrier(
        &self,
        barrier: &mut Barrier,
        cause: Cause,
        cx: &Context<'_>,
    ) -> Poll<Result<(), ()>> {
        let mut out = Out::<T, R, E>::new(); // declared before the guard, as is `spare`
        let mut spare = None;
        loop {
            let mut state = self.state.lock();
            match barrier {
                Barrier::Gone => return Poll::Pending,
                Barrier::New if state.given_up => {
                    *barrier = Barrier::Gone;
                    return Poll::Ready(Err(()));
                }
                Barrier::New => {
                    let id = state.barrier(cause);
                    if state.is_settled(id) {
                        *barrier = Barrier::Gone;
                        return Poll::Ready(Ok(()));
                    }
                    if let Some(waker) = spare.take() {
                        *barrier = Barrier::Set(state.settled.insert(id, waker));
                        out.driver = state.rouse();
                        return Poll::Pending;
                    }
                }
                Barrier::Set(key) => match state.settled.poll(key, cx.waker(), &mut spare) {
                    Polled::Waiting => return Poll::Pending,
                    Polled::NeedsWaker => {}
                    polled => {
                        let granted = polled == Polled::Granted;
                        barrier.leave(&mut state);
                        return Poll::Ready(if granted { Ok(()) } else { Err(()) });
                    }
                },
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    /// Leaves the line of those who wait for a barrier.
    pub(crate) fn leave_barrier(&self, barrier: &mut Barrier) {
        if matches!(barrier, Barrier::Set(_)) {
            let left = barrier.leave(&mut self.state.lock());
            drop(left);
        }
    }

    pub(crate) fn deadline_after(&self, limit: Duration) -> Option<Instant> {
        self.clock.now().checked_add(limit)
    }
}

/// Where a flush or a stop stands: `New` → `Set` → `Gone`, or `New` → `Gone`.
#[derive(Debug)]
pub(crate) enum Barrier {
    New,
    Set(Key),
    Gone,
}

impl Barrier {
    /// What it returns is dropped after unlocking.
    fn leave<T, R, E>(&mut self, state: &mut State<T, R, E>) -> Option<impl Sized + use<T, R, E>> {
        match std::mem::replace(self, Self::Gone) {
            Self::Set(key) => {
                let released = state.settled.release(key);
                Some((released, state.settled.shrink()))
            }
            _ => None,
        }
    }
}
