//! A client that stays within what a server allows, whatever the network does in between.
//!
//! The server counts arrivals; each request takes its own time to get there. With a guard around
//! the round trip no window of the server holds more than was agreed.
//!
//! `cargo run -p async-ratelimiter --example polite_client`

use async_clock::sleep;
use async_ratelimiter::RateLimiter;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const PER: Duration = Duration::from_millis(50);
const AGREED: NonZeroU32 = NonZeroU32::new(4).unwrap();

/// Writes down when requests arrive.
#[derive(Default)]
struct Server(Mutex<Vec<Instant>>);

impl Server {
    async fn get(&self, number: u64) -> String {
        sleep(Duration::from_millis(number * 7 % 11)).await; // the way there
        self.0.lock().unwrap().push(Instant::now());
        sleep(Duration::from_millis(number * 3 % 5)).await; // the way back
        format!("page {number}")
    }

    fn busiest_window(&self) -> usize {
        let arrivals = self.0.lock().unwrap();
        let until = |start: Instant| {
            arrivals
                .iter()
                .filter(|&&at| at >= start && at - start < PER)
                .count()
        };
        arrivals
            .iter()
            .map(|&start| until(start))
            .max()
            .unwrap_or(0)
    }
}

fn main() {
    let server = Arc::new(Server::default());
    let limiter = RateLimiter::new(AGREED, PER);
    let workers: Vec<_> = (0..6)
        .map(|worker| {
            let (server, limiter) = (server.clone(), limiter.clone());
            let pages = async move {
                for page in 0..5 {
                    let guard = limiter.acquire_guard().await.expect("nobody closes it");
                    server.get(5 * worker + page).await;
                    drop(guard);
                }
            };
            thread::spawn(|| futures_lite::future::block_on(pages))
        })
        .collect();
    for worker in workers {
        worker.join().expect("a worker panicked");
    }
    let busiest = server.busiest_window();
    assert!(busiest <= AGREED.get() as usize);
    assert_eq!(limiter.stats().granted, 30);
}
