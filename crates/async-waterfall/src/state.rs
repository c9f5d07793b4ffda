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

mod dispatch;
mod end;
mod taken_back;

use std::collections::VecDeque;
use std::mem;
use std::task::Waker;
use std::time::{Duration, Instant};

use async_waitlist::WaitList;

use crate::counts::Counts;
use crate::event::Cause;
use crate::slots::{NONE, Slots, Stage};

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

    /// Accepts an item that has no weight and wants no reply, into a batch that is open or of one.
    #[inline]
    pub(crate) fn push_light(&mut self, item: T) {
        self.queue.push_back(Entry {
            item: Some(item),
            slot: NONE,
            weight: 0,
        });
        self.live += 1;
        self.counts.accepted += 1; // #4
        self.open.live += 1;
        if self.open.live >= self.limits.max_items {
            self.seal(Cause::Items);
        } else if self.live >= self.limits.capacity {
            self.open.due.get_or_insert(Cause::Capacity);
        }
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
}
