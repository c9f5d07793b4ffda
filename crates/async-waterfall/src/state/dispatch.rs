//! The driver's side: batches that go, and what comes of them.

use std::collections::VecDeque;
use std::mem;
use std::task::Waker;
use std::time::Instant;

use super::{Next, State};
use crate::error::{Failure, SubmitError};
use crate::event::Cause;
use crate::out::Out;
use crate::slots::{NONE, Stage, Unwanted};

impl<T, R, E> State<T, R, E> {
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
    pub(super) fn answer(&mut self, slot: u32, reply: Unwanted<T, R, E>, out: &mut Out<T, R, E>) {
        match self.slots.answer(slot, reply) {
            Ok(waker) => out.wakers.extend(waker),
            Err(unwanted) => out.replies.push(unwanted),
        }
    }
}
