//! Semaphores: allocations, and the bytes of a semaphore, of one who waits, and of what stays.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use async_priority_semaphore::{PrioritySemaphore, Semaphore};
use benches::{Figures, figure, float};
use ranked_semaphore::RankedSemaphore;
use testkit::{count_allocations, live_bytes, poll_pinned};

#[global_allocator]
static ALLOCATOR: testkit::CountingAllocator = testkit::CountingAllocator::new();

const CROWD: usize = 10_000;

/// Each of them, and each with `_priority` behind it.
const SCENARIOS: [&str; 5] = [
    "uncontended_await",
    "64_tasks_1_permit",
    "bytes_each",
    "bytes_per_waiter",
    "bytes_after_a_burst",
];

fn main() {
    let figures = Figures::from_args();
    for suffix in ["", "_priority"] {
        let scenarios = SCENARIOS.map(|name| format!("semaphore/{name}{suffix}"));
        if !figures.want(&scenarios.each_ref().map(String::as_str)) {
            continue;
        }
        let ours = if suffix.is_empty() {
            fifo()
        } else {
            by_priority()
        };
        // The peers stand beside both.
        for (contender, of) in [("ours", ours)].into_iter().chain(peers()) {
            let [free, contended, size, waiter, after] = &scenarios;
            figure(free, contender, of.free, "allocations");
            figure(contended, contender, of.contended, "allocations");
            figure(size, contender, float(of.size), "bytes");
            figure(waiter, contender, of.waiter, "bytes");
            figure(after, contender, of.after, "bytes");
        }
    }
}

/// What is counted of one contender.
struct Figured {
    /// Allocations of an acquire and release with free permits.
    free: f64,
    /// Allocations of one that has to wait.
    contended: f64,
    /// Of the semaphore, without what it allocates.
    size: usize,
    /// Bytes that one who waits takes, its future included.
    waiter: f64,
    /// Bytes that are kept when many have given up.
    after: f64,
}

/// `take` takes the only permit, and `acquire` asks for it, by the number of the waiter.
fn count<S, P, F: Future>(
    semaphore: &S,
    take: impl Fn() -> P,
    acquire: impl Fn(usize) -> F,
) -> Figured {
    let poll = |future: &mut Pin<Box<F>>| poll_pinned(future.as_mut(), Waker::noop());
    let boxed = |rounds: usize, waits: bool| {
        let allocations = count_allocations(|| {
            for round in 0..rounds {
                let held = waits.then(&take);
                let mut future = Box::pin(acquire(round));
                if waits {
                    assert!(poll(&mut future).is_pending());
                }
                drop(held);
                assert!(poll(&mut future).is_ready());
            }
        });
        // Less the box.
        float(allocations.calls) / float(rounds) - 1.0
    };
    boxed(10, true);
    let (free, contended) = (boxed(1000, false), boxed(1000, true));

    let held = take();
    let mut crowd = Vec::with_capacity(CROWD);
    let before = live_bytes();
    for number in 0..CROWD {
        let mut future = Box::pin(acquire(number));
        assert!(poll(&mut future).is_pending());
        crowd.push(future);
    }
    let waiter = float(live_bytes().saturating_sub(before)) / float(CROWD);
    drop(crowd);
    drop(held);
    let freed = CROWD * size_of::<Pin<Box<F>>>();
    let after = float((live_bytes() + freed).saturating_sub(before));
    let size = size_of_val(semaphore);
    Figured {
        free,
        contended,
        size,
        waiter,
        after,
    }
}

fn fifo() -> Figured {
    let s = Semaphore::new(1);
    count(&s, || s.try_acquire().unwrap(), |_| s.acquire())
}

fn by_priority() -> Figured {
    let s = PrioritySemaphore::new(1);
    let priority = |number: usize| i32::try_from(number % 4).unwrap_or_default();
    count(
        &s,
        || s.try_acquire().unwrap(),
        |number| s.acquire_with(priority(number)),
    )
}

fn peers() -> Vec<(&'static str, Figured)> {
    let tokio = tokio::sync::Semaphore::new(1);
    let lock = async_lock::Semaphore::new(1);
    let band = asyncband::semaphore::Semaphore::new(1);
    let weighted = async_weighted_semaphore::Semaphore::new(1);
    let priority = Arc::new(priority_semaphore::PrioritySemaphore::new(1));
    let ranked = RankedSemaphore::new_fifo(1);
    vec![
        (
            "tokio",
            count(&tokio, || tokio.try_acquire().unwrap(), |_| tokio.acquire()),
        ),
        (
            "async-lock",
            count(&lock, || lock.try_acquire().unwrap(), |_| lock.acquire()),
        ),
        (
            "asyncband",
            count(&band, || band.try_acquire(1).unwrap(), |_| band.acquire(1)),
        ),
        (
            "async-weighted-semaphore",
            count(
                &weighted,
                || weighted.try_acquire(1).unwrap(),
                |_| weighted.acquire(1),
            ),
        ),
        (
            "priority-semaphore",
            count(
                &*priority,
                || priority.try_acquire(0).unwrap(),
                |_| priority.acquire(0),
            ),
        ),
        (
            "ranked-semaphore",
            count(
                &ranked,
                || ranked.try_acquire().unwrap(),
                |_| ranked.acquire(),
            ),
        ),
    ]
}
