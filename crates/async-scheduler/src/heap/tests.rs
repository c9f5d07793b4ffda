//! The heap and its runs against a sorted list.

use super::{ARITY, DueCount, Heap, NOWHERE, VACANT};
use std::collections::{BTreeMap, HashMap};
use testkit::with_seeds;

fn check(heap: &Heap) {
    for at in 0..heap.len {
        let entry = heap.at(at);
        assert_eq!(heap.place[entry.slot() as usize] as usize, at);
        assert!(at == 0 || heap.at((at - 1) / ARITY) < entry);
    }
    let room = heap.below.len() * ARITY + 1;
    assert!(room < heap.len.max(1) + ARITY);
    assert!((heap.len..room).all(|at| heap.at(at) == VACANT));
    heap.run.check(&heap.place);
    let placed = heap.place.iter().filter(|place| **place != NOWHERE);
    assert_eq!(
        placed.count(),
        heap.len + heap.run.iter(&heap.place).count()
    );
}

#[test]
fn due_counts_what_a_walk_over_all_counts() {
    with_seeds(200, |rng| {
        let mut heap = Heap::new();
        let mut times = Vec::new();
        for slot in 0..rng.u32(0..60) {
            let time = rng.u64(0..40);
            times.push(time);
            heap.insert(time, slot);
        }
        check(&heap);
        for now in 0..41 {
            let due = times.iter().filter(|time| **time <= now).count();
            let then = times.iter().filter(|time| **time > now).min().copied();
            assert_eq!(heap.due(now, 1000), DueCount { count: due, then });
            let limit = rng.usize(1..8);
            assert_eq!(heap.due(now, limit).count, due.min(limit));
        }
    });
}

#[test]
fn the_order_survives_the_end_of_the_sequence() {
    let mut heap = Heap::new();
    heap.sequence = u32::MAX - 3;
    for slot in 0..8 {
        heap.insert(7, slot);
        check(&heap);
    }
    assert!(heap.change(2, 7));
    assert!(heap.sequence < 20, "numbered anew");
    let order: Vec<u32> = heap.drain().collect();
    assert_eq!(order, [0, 1, 3, 4, 5, 6, 7, 2]);
}

/// What a heap must be like: its slots in their order, and where each is in that.
#[derive(Default)]
struct Model {
    order: BTreeMap<(u64, u32), u32>,
    at: HashMap<u32, (u64, u32)>,
}

impl Model {
    fn put(&mut self, time: u64, sequence: u32, slot: u32) {
        self.order.insert((time, sequence), slot);
        self.at.insert(slot, (time, sequence));
    }

    fn remove(&mut self, slot: u32) -> bool {
        let at = self.at.remove(&slot);
        at.is_some_and(|at| self.order.remove(&at).is_some())
    }

    fn take_due(&mut self, now: u64) -> Option<(u64, u32)> {
        let ((time, _), slot) = self.order.first_key_value()?;
        let first = (*time <= now).then_some((*time, *slot));
        first.inspect(|(_, slot)| assert!(self.remove(*slot)))
    }

    fn due(&self, now: u64) -> DueCount {
        let then = self.order.range((now + 1, 0)..).next();
        DueCount {
            count: self.order.range(..(now + 1, 0)).count(),
            then: then.map(|entry| entry.0.0),
        }
    }
}

/// Many come due at once and are taken, while others come, go and move: with runs and without.
#[test]
fn the_heap_is_that_of_a_sorted_list() {
    let (mut runs, mut longest) = (0, 0);
    with_seeds(100, |rng| {
        let mut heap = Heap::new();
        let mut model = Model::default();
        let slots = [60, 800][rng.usize(..2)];
        let mut sequence = 0;
        for _ in 0..300 {
            let was_a_run = !heap.run.is_empty();
            let (kind, now) = (rng.u8(0..12), rng.u64(0..50));
            // Now and then many at once.
            let times = if rng.u8(0..4) == 0 { 400 } else { 3 };
            for _ in 0..rng.usize(0..times) {
                let (slot, time) = (rng.u32(0..slots), rng.u64(0..50));
                match kind {
                    0..5 => assert_eq!(heap.take_due(now), model.take_due(now)),
                    5 => assert_eq!(heap.remove(slot), model.remove(slot)),
                    _ => {
                        let known = model.remove(slot);
                        assert_eq!(heap.change(slot, time), known);
                        if !known {
                            heap.insert(time, slot);
                        }
                        model.put(time, sequence, slot);
                        sequence += 1;
                    }
                }
            }
            check(&heap);
            assert_eq!(heap.due(now, 1000), model.due(now));
            runs += usize::from(!was_a_run && !heap.run.is_empty());
            longest = longest.max(heap.run.iter(&heap.place).count());
        }
        if rng.bool() {
            heap.sequence = u32::MAX;
            let known = rng.u32(0..slots); // most are
            let slot = if model.remove(known) { known } else { slots };
            if !heap.change(slot, 7) {
                heap.insert(7, slot);
            }
            model.put(7, u32::MAX, slot);
            assert!(heap.sequence < 1000, "numbered anew");
            check(&heap);
        }
        assert!(heap.drain().eq(model.order.into_values()));
        assert!(heap.first().is_none());
    });
    assert!(runs > 60 && longest > 200, "{runs} runs, {longest}");
}

#[test]
fn a_run_that_is_cancelled_piece_by_piece_keeps_its_order() {
    with_seeds(50, |rng| {
        let mut heap = Heap::new();
        let mut left: Vec<u32> = (0..400).collect();
        for slot in 0..400 {
            heap.insert(u64::from(slot / 3), slot);
        }
        while heap.run.is_empty() {
            let taken = heap.take_due(1000).map(|(_, slot)| slot);
            assert_eq!(taken, Some(left.remove(0)));
        }
        assert!(left.len() > 250);
        while !left.is_empty() {
            let slot = left.remove(rng.usize(..left.len()));
            assert!(heap.remove(slot));
            assert!(!heap.remove(slot));
            check(&heap);
            assert_eq!(heap.first().map(|(_, slot)| slot), left.first().copied());
        }
    });
}
