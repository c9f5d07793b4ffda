//! Who polls the load, who sleeps and who is woken: the protocol between the waiters of one load.
//!
//! Any waiter that is polled may *drive*: take the load, the baton of this relay, poll it, and lay
//! it down again. The one that did so last is the *driver*, and the first to be woken; the others
//! park behind it in the order in which they came.
//!
//! | the baton | `woken` | next |
//! |---|---|---|
//! | rests | whether it asks to be polled; a new one does | out; over when the last waiter leaves |
//! | is out, with the waiter that polls it | whether it has asked since it was taken | rests, over |
//! | is gone: `over` | – | – |
//!
//! # Invariants
//!
//! Whenever the mutex is unlocked:
//!
//! 1. While the baton rests, has asked to be polled, and somebody is parked, some waiter has a
//!    wake-up that it has not followed yet. It is polled, and drives; or it leaves, and hands the
//!    wake-up on ([`Relay::leave`]).
//! 2. The place of the driver's waker is empty while the baton is out or asks to be polled.
//! 3. `members` counts the waiters until the end. It comes down under the mutex; once it is 0 it
//!    stays 0, and the relay is over.
//! 4. The baton is out only while a waiter polls it, so the last to leave finds it here.
//! 5. Nobody parks once the relay is over, and [`Relay::finish`] wakes all who had.
//!
//! No foreign code runs under the mutex: wakers are cloned before and woken and dropped after, and
//! batons only pass through.

use async_waitlist::sync::Mutex;
use async_waitlist::sync::atomic::{AtomicU32, Ordering};
use async_waitlist::{Key, Polled, Released, WaitList, WakeBatch, quietly};
use std::mem;
use std::num::NonZeroU32;
use std::task::Waker;

/// The waiters of one load.
pub(crate) struct Relay<L> {
    /// Who waits; 0 is closed, for good (#3).
    members: AtomicU32,
    fan_out: NonZeroU32,
    state: Mutex<State<L>>,
}

/// Small, since it stays beside every value that is kept.
struct State<L> {
    /// While it rests.
    baton: Option<L>,
    over: bool,
    woken: bool,
    /// Made by the first who sleeps, and gone with the last.
    sleepers: Option<Box<Sleepers>>,
}

/// Those who wait to be woken.
struct Sleepers {
    /// Counts the changes of the driver: who holds the number of the last one is the driver.
    /// While there are no sleepers, it is 0.
    turns: u64,
    driver: Option<Waker>,
    /// The others. A granted one was woken and has not been polled since.
    crowd: WaitList<()>,
}

/// The part that a waiter plays.
#[derive(Debug)]
pub(crate) enum Role {
    /// Came with the load, and was not polled yet.
    Claimed,
    /// Came to a load of somebody else's, and was not polled yet.
    Joined,
    /// Has driven in that turn; is still the driver if it was the last one.
    Driver(u64),
    /// Stands among the others, or was woken out of them.
    Parked(Key),
}

/// What a waiter that is polled has to do.
pub(crate) enum Turn<L> {
    /// Poll the load, and then call [`Relay::rest`] or [`Relay::finish`]. There may be a clone of
    /// its waker to spare.
    Drive(L, Option<Waker>),
    /// Sleep: its waker will be called.
    Parked,
    /// Look at the outcome.
    Over,
}

impl<L> Relay<L> {
    /// A relay with one waiter, whose role is [`Role::Claimed`].
    pub(crate) fn new(baton: L, fan_out: NonZeroU32) -> Self {
        Self::with(1, Some(baton), fan_out)
    }

    /// A relay that is over before it began.
    pub(crate) fn over() -> Self {
        Self::with(0, None, NonZeroU32::MIN)
    }

    fn with(members: u32, baton: Option<L>, fan_out: NonZeroU32) -> Self {
        Self {
            members: AtomicU32::new(members),
            fan_out,
            state: Mutex::new(State {
                over: baton.is_none(),
                baton,
                woken: true,
                sleepers: None,
            }),
        }
    }

    /// Counts one more waiter in, whose role is [`Role::Joined`]; `false` if it is too late.
    ///
    /// # Panics
    ///
    /// At 2³² − 1 waiters, those that were forgotten among them.
    #[inline]
    pub(crate) fn join(&self) -> bool {
        let count = |members: u32| {
            let more = || members.checked_add(1).expect("too many wait for one load");
            (members > 0).then(more)
        };
        // Acquire on failure: pairs with the leaving of the last, though nothing is done then.
        let counted = self
            .members
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, count);
        counted.is_ok()
    }

    /// Whether the last waiter has left.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.members.load(Ordering::Acquire) == 0
    }

    /// Has a waiter drive, if the load asks for it and is here, or park.
    #[inline]
    pub(crate) fn turn(&self, role: &mut Role, waker: &Waker) -> Turn<L> {
        // Declared before the guard: what they hold is dropped after it. Whoever joins will most
        // likely park, and needs a clone; who comes with the load drives.
        let mut spare = matches!(role, Role::Joined).then(|| waker.clone());
        let _released;
        loop {
            let mut state = self.state.lock();
            if state.over {
                return Turn::Over;
            }
            let asks = state.woken;
            if let Some(baton) = state.baton.take_if(|_| asks) {
                _released = state.take_over(role);
                drop(state);
                return Turn::Drive(baton, spare);
            }
            if state.park(role, waker, &mut spare) {
                return Turn::Parked;
            }
            drop(state);
            spare = Some(waker.clone());
        }
    }

    /// Lays the baton down again: the load is pending, and the driver sleeps.
    ///
    /// Without a waker, only the others can be woken.
    pub(crate) fn rest(&self, baton: L, waker: Option<Waker>) {
        let mut own = waker;
        let mut left = None;
        let mut baton = Some(baton);
        // A panicking waker is not this caller's concern.
        quietly(|| {
            WakeBatch::in_rounds(|batch| {
                let mut state = self.state.lock();
                if let Some(baton) = baton.take() {
                    state.baton = Some(baton);
                    state.sleepers().driver = own.take();
                    left = state.woken.then_some(self.fan_out.get());
                }
                // Woken while it was out, for which nobody else has been woken.
                left.as_mut().is_none_or(|left| state.summon(batch, left))
            });
        });
    }

    /// Ends the relay, after the outcome was set and the flight filed, and wakes everybody.
    #[inline]
    pub(crate) fn finish(&self) {
        let sleepers = {
            let mut state = self.state.lock();
            state.over = true;
            state.sleepers.take()
        };
        if let Some(mut sleepers) = sleepers {
            // By #2 there is no other waker.
            quietly(|| WakeBatch::in_rounds(|batch| sleepers.crowd.grant_all(batch)));
        }
    }

    /// Takes note that the load asks to be polled, and wakes as many waiters as configured.
    ///
    /// # Panics
    ///
    /// If a waker does, once all these are woken.
    pub(crate) fn ring(&self) {
        let mut left = self.fan_out.get();
        let mut told = false;
        WakeBatch::in_rounds(|batch| {
            let mut state = self.state.lock();
            // By #1 somebody is on the way already; or the driver will look at `woken`.
            let known = !mem::replace(&mut told, true) && mem::replace(&mut state.woken, true);
            if known || state.baton.is_none() {
                return true;
            }
            state.summon(batch, &mut left)
        });
    }

    /// Takes a waiter out, and hands on what it was woken for. The baton comes back if the last
    /// one leaves: it is the caller's to drop.
    pub(crate) fn leave(&self, role: Role) -> Option<L> {
        // Declared before the guard: what they hold is dropped after it.
        let (released, _memory);
        let (mut own, mut next) = (None, None);
        let mut state = self.state.lock();
        if state.over {
            return None;
        }
        let on_its_way = match role {
            Role::Claimed | Role::Joined => false,
            Role::Driver(turn) => match &mut state.sleepers {
                Some(sleepers) if turn == sleepers.turns => {
                    own = sleepers.driver.take();
                    own.is_none()
                }
                // Who has driven since then has followed its wake-up.
                _ => false,
            },
            Role::Parked(key) => {
                let crowd = &mut state.sleepers().crowd;
                released = crowd.release(key);
                _memory = crowd.shrink();
                released.is_granted()
            }
        };
        let last = self.members.fetch_sub(1, Ordering::AcqRel) == 1;
        let mut baton = None;
        if last {
            state.over = true;
            baton = state.baton.take(); // by #4, it is here
        }
        if on_its_way && state.woken && state.baton.is_some() {
            next = state.next(); // #1
        }
        drop(state);
        drop(own);
        if let Some(next) = next {
            quietly(|| next.wake());
        }
        baton
    }
}

impl<L> State<L> {
    fn sleepers(&mut self) -> &mut Sleepers {
        self.sleepers.get_or_insert_with(|| {
            Box::new(Sleepers {
                turns: 0,
                driver: None,
                crowd: WaitList::new(),
            })
        })
    }

    /// Makes a waiter the driver, whatever it was before.
    #[inline]
    fn take_over(&mut self, role: &mut Role) -> Option<Released<()>> {
        self.woken = false;
        let Some(sleepers) = &mut self.sleepers else {
            *role = Role::Driver(0);
            return None;
        };
        if matches!(role, Role::Driver(turn) if *turn == sleepers.turns) {
            return None;
        }
        sleepers.turns += 1;
        match mem::replace(role, Role::Driver(sleepers.turns)) {
            Role::Parked(key) => Some(sleepers.crowd.release(key)),
            Role::Claimed | Role::Joined | Role::Driver(_) => None,
        }
    }

    /// Has a waiter sleep; `false` if a clone of its waker is needed for that.
    ///
    /// A waker that is replaced is left in `spare`.
    fn park(&mut self, role: &mut Role, waker: &Waker, spare: &mut Option<Waker>) -> bool {
        let sleepers = self.sleepers();
        match role {
            Role::Driver(turn) if *turn == sleepers.turns => {
                let own = &mut sleepers.driver;
                if own.as_ref().is_some_and(|own| own.will_wake(waker)) {
                    return true;
                }
                if spare.is_none() {
                    return false;
                }
                mem::swap(own, spare);
                true
            }
            Role::Parked(key) => match sleepers.crowd.poll(key, waker, spare) {
                Polled::Waiting => true,
                Polled::NeedsWaker | Polled::Refused => false,
                Polled::Granted => match spare.take() {
                    Some(waker) => {
                        sleepers.crowd.requeue_front(key, (), waker);
                        true
                    }
                    None => false,
                },
            },
            Role::Claimed | Role::Joined | Role::Driver(_) => match spare.take() {
                Some(waker) => {
                    *role = Role::Parked(sleepers.crowd.insert((), waker));
                    true
                }
                None => false,
            },
        }
    }

    /// Moves up to `left` wakers into the batch, the driver's first; `false` if it is full before.
    fn summon(&mut self, batch: &mut WakeBatch, left: &mut u32) -> bool {
        while *left > 0 {
            if batch.is_full() {
                return false;
            }
            let Some(waker) = self.next() else { break };
            batch.push(waker);
            *left -= 1;
        }
        true
    }

    /// Takes the waker of the driver, or else of the first who is parked.
    fn next(&mut self) -> Option<Waker> {
        let sleepers = self.sleepers.as_mut()?;
        let driver = sleepers.driver.take();
        driver.or_else(|| sleepers.crowd.grant_first()?.1)
    }
}
