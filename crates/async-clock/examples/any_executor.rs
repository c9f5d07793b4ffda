//! The same function on a bare `block_on` and on several threads at once: the timer does not care.

use async_clock::{Elapsed, sleep, timeout};
use futures_lite::future::block_on;
use std::time::{Duration, Instant};

async fn answer(after: Duration) -> u32 {
    sleep(after).await;
    42
}

async fn ask(after: Duration) -> Result<u32, Elapsed> {
    timeout(Duration::from_millis(50), answer(after)).await
}

fn main() {
    let start = Instant::now();
    let threads: Vec<_> = [5, 20, 500]
        .map(Duration::from_millis)
        .map(|after| std::thread::spawn(move || block_on(ask(after))))
        .into();
    let answers: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().expect("does not panic"))
        .collect();
    assert_eq!(answers, [Ok(42), Ok(42), Err(Elapsed)]);
    assert!(start.elapsed() >= Duration::from_millis(50));
}
