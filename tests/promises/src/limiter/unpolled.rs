//! A waiter that is alive and not polled: in a `select!` whose other branch takes long, say.

use super::{LIMIT, Limiter, PERIOD, all_granted, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::Task;

/// leaky-bucket has whoever waits first refill for all.
pub(super) fn costs_its_permit_alone<L: Limiter>() -> Outcome {
    let limiter = taken::<L>(2, PERIOD)?;
    let first = Task::new(limiter.acquire());
    let mut others = [(); 3].map(|()| Task::new(limiter.acquire()));
    let granted = all_granted(&limiter, &mut others, LIMIT);
    ensure!(granted, "they wait for it");
    drop(first);
    Ok(())
}
