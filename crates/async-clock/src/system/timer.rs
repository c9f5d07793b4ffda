//! The handle of a timer of the system clock.

use super::driver::{Driver, Shard, driver, made_driver, tick_of};
use super::wheel::Reset;
use crate::clock::Timer;
use std::fmt;
use std::ptr;
use std::task::Waker;
use std::time::Instant;

/// An armed call of [`SystemClock`](crate::SystemClock).
///
/// Dropping it cancels the call.
/// It has 32 bytes, and one that is armed takes another 32 in the timer's memory.
/// `mem::forget` is harmless: the timer then fires in its time.
///
/// Arming and dropping each take the lock of one shard of the timer; polling again with the same
/// waker takes none.
///
/// # Panics
///
/// [`Timer::reset`] panics if it is the first to need the timer's thread and that can't be started.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, SystemClock, Timer};
/// use std::task::Waker;
/// use std::time::Duration;
///
/// let at = SystemClock.now() + Duration::from_secs(60);
/// let mut timer = SystemClock.arm(at, Waker::noop());
/// assert_eq!(timer.deadline(), at);
/// assert!(!timer.poll_fired(Waker::noop()));
/// ```
#[must_use = "dropping a timer cancels it"]
pub struct SystemTimer {
    /// Nanoseconds since the epoch, exact.
    nanos: u64,
    /// Of the waker in the wheel; see `is_stored`.
    waker: Identity,
    place: Place,
}

/// Where the wheel holds a timer, if it does.
#[derive(Clone, Copy)]
struct Place {
    index: u32,
    shard: u16,
    state: State,
}

/// Moves: `Armed` → `Fired`, when the firing is noticed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The wheel holds the timer, or has fired it.
    Armed,
    /// The wheel does not hold it any more, and its time has come to the deadline.
    Fired,
}

/// Addresses of a waker's data and vtable.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    data: usize,
    vtable: usize,
}

impl Identity {
    #[inline]
    fn of(waker: &Waker) -> Self {
        Self {
            data: waker.data().addr(),
            vtable: ptr::from_ref(waker.vtable()).addr(),
        }
    }
}

impl Place {
    /// Registers a timer with the shard of this thread, or calls the waker if `when` has passed.
    ///
    /// Apart from `arm` and of a size that is returned in registers, so that the timer is written
    /// once, to where its owner keeps it.
    #[inline(never)]
    fn of_new(driver: &Driver, when: u64, waker: Waker) -> Self {
        let shard = driver.home();
        match driver.shard(shard).insert(when, waker) {
            Ok((index, earliest)) => {
                driver.settle(earliest, when);
                let state = State::Armed;
                Self {
                    index,
                    shard,
                    state,
                }
            }
            Err(waker) => {
                wake_now(waker);
                let state = State::Fired;
                Self {
                    index: 0,
                    shard,
                    state,
                }
            }
        }
    }

    #[inline]
    fn shard(self) -> &'static Shard {
        made_driver().shard(self.shard)
    }
}

impl SystemTimer {
    /// # Panics
    ///
    /// Panics if this is the first timer and the thread can't be started.
    #[inline]
    pub(super) fn arm(at: Instant, waker: &Waker) -> Self {
        let driver = driver();
        let nanos = driver.nanos(at);
        let when = tick_of(nanos);
        driver.prepare(when);
        // Foreign code, so before the lock.
        let clone = waker.clone();
        // Of the clone, which need not have the data of the original.
        let waker = Identity::of(&clone);
        let place = Place::of_new(driver, when, clone);
        Self {
            nanos,
            waker,
            place,
        }
    }

    #[inline]
    fn when(&self) -> u64 {
        tick_of(self.nanos)
    }

    /// Whether this is the waker in the wheel, provided the timer has not fired.
    ///
    /// Equal addresses mean the same waker, since the wheel owns that one: its memory can't have
    /// been used again.
    #[inline]
    fn is_stored(&self, waker: &Waker) -> bool {
        self.waker == Identity::of(waker)
    }

    /// `poll_fired` when a look at the shard's time does not settle it.
    #[cold]
    fn poll_locked(&mut self, waker: &Waker) -> bool {
        if self.place.state == State::Fired {
            return true;
        }
        let when = self.when();
        let shard = self.place.shard();
        if self.is_stored(waker) {
            if shard.is_armed(self.place.index, when) {
                return false;
            }
            self.place.state = State::Fired;
            return true;
        }
        // Foreign code, so before the lock; the old waker is dropped after it.
        let clone = waker.clone();
        let identity = Identity::of(&clone);
        let replaced = shard.replace_waker(self.place.index, when, clone);
        if replaced.is_ok() {
            self.waker = identity;
        } else {
            self.place.state = State::Fired;
        }
        replaced.is_err()
    }

    /// `drop` of a timer that may be in the wheel.
    fn cancel(&mut self) {
        let waker = self.place.shard().cancel(self.place.index, self.when());
        // Foreign code, so after the lock.
        drop(waker);
    }
}

impl Timer for SystemTimer {
    #[inline]
    fn poll_fired(&mut self, waker: &Waker) -> bool {
        // Not fired, and this waker is the one that will be called. If the timer fires after this
        // look at the time, the waker is called after it too.
        let waits = self.is_stored(waker) && self.place.shard().is_before(self.when());
        !waits && self.poll_locked(waker)
    }

    fn is_fired(&self) -> bool {
        self.place.state == State::Fired
            || !self.place.shard().is_armed(self.place.index, self.when())
    }

    fn deadline(&self) -> Instant {
        driver().instant(self.nanos)
    }

    fn reset(&mut self, at: Instant) -> bool {
        if self.place.state == State::Fired {
            return false;
        }
        let driver = driver();
        let nanos = driver.nanos(at);
        let new = tick_of(nanos);
        driver.prepare(new);
        let shard = driver.shard(self.place.shard);
        let (reset, earliest) = shard.reset(self.place.index, self.when(), new);
        match reset {
            Reset::Armed => {
                self.nanos = nanos;
                driver.settle(earliest, new);
                true
            }
            Reset::Due(waker) => {
                self.nanos = nanos;
                self.place.state = State::Fired;
                waker.wake();
                true
            }
            Reset::Fired => {
                self.place.state = State::Fired;
                false
            }
        }
    }
}

impl Drop for SystemTimer {
    #[inline]
    fn drop(&mut self) {
        if self.place.state == State::Armed {
            self.cancel();
        }
    }
}

impl fmt::Debug for SystemTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemTimer")
            .field("deadline", &self.deadline())
            .field("fired", &self.is_fired())
            .finish_non_exhaustive()
    }
}

/// Wakes from inside `arm`, which is rare.
#[cold]
fn wake_now(waker: Waker) {
    waker.wake();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_has_32_bytes_and_leaves_room_for_an_enum_around_it() {
        #[expect(dead_code, reason = "only its size matters")]
        enum Around {
            Before(Instant),
            Armed(SystemTimer),
            After(Instant),
            Never,
        }
        assert_eq!(size_of::<SystemTimer>(), 32);
        assert_eq!(size_of::<Option<SystemTimer>>(), 32);
        assert_eq!(size_of::<Around>(), 32);
    }
}
