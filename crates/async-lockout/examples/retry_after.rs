//! Several workers talk to a server that answers 429 when it is asked too often; when one of them
//! is told to come back later, all of them wait.
//!
//! Time is a `ManualClock`'s, so the program is over at once; with `Lockout::new()` and real
//! requests nothing else changes.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use async_clock::{Clock, ClockExt, ManualClock};
use async_lockout::Lockout;
use futures_lite::future::{block_on, zip};
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// Allows so many requests, then says for how long it wants to be left alone.
struct Server {
    clock: ManualClock,
    left: Cell<u32>,
    closed_until: Cell<Instant>,
    log: RefCell<Vec<(Duration, &'static str, u16)>>,
    start: Instant,
}

impl Server {
    const PAUSE: Duration = Duration::from_secs(3);

    async fn get(&self, worker: &'static str) -> Result<(), Duration> {
        self.clock.sleep(Duration::from_millis(100)).await; // the way there
        let now = self.clock.now();
        if now >= self.closed_until.get() && self.left.get() == 0 {
            self.left.set(5);
        }
        let answer = match self.left.get() {
            0 => Err(self.closed_until.get() - now),
            left => {
                self.left.set(left - 1);
                if left == 1 {
                    self.closed_until.set(now + Self::PAUSE);
                }
                Ok(())
            }
        };
        let status = if answer.is_ok() { 200 } else { 429 };
        self.log
            .borrow_mut()
            .push((now - self.start, worker, status));
        answer
    }
}

async fn work(name: &'static str, server: &Server, lockout: &Lockout<ManualClock>) {
    for _ in 0..4 {
        loop {
            lockout.wait().await; // last of all, right before the request
            match server.get(name).await {
                Ok(()) => break,
                Err(retry_after) => lockout.lock_for(retry_after),
            }
        }
    }
}

fn main() {
    let clock = ManualClock::new();
    let lockout = Lockout::with_clock(clock.clone());
    let start = clock.now();
    let server = Server {
        clock: clock.clone(),
        left: Cell::new(5),
        closed_until: Cell::new(start),
        log: RefCell::default(),
        start,
    };
    let workers = zip(
        work("anna", &server, &lockout),
        zip(
            work("bert", &server, &lockout),
            work("cleo", &server, &lockout),
        ),
    );
    block_on(clock.drive(workers));

    let log = server.log.into_inner();
    for (at, worker, status) in &log {
        println!("{at:>7.1?}  {worker}  {status}");
    }
    let refused = log.iter().filter(|(_, _, status)| *status == 429).count();
    println!("{} requests, {refused} of them refused", log.len());
    assert_eq!(log.len() - refused, 12, "all work was done");
    // One request is told to wait, and those that were under way with it; nobody asks in between.
    assert!(refused <= 6, "{refused} requests were refused");
}
