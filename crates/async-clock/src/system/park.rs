//! When the timer thread may sleep, and when an inserter must wake it.
//!
//! Each shard has a word `next`: a tick no later than its earliest deadline.
//! Inserters lower it under the shard's lock, the thread recomputes it under the same lock;
//! cancelling never touches it, so it may be too low, which costs one needless wake.
//!
//! `next_wake` says what the thread is doing:
//!
//! | value | meaning | set by |
//! |---|---|---|
//! | 0 | awake: it will look at every `next` again before it parks, so nobody unparks it | the thread |
//! | t | asleep until tick t, or about to be unparked for it | the thread; an inserter that lowers it |
//! | `u64::MAX` | asleep for good, or not started | at first; the thread |
//!
//! ```text
//! inserter:  lock; next[s] := when, if lower; unlock        (only if it was lowered go on)
//!            fence                                          (A)
//!            while when < next_wake: compare-exchange it to when; on success unpark, done
//! thread:    next_wake := 0
//!            serve every shard whose next <= now; until := min(next)
//!            next_wake := until
//!            fence                                          (B)
//!            any next < until?  start over : park until `until`
//! ```
//!
//! # Proof that no wake is lost
//!
//! Let an inserter lower a `next` to `when`, and the thread park until `until` with `when < until`.
//!
//! 1. Fences A and B are ordered one way or the other. If A is first, the look after B sees the
//!    lowered `next` (or a later value of it, which the thread itself computed from a wheel that
//!    holds the timer), and the thread starts over: it does not park.
//! 2. If B is first, the load after A sees `next_wake = until` or something written later.
//!    `until`, or the wish of another inserter above `when`: the inserter lowers it and unparks.
//!    A wish not above `when`: whoever wrote that unparks the thread, which then looks at every
//!    `next` before it parks again. A later 0: the thread has begun another turn, which ends with
//!    a fence of its own, and 1 holds for that.
//! 3. An unpark before the park is kept by the thread's token, so the gap between the look after B
//!    and the park is harmless.
//! 4. The thread is started before the first timer is linked, and a second inserter waits for its
//!    handle, so whoever has to unpark has somebody to unpark. If it can't be started nothing has
//!    been changed, and the next inserter tries again.
//!
//! `tests/loom_park.rs` runs this very file under loom.
//! The fences are explicit, since loom weakens `SeqCst` accesses to `AcqRel`.
//! Both stand off the hot path: a new earliest deadline, and once per turn of the thread.

use crate::sync::{AtomicU64, Ordering, Thread, ThreadSlot, fence};
use std::io;

/// The thread's handle and what it is doing.
#[derive(Debug)]
pub(crate) struct Park {
    /// See the module's table.
    next_wake: AtomicU64,
    thread: ThreadSlot,
}

/// What the timer thread looks after.
pub(crate) trait Work {
    /// The current tick.
    fn now(&self) -> u64;

    /// The word `next` of every shard, always in the same order.
    fn nexts(&self) -> impl Iterator<Item = &AtomicU64>;

    /// Fires some of what is due at `now` in one shard, and recomputes its `next`, which is then
    /// after `now` unless there is more to do.
    fn serve(&mut self, shard: usize, now: u64);
}

impl Park {
    pub(crate) fn new() -> Self {
        Self {
            next_wake: AtomicU64::new(u64::MAX),
            thread: ThreadSlot::new(),
        }
    }

    /// Starts the thread with `spawn` unless it is started; to be called before a timer is linked.
    ///
    /// # Panics
    ///
    /// Panics if `spawn` fails; the next call tries again.
    #[inline]
    pub(crate) fn start(&self, spawn: impl FnOnce() -> io::Result<Thread>) {
        if !self.thread.is_started() {
            self.start_cold(spawn);
        }
    }

    #[cold]
    fn start_cold(&self, spawn: impl FnOnce() -> io::Result<Thread>) {
        self.thread.get_or_start(|| match spawn() {
            Ok(thread) => thread,
            Err(error) => panic!("the thread of the system timer can't be started: {error}"),
        });
    }

    /// Inserter, after it lowered a `next` to `when` and let go of the shard's lock.
    #[cold]
    pub(crate) fn lowered(&self, when: u64) {
        fence(Ordering::SeqCst); // (A)
        // Relaxed: ordered by the fence above; the value is only compared.
        let mut current = self.next_wake.load(Ordering::Relaxed);
        // A loop and not `fetch_min`: a minimum that changes nothing would write too.
        while when < current {
            match self.next_wake.compare_exchange_weak(
                current,
                when,
                Ordering::AcqRel,
                // Relaxed: as the load above.
                Ordering::Relaxed,
            ) {
                Ok(_) => return self.thread.unpark(),
                Err(seen) => current = seen,
            }
        }
    }

    /// Thread: does what is due and returns the tick it may park until, `u64::MAX` for good.
    pub(crate) fn turn(&self, work: &mut impl Work) -> u64 {
        loop {
            // Release: pairs with the acquire half of the compare-exchange in `lowered`.
            self.next_wake.store(0, Ordering::Release);
            let now = work.now();
            let mut shard = 0;
            let mut until = u64::MAX;
            while let Some(next) = next_of(work, shard) {
                if next <= now {
                    work.serve(shard, now);
                } else {
                    until = until.min(next);
                    shard += 1;
                }
            }
            // Release: as above.
            self.next_wake.store(until, Ordering::Release);
            fence(Ordering::SeqCst); // (B)
            // Acquire: pairs with the inserters' release stores under the shard's lock.
            if work
                .nexts()
                .all(|next| next.load(Ordering::Acquire) >= until)
            {
                return until;
            }
        }
    }
}

/// The word `next` of a shard; `None` after the last one.
fn next_of(work: &impl Work, shard: usize) -> Option<u64> {
    // Acquire: pairs with the inserters' release stores under the shard's lock.
    work.nexts()
        .nth(shard)
        .map(|next| next.load(Ordering::Acquire))
}
