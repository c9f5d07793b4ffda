//! A bounded spin in front of the sleep.

use crate::sync::{hint, thread};
use std::time::{Duration, Instant};

/// A bounded spin: a few pauses in growing steps, then some yields, then the advice to sleep.
///
/// It is for a blocking form that may well be served within microseconds, less than a sleep and a
/// wake-up take: try, [`spin`](Self::spin), try again, and once `spin` says `false`, block on the
/// future.
/// The whole takes some ten microseconds; a yield that gives the processor to others for longer
/// ends it.
/// On a machine with one processor there are no pauses, since nobody else can run meanwhile.
///
/// # Examples
///
/// ```
/// use async_waitlist::blocking::{Backoff, block_on};
/// use std::future;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// fn wait_blocking(ready: &AtomicBool, wait: impl Future<Output = ()>) {
///     let mut backoff = Backoff::new();
///     while !ready.load(Ordering::Acquire) {
///         if !backoff.spin() {
///             return block_on(wait);
///         }
///     }
/// }
///
/// wait_blocking(&AtomicBool::new(true), future::pending());
/// wait_blocking(&AtomicBool::new(false), future::ready(()));
/// ```
///
/// # Implementation notes
///
/// 31 pauses (1 + 2 + 4 + 8 + 16), then 30 yields.
/// Few pauses, because with more threads than processors the other side may not be running, and
/// then only a yield helps it; few yields, because each is a system call.
/// On a machine that is busy with other work each yield may take milliseconds: thirty of them made
/// a rendezvous of two threads take 80 ms, until they were bounded in time.
/// On 22 November 2026, on two virtual x86-64 processors that were busy otherwise, Rust 1.95: 11
/// microseconds at least, 13 in the median of 2000 times.
#[derive(Debug, Default)]
pub struct Backoff {
    step: u32,
    /// When the yields began.
    begun: Option<Instant>,
}

impl Backoff {
    /// Steps that pause, each twice as long as the one before.
    const PAUSES: u32 = 5;
    /// Steps that yield, after those.
    const YIELDS: u32 = 30;
    /// No further yield once this much has passed since the first.
    const ENOUGH: Duration = Duration::from_micros(20);

    /// Creates one that has not spun yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::blocking::Backoff;
    ///
    /// assert!(Backoff::new().spin());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            step: 0,
            begun: None,
        }
    }

    /// Waits a moment, or says `false` without waiting: it is time to sleep.
    ///
    /// # Blocking
    ///
    /// Pauses or yields the thread: less than a microsecond, if it gets the processor back at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::blocking::Backoff;
    ///
    /// let mut backoff = Backoff::new();
    /// let mut spins = 0;
    /// while backoff.spin() {
    ///     spins += 1;
    /// }
    /// assert!((1..=35).contains(&spins));
    /// assert!(!backoff.spin());
    /// ```
    pub fn spin(&mut self) -> bool {
        if self.step == 0 && alone() {
            self.step = Self::PAUSES;
        }
        if self.step >= Self::PAUSES + Self::YIELDS {
            return false;
        }
        if self.step < Self::PAUSES {
            for _ in 0..1 << self.step {
                hint::spin_loop();
            }
        } else {
            let begun = *self.begun.get_or_insert_with(Instant::now);
            thread::yield_now();
            if begun.elapsed() > Self::ENOUGH {
                self.step = Self::PAUSES + Self::YIELDS;
                return true;
            }
        }
        self.step += 1;
        true
    }
}

/// Whether there is but one processor for this process; asked once.
#[cfg(not(loom))]
fn alone() -> bool {
    use std::sync::OnceLock;

    static ALONE: OnceLock<bool> = OnceLock::new();
    *ALONE.get_or_init(|| thread::available_parallelism().is_ok_and(|n| n.get() == 1))
}

/// Under loom one yield does what all do: it lets the other threads of the model run.
#[cfg(loom)]
fn alone() -> bool {
    true
}
