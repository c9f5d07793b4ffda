//! Processor time and memory.

use std::thread;
use std::time::Duration;

use cpu_time::ThreadTime;

use crate::outcome::{Outcome, ensure};

/// How long a thread is left waiting, to see what that costs.
pub(crate) const WAIT: Duration = Duration::from_millis(300);

/// Lets the other threads wait.
#[expect(
    clippy::disallowed_methods,
    reason = "what waiting costs is the subject, not who waits for whom"
)]
pub(crate) fn let_them_wait(time: Duration) {
    thread::sleep(time);
}

/// Runs `wait`, which waits for [`WAIT`], and looks at what this thread spent meanwhile.
///
/// A twentieth of the time is allowed.
pub(crate) fn sleeps<T>(wait: impl FnOnce() -> T) -> Outcome<T> {
    let begun = ThreadTime::now();
    let value = wait();
    let spent = begun.elapsed();
    ensure!(spent <= WAIT / 20, "spins");
    Ok(value)
}

/// The bytes that `work`, on this thread, leaves allocated per one of `count` things.
pub(crate) fn bytes_left_each<T>(
    count: usize,
    work: impl FnOnce() -> Outcome<T>,
) -> Outcome<usize> {
    let mut value = None;
    let allocated = testkit::count_allocations(|| value = Some(work()));
    value.transpose()?;
    Ok(usize::try_from(allocated.live_bytes).unwrap_or(0) / count)
}
