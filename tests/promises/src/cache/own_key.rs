//! Loads that ask for what they are to load.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::load::given;
use super::{Cache, KEY};
use crate::outcome::{Outcome, ensure};
use crate::polling::Task;

pub(super) fn ends<C: Cache>() -> Outcome {
    ring_of::<C>(1)
}

pub(super) fn a_ring_ends<C: Cache>() -> Outcome {
    ring_of::<C>(2)
}

/// The keys are 1, 2 and so on; each load asks for the next key, and the last one for the first.
///
/// The end may be an error or a panic.
fn ring_of<C: Cache>(keys: u64) -> Outcome {
    let cache = Arc::new(C::new());
    let mut load = {
        let cache = Arc::clone(&cache);
        Box::pin(async move { cache.get(KEY, given(0)).await }) as super::Load
    };
    for key in (2..=keys).rev() {
        let cache = Arc::clone(&cache);
        load = Box::pin(async move { cache.get(key, load).await });
    }
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let mut task = Task::new(cache.get(KEY, load));
        task.run_if_woken();
        !task.is_pending()
    }));
    ensure!(ended.unwrap_or(true), "it waits for ever");
    Ok(())
}
