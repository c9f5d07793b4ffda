//! The heap's order when `Ord` is foreign code: it may panic at any comparison, and ties exist.

use async_waitlist::{Key, WaitHeap};
use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

thread_local! {
    /// How many comparisons are allowed before one panics.
    static ALLOWED: Cell<usize> = const { Cell::new(usize::MAX) };
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fragile(u32);

impl Ord for Fragile {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = ALLOWED.get().checked_sub(1);
        let Some(left) = left else {
            resume_unwind(Box::new("a comparison panics"))
        };
        ALLOWED.set(left);
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Fragile {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn noop() -> Waker {
    Waker::noop().clone()
}

type Heap = WaitHeap<Fragile, u32>;

/// The keys and payloads in the order in which they are granted.
fn drained(mut heap: Heap) -> Vec<(u32, u32)> {
    std::iter::from_fn(|| heap.grant_first())
        .map(|(key, payload, _)| (key.0, payload))
        .collect()
}

/// A heap of `n` random waiters.
fn random(rng: &mut fastrand::Rng, n: u32) -> (Heap, Vec<Key>) {
    let mut heap = Heap::new();
    let keys = (0..n)
        .map(|n| heap.insert(Fragile(rng.u32(..20)), n, noop()))
        .collect();
    (heap, keys)
}

/// Runs `method` with fewer comparisons than it needs, for every smaller number of them, and then
/// to its end. What it needed is returned.
fn with_every_panic(seed: u64, n: u32, method: impl Fn(&mut Heap, &mut Vec<Key>)) -> usize {
    let untouched = drained(random(&mut testkit::rng(seed), n).0);
    for allowed in 0.. {
        let (mut heap, mut keys) = random(&mut testkit::rng(seed), n);
        ALLOWED.set(allowed);
        let result = catch_unwind(AssertUnwindSafe(|| method(&mut heap, &mut keys)));
        ALLOWED.set(usize::MAX);
        heap.assert_invariants();
        if result.is_ok() {
            return allowed;
        }
        assert_eq!(drained(heap), untouched, "after {allowed} comparisons");
    }
    unreachable!("the range has no end")
}

#[test]
fn a_panic_in_any_comparison_leaves_the_heap_as_it_was() {
    let (mut compared, mut histories) = (0, 0);
    for seed in testkit::seeds(100) {
        histories += 1;
        let n = testkit::rng(!seed).u32(1..70);
        let victim = testkit::rng(!seed).usize(..n as usize);
        let key = Fragile(testkit::rng(!seed).u32(..20));
        compared += with_every_panic(seed, n, |heap, _| drop(heap.insert(key, n, noop())));
        compared += with_every_panic(seed, n, |heap, _| drop(heap.grant_first()));
        compared += with_every_panic(seed, n, |heap, keys| drop(heap.grant(&keys[victim])));
        compared += with_every_panic(seed, n, |heap, keys| {
            heap.set_key(&keys[victim], key).unwrap();
        });
        compared += with_every_panic(seed, n, |heap, keys| {
            drop(heap.release(keys.swap_remove(victim)));
        });
    }
    assert!(
        compared > histories,
        "hardly anything was compared: {compared}"
    );
}

#[test]
fn an_operation_compares_a_logarithmic_number_of_times() {
    testkit::with_seeds(5, |rng| {
        let (mut heap, keys) = random(rng, 4096);
        let mut most = 0;
        for key in keys {
            // Each step of the way down makes two comparisons, and there are twelve levels.
            ALLOWED.set(3 * 13);
            drop(heap.release(key));
            most = most.max(3 * 13 - ALLOWED.get());
        }
        ALLOWED.set(usize::MAX);
        assert!(
            most > 12,
            "that few comparisons can't have kept the order: {most}"
        );
    });
}

#[test]
fn equals_keep_the_order_of_their_arrival_through_any_change() {
    testkit::with_seeds(50, |rng| {
        let (mut heap, mut keys) = random(rng, 200);
        // Away and back: a changed key does not cost the place among equals.
        for key in &keys {
            let there = heap.set_key(key, Fragile(rng.u32(..40))).unwrap();
            heap.set_key(key, there).unwrap();
        }
        for _ in 0..100 {
            drop(heap.release(keys.swap_remove(rng.usize(..keys.len()))));
        }
        let granted = drained(heap);
        assert_eq!(granted.len(), 100);
        assert!(granted.is_sorted());
    });
}

#[test]
fn a_waiter_put_back_precedes_its_equals_and_no_smaller_key() {
    let mut heap = Heap::new();
    let keys = [2, 1, 2, 2].map(|key| heap.insert(Fragile(key), 0, noop()));
    heap.grant(&keys[3]);
    heap.requeue_front(&keys[3], Fragile(2), 10, noop());
    heap.grant(&keys[2]);
    heap.requeue_front(&keys[2], Fragile(2), 20, noop());
    heap.assert_invariants();
    assert_eq!(drained(heap), [(1, 0), (2, 20), (2, 10), (2, 0)]);
}
