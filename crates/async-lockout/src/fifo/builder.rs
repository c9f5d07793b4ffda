//! `FifoLockoutBuilder`: the options of a `FifoLockout`.

use super::FifoLockout;
use crate::gate::{Admission, Gate};
use async_clock::{Clock, SystemClock};

/// Makes a [`FifoLockout`]; from [`FifoLockout::builder`].
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lockout::FifoLockout;
///
/// let lockout = FifoLockout::builder().probe(true).clock(ManualClock::new()).build();
/// assert!(!lockout.is_locked());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct FifoLockoutBuilder<C: Clock = SystemClock> {
    pub(super) clock: C,
    pub(super) probe: bool,
}

impl<C: Clock> FifoLockoutBuilder<C> {
    /// Sets whether the first after a lockout are let in on trial; false by default.
    ///
    /// Once a lock has run out, there is one [`Pass`](crate::Pass) at a time, for newcomers too,
    /// until one of them says [`ok`](crate::Pass::ok).
    /// One that is dropped without it leaves the trial to the next, and
    /// [`relock`](crate::Pass::relock) locks again.
    /// A lock that was lifted by hand, with `clear` or `Tag::remove`, needs no probe, and `clear`
    /// ends the probing.
    ///
    /// `wait` has no `Pass` and so nothing to say: it enters in its turn, and leaves the trial to
    /// the next.
    /// Use `acquire` where probing is to mean something.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = FifoLockout::builder().probe(true).clock(clock.clone()).build();
    /// lockout.lock_for(Duration::from_secs(3));
    /// clock.advance(Duration::from_secs(3));
    ///
    /// let probe = lockout.try_acquire().unwrap();
    /// assert!(probe.is_probe());
    /// assert!(lockout.try_acquire().unwrap_err().is_queued());
    /// probe.ok();
    /// assert!(lockout.try_acquire().is_ok());
    /// ```
    pub fn probe(mut self, probe: bool) -> Self {
        self.probe = probe;
        self
    }

    /// Sets the clock; the system's by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_lockout::FifoLockout;
    ///
    /// let lockout = FifoLockout::builder().clock(ManualClock::new()).build();
    /// assert!(!lockout.is_locked());
    /// ```
    pub fn clock<D: Clock>(self, clock: D) -> FifoLockoutBuilder<D> {
        let probe = self.probe;
        FifoLockoutBuilder { clock, probe }
    }

    /// Creates the lockout, without a lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    ///
    /// assert!(FifoLockout::builder().build().try_acquire().is_ok());
    /// ```
    pub fn build(self) -> FifoLockout<C> {
        let Self { clock, probe } = self;
        let gate = Gate::new(clock, Admission::InLine { probe });
        FifoLockout { gate }
    }
}
