//! Items that leave before they are dispatched, and what that leaves behind.

use std::mem;
use std::task::Waker;

use super::{Open, State};
use crate::error::SubmitError;
use crate::out::Out;
use crate::slots::{NONE, Stage};

impl<T, R, E> State<T, R, E> {
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
    pub(super) fn forget(&mut self, batch: u64, weight: u32) {
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
    pub(super) fn after_loss(&mut self, wakers: &mut Vec<Waker>) {
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
}
