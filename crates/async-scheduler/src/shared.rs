//! The shared part of a scheduler: the queue, who waits for what, and the alarm.
//!
//! Items are bound late: one that is due stays in the queue until a poll takes it.
//! So cancelling wins until that moment, a future that is dropped loses nothing, and who is slow
//! keeps no item from others.
//! What a consumer is given when an item becomes due is a wake-up: a *grant* of the wait list.
//!
//! # Invariants
//!
//! Under the mutex, whenever it is unlocked:
//!
//! 1. While a consumer waits ungranted, the alarm wishes for an instant no later than that at which
//!    the first item comes due that no grant stands for (in the base of times of day: no later than
//!    the next look at the clock). `covered` is the key of that item or an earlier one.
//! 2. For each item that was due when the clock was last read for this purpose there is a granted
//!    consumer, as long as there are consumers enough.
//!    Taking an item while granted takes one of each; a grant that is given up is passed on.
//! 3. Once it is closed and nothing is pending, no consumer waits ungranted.
//! 4. Once nothing is pending and no [`Due`] is out, nobody waits ungranted for that.
//!
//! Whatever could break one of these calls [`Shared::tend`] after unlocking, or, for an item
//! that the alarm covers anyway, nothing: cancelling and moving to a later time leave the alarm
//! alone; it fires, finds nothing, and is set anew.
//!
//! No foreign code runs under the mutex: the clock is read before, wakers are cloned before and
//! woken after, payloads are dropped after, recurrences are asked in between.

use crate::due::Due;
use crate::queue::{Item, Queue, Recurring, Taken};
use crate::recur::Verdict;
use crate::time::{Base, Epoch, NEVER, Now};
use crate::token::Token;
use async_clock::Clock;
use async_clock::alarm::{Alarm, AlarmHost, Fired, settle};
use async_waitlist::sync::{Mutex, MutexGuard};
use async_waitlist::{WaitList, WakeBatch, quietly};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

/// See the [module](self).
pub(crate) struct Shared<T: Send + 'static, At: Base<C>, C: Clock> {
    pub(crate) clock: C,
    /// The longest time between two looks at the clock while somebody waits for an item.
    look: Duration,
    epoch: Epoch<At>,
    pub(crate) state: Mutex<State<T, At, C>>,
}

/// What the mutex guards.
pub(crate) struct State<T: Send + 'static, At: Base<C>, C: Clock> {
    pub(crate) queue: Queue<T, At>,
    pub(crate) consumers: WaitList<()>,
    pub(crate) joiners: WaitList<()>,
    /// How many [`Due`]s there are.
    pub(crate) out: usize,
    pub(crate) closed: bool,
    /// Items of this key or a later one need no call of [`Shared::tend`] (#1).
    covered: u64,
    alarm: Alarm<C>,
}

/// What is left to do after [`Shared::serve`].
#[must_use = "settle, and go on if the batch was too small"]
struct Served {
    /// False: the batch is full; wake it and come again.
    done: bool,
    /// The alarm has to be settled once the mutex is free.
    settle: bool,
}

type Guard<'a, T, At, C> = MutexGuard<'a, State<T, At, C>>;

impl<T: Send + 'static, At: Base<C>, C: Clock> State<T, At, C> {
    /// Nothing will ever be yielded again.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.closed && self.queue.len() == 0
    }

    /// Nothing is pending, and nothing is being worked on.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.queue.len() == 0 && self.out == 0
    }

    /// Whether an end has come that somebody waits for (#3, #4).
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        (self.is_over() && self.consumers.waiting() > 0)
            || (self.is_idle() && self.joiners.waiting() > 0)
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Shared<T, At, C> {
    pub(crate) fn new(clock: C, look: Duration) -> Arc<Self> {
        let epoch = Epoch::new(At::now(&clock).time);
        Arc::new(Self {
            clock,
            look,
            epoch,
            state: Mutex::new(State {
                queue: Queue::new(),
                consumers: WaitList::new(),
                joiners: WaitList::new(),
                out: 0,
                closed: false,
                covered: NEVER,
                alarm: Alarm::new(),
            }),
        })
    }

    /// Reads the clock, which is foreign code: never under the mutex.
    #[inline]
    pub(crate) fn now(&self) -> Now<At> {
        At::now(&self.clock)
    }

    /// The time of the first item; `None` if there is none that ever comes.
    pub(crate) fn first_time(&self, state: &State<T, At, C>) -> Option<At> {
        state.queue.first_key().and_then(|key| self.epoch.time(key))
    }

    /// Adds an item; gives it back if the scheduler is closed.
    #[inline]
    pub(crate) fn insert(
        self: &Arc<Self>,
        at: Option<At>,
        item: Item<T, At>,
    ) -> Result<Token, Item<T, At>> {
        let key = self.epoch.key(at);
        let mut state = self.state.lock();
        if state.closed {
            drop(state);
            return Err(item);
        }
        let token = state.queue.insert(key, item);
        self.tend_to(state, key);
        Ok(token)
    }

    /// Moves an item; false if it is not pending.
    #[inline]
    pub(crate) fn reschedule(self: &Arc<Self>, token: Token, at: Option<At>) -> bool {
        let key = self.epoch.key(at);
        let mut state = self.state.lock();
        let moved = state.queue.reschedule(token, key);
        if moved {
            self.tend_to(state, key);
        }
        moved
    }

    /// Takes an item out.
    #[inline]
    pub(crate) fn cancel(self: &Arc<Self>, token: Token) -> Option<T> {
        let mut state = self.state.lock();
        let removed = state.queue.remove(token);
        let _memory = state.queue.shrink(); // dropped after the guard
        let news = state.has_news();
        drop(state);
        if news {
            self.tend();
        }
        removed.map(Item::into_payload)
    }

    /// Takes all items out; `close`: and takes none in any more.
    pub(crate) fn clear(self: &Arc<Self>, close: bool) -> Vec<T> {
        let mut state = self.state.lock();
        state.closed |= close;
        let drained = state.queue.drain();
        let news = state.has_news();
        drop(state);
        if news {
            self.tend();
        }
        drained.into_payloads()
    }

    pub(crate) fn close_after_drain(self: &Arc<Self>) {
        let mut state = self.state.lock();
        state.closed = true;
        let news = state.has_news();
        drop(state);
        if news {
            self.tend();
        }
    }

    /// Ends the life of a [`Due`].
    #[inline]
    pub(crate) fn done(self: &Arc<Self>) {
        let mut state = self.state.lock();
        state.out -= 1;
        let news = state.has_news();
        drop(state);
        if news {
            self.tend();
        }
    }

    /// Unlocks, having put an item of `key` in, and tends to those whom it concerns.
    #[inline]
    fn tend_to(self: &Arc<Self>, state: Guard<'_, T, At, C>, key: u64) {
        let concerns = key < state.covered && state.consumers.waiting() > 0;
        drop(state);
        if concerns {
            self.tend();
        }
    }

    /// Restores the invariants: wakes whom it must, and sets the alarm.
    ///
    /// A waker's panic ends here: the caller has no part in it, and a result to return.
    #[cold]
    pub(crate) fn tend(self: &Arc<Self>) {
        quietly(|| {
            WakeBatch::in_rounds(|batch| {
                let now = self.now();
                let mut state = self.state.lock();
                let served = self.serve(&mut state, now, batch);
                drop(state);
                if served.settle {
                    settle(self);
                }
                served.done
            });
        });
    }

    /// Grants all whose time has come, and wishes for the alarm.
    fn serve(&self, state: &mut State<T, At, C>, now: Now<At>, batch: &mut WakeBatch) -> Served {
        let mut done = true;
        let mut wish = None;
        if state.is_over() {
            done &= state.consumers.grant_all(batch);
        } else if state.consumers.waiting() > 0 {
            let all = state.consumers.waiting() + state.consumers.granted();
            let due = state.queue.due(self.epoch.shown(now.time), all);
            while state.consumers.granted() < due.count {
                if batch.is_full() {
                    return Served {
                        done: false,
                        settle: false, // the next round will
                    };
                }
                let Some(((), waker)) = state.consumers.grant_first() else {
                    break;
                };
                batch.push(waker);
            }
            wish = due.then.filter(|_| state.consumers.waiting() > 0);
        }
        if state.is_idle() {
            done &= state.joiners.grant_all(batch);
        }
        let settle = self.wish(state, now, wish);
        Served { done, settle }
    }

    /// Wishes for the alarm when the key comes up, or at the next look at the clock; true: settle.
    fn wish(&self, state: &mut State<T, At, C>, now: Now<At>, key: Option<u64>) -> bool {
        state.covered = key.unwrap_or(NEVER);
        let wait = match key {
            None | Some(NEVER) => return state.alarm.wish(None),
            Some(key) => key.saturating_sub(self.epoch.shown(now.time)),
        };
        let wait = Duration::from_nanos(wait).min(self.look);
        state.alarm.wish(now.instant.checked_add(wait))
    }

    /// Watches for the first item on behalf of a consumer that found none due, and unlocks.
    pub(crate) fn watch(self: &Arc<Self>, mut state: Guard<'_, T, At, C>, now: Now<At>) {
        let first = state.queue.first_key();
        let settles = self.wish(&mut state, now, first);
        drop(state);
        if settles {
            settle(self);
        }
    }

    /// Takes the first item out, if it is due, and counts it as being worked on.
    #[inline]
    pub(crate) fn take(&self, state: &mut State<T, At, C>, now: Now<At>) -> Option<Taken<T, At>> {
        let last = state.closed;
        let taken = state.queue.take_due(self.epoch.shown(now.time), last)?;
        state.out += 1;
        Some(taken)
    }

    /// Makes a [`Due`] of what was taken, without the lock; `None` if it is passed over.
    #[inline]
    pub(crate) fn hand_out(
        self: &Arc<Self>,
        taken: Taken<T, At>,
        now: Now<At>,
    ) -> Option<Due<T, At, C>> {
        let Taken { token, key, item } = taken;
        let at = self.epoch.time(key).unwrap_or(now.time); // which it has, being due
        match item {
            Item::Once(payload) => Some(Due::new(self, payload, token, at, now.time)),
            Item::Recurs(recurring) => self.ask(token, *recurring, at, now.time),
        }
    }

    /// Asks the recurrence of an item whose slot is away.
    #[cold]
    fn ask(
        self: &Arc<Self>,
        token: Token,
        recurring: Recurring<T, At>,
        at: At,
        now: At,
    ) -> Option<Due<T, At, C>> {
        let Recurring { payload, mut rule } = recurring;
        // Both count and give up what they stand for when they are dropped, even by a panic.
        let due = Due::new(self, payload, token, at, now);
        let away = Away {
            shared: self,
            token,
        };
        match rule.judge(&due, at, now) {
            Verdict::Yield(next) => {
                if let Some((next, payload)) = next {
                    away.put_back(next, Box::new(Recurring { payload, rule }));
                }
                Some(due)
            }
            Verdict::PassOver(next) => {
                let payload = due.into_inner();
                if let Some(next) = next {
                    away.put_back(next, Box::new(Recurring { payload, rule }));
                }
                None
            }
        }
    }
}

/// An item whose recurrence is being asked; ends it when dropped.
struct Away<'a, T: Send + 'static, At: Base<C>, C: Clock> {
    shared: &'a Arc<Shared<T, At, C>>,
    token: Token,
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Away<'_, T, At, C> {
    /// Puts the item back, unless it was cancelled or the scheduler closed meanwhile.
    fn put_back(self, at: At, recurring: Box<Recurring<T, At>>) {
        let key = self.shared.epoch.key(Some(at));
        let mut state = self.shared.state.lock();
        let back = if state.closed {
            Err(recurring)
        } else {
            state.queue.put_back(self.token, key, recurring)
        };
        if back.is_ok() {
            self.shared.tend_to(state, key);
            mem::forget(self);
        } else {
            drop(state);
            drop(back); // foreign code; the slot, if it still is ours, is freed by our own drop
        }
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> Drop for Away<'_, T, At, C> {
    fn drop(&mut self) {
        // Empty, or cancelled meanwhile.
        drop(self.shared.cancel(self.token));
    }
}

impl<T: Send + 'static, At: Base<C>, C: Clock> AlarmHost for Shared<T, At, C> {
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
                self.serve(&mut state, now, batch).done
            });
        });
    }
}
