//! `Pass`: the right to be in.

use crate::gate::{Entry, Gate};
use async_clock::Clock;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

/// Entry to what a [`FifoLockout`](crate::FifoLockout) protects.
///
/// While the `Pass` of one who had to wait in the queue is out, nobody else of the queue is
/// admitted: after a lockout the waiters go one by one.
/// So hold it as long as the protected operation takes, and no longer.
/// Dropping it lets the next one in.
///
/// In a lockout that [probes](crate::FifoLockoutBuilder::probe), the first `Pass` after a lock has
/// run out is a [probe](Self::is_probe): until one of them says [`ok`](Self::ok), there is one
/// `Pass` at a time, for newcomers too.
///
/// A `Pass` keeps its lockout alive, is not tied to a thread, and does not notice later locks.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lockout::FifoLockout;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let lockout = FifoLockout::with_clock(clock.clone());
/// let pass = lockout.try_acquire().unwrap();
/// // ... the far side says 429, try again in two seconds:
/// pass.relock(Duration::from_secs(2));
/// assert!(lockout.is_locked());
/// ```
#[must_use = "dropping it lets the next one in"]
pub struct Pass<C: Clock> {
    gate: Arc<Gate<C>>,
    entry: Entry,
}

impl<C: Clock> Pass<C> {
    #[inline]
    pub(crate) fn new(gate: &Arc<Gate<C>>, entry: Entry) -> Self {
        let gate = Arc::clone(gate);
        Self { gate, entry }
    }

    /// Gives the pass back and says that all went well: a probe has succeeded.
    ///
    /// After that there is no more probing until another lock has run out.
    /// The word of a pass counts only if no lock has run out since it was given; from a pass that
    /// is no probe it means no more than a drop.
    ///
    /// # Panics
    ///
    /// If the waker of the next one panics, as does a drop; the turn is the next one's all the same.
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
    /// lockout.lock_for(Duration::from_secs(1));
    /// clock.advance(Duration::from_secs(1));
    ///
    /// let probe = lockout.try_acquire().unwrap();
    /// assert!(lockout.try_acquire().is_err()); // one at a time
    /// probe.ok();
    /// let both = (lockout.try_acquire().unwrap(), lockout.try_acquire().unwrap());
    /// # drop(both);
    /// ```
    pub fn ok(mut self) {
        self.leave(true);
    }

    /// Locks for `duration` from now and gives the pass back.
    ///
    /// The same as [`lock_for`](crate::FifoLockout::lock_for), then a drop.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    /// use std::time::Duration;
    ///
    /// let lockout = FifoLockout::new();
    /// lockout.try_acquire().unwrap().relock(Duration::from_secs(60));
    /// assert!(lockout.try_acquire().unwrap_err().is_locked());
    /// ```
    pub fn relock(self, duration: Duration) {
        self.gate.lock_for(duration);
    }

    /// Whether this is a probe: given after a lock had run out and before anybody said
    /// [`ok`](Self::ok).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::FifoLockout;
    ///
    /// let lockout = FifoLockout::builder().probe(true).build();
    /// assert!(!lockout.try_acquire().unwrap().is_probe()); // no lock has run out
    /// ```
    pub fn is_probe(&self) -> bool {
        self.entry.probes.is_some()
    }

    fn leave(&mut self, ok: bool) {
        let entry = mem::replace(&mut self.entry, Entry::FREE);
        self.gate.leave(entry, ok);
    }
}

impl<C: Clock> Drop for Pass<C> {
    #[inline]
    fn drop(&mut self) {
        self.leave(false);
    }
}

impl<C: Clock> fmt::Debug for Pass<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass")
            .field("is_probe", &self.is_probe())
            .field("holds_up_the_queue", &self.entry.has_turn)
            .finish_non_exhaustive()
    }
}
