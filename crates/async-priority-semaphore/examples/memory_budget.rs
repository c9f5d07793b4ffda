//! Jobs of different sizes share a budget of memory, in threads and in tasks, and the budget is cut
//! while they run.
//!
//! ```text
//! cargo run -p async-priority-semaphore --example memory_budget
//! ```

use async_priority_semaphore::Semaphore;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// In megabytes.
const BUDGET: usize = 100;

/// What is in use, and the most that ever was.
#[derive(Default)]
struct Meter {
    used: AtomicUsize,
    most: AtomicUsize,
}

impl Meter {
    fn run_job(&self, size: usize) {
        let used = self.used.fetch_add(size, Ordering::SeqCst) + size;
        self.most.fetch_max(used, Ordering::SeqCst);
        thread::yield_now(); // the job is at work
        self.used.fetch_sub(size, Ordering::SeqCst);
    }
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() {
    let budget = Arc::new(Semaphore::new(BUDGET));
    let meter = Arc::new(Meter::default());

    let threads = [10, 25, 40, 70].map(|size: u32| {
        let (budget, meter) = (Arc::clone(&budget), Arc::clone(&meter));
        thread::spawn(move || {
            for _ in 0..50 {
                // The largest is not starved by the small ones.
                let memory = budget.acquire_many(size).blocking();
                let memory = memory.expect("nobody closes it");
                meter.run_job(memory.num_permits());
            }
        })
    });
    let tasks = async {
        for _ in 0..50 {
            let mut memory = budget.acquire_many(30).await.expect("nobody closes it");
            meter.run_job(30);
            drop(memory.split(20)); // the rest of the job needs less
            meter.run_job(10);
        }
    };
    futures_lite::future::block_on(tasks);

    // Somebody else needs memory: 20 are taken back, now or as soon as they are free.
    budget.reduce_permits(20);
    for thread in threads {
        thread.join().expect("no job panics");
    }

    let most = meter.most.load(Ordering::SeqCst);
    println!(
        "{most} MB were in use at most, {} are free",
        budget.available_permits()
    );
    assert!(most <= BUDGET);
    assert_eq!(budget.available_permits(), BUDGET - 20);
}
