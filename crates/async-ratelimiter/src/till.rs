//! The lock-free fast path: permits put out in advance, to be taken with one compare-exchange.
//!
//! Whoever leaves the limiter's lock, with nobody waiting, counts how many permits may be granted
//! now and puts up to [`SLOTS`] of them on the till.
//! A try takes one from there and writes its stamp into a slot, without the lock.
//! Whoever locks next closes the till: takes back what is left, and enters the stamps into the
//! ledger.
//! So the policies are plain data under the lock, and all of them have this fast path.
//!
//! # State
//!
//! | field | meaning | written by |
//! |---|---|---|
//! | `left` = 0 | closed: everybody goes through the lock | its holder; the last claim |
//! | `left` = r > 0 | open: slots `0 .. r` are unclaimed | the lock's holder; lowered by claims |
//! | `slots[i]` = 0 | empty: not claimed, or claimed and not stamped yet | the lock's holder |
//! | `slots[i]` = s + 1 | claimed by a try whose clock said s | whoever claimed it, once |
//! | `denied_until` = t > 0 | no newcomer gets one permit before t | the lock's holder |
//!
//! # Invariants
//!
//! 1. While `left` is 0 only the lock's holder changes it.
//! 2. Each claim of r → r − 1 owns slot r − 1 until it has stamped it, and stamps it once.
//! 3. A slot that was claimed and is empty when the till is closed is `late`. Slots are put out
//!    again from 0 upwards, below the lowest late one; so a slot never has two owners.
//! 4. What is on the till counts as granted, until it is taken back: the ledger's room at the
//!    opening covered it, and room grows with time.
//! 5. `denied_until` is other than 0 only while the till is closed and nobody waits; the lock's
//!    holder clears it before any change, and sets it last.
//!
//! # Why the stamps may be believed
//!
//! A claim reads the clock, then takes a permit, then writes what it read.
//! By the time of the compare-exchange the till may be another than the one first seen, so that the
//! reading is older than the opening (or older than that of an earlier claim).
//! The collector therefore enters `max(reading, last)`, in the order of claims, `last` being at
//! least the opening: that is still no later than the compare-exchange, as all those readings
//! precede it. So every stamp lies between the begin of its call and its claim.
//!
//! A claim whose stamp is still missing (#3) is entered with a reading of the clock that was made
//! *after* it was seen to be missing, hence later than its own: its permit counts a little longer,
//! never shorter. Nobody waits for it, so a thread that is stopped in between holds up nobody; its
//! late stamp is thrown away.

use async_waitlist::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How many permits are put out at once.
///
/// A power of two. 64 at 8 bytes: the lock costs each try a 64th of itself.
/// Small for loom, which explores more that way.
pub(crate) const SLOTS: usize = if cfg!(loom) { 2 } else { 64 };

/// The shared side.
#[derive(Debug)]
pub(crate) struct Till {
    left: AtomicU32,
    denied_until: AtomicU64,
    /// Tries refused by `denied_until`.
    denied: AtomicU64,
    slots: [AtomicU64; SLOTS],
}

/// The lock holder's side; lives under the limiter's lock.
#[derive(Debug, Default)]
pub(crate) struct Drawer {
    /// With how many permits the till was opened; 0 while it is closed.
    opened_with: usize,
    /// Claimed, not stamped, and not entered yet: one bit per slot.
    missing: u64,
    /// Claimed and not stamped, but entered: the stamp that will come is thrown away.
    late: u64,
}

impl Till {
    pub(crate) fn new() -> Self {
        Self {
            left: AtomicU32::new(0),
            denied_until: AtomicU64::new(0),
            denied: AtomicU64::new(0),
            slots: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// Takes `permits` from the till, stamped `now`; false if the lock has to decide.
    #[inline]
    pub(crate) fn claim(&self, permits: u32, now: u64) -> bool {
        let mut left = self.left.load(Ordering::Acquire);
        loop {
            if left < permits || permits == 0 {
                return false;
            }
            let after = left - permits;
            // Acquire pairs with `open`: our stamps come after the slots were emptied.
            match self
                .left
                .compare_exchange_weak(left, after, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => {
                    for index in after..left {
                        // #2; the mask says the same, and spares a check of bounds.
                        let slot = &self.slots[index as usize & (SLOTS - 1)];
                        slot.store(now.saturating_add(1), Ordering::Release);
                    }
                    return true;
                }
                Err(seen) => left = seen,
            }
        }
    }

    /// When one permit will be free, if it is known that none is at `now`.
    #[inline]
    pub(crate) fn denies(&self, now: u64) -> Option<u64> {
        let until = self.denied_until.load(Ordering::Acquire);
        if until <= now {
            return None;
        }
        // Relaxed: a statistic.
        self.denied.fetch_add(1, Ordering::Relaxed);
        Some(until)
    }

    /// How many tries [`denies`](Self::denies) has refused.
    pub(crate) fn denied(&self) -> u64 {
        self.denied.load(Ordering::Relaxed) // a statistic
    }

    /// Closes the till and hands the stamps of what was claimed to `enter`, in the order of claims.
    ///
    /// What is not stamped yet stays `missing`; see [`Drawer::take_missing`].
    pub(crate) fn close(&self, drawer: &mut Drawer, mut enter: impl FnMut(u64)) {
        self.denied_until.store(0, Ordering::Release); // #5
        if drawer.late != 0 {
            self.tidy(drawer);
        }
        if drawer.opened_with == 0 {
            return;
        }
        let left = self.left.swap(0, Ordering::AcqRel) as usize;
        let size = std::mem::replace(&mut drawer.opened_with, 0);
        for index in (left..size).rev() {
            let slot = &self.slots[index & (SLOTS - 1)]; // as in `claim`
            match slot.load(Ordering::Acquire) {
                0 => drawer.missing |= 1 << index, // #3
                stamp => {
                    // Relaxed: published by the next `open`.
                    slot.store(0, Ordering::Relaxed);
                    enter(stamp - 1);
                }
            }
        }
    }

    /// Opens the till with `room` permits at most.
    pub(crate) fn open(&self, drawer: &mut Drawer, room: u32) {
        let clean = drawer.late.trailing_zeros(); // #3; 64 if none is late
        #[expect(clippy::cast_possible_truncation, reason = "SLOTS is at most 64")]
        let size = room.min(clean).min(SLOTS as u32);
        drawer.opened_with = size as usize;
        if size > 0 {
            // Release: pairs with the loads of `claim`.
            self.left.store(size, Ordering::Release);
        }
    }

    /// Lets tries fail without the lock until `at`; the till must be closed and nobody waiting.
    pub(crate) fn deny_until(&self, at: u64) {
        self.denied_until.store(at, Ordering::Release);
    }

    /// Empties the slots whose late stamps have come in.
    #[cold]
    fn tidy(&self, drawer: &mut Drawer) {
        // Acquire: pairs with the stamp that `claim` stores.
        for (index, slot) in self.slots.iter().enumerate() {
            if drawer.late & (1 << index) != 0 && slot.load(Ordering::Acquire) != 0 {
                slot.store(0, Ordering::Relaxed); // published by the next `open`
                drawer.late &= !(1 << index);
            }
        }
    }
}

impl Drawer {
    /// The claims without a stamp: to be entered with a reading of the clock from after this call.
    #[inline]
    pub(crate) fn missing(&self) -> u64 {
        self.missing
    }

    /// Counts those of `seen` that are still missing, and has them entered.
    #[cold]
    pub(crate) fn take_missing(&mut self, seen: u64) -> u32 {
        let entered = self.missing & seen;
        self.missing &= !entered;
        self.late |= entered;
        entered.count_ones()
    }
}
