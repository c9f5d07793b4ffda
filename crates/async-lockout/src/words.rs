//! The words that say until when entry is locked, readable without a lock.
//!
//! Deadlines are nanoseconds since the lockout was created: 0 is no lock, [`FOR_EVER`] one that
//! only `clear` or the removal of its tag ends.
//! A lock is in force as long as the clock shows less than `max(plain, tagged)`.
//!
//! | word | meaning | raised by | lowered by | to |
//! |---|---|---|---|---|
//! | `plain` | the latest deadline of `lock_for` and `lock_until` | anybody, `fetch_max`, no mutex | `clear`, under the mutex | 0 |
//! | | | | whoever finds it passed while `tagged` is 0, under the mutex | 0 |
//! | `tagged` | the latest deadline of the tags, dropped ones included | whoever adds or extends a tag, under the mutex | removal, `clear`, expiry, all under the mutex | the latest that is left |
//! | `line` | first come, first served only: newcomers must not pass by the mutex | under the mutex | under the mutex | false |
//!
//! There are two deadlines and not one, because the removal of a tag recomputes the maximum over
//! the tags that are left: stored into a single word it would overwrite a lock imposed meanwhile.
//!
//! # Invariants
//!
//! 1. A reader loads `tagged`, then `plain`, then `line`. If it wants the time, it reads the clock
//!    before all three.
//! 2. `plain` falls to 0 only by `clear`, or when it has passed while `tagged` is 0; both under the
//!    mutex.
//! 3. `line` is set before the words of the lock that made it necessary are lowered.
//!
//! # A reader that finds no lock is right
//!
//! Claim: if the loaded deadlines have both passed at the time that was read (0 always has), then
//! at some instant during the check no lock was in force.
//!
//! Consider the instant at which `tagged` was loaded.
//! The tags had all expired then, since the clock was read before (#1).
//! If `plain` had not been in force either, that is the instant.
//! If it had been, it was lowered before it was loaded, for it is loaded later and found passed.
//! By #2 that was `clear`, which ends every lock at once, or it had expired while `tagged` was 0:
//! in both cases no lock was in force at that instant.
//!
//! The order matters, and so does #2:
//!
//! 1. A tag is in force. A reader that took `plain` first loads 0.
//! 2. Somebody imposes a plain lock, and then the tag is removed.
//! 3. The reader loads `tagged`, 0 too, and enters, though there was a lock all the time.
//!
//! `tests/loom.rs` checks this case and the one in which `plain` expires under a tag.

use async_waitlist::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The deadline of a lock without end.
pub(crate) const FOR_EVER: u64 = u64::MAX;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Words {
    tagged: AtomicU64,
    plain: AtomicU64,
    line: AtomicBool,
    /// What deadlines count from.
    epoch: Instant,
}

impl Words {
    pub(crate) fn new(epoch: Instant) -> Self {
        Self {
            tagged: AtomicU64::new(0),
            plain: AtomicU64::new(0),
            line: AtomicBool::new(false),
            epoch,
        }
    }

    /// Whether there is no lock, not even one that has expired and is still noted.
    #[inline]
    pub(crate) fn are_clear(&self) -> bool {
        self.tagged() == 0 && self.plain() == 0
    }

    /// Whether there is no lock, as [`are_clear`](Self::are_clear), and no line to stand in.
    #[inline]
    pub(crate) fn let_newcomers_in(&self) -> bool {
        // Acquire: pairs with the release in `set_line`. That whoever finds the words lowered also
        // finds what was written here before (#3) follows from the orderings of those words.
        self.are_clear() && !self.line.load(Ordering::Acquire)
    }

    /// The deadline of the lock in force, if it has not passed.
    #[inline]
    pub(crate) fn latest(&self) -> u64 {
        let tagged = self.tagged();
        tagged.max(self.plain())
    }

    #[inline]
    fn tagged(&self) -> u64 {
        // Acquire: pairs with the release in `set_tagged`. Whoever finds a tag removed also finds,
        // in its later load of `plain`, the locks imposed before that (#1).
        self.tagged.load(Ordering::Acquire)
    }

    #[inline]
    fn plain(&self) -> u64 {
        // Acquire: pairs with `forget_plain`, so that `line`, set before, is seen after (#3).
        self.plain.load(Ordering::Acquire)
    }

    /// The plain word, for [`forget_plain`](Self::forget_plain). Under the mutex.
    #[inline]
    pub(crate) fn plain_to_forget(&self) -> u64 {
        if cfg!(loom) {
            // Of the accesses to a word loom 0.7 remembers the last one only. A load here would
            // hide the earlier loads of other threads, and loom would not try our write before
            // those.
            self.plain.fetch_max(0, Ordering::AcqRel)
        } else {
            self.plain()
        }
    }

    /// Imposes a plain lock.
    #[inline]
    pub(crate) fn raise(&self, deadline: u64) {
        self.plain.fetch_max(deadline, Ordering::AcqRel);
    }

    /// Sets the maximum over the tags. Under the mutex.
    #[inline]
    pub(crate) fn set_tagged(&self, deadline: u64) {
        // Release: pairs with the load in `tagged`.
        self.tagged.store(deadline, Ordering::Release);
    }

    /// Says whether newcomers stand in line. Under the mutex.
    #[inline]
    pub(crate) fn set_line(&self, line: bool) {
        // Release: pairs with the load in `let_newcomers_in`.
        self.line.store(line, Ordering::Release);
    }

    /// Lowers `plain` from a deadline that has passed while `tagged` is 0 (#2), so that later
    /// checks need no clock. Under the mutex.
    pub(crate) fn forget_plain(&self, passed: u64) {
        // Fails if a lock is imposed meanwhile, which then stands. Its result does not matter.
        let _ = self
            .plain
            .compare_exchange(passed, 0, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Ends the plain lock. Under the mutex.
    pub(crate) fn clear_plain(&self) {
        self.plain.swap(0, Ordering::AcqRel);
    }

    /// What a clock that shows `at` says: the past is 0, and there is no reading that a lock for
    /// ever has passed at.
    #[inline]
    pub(crate) fn reading(&self, at: Instant) -> u64 {
        self.deadline(at).min(FOR_EVER - 1)
    }

    /// The deadline at `at`.
    #[inline]
    pub(crate) fn deadline(&self, at: Instant) -> u64 {
        nanos(at.saturating_duration_since(self.epoch))
    }

    /// The instant of a deadline; `None` for one without end.
    pub(crate) fn instant(&self, deadline: u64) -> Option<Instant> {
        if deadline == FOR_EVER {
            return None;
        }
        self.epoch.checked_add(Duration::from_nanos(deadline))
    }

    /// The instant of a deadline, or one some centuries ahead.
    pub(crate) fn instant_or_far(&self, deadline: u64) -> Instant {
        let mut ahead = Duration::from_nanos(deadline);
        loop {
            if let Some(at) = self.epoch.checked_add(ahead) {
                return at;
            }
            ahead /= 2;
        }
    }
}

/// The deadline `duration` after the reading `now`.
#[inline]
pub(crate) fn after(now: u64, duration: Duration) -> u64 {
    now.saturating_add(nanos(duration))
}

/// Saturates at 584 years.
#[inline]
fn nanos(duration: Duration) -> u64 {
    let seconds = duration.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(duration.subsec_nanos().into())
}
