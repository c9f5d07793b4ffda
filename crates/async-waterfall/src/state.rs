//! All that stands behind the one mutex of a waterfall.
//!
//! # Invariants
//!
//! 1. `live` entries of `queue` have their item; the others are tombstones of submits that were
//!    taken back. There are at most `live + 32` of these, none of them at the front.
//! 2. The entries of `sealed` come first, each batch up to its `end`; the rest is `open`.
//! 3. Ids of batches rise from `sealed` to `open`, and those of `running` are smaller than any of
//!    them that is still to be dispatched.
//! 4. An entry that is accepted is counted in the same critical section in which `closed` was seen
//!    to be false; from then on it is in one place of [`Counts`].
//! 5. While the driver sleeps with a free place (`hungry`), `driver` has its waker, nothing can be
//!    dispatched, and it will wake by itself no later than at `armed`.
//! 6. Nobody waits for room while there is some, unless the waterfall is closed.
//! 7. No foreign code runs in here: what has to be woken or dropped leaves through [`Out`].

use std::collections::VecDeque;
use std::mem;
use std::task::Waker;
use std::time::{Duration, Instant};

use async_waitlist::WaitList;

use crate::counts::{Counts, Report};
use crate::error::{Failure, SubmitError};
use crate::event::Cause;
use crate::out::Out;
use crate::slots::{NONE, Slots, Stage, Unwanted};

/// The limits of a waterfall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_items: usize,
    /// `u64::MAX` if nobody weighs.
    pub(crate) max_weight: u64,
    pub(crate) max_wait: Duration,
    pub(crate) capacity: usize,
}

/// An item that is accepted and not dispatched.
struct Entry<T> {
    item: Option<T>,
    slot: u32,
    weight: u32,
}

/// An item that waits for room.
pub(crate) struct Outside<T> {
    pub(crate) item: T,
    pub(crate) weight: u32,
    pub(crate) slot: u32,
    /// When it came; from here its age counts.
    pub(crate) since: Instant,
}

/// A batch that takes no more.
struct Sealed {
    id: u64,
    /// The sequence number after its last entry.
    end: u64,
    live: usize,
    cause: Cause,
}

/// The batch that takes the next item.
struct Open {
    id: u64,
    live: usize,
    weight: u64,
    /// When it has to go at the latest; `None` for never, and if it is empty.
    deadline: Option<Instant>,
    /// It has to go as soon as there is a place for it.
    due: Option<Cause>,
}

impl Open {
    const fn new(id: u64) -> Self {
        Self {
            id,
            live: 0,
            weight: 0,
            deadline: None,
            due: None,
        }
    }
}

pub(crate) struct State<T, R, E> {
    limits: Limits,
    queue: VecDeque<Entry<T>>,
    /// The sequence number of the front of `queue`.
    base: u64,
    live: usize,
    sealed: VecDeque<Sealed>,
    open: Open,
    pub(crate) slots: Slots<T, R, E>,
    /// Who waits for room.
    pub(crate) room: WaitList<Outside<T>>,
    /// Who waits until all batches of a smaller id than this are settled.
    pub(crate) settled: WaitList<u64>,
    /// The ids of the batches that are with the callback or will be tried again.
    running: Vec<u64>,
    counts: Counts,
    /// Nothing is accepted any more.
    pub(crate) closed: bool,
    /// What is left will not be delivered: the driver is gone, or a deadline has passed.
    pub(crate) given_up: bool,
    driver: Option<Waker>,
    hungry: bool,
    armed: Option<Instant>,
    /// Items that were put and will not be delivered, for the first who asks.
    returned: Vec<T>,
}

/// What there is to do for a driver with a free place.
pub(crate) enum Next {
    /// A batch was taken out.
    Batch { id: u64, cause: Cause },
    /// Nothing before this instant, or before somebody wakes.
    Idle(Option<Instant>),
    /// Nothing will ever come again.
    Ended,
    /// What is under way has to be given up.
    GivenUp,
}

impl<T, R, E> State<T, R, E> {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            queue: VecDeque::new(),
            base: 0,
            live: 0,
            sealed: VecDeque::new(),
            open: Open::new(0),
            slots: Slots::new(),
            room: WaitList::new(),
            settled: WaitList::new(),
            running: Vec::new(),
            counts: Counts {
                accepted: 0,
                queued: 0,
                in_flight: 0,
                delivered: 0,
                failed: 0,
                undelivered: 0,
            },
            closed: false,
            given_up: false,
            driver: None,
            hungry: false,
            armed: None,
            returned: Vec::new(),
        }
    }

    // ---- on the way in

    /// Whether a newcomer finds no room; who waits already comes first.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.live >= self.limits.capacity || self.room.waiting() > 0
    }

    /// Whether an item of this weight would open a batch and leave it open, so that the time counts.
    #[inline]
    pub(crate) fn needs_time(&self, weight: u32) -> bool {
        let opens = self.open.live == 0 || self.would_overflow(weight);
        opens && self.limits.max_items > 1 && u64::from(weight) < self.limits.max_weight
    }

    #[inline]
    fn would_overflow(&self, weight: u32) -> bool {
        self.open.live > 0
            && self.open.weight.saturating_add(u64::from(weight)) > self.limits.max_weight
    }

    /// Accepts an item; `since` is needed if [`needs_time`](Self::needs_time) says so.
    #[inline]
    pub(crate) fn push(&mut self, item: T, weight: u32, slot: u32, since: Option<Instant>) {
        if self.would_overflow(weight) {
            self.seal(Cause::Weight);
        }
        if self.open.live == 0 {
            self.open.deadline = since.and_then(|at| at.checked_add(self.limits.max_wait));
        }
        if slot != NONE {
            let (seq, batch) = (self.end(), self.open.id);
            self.slots.at(slot).stage = Stage::Queued { seq, batch };
        }
        self.queue.push_back(Entry {
            item: Some(item),
            slot,
            weight,
        });
        self.live += 1;
        self.counts.accepted += 1; // #4
        self.open.live += 1;
        self.open.weight += u64::from(weight);
        if self.open.live >= self.limits.max_items {
            self.seal(Cause::Items);
        } else if self.open.weight >= self.limits.max_weight {
            self.seal(Cause::Weight);
        } else if self.live >= self.limits.capacity {
            self.open.due.get_or_insert(Cause::Capacity);
        }
    }

    /// The sequence number of the next entry.
    #[inline]
    fn end(&self) -> u64 {
        self.base + self.queue.len() as u64
    }

    fn seal(&mut self, cause: Cause) {
        let next = Open::new(self.open.id + 1);
        let full = mem::replace(&mut self.open, next);
        if full.live > 0 {
            self.sealed.push_back(Sealed {
                id: full.id,
                end: self.end(),
                live: full.live,
                cause,
            });
        }
    }

    /// Lets those in who wait for room, as far as there is some.
    fn admit(&mut self, wakers: &mut Vec<Waker>) {
        while !self.closed && self.live < self.limits.capacity {
            let Some((outside, waker)) = self.room.grant_first() else {
                return;
            };
            let slot = outside.slot;
            self.push(outside.item, outside.weight, slot, Some(outside.since));
            if slot == NONE {
                wakers.extend(waker);
            } else {
                // Being let in is no news for a submit: it waits on for its reply.
                self.slots.at(slot).waker = waker;
            }
        }
    }

    /// The driver's waker, if there is something to do that it does not know of.
    #[inline]
    pub(crate) fn rouse(&mut self) -> Option<Waker> {
        if self.hungry && self.has_news() {
            self.hungry = false;
            return self.driver.take();
        }
        None
    }

    #[inline]
    fn has_news(&self) -> bool {
        if !self.sealed.is_empty() || self.closed {
            return true;
        }
        if self.open.live == 0 {
            return false;
        }
        self.open.due.is_some() || !self.is_covered()
    }

    /// Whether the driver's timer fires in time for the open batch.
    #[inline]
    fn is_covered(&self) -> bool {
        match (self.open.deadline, self.armed) {
            (None, _) => true,
            (Some(deadline), Some(armed)) => armed <= deadline,
            (Some(_), None) => false,
        }
    }

    // ---- taken back before it was dispatched

    /// Takes the item of a queued submit out; the slot is the caller's to release.
    pub(crate) fn withdraw(&mut self, seq: u64, batch: u64, wakers: &mut Vec<Waker>) -> Option<T> {
        let index = usize::try_from(seq - self.base).ok()?;
        let entry = self.queue.get_mut(index)?;
        let item = entry.item.take();
        let weight = mem::take(&mut entry.weight);
        entry.slot = NONE;
        self.forget(batch, weight);
        self.after_loss(wakers);
        item
    }

    /// Takes the oldest item out, to make room.
    pub(crate) fn evict(&mut self, out: &mut Out<T, R, E>) {
        // #1: there is no tombstone at the front.
        let Some(entry) = self.queue.pop_front() else {
            return;
        };
        self.base += 1;
        let batch = self.sealed.front().map_or(self.open.id, |front| front.id);
        self.forget(batch, entry.weight);
        match entry.item {
            Some(item) if entry.slot == NONE => out.items.push(item),
            Some(item) => self.answer(entry.slot, Err(SubmitError::Evicted(item)), out),
            None => {}
        }
        self.after_loss(&mut out.wakers);
    }

    /// One item less in `batch`.
    fn forget(&mut self, batch: u64, weight: u32) {
        self.live -= 1;
        self.counts.undelivered += 1;
        if batch == self.open.id {
            self.open.live -= 1;
            self.open.weight -= u64::from(weight);
            if self.open.live == 0 {
                // Another id: a flush that waits for this batch has nothing to wait for.
                self.open = Open::new(batch + 1);
            }
        } else if let Ok(index) = self.sealed.binary_search_by_key(&batch, |each| each.id) {
            self.sealed[index].live -= 1;
        }
    }

    /// Restores #1 and #6 after an item has left out of turn.
    fn after_loss(&mut self, wakers: &mut Vec<Waker>) {
        while self.queue.front().is_some_and(|front| front.item.is_none()) {
            self.queue.pop_front();
            self.base += 1;
        }
        if self.queue.len() > 2 * self.live + 32 {
            self.compact();
        }
        while self.sealed.front().is_some_and(|front| front.live == 0) {
            self.sealed.pop_front();
        }
        self.admit(wakers);
        self.grant_settled(wakers);
    }

    /// Removes all tombstones.
    #[cold]
    fn compact(&mut self) {
        let (slots, sealed) = (&mut self.slots, &mut self.sealed);
        let (mut old, mut new, mut at) = (self.base, self.base, 0);
        self.queue.retain(|entry| {
            while sealed.get(at).is_some_and(|batch| batch.end == old) {
                sealed[at].end = new;
                at += 1;
            }
            old += 1;
            if entry.item.is_none() {
                return false;
            }
            if entry.slot != NONE {
                if let Stage::Queued { seq, .. } = &mut slots.at(entry.slot).stage {
                    *seq = new;
                }
            }
            new += 1;
            true
        });
        for batch in sealed.iter_mut().skip(at) {
            batch.end = new;
        }
        sealed.retain(|batch| batch.live > 0);
    }

    // ---- the driver's side

    /// Takes the next batch out, if one has to go by `passed`, an instant that is over.
    ///
    /// Both buffers are empty. If there is none, the driver is taken to sleep with a free place,
    /// its timer no later than what it is told.
    pub(crate) fn take(
        &mut self,
        items: &mut VecDeque<T>,
        slots: &mut Vec<u32>,
        passed: Option<Instant>,
        wakers: &mut Vec<Waker>,
    ) -> Next {
        if self.given_up {
            return Next::GivenUp;
        }
        if self.sealed.is_empty() {
            match self.cause(passed) {
                Some(cause) => self.seal(cause),
                None if self.closed && self.running.is_empty() => return Next::Ended,
                None => return Next::Idle(self.open.deadline),
            }
        }
        // #2; never empty: `after_loss` removes those at the front.
        let Some(batch) = self.sealed.pop_front() else {
            return Next::Idle(None);
        };
        let entries = usize::try_from(batch.end - self.base).unwrap_or(usize::MAX);
        self.base = batch.end;
        items.reserve(batch.live);
        slots.reserve(batch.live);
        for entry in self.queue.drain(..entries) {
            let Some(item) = entry.item else { continue };
            items.push_back(item);
            slots.push(entry.slot);
            if entry.slot != NONE {
                self.slots.at(entry.slot).stage = Stage::Running;
            }
        }
        self.live -= items.len();
        self.counts.in_flight += items.len() as u64;
        self.running.push(batch.id);
        self.after_take();
        self.admit(wakers);
        Next::Batch {
            id: batch.id,
            cause: batch.cause,
        }
    }

    /// Restores #1: behind the batch there may be tombstones, and batches of nothing else.
    fn after_take(&mut self) {
        while self.queue.front().is_some_and(|front| front.item.is_none()) {
            self.queue.pop_front();
            self.base += 1;
        }
        while self.sealed.front().is_some_and(|front| front.live == 0) {
            self.sealed.pop_front();
        }
    }

    /// Why the open batch has to go, if it has to.
    fn cause(&self, passed: Option<Instant>) -> Option<Cause> {
        if self.open.live == 0 {
            return None;
        }
        let in_time = self.open.deadline.zip(passed);
        let is_late = in_time.is_some_and(|(deadline, passed)| deadline <= passed);
        let closed = self.closed.then_some(Cause::Closed);
        let late = is_late.then_some(Cause::Time);
        self.open.due.or(late).or(closed)
    }

    /// The driver goes to sleep: with a free place (#5), or to be woken only when it is to give up.
    ///
    /// Returns the waker that was there before.
    pub(crate) fn sleep(
        &mut self,
        waker: Waker,
        hungry: bool,
        armed: Option<Instant>,
    ) -> Option<Waker> {
        self.hungry = hungry;
        self.armed = armed;
        self.driver.replace(waker)
    }

    /// Gives each item of a batch its reply.
    pub(crate) fn deliver(
        &mut self,
        slots: &[u32],
        replies: impl Iterator<Item = R>,
        out: &mut Out<T, R, E>,
    ) {
        let count = slots.len() as u64;
        if !self.given_up {
            self.counts.in_flight -= count;
            self.counts.delivered += count;
        }
        for (&slot, reply) in slots.iter().zip(replies) {
            if slot != NONE {
                self.answer(slot, Ok(reply), out);
            } else if mem::needs_drop::<R>() {
                out.replies.push(Ok(reply)); // #7
            }
        }
    }

    /// Tells the submitters of these items that they have failed.
    pub(crate) fn fail(&mut self, slots: &[u32], failure: &Failure<E>, out: &mut Out<T, R, E>) {
        let count = slots.len() as u64;
        if !self.given_up {
            self.counts.in_flight -= count;
            self.counts.failed += count;
        }
        for &slot in slots {
            if slot != NONE {
                self.answer(slot, Err(SubmitError::Failed(failure.clone())), out);
            }
        }
    }

    /// A batch is settled: nothing of it is under way any more.
    pub(crate) fn settle(&mut self, id: u64, wakers: &mut Vec<Waker>) {
        if let Some(index) = self.running.iter().position(|&each| each == id) {
            self.running.swap_remove(index);
        }
        self.grant_settled(wakers);
    }

    #[inline]
    fn answer(&mut self, slot: u32, reply: Unwanted<T, R, E>, out: &mut Out<T, R, E>) {
        match self.slots.answer(slot, reply) {
            Ok(waker) => out.wakers.extend(waker),
            Err(unwanted) => out.replies.push(unwanted),
        }
    }

    // ---- barriers and the end

    /// Has what is queued go at once, and returns the id below which all batches are to be settled.
    pub(crate) fn barrier(&mut self, cause: Cause) -> u64 {
        if self.open.live == 0 {
            return self.open.id;
        }
        self.open.due.get_or_insert(cause);
        self.open.id + 1
    }

    /// Whether all batches below `id` are settled.
    pub(crate) fn is_settled(&self, id: u64) -> bool {
        id <= self.frontier()
    }

    /// All batches below this id are settled.
    fn frontier(&self) -> u64 {
        let queued = self.sealed.front().map_or(self.open.id, |front| front.id);
        let running = self.running.iter().copied().min();
        running.map_or(queued, |running| running.min(queued))
    }

    fn grant_settled(&mut self, wakers: &mut Vec<Waker>) {
        if self.settled.waiting() == 0 {
            return;
        }
        let frontier = self.frontier();
        while self.settled.first().is_some_and(|&id| id <= frontier) {
            if let Some((_, waker)) = self.settled.grant_first() {
                wakers.extend(waker);
            }
        }
    }

    /// Nothing more is delivered: what is queued goes back, what is in flight counts as failed.
    pub(crate) fn give_up(&mut self, out: &mut Out<T, R, E>) {
        self.closed = true;
        self.given_up = true;
        self.base = self.end();
        self.counts.undelivered += self.live as u64;
        self.live = 0;
        for entry in mem::take(&mut self.queue) {
            match entry.item {
                Some(item) if entry.slot == NONE => self.returned.push(item),
                Some(item) => self.answer(entry.slot, Err(SubmitError::Stopped(item)), out),
                None => {}
            }
        }
        self.sealed.clear();
        self.open = Open::new(self.open.id + 1);
        self.counts.failed += mem::take(&mut self.counts.in_flight);
    }

    /// Takes the driver's waker: it has to give up, or is at its end.
    pub(crate) fn take_driver(&mut self) -> Option<Waker> {
        self.hungry = false;
        self.driver.take()
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            queued: self.live as u64,
            ..self.counts
        }
    }

    pub(crate) fn report(&mut self) -> Report<T> {
        Report {
            delivered: self.counts.delivered,
            failed: self.counts.failed,
            undelivered: self.counts.undelivered,
            returned: mem::take(&mut self.returned),
        }
    }
}
