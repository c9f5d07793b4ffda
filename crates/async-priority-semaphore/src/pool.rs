//! The permits and those who wait for them: one word for the paths on which nobody waits, and a
//! lock for all else.
//!
//! The word, bit by bit:
//!
//! | bits | meaning | set by | cleared by |
//! |---|---|---|---|
//! | 0 `SLOW` | somebody waits, or there is debt: the fast paths are closed | whoever has taken the lock to change something | the same, before it unlocks, if neither is left |
//! | 1 `CLOSED` | nothing is granted any more | `close`, under the lock | never |
//! | 2.. | free permits | anybody by compare-exchange while `SLOW` is clear, else the lock's holder only | |
//!
//! Whoever brings it about that the first in line can have its permits, grants them; from then on
//! they are that waiter's, whether it is polled or not.
//! Permits are not collected for a waiter before that, so that a more urgent one finds them all.
//!
//! # Invariants
//!
//! 1. Whenever the lock is free, `SLOW` is set if and only if somebody waits or there is debt.
//! 2. While `SLOW` is set, only the lock's holder changes the word.
//! 3. Whenever the lock is free and the semaphore open, the first in line wants more than is free;
//!    but between two rounds of a call that grants to more than sixteen.
//! 4. Free, granted and held permits less the debt are the permits given in total.
//! 5. Where there is debt, nothing is free.
//!
//! By #2, "set `SLOW`, look at the permits, wait" needs no fence: between these steps nobody gives
//! or takes any.

use crate::error::{AcquireError, TryAcquireError};
use crate::line::{Line, Place, Ranked};
use crate::{MAX_PERMITS, Priority};
use async_waitlist::sync::atomic::{AtomicUsize, Ordering};
use async_waitlist::sync::{Mutex, MutexGuard};
use async_waitlist::{Polled, WakeBatch, quietly};
use std::fmt;
use std::task::{Poll, Waker};
use std::thread;

const SLOW: usize = 1;
const CLOSED: usize = 2;
pub(crate) const SHIFT: u32 = 2;

/// What both semaphores are made of.
#[expect(unnameable_types, reason = "sealed: the private side of a semaphore")]
pub struct Pool<L> {
    word: AtomicUsize,
    state: Mutex<State<L>>,
}

struct State<L> {
    line: L,
    /// What is to be taken out of circulation as permits come back (#5). At most `MAX_PERMITS`.
    debt: usize,
}

/// The lock, and with it the word (#2), whose new value is stored at the end.
struct Locked<'a, L: Line> {
    word: &'a AtomicUsize,
    /// The word as it is.
    before: usize,
    /// The word as it will be, but for `SLOW`.
    after: usize,
    state: MutexGuard<'a, State<L>>,
}

impl<L> Pool<L> {
    /// `permits` are at most `MAX_PERMITS`.
    #[cfg(not(loom))]
    pub(crate) const fn new(permits: usize, line: L) -> Self {
        Self {
            word: AtomicUsize::new(permits << SHIFT),
            state: Mutex::new(State { line, debt: 0 }),
        }
    }

    #[cfg(loom)]
    pub(crate) fn new(permits: usize, line: L) -> Self {
        Self {
            word: AtomicUsize::new(permits << SHIFT),
            state: Mutex::new(State { line, debt: 0 }),
        }
    }

    #[inline]
    fn load(&self) -> usize {
        // Acquire: who learns from the word that permits came back or that the semaphore is closed
        // also sees what was done before that; pairs with the Release of `give` and of `Locked`.
        self.word.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn available(&self) -> usize {
        self.load() >> SHIFT
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.load() & CLOSED != 0
    }
}

impl<L: Line> Pool<L> {
    pub(crate) fn waiting(&self) -> usize {
        self.state.lock().line.waiting()
    }

    /// Takes permits if they are free and nobody has to be asked.
    #[inline]
    pub(crate) fn take_free(&self, permits: u32) -> bool {
        let permits = permits as usize;
        // Relaxed: a guess, which the exchange confirms or corrects.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & (SLOW | CLOSED) == 0 && word >> SHIFT >= permits {
            // Acquire pairs with the Release of whoever gave the permits back; Relaxed: as above.
            let (acquire, relaxed) = (Ordering::Acquire, Ordering::Relaxed);
            let less = word - (permits << SHIFT);
            let taken = self
                .word
                .compare_exchange_weak(word, less, acquire, relaxed);
            match taken {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Gives new permits.
    #[track_caller]
    pub(crate) fn add(&self, permits: usize) {
        let fits = self.give(permits);
        assert!(fits, "at most {MAX_PERMITS} permits can be free");
    }

    /// Gives permits back; false, and nothing changes, if that were too many.
    #[inline]
    pub(crate) fn give(&self, permits: usize) -> bool {
        // Relaxed: a guess, which the exchange confirms or corrects.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & SLOW == 0 && permits <= MAX_PERMITS - (word >> SHIFT) {
            // Release pairs with the Acquire of whoever takes the permits next; Relaxed: as above.
            let (release, relaxed) = (Ordering::Release, Ordering::Relaxed);
            let more = word + (permits << SHIFT);
            let given = self
                .word
                .compare_exchange_weak(word, more, release, relaxed);
            match given {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        self.give_slow(permits)
    }

    #[cold]
    fn give_slow(&self, permits: usize) -> bool {
        let mut locked = self.lock();
        let fits = locked.give(permits);
        self.serve(locked);
        fits
    }

    /// Takes permits if they are free and nobody is ahead.
    #[inline]
    pub(crate) fn try_acquire(&self, permits: u32, wish: L::Wish) -> Result<(), TryAcquireError> {
        if self.take_free(permits) {
            return Ok(());
        }
        self.try_slow(permits, wish)
    }

    #[cold]
    fn try_slow(&self, permits: u32, mut wish: L::Wish) -> Result<(), TryAcquireError> {
        let word = self.load();
        if word & CLOSED != 0 {
            return Err(TryAcquireError::Closed);
        }
        if word >> SHIFT < permits as usize {
            return Err(TryAcquireError::NoPermits);
        }
        let urgency = L::settle(&mut wish);
        let mut locked = self.lock();
        if locked.is_closed() {
            Err(TryAcquireError::Closed)
        } else if locked.take(permits, urgency) {
            Ok(())
        } else {
            Err(TryAcquireError::NoPermits)
        }
    }

    /// Takes permits, or a place in the line.
    pub(crate) fn take_or_wait(
        &self,
        permits: u32,
        urgency: L::Urgency,
        waker: &Waker,
    ) -> Result<Option<L::Place>, AcquireError> {
        // Cloned before the lock; and if it is not needed, it is dropped after it.
        let waker = waker.clone();
        let mut locked = self.lock();
        if locked.is_closed() {
            return Err(AcquireError);
        }
        if locked.take(permits, urgency) {
            return Ok(None);
        }
        Ok(Some(locked.state.line.insert(urgency, permits, waker)))
    }

    /// Tells a waiter that it was granted or refused, and then it has no place any more; or has it
    /// wait on, with this waker.
    pub(crate) fn poll(
        &self,
        place: &mut Option<L::Place>,
        waker: &Waker,
    ) -> Poll<Result<(), AcquireError>> {
        let mut spare = None; // declared before the guard: what it holds is dropped after it
        while let Some(at) = place {
            let mut state = self.state.lock();
            match state.line.poll(at, waker, &mut spare) {
                Polled::Waiting => break,
                Polled::NeedsWaker => {}
                Polled::Granted | Polled::Refused => {
                    let mut trash = None;
                    let released = place.take().map(|at| state.line.release(at, &mut trash));
                    drop(state);
                    discard(trash);
                    let granted = released.is_some_and(|released| released.is_granted());
                    return Poll::Ready(if granted { Ok(()) } else { Err(AcquireError) });
                }
            }
            drop(state);
            spare = Some(waker.clone()); // unlocked: it is foreign code
        }
        Poll::Pending
    }

    /// Takes a waiter out of the line; what it was granted goes to the next.
    #[cold]
    pub(crate) fn leave(&self, at: L::Place, permits: u32) {
        let mut trash = None; // declared before the guard
        let mut locked = self.lock();
        let released = locked.state.line.release(at, &mut trash);
        if released.is_granted() {
            locked.give(permits as usize);
        }
        // Even one that was not granted may have been first, and those behind it want less.
        self.serve(locked);
        drop(released);
    }

    /// Takes up to so many free permits out of circulation; says how many.
    pub(crate) fn forget(&self, permits: usize) -> usize {
        let mut locked = self.lock();
        let taken = permits.min(locked.free());
        locked.after -= taken << SHIFT;
        taken
    }

    /// Takes exactly so many permits out of circulation: those that are free now, the others as
    /// they come back.
    #[track_caller]
    pub(crate) fn reduce(&self, permits: usize) {
        let mut locked = self.lock();
        let taken = permits.min(locked.free());
        let owed = permits - taken;
        let fits = owed <= MAX_PERMITS - locked.state.debt;
        if fits {
            locked.after -= taken << SHIFT;
            locked.state.debt += owed;
        }
        drop(locked);
        assert!(fits, "at most {MAX_PERMITS} permits can be owed");
    }

    /// Refuses all who wait and all who come; says whether it was open.
    pub(crate) fn close(&self) -> bool {
        let mut was_open = false;
        calmly(|| {
            WakeBatch::in_rounds(|batch| {
                let mut locked = self.lock();
                was_open |= !locked.is_closed();
                locked.after |= CLOSED;
                locked.state.line.refuse_all(batch)
            });
        });
        was_open
    }

    /// Checks the invariants that show under the lock.
    pub(crate) fn assert_invariants(&self) {
        let state = self.state.lock();
        let word = self.load();
        let (free, waiting) = (word >> SHIFT, state.line.waiting());
        let is_slow = waiting > 0 || state.debt > 0;
        assert_eq!(word & SLOW != 0, is_slow, "#1: {waiting} wait");
        if let Some(first) = state.line.first() {
            assert_eq!(word & CLOSED, 0, "one waits at a closed semaphore");
            assert!(first as usize > free, "#3: {first} wanted, {free} free");
        }
        assert!(state.debt == 0 || free == 0, "#5: {free} free");
        state.line.assert_invariants();
    }

    /// Takes the lock and closes the fast paths, which makes the word the caller's (#2).
    #[inline]
    fn lock(&self) -> Locked<'_, L> {
        let state = self.state.lock();
        // Relaxed: if the bit is set, the word was last changed under the lock (#2).
        let mut word = self.word.load(Ordering::Relaxed);
        if word & SLOW == 0 {
            word = self.word.fetch_or(SLOW, Ordering::AcqRel);
        }
        Locked {
            word: &self.word,
            before: word | SLOW,
            after: word & !SLOW,
            state,
        }
    }

    /// Grants to those at the head of the line for whom there is enough (#3), unlocks, and wakes
    /// them.
    #[inline]
    fn serve(&self, mut locked: Locked<'_, L>) {
        let first = locked.grant();
        if locked.grantable().is_some() {
            return self.serve_many(first, locked);
        }
        drop(locked);
        if let Some(waker) = first {
            calmly(|| waker.wake());
        }
    }

    /// The same for more than one; `first` is the waker of the one that is granted already.
    #[cold]
    #[inline(never)]
    fn serve_many(&self, mut first: Option<Waker>, locked: Locked<'_, L>) {
        let mut locked = Some(locked);
        calmly(|| {
            WakeBatch::in_rounds(|batch| {
                let mut locked = locked.take().unwrap_or_else(|| self.lock());
                batch.push(first.take());
                while locked.grantable().is_some() {
                    if batch.is_full() {
                        return false;
                    }
                    batch.push(locked.grant());
                }
                true
            });
        });
    }
}

impl Pool<Ranked> {
    /// Gives a waiter another priority, and the place that comes with it.
    #[cold]
    pub(crate) fn set_priority(&self, place: &mut Option<Place>, priority: Priority) {
        let mut trash = None; // declared before the guard
        let mut locked = self.lock();
        if locked.is_closed() {
            return; // it is refused, or was granted before that
        }
        if let Some(at) = place.take() {
            *place = Some(locked.state.line.set_priority(at, priority, &mut trash));
        }
        // Another may be first now, and want less.
        self.serve(locked);
    }
}

impl<L: Line> Locked<'_, L> {
    #[inline]
    fn free(&self) -> usize {
        self.after >> SHIFT
    }

    #[inline]
    fn is_closed(&self) -> bool {
        self.after & CLOSED != 0
    }

    /// For a newcomer: takes permits if they are free and nobody is ahead of it.
    #[inline]
    fn take(&mut self, permits: u32, urgency: L::Urgency) -> bool {
        let permits = permits as usize;
        let takes = permits <= self.free() && self.state.line.may_pass(urgency);
        if takes {
            self.after -= permits << SHIFT;
            self.state.line.passed();
        }
        takes
    }

    /// Pays the debt, and adds what is left to the free permits; false, and nothing changes, if that
    /// were too many.
    #[inline]
    fn give(&mut self, permits: usize) -> bool {
        let paid = permits.min(self.state.debt);
        let rest = permits - paid;
        let fits = rest <= MAX_PERMITS - self.free();
        if fits {
            self.state.debt -= paid;
            self.after += rest << SHIFT;
        }
        fits
    }

    /// What the first in line wants, if it can have it.
    #[inline]
    fn grantable(&self) -> Option<usize> {
        let first = self.state.line.first()? as usize;
        (first <= self.free() && !self.is_closed()).then_some(first)
    }

    /// Grants to the first in line if it can have what it wants; returns its waker.
    #[inline]
    fn grant(&mut self) -> Option<Waker> {
        self.after -= self.grantable()? << SHIFT;
        self.state.line.grant_first()
    }
}

impl<L: Line> Drop for Locked<'_, L> {
    /// Stores the word, with `SLOW` if that is still needed (#1); then the guard unlocks.
    #[inline]
    fn drop(&mut self) {
        let is_slow = self.state.line.first().is_some() || self.state.debt > 0;
        let word = self.after | (usize::from(is_slow) * SLOW);
        if word != self.before {
            // Release pairs with the Acquire of the fast paths, which this may open; nobody else
            // changes the word until then (#2).
            self.word.store(word, Ordering::Release);
        }
    }
}

impl<L: Line> fmt::Debug for Pool<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("available_permits", &self.available())
            .field("waiting", &self.waiting())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// What a new semaphore may begin with.
#[track_caller]
pub(crate) const fn check_new(permits: usize) {
    assert!(
        permits <= MAX_PERMITS,
        "a semaphore has at most usize::MAX >> 2 permits"
    );
}

/// Frees memory; mostly there is none.
#[inline]
fn discard<T>(trash: Option<T>) {
    #[cold]
    fn free<T>(trash: T) {
        drop(trash);
    }
    if let Some(trash) = trash {
        free(trash);
    }
}

/// Runs wakers; where a panic is under way already, theirs ends here, for a second one would abort
/// the process.
#[inline]
fn calmly(wake: impl FnOnce()) {
    if !thread::panicking() {
        return wake();
    }
    quietly(wake);
}
