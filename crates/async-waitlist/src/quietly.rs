//! Foreign code whose panic concerns nobody.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls foreign code, a waker for the most part, where its panic has nobody to go to: the panic
/// hook has told of it, and whoever runs this has no part in it.
///
/// The payload of a panic is leaked, for its destructor may panic too.
/// What `foreign` borrows has to be whole whenever it calls out, as anywhere outside a lock.
///
/// # Examples
///
/// ```
/// use async_waitlist::{WakeBatch, quietly};
///
/// let (woken, waker) = testkit::CountWaker::new();
/// let mut batch = WakeBatch::new();
/// batch.push(testkit::panicking());
/// batch.push(waker);
/// quietly(|| batch.wake_all());
/// assert_eq!(woken.wakes(), 1);
/// ```
pub fn quietly(foreign: impl FnOnce()) {
    // Unwind safe: as the documentation asks.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(foreign)) {
        mem::forget(panic);
    }
}
