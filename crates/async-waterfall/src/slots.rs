//! Where a submit waits, and where its reply is put: slots of one vector.

use std::mem;
use std::task::Waker;

use crate::error::SubmitError;

/// No slot: the item was put, not submitted.
pub(crate) const NONE: u32 = u32::MAX;

/// What the owner of a slot waits for.
///
/// Moves: `Outside` → `Queued` → `Running` → `Done`; `Queued` → `Done` if it is evicted or stopped.
/// `Running` → `Orphan` when the owner goes; whoever answers an orphan frees it.
/// From any other, [`Slots::release`] by the owner leads to `Free`.
pub(crate) enum Stage<T, R, E> {
    /// In use by nobody; the next one that is free.
    Free { next: u32 },
    /// Its item waits for room.
    Outside,
    /// Its item waits at `seq` of the queue, as a part of `batch`.
    Queued { seq: u64, batch: u64 },
    /// Its item is with the callback.
    Running,
    /// The same, and nobody wants to know.
    Orphan,
    /// Answered.
    Done(Result<R, SubmitError<T, E>>),
}

pub(crate) struct Slot<T, R, E> {
    pub(crate) stage: Stage<T, R, E>,
    pub(crate) waker: Option<Waker>,
}

/// The slots of all submits under way, used again and again.
///
/// An index is owned by one future, so it needs no generation; the memory of the largest crowd
/// stays.
pub(crate) struct Slots<T, R, E> {
    slots: Vec<Slot<T, R, E>>,
    free: u32,
}

/// A reply that nobody waits for, to be dropped after unlocking.
pub(crate) type Unwanted<T, R, E> = Result<R, SubmitError<T, E>>;

impl<T, R, E> Slots<T, R, E> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: NONE,
        }
    }

    /// # Panics
    ///
    /// At 2³² − 1 slots.
    #[inline]
    pub(crate) fn insert(&mut self, stage: Stage<T, R, E>, waker: Option<Waker>) -> u32 {
        let slot = Slot { stage, waker };
        if let Some(place) = self.slots.get_mut(self.free as usize) {
            let index = self.free;
            if let Stage::Free { next } = place.stage {
                self.free = next;
            }
            *place = slot; // it was free, and so nothing of the user's is dropped
            return index;
        }
        let index = u32::try_from(self.slots.len()).ok();
        let index = index.filter(|&index| index != NONE).expect("too many");
        self.slots.push(slot);
        index
    }

    #[inline]
    pub(crate) fn at(&mut self, index: u32) -> &mut Slot<T, R, E> {
        &mut self.slots[index as usize]
    }

    /// Frees a slot and returns what was in it, to be dropped after unlocking.
    #[inline]
    pub(crate) fn release(&mut self, index: u32) -> Slot<T, R, E> {
        let next = mem::replace(&mut self.free, index);
        let free = Slot {
            stage: Stage::Free { next },
            waker: None,
        };
        mem::replace(self.at(index), free)
    }

    /// Puts a reply into a slot and returns the waker, or the reply if its owner is gone.
    #[inline]
    pub(crate) fn answer(
        &mut self,
        index: u32,
        reply: Result<R, SubmitError<T, E>>,
    ) -> Result<Option<Waker>, Unwanted<T, R, E>> {
        let slot = self.at(index);
        if matches!(slot.stage, Stage::Orphan) {
            let _nothing = self.release(index);
            return Err(reply);
        }
        slot.stage = Stage::Done(reply); // from `Queued` or `Running`, which hold nothing
        Ok(slot.waker.take())
    }
}
