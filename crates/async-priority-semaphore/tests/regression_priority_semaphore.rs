//! What priority-semaphore 0.2.0 breaks: it reads a waiter's state before the lock, skips the swap
//! of the waker, and so in some of 60 000 rounds wakes a task that does not wait any more.
//!
//! The same race in every interleaving is `release_meets_a_new_waker` in `loom.rs`.

mod support;

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use support::on_both;
use testkit::{CountWaker, poll_once, within_seconds};

const ROUNDS: usize = 2000;

on_both! {
    #[test]
    fn the_last_waker_is_woken_while_a_release_races_the_poll() {
        within_seconds(50, || {
            let semaphore = Arc::new(Semaphore::new(0));
            let gives = Arc::clone(&semaphore);
            let (order, orders) = channel();
            let (done, reports) = channel();
            let thread = thread::spawn(move || {
                for pauses in orders {
                    (0..pauses).for_each(|_| std::hint::spin_loop());
                    gives.add_permits(1);
                    done.send(()).unwrap();
                }
            });
            for round in 0..ROUNDS {
                let mut acquire = semaphore.acquire();
                assert!(poll_once(&mut acquire, &CountWaker::new().1).is_pending());
                order.send(round % 64).unwrap();
                loop {
                    let (count, waker) = CountWaker::new();
                    let polled = poll_once(&mut acquire, &waker);
                    if let std::task::Poll::Ready(permit) = polled {
                        permit.unwrap().forget();
                        reports.recv().unwrap();
                        break;
                    }
                    if reports.try_recv().is_ok() {
                        // Pending, and then given: this waker is the one.
                        assert_eq!(count.wakes(), 1, "round {round}");
                        futures_lite::future::block_on(acquire).unwrap().forget();
                        break;
                    }
                }
            }
            drop(order);
            thread.join().unwrap();
            semaphore.assert_invariants();
        });
    }
}
