//! What happens when the thread of the system timer can't be started.
//!
//! `src/system/park.rs` is compiled into this test as it is: no test can make the system refuse.
#![cfg(all(feature = "system", not(loom)))]

#[allow(dead_code, reason = "only the start is tested here")]
#[path = "../src/system/park.rs"]
mod park;
#[allow(dead_code, unused_imports, reason = "only the start is tested here")]
#[path = "../src/sync.rs"]
mod sync;

use park::Park;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use testkit::within_seconds;

fn refuse() -> io::Result<thread::Thread> {
    Err(io::Error::new(io::ErrorKind::WouldBlock, "no more threads"))
}

#[test]
fn a_refused_start_panics_with_a_message_and_the_next_one_tries_again() {
    let park = Park::new();
    for _ in 0..3 {
        let panic = catch_unwind(AssertUnwindSafe(|| park.start(refuse))).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("can't be started"), "{message}");
        assert!(message.contains("no more threads"), "{message}");
    }
    let mut starts = 0;
    for _ in 0..3 {
        park.start(|| {
            starts += 1;
            Ok(thread::current())
        });
    }
    assert_eq!(starts, 1);
}

#[test]
fn of_many_first_inserters_one_starts_the_thread_though_others_were_refused() {
    within_seconds(50, || {
        let park = Arc::new(Park::new());
        let (tries, starts) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let inserters: Vec<_> = (0..8)
            .map(|_| {
                let (park, tries, starts) =
                    (Arc::clone(&park), Arc::clone(&tries), Arc::clone(&starts));
                thread::spawn(move || {
                    catch_unwind(AssertUnwindSafe(|| {
                        park.start(|| {
                            if tries.fetch_add(1, Ordering::SeqCst) < 3 {
                                return refuse();
                            }
                            starts.fetch_add(1, Ordering::SeqCst);
                            Ok(thread::current())
                        });
                    }))
                    .is_err()
                })
            })
            .collect();
        let refused = inserters
            .into_iter()
            .map(|inserter| inserter.join().unwrap())
            .filter(|refused| *refused)
            .count();
        assert_eq!(refused, 3);
        assert_eq!(starts.load(Ordering::SeqCst), 1);
    });
}
