//! The process-wide timer: its shards and its thread.
//!
//! # Invariants
//!
//! 1. At most one shard's lock is held at a time, and nothing is called under it that is not of
//!    this module: no clone, wake or drop of a waker.
//! 2. `next` and `elapsed` of a shard are written under its lock.
//! 3. `elapsed` is published before any waker of that batch is called. Hence whoever reads
//!    `elapsed < when` and then waits is woken afterwards, and the wheel owned the timer's waker
//!    when `elapsed` was read.
//! 4. The thread is started before the first timer is linked, so a linked timer has a thread.

use super::park::{Park, Work};
use super::wheel::{HORIZON, Reset, Wheel};
use crate::sync::{self, AtomicU64, Mutex, Ordering, Parker, Thread};
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

/// A tick is 4.096 µs.
const TICK_BITS: u32 = 12;
const NANOS_PER_TICK: u64 = 1 << TICK_BITS;
const NANOS_PER_SEC: u64 = 1_000_000_000;

/// Most shards; a power of two.
const MAX_SHARDS: usize = 16;

/// Nodes touched per lock hold, hence wakers per batch.
const BATCH: usize = 64;

/// Enough for wakers of executors, and for one that panics and prints a backtrace; a waker with deep
/// calls of its own must not run them in place. Memory is taken only as far as it is touched.
const STACK_BYTES: usize = 256 << 10;

/// Name of the timer thread.
const THREAD_NAME: &str = "async-clock";

/// Everything the timers of this process share.
#[derive(Debug)]
pub(super) struct Driver {
    /// The instant of tick 0.
    epoch: Instant,
    /// A power of two of them.
    shards: Box<[Shard]>,
    park: Park,
}

/// A part of the timers, with a lock of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Shard {
    wheel: Mutex<Wheel>,
    times: Times,
}

/// Apart from the lock, since polls read it without.
#[derive(Debug)]
#[repr(align(128))]
struct Times {
    /// A tick no later than the earliest deadline; see `park`.
    next: AtomicU64,
    /// Copy of the wheel's `elapsed`.
    elapsed: AtomicU64,
}

static DRIVER: OnceLock<Driver> = OnceLock::new();

/// The driver of this process; made at the first call, without its thread.
#[inline]
pub(super) fn driver() -> &'static Driver {
    DRIVER.get_or_init(Driver::new)
}

/// The driver of a timer that exists: one load, and no code to make a driver.
#[inline]
pub(super) fn made_driver() -> &'static Driver {
    DRIVER.get().expect("arming the timer has made it")
}

/// The tick a deadline is served at: the first one that does not begin before it.
#[inline]
pub(super) fn tick_of(nanos: u64) -> u64 {
    (nanos >> TICK_BITS) + u64::from(nanos & (NANOS_PER_TICK - 1) != 0)
}

impl Driver {
    #[cold]
    fn new() -> Self {
        let cpus = thread::available_parallelism().map_or(1, usize::from);
        let shards = cpus.min(MAX_SHARDS).next_power_of_two();
        Self {
            epoch: Instant::now(),
            shards: (0..shards).map(|_| Shard::new()).collect(),
            park: Park::new(),
        }
    }

    /// Nanoseconds from the epoch to `at`: 0 for an earlier instant, `u64::MAX` for one that is
    /// 584 years or more away.
    #[inline]
    pub(super) fn nanos(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.epoch);
        since
            .as_secs()
            .saturating_mul(NANOS_PER_SEC)
            .saturating_add(u64::from(since.subsec_nanos()))
    }

    /// The instant of a time that `nanos` or `coalesced` returned.
    pub(super) fn instant(&self, nanos: u64) -> Instant {
        self.epoch
            .checked_add(Duration::from_nanos(nanos))
            .expect("is not after an instant that exists")
    }

    /// `at` rounded up to a multiple of the largest power of two of ticks that is `<= slack`;
    /// `at` itself if that can't be represented.
    pub(super) fn coalesced(&self, at: Instant, slack: Duration) -> Instant {
        let nanos = self.nanos(at);
        let ticks = u64::try_from(slack.as_nanos()).unwrap_or(u64::MAX) >> TICK_BITS;
        let Some(bits) = ticks.checked_ilog2() else {
            return at;
        };
        let rounded = nanos.checked_next_multiple_of(NANOS_PER_TICK << bits);
        match rounded {
            Some(rounded) if tick_of(rounded) < HORIZON => at
                .checked_add(Duration::from_nanos(rounded - nanos))
                .unwrap_or(at),
            _ => at,
        }
    }

    #[inline]
    pub(super) fn shard(&self, number: u16) -> &Shard {
        &self.shards[usize::from(number)]
    }

    /// The shard of the calling thread, for its new timers.
    #[inline]
    pub(super) fn home(&self) -> u16 {
        /// No shard has this number.
        const UNSET: u16 = u16::MAX;
        thread_local!(static HOME: Cell<u16> = const { Cell::new(UNSET) });

        HOME.with(|home| {
            if home.get() == UNSET {
                home.set(self.next_home());
            }
            home.get()
        })
    }

    /// Threads take the shards in turn.
    #[cold]
    fn next_home(&self) -> u16 {
        static TURN: AtomicUsize = AtomicUsize::new(0);

        // Relaxed: any spread will do.
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        u16::try_from(turn & (self.shards.len() - 1)).expect("at most MAX_SHARDS")
    }

    /// To be called before a timer is linked that is to fire at `when`.
    #[inline]
    pub(super) fn prepare(&'static self, when: u64) {
        if when < HORIZON {
            self.park.start(|| self.spawn());
        }
    }

    /// To be called with the `earliest` that a shard returned.
    #[inline]
    pub(super) fn settle(&self, earliest: bool, when: u64) {
        if earliest {
            self.park.lowered(when);
        }
    }

    fn spawn(&'static self) -> io::Result<Thread> {
        sync::spawn(THREAD_NAME, STACK_BYTES, |parker| self.run(parker))
    }

    /// The body of the thread.
    fn run(&self, parker: &Parker) {
        lower_own_timer_slack();
        let due = Vec::with_capacity(BATCH);
        let mut turn = Turn { driver: self, due };
        loop {
            let until = self.park.turn(&mut turn);
            if until == u64::MAX {
                parker.park(None);
                continue;
            }
            let at = self.instant(until.saturating_mul(NANOS_PER_TICK));
            let left = at.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                parker.park(Some(left));
            }
        }
    }
}

impl Shard {
    fn new() -> Self {
        Self {
            wheel: Mutex::new(Wheel::new()),
            times: Times {
                next: AtomicU64::new(u64::MAX),
                elapsed: AtomicU64::new(0),
            },
        }
    }

    /// Whether the shard has not come to `when` yet; takes no lock.
    #[inline]
    pub(super) fn is_before(&self, when: u64) -> bool {
        // Acquire: pairs with the release store in `serve` (#3).
        self.times.elapsed.load(Ordering::Acquire) < when
    }

    /// Adds a timer: its index, and whether it is the earliest. Hands the waker back if `when` has
    /// passed.
    #[inline]
    pub(super) fn insert(&self, when: u64, waker: Waker) -> Result<(u32, bool), Waker> {
        let mut wheel = self.wheel.lock();
        let index = wheel.insert(when, waker)?;
        Ok((index, self.lower_next(when)))
    }

    /// Removes a timer and returns its waker, if it has not fired.
    #[inline]
    pub(super) fn cancel(&self, index: u32, when: u64) -> Option<Waker> {
        self.wheel.lock().cancel(index, when)
    }

    /// Whether the timer has not fired.
    pub(super) fn is_armed(&self, index: u32, when: u64) -> bool {
        self.is_before(when) || self.wheel.lock().is_armed(index, when)
    }

    /// Stores another waker and returns the old one; hands the new one back if the timer has fired.
    pub(super) fn replace_waker(
        &self,
        index: u32,
        when: u64,
        waker: Waker,
    ) -> Result<Option<Waker>, Waker> {
        self.wheel.lock().replace_waker(index, when, waker)
    }

    /// Moves a timer, and says whether it is now the earliest.
    pub(super) fn reset(&self, index: u32, when: u64, new: u64) -> (Reset, bool) {
        let mut wheel = self.wheel.lock();
        let reset = wheel.reset(index, when, new);
        let earliest = matches!(reset, Reset::Armed) && self.lower_next(new);
        (reset, earliest)
    }

    /// The caller holds the lock of the shard.
    #[inline]
    fn lower_next(&self, when: u64) -> bool {
        // Relaxed: written under the shard's lock (#2), which the caller holds.
        let earliest = when < self.times.next.load(Ordering::Relaxed).min(HORIZON);
        if earliest {
            // Release: pairs with the acquire loads in `park`.
            self.times.next.store(when, Ordering::Release);
        }
        earliest
    }

    /// Fires up to `BATCH` timers that are due at `now` into `due`.
    fn expire(&self, now: u64, due: &mut Vec<Waker>) {
        let mut wheel = self.wheel.lock();
        // Relaxed: written under the shard's lock (#2).
        let earliest = self.times.next.load(Ordering::Relaxed);
        wheel.expire(now, earliest, due, BATCH);
        // Release: pairs with the acquire load in `is_before` (#3).
        self.times.elapsed.store(wheel.elapsed(), Ordering::Release);
        // Release: pairs with the acquire loads in `park`.
        self.times.next.store(wheel.next_tick(), Ordering::Release);
    }
}

/// What the thread does in its turns.
struct Turn<'a> {
    driver: &'a Driver,
    /// The wakers of one batch; empty between batches.
    due: Vec<Waker>,
}

impl Work for Turn<'_> {
    fn now(&self) -> u64 {
        self.driver.nanos(Instant::now()) >> TICK_BITS
    }

    fn nexts(&self) -> impl Iterator<Item = &AtomicU64> {
        self.driver.shards.iter().map(|shard| &shard.times.next)
    }

    fn serve(&mut self, shard: usize, now: u64) {
        self.driver.shards[shard].expire(now, &mut self.due);
        wake_all(&mut self.due);
    }
}

/// Calls the wakers, each of them even if others panic: a foreign panic must not stop time.
fn wake_all(due: &mut Vec<Waker>) {
    let mut wakers = due.drain(..);
    while let Err(panic) = catch_unwind(AssertUnwindSafe(|| wakers.by_ref().for_each(Waker::wake)))
    {
        // The payload is foreign as well, and its drop may panic with another one.
        if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(another);
        }
    }
}

/// Linux may delay the sleeps of a thread by its timer slack, 50 µs by default.
/// This lowers that of the calling thread; where it is refused, timers are that much later.
fn lower_own_timer_slack() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Ok(link) = std::fs::read_link("/proc/thread-self") {
        if let Some(id) = link.file_name() {
            let file = std::path::Path::new("/proc").join(id).join("timerslack_ns");
            // Refused in some sandboxes; nothing can be done then.
            let _ = std::fs::write(file, "1");
        }
    }
}
