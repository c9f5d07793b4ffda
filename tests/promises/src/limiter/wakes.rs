//! How often a waiter is woken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{LIMIT, Limiter, all_granted, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::{Boxed, Task};

/// With governor each waiter sleeps for a while and tries again, whoever else does.
pub(super) fn come_once<L: Limiter>() -> Outcome {
    const WAITERS: usize = 50;
    let limiter = taken::<L>(1, Duration::from_millis(5))?;
    let polls = Arc::new(AtomicUsize::new(0));
    let mut waiters: Vec<_> = (0..WAITERS)
        .map(|_| Task::new(counted(limiter.acquire(), &polls)))
        .collect();
    let granted = all_granted(&limiter, &mut waiters, 2 * LIMIT);
    ensure!(granted, "some sleep on");
    let polls = polls.load(Ordering::SeqCst);
    ensure!(polls <= 3 * WAITERS, "again and again");
    Ok(())
}

fn counted<'a>(mut future: Boxed<'a, ()>, polls: &Arc<AtomicUsize>) -> Boxed<'a, ()> {
    let polls = Arc::clone(polls);
    Box::pin(std::future::poll_fn(move |cx| {
        polls.fetch_add(1, Ordering::SeqCst);
        future.as_mut().poll(cx)
    }))
}
