//! What both lockouts are made of: the words, the waiters, the tags and the alarm.
//!
//! A lockout lets all in at once when its lock ends, or one after another ([`Admission`]).
//!
//! # Invariants
//!
//! Under the mutex, whenever it is unlocked:
//!
//! 1. While somebody waits whose turn it could be, either a lock without end is in force, or the
//!    alarm wishes for an instant no later than the end of the lock in force.
//!    Imposing a lock moves that end away and leaves the alarm alone: it fires, finds the lock, and
//!    is set anew.
//! 2. In line, [`Turn`] is not `Free` from the moment a waiter is granted until it has left
//!    unserved, its `wait` has returned, or its `Pass` has been dropped. So at most one is on the
//!    way in.
//! 3. In line, nobody waits while entry is open and `Turn` is `Free`, but for the time that the
//!    alarm is late: whatever frees the turn or lifts a lock calls [`Gate::admit`].
//! 4. While `probing`, everybody who enters takes the turn, newcomers too.
//!
//! No foreign code runs under the mutex: the clock is read before, wakers are cloned before and
//! woken and dropped after.

use crate::error::{Locked, TryAcquireError};
use crate::tag::Tags;
use crate::words::{self, FOR_EVER, Words};
use async_clock::Clock;
use async_clock::alarm::{Alarm, AlarmHost, Fired, settle};
use async_waitlist::sync::{Mutex, MutexGuard};
use async_waitlist::{WaitList, WakeBatch, quietly};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the waiting are let in once no lock is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// All at once.
    Together,
    /// One after another; with `probe`, on trial until one has said that all is well.
    InLine { probe: bool },
}

/// Who of the line is on the way in, or in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Free,
    /// A waiter has been granted and has not claimed it yet.
    Granted,
    /// A `Pass` is out that holds the others up.
    Pass,
}

/// The shared part of a lockout.
pub(crate) struct Gate<C: Clock> {
    pub(crate) words: Words,
    pub(crate) clock: C,
    pub(crate) admission: Admission,
    pub(crate) state: Mutex<State<C>>,
}

/// What the mutex guards.
pub(crate) struct State<C: Clock> {
    pub(crate) waiters: WaitList<()>,
    pub(crate) tags: Tags,
    pub(crate) turn: Turn,
    alarm: Alarm<C>,
    /// A lock has run out, and nobody has said since that all is well. Only with `probe`.
    probing: bool,
    /// Counts the locks that ran out while `probe` is on; the word of a `Pass` of an earlier round
    /// does not count.
    round: u64,
    /// The latest deadline of a plain lock that is known to have run out.
    ran_out: u64,
}

/// The right of one who was let in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// It has the turn, to be given back.
    pub(crate) has_turn: bool,
    /// The round it probes for.
    pub(crate) probes: Option<u64>,
}

impl Entry {
    /// One that nobody waits for.
    pub(crate) const FREE: Self = Self {
        has_turn: false,
        probes: None,
    };
}

/// What is left to do after [`Gate::admit`].
#[must_use = "settle, and go on if the batch was too small"]
struct Admitted {
    /// False: the batch is full; wake it and come again.
    done: bool,
    /// The alarm has to be settled once the mutex is free.
    settle: bool,
}

impl<C: Clock> Gate<C> {
    pub(crate) fn new(clock: C, admission: Admission) -> Arc<Self> {
        Arc::new(Self {
            words: Words::new(clock.now()),
            clock,
            admission,
            state: Mutex::new(State {
                waiters: WaitList::new(),
                tags: Tags::new(),
                turn: Turn::Free,
                alarm: Alarm::new(),
                probing: false,
                round: 0,
                ran_out: 0,
            }),
        })
    }

    /// Reads the clock, which is foreign code: never under the mutex.
    pub(crate) fn now(&self) -> u64 {
        self.words.reading(self.clock.now())
    }

    pub(crate) fn lock_for(&self, duration: Duration) {
        if !duration.is_zero() {
            self.words.raise(words::after(self.now(), duration));
        }
    }

    pub(crate) fn lock_until(&self, at: Instant) {
        let deadline = self.words.deadline(at);
        if deadline > self.now() {
            self.words.raise(deadline);
        }
    }

    /// Ends all locks, and the trial after them.
    pub(crate) fn clear(self: &Arc<Self>) {
        self.lift(|gate, state| {
            gate.words.clear_plain();
            state.tags.clear();
            state.probing = false;
        });
    }

    /// Runs `f`, which shortens a lock, and admits those who have waited for that.
    pub(crate) fn lift(self: &Arc<Self>, f: impl FnOnce(&Self, &mut State<C>)) {
        let mut f = Some(f);
        WakeBatch::in_rounds(|batch| {
            let now = self.now();
            let mut state = self.state.lock();
            if let Some(f) = f.take() {
                // First, so that a lock which has run out is not taken for one that is lifted.
                self.note(&mut state, now);
                f(self, &mut state);
            }
            let admitted = self.admit(&mut state, now, batch);
            drop(state);
            admitted.settled(self)
        });
    }

    /// The deadline of the lock in force, if one is.
    #[inline]
    pub(crate) fn locked(&self) -> Option<u64> {
        if self.words.are_clear() {
            return None;
        }
        let now = self.now();
        self.locked_at(now)
    }

    /// The deadline of the lock in force at a reading that was taken before (#1 of the words).
    #[inline]
    pub(crate) fn locked_at(&self, now: u64) -> Option<u64> {
        Some(self.words.latest()).filter(|&deadline| deadline > now)
    }

    pub(crate) fn locked_until(&self) -> Option<Instant> {
        self.locked().map(|at| self.words.instant_or_far(at))
    }

    /// The check of a lockout that lets all in together.
    #[inline]
    pub(crate) fn try_pass(&self) -> Result<(), Locked> {
        if self.words.are_clear() {
            return Ok(());
        }
        self.try_pass_slowly()
    }

    #[cold]
    fn try_pass_slowly(&self) -> Result<(), Locked> {
        let now = self.now();
        if let Some(deadline) = self.locked_at(now) {
            return Err(self.refusal(deadline, now));
        }
        // Lowers the words, so that the next check is quick again.
        self.note(&mut self.state.lock(), now);
        Ok(())
    }

    /// Enters if nobody is ahead; `stays`: with a `Pass`.
    #[inline]
    pub(crate) fn try_enter(&self, stays: bool) -> Result<Entry, TryAcquireError> {
        if self.words.let_newcomers_in() {
            return Ok(Entry::FREE);
        }
        self.try_enter_slowly(stays)
    }

    #[cold]
    fn try_enter_slowly(&self, stays: bool) -> Result<Entry, TryAcquireError> {
        let now = self.now();
        self.let_in(&mut self.state.lock(), now, stays)
    }

    fn refusal(&self, deadline: u64, now: u64) -> Locked {
        let after = match deadline {
            FOR_EVER => Duration::MAX,
            finite => Duration::from_nanos(finite - now),
        };
        Locked::new(self.words.instant(deadline), after)
    }

    /// Lets a newcomer in if there is no lock and nobody ahead.
    pub(crate) fn let_in(
        &self,
        state: &mut State<C>,
        now: u64,
        stays: bool,
    ) -> Result<Entry, TryAcquireError> {
        self.note(state, now);
        if let Some(deadline) = self.locked_at(now) {
            return Err(self.refusal(deadline, now).into());
        }
        if self.admission == Admission::Together {
            return Ok(Entry::FREE);
        }
        if state.waiters.waiting() > 0 || state.turn == Turn::Granted {
            return Err(TryAcquireError::Queued);
        }
        if !state.probing {
            return Ok(Entry::FREE);
        }
        if state.turn == Turn::Pass {
            return Err(TryAcquireError::Queued); // #4: the trial goes one by one
        }
        Ok(state.enter(stays))
    }

    /// Takes note of locks that have run out: lowers the words, and begins a trial.
    pub(crate) fn note(&self, state: &mut State<C>, now: u64) {
        let plain = self.words.plain_to_forget();
        let mut ran_out = plain > state.ran_out && plain <= now;
        if ran_out {
            state.ran_out = plain;
        }
        ran_out |= state.tags.expire(now);
        if ran_out && self.admission == (Admission::InLine { probe: true }) {
            state.probing = true;
            state.round += 1;
            // Before the words are lowered: #3 of the words.
            self.words.set_line(true);
        }
        let tagged = state.tags.latest();
        self.words.set_tagged(tagged);
        if tagged == 0 && plain != 0 && plain <= now {
            self.words.forget_plain(plain);
        }
    }

    /// Grants those whose turn it is, or wishes for the alarm at the end of the lock; for those who
    /// know that a batch is enough: in line there is one to wake, and under a lock nobody.
    pub(crate) fn admit_and_unlock(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State<C>>,
        now: u64,
        batch: &mut WakeBatch,
    ) {
        let admitted = self.admit(&mut state, now, batch);
        drop(state);
        let done = admitted.settled(self);
        debug_assert!(done, "a batch is enough");
    }

    fn admit(&self, state: &mut State<C>, now: u64, batch: &mut WakeBatch) -> Admitted {
        self.note(state, now);
        let mut done = true;
        let mut wish = None;
        if let Some(deadline) = self.locked_at(now) {
            // Whoever has the turn calls us when it is free.
            if state.waiters.waiting() > 0 && state.turn == Turn::Free {
                wish = self.words.instant(deadline);
            }
        } else if self.admission == Admission::Together {
            done = state.waiters.grant_all(batch);
        } else if state.turn == Turn::Free {
            if let Some(((), waker)) = state.waiters.grant_first() {
                state.turn = Turn::Granted;
                batch.push(waker);
            }
        }
        let settle = state.alarm.wish(wish);
        self.publish(state);
        Admitted { done, settle }
    }

    /// Says whether newcomers stand in line, for those who do not take the mutex.
    pub(crate) fn publish(&self, state: &State<C>) {
        if self.admission != Admission::Together {
            let ahead = state.waiters.waiting() > 0 || state.turn == Turn::Granted;
            self.words.set_line(ahead || state.probing);
        }
    }

    /// Ends an entry; `ok`: all is well, the trial is over.
    pub(crate) fn leave(self: &Arc<Self>, entry: Entry, ok: bool) {
        if !entry.has_turn {
            return;
        }
        let now = self.now();
        let mut batch = WakeBatch::new(); // dropped last: wakes, even if we unwind
        let mut state = self.state.lock();
        self.note(&mut state, now);
        if ok && entry.probes == Some(state.round) {
            state.probing = false;
        }
        state.turn = Turn::Free;
        self.admit_and_unlock(state, now, &mut batch);
    }
}

impl<C: Clock> State<C> {
    /// Takes the turn, or, for one who does not stay, uses it and gives it back.
    pub(crate) fn enter(&mut self, stays: bool) -> Entry {
        self.turn = if stays { Turn::Pass } else { Turn::Free };
        Entry {
            has_turn: stays,
            probes: self.probing.then_some(self.round),
        }
    }
}

impl Admitted {
    /// Settles the alarm, now that the mutex is free; says whether all are granted.
    fn settled<C: Clock>(&self, gate: &Arc<Gate<C>>) -> bool {
        if self.settle {
            settle(gate);
        }
        self.done
    }
}

impl<C: Clock> AlarmHost for Gate<C> {
    type Clock = C;

    fn clock(&self) -> &C {
        &self.clock
    }

    fn with_alarm<R>(&self, f: impl FnOnce(&mut Alarm<C>) -> R) -> R {
        f(&mut self.state.lock().alarm)
    }

    fn on_alarm(&self, fired: Fired) {
        let mut fired = Some(fired);
        // The caller settles the alarm afterwards, so no waker may keep us from returning.
        quietly(|| {
            WakeBatch::in_rounds(|batch| {
                let now = self.now();
                let mut state = self.state.lock();
                if let Some(fired) = fired.take() {
                    state.alarm.fired(fired);
                }
                self.admit(&mut state, now, batch).done
            });
        });
    }
}
