//! A token has expired, and a thousand requests find that out at the same moment: it is renewed once,
//! even though the request that began it gives up.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use async_single_flight::Group;
use futures_lite::future::{block_on, poll_once, yield_now};
use std::sync::atomic::{AtomicU32, Ordering};

static RENEWALS: AtomicU32 = AtomicU32::new(0);

/// Takes a while; must not be done more often than needed.
async fn renew() -> String {
    let number = RENEWALS.fetch_add(1, Ordering::SeqCst) + 1;
    for _ in 0..3 {
        yield_now().await;
    }
    format!("token {number}")
}

fn main() {
    let tokens = Group::new();
    block_on(async {
        // The first request begins, and is cancelled in the middle.
        let mut first = tokens.work("api", renew);
        assert!(poll_once(&mut first).await.is_none());
        let herd: Vec<_> = (1..1000).map(|_| tokens.work("api", renew)).collect();
        drop(first);

        for request in herd {
            assert_eq!(request.await, "token 1");
        }
        println!("1000 requests, {} renewal", RENEWALS.load(Ordering::SeqCst));

        // It is not remembered: whoever asks now gets a new one.
        println!("and then: {}", tokens.work("api", renew).await);
    });
    assert_eq!(RENEWALS.load(Ordering::SeqCst), 2);
}
