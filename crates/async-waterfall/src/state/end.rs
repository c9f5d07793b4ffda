//! Barriers, the end, and the final account.

use std::mem;
use std::task::Waker;

use super::{Open, State};
use crate::counts::{Counts, Report};
use crate::error::SubmitError;
use crate::event::Cause;
use crate::out::Out;
use crate::slots::NONE;

impl<T, R, E> State<T, R, E> {
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
    pub(super) fn frontier(&self) -> u64 {
        let queued = self.sealed.front().map_or(self.open.id, |front| front.id);
        let running = self.running.iter().copied().min();
        running.map_or(queued, |running| running.min(queued))
    }

    pub(super) fn grant_settled(&mut self, wakers: &mut Vec<Waker>) {
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
