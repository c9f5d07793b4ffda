//! Threads that work for tasks: the most urgent job first, and back-pressure for whoever asks.

use async_dual_queue::{FifoQueue, PriorityQueue};
use std::thread;

fn main() {
    // Jobs are numbers to be squared, with their urgency; at most four wait.
    let (jobs, workers) = PriorityQueue::bounded(4).into_channel();
    let (answers, results) = FifoQueue::unbounded().into_channel();

    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (jobs, answers) = (workers.clone(), answers.clone());
            thread::spawn(move || {
                for job in jobs {
                    let n: u64 = job;
                    answers.try_send(n * n).expect("somebody waits for results");
                }
            })
        })
        .collect();
    drop((workers, answers)); // the threads have theirs

    let sum = futures_lite::future::block_on(async move {
        for n in 1..=10_u64 {
            let urgency = 10 - n; // the largest first
            jobs.send(n, urgency).await.expect("the threads receive");
        }
        drop(jobs); // ends the threads once all is done
        let mut sum = 0;
        while let Ok(square) = results.recv().await {
            sum += square;
        }
        sum
    });
    assert_eq!(sum, 385);
    for thread in threads {
        thread.join().expect("no worker panics");
    }
}
