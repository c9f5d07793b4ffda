//! Which of the ready slots comes to its end first: a heap from which any can be taken.

use std::time::Instant;

/// Names an end among those that are there; names are used again.
pub(super) type Name = u32;

/// The name of no end, for what is ready for ever.
pub(super) const ENDLESS: Name = Name::MAX;

/// When the slots end whose lives do: the earliest on top of a heap in which each knows its place.
///
/// There are exactly as many as there are slots with an end. Those that are added in their order,
/// as lives of the same length are, stay where they come.
pub(super) struct Ends {
    heap: Vec<End>,
    /// The place of each name in the heap; of a free name, the next free one.
    places: Vec<u32>,
    free: Name,
}

/// The end of a slot, and by what it is found.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) until: Instant,
    pub(super) hash: u64,
    pub(super) name: Name,
}

/// How many ends stand below each one of the heap: with four, an end moves half as often as with
/// two.
const CHILDREN: usize = 4;

impl Ends {
    pub(super) const fn new() -> Self {
        Self {
            heap: Vec::new(),
            places: Vec::new(),
            free: ENDLESS,
        }
    }

    /// The earliest end.
    #[inline]
    pub(super) fn first(&self) -> Option<End> {
        self.heap.first().copied()
    }

    /// Adds an end, and gives it a name.
    pub(super) fn add(&mut self, until: Instant, hash: u64) -> Name {
        let name = self.free;
        let name = if let Some(next) = self.places.get(name as usize) {
            self.free = *next;
            name
        } else {
            self.places.push(0);
            narrow(self.places.len() - 1)
        };
        self.heap.push(End { until, hash, name });
        self.rise(self.heap.len() - 1);
        name
    }

    /// When the end of a name is that is there; `None` for [`ENDLESS`].
    #[inline]
    pub(super) fn until(&self, name: Name) -> Option<Instant> {
        let place = self.places.get(name as usize)?;
        Some(self.heap[*place as usize].until)
    }

    /// Takes the end of a name out that is there; `None` for [`ENDLESS`].
    #[inline]
    pub(super) fn remove(&mut self, name: Name) -> Option<Instant> {
        let place = self.places.get_mut(name as usize)?;
        let at = *place as usize;
        *place = self.free;
        self.free = name;
        let end = self.heap.swap_remove(at);
        if at < self.heap.len() {
            let at = self.rise(at);
            self.sink(at);
        }
        Some(end.until)
    }

    /// Moves an end up to its place, and notes that.
    fn rise(&mut self, mut at: usize) -> usize {
        let end = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / CHILDREN;
            if self.heap[parent].until <= end.until {
                break;
            }
            self.set(at, self.heap[parent]);
            at = parent;
        }
        self.set(at, end);
        at
    }

    /// Moves an end down to its place, and notes that.
    fn sink(&mut self, mut at: usize) {
        let end = self.heap[at];
        loop {
            let first = at * CHILDREN + 1;
            let children = first..self.heap.len().min(first + CHILDREN);
            let Some(least) = children.min_by_key(|child| self.heap[*child].until) else {
                break;
            };
            if end.until <= self.heap[least].until {
                break;
            }
            self.set(at, self.heap[least]);
            at = least;
        }
        self.set(at, end);
    }

    fn set(&mut self, at: usize, end: End) {
        self.heap[at] = end;
        self.places[end.name as usize] = narrow(at);
    }
}

/// There are fewer ends than slots, whose number has 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "see above")]
fn narrow(number: usize) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::{ENDLESS, Ends};
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    /// Against a sorted map of what is there.
    #[test]
    fn the_earliest_end_is_on_top_whatever_is_added_and_taken() {
        testkit::with_seeds(200, |rng| {
            let (base, mut ends) = (Instant::now(), Ends::new());
            let mut model = BTreeMap::new();
            let mut most = 0;
            for step in 0..300_u64 {
                if rng.u8(..5) < 3 {
                    let until = base + Duration::from_secs(rng.u64(..50));
                    let name = ends.add(until, step);
                    assert!(model.insert(name, (until, step)).is_none(), "a new name");
                } else if let Some(name) = rng.choice(model.keys().copied().collect::<Vec<_>>()) {
                    let there = model.remove(&name).map(|(until, _)| until);
                    assert_eq!((ends.until(name), ends.remove(name)), (there, there));
                }
                assert_eq!((ends.until(ENDLESS), ends.remove(ENDLESS)), (None, None));
                most = most.max(model.len());
                assert_eq!((ends.heap.len(), ends.places.len()), (model.len(), most));
                match ends.first() {
                    Some(end) => {
                        assert_eq!(model[&end.name], (end.until, end.hash));
                        assert!(model.values().all(|(until, _)| end.until <= *until));
                    }
                    None => assert!(model.is_empty()),
                }
            }
        });
    }
}
