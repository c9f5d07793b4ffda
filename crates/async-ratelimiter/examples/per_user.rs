//! A server's front door: so many requests per user, an answer that says when to come back, and
//! memory for those who are active only.
//!
//! `cargo run -p async-ratelimiter --example per_user`

use async_clock::ManualClock;
use async_ratelimiter::{Keyed, SlidingLog, TryAcquireError};
use std::num::NonZeroU32;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq)]
enum Response {
    Ok,
    /// 429, with the header `Retry-After`.
    TooManyRequests(Duration),
    /// 503.
    Unavailable,
}

fn handle(door: &Keyed<String, SlidingLog, ManualClock>, user: &str) -> Response {
    match door.try_acquire(&user.to_owned()) {
        Ok(()) => Response::Ok,
        Err(TryAcquireError::Limited(retry)) => Response::TooManyRequests(retry.after),
        Err(_) => Response::Unavailable, // too many users at once
    }
}

fn main() {
    let clock = ManualClock::new();
    let three = NonZeroU32::new(3).expect("3 is not 0");
    let door = Keyed::builder(three, MINUTE)
        .clock(clock.clone())
        .max_keys(2)
        .build();

    for _ in 0..3 {
        assert_eq!(handle(&door, "ada"), Response::Ok);
    }
    clock.advance(Duration::from_secs(20));
    assert_eq!(
        handle(&door, "ada"),
        Response::TooManyRequests(Duration::from_secs(40))
    );
    assert_eq!(
        handle(&door, "bob"),
        Response::Ok,
        "users don't pay for each other"
    );
    assert_eq!(
        handle(&door, "eve"),
        Response::Unavailable,
        "two users are active"
    );

    clock.advance(Duration::from_secs(40));
    assert_eq!(
        handle(&door, "eve"),
        Response::Ok,
        "ada's minute is over, and she is forgotten"
    );
    assert_eq!(door.len(), 2);
}
