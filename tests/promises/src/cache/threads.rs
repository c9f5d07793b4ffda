//! Threads that do everything at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use super::{Cache, KEY, Load, call};
use crate::item::Item;
use crate::outcome::{Outcome, ensure};
use crate::polling::{Waited, poll, wait_within};
use crate::race;

/// No load takes longer.
const LIMIT: Duration = Duration::from_secs(2);

const THREADS: usize = 4;

pub(super) fn each_call_ends<C: Cache>(time: Duration) -> Outcome {
    let cache = C::new();
    let stuck = AtomicBool::new(false);
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (cache, stuck, calls) = (&cache, &stuck, &calls);
            scope.spawn(move || {
                let ended = race::rounds(time, |round| {
                    ensure!(!stuck.load(Ordering::SeqCst), "another one is stuck");
                    let mut call = call(cache, yielding(round % 3));
                    if (round + number) % 4 == 0 {
                        // Given up after one poll.
                        let _ = poll(&mut call, std::task::Waker::noop());
                        return Ok(());
                    }
                    let waited = wait_within(&mut call, LIMIT);
                    ensure!(matches!(waited, Waited::Ready(_)), "it sleeps on");
                    calls.fetch_add(1, Ordering::SeqCst);
                    // What has it not keeps nothing.
                    let _ = cache.invalidate(KEY);
                    Ok(())
                });
                if ended.is_err() {
                    stuck.store(true, Ordering::SeqCst);
                }
            });
        }
    });
    ensure!(!stuck.into_inner(), "a caller sleeps on");
    ensure!(calls.into_inner() > 0, "no call at all");
    Ok(())
}

/// A load that lets others run so many times.
fn yielding(times: usize) -> Load {
    let mut left = times;
    Box::pin(std::future::poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(Ok(Arc::new(Item::new(1))));
        }
        left -= 1;
        cx.waker().wake_by_ref();
        thread::yield_now();
        Poll::Pending
    }))
}
