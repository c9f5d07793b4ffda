//! What calls leave behind.

use std::task::Waker;

use super::Cache;
use super::load::Source;
use crate::measure::bytes_left_each;
use crate::outcome::{Outcome, ensure};
use crate::polling::{Boxed, start};

/// `async_singleflight` keeps something of each key.
pub(super) fn cancelled_calls_leave_nothing<C: Cache>() -> Outcome {
    const KEYS: usize = 10_000;
    let cache = C::new();
    let source = Source::new();
    let mut keys = 0..;
    let mut cancel_all = || {
        for key in keys.by_ref().take(KEYS) {
            let mut call: Boxed<'_, _> = cache.get(key, source.load());
            start(&mut call, Waker::noop())?;
            drop(call);
            source.forget_wakers();
        }
        Ok(())
    };
    // What the first times need for good does not count.
    cancel_all()?;
    let each = bytes_left_each(KEYS, cancel_all)?;
    ensure!(each == 0, "{each} bytes each time");
    Ok(())
}
