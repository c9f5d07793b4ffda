//! The sources of a merge, each at a position that stays.

use std::task::Waker;

use crate::index::Index;

/// A slab: the positions of sources that are gone are used again.
pub(super) struct Sources<S> {
    slots: Vec<Slot<S>>,
    /// Of the source at each position, beside the slots: few polls want to know, and each reads its
    /// slot.
    serials: Vec<u64>,
    /// Positions without a source.
    free: Vec<usize>,
    live: usize,
    /// Of the next source: no two have the same.
    serial: u64,
}

/// A position, which keeps its waker from source to source.
///
/// A late wake for one that is gone costs the next one a needless poll.
pub(super) struct Slot<S> {
    pub(super) stream: Option<S>,
    pub(super) waker: Waker,
}

impl<S> Sources<S> {
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            serials: Vec::new(),
            free: Vec::new(),
            live: 0,
            serial: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.live
    }

    pub(super) fn at(&mut self, position: usize) -> &mut Slot<S> {
        &mut self.slots[position]
    }

    /// The index of the source at a position.
    #[inline]
    pub(super) fn index(&self, position: usize) -> Index {
        // Nothing that panics: who does not want it shall not pay for it.
        let serial = self.serials.get(position).copied().unwrap_or_default();
        Index { serial, position }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Index, &S)> {
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(position, slot)| Some((self.index(position), slot.stream.as_ref()?)))
    }

    pub(super) fn contains(&self, index: Index) -> bool {
        let slot = self.slots.get(index.position);
        slot.is_some_and(|slot| self.index(index.position) == index && slot.stream.is_some())
    }

    /// Adds a source; `waker` makes that of a new position.
    pub(super) fn insert(&mut self, stream: S, waker: impl FnOnce(usize) -> Waker) -> Index {
        let serial = self.serial;
        let position = self.free.pop().unwrap_or_else(|| {
            let waker = waker(self.slots.len());
            let stream = None;
            self.slots.push(Slot { stream, waker });
            self.serials.push(serial);
            self.slots.len() - 1
        });
        self.slots[position].stream = Some(stream);
        self.serials[position] = serial;
        self.serial += 1;
        self.live += 1;
        self.index(position)
    }

    /// Takes the source at a position out, if there is one.
    pub(super) fn take(&mut self, position: usize) -> Option<S> {
        let stream = self.slots[position].stream.take()?;
        self.free.push(position);
        self.live -= 1;
        Some(stream)
    }

    /// Takes out the source with that index, if it is still there.
    pub(super) fn remove(&mut self, index: Index) -> Option<S> {
        let is_there = self.contains(index);
        is_there.then(|| self.take(index.position)).flatten()
    }

    /// Takes all out.
    ///
    /// They come as one value, which drops all of them even if one panics.
    pub(super) fn take_all(&mut self) -> Vec<S> {
        let streams = self.slots.iter_mut().filter_map(|slot| slot.stream.take());
        let streams = streams.collect();
        self.free = (0..self.slots.len()).rev().collect();
        self.live = 0;
        streams
    }
}
